"""The parameters as rows: what each brings, and how runs are predicted to do at its values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from wbtools.analysis.importance.association import Measure
from wbtools.answers.columns import Column, Record, written
from wbtools.answers.importance.words import (
    association_words,
    best_words,
    point_value,
    share_words,
    shown_name,
    shown_number,
    shown_value,
    stops_words,
)
from wbtools.answers.layout import Cell
from wbtools.answers.parts import interval_columns
from wbtools.sweepfile.space import Range

if TYPE_CHECKING:
    from collections.abc import Callable

    from wbtools.analysis.importance.assess import ParameterImportance
    from wbtools.analysis.importance.association import Association
    from wbtools.analysis.importance.forest_ensemble import Interaction
    from wbtools.analysis.importance.marginals import MarginalPoint
    from wbtools.analysis.importance.parameters import VariedParameter
    from wbtools.analysis.importance.stopping import StoppingAssociation
    from wbtools.model.interval import Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterRow:
    """One parameter.

    Attributes:
        found: What it brings.
        stops: Its association with being stopped; None where that is not asked.
        forests_predict: Whether the forests predict anything.
        show_secrets: Mask no value.
        label: What it is called in tables.
    """

    found: ParameterImportance
    stops: StoppingAssociation | None
    forests_predict: bool
    show_secrets: bool
    label: str

    @property
    def best(self) -> MarginalPoint | None:
        """Where a run is predicted to do best; None without a forest."""
        points = self.found.marginal
        return max(points, key=lambda point: point.standing.estimate) if points else None

    @property
    def range(self) -> Range | None:
        """What was searched; None of a list."""
        axis = self.found.parameter.axis
        return axis if isinstance(axis, Range) else None

    def number(self, value: float | None) -> float | None:
        """One of its values."""
        return shown_number(self.found.name, value, show_secrets=self.show_secrets)

    def shown(self, value: object) -> object:
        """One of its values, numbers or not."""
        return shown_value(self.found.name, value, show_secrets=self.show_secrets)

    def by_forests(self, words: str) -> str:
        """What forests say, where they say anything."""
        return words if self.forests_predict else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MarginalRow:
    """How a run is predicted to do at one value of a parameter."""

    name: str
    point: MarginalPoint
    show_secrets: bool


def _judged(text: str, *, is_significant: bool) -> Cell:
    return Cell(text, "green" if is_significant else "dim")


def _stops(name: str) -> Callable[[ParameterRow], object]:
    return lambda row: getattr(row.stops, name, None)


_ASSOCIATION: Final[tuple[Column[Association], ...]] = (
    Column(
        "n_censored",
        int,
        "Runs with a value that were cut short, failed or still run.",
        title="censored",
        keep=6,
    ),
    Column("n_bounds", int, "Censored runs that cannot be projected."),
    Column("measure", Measure | None, "What the association is; null if none is given."),
    *interval_columns(
        "association",
        "How strongly the parameter alone is associated with the result: a rank correlation, "
        "positive where larger values do better, or a correlation ratio, in [0, 1].",
        lambda association: association.strength,
        title="correlation",
        right=False,
        show=association_words,
    ),
    Column(
        "association_at_least",
        float | None,
        "Least that the association may be, whatever censored runs would have become, "
        "chance left aside; null where all are projected.",
        lambda association: (association.bounds or (None, None))[0],
    ),
    Column(
        "association_at_most",
        float | None,
        "Most that the association may be, whatever censored runs would have become, "
        "chance left aside; null where all are projected.",
        lambda association: (association.bounds or (None, None))[1],
    ),
    Column("p_value", float | None, "Probability of an association as strong by chance.", of="p"),
    Column(
        "p_adjusted",
        float | None,
        "Probability of an association as strong by chance, adjusted by Holm's method "
        "over all parameters.",
    ),
    Column(
        "is_significant",
        bool,
        "Whether the association is significant at 5 % (Holm).",
        of="stands",
        title="significant",
        keep=1,
        show=lambda association: _judged(
            written(association.stands), is_significant=association.stands
        ),
    ),
    Column("abstained_because", str | None, "Why no association is given."),
)


_SEARCHED: Final[tuple[Column[VariedParameter], ...]] = (
    Column(
        "is_ordered",
        bool,
        "Whether the parameter's values are numbers; if not, they are categories.",
        of="ordered",
    ),
    Column(
        "is_logarithmic", bool, "Whether the parameter's scale is logarithmic.", of="logarithmic"
    ),
)


def _by_forests(
    key: str, about: str, get: Callable[[ParameterImportance], Interval | None], keep: int
) -> tuple[Column[ParameterRow], ...]:
    """What forests say a parameter brings, which pages show where they predict anything."""
    return interval_columns(
        key,
        about,
        lambda row: get(row.found),
        title=key.replace("_", " "),
        keep=keep,
        right=False,
        show=lambda row: row.by_forests(share_words(get(row.found))),
    )


PARAMETER: Final[Record[ParameterRow]] = Record(
    "Parameter",
    Column(
        "parameter",
        str,
        "The parameter's dotted name.",
        of="found.name",
        title="parameter",
        least=12,
        show=lambda row: row.label,
    ),
    Column(
        "n_with_value",
        int,
        "Runs with a value of the metric that have the parameter.",
        of="found.n",
        title="runs",
    ),
    Column("n_runs", int, "All runs that have the parameter.", of="found.parameter.n"),
    *(column.inside(lambda row: row.found.association) for column in _ASSOCIATION),
    Column(
        "stopping_v",
        float | None,
        "Cramér's V of the parameter's values and being stopped; null where that is "
        "not asked or tells nothing.",
        _stops("strength"),
        title="V with stops",
        keep=1,
        right=False,
        show=lambda row: _judged(
            stops_words(row.stops), is_significant=row.stops is not None and row.stops.stands
        ),
    ),
    Column(
        "stopping_p_value",
        float | None,
        "Probability of a stopping_v as strong by chance.",
        _stops("p"),
    ),
    Column(
        "stopping_p_adjusted",
        float | None,
        "Probability of a stopping_v as strong by chance, adjusted by Holm's method "
        "over all parameters.",
        _stops("p_adjusted"),
    ),
    Column(
        "stopping_is_significant",
        bool | None,
        "Whether stopping_v is significant at 5 % (Holm).",
        _stops("stands"),
    ),
    Column(
        "stopping_abstained_because",
        str | None,
        "Why no stopping_v is given where it is asked.",
        _stops("abstained_because"),
    ),
    Column(
        "forests_predict",
        bool,
        "Whether the forests predict held-out runs better than guessing, significantly at 5 %; "
        "if not, what they say of this parameter, in the columns from here on, means nothing.",
    ),
    *_by_forests(
        "permutation_importance",
        "Share of the variance that forests explain less when the parameter is shuffled.",
        lambda found: found.permutation,
        keep=2,
    ),
    *_by_forests(
        "main_effect",
        "Share of the variance of the forests' prediction that the parameter brings alone.",
        lambda found: found.main_effect,
        keep=4,
    ),
    *_by_forests(
        "total_effect",
        "Share of the variance of the forests' prediction that the parameter brings "
        "alone and together with others.",
        lambda found: found.total_effect,
        keep=3,
    ),
    Column(
        "best_at",
        Any,
        "The value at which a run is predicted to do best.",
        lambda row: None if row.best is None else row.shown(point_value(row.best)),
        title="best at",
        keep=5,
        show=lambda row: row.by_forests(
            best_words(row.found.name, row.best, show_secrets=row.show_secrets)
        ),
    ),
    *interval_columns(
        "best_standing",
        "Share of the runs that a run at `best_at` is predicted to beat.",
        lambda row: None if row.best is None else row.best.standing,
    ),
    *(column.inside(lambda row: row.found.parameter) for column in _SEARCHED),
    Column(
        "low",
        float | None,
        "Lower end of the range that was searched; null of a list, and where it is secret.",
        lambda row: row.range and row.number(row.range.low),
    ),
    Column(
        "high",
        float | None,
        "Upper end of the range that was searched; null of a list, and where it is secret.",
        lambda row: row.range and row.number(row.range.high),
    ),
    Column(
        "is_range_known",
        bool | None,
        "Whether `low` and `high` are the sweep file's bounds, not merely the ends of "
        "what was tried; null of a list.",
        lambda row: row.range and row.range.known,
    ),
    Column(
        "levels",
        list[Any],
        "The listed values in order, secrets masked; empty for a range.",
        lambda row: list(map(row.shown, row.found.parameter.levels)),
        csv=False,
    ),
)
"""A parameter, of which everything is told but its values."""


MARGINAL: Final[Record[MarginalRow]] = Record(
    "Marginal",
    Column("parameter", str, "The parameter's dotted name.", of="name"),
    Column(
        "value",
        Any,
        "One of the parameter's values.",
        lambda row: shown_value(row.name, point_value(row.point), show_secrets=row.show_secrets),
    ),
    *interval_columns(
        "standing",
        "Share of the runs that a run at the value is predicted to beat.",
        lambda row: row.point.standing,
    ),
    Column(
        "typical_value",
        float | None,
        "The metric at that standing, in its own units.",
        of="point.typical",
    ),
    Column(
        "typical_value_low",
        float | None,
        "The metric at the end of the standing's interval where it is lower, in its own units.",
        of="point.typical_low",
    ),
    Column(
        "typical_value_high",
        float | None,
        "The metric at the other end of the standing's interval, in its own units.",
        of="point.typical_high",
    ),
)
"""One point of a marginal curve."""


INTERACTION: Final[Record[Interaction]] = Record(
    "Interaction",
    Column(
        "parameters",
        list[str],
        "Names of the two parameters.",
        of="names",
        title="pair",
        show=lambda pair: " and ".join(map(shown_name, pair.names)),
    ),
    *interval_columns(
        "share",
        "Share of the variance of the forests' prediction that the two bring beyond "
        "what each brings alone.",
        lambda pair: pair.share,
        title="share beyond each alone",
        right=False,
        show=lambda pair: share_words(pair.share),
    ),
)
"""Two parameters, of which everything is told that they bring together."""
