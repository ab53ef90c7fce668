"""Best value so far against compute, side by side, and how much of a lead is luck.

Runs count one after another: compute is the reports, or the hours, that all runs so far have used
together, however many ran at a time. A run's hours are spread evenly over its reports. A stopped
run gives what it was seen to reach and costs what it used; nothing is projected.

As recorded, runs come in the order in which they began. That order is an accident, and so are the
runs themselves: a bootstrap draws runs of a side, with replacement and so in random order, until
the compute is spent, 2,000 times. Intervals are percentiles (`differences.percentile_interval`).
Resampling finds no value that was not seen, so intervals are too narrow where all of the compute is
spent: of 400 pairs of equal sides they held zero in 82 % (5 runs), 87 % (20) and 90 % (60); at half
of the compute in 93 % or more (`python -m tests.benchmarks.race_coverage`).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from wbtools.stats.differences import percentile_interval
from wbtools.stats.spread import finite_or_none
from wbtools.text.brief import brief_repr

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from wbtools.analysis.comparison.sweep_group import SweepGroup
    from wbtools.model import Goal

FRACTIONS = tuple(k / 20 for k in range(1, 21))
"""Of the equal compute: where lanes are compared."""
DRAWS = 2_000
_CELLS = 2**20
_SPARE = 1.2  # so that one block of draws nearly always spends the compute
_SAME = 1e-9  # compute that sums to the same in another order
_FEWEST = 2


class Unit(StrEnum):
    """What compute is counted in."""

    REPORTS = "reports"
    HOURS = "hours"


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One side after some compute. Values in the metric's own units; None where unknown.

    Attributes:
        recorded: Best so far, runs in the order in which they began; None without that order.
        typical: Median over resampled sweeps; None for a single run, and where some resampled
            sweep has no value yet.
        low: Lower end of the 95 % interval over resampled sweeps.
        high: Upper end of the same.
        regret: Distance of `recorded`, or else of `typical`, from the best value of any side.
        difference: `typical` less the baseline's.
        difference_low: Lower end of its 95 % interval.
        difference_high: Upper end of the same.
        p_better: Share of resampled pairs in which this side is ahead, a tie counted half.
    """

    __repr__ = brief_repr

    recorded: float | None = None
    typical: float | None = None
    low: float | None = None
    high: float | None = None
    regret: float | None = None
    difference: float | None = None
    difference_low: float | None = None
    difference_high: float | None = None
    p_better: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AnytimeCurve:
    """One side's line.

    Attributes:
        total: Compute of all its runs; None if unknown.
        points: One for each of `FRACTIONS`; empty where there is nothing to race with.
        improvements: As recorded, over all its compute: compute spent and best value so far, at
            every improvement; empty where the order of runs is unknown.
        why_not: Why it is not in the race; None where it is.
    """

    __repr__ = brief_repr

    total: float | None
    points: tuple[Point, ...] = ()
    improvements: tuple[tuple[float, float], ...] = ()
    why_not: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AnytimeComparison:
    """All sides over the same compute, in one unit.

    Attributes:
        equal_compute: The smallest compute of a side in the race; None with fewer than two sides.
        set_by: Index of the side that spent no more than that.
        lanes: One a side.
    """

    __repr__ = brief_repr

    unit: Unit
    equal_compute: float | None
    set_by: int | None
    lanes: tuple[AnytimeCurve, ...]


