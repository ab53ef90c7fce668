"""The parameters of a sweep as axes of figures: where each run lies, and what stands beside it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from wbtools.analysis.importance.parameters import OTHERS, read_parameters
from wbtools.answers.audit.words import RunNames
from wbtools.answers.figures.audit_words import kinds_of
from wbtools.answers.figures.figure_data import Axis, AxisScale
from wbtools.answers.figures.value_range import ValueRange
from wbtools.answers.importance.words import level_words
from wbtools.answers.short_names import short_names
from wbtools.errors import DataError
from wbtools.text.masking import holds_secret
from wbtools.text.numbers import Scale, count
from wbtools.text.sanitize import sanitize

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

    from numpy.typing import NDArray

    from wbtools.analysis.audit import Audit, RunAudit
    from wbtools.analysis.importance import Importance
    from wbtools.analysis.importance.parameters import VariedParameter
    from wbtools.answers.figures.run_kind import RunKind

_LONGEST_NAME: Final = 24
_LONGEST_METRIC: Final = 40
_LONGEST_VALUE: Final = 14
_MOST_TICKS: Final = 6
_MOST_DECADES: Final = 4
_ENDS_AND_MIDDLE: Final = (0.0, 0.5, 1.0)
_FEWEST_GEOMETRIC: Final = 3
_LEAST_GROWTH: Final = 0.5
"""Of the largest ratio of two listed neighbours, that the smallest has on a logarithmic axis."""
MOST_NAMED: Final = 3
"""Values that are named one by one."""
ABSENT: Final = "absent"
"""What stands for runs that do not have a parameter."""


@dataclass(frozen=True, kw_only=True, eq=False)
class ParameterAxis:
    """One parameter of the N runs with a value.

    Attributes:
        name: Dotted, as in the configurations.
        label: Safe to show, and short.
        places: `[N]` on the parameter's own scale; NaN for runs that do not have it.
    """

    name: str
    label: str
    parameter: VariedParameter
    places: NDArray[np.float64]

    @property
    def is_absent(self) -> NDArray[np.bool_]:
        """`[N]` the runs that do not have it."""
        return ~np.isfinite(self.places)

    @property
    def level_names(self) -> tuple[str, ...]:
        """The listed values in words; empty for a range."""
        return tuple(self._words(level) for level in self.parameter.levels)

    def shares(self) -> NDArray[np.float64]:
        """`[N]` how far up the axis each run lies, 0 to 1; NaN where it does not have it.

        Listed values stand at even distances.
        """
        if self.parameter.levels:
            at = np.searchsorted(self.parameter.level_places, self.places).astype(np.float64)
            shares = at / max(len(self.parameter.levels) - 1, 1)
            return np.where(self.is_absent, np.nan, np.minimum(shares, 1.0))
        low, high = self._ends
        return np.full_like(self.places, 0.5) if low == high else (self.places - low) / (high - low)

    def ticks(self) -> list[tuple[float, str]]:
        """Where values stand on the axis, 0 to 1, and what they are."""
        if names := self.level_names:
            last = len(names) - 1
            chosen = np.unique(np.linspace(0, last, _MOST_TICKS).astype(int)).tolist()
            return [(k / max(last, 1), names[k]) for k in chosen]
        low, high = self._ends
        values = [self.parameter.value(low * (1 - at) + high * at) for at in _ENDS_AND_MIDDLE]
        return list(zip(_ENDS_AND_MIDDLE, map(self._words, values), strict=True))

    def axis(self) -> Axis:
        """The axis in the parameter's own values; texts and truth values by name."""
        if not self.parameter.ordered:
            names = (*self.level_names, *((ABSENT,) if self.is_absent.any() else ()))
            return Axis(label=self.label, scale=AxisScale.NAMES, names=names)
        is_log = self.parameter.logarithmic or self._is_geometric
        return Axis(
            label=self.label,
            scale=AxisScale.LOG if is_log else AxisScale.LINEAR,
            ticks=self._level_ticks or (self._decades if is_log else None),
        )

    def values(self) -> NDArray[np.float64]:
        """`[N]` where the runs lie on that axis; NaN for those that cannot be placed."""
        if not self.parameter.ordered:
            return np.where(self.is_absent, float(len(self.parameter.levels)), self.places)
        return np.array(
            [
                self.parameter.value(place) if np.isfinite(place) else np.nan
                for place in self.places.tolist()
            ]
        )

    def among(self, runs: NDArray[np.bool_]) -> str:
        """What some of the runs have of it, as `between 0.01 and 0.06`.

        Empty where some lack it, and where they have more than a few of many names.

        Args:
            runs: `[N]` which.
        """
        if self.is_absent[runs].any():
            return ""
        found = sorted(set(self.places[runs].tolist()))
        names = dict(zip(self.parameter.level_places.tolist(), self.level_names, strict=True))
        if all(place in names for place in found) and len(found) <= MOST_NAMED:
            return " or ".join(names[place] for place in found)
        if not self.parameter.ordered:
            return ""
        low, high = (self._words(self.parameter.value(place)) for place in (found[0], found[-1]))
        return low if low == high else f"between {low} and {high}"

    @property
    def _level_values(self) -> list[float]:
        """The listed numbers; empty for a range and for categories."""
        if not self.parameter.ordered or not self.parameter.levels:
            return []
        return [self.parameter.value(place) for place in self.parameter.level_places.tolist()]

    @property
    def _is_geometric(self) -> bool:
        """Whether listed numbers double, or grow so, from one to the next."""
        values = self._level_values
        if len(values) < _FEWEST_GEOMETRIC or min(values) <= 0:
            return False
        steps = np.diff(np.log(values))
        return bool(steps.min() >= _LEAST_GROWTH * steps.max() > 0)

    @property
    def _level_ticks(self) -> tuple[tuple[float, str], ...] | None:
        """The listed numbers with what they are, where they are few."""
        values = self._level_values
        if not 0 < len(values) <= _MOST_TICKS:
            return None
        return tuple(zip(values, self.level_names, strict=True))

    @property
    def _decades(self) -> tuple[tuple[float, str], ...] | None:
        """Powers of ten over a range, a few; None where fewer than two lie in it."""
        low, high = (self.parameter.value(end) for end in self._ends)
        powers = range(math.ceil(math.log10(low) - 1e-9), math.floor(math.log10(high) + 1e-9) + 1)
        chosen = powers[:: -(-len(powers) // _MOST_DECADES) or 1]
        return tuple((10.0**k, f"{10.0**k:g}") for k in chosen) if len(chosen) > 1 else None

    @property
    def _ends(self) -> tuple[float, float]:
        """The places at the lower and the upper end: what was searched, or beyond it was tried."""
        places = self.places[np.isfinite(self.places)]
        known = self.parameter.level_places if self.parameter.levels else np.array([0.0, 1.0])
        every = np.concatenate((places, known))
        return float(every.min()), float(every.max())

    def _words(self, value: object) -> str:
        return (
            OTHERS
            if value is OTHERS
            else sanitize(level_words(self.name, value), limit=_LONGEST_VALUE)
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class ParameterView:
    """The runs of a sweep that have a value, and the parameters by which they are looked at.

    Attributes:
        rows: The N runs with a value, in the sweep's order.
        values: `[N]` their best, in the metric's own units.
        axes: The most important parameters first.
        notes: What is left out, in sentences.
    """

    audit: Audit
    rows: tuple[RunAudit, ...]
    values: NDArray[np.float64]
    axes: tuple[ParameterAxis, ...]
    notes: tuple[str, ...]

    @property
    def metric(self) -> str:
        """The metric's name, safe to show."""
        return sanitize(self.audit.question.rank_by.name, limit=_LONGEST_METRIC)

    @property
    def setting(self) -> str:
        """Of what the figure is."""
        sweep, goal = self.audit.sweep.ref.sweep_id, self.audit.question.rank_by.goal
        return (
            f"{sanitize(sweep, limit=40)} · {goal} {self.metric} · {count(len(self.rows), 'run')}"
        )

    @property
    def kinds(self) -> list[RunKind]:
        """Of each run; likely gems stand out."""
        kinds = kinds_of(self.audit)
        return [kinds[row.run.id] for row in self.rows]

    def best_first(self) -> list[int]:
        """The places of the runs, the best value first."""
        sign = self.audit.question.rank_by.goal.sign
        order: list[int] = np.argsort(self.values * sign, kind="stable").tolist()
        return order

    def drawing_order(self, special: Container[int]) -> list[int]:
        """The places of the runs as they are drawn: the best on top, `special` above all others."""
        worst_first = self.best_first()[::-1]
        return sorted(worst_first, key=special.__contains__)

    def top(self) -> NDArray[np.bool_]:
        """`[N]` the best tenth, three runs at least."""
        chosen = np.zeros(len(self.rows), dtype=bool)
        chosen[self.best_first()[: max(3, len(self.rows) // 10)]] = True
        return chosen

    def called(self, place: int) -> str:
        """`run 34`."""
        return f"run {RunNames(self.audit).short(self.rows[place].run)}"

    def value_range(self) -> ValueRange:
        """From which to which value figures reach, and always to the best."""
        return ValueRange.of(self._each_alone, special=self.values[self.top()].tolist())

    def hidden_words(self) -> list[str]:
        """How many runs lie beyond that."""
        scale = Scale.of(self.values.tolist())
        return self.value_range().hidden_words(self._each_alone, scale)

    @property
    def _each_alone(self) -> list[NDArray[np.float64]]:
        return list(self.values[:, None])


def parameter_view(audit: Audit, importance: Importance | None, *, most: int) -> ParameterView:
    """Read off the runs with a value and the parameters to show.

    Args:
        audit: The sweep.
        importance: Of the same sweep, to say which parameters matter most; None where it is not
            known, and the first by name are shown.
        most: How many parameters to show at most.

    Raises:
        DataError: No run has a value, or no parameter that may be shown varies.
    """
    ordered = sorted(audit.rows, key=lambda row: row.run.id)
    if importance is not None:
        varied = [found.parameter for found in importance.parameters]
        n_constant = len(importance.constant)
    else:
        question = audit.question
        read = read_parameters(
            [row.run.config for row in ordered],
            None,
            results={question.metric.name, question.rank_by.name},
        )
        varied, n_constant = list(read.varied), len(read.constant)
    shown = [parameter for parameter in varied if not _is_secret(parameter, ordered)]
    place = {row.run.id: k for k, row in enumerate(ordered)}
    rows = tuple(row for row in audit.rows if row.best is not None)
    if not rows:
        msg = f"no run of {audit.sweep.ref} has a value of {audit.question.rank_by.name!r}"
        raise DataError(msg, "name another metric with --metric")
    if not shown:
        msg = f"no parameter varies over the runs of {audit.sweep.ref}"
        raise DataError(msg, "what matters can only be seen where parameters differ between runs")
    taken = np.array([place[row.run.id] for row in rows], dtype=np.int64)
    labels = short_names([parameter.name for parameter in shown])
    axes = [
        ParameterAxis(
            name=parameter.name,
            label=sanitize(labels[parameter.name], limit=_LONGEST_NAME),
            parameter=parameter,
            places=parameter.places[taken],
        )
        for parameter in shown[:most]
    ]
    return ParameterView(
        audit=audit,
        rows=rows,
        values=np.array([row.best for row in rows], dtype=np.float64),
        axes=tuple(axes),
        notes=tuple(
            _notes(audit, rows, len(shown), len(varied), most, n_constant, importance is not None)
        ),
    )


def _is_secret(parameter: VariedParameter, rows: Sequence[RunAudit]) -> bool:
    """Whether some value of it is masked wherever values are shown."""
    name = parameter.name
    return any(holds_secret(name, row.run.config[name]) for row in rows if name in row.run.config)


def _notes(
    audit: Audit,
    rows: Sequence[RunAudit],
    n_shown: int,
    n_varied: int,
    most: int,
    n_constant: int,
    is_by_importance: bool,  # noqa: FBT001 - private
) -> list[str]:
    notes = []
    if n_shown > most:
        which = "most important" if is_by_importance else "first by name"
        notes.append(f"Of {n_shown} parameters, the {most} {which} are shown.")
    if n_shown < n_varied:
        notes.append(f"{count(n_varied - n_shown, 'parameter')} with secret values left out.")
    if n_constant:
        notes.append(f"{count(n_constant, 'parameter')} did not vary.")
    without = len(audit.rows) - len(rows)
    if without:
        notes.append(f"{count(without, 'run')} without a value not drawn.")
    if any(row.projection is not None for row in rows):
        notes.append("A stopped run stands where it was when it was stopped: a bound.")
    return notes
