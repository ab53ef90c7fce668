"""The guard that never stops the best runs so far."""

from __future__ import annotations

from dataclasses import dataclass, replace
from heapq import nsmallest
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from wbtools.rules.rule import Guard
from wbtools.rules.running import best_so_far, running_best
from wbtools.rules.tracking import GuardTracker

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wbtools.model import SweepView, Verdict
    from wbtools.rules.tracking import RuleTracker


@dataclass(frozen=True, kw_only=True)
class TopKGuard(Guard):
    """Never stop one of the k runs with the best values so far, ended ones counted too.

    Attributes:
        k: How many runs; those that tie with the last of them are kept too.
    """

    word: ClassVar[str] = "top"
    example: ClassVar[str] = "top(RULE,k=3)"
    counts_runs: ClassVar[tuple[str, ...]] = ("k",)
    k: int = 3

    def __post_init__(self) -> None:
        """Check the number."""
        self.require_counts("k")

    @property
    def goes_by_order(self) -> bool:
        """It ranks."""
        return True

    @property
    def in_words(self) -> str:
        """Whom it spares."""
        return (
            f"A run is never stopped while its best value is among the {self.k} best of all runs, "
            "ended ones counted too; runs that tie with the last of these are kept."
        )

    def decide(self, view: SweepView) -> Verdict:
        """The guarded verdict, but for the best."""
        verdict = self.rule.decide(view)
        best = best_so_far(view.values, view.n_reports)
        known = np.sort(best[~np.isnan(best)])
        last = known[self.k - 1] if len(known) >= self.k else np.inf
        return replace(verdict, stop=verdict.stop & ~(best <= last))

    def tracker(self, recorded: SweepView) -> RuleTracker:
        """Look for the k-th best only when it may have changed and somebody is to be stopped."""
        return _TopKGuardTracker(self, recorded)


class _TopKGuardTracker(GuardTracker):
    def __init__(self, guard: TopKGuard, recorded: SweepView) -> None:
        super().__init__(guard.rule.tracker(recorded))
        self._k = guard.k
        self._bests: list[list[float]] = running_best(recorded.values).tolist()
        self._now = [np.inf] * len(recorded.values)
        self._n_finite = [0] * len(recorded.values)
        self._last: float | None = np.inf

    def saw(self, row: int, *, finite: bool) -> bool:
        changed = super().saw(row, finite=finite)
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

    def stops(self, rows: Sequence[int]) -> list[int]:
        found = self._guarded.stops(rows)
        if not found:
            return found
        if self._last is None:
            self._last = nsmallest(self._k, self._now)[-1] if self._k <= len(self._now) else np.inf
        # A run without a finite report has no best; like any other NaN it is not kept.
        return [row for row in found if not self._n_finite[row] or self._now[row] > self._last]
