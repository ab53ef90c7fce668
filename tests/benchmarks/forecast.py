"""How wrong is a forecast? Each task is foretold from the five others, then simulated itself.

`python -m tests.benchmarks.forecast` prints, over many rules and sizes of sweeps, how far the share
saved lies from the truth beside a baseline, how often the ranges hold what they promise, and how
long a forecast takes beside the same number of plain simulations. The baseline is the rule's own
promise, that 1/eta of the runs survive a band.
"""

from __future__ import annotations

import itertools
import time
from typing import TYPE_CHECKING

import numpy as np

from wbtools.app.forecast import packaged_curves
from wbtools.model.forecast import SweepPlan
from wbtools.planning.forecast import forecast
from wbtools.planning.forecast_file import PlannedSweep
from wbtools.planning.simulation_draws import SimulatedSweep
from wbtools.rules.grammar import parse_wandb_rule

if TYPE_CHECKING:
    from wbtools.rules.hyperband import Hyperband

BUDGET = 60
RULES = [
    f"hyperband(min_iter={first},eta={eta},strict={strict})"
    for first, (eta, strict) in itertools.product(
        (3, 6, 12, 20), ((2, "true"), (3, "true"), (3, "false"), (4, "true"))
    )
]
SIZES = [(20, 1), (60, 4)]
N_TRUE = 60


def planned(text: str, n_runs: int) -> PlannedSweep:
    """A sweep with this rule."""
    rule = parse_wandb_rule(text).resolved()
    plan = SweepPlan(source=text, rule=text, bands=rule.bands, n_runs=n_runs, budget=BUDGET)
    return PlannedSweep(plan=plan, rule=rule)


def promised(rule: Hyperband, bands: tuple[int, ...]) -> float:
    """Share saved if 1/eta of the runs survived each band."""
    spent, alive, last = 0.0, 1.0, 0
    for band in (*bands, BUDGET):
        spent += alive * (band - last)
        alive, last = alive / rule.eta, band
    return 1 - spent / BUDGET


def main() -> None:
    """Foretell each task from the others."""
    banks, rng = packaged_curves(), np.random.default_rng(1)
    errors, plain, inside, best_errors, best_inside, top_errors, top_inside = ([] for _ in range(7))
    by_task: dict[str, list[float]] = {bank.name: [] for bank in banks}
    taken = {"forecast": 0.0, "plain": 0.0}
    for text, (n_runs, n_agents) in itertools.product(RULES, SIZES):
        planned_sweep = planned(text, n_runs)
        for held in banks:
            others = [bank for bank in banks if bank is not held]
            begin = time.perf_counter()
            said = forecast([planned_sweep], others, n_agents=n_agents, n_draws=20).sweeps[0]
            middle = time.perf_counter()
            sweep = SimulatedSweep.of(planned_sweep.plan, planned_sweep.rule, n_agents)
            truth = sweep.run(held, N_TRUE, rng)
            taken["forecast"] += (middle - begin) / said.n_simulated
            taken["plain"] += (time.perf_counter() - middle) / N_TRUE
            saved = 1 - truth.spent
            errors.append(abs(said.saved.estimate - saved.mean()))
            by_task[held.name].append(errors[-1])
            plain.append(
                abs(promised(planned_sweep.rule, planned_sweep.plan.bands_within) - saved.mean())
            )
            inside.append(((said.saved.low <= saved) & (saved <= said.saved.high)).mean())
            for risk, truths, gaps, holds in (
                (said.best_stopped, truth.best_stopped, best_errors, best_inside),
                (said.top_stopped, truth.top_stopped, top_errors, top_inside),
            ):
                p = truths.mean()
                gaps.append(abs(risk.share.estimate - p))
                holds.append(risk.share.low <= p <= risk.share.high)
    n = f"{len(RULES)} rules x {len(SIZES)} sizes x {len(banks)} tasks left out"
    print(f"{n}: {len(errors)} forecasts")
    far = np.quantile(errors, 0.95)
    print(f"share saved: mean error {np.mean(errors):.3f}, 95 % below {far:.3f}")
    ratio = np.mean(plain) / np.mean(errors)
    print(f"   as if 1/eta survived: mean error {np.mean(plain):.3f}, {ratio:.1f} times as much")
    print(f"   single sweeps in the 90 % range: {np.mean(inside):.3f}")
    for name, gaps in by_task.items():
        print(f"   {name}: mean error {np.mean(gaps):.3f}")
    for name, gaps, holds in (
        ("best run stopped", best_errors, best_inside),
        ("top 10 % stopped", top_errors, top_inside),
    ):
        print(f"{name}: mean error {np.mean(gaps):.3f}, in the 90 % range {np.mean(holds):.3f}")
    ratio = taken["forecast"] / taken["plain"]
    print(f"time of a simulated sweep: {ratio:.2f} of the same without summing up")


if __name__ == "__main__":
    main()
