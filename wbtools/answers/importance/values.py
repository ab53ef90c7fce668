"""The values of parameters as rows: what their runs came to, and where more than elsewhere fail."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from wbtools.answers.columns import Column, Record
from wbtools.answers.importance.words import bin_words, shown_number, shown_value
from wbtools.answers.parts import interval_columns
from wbtools.text.sanitize import UNKNOWN

if TYPE_CHECKING:
    from wbtools.analysis.importance.bins import Bin
    from wbtools.analysis.importance.regions import OutcomeRegion
    from wbtools.model.interval import Interval
    from wbtools.text.numbers import Scale


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Some of a parameter's values, and the runs that have them.

    Attributes:
        name: The parameter's.
        part: The values and their runs.
        show_secrets: Mask no value.
    """

    name: str
    part: Bin
    show_secrets: bool

    def end(self, value: float | None) -> float | None:
        """An end of a part of a range."""
        return shown_number(self.name, value, show_secrets=self.show_secrets)


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueRow(Place):
    """The same as a row of a table.

    Attributes:
        label: What the parameter is called beside it; empty below its first values.
        scale: How results are written.
        is_stopping_asked: Whether pages say how many runs were stopped.
    """

    label: str
    scale: Scale
    is_stopping_asked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionRow(Place):
    """A place where something happens to clearly more runs than elsewhere."""

    region: OutcomeRegion


def _of_all(n: int, share: Interval | None) -> str:
    return UNKNOWN if share is None else f"{n}/{share.n}"


def _amount(key: str, about: str, **layout: Any) -> Column[ValueRow]:  # noqa: ANN401 - fields of `Column`
    """What is known of the runs' values, in the metric's units."""

    def get(row: ValueRow) -> Any:  # noqa: ANN401 - a number, or None
        return getattr(row.part, key)

    return Column(
        key, float | None, about, get, show=lambda row: row.scale.show(get(row)), **layout
    )


def mean_words(row: ValueRow) -> str:
    """The mean alone, where there is no room for its interval."""
    return row.scale.show(None if row.part.mean is None else row.part.mean.estimate)


def _mean_with_ends(row: ValueRow) -> str:
    mean = row.part.mean
    if mean is None:
        return UNKNOWN
    return f"{mean_words(row)} ({' … '.join(row.scale.apart(mean.low, mean.high))})"


_PLACE: Final[tuple[Column[Any], ...]] = (  # of every class that extends `Place`
    Column(
        "parameter",
        str,
        "The parameter's dotted name.",
        of="name",
        title="parameter",
        least=12,
        show=lambda row: row.label,
    ),
    Column(
        "value",
        Any,
        "The listed value; null of a part of a range, and where the parameter is absent.",
        lambda row: shown_value(row.name, row.part.level, show_secrets=row.show_secrets),
        title="value",
        show=lambda row: bin_words(row.name, row.part, show_secrets=row.show_secrets),
    ),
    Column(
        "low",
        float | None,
        "Lower end of a part of a range; null of a listed value, and where it is secret.",
        lambda row: row.end(row.part.low),
    ),
    Column(
        "high",
        float | None,
        "Upper end of a part of a range, which belongs to the last part alone; null "
        "of a listed value, and where it is secret.",
        lambda row: row.end(row.part.high),
    ),
    Column(
        "is_absent", bool, "Whether the runs are those without the parameter.", of="part.absent"
    ),
)

VALUE: Final[Record[ValueRow]] = Record(
    "Value",
    *_PLACE,
    Column(
        "n_with_value",
        int,
        "Runs with these values of the parameter that have a value of the metric.",
        of="part.n",
        title="runs",
    ),
    Column(
        "n_censored",
        int,
        "Runs with a value of the metric that were cut short, failed or still run.",
        of="part.n_censored",
        title="censored",
        keep=3,
    ),
    Column(
        "n_bounds",
        int,
        "Censored runs that cannot be projected: their best so far counts for them.",
        of="part.n_bounds",
    ),
    *interval_columns(
        "mean",
        "Mean of the completed values in the metric's units; null for fewer than two runs.",
        lambda row: row.part.mean,
        title="mean (95 %)",
        right=False,
        show=_mean_with_ends,
    ),
    _amount("sd", "Standard deviation of the completed values (n - 1).", title="sd", keep=2),
    _amount("median", "Median of the completed values.", title="median", keep=4),
    _amount("best", "The best value that was reached.", title="best reached", keep=5),
    Column(
        "n_stopped",
        int,
        "Runs that were stopped, with or without a value.",
        of="part.n_stopped",
        title="stopped",
        keep=1,
        show=lambda row: (
            _of_all(row.part.n_stopped, row.part.stopped) if row.is_stopping_asked else ""
        ),
    ),
    Column(
        "n_with_stopped",
        int,
        "Runs that were stopped, completed or are of unknown end.",
        lambda row: 0 if row.part.stopped is None else row.part.stopped.n,
    ),
    *interval_columns(
        "stopped_share",
        "Share of the runs counted in n_with_stopped that was stopped.",
        lambda row: row.part.stopped,
    ),
    Column(
        "n_failed",
        int,
        "Runs that diverged, crashed or failed, with or without a value.",
        of="part.n_failed",
        title="failed",
        keep=2,
        show=lambda row: _of_all(row.part.n_failed, row.part.failed),
    ),
    Column(
        "n_runs",
        int,
        "All runs with these values of the parameter.",
        lambda row: 0 if row.part.failed is None else row.part.failed.n,
    ),
    *interval_columns(
        "failed_share",
        "Share of the runs counted in n_runs that failed.",
        lambda row: row.part.failed,
    ),
)
"""Some of a parameter's values: what their runs came to."""

REGION: Final[Record[RegionRow]] = Record(
    "Region",
    *_PLACE,
    Column(
        "n_inside",
        int,
        "Runs with these values to which it happened (stopped or failed).",
        of="region.n_inside",
    ),
    *interval_columns(
        "inside_share",
        "Share of the runs with these values to which it happened.",
        lambda row: row.region.inside,
    ),
    Column("n_outside", int, "Runs with other values to which it happened.", of="region.n_outside"),
    *interval_columns(
        "outside_share",
        "Share of the runs with other values to which it happened.",
        lambda row: row.region.outside,
    ),
    Column(
        "p_adjusted",
        float,
        "p of Fisher's exact test, adjusted by Holm's method over all parts of all parameters.",
        of="region.p_adjusted",
    ),
)
"""Where something happens to clearly more runs than elsewhere."""
