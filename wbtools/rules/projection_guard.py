"""The guard that never stops a run that may still beat the best completed one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from wbtools.rules.rule import Guard, wrong_setting
from wbtools.rules.running import best_so_far
from wbtools.rules.tracking import GuardTracker, ReportsSoFar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from wbtools.model import SweepView, Verdict
    from wbtools.rules.tracking import RuleTracker


@dataclass(frozen=True, kw_only=True)
class ProjectionGuard(Guard):
    """Never stop a run that may still beat the best completed one.

    Without a completed run nothing can be projected, and the guarded verdict stands: it spares
    nobody then. `until(projected(RULE),runs=1)` stops nobody before a run has completed.

    Attributes:
        p: A run lives if it beats the bar with at least this probability, were it to go on.
    """

    word: ClassVar[str] = "projected"
    example: ClassVar[str] = "projected(RULE,p=0.1)"
    p: float = 0.1

    def __post_init__(self) -> None:
        """Check the number."""
        self.require_numbers("p")
        if not 0 < self.p <= 1:
            raise wrong_setting(self, "p", "a probability above 0")

    @property
    def projects(self) -> bool:
        """It does."""
        return True

    @property
    def in_words(self) -> str:
        """Whom it spares."""
        return (
            f"A run is never stopped while its chance of beating the best completed run, were it "
            f"to go on, is {self.p:g} or more. Before a run has completed nothing can be "
            "projected, and it spares nobody: put until(…,runs=1) around it to wait for one."
        )

    def decide(self, view: SweepView) -> Verdict:
        """The guarded verdict, but for the promising.

        Raises:
            ValueError: There is somebody to project, and the view tells no probabilities.
        """
        verdict = self.rule.decide(view)
        return replace(verdict, stop=verdict.stop & ~self.spared(view, verdict.stop))

    def spared(self, view: SweepView, asked: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """`bool [N]` those of the runs asked about that are promising.

        Raises:
            ValueError: There is somebody to project, and the view tells no probabilities.
        """
        best = best_so_far(view.values, view.n_reports)
        known = asked & np.isfinite(best)
        if view.completed is None or not known.any():
            return np.zeros(len(best), dtype=bool)
        full = view.completed & np.isfinite(best)
        if not full.any():
            return np.zeros(len(best), dtype=bool)
        if view.p_improvement is None:
            msg = f"{self} needs a view that can project"
            raise ValueError(msg)
        return known & (view.p_improvement(view, known) >= self.p)

    def tracker(self, recorded: SweepView) -> RuleTracker:
        """Ask for projections only of those whom the guarded rule would stop."""
        return _ProjectionGuardTracker(self, recorded)


class _ProjectionGuardTracker(GuardTracker):
    def __init__(self, guard: ProjectionGuard, recorded: SweepView) -> None:
        super().__init__(guard.rule.tracker(recorded))
        self._guard = guard
        self._reports = ReportsSoFar(recorded)

    def saw(self, row: int, *, finite: bool) -> bool:
        super().saw(row, finite=finite)
        self._reports.saw(row, finite=finite)
        return True

    def completed(self, row: int) -> None:
        super().completed(row)
        self._reports.completed(row)

    def stops(self, rows: Sequence[int]) -> list[int]:
        found = self._guarded.stops(rows)
        if not found:
            return found
        view = self._reports.view(found)
        spared = self._guard.spared(view, view.active)
        return [row for row in found if not spared[row]]
