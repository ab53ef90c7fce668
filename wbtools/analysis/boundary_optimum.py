"""Whether the best runs lie at a bound of what was searched: one test, for every command.

The claim is made against where all runs were drawn, not against an even share. The best run must
lie in the outermost tenth of the range, on the parameter's own scale, or have the last of three or
more listed numbers; the best quarter must lie there at least as often as all runs; and one of these
must be more than chance:

* The best quarter gathers there: Fisher's exact test, one-sided. It says little of a search that
  has moved to the bound, for then most runs lie there.
* Among the runs in the nearer half of the range the metric still improves towards the bound:
  Spearman's rank correlation, one-sided.

Twice the smaller p counts. Holm's method over all ends of all parameters keeps the chance of any
false claim about runs that were drawn at random below 5 %. Where a search has gathered around one
good run, another parameter of that run may come up though it does nothing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from wbtools.model.configuration import tells_replicates
from wbtools.model.interval import Interval
from wbtools.stats.correlation import rising_p
from wbtools.stats.differences import holm
from wbtools.stats.proportions import fisher_p, share_interval
from wbtools.stats.student import LEVEL
from wbtools.sweepfile.space import Choice, Range
from wbtools.text.numbers import count

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from wbtools.sweepfile.space import Axis

_TOP_SHARE: Final = 0.25
"""The best quarter of the runs is compared with all of them,"""
_FEWEST_TOP: Final = 4
"""but at least so many."""
_MOST_TOP: Final = 0.5
"""Where more than this share of the runs ties for the best, nothing is claimed."""
_FEWEST_LISTED: Final = 3
"""Listed numbers beneath which the last one is no end of a range."""
_TENTH: Final = 0.1
"""What lies at a bound, as a share of the range on the parameter's own scale."""
_HALF: Final = 0.5
"""In which part of the range the values must still improve towards the bound."""
_FEWEST_NEAR: Final = 8
"""Runs there beneath which no trend is tested."""
_ROUNDING: Final = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class BoundaryOptimum:
    """The best runs gather at one end of what was searched, which may not be passable.

    Attributes:
        upper: At the upper end.
        known: Whether the end is a bound of the sweep file's, not merely the last value tried.
        value: The end.
        n_top: The best runs that were looked at.
        n_top_there: How many of them lie within the last tenth of the range, or at the last listed
            value.
        top: That as a share.
        n_there: How many of all runs lie there.
        every: That as a share.
        p_adjusted: Of the two tests together, by Holm's method over all ends of all parameters.
    """

    name: str
    upper: bool
    known: bool
    value: float
    n_top: int
    n_top_there: int
    top: Interval
    n_there: int
    every: Interval
    p_adjusted: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Outcomes:
    """N runs with a value.

    Attributes:
        values: `[N]` lower is better.
        top: `bool [N]` the best quarter.
        first: `bool [N]` the best run, or those that share its place.
    """

    values: NDArray[np.float64]
    top: NDArray[np.bool_]
    first: NDArray[np.bool_]


def axes_with_ends(space: Mapping[str, Axis]) -> dict[str, Range | Choice]:
    """The parameters that have ends: ranges, and lists of numbers; seeds and folds have none."""
    return {
        name: axis
        for name, axis in space.items()
        if not tells_replicates(name)
        and (
            isinstance(axis, Range)
            or (isinstance(axis, Choice) and len(axis.numbers) >= _FEWEST_LISTED)
        )
    }


def why_no_best_quarter(values: NDArray[np.float64]) -> str | None:
    """Why nobody can say which runs are the best quarter, in words; None if it can be said.

    Args:
        values: `[N]` best value of each run, lower is better; NaN without one.
    """
    known = np.sort(values[np.isfinite(values)])
    n_top = round(_TOP_SHARE * len(known))
    if n_top < _FEWEST_TOP:
        least = math.ceil((_FEWEST_TOP - 0.5) / _TOP_SHARE)
        return f"{count(len(known), 'run')} with a value; {least} are needed for a best quarter"
    n_tied = int((known <= known[n_top - 1]).sum())
    if n_tied > _MOST_TOP * len(known):
        return f"{n_tied} of {count(len(known), 'run')} share the values of the best quarter"
    return None


def boundary_optima(
    space: Mapping[str, Axis],
    configs: Sequence[Mapping[str, object]],
    values: NDArray[np.float64],
) -> tuple[BoundaryOptimum, ...]:
    """Find the ends at which the best runs gather.

    Args:
        space: What was searched.
        configs: N configurations.
        values: `[N]` best value of each run, lower is better; NaN without one. Runs that were
            stopped count with their best value so far.
    """
    if why_no_best_quarter(values) is not None:
        return ()
    rows = np.flatnonzero(np.isfinite(values))
    known = values[rows]
    bar = np.sort(known)[round(_TOP_SHARE * len(known)) - 1]
    runs = _Outcomes(values=known, top=known <= bar, first=known == known.min())
    tried = [configs[row] for row in rows.tolist()]
    tested: list[tuple[BoundaryOptimum, bool]] = []
    for name, axis in axes_with_ends(space).items():
        positions = np.array([axis.encode(config.get(name)) for config in tried])
        tested += _ends(name, axis, positions, runs)
    adjusted = holm([optimum.p_adjusted for optimum, _ in tested])
    return tuple(
        replace(optimum, p_adjusted=p)
        for (optimum, best_is_there), p in zip(tested, adjusted, strict=True)
        if best_is_there
        and optimum.top.estimate >= optimum.every.estimate
        and p is not None
        and p < 1 - LEVEL
    )


def _ends(
    name: str, axis: Range | Choice, positions: NDArray[np.float64], runs: _Outcomes
) -> Iterator[tuple[BoundaryOptimum, bool]]:
    """The ends at which runs lie, p not yet adjusted, and whether the best run lies there.

    Args:
        name: Of the parameter.
        axis: What was searched.
        positions: `[N]` on its own scale; NaN for a run that lacks it.
        runs: The same runs.
    """
    has_it = np.isfinite(positions)
    n, n_top = int(has_it.sum()), int(runs.top[has_it].sum())
    if n_top < _FEWEST_TOP:
        return
    low, high = axis.ends
    zone = _TENTH if isinstance(axis, Range) else 0.0
    for upper in (False, True):
        distance = np.where(has_it, 1 - positions if upper else positions, np.inf)
        there = distance <= zone + _ROUNDING
        n_there, n_top_there = int(there.sum()), int((there & runs.top).sum())
        if not n_there:
            continue
        near = distance <= _HALF + _ROUNDING
        p = min(
            fisher_p(n_top_there, n_top, n_there, n),
            rising_p(distance[near], runs.values[near]) if near.sum() >= _FEWEST_NEAR else 1.0,
        )
        optimum = BoundaryOptimum(
            name=name,
            upper=upper,
            known=isinstance(axis, Choice) or axis.known,
            value=high if upper else low,
            n_top=n_top,
            n_top_there=n_top_there,
            top=_share(n_top_there, n_top),
            n_there=n_there,
            every=_share(n_there, n),
            p_adjusted=min(1.0, 2 * p),
        )
        yield optimum, bool((there & runs.first).any())


def _share(k: int, n: int) -> Interval:
    low, high = share_interval(k, n)
    return Interval(estimate=k / n, low=low, high=high, level=LEVEL, n=n)
