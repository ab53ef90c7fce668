"""Guards: policies that wrap a policy and change who is stopped.

W&B's engine knows none of them. All but `DivergenceStop` only ever let a run live that the guarded
policy would have stopped, judged on the same data.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from wbtools.analysis.projection import Method, SweepSnapshot, project
from wbtools.rules.running import best_so_far

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wbtools.analysis.projection import Weights
    from wbtools.model import Policy, SweepView, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class ThresholdGuard:
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
class TopKGuard:
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


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ProjectionGuard:
    """Never stop a run that may still beat the best completed one.

    Without a completed run nothing can be projected, and the guarded verdict stands.

    Attributes:
        policy: What is guarded.
        p: A run lives if it beats the bar with at least this probability, were it to go on.
        weights: The learned model; without it, runs are projected by catching up.
    """

    policy: Policy
    p: float
    weights: Weights | None = None

    def decide(self, view: SweepView) -> Verdict:
        """The guarded verdict, but for the promising."""
        verdict = self.policy.decide(view)
        return replace(verdict, stop=verdict.stop & ~self.spared(view, verdict.stop))

    def spared(self, view: SweepView, asked: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """`bool [N]` those of the runs asked about that are promising."""
        best = best_so_far(view.values, view.n_reports)
        n, spared = len(best), np.zeros(len(best), dtype=bool)
        known = asked & np.isfinite(best)
        if view.completed is None or not known.any():
            return spared
        full = view.completed & np.isfinite(best)
        if not full.any():
            return spared
        horizon = view.horizon or int(view.n_reports[full].max())
        field = SweepSnapshot(
            values=view.values,
            n_reports=view.n_reports,
            best=best,
            has_curves=True,
            full=full,
            stopped=known,
            horizon=np.full(n, horizon, dtype=np.int64),
            configs=view.configs if len(view.configs) == n else [{} for _ in range(n)],
        )
        method = Method.CATCH_UP if self.weights is None else Method.LEARNED
        projections = project(field, float(best[full].min()), method=method, weights=self.weights)
        for row, projected in projections.items():
            spared[row] = projected.p_gem >= self.p
        return spared


@dataclass(frozen=True, slots=True, kw_only=True)
class DivergenceStop:
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
