"""No rule at all: every run goes to its end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wbtools.model import Verdict

if TYPE_CHECKING:
    from wbtools.model import SweepView


@dataclass(frozen=True, slots=True, kw_only=True)
class NoRule:
    """Stops nobody."""

    def decide(self, view: SweepView) -> Verdict:
        """Let every run live."""
        return Verdict.keeping(len(view.values))
