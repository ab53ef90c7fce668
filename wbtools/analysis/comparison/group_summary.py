"""What one side of a comparison comes to: how its runs ended, its values, its cost."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from wbtools.analysis.diagnosis.termination import Cause, Completion
from wbtools.stats.proportions import share_interval
from wbtools.stats.student import Summary, summarize
from wbtools.text.brief import brief_repr

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from wbtools.analysis.comparison.sweep_group import SweepGroup
    from wbtools.model import Goal, Run


class Over(StrEnum):
    """Whose best values a mean is over.

    A run that was cut short is censored: its best would have been better, had it gone on, by an
    unknown amount. `completed` leaves such runs out, and is the better the more of a side's worst
    were cut short; `all` takes every run at what it reached, and is the worse the more were.
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
        completed: Runs that ran their course, of all runs that are known to have ended somehow.
        causes: How many runs ended by each cause; empty where nothing is known of single runs.
        n_by_completion: How many came how far; empty likewise.
        n_unknown_short: Runs whose end is unknown, and which made fewer reports than a full run.
        best: Best value of any run, stopped ones included; None without a value.
        best_run: The run that has it, the earliest of equals.
        mean: Of the best values of the runs that `Over` names; None without one.
        hours: Of all runs whose hours are known; None if none are.
        n_timed: How many these are.
        reports: The same in reports.
        n_counted: How many runs these are.
    """

    __repr__ = brief_repr

    n_runs: int
    completed: RunShare
    causes: Mapping[Cause, int]
    n_by_completion: Mapping[Completion, int]
    n_unknown_short: int
    best: float | None
    best_run: Run | None
    best_cause: Cause | None
    mean: Summary | None
    hours: float | None
    n_timed: int
    reports: float | None
    n_counted: int

    @property
    def ended_early(self) -> float | None:
        """Share of its runs that were cut short or failed; None where nothing tells."""
        if not self.causes or not self.n_runs:
            return None
        return sum(n for how, n in self.n_by_completion.items() if how.ended_early) / self.n_runs


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
        counts = [cause.completion.counts for cause in side.causes]
        known &= np.array(counts, dtype=bool) if side.causes else False
    return side.best[known]


@np.errstate(over="ignore", invalid="ignore")  # 1e308 is a value too; what overflows is unknown
def sum_up(side: SweepGroup, goal: Goal, over: Over) -> GroupSummary:
    """Sum up one side."""
    causes = Counter(side.causes)
    completions = Counter(cause.completion for cause in side.causes)
    n_known = len(side.causes) - completions[Completion.RUNNING] - completions[Completion.UNKNOWN]
    unknown = [cause is Cause.UNKNOWN for cause in side.causes]
    values, row = values_of(side, over), best_row(side, goal)
    timed, counted = np.isfinite(side.hours), np.isfinite(side.reports)
    return GroupSummary(
        n_runs=len(side.runs),
        completed=share(completions[Completion.FULL], n_known),
        causes={cause: causes[cause] for cause in Cause if causes[cause]},
        n_by_completion={each: completions[each] for each in Completion if completions[each]},
        n_unknown_short=int((np.array(unknown, dtype=bool) & side.is_short).sum()),
        best=None if row is None else float(side.best[row]),
        best_run=None if row is None else side.runs[row],
        best_cause=None if row is None or not side.causes else side.causes[row],
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