def anytime_comparison(
    sides: Sequence[SweepGroup], unit: Unit, goal: Goal, baseline: int
) -> AnytimeComparison:
    """Race sides against each other, up to the compute of the one that used least.

    Args:
        sides: From `side_of`.
        unit: What compute is counted in.
        goal: Of the metric that ranks.
        baseline: Index of the side with which the others are compared.
    """
    costs = [_cost(side, unit) for side in sides]
    totals = [float(cost.sum()) if isinstance(cost, np.ndarray) else None for cost in costs]
    racing = {k: total for k, total in enumerate(totals) if total is not None}
    set_by = min(racing, key=lambda k: racing[k]) if len(racing) >= _FEWEST else None
    at = None if set_by is None else np.array(FRACTIONS) * racing[set_by]
    drawn = {
        k: _resampled(sides[k], cost, at)
        for k, cost in enumerate(costs)
        if isinstance(cost, np.ndarray) and at is not None and len(sides[k].runs) >= _FEWEST
    }
    values = [side.best * goal.sign for side in sides]
    best = min((float(np.nanmin(x)) for x in values if np.isfinite(x).any()), default=np.nan)
    lanes = []
    for k, (side, cost) in enumerate(zip(sides, costs, strict=True)):
        if isinstance(cost, str):
            lanes.append(AnytimeCurve(total=None, why_not=cost))
            continue
        points = (
            ()
            if at is None
            else _points(
                _recorded(side, cost, at),
                drawn.get(k),
                None if k == baseline else drawn.get(baseline),
                best,
                goal.sign,
            )
        )
        lanes.append(
            AnytimeCurve(
                total=totals[k], points=points, improvements=_improvements(side, cost, goal.sign)
            )
        )
    return AnytimeComparison(
        unit=unit,
        equal_compute=None if set_by is None else racing[set_by],
        set_by=set_by,
        lanes=tuple(lanes),
    )


def _cost(side: SweepGroup, unit: Unit) -> NDArray[np.float64] | str:
    """`[N]` compute of each run, or why it cannot be told."""
    if side.why_not is not None:
        return side.why_not
    cost = side.reports if unit is Unit.REPORTS else side.hours
    has_value = np.isfinite(side.best)
    if not has_value.any():
        return "no run has a value"
    n_without, n = int((has_value & ~np.isfinite(cost)).sum()), int(has_value.sum())
    if n_without:
        which = "its only run" if n == 1 else f"{n_without} of its {n} runs"
        return f"the {unit} of {which} are not known"
    # A run without a value and of unknown cost never reported.
    known: NDArray[np.float64] = np.nan_to_num(cost, nan=0.0)
    return known if known.sum() > 0 else f"its runs used no {unit}"


def _recorded(
    side: SweepGroup, cost: NDArray[np.float64], at: NDArray[np.float64]
) -> NDArray[np.float64] | None:
    if not side.is_in_order:
        return None
    in_order: NDArray[np.float64] = _walk(side, cost, np.arange(len(cost))[None, :], at)[0]
    return in_order


