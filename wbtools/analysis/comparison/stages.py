"""Stages of one search in the order in which they were run: what each gained, and for how much."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from wbtools.analysis.comparison.anytime import DRAWS
from wbtools.stats.differences import percentile_interval

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from wbtools.analysis.comparison.group_summary import GroupSummary
    from wbtools.analysis.comparison.sweep_group import SweepGroup
    from wbtools.model import Goal


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One stage against the one before. A gain is positive where the later stage is better.

    Attributes:
        gain: Of the best value over the stage before; None for the first, or without a value.
        low: Lower end of the gain's 95 % interval, both stages' runs resampled; None for a stage
            of a single run with a value. Too narrow, as all intervals of best values (`race`).
        high: Upper end of the same.
        hours: Of this stage; None if the hours of any of its runs are unknown.
        gain_per_h: Gain over the hours of this stage.
        hours_so_far: Of this stage and all before; None once any are unknown.
    """

    gain: float | None = None
    low: float | None = None
    high: float | None = None
    hours: float | None = None
    gain_per_h: float | None = None
    hours_so_far: float | None = None


def find_stages(
    sides: Sequence[SweepGroup], summaries: Sequence[GroupSummary], goal: Goal
) -> tuple[Stage, ...]:
    """Say what each side gained over the one before it."""
    stages: list[Stage] = []
    so_far: float | None = 0.0
    for k, (side, summary) in enumerate(zip(sides, summaries, strict=True)):
        hours = summary.hours if summary.n_timed == summary.n_runs else None
        so_far = None if so_far is None or hours is None else so_far + hours
        gain = low = high = None
        before = summaries[k - 1].best if k else None
        if before is not None and summary.best is not None:
            gain = (before - summary.best) * goal.sign
            low, high = _interval(sides[k - 1], side, goal) or (None, None)
        stages.append(
            Stage(
                gain=gain,
                low=low,
                high=high,
                hours=hours,
                gain_per_h=gain / hours if gain is not None and hours else None,
                hours_so_far=so_far,
            )
        )
    return tuple(stages)


def _interval(before: SweepGroup, after: SweepGroup, goal: Goal) -> tuple[float, float] | None:
    drawn = [_bests(side.best * goal.sign) for side in (before, after)]
    if drawn[0] is None or drawn[1] is None:
        return None
    # Backwards, for both come from one seed.
    return percentile_interval(drawn[0][::-1] - drawn[1])


def _bests(values: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """`[B]` best of as many values, drawn with replacement; None for fewer than two.

    The place of the smallest of n places drawn from n is at least r with probability
    ((n - r) / n)^n, so that one number draws it.
    """
    ranked = np.sort(values[np.isfinite(values)])
    n = len(ranked)
    if n < 2:  # noqa: PLR2004 - one value has no spread
        return None
    u = np.random.default_rng(0).random(DRAWS)
    places = np.floor(n * -np.expm1(np.log1p(-u) / n)).astype(np.int64)
    bests: NDArray[np.float64] = ranked[np.minimum(places, n - 1)]
    return bests
