"""The guard that never stops a run that still improves, as Optuna's `PatientPruner` does."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from wbtools.rules.patience import Patience
from wbtools.rules.rule import Guard
from wbtools.rules.tracking import GuardTracker
from wbtools.text.numbers import count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wbtools.model import SweepView, Verdict
    from wbtools.rules.tracking import RuleTracker


@dataclass(frozen=True, kw_only=True)
class PatientGuard(Guard):
    """Never stop a run that improved in its last n reports, nor one that made no more than these.

    What counts as no improvement is what `patience(n=…)` says; Optuna's guard waits one report
    longer, and lets ties live.

    Attributes:
        n: Finite reports without improvement after which the guarded rule may stop a run.
        min_delta: An improvement is more than this; the metric's own units.
    """

    word: ClassVar[str] = "patient"
    example: ClassVar[str] = "patient(RULE,n=3)"
    counts_reports: ClassVar[tuple[str, ...]] = ("n",)
    compares_reports: ClassVar[bool] = True
    rarely: ClassVar[tuple[str, ...]] = ("min_delta",)
    n: int
    min_delta: float = 0

    def __post_init__(self) -> None:
        """Check the numbers."""
        self.require_counts("n")
        self.require_numbers("min_delta")
        self._patience  # noqa: B018 - its own check of min_delta

    @property
    def _patience(self) -> Patience:
        return Patience(n=self.n, min_delta=self.min_delta)

    @property
    def goes_by_order(self) -> bool:
        """It needs values for `min_delta`."""
        return not self.min_delta

    @property
    def in_words(self) -> str:
        """Whom it spares."""
        more = f" by more than {self.min_delta:g}" if self.min_delta else ""
        last = "report" if self.n == 1 else f"{self.n} reports"
        return (
            f"A run is never stopped that has improved{more} in its last {last}, nor one that has "
            f"made no more than {count(self.n, 'report')}."
        )

    def decide(self, view: SweepView) -> Verdict:
        """The guarded verdict, but for what still improves."""
        verdict = self.rule.decide(view)
        return replace(verdict, stop=verdict.stop & self._patience.decide(view).stop)

    def tracker(self, recorded: SweepView) -> RuleTracker:
        """When each run no longer improves is known beforehand."""
        return _PatientGuardTracker(self.rule.tracker(recorded), self._patience.tracker(recorded))


class _PatientGuardTracker(GuardTracker):
    def __init__(self, guarded: RuleTracker, patience: RuleTracker) -> None:
        super().__init__(guarded)
        self._patience = patience

    def saw(self, row: int, *, finite: bool) -> bool:
        changed = super().saw(row, finite=finite)
        return self._patience.saw(row, finite=finite) or changed

    def stops(self, rows: Sequence[int]) -> list[int]:
        return self._patience.stops(self._guarded.stops(rows))
