"""What one side of a comparison comes to: how its runs ended, its values, its cost."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from wbtools.analysis.diagnosis.causes import RAN_ITS_COURSE, STOPPED, Cause
from wbtools.stats.proportions import share_interval
from wbtools.stats.student import Summary, summarize

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from wbtools.analysis.comparison.sweep_group import SweepGroup
    from wbtools.model import Goal, Run


class Over(StrEnum):
    """Whose best values a mean is over.

    Stopped runs are censored: their best would have been better, had they gone on, by an unknown
    amount. `completed` leaves them out, and is the better the more of a side's worst were stopped;
    `all` takes every run at what it reached, and is the worse the more were stopped.
    """

    COMPLETED = "completed"
    ALL = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunShare:
    """`k` of `n`, with Wilson's 95 % interval of the share; None for no runs."""

    k: int
    n: int
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupSummary:
    """One side, summed up. Values in the metric's own units.

    Attributes:
        completed: Runs that ran their course, of all runs that have ended.
        causes: How many runs ended by each cause, as far as anything tells; empty where nothing is
            known of single runs.
        n_stopped: Runs that might have gone on, and so are censored.
        n_untold: Runs that are taken for completed, for nothing tells how they ended.
        best: Best value of any run, stopped ones included; None without a value.
        best_run: The run that has it, the earliest of equals.
        mean: Of the best values of the runs that `Over` names; None without one.
        hours: Of all runs whose hours are known; None if none are.
        n_timed: How many these are.
        reports: The same in reports.
        n_counted: How many runs these are.
    """

    n_runs: int
    completed: RunShare
    causes: Mapping[Cause, int]
    n_stopped: int
    n_untold: int
    best: float | None
    best_run: Run | None
    best_cause: Cause | None
    mean: Summary | None
    hours: float | None
    n_timed: int
    reports: float | None
    n_counted: int


def share(k: int, n: int) -> RunShare:
    """Give `k` of `n` its interval."""
    if not n:
        return RunShare(k=k, n=n)
    low, high = share_interval(k, n)
    return RunShare(k=k, n=n, low=low, high=high)


def values_of(side: SweepGroup, over: Over) -> NDArray[np.float64]:
    """`[M]` the best values that means are over, metric's own units."""
    known = np.isfinite(side.best)
    if over is Over.COMPLETED:
        full = [cause in RAN_ITS_COURSE for cause in side.causes]
        known &= (np.array(full, dtype=bool) | side.untold) if side.causes else False
    return side.best[known]


@np.errstate(over="ignore", invalid="ignore")  # 1e308 is a value too; what overflows is unknown
def sum_up(side: SweepGroup, goal: Goal, over: Over) -> GroupSummary:
    """Sum up one side."""
    told = [cause for row, cause in enumerate(side.causes) if not side.untold[row]]
    causes, n_untold = Counter(told), len(side.causes) - len(told)
    full = sum(causes[cause] for cause in RAN_ITS_COURSE) + n_untold
    ended = len(side.causes) - causes[Cause.RUNNING]
    values, row = values_of(side, over), best_row(side, goal)
    timed, counted = np.isfinite(side.hours), np.isfinite(side.reports)
    return GroupSummary(
        n_runs=len(side.runs),
        completed=share(full, ended),
        causes={cause: causes[cause] for cause in Cause if causes[cause]},
        n_stopped=sum(causes[cause] for cause in STOPPED),
        n_untold=n_untold,
        best=None if row is None else float(side.best[row]),
        best_run=None if row is None else side.runs[row],
        best_cause=None if row is None or not side.causes or side.untold[row] else side.causes[row],
        mean=summarize(values.tolist()) if len(values) else None,
        hours=float(side.hours[timed].sum()) if timed.any() else None,
        n_timed=int(timed.sum()),
        reports=float(side.reports[counted].sum()) if counted.any() else None,
        n_counted=int(counted.sum()),
    )


def best_row(side: SweepGroup, goal: Goal) -> int | None:
    """The row of the best value; None without a value."""
    if not np.isfinite(side.best).any():
        return None
    return int(np.nanargmin(side.best * goal.sign))
