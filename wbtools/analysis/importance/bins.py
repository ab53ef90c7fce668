"""Runs by the value of one parameter: the tables of high, mid and low that people write by hand."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from wbtools.analysis.importance.estimates import mean_of, share
from wbtools.stats.spread import mean, variance
from wbtools.text.brief import brief_repr

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wbtools.analysis.importance.imputed_outcomes import ImputedOutcomes
    from wbtools.analysis.importance.parameters import VariedParameter
    from wbtools.model.interval import Interval

_N_BINS: Final = 3
_MOST_LISTED: Final = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """Runs with like values of one parameter. Results in the metric's own units and direction.

    Attributes:
        level: The listed value; None of a part of a range, and where the parameter is absent.
        low: Lower end of a part of a range, in values.
        high: Upper end; the last part holds it.
        absent: The runs that do not have the parameter.
        n: Runs with a value.
        n_censored: Of these, cut short.
        n_bounds: Of these, so that nothing tells what they would have become; their best so far
            stands for them.
        mean: Of the completed values; None for fewer than two runs.
        sd: Their standard deviation (n - 1); None for fewer than two.
        median: Their median; None without a run.
        best: The best value that was reached; None without a run.
        failed: Share of all its runs, also of those without a value, that diverged, crashed or
            failed; None without a run.
        n_failed: How many did.
        stopped: Share of its runs that were stopped, of those stopped, completed or of
            unknown end, also of those without a value; None without such a run.
        n_stopped: How many were.
    """

    __repr__ = brief_repr

    level: object = None
    low: float | None = None
    high: float | None = None
    absent: bool = False
    n: int
    n_censored: int
    n_bounds: int
    mean: Interval | None
    sd: float | None
    median: float | None
    best: float | None
    failed: Interval | None
    n_failed: int
    stopped: Interval | None
    n_stopped: int


@dataclass(frozen=True, kw_only=True, eq=False)
class Ends:
    """How the N runs of a sweep ended.

    Attributes:
        failed: `[N]` they diverged, crashed or failed.
        stopped: `[N]` they were cut short.
        eligible: `[N]` they were cut short, completed or are of unknown end: those of which a share
            is stopped.
    """

    failed: NDArray[np.bool_]
    stopped: NDArray[np.bool_]
    eligible: NDArray[np.bool_]

    def among(self, runs: NDArray[np.bool_]) -> Ends:
        """Those of some of the runs."""
        return Ends(
            failed=self.failed[runs], stopped=self.stopped[runs], eligible=self.eligible[runs]
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of a parameter's values.

    Attributes:
        low: Lowest place.
        high: Highest place; `last` parts hold it.
    """

    level: object = None
    low: float = np.nan
    high: float = np.nan
    last: bool = True
    absent: bool = False

    def holds(self, places: NDArray[np.float64]) -> NDArray[np.bool_]:
        """`[N]` which places lie in it."""
        if self.absent:
            return np.isnan(places)
        with np.errstate(invalid="ignore"):
            below = places <= self.high if self.last else places < self.high
            return np.asarray((places >= self.low) & below)


def parts(parameter: VariedParameter) -> list[Part]:
    """A part for each of a few listed values, else even thirds of the range on its own scale."""
    divisions: list[Part] = []
    if parameter.levels and (not parameter.ordered or len(parameter.levels) <= _MOST_LISTED):
        divisions = [
            Part(level=level, low=float(place), high=float(place))
            for level, place in zip(parameter.levels, parameter.level_places, strict=True)
        ]
    else:
        edges = np.linspace(0.0, 1.0, _N_BINS + 1)
        # Values beyond the bounds, from another version of the sweep file, belong to the ends.
        edges[0] = min(edges[0], np.nanmin(parameter.places))
        edges[-1] = max(edges[-1], np.nanmax(parameter.places))
        divisions = [
            Part(low=float(edges[k]), high=float(edges[k + 1]), last=k == _N_BINS - 1)
            for k in range(_N_BINS)
        ]
    if parameter.n < len(parameter.places):
        divisions.append(Part(absent=True))
    return divisions


def bins(
    parameter: VariedParameter,
    rows: NDArray[np.int64],
    runs: ImputedOutcomes,
    ends: Ends,
) -> tuple[Bin, ...]:
    """Sum up the runs of every part.

    Args:
        parameter: Of all runs.
        rows: `[N]` which of these are the cohort's.
        runs: The N runs with a value.
        ends: Of all runs.
    """
    places = parameter.places[rows]
    return tuple(
        _bin(parameter, part, part.holds(places), runs, ends.among(part.holds(parameter.places)))
        for part in parts(parameter)
    )


def _bin(
    parameter: VariedParameter,
    part: Part,
    inside: NDArray[np.bool_],
    runs: ImputedOutcomes,
    ends: Ends,
) -> Bin:
    values = runs.values[:, inside]
    n = values.shape[1]
    low, high = _ends(parameter, part)
    scatter = float(np.sqrt(mean(variance(values)))) if n > 1 else np.inf
    return Bin(
        level=part.level,
        low=low,
        high=high,
        absent=part.absent,
        n=n,
        n_censored=int(runs.censored[inside].sum()),
        n_bounds=int(runs.bounds[inside].sum()),
        mean=mean_of(values),
        sd=scatter if np.isfinite(scatter) else None,
        median=float(mean(np.median(values, axis=1))) if n else None,
        best=float(runs.worst[inside].min() * runs.sign) if n else None,
        failed=share(int(ends.failed.sum()), len(ends.failed)),
        n_failed=int(ends.failed.sum()),
        stopped=share(int(ends.stopped.sum()), int(ends.eligible.sum())),
        n_stopped=int(ends.stopped.sum()),
    )


def _ends(parameter: VariedParameter, part: Part) -> tuple[float | None, float | None]:
    """The lowest and the highest value of a part of a range; whole ones where it has only those."""
    if part.level is not None or part.absent:
        return None, None
    low, high = parameter.value(part.low), parameter.value(part.high)
    if parameter.whole:
        return float(math.ceil(low)), float(math.floor(high) if part.last else math.ceil(high) - 1)
    return low, high
