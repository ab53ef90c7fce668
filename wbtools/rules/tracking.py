"""Rules followed report by report at constant cost, in place of a `decide` at every report.

`decide` stays the one definition: a tracker answers what it would on the same data, bit for bit; a
property test holds every rule's tracker to it. A rule without a tracker of its own is asked itself.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from bisect import insort
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from wbtools.model import Policy, SweepView


class RuleTracker(ABC):
    """One rule over one sweep while it goes on."""

    @abstractmethod
    def saw(self, row: int, *, finite: bool) -> bool:
        """A run made its next report; False if nobody can be stopped who was not before."""

    def completed(self, row: int) -> None:  # noqa: B027 - most rules do not care
        """A run ran its course."""

    @abstractmethod
    def stops(self, rows: Sequence[int]) -> list[int]:
        """Those of the active runs that the rule stops now."""


class ReportsSoFar:
    """What has been reported by now, as a policy sees it."""

    def __init__(self, recorded: SweepView) -> None:
        """Nothing is seen yet; `recorded` holds what the runs will report if nobody stops them."""
        n, width = recorded.values.shape
        self._recorded = recorded
        self._at = np.arange(width)
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
        inside = self._at < self._n_finite[:, None]
        return replace(
            self._recorded,
            values=np.where(inside, self._recorded.values, np.nan),
            n_reports=self._n_finite.copy(),
            active=active,
            n_nonfinite=self._n_nonfinite.copy(),
            completed=self._completed.copy(),
        )


class Deciding(RuleTracker):
    """Asks the policy itself, at the cost of a whole view each time."""

    def __init__(self, policy: Policy, recorded: SweepView) -> None:
        """Follow `policy`."""
        self._policy = policy
        self._reports = ReportsSoFar(recorded)

    def saw(self, row: int, *, finite: bool) -> bool:
        """One more report."""
        self._reports.saw(row, finite=finite)
        return True

    def completed(self, row: int) -> None:
        """One more run that ran its course."""
        self._reports.completed(row)

    def stops(self, rows: Sequence[int]) -> list[int]:
        """Decide on a view of now."""
        stop = self._policy.decide(self._reports.view(rows)).stop
        return [row for row in rows if stop[row]]


class BandTracker(RuleTracker):
    """What rank rules on bands share: each band's values in order, and the threshold they make."""

    def __init__(
        self, bands: Sequence[int], rank: Callable[[int], int], recorded: SweepView
    ) -> None:
        """Nobody has reached a band yet.

        Args:
            bands: Numbers of finite reports, ascending without repeats.
            rank: The place, from 0, of the threshold among so many sorted values.
            recorded: What the runs will report.
        """
        width = recorded.values.shape[1]
        self._rank = rank
        self._bands = [band for band in bands if band <= width]
        columns = np.array(self._bands, dtype=np.int64) - 1
        self._at_bands: list[list[float]] = recorded.values[:, columns].tolist()
        self._sorted: list[list[float]] = [[] for _ in self._bands]
        self._thresholds = [np.inf] * len(self._bands)
        self._index = [-1] * len(recorded.values)
        self._n_finite = [0] * len(recorded.values)
        self._next = [*self._bands, -1]

    def saw(self, row: int, *, finite: bool) -> bool:
        """Only an arrival at a band changes anything."""
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


class LonelyTracker(RuleTracker):
    """A rule that looks at no other run: what it says of each run at each number of reports."""

    def __init__(self, stop: NDArray[np.bool_]) -> None:
        """`bool [N, T + 1]` whether a run is stopped when it has made so many finite reports."""
        self._stop: list[list[bool]] = stop.tolist()
        self._n_finite = [0] * len(stop)

    def saw(self, row: int, *, finite: bool) -> bool:
        """Only finite reports count."""
        self._n_finite[row] += finite
        return finite

    def stops(self, rows: Sequence[int]) -> list[int]:
        """Look up what is said of each run by now."""
        return [row for row in rows if self._stop[row][self._n_finite[row]]]


class GuardTracker(RuleTracker):
    """Passes on to the guarded rule what happens."""

    def __init__(self, guarded: RuleTracker) -> None:
        """Follow what is guarded."""
        self._guarded = guarded

    def saw(self, row: int, *, finite: bool) -> bool:
        """One more report."""
        return self._guarded.saw(row, finite=finite)

    def completed(self, row: int) -> None:
        """One more run that ran its course."""
        self._guarded.completed(row)
