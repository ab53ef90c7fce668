"""The guard that waits: nobody is stopped before enough runs have completed.

Source: `n_startup_trials` of Optuna's pruners (5 by default in its `MedianPruner`), which prune
nothing before so many trials have finished, and the fewest trials that Google Vizier's stopping
rules ask for. A trial of Optuna that ends without a value has failed and is not counted; so a run
that completed without a finite report is not counted here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from wbtools.rules.rule import Guard
from wbtools.rules.tracking import GuardTracker

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wbtools.model import SweepView, Verdict
    from wbtools.rules.tracking import RuleTracker


@dataclass(frozen=True, kw_only=True)
class UntilGuard(Guard):
    """Never stop a run before so many runs have completed.

    Attributes:
        runs: Runs that must have run their course, each with a finite report, before the guarded
            rule may stop anybody.
    """

    word: ClassVar[str] = "until"
    example: ClassVar[str] = "until(RULE,runs=3)"
    counts_runs: ClassVar[tuple[str, ...]] = ("runs",)
    runs: int

    def __post_init__(self) -> None:
        """Check the number."""
        self.require_counts("runs")

    @property
    def goes_by_order(self) -> bool:
        """It counts runs."""
        return True

    @property
    def in_words(self) -> str:
        """Whom it spares."""
        if self.runs == 1:
            return "No run is stopped before one has completed, with a finite report."
        return (
            f"No run is stopped before {self.runs} runs have completed, each with a finite report."
        )

    def decide(self, view: SweepView) -> Verdict:
        """The guarded verdict once enough runs completed; before that nobody is stopped.

        Where nothing says which runs completed, none did.
        """
        verdict = self.rule.decide(view)
        if self.n_completed(view) >= self.runs:
            return verdict
        return replace(verdict, stop=np.zeros_like(verdict.stop))

    @staticmethod
    def n_completed(view: SweepView) -> int:
        """How many runs have completed by now, with a finite report."""
        return 0 if view.completed is None else int((view.completed & (view.n_reports > 0)).sum())

    def tracker(self, recorded: SweepView) -> RuleTracker:
        """Count who completes; the guarded rule is asked only then."""
        return _UntilGuardTracker(self, recorded)


class _UntilGuardTracker(GuardTracker):
    def __init__(self, guard: UntilGuard, recorded: SweepView) -> None:
        super().__init__(guard.rule.tracker(recorded))
        self._n_awaited = guard.runs
        self._reported = [False] * len(recorded.values)

    def saw(self, row: int, *, finite: bool) -> bool:
        self._reported[row] = self._reported[row] or finite
        return super().saw(row, finite=finite)

    def completed(self, row: int) -> None:
        super().completed(row)
        self._n_awaited -= self._reported[row]

    def stops(self, rows: Sequence[int]) -> list[int]:
        return [] if self._n_awaited > 0 else self._guarded.stops(rows)
