"""No rule at all: every run goes to its end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from wbtools.model import Verdict
from wbtools.rules.rule import StoppingRule
from wbtools.rules.tracking import RuleTracker

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wbtools.model import SweepView


@dataclass(frozen=True, kw_only=True)
class NoRule(StoppingRule):
    """Stops nobody."""

    word: ClassVar[str] = "none"
    example: ClassVar[str] = "none"

    @property
    def first_stop(self) -> int | None:
        """Nobody is."""
        return None

    @property
    def goes_by_order(self) -> bool:
        """It needs nothing."""
        return True

    @property
    def in_words(self) -> str:
        """Whom it stops."""
        return "No run is stopped: each goes to its end."

    def decide(self, view: SweepView) -> Verdict:
        """Let every run live."""
        return Verdict.keeping(len(view.values))

    def tracker(self, recorded: SweepView) -> RuleTracker:  # noqa: ARG002 - nobody is looked at
        """There is nothing to follow."""
        return _Nobody()

    @classmethod
    def grid(cls, horizon: int) -> Sequence[NoRule]:  # noqa: ARG003 - the same for all lengths
        """What all others are compared with."""
        return (cls(),)


class _Nobody(RuleTracker):
    def saw(self, row: int, *, finite: bool) -> bool:  # noqa: ARG002 - nobody is looked at
        return False

    def stops(self, rows: Sequence[int]) -> list[int]:  # noqa: ARG002 - nobody is looked at
        return []
