"""The fold: workers take runs from a queue, a policy stops some of them, in wall-clock order.

What is counterfactual is the rule alone: configurations, values, each run's pace and the order of
the queue are the record's. A search that learns (bayes) would have proposed other configurations
under another rule; that is not simulated.
"""

from __future__ import annotations

import heapq
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from wbtools.rules.rule import StoppingRule
from wbtools.rules.tracking import Deciding

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wbtools.analysis.simulation.trajectories import Trajectories
    from wbtools.model import Policy, SweepView
    from wbtools.rules.tracking import RuleTracker

_COUNTABLE = 2.0**52
"""Polls beyond which a float does not tell one from the next."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Replay:
    """What a policy made of N runs; times in seconds from the sweep's start.

    Attributes:
        policy: The policy.
        stopped_at: `int64 [N]` reports (the non-finite ones included) that a run had made when it
            was stopped; 0 where it ran its course, for no run is stopped before its first report.
        stopped_time_s: `float64 [N]`; NaN where it ran its course.
        n_made: `int64 [N]` reports made, the non-finite ones included.
        started_s: `float64 [N]` when a worker took the run.
        ended_s: `float64 [N]` when it was stopped or ran out.
    """

    policy: Policy
    stopped_at: NDArray[np.int64]
    stopped_time_s: NDArray[np.float64]
    n_made: NDArray[np.int64]
    started_s: NDArray[np.float64]
    ended_s: NDArray[np.float64]

    @property
    def stopped(self) -> NDArray[np.bool_]:
        """`[N]` whether the policy stopped the run."""
        return self.stopped_at > 0

    @property
    def makespan_s(self) -> float:
        """Seconds until the last run had ended."""
        return float(self.ended_s.max(initial=0.0))


def replay(
    policy: Policy,
    recorded: Trajectories,
    *,
    n_workers: int = 1,
    poll_s: float | None = None,
    order: NDArray[np.int64] | None = None,
    stagger_s: float = 0.0,
) -> Replay:
    """Replay a sweep under a policy.

    Without `poll_s` every run is judged at each of its own reports, as a rule inside the training
    program or the scheduler does it; reports of the same moment come in one after the other, in
    the queue's order. With it all active runs are judged together, on everything that was reported
    by then, as W&B's server does it: at every multiple of `poll_s`, or, if that is 0, whenever
    anybody reports. A run that has ended is judged no more, so one that ends with its last report
    is never stopped there.

    Args:
        policy: Any; stopping rules are followed by their trackers, report by report at constant
            cost, others by calling `decide` at every judgement.
        recorded: N runs.
        n_workers: Runs at a time.
        poll_s: Seconds between two looks; 0 looks all the time; None looks at each run's reports.
        order: `int64 [N]` rows in the order of the queue; the record's own without it.
        stagger_s: Seconds from one worker's first start to the next one's.
    """
    queue = range(len(recorded.values)) if order is None else order.tolist()
    going = _Scheduler(recorded, _tracker(policy, recorded.whole), list(queue))
    for k in range(min(n_workers, len(recorded.values))):
        going.start(k * stagger_s)
    if poll_s is None:
        going.run_at_reports()
    else:
        going.run_polled(poll_s)
    return Replay(
        policy=policy,
        stopped_at=np.array(going.stopped_at, dtype=np.int64),
        stopped_time_s=np.array(going.stopped_s),
        n_made=np.array(going.n_made, dtype=np.int64),
        started_s=np.array(going.started_s),
        ended_s=np.array(going.ended_s),
    )


def _tracker(policy: Policy, whole: SweepView) -> RuleTracker:
    if isinstance(policy, StoppingRule):
        return policy.tracker(whole)
    return Deciding(policy, whole)


class _Scheduler:
    """A sweep while it goes on.

    The heap holds the next event of every run at work: (time, place in the queue, row). A run's
    events are its reports and then its end.
    """

    def __init__(self, recorded: Trajectories, judge: RuleTracker, queue: list[int]) -> None:
        n = len(recorded.values)
        self._judge = judge
        self._waiting = list(enumerate(queue))[::-1]
        self._finite = np.isfinite(recorded.values).tolist()
        self._report_s = recorded.report_s.tolist()
        self._n_reports = recorded.n_reports.tolist()
        self._end_s = recorded.end_s.tolist()
        self._is_full = [True] * n if recorded.full is None else recorded.full.tolist()
        self._heap: list[tuple[float, int, int]] = []
        self._is_active = [False] * n
        self._matters = True
        self.n_made = [0] * n
        self.started_s = [0.0] * n
        self.ended_s = [0.0] * n
        self.stopped_at = [0] * n
        self.stopped_s = [math.nan] * n

    def run_at_reports(self) -> None:
        """Judge each run at its own reports."""
        heap, judge = self._heap, self._judge
        end_s, started_s = self._end_s, self.started_s
        while heap:
            now, place, row = heap[0]
            if self._happens(now, row):
                if now < started_s[row] + end_s[row] and judge.stops((row,)):
                    heapq.heappop(heap)
                    self._stop(row, now)
                else:
                    heapq.heapreplace(heap, (self._next(row), place, row))
            else:
                heapq.heappop(heap)
                self.start(now)

    def run_polled(self, poll_s: float) -> None:
        """Judge all active runs at every multiple of `poll_s`, if anything happened since the last.

        What a policy looks at changes with reports and completions alone, so a look after which
        nothing happened would answer the same.
        """
        heap = self._heap
        poll = math.inf
        while heap:
            if heap[0][0] > poll:
                active = [row for _, row in sorted((p, r) for _, p, r in heap) if self.n_made[row]]
                for row in self._judge.stops(active):
                    self._stop(row, poll)
                heap[:] = [event for event in heap if self._is_active[event[2]]]
                heapq.heapify(heap)
                poll = math.inf
                continue
            now, place, row = heap[0]
            self._matters = True
            if self._happens(now, row):
                heapq.heapreplace(heap, (self._next(row), place, row))
            else:
                heapq.heappop(heap)
                self.start(now)
            if self._matters:
                poll = min(poll, _next_multiple(now, poll_s))

    def _happens(self, now: float, row: int) -> bool:
        """Let a run's next event happen; True if it was a report, False if it was its end."""
        n_made = self.n_made[row]
        if n_made < self._n_reports[row]:
            self.n_made[row] = n_made + 1
            self._matters = self._judge.saw(row, finite=self._finite[row][n_made])
            return True
        if self._is_full[row]:
            self._judge.completed(row)
        self._is_active[row] = False
        self.ended_s[row] = now
        return False

    def _next(self, row: int) -> float:
        n_made = self.n_made[row]
        elapsed_s = (
            self._report_s[row][n_made] if n_made < self._n_reports[row] else self._end_s[row]
        )
        return float(self.started_s[row] + elapsed_s)

    def start(self, now: float) -> None:
        """Let a free worker take the next run, if one is waiting."""
        if not self._waiting:
            return
        place, row = self._waiting.pop()
        self.started_s[row] = now
        self._is_active[row] = True
        heapq.heappush(self._heap, (self._next(row), place, row))

    def _stop(self, row: int, now: float) -> None:
        self._is_active[row] = False
        self.stopped_at[row] = self.n_made[row]
        self.stopped_s[row] = self.ended_s[row] = now
        self.start(now)


def _next_multiple(moment_s: float, poll_s: float) -> float:
    """The first poll at or after a moment: the moment itself where polls follow on each other.

    A quotient can lie on the other side: 30 * 0.7 is 21.0, and 21.0 / 0.7 is more than 30.
    """
    if not poll_s or moment_s / poll_s > _COUNTABLE:
        return moment_s
    n = max(math.floor(moment_s / poll_s) - 1, 0)
    while n * poll_s < moment_s:
        n += 1
    return n * poll_s
