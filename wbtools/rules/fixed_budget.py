"""The plainest rule: every run gets the same number of reports, whatever its values."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from wbtools.model import Verdict

if TYPE_CHECKING:
    from wbtools.model import SweepView


@dataclass(frozen=True, slots=True, kw_only=True)
class FixedBudget:
    """Stop every run after `n` finite reports: a shorter training for all, and the baseline."""

    n: int

    def decide(self, view: SweepView) -> Verdict:
        """Stop the active runs that made their reports; there is nothing to compare."""
        there = view.n_reports >= self.n
        return replace(
            Verdict.keeping(len(view.values)),
            stop=view.active & there,
            band=np.where(there, self.n, 0),
        )
