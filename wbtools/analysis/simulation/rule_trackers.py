"""Policies followed report by report at constant cost, in place of a `decide` at every report.

The policy stays the one definition: a judge answers what `decide` would on the same data, bit for
bit (a property test holds every judge to it). A policy without a judge of its own is asked itself.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from bisect import insort
from heapq import nsmallest
from typing import TYPE_CHECKING

import numpy as np

from wbtools.analysis.simulation.guards import (
    DivergenceStop,
    ProjectionGuard,
    ThresholdGuard,
    TopKGuard,
)
from wbtools.model import SweepView
from wbtools.rules.asha import Asha
from wbtools.rules.fixed_budget import FixedBudget
from wbtools.rules.hyperband import Hyperband
from wbtools.rules.median import Median
from wbtools.rules.none import NoRule
from wbtools.rules.patience import Patience
from wbtools.rules.running import running_mean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wbtools.analysis.simulation.trajectories import Trajectories
    from wbtools.model import Policy


class RuleTracker(ABC):
    """One policy over one sweep while it goes on."""

    @abstractmethod
    def saw(self, row: int, *, finite: bool) -> bool:
        """A run made its next report; False if nobody can be stopped who was not before."""

    def completed(self, row: int) -> None:  # noqa: B027 - most rules do not care
        """A run ran its course."""

    @abstractmethod
    def stops(self, rows: Sequence[int]) -> list[int]:
        """Those of the active runs that the policy stops now."""


def tracker_of(policy: Policy, recorded: Trajectories) -> RuleTracker:
    """What follows the policy over these runs."""
    match policy:
        case NoRule():
            return _Nobody()
        case Hyperband():
            return _HyperbandTracker(policy, recorded)
        case Asha():
            return _AshaTracker(policy, recorded)
        case Median():
            return _MedianTracker(policy, recorded)
        case Patience() | FixedBudget():
            return _LonelyTracker(_stops_alone(policy, recorded))
        case ThresholdGuard():
            return _ThresholdGuardTracker(policy, tracker_of(policy.policy, recorded), recorded)
        case TopKGuard():
            return _TopKGuardTracker(policy, tracker_of(policy.policy, recorded), recorded)
        case ProjectionGuard():
            return _ProjectionGuardTracker(policy, tracker_of(policy.policy, recorded), recorded)
        case DivergenceStop():
            return _DivergenceTracker(tracker_of(policy.policy, recorded))
        case _:
            return Deciding(policy, recorded)


class ReportsSoFar:
    """What has been reported by now, as a policy sees it."""

    def __init__(self, recorded: Trajectories) -> None:
        """Nothing is seen yet."""
        n = len(recorded.values)
        self._recorded = recorded
        self._n_finite = np.zeros(n, dtype=np.int64)
        self._n_nonfinite = np.zeros(n, dtype=np.int64)
        self._completed = np.zeros(n, dtype=bool)

    def saw(self, row: int, *, finite: bool) -> None:
        """One more report."""
        (self._n_finite if finite else self._n_nonfinite)[row] += 1

    def completed(self, row: int) -> None:
        """One more run that ran its course."""
        self._completed[row] = True

    def view(self, rows: Sequence[int]) -> SweepView:
        """The view in which these runs are active; what is yet to come is NaN."""
        active = np.zeros(len(self._completed), dtype=bool)
        active[list(rows)] = True
        packed = self._recorded.packed
        inside = np.arange(packed.shape[1]) < self._n_finite[:, None]
        return SweepView(
            values=np.where(inside, packed, np.nan),
            n_reports=self._n_finite.copy(),
            active=active,
            n_nonfinite=self._n_nonfinite.copy(),
            configs=self._recorded.configs,
            horizon=self._recorded.horizon,
            completed=self._completed.copy(),
        )


class Deciding(RuleTracker):
    """Asks the policy itself, at the cost of a whole view each time."""

    def __init__(self, policy: Policy, recorded: Trajectories) -> None:
        """Follow `policy`."""
        self._policy = policy
        self._sight = ReportsSoFar(recorded)

    def saw(self, row: int, *, finite: bool) -> bool:
        """One more report."""
        self._sight.saw(row, finite=finite)
        return True

    def completed(self, row: int) -> None:
        """One more run that ran its course."""
        self._sight.completed(row)

    def stops(self, rows: Sequence[int]) -> list[int]:
        """Decide on a view of now."""
        stop = self._policy.decide(self._sight.view(rows)).stop
        return [row for row in rows if stop[row]]


class _Nobody(RuleTracker):
    def saw(self, row: int, *, finite: bool) -> bool:  # noqa: ARG002 - nobody is looked at
        return False

    def stops(self, rows: Sequence[int]) -> list[int]:  # noqa: ARG002 - nobody is looked at
        return []


class _BandTracker(RuleTracker):
    """What Hyperband and ASHA share: each band's values in order, and the threshold they make."""

    def __init__(
        self, bands: Sequence[int], policy: Hyperband | Asha, recorded: Trajectories
    ) -> None:
        width = recorded.packed.shape[1]
        self._rank = policy.rank
        self._bands = [band for band in bands if band <= width]
        columns = np.array(self._bands, dtype=np.int64) - 1
        self._at_bands: list[list[float]] = recorded.packed[:, columns].tolist()
        self._sorted: list[list[float]] = [[] for _ in self._bands]
        self._thresholds = [np.inf] * len(self._bands)
        self._index = [-1] * len(recorded.values)
        self._n_finite = [0] * len(recorded.values)
        self._next = [*self._bands, -1]

    def saw(self, row: int, *, finite: bool) -> bool:
        if not finite:
            return False
        n = self._n_finite[row] = self._n_finite[row] + 1
        index = self._index[row] + 1
        if n != self._next[index]:
            return False
        self._index[row] = index
        arrived = self._sorted[index]
        insort(arrived, self._at_bands[row][index])
        self._thresholds[index] = arrived[self._rank(len(arrived))]
        return True


