"""The guard that never stops a run that was good enough."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from wbtools.rules.rule import Guard
from wbtools.rules.running import best_so_far, running_best
from wbtools.rules.tracking import GuardTracker

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wbtools.model import SweepView, Verdict
    from wbtools.rules.tracking import RuleTracker


@dataclass(frozen=True, kw_only=True)
class ThresholdGuard(Guard):
    """Never stop a run whose best so far is at least this good.

    Attributes:
        value: What is good enough, in the metric's own units and direction.
    """

    word: ClassVar[str] = "preserve"
    example: ClassVar[str] = "preserve(RULE,value=0.9)"
    value: float

    def __post_init__(self) -> None:
        """Check the number."""
        self.require_numbers("value")

    @property
    def in_words(self) -> str:
        """Whom it spares."""
        return f"A run is never stopped once its best value is {self.value:g} or better."

    def decide(self, view: SweepView) -> Verdict:
        """The guarded verdict, but for the good enough."""
        verdict = self.rule.decide(view)
        good = best_so_far(view.values, view.n_reports) <= self.value * view.sign
        return replace(verdict, stop=verdict.stop & ~good)

    def tracker(self, recorded: SweepView) -> RuleTracker:
        """When each run is good enough is known beforehand."""
        return _ThresholdGuardTracker(self, recorded)


class _ThresholdGuardTracker(GuardTracker):
    def __init__(self, guard: ThresholdGuard, recorded: SweepView) -> None:
        super().__init__(guard.rule.tracker(recorded))
        good = running_best(recorded.values) <= guard.value * recorded.sign
        self._good: list[list[bool]] = good.tolist()
        self._n_finite = [0] * len(recorded.values)

    def saw(self, row: int, *, finite: bool) -> bool:
        self._n_finite[row] += finite
        return super().saw(row, finite=finite)

    def stops(self, rows: Sequence[int]) -> list[int]:
        return [row for row in self._guarded.stops(rows) if not self._is_good(row)]

    def _is_good(self, row: int) -> bool:
        n = self._n_finite[row]
        return n > 0 and self._good[row][n - 1]
