"""The guard that stops diverged runs, whatever the rule inside it says."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from wbtools.rules.rule import Guard
from wbtools.rules.tracking import GuardTracker

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wbtools.model import SweepView, Verdict
    from wbtools.rules.tracking import RuleTracker


@dataclass(frozen=True, kw_only=True)
class DivergenceStop(Guard):
    """Stop a run at its first NaN or infinite report; the rule inside stops the others."""

    word: ClassVar[str] = "diverged"
    example: ClassVar[str] = "diverged(RULE)"

    @property
    def first_stop(self) -> int | None:
        """A run can diverge at once."""
        return 1

    @property
    def goes_by_order(self) -> bool:
        """It needs no values."""
        return True

    @property
    def in_words(self) -> str:
        """Whom it stops."""
        return (
            "A run is stopped at its first NaN or infinite report, whatever the rule inside says."
        )

    def decide(self, view: SweepView) -> Verdict:
        """The wrapped verdict, and the diverged."""
        verdict = self.rule.decide(view)
        if view.n_nonfinite is None:
            return verdict
        return replace(verdict, stop=verdict.stop | (view.active & (view.n_nonfinite > 0)))

    def tracker(self, recorded: SweepView) -> RuleTracker:
        """Remember who diverged."""
        return _DivergenceTracker(self.rule.tracker(recorded))


class _DivergenceTracker(GuardTracker):
    def __init__(self, wrapped: RuleTracker) -> None:
        super().__init__(wrapped)
        self._diverged: set[int] = set()

    def saw(self, row: int, *, finite: bool) -> bool:
        changed = super().saw(row, finite=finite)
        if not finite:
            self._diverged.add(row)
        return changed or not finite

    def stops(self, rows: Sequence[int]) -> list[int]:
        found = self._guarded.stops(rows)
        if not self._diverged:
            return found
        stopped = {*found, *(row for row in rows if row in self._diverged)}
        return [row for row in rows if row in stopped]