class _HyperbandTracker(_BandTracker):
    def __init__(self, policy: Hyperband, recorded: Trajectories) -> None:
        super().__init__(policy.bands, policy, recorded)
        self._best = None if policy.strict else _best_lists(recorded)

    def stops(self, rows: Sequence[int]) -> list[int]:
        stopped = []
        for row in rows:
            index = self._index[row]
            if index < 0:
                continue
            value = (
                self._at_bands[row][index]
                if self._best is None
                else self._best[row][self._n_finite[row] - 1]
            )
            if value > self._thresholds[index]:
                stopped.append(row)
        return stopped


class _AshaTracker(_BandTracker):
    def __init__(self, policy: Asha, recorded: Trajectories) -> None:
        super().__init__(policy.rungs, policy, recorded)

    def stops(self, rows: Sequence[int]) -> list[int]:
        stopped = []
        for row in rows:
            index = self._index[row]
            if index < 0 or self._n_finite[row] != self._bands[index]:
                continue
            if self._at_bands[row][index] > self._thresholds[index]:
                stopped.append(row)
        return stopped


class _MedianTracker(RuleTracker):
    """Each completed run leaves its running averages, in order, one list a report."""

    def __init__(self, policy: Median, recorded: Trajectories) -> None:
        width = recorded.packed.shape[1]
        self._policy = policy
        self._means: list[list[float]] = running_mean(recorded.packed, recorded.n_finite).tolist()
        self._best = _best_lists(recorded)
        self._sorted: list[list[float]] = [[] for _ in range(width)]
        self._n_finite = [0] * len(recorded.values)
        self._is_due = [False, *(policy.is_due(n) for n in range(1, width + 1))]

    def saw(self, row: int, *, finite: bool) -> bool:
        self._n_finite[row] += finite
        return finite

    def completed(self, row: int) -> None:
        for at in range(self._n_finite[row]):
            insort(self._sorted[at], self._means[row][at])

    def stops(self, rows: Sequence[int]) -> list[int]:
        stopped = []
        for row in rows:
            n = self._n_finite[row]
            if not self._is_due[n]:
                continue
            peers = self._sorted[n - 1]
            half, odd = divmod(len(peers), 2)
            if len(peers) < self._policy.min_runs:
                continue
            middle = peers[half] if odd else (peers[half - 1] + peers[half]) / 2
            if self._best[row][n - 1] > middle:
                stopped.append(row)
        return stopped


class _LonelyTracker(RuleTracker):
    """A rule that looks at no other run: what it says of each run at each number of reports."""

    def __init__(self, stop: list[list[bool]]) -> None:
        """`[N][R + 1]` whether a run is stopped when it has made so many finite reports."""
        self._stop = stop
        self._n_finite = [0] * len(stop)

    def saw(self, row: int, *, finite: bool) -> bool:
        self._n_finite[row] += finite
        return finite

    def stops(self, rows: Sequence[int]) -> list[int]:
        return [row for row in rows if self._stop[row][self._n_finite[row]]]


