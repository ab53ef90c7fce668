"""What a guard is to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from wbtools.model import GuardWay

if TYPE_CHECKING:
    from wbtools.rules.rule import StoppingRule

BATCH_SIZE: Final = 10
"""Runs that W&B's own command for its scheduler keeps under way, if nobody says how many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardOptions:
    """What a guard is to do.

    Attributes:
        rule: Who is stopped.
        way: How runs are reached; to watch is to say what W&B's own rule does.
        acts: Whether runs are stopped; otherwise it is only said which would be.
        annotate: Whether runs are tagged with what was decided of them.
        poll_s: Seconds from one look to the next.
        batch_size: Runs that W&B's scheduler keeps under way.
        once: Whether one look is enough.
        patience_s: Seconds after which a run that goes on is asked to stop again.
    """

    rule: StoppingRule
    way: GuardWay = GuardWay.TERMINATOR
    acts: bool = False
    annotate: bool = False
    poll_s: float = 30.0
    batch_size: int = BATCH_SIZE
    once: bool = False
    patience_s: float = 120.0

    @property
    def watches(self) -> bool:
        """Whether W&B's own rule is watched."""
        return self.way is GuardWay.WATCH
