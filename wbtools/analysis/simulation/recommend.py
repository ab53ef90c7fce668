"""Which of the tried rules to use next time, how sure that is, and when nothing can be said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from wbtools.rules.hyperband import Hyperband
from wbtools.text.numbers import count, percent

if TYPE_CHECKING:
    from wbtools.analysis.simulation.scenario import Scenario
    from wbtools.analysis.simulation.simulate import SimulatedRule, Simulation

P_FINE = 0.9
_FEWEST_RUNS = 10
_FEWEST_FULL = 3
_FEWEST_ORDERS = 10
_SMALL_SHARE = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Recommendation:
    """The cheapest rule that hardly ever misses anything that matters.

    A replay is fine if its regret does not exceed what two runs of one configuration differ by
    anyway (or, where nothing tells, a twentieth of the distance from the median run to the best).

    Attributes:
        rule: The cheapest of those that W&B can run whose replays are fine in at least `P_FINE` of
            all orders and sweeps; None if none is, or if nothing can be said.
        p_fine: Share of its replays that are fine.
        cheaper: A rule that is fine too, cheaper, and not W&B's; None if there is none.
        tolerances: By sweep, the regret that does not matter; metric's own units.
        abstained_because: In words, why nothing is recommended; None if something is.
    """

    rule: SimulatedRule | None
    p_fine: float | None
    cheaper: SimulatedRule | None
    tolerances: tuple[float, ...]
    abstained_because: str | None = None

    @property
    def early_terminate(self) -> dict[str, object] | None:
        """The block for a sweep file, `strict` written out; None if there is none to write."""
        rule = None if self.rule is None else self.rule.rule
        if not isinstance(rule, Hyperband):
            return None
        return {**rule.as_block(), "strict": rule.strict_used}


@np.errstate(over="ignore", invalid="ignore")  # 1e308 is a value too; what overflows is unknown
def recommend(simulation: Simulation) -> Recommendation:
    """Choose from what was tried."""
    tolerances = tuple(_tolerance(scenario) for scenario in simulation.scenarios)
    few = _too_few(simulation) or _too_large(tolerances)
    if few is not None:
        return Recommendation(
            rule=None, p_fine=None, cheaper=None, tolerances=tolerances, abstained_because=few
        )
    fine = [
        (simulated, p)
        for simulated in simulation.tried
        if (p := _p_fine(simulated, tolerances)) >= P_FINE
    ]
    of_wandb = [
        (simulated, p) for simulated, p in fine if simulated.is_of_wandb and _is_worth_it(simulated)
    ]
    if not of_wandb:
        return Recommendation(
            rule=None,
            p_fine=None,
            cheaper=next((tried for tried, _ in fine if not tried.is_of_wandb), None),
            tolerances=tolerances,
            abstained_because="of the rules that were tried and that W&B can run, none saves "
            f"compute and misses next to nothing in {percent(P_FINE)} of the replays",
        )
    rule, p_fine = of_wandb[0]
    others = [
        simulated
        for simulated, _ in fine
        if not simulated.is_of_wandb and not simulated.rule.projects
    ]
    cost = rule.over_orders("cost_share").estimate
    cheaper = next(
        (simulated for simulated in others if simulated.over_orders("cost_share").estimate < cost),
        None,
    )
    return Recommendation(rule=rule, p_fine=p_fine, cheaper=cheaper, tolerances=tolerances)


def _is_worth_it(tried: SimulatedRule) -> bool:
    """A rule that never stopped a run is no advice; to have none is."""
    return tried.is_no_rule or tried.over_orders("cost_share").estimate < 1


def _too_few(simulation: Simulation) -> str | None:
    n_runs = sum(len(scenario.seen.values) for scenario in simulation.scenarios)
    n_full = sum(int(scenario.full.sum()) for scenario in simulation.scenarios)
    n_orders = simulation.setup.n_orders
    if n_orders < _FEWEST_ORDERS:
        counted = f"{n_orders} order{'s are' if n_orders > 1 else ' is'}"
        return f"{counted} too few to tell rules apart (at least {_FEWEST_ORDERS})"
    if n_runs < _FEWEST_RUNS:
        counted = f"{n_runs} run{'s are' if n_runs > 1 else ' is'}"
        return f"{counted} too few to tell rules apart (at least {_FEWEST_RUNS})"
    if n_full < _FEWEST_FULL:
        return f"only {n_full} of {count(n_runs, 'run')} ran to their end (at least {_FEWEST_FULL})"
    if all(
        np.ptp(scenario.seen.best[np.isfinite(scenario.seen.best)]) == 0
        for scenario in simulation.scenarios
    ):
        return "all runs reached the same value, so nothing tells good ones from bad ones"
    return None


def _too_large(tolerances: tuple[float, ...]) -> str | None:
    if np.isfinite(tolerances).all():
        return None
    return "values are so large that their differences cannot be computed"


def _tolerance(scenario: Scenario) -> float:
    if scenario.noise is not None and scenario.noise > 0:
        return scenario.noise
    best = scenario.seen.best
    return _SMALL_SHARE * float(np.nanmedian(best) - np.nanmin(best))


def _p_fine(tried: SimulatedRule, tolerances: tuple[float, ...]) -> float:
    verdicts = [
        score.regret <= tolerance
        for orders, tolerance in zip(tried.scores, tolerances, strict=True)
        for score in orders
    ]
    return float(np.mean(verdicts))
