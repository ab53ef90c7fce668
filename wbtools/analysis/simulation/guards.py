"""Guards: policies that wrap a policy and change who is stopped.

W&B's engine knows none of them. All but `StopDiverged` only ever let a run live that the guarded
policy would have stopped, judged on the same data.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from wbtools.policies.running import best_so_far

if TYPE_CHECKING:
    from wbtools.model import Policy, SweepView, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Preserve:
    """Never stop a run that was good enough.

    Attributes:
        policy: What is guarded.
        value: A run whose best so far is not above it is not stopped; lower is better.
    """

    policy: Policy
    value: float

    def decide(self, view: SweepView) -> Verdict:
        """The guarded verdict, but for the good enough."""
        verdict = self.policy.decide(view)
        good = best_so_far(view.values, view.n_reports) <= self.value
        return replace(verdict, stop=verdict.stop & ~good)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepTop:
    """Never stop one of the k runs with the best values so far, ended ones counted too.

    Attributes:
        policy: What is guarded.
        k: How many; runs that tie with the last of them are kept too.
    """

    policy: Policy
    k: int

    def decide(self, view: SweepView) -> Verdict:
        """The guarded verdict, but for the best."""
        verdict = self.policy.decide(view)
        best = best_so_far(view.values, view.n_reports)
        known = np.sort(best[~np.isnan(best)])
        last = known[self.k - 1] if len(known) >= self.k else np.inf
        return replace(verdict, stop=verdict.stop & ~(best <= last))


@dataclass(frozen=True, slots=True, kw_only=True)
class StopDiverged:
    """Stop a run at its first NaN or infinite report, whatever the wrapped policy says.

    Attributes:
        policy: What stops the others.
    """

    policy: Policy

    def decide(self, view: SweepView) -> Verdict:
        """The wrapped verdict, and the diverged."""
        verdict = self.policy.decide(view)
        if view.n_nonfinite is None:
            return verdict
        return replace(verdict, stop=verdict.stop | (view.active & (view.n_nonfinite > 0)))
