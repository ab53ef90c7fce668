"""Sweeps of runs that were all trained to the end, each replayed under many rules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tests.benchmarks.gems import weights_without
from tests.benchmarks.guard_rules import contenders, ladders
from tests.training.banks import Bank, best_of, curves_dev, kept, taskset
from tests.training.folds import family
from tests.training.wild import curves_wild
from wbtools.analysis.projection import Projector
from wbtools.analysis.simulation.improvement import ProjectedImprovement
from wbtools.analysis.simulation.replay import replay
from wbtools.analysis.simulation.scenario import Scenario
from wbtools.analysis.simulation.scoring import score
from wbtools.analysis.simulation.trajectories import Trajectories
from wbtools.app.model_weights import load_weights
from wbtools.model import Goal, Metric

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from wbtools.rules.rule import StoppingRule

N_AGENTS = 4
N_LOOKS = 20
"""Looks at a sweep while one run trains to its end, as every half minute at one of ten minutes."""
MOST_RUNS = 60
MOST_OF_FAMILY = 6
N_EARLIER = 10
MEASURES = ("saved", "saved_reports", "gems_lost", "best_stopped", "regret_share")
Measured = dict[tuple[str, str], np.ndarray]
"""`[n, 5]` the `MEASURES` of each rule on n sweeps, by (what is guarded, what guards it)."""
_FEWEST_BESTS = 5
_TARGET = 0.05


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Draw:
    """One sweep: some runs of a bank in the order in which agents take them.

    Attributes:
        scenario: The runs, all of them trained to the end; lower is better.
        values: What `preserve` is given, by where a user has it from.
    """

    scenario: Scenario
    values: dict[str, float]


def read(data: Path) -> dict[str, list[Bank]]:
    """The banks of each data set; of each family at most `MOST_OF_FAMILY`, evenly taken."""
    found = {
        "curves-dev": curves_dev(data / "curves-dev"),
        "curves-taskset": taskset(data / "curves-taskset", with_first=False),
        "curves-wild": curves_wild(data / "curves-wild"),
    }
    return {name: thinned(banks) for name, banks in found.items()}


def thinned(banks: list[Bank]) -> list[Bank]:
    """Those whose runs differ; of each family at most `MOST_OF_FAMILY`, evenly taken."""
    by_family: dict[str, list[Bank]] = {}
    for bank in banks:
        trained = kept(bank, np.isfinite(best_of(bank.curves)))
        if len(np.unique(best_of(trained.curves))) >= _FEWEST_BESTS:
            by_family.setdefault(family(bank.task), []).append(trained)
    return [
        members[at]
        for members in by_family.values()
        for at in np.unique(np.linspace(0, len(members) - 1, MOST_OF_FAMILY).round().astype(int))
    ]


def draw(bank: Bank, seed: int, *, improvement: ProjectedImprovement | None = None) -> Draw:
    """Take runs of a bank in a random order.

    What a user knows from ten earlier runs are the bests of the last ten of the order, which are
    not in this sweep where the bank has as many runs. The 95th percentile is that of the whole
    bank, which nobody knows beforehand: the target of a user who guesses well.

    Args:
        bank: Where they are from.
        seed: Which order.
        improvement: What tells rules how likely runs are to improve, if anything does.
    """
    order = np.random.default_rng([seed, len(bank.configs)]).permutation(len(bank.configs))
    rows, earlier = order[:MOST_RUNS], order[-N_EARLIER:]
    width, n = bank.curves.shape[1], len(rows)
    times = bank.report_s[rows, None] * np.arange(1, width + 1)
    recorded = Trajectories(
        values=bank.curves[rows],
        n_reports=np.full(n, width),
        report_s=times,
        end_s=times[:, -1],
        configs=[bank.configs[row] for row in rows.tolist()],
        horizon=width,
        p_improvement=improvement,
    )
    best = best_of(bank.curves)
    known = np.sort(best[earlier])
    return Draw(
        scenario=Scenario(
            sweep_id=bank.task,
            metric=Metric(name="metric", goal=Goal.MINIMIZE),
            seen=recorded,
            full=np.ones(n, dtype=bool),
            cut=np.zeros(n, dtype=bool),
            horizon=np.full(n, width),
            pace_s=bank.report_s[rows],
        ),
        values={
            "best of 10 earlier": float(known[0]),
            "third of 10 earlier": float(known[2]),
            "95th percentile (hindsight)": float(np.quantile(best, _TARGET)),
        },
    )


def measured(rule: StoppingRule, drawn: Draw) -> np.ndarray:
    """`[5]` the `MEASURES` of one rule on one sweep."""
    recorded = drawn.scenario.seen
    replayed = replay(
        rule,
        recorded,
        n_workers=N_AGENTS,
        poll_s=float(np.median(recorded.end_s)) / N_LOOKS,
    )
    found = score(replayed, recorded, drawn.scenario)
    return np.array(
        [
            1 - found.cost_share,
            1 - found.used_reports / int(recorded.n_reports.sum()),
            found.n_gems_lost,
            found.best_stopped,
            found.regret_share,
        ]
    )


def replayed_bank(
    bank: Bank, orders: range, n_projecting: int, only: Collection[str] = ()
) -> Measured:
    """Replay every rule on every sweep of a bank.

    Steps of a ladder stand under its name. Rules that project are tried in the first
    `n_projecting` orders alone, with the model that saw no task of the bank's family.

    Args:
        bank: Runs that were all trained to the end.
        orders: Seeds, one a sweep.
        n_projecting: As above.
        only: Guards that are tried; all without it.
    """
    improvement = ProjectedImprovement(
        projector=Projector.choose(load_weights(weights_without(bank.task)))
    )
    found: dict[tuple[str, str], list[np.ndarray]] = {}
    for place, seed in enumerate(orders):
        drawn = draw(bank, seed, improvement=improvement)
        horizon = bank.curves.shape[1]
        rules = contenders(horizon, drawn.values, with_projections=place < n_projecting)
        rules = {name: rule for name, rule in rules.items() if not only or name[1] in {"", *only}}
        for name, steps in ladders(horizon).items():
            rules |= {(name, step): rule for step, rule in steps.items()}
        once = {rule: measured(rule, drawn) for rule in dict.fromkeys(rules.values())}
        for name, rule in rules.items():
            found.setdefault(name, []).append(once[rule])
    return {name: np.array(rows) for name, rows in found.items()}
