"""Simulated sweeps of one file on one bank of curves: draw runs, replay them under the rule.

A run that was cut short in the record and that the rule would have let go on has an unknown future.
It is replayed twice: as if it ended where its record ends, and as if it went on to its full length
without being stopped. What is spent lies between the two.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from wbtools.analysis.simulation.fold import fold
from wbtools.analysis.simulation.recorded import Recorded

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wbtools.model.forecast import SweepPlan
    from wbtools.planning.forecast_bank import Bank
    from wbtools.policies.hyperband import Hyperband

_MOST_STEPS: Final = 200
_MOST_RUNS: Final = 200
_FEWEST_FOR_RISK: Final = 12
_TOP_SHARE: Final = 10


def top_runs(n_runs: int) -> int:
    """How many runs are the best tenth; at least one."""
    return max(math.ceil(n_runs / _TOP_SHARE), 1)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Draws:
    """What became of D simulated sweeps; `low` and `high` differ only where curves were cut short.

    Attributes:
        n_runs: Runs in each.
        n_steps: Reports of a full run in each.
        spent_low: `[D]` share of the full cost.
        rounds_low: `[D]` time until the last run had ended, in lengths of a full run.
        reached_low: `[D, K + 1]` share of the runs that reach each of K bands, and their end.
        best_stopped: `bool [D]` whether the best run was stopped; None if the curves cannot tell.
        top_stopped: `[D]` share of the best tenth that was stopped; None likewise.
    """

    n_runs: int
    n_steps: int
    spent_low: NDArray[np.float64]
    spent_high: NDArray[np.float64]
    rounds_low: NDArray[np.float64]
    rounds_high: NDArray[np.float64]
    reached_low: NDArray[np.float64]
    reached_high: NDArray[np.float64]
    best_stopped: NDArray[np.bool_] | None
    top_stopped: NDArray[np.float64] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedSweep:
    """A sweep as it is simulated; long runs in fewer steps, many runs by a part of them.

    Attributes:
        rule: Its bands count steps.
        n_steps: Of a full run.
        n_agents: So many that each has as many runs to do as in the real sweep, as far as whole
            agents can.
        rounds_factor: What makes up for the rest.
        most_rounds: Lengths of a full run that the real sweep takes if no run is stopped.
    """

    rule: Hyperband
    n_runs: int
    n_steps: int
    n_agents: int
    rounds_factor: float
    most_rounds: int

    @classmethod
    def of(cls, plan: SweepPlan, rule: Hyperband, n_agents: int) -> SimulatedSweep:
        """The sweep of a plan whose runs and budget are known."""
        n_all, budget = plan.n_runs or 0, plan.budget or 0
        n_steps, n_runs = min(budget, _MOST_STEPS), min(n_all, _MOST_RUNS)
        bands = tuple(-(-band * n_steps // budget) for band in plan.bands_within)
        share = min(n_agents, n_all) * n_runs / n_all
        whole = max(1, round(share))
        return cls(
            rule=replace(rule, bands=bands),
            n_runs=n_runs,
            n_steps=n_steps,
            n_agents=whole,
            rounds_factor=whole / share,
            most_rounds=math.ceil(n_all / n_agents),
        )

    def run(self, bank: Bank, n_draws: int, rng: np.random.Generator) -> Draws:
        """Simulate it.

        Args:
            bank: Curves to draw runs from.
            n_draws: D.
            rng: Where the draws come from.
        """
        fitted = bank.stretched(self.n_steps)
        drawn = [self._once(fitted, rng) for _ in range(n_draws)]
        whole, judged = fitted.only_complete(), drawn
        if whole.n_complete < _FEWEST_FOR_RISK:
            judged = []
        elif whole.n_complete < len(fitted.n_reports):
            judged = [self._once(whole, rng) for _ in range(n_draws)]
        low, high = [one[0] for one in drawn], [one[-1] for one in drawn]
        return Draws(
            n_runs=self.n_runs,
            n_steps=self.n_steps,
            spent_low=np.array([one.spent for one in low]),
            spent_high=np.array([one.spent for one in high]),
            rounds_low=np.array([one.rounds for one in low]),
            rounds_high=np.array([one.rounds for one in high]),
            reached_low=np.array([one.reached for one in low]),
            reached_high=np.array([one.reached for one in high]),
            best_stopped=np.array([one[0].best_stopped for one in judged]) if judged else None,
            top_stopped=np.array([one[0].top_stopped for one in judged]) if judged else None,
        )

    def _once(self, bank: Bank, rng: np.random.Generator) -> tuple[_Outcome, ...]:
        """One simulated sweep; two outcomes where some curves were cut short."""
        rows = _drawn(len(bank.n_reports), self.n_runs, rng)
        values, made, complete = bank.values[rows], bank.n_reports[rows], bank.complete[rows]
        low = self._outcome(values, made, complete, goes_on=False)
        if complete.all():
            return (low,)
        return low, self._outcome(values, made, complete, goes_on=True)

    def _outcome(
        self,
        values: NDArray[np.float64],
        made: NDArray[np.int64],
        complete: NDArray[np.bool_],
        *,
        goes_on: bool,
    ) -> _Outcome:
        own_end = np.where(complete, made, self.n_steps) if goes_on else made
        recorded = replace(Recorded.at_equal_times(values, made), end_s=own_end.astype(np.float64))
        replay = fold(self.rule, recorded, n_workers=self.n_agents)
        stopped = replay.stopped
        length = np.where(stopped, replay.n_made, own_end)
        best = np.where(np.isnan(values), np.inf, values).min(axis=1)
        ranked = np.argsort(best, kind="stable")
        to_bands = [float((length >= band).mean()) for band in self.rule.bands]
        return _Outcome(
            spent=float(length.sum()) / (len(made) * self.n_steps),
            rounds=min(replay.makespan_s / self.n_steps * self.rounds_factor, self.most_rounds),
            reached=(*to_bands, float((~stopped & (complete | goes_on)).mean())),
            best_stopped=bool(stopped[best == best.min()].all()),
            top_stopped=float(stopped[ranked[: top_runs(len(made))]].mean()),
        )


@dataclass(frozen=True, slots=True)
class _Outcome:
    """One simulated sweep; `reached` are shares of its runs, those that were not stopped last."""

    spent: float
    rounds: float
    reached: tuple[float, ...]
    best_stopped: bool
    top_stopped: float


def _drawn(n_curves: int, n_runs: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Curves in random order; each once before any comes again."""
    whole, rest = divmod(n_runs, n_curves)
    rows = [rng.permutation(n_curves) for _ in range(whole)]
    rows.append(rng.permutation(n_curves)[:rest])
    return rng.permutation(np.concatenate(rows))
