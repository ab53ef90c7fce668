"""The plainest rule: every run gets the same number of reports, whatever its values."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from wbtools.model import Verdict
from wbtools.rules.rule import StoppingRule, shares_of
from wbtools.rules.tracking import LonelyTracker
from wbtools.text.numbers import count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wbtools.model import SweepView
    from wbtools.rules.tracking import RuleTracker

_SHARES = (0.25, 0.5)


@dataclass(frozen=True, kw_only=True)
class FixedBudget(StoppingRule):
    """Stop every run after `n` finite reports: a shorter training for all, and the baseline.

    Attributes:
        n: How many.
    """

    word: ClassVar[str] = "fixed"
    example: ClassVar[str] = "fixed(n=10)"
    counts_reports: ClassVar[tuple[str, ...]] = ("n",)
    n: int

    def __post_init__(self) -> None:
        """Check the number."""
        self.require_counts("n")

    @property
    def first_stop(self) -> int | None:
        """Its report."""
        return self.n

    @property
    def goes_by_order(self) -> bool:
        """It needs no values."""
        return True

    @property
    def in_words(self) -> str:
        """Whom it stops."""
        n_reports = count(self.n, "report")
        return f"A run is stopped once it has made {n_reports}, however good it is."

    def decide(self, view: SweepView) -> Verdict:
        """Stop the active runs that made their reports; there is nothing to compare."""
        there = view.n_reports >= self.n
        return replace(
            Verdict.keeping(len(view.values)),
            stop=view.active & there,
            band=np.where(there, self.n, 0),
        )

    def tracker(self, recorded: SweepView) -> RuleTracker:
        """What is said of each run is known beforehand."""
        n, width = recorded.values.shape
        return LonelyTracker(np.broadcast_to(np.arange(width + 1) >= self.n, (n, width + 1)))

    @classmethod
    def grid(cls, horizon: int) -> Sequence[FixedBudget]:
        """A quarter and half of a full run."""
        return [cls(n=n) for n in shares_of(horizon, *_SHARES)]