class _ThresholdGuardTracker(RuleTracker):
    def __init__(self, guard: ThresholdGuard, guarded: RuleTracker, recorded: Trajectories) -> None:
        self._guarded = guarded
        self._good = (np.array(_best(recorded)) <= guard.value).tolist()
        self._n_finite = [0] * len(recorded.values)

    def saw(self, row: int, *, finite: bool) -> bool:
        self._n_finite[row] += finite
        return self._guarded.saw(row, finite=finite)

    def completed(self, row: int) -> None:
        self._guarded.completed(row)

    def stops(self, rows: Sequence[int]) -> list[int]:
        found = self._guarded.stops(rows)
        return [row for row in found if not self._is_good(row)]

    def _is_good(self, row: int) -> bool:
        n = self._n_finite[row]
        return n > 0 and self._good[row][n - 1]


class _TopKGuardTracker(RuleTracker):
    def __init__(self, guard: TopKGuard, guarded: RuleTracker, recorded: Trajectories) -> None:
        self._k = guard.k
        self._guarded = guarded
        self._bests = _best_lists(recorded)
        self._now = [np.inf] * len(recorded.values)
        self._n_finite = [0] * len(recorded.values)
        self._last: float | None = np.inf

    def saw(self, row: int, *, finite: bool) -> bool:
        changed = self._guarded.saw(row, finite=finite)
        if not finite:
            return changed
        n = self._n_finite[row] = self._n_finite[row] + 1
        best = self._bests[row][n - 1]
        if best >= self._now[row]:
            return changed
        self._now[row] = best
        if self._last is not None and best < self._last:
            self._last = None
        return True

    def completed(self, row: int) -> None:
        self._guarded.completed(row)

    def stops(self, rows: Sequence[int]) -> list[int]:
        found = self._guarded.stops(rows)
        if not found:
            return found
        if self._last is None:
            self._last = nsmallest(self._k, self._now)[-1] if self._k <= len(self._now) else np.inf
        # A run without a finite report has no best; like any other NaN it is not kept.
        return [row for row in found if not self._n_finite[row] or self._now[row] > self._last]


class _ProjectionGuardTracker(RuleTracker):
    """Asks for projections only of those whom the guarded policy would stop."""

    def __init__(
        self, guard: ProjectionGuard, guarded: RuleTracker, recorded: Trajectories
    ) -> None:
        self._guard = guard
        self._guarded = guarded
        self._sight = ReportsSoFar(recorded)

    def saw(self, row: int, *, finite: bool) -> bool:
        self._guarded.saw(row, finite=finite)
        self._sight.saw(row, finite=finite)
        return True

    def completed(self, row: int) -> None:
        self._guarded.completed(row)
        self._sight.completed(row)

    def stops(self, rows: Sequence[int]) -> list[int]:
        found = self._guarded.stops(rows)
        if not found:
            return found
        view = self._sight.view(found)
        spared = self._guard.spared(view, view.active)
        return [row for row in found if not spared[row]]


class _DivergenceTracker(RuleTracker):
    def __init__(self, wrapped: RuleTracker) -> None:
        self._wrapped = wrapped
        self._diverged: set[int] = set()

    def saw(self, row: int, *, finite: bool) -> bool:
        changed = self._wrapped.saw(row, finite=finite)
        if not finite:
            self._diverged.add(row)
        return changed or not finite

    def completed(self, row: int) -> None:
        self._wrapped.completed(row)

    def stops(self, rows: Sequence[int]) -> list[int]:
        found = self._wrapped.stops(rows)
        if not self._diverged:
            return found
        stopped = {*found, *(row for row in rows if row in self._diverged)}
        return [row for row in rows if row in stopped]


def _best(recorded: Trajectories) -> np.ndarray:
    """`[N, R]` best value up to each finite report, carried on to the right."""
    filled = np.where(np.isnan(recorded.packed), np.inf, recorded.packed)
    return np.minimum.accumulate(filled, axis=1)


def _best_lists(recorded: Trajectories) -> list[list[float]]:
    best: list[list[float]] = _best(recorded).tolist()
    return best


def _stops_alone(policy: Patience | FixedBudget, recorded: Trajectories) -> list[list[bool]]:
    n, width = recorded.packed.shape
    stop = np.zeros((n, width + 1), dtype=bool)
    if isinstance(policy, FixedBudget):
        stop[:, policy.n :] = True
    elif width > policy.n:
        filled = np.where(np.isnan(recorded.packed), np.inf, recorded.packed)
        windows = np.lib.stride_tricks.sliding_window_view(filled[:, 1:], policy.n, axis=1)
        before = _best(recorded)[:, : width - policy.n] - policy.min_delta
        stop[:, policy.n + 1 :] = windows.min(axis=2) >= before
    stops: list[list[bool]] = stop.tolist()
    return stops
