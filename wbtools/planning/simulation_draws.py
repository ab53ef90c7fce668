"""Simulated sweeps of one file on one bank of curves: draw runs, replay them under the rule.

How runs that were cut short in the record would have gone on is drawn anew for every simulated
sweep (`wbtools.analysis.simulation.scenario`), and what rests on such draws is counted.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from wbtools.analysis.simulation.replay import replay
from wbtools.analysis.simulation.scoring import best_stopped
from wbtools.analysis.simulation.trajectories import Trajectories
from wbtools.errors import UsageError
from wbtools.rules.asha import Asha
from wbtools.rules.hyperband import Hyperband
from wbtools.rules.rule import Guard
from wbtools.text.numbers import count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from wbtools.model.forecast import ReportDistribution, SweepPlan
    from wbtools.planning.curve_library import CurveLibrary
    from wbtools.rules.rule import StoppingRule

_MOST_STEPS: Final = 200
_MOST_RUNS: Final = 200
_TOP_SHARE: Final = 10
_FEWEST_STEPS_A_BAND: Final = 5


def top_runs(n_runs: int) -> int:
    """How many runs are the best tenth; at least one."""
    return max(math.ceil(n_runs / _TOP_SHARE), 1)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SimulationDraws:
    """What became of D simulated sweeps.

    Attributes:
        n_runs: Runs in each.
        n_steps: Reports of a full run in each, of the longest where they differ.
        full: `[D]` cost of the runs were none stopped, as a share of what it is on average: 1
            unless full runs differ in length.
        spent: `[D]` cost of the runs, likewise.
        rounds: `[D]` time until the last run had ended, in lengths of an average full run.
        reached: `[D, K + 1]` share of the runs that reach each of K bands, and their end.
        best_stopped: `[D]` share of the runs that tie for best that was stopped.
        top_stopped: `[D]` share of the best tenth that was stopped.
        unseen: `[D]` share of the reports that nobody recorded.
    """

    n_runs: int
    n_steps: int
    full: NDArray[np.float64]
    spent: NDArray[np.float64]
    rounds: NDArray[np.float64]
    reached: NDArray[np.float64]
    best_stopped: NDArray[np.float64]
    top_stopped: NDArray[np.float64]
    unseen: NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedSweep:
    """A sweep as it is simulated; long runs in fewer steps, many runs by a part of them.

    Attributes:
        rule: It counts steps, and these runs.
        bands: The steps that stand for the plan's bands within the budget.
        n_steps: Of a full run, of the longest where they differ.
        budget: Reports for which these stand.
        lengths: Reports of full runs where they differ; None otherwise.
        is_grid: Whether each length comes exactly as often as it is to, and not by chance.
        n_agents: So many that each has as many runs to do as in the real sweep, as far as whole
            agents can.
        rounds_factor: What makes up for the rest.
        most_rounds: Lengths of a full run, the longest, that the real sweep takes if no run is
            stopped.
    """

    rule: StoppingRule
    bands: tuple[int, ...]
    n_runs: int
    n_steps: int
    budget: int
    lengths: ReportDistribution | None
    is_grid: bool
    n_agents: int
    rounds_factor: float
    most_rounds: int

    @classmethod
    def of(
        cls, plan: SweepPlan, rule: StoppingRule, n_agents: int, n_recorded: int = _MOST_STEPS
    ) -> SimulatedSweep:
        """The sweep of a plan whose runs and budget are known.

        Args:
            plan: What the file says.
            rule: What stops its runs.
            n_agents: Runs side by side.
            n_recorded: Reports of the shortest curves; a rule that compares a run's reports with
                each other has no more steps than these, for else it would see values repeated.

        Raises:
            UsageError: So few reports cannot be told apart in so few steps.
        """
        n_all, budget = plan.n_runs or 0, plan.budget or 0
        n_steps, n_runs = min(budget, _MOST_STEPS), min(n_all, _MOST_RUNS)
        for part in rule.parts:
            if part.compares_reports:
                n_steps = min(n_steps, n_recorded)
        _refuse_below_a_step(rule, n_steps, budget)
        bands = _steps_of(plan.bands_within, n_steps, budget)
        share = min(n_agents, n_all) * n_runs / n_all
        whole = max(1, round(share))
        return cls(
            rule=_scaled(rule, bands, n_steps / budget, n_runs / n_all),
            bands=bands,
            n_runs=n_runs,
            n_steps=n_steps,
            budget=budget,
            lengths=plan.lengths,
            is_grid=plan.method == "grid",
            n_agents=whole,
            rounds_factor=whole / share,
            most_rounds=math.ceil(n_all / n_agents),
        )

    def run(self, library: CurveLibrary, n_draws: int, rng: np.random.Generator) -> SimulationDraws:
        """Simulate it.

        Args:
            library: Curves to draw runs from.
            n_draws: D.
            rng: Where the draws come from.
        """
        drawn = [
            self._once(library.sample_completions(rng).stretched(self.n_steps), rng)
            for _ in range(n_draws)
        ]
        return SimulationDraws(
            n_runs=self.n_runs,
            n_steps=self.n_steps,
            full=np.array([outcome.full for outcome in drawn]),
            spent=np.array([outcome.spent for outcome in drawn]),
            rounds=np.array([outcome.rounds for outcome in drawn]),
            reached=np.array([outcome.reached for outcome in drawn]),
            best_stopped=np.array([outcome.best_stopped for outcome in drawn]),
            top_stopped=np.array([outcome.top_stopped for outcome in drawn]),
            unseen=np.array([outcome.unseen for outcome in drawn]),
        )

    def _once(self, library: CurveLibrary, rng: np.random.Generator) -> _Outcome:
        rows = _drawn(len(library.n_reports), self.n_runs, rng)
        ends, full, longest = self._ends(rng)
        n_reports = np.minimum(library.n_reports[rows], ends)
        values = np.where(np.arange(self.n_steps) < ends[:, None], library.values[rows], np.nan)
        recorded = replace(
            Trajectories.at_equal_times(
                values, n_reports, configs=library.configs_of(rows), horizon=self.n_steps
            ),
            full=n_reports >= ends,
            sign=library.sign,
            p_improvement=library.p_improvement,
        )
        result = replay(self.rule, recorded, n_workers=self.n_agents)
        stopped, n_made = result.stopped, result.n_made
        best = np.where(np.isnan(values), np.inf, values).min(axis=1)
        ranked = np.argsort(best, kind="stable")
        to_bands = [float((n_made >= band).mean()) for band in self.bands]
        unseen = np.maximum(n_made - library.n_seen[rows], 0).sum() / max(n_made.sum(), 1)
        rounds = min(result.makespan_s / self.n_steps * self.rounds_factor, self.most_rounds)
        return _Outcome(
            full=full,
            spent=float(n_made.sum()) / float(ends.sum()) * full,
            rounds=rounds * longest,
            reached=(*to_bands, float((n_made >= ends).mean())),
            best_stopped=best_stopped(best, stopped),
            top_stopped=float(stopped[ranked[: top_runs(len(n_made))]].mean()),
            unseen=float(unseen),
        )

    def _ends(self, rng: np.random.Generator) -> tuple[NDArray[np.int64], float, float]:
        """Draw how long each run is if nobody stops it; a shorter run is a longer one's beginning.

        Returns:
            `[n_runs]` steps; the cost of these runs as a share of what it is on average; and the
            longest run as a multiple of an average one.
        """
        if self.lengths is None:
            return np.full(self.n_runs, self.n_steps, dtype=np.int64), 1.0, 1.0
        shares, mean = np.array(self.lengths.shares), self.lengths.mean
        lengths, p = np.array(self.lengths.reports), shares / shares.sum()
        if self.is_grid:
            reports = rng.permutation(np.repeat(lengths, _apportioned(p, self.n_runs)))
        else:
            reports = rng.choice(lengths, size=self.n_runs, p=p)
        steps = -(-reports * self.n_steps // self.budget)
        return steps, float(reports.mean()) / mean, self.budget / mean


@dataclass(frozen=True, slots=True)
class _Outcome:
    """One simulated sweep; `reached` are shares of its runs, that which reach the end last."""

    full: float
    spent: float
    rounds: float
    reached: tuple[float, ...]
    best_stopped: float
    top_stopped: float
    unseen: float


def _refuse_below_a_step(rule: StoppingRule, n_steps: int, budget: int) -> None:
    for part in rule.parts:
        for name in part.counts_reports if part.compares_reports else ():
            if getattr(part, name) * n_steps < budget:
                msg = (
                    f"{part.alone} looks at single reports, and runs of {count(budget, 'report')} "
                    f"are simulated in {n_steps}"
                )
                fewest = -(-budget // n_steps)
                hint = f"take {name}={fewest} or more, or --like SWEEP with runs as long"
                raise UsageError(msg, hint)


def _scaled(
    rule: StoppingRule, bands: Sequence[int], step_share: float, run_share: float
) -> StoppingRule:
    """The rule where steps stand for more reports, and runs for more runs; rounded up."""
    if isinstance(rule, Guard):
        rule = replace(rule, rule=_scaled(rule.rule, bands, step_share, run_share))
    if isinstance(rule, Hyperband | Asha):
        return replace(rule, at=tuple(dict.fromkeys(bands)))
    shares = dict.fromkeys(rule.counts_reports, step_share)
    shares |= dict.fromkeys(rule.counts_runs, run_share)
    return replace(
        rule, **{name: math.ceil(getattr(rule, name) * share) for name, share in shares.items()}
    )


def _steps_of(bands: Sequence[int], n_steps: int, budget: int) -> tuple[int, ...]:
    """The step at which each band lies, rounded up; a step of its own while they are few.

    Bands that share a step would be one band, and all runs that the others stop would pass.
    """
    steps = [-(-band * n_steps // budget) for band in bands]
    if len(steps) <= n_steps // _FEWEST_STEPS_A_BAND:
        for place in range(1, len(steps)):
            steps[place] = min(max(steps[place], steps[place - 1] + 1), n_steps)
    return tuple(steps)


def _apportioned(shares: NDArray[np.float64], n_runs: int) -> NDArray[np.int64]:
    """`[K]` runs of each of K lengths, n in all, as near to `[K]` shares as whole runs can be."""
    ends = np.rint(np.cumsum(shares) * n_runs).astype(np.int64)
    return np.diff(ends, prepend=0)


def _drawn(n_curves: int, n_runs: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Curves in random order; each once before any comes again."""
    whole, rest = divmod(n_runs, n_curves)
    rows = [rng.permutation(n_curves) for _ in range(whole)]
    rows.append(rng.permutation(n_curves)[:rest])
    return rng.permutation(np.concatenate(rows))