def _resampled(
    side: SweepGroup, cost: NDArray[np.float64], at: NDArray[np.float64]
) -> NDArray[np.float64]:
    """`[B, P]` best so far of resampled sweeps, lower is better; inf before any value."""
    # One seed for all sides: equal sides are then equal, and `_points` pairs other draws.
    rng = np.random.default_rng(0)
    # By id, so that the order in which a table lists its runs changes nothing.
    by_id = np.array(sorted(range(len(cost)), key=lambda row: side.runs[row].id), dtype=np.int64)
    n_runs = int(_SPARE * at[-1] / cost.mean()) + 10
    n_now = max(1, _CELLS // n_runs)
    parts = []
    for first in range(0, DRAWS, n_now):
        shape = (min(n_now, DRAWS - first), n_runs)
        rows = by_id[rng.integers(0, len(cost), shape)]
        while (cost[rows].sum(axis=1) < at[-1]).any():
            more = by_id[rng.integers(0, len(cost), shape)]
            rows = np.concatenate((rows, more), axis=1)
        parts.append(_walk(side, cost, rows, at))
    return np.concatenate(parts)


def _walk(
    side: SweepGroup, cost: NDArray[np.float64], rows: NDArray[np.int64], at: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Best so far of B sequences of runs.

    Args:
        side: N runs.
        cost: `[N]`.
        rows: `[B, K]` rows of the side, in the order in which runs are begun.
        at: `[P]` compute spent, ascending.

    Returns:
        `[B, P]` lower is better; inf before any value.
    """
    ends = np.cumsum(cost[rows], axis=1)
    last = np.where(np.isnan(side.so_far[:, -1]), np.inf, side.so_far[:, -1])
    whole = np.minimum.accumulate(last[rows], axis=1)
    n_whole = _n_within(ends, at * (1 + _SAME))
    before = np.maximum(n_whole - 1, 0)
    best = np.where(n_whole > 0, np.take_along_axis(whole, before, axis=1), np.inf)
    spent = np.where(n_whole > 0, np.take_along_axis(ends, before, axis=1), 0.0)
    begun = np.minimum(n_whole, rows.shape[1] - 1)
    run = np.take_along_axis(rows, begun, axis=1)
    is_begun = (n_whole < rows.shape[1]) & (cost[run] > 0)
    fraction = (at - spent) / np.where(cost[run] > 0, cost[run], 1.0)
    n_seen = np.minimum(np.floor(fraction * side.n_logged[run] + _SAME), side.n_finite[run])
    n_seen = np.where(is_begun, n_seen, 0).astype(np.int64)
    partly = side.so_far[run, np.maximum(n_seen - 1, 0)]
    return np.minimum(best, np.where(n_seen > 0, partly, np.inf))


def _n_within(ends: NDArray[np.float64], at: NDArray[np.float64]) -> NDArray[np.int64]:
    """`[B, P]` how many of each row's ascending ends are at most `at`; one search for all rows."""
    top = float(at[-1])
    shift = 4 * top * np.arange(len(ends))[:, None]
    flat = (np.minimum(ends, 2 * top) + shift).ravel()
    found = np.searchsorted(flat, (at + shift).ravel(), side="right").reshape(len(ends), len(at))
    n_before: NDArray[np.int64] = found - ends.shape[1] * np.arange(len(ends))[:, None]
    return n_before


def _points(
    recorded: NDArray[np.float64] | None,
    drawn: NDArray[np.float64] | None,
    baseline: NDArray[np.float64] | None,
    best: float,
    sign: float,
) -> tuple[Point, ...]:
    points = []
    for k in range(len(FRACTIONS)):
        recorded_value = None if recorded is None else finite_or_none(recorded[k])
        typical, low, high = (None,) * 3 if drawn is None else _middle(drawn[:, k], sign)
        reached = typical if recorded_value is None else recorded_value * sign
        point = Point(
            recorded=None if recorded_value is None else recorded_value * sign,
            typical=typical,
            low=low,
            high=high,
            regret=None if reached is None else max(reached * sign - best, 0.0),
        )
        if drawn is not None and baseline is not None:
            point = _against(point, drawn[:, k], baseline[:, k], sign)
        points.append(point)
    return tuple(points)


def _against(
    point: Point, drawn: NDArray[np.float64], baseline: NDArray[np.float64], sign: float
) -> Point:
    # Backwards, so that sides that share a seed are paired with draws of their own.
    other = baseline[::-1]
    if point.typical is None or not np.isfinite(other).all():
        return point
    gaps = (drawn - other) * sign
    interval = percentile_interval(gaps)
    if interval is None:
        return point
    return Point(
        recorded=point.recorded,
        typical=point.typical,
        low=point.low,
        high=point.high,
        regret=point.regret,
        difference=point.typical - float(np.median(other)) * sign,
        difference_low=interval[0],
        difference_high=interval[1],
        p_better=float((drawn < other).mean() + (drawn == other).mean() / 2),
    )


def _middle(
    drawn: NDArray[np.float64], sign: float
) -> tuple[float | None, float | None, float | None]:
    interval = percentile_interval(drawn * sign)
    if interval is None:
        return None, None, None
    return float(np.median(drawn)) * sign, *interval


def _improvements(
    side: SweepGroup, cost: NDArray[np.float64], sign: float
) -> tuple[tuple[float, float], ...]:
    if not side.is_in_order:
        return ()
    last = np.where(np.isnan(side.so_far[:, -1]), np.inf, side.so_far[:, -1])
    best_before = np.concatenate(([np.inf], np.minimum.accumulate(last)[:-1]))
    is_better = side.so_far < best_before[:, None]
    is_better[:, 1:] &= side.so_far[:, 1:] < side.so_far[:, :-1]
    rows, columns = np.nonzero(is_better)
    begun = np.concatenate(([0.0], np.cumsum(cost)[:-1]))
    spent = begun[rows] + cost[rows] * (columns + 1) / np.maximum(side.n_logged[rows], 1)
    values = side.so_far[rows, columns] * sign
    return tuple(zip(spent.tolist(), values.tolist(), strict=True))
