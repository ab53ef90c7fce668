"""Sides of comparisons for tests: a curve and an end a run."""

import numpy as np

from tests.analysis.sweeps import FINISHED, question, sweep
from wbtools.analysis.comparison import CompareQuestion, SweepGroup, compare, sweep_group
from wbtools.model import Goal, Metric

KILLED = {"exit_code": 255}


def side(*curves, name="a", goal=Goal.MINIMIZE, budget=None, **more) -> SweepGroup:
    """A run a curve; a run of a full budget finished, a shorter one was cut off."""
    full = budget or max(map(len, curves))
    facts = [dict(FINISHED if len(curve) == full else KILLED) for curve in curves]
    for run_facts, extra in zip(facts, more.pop("facts", [{}] * len(curves)), strict=True):
        run_facts.update(extra)
    recorded = sweep(*curves, facts=facts, **more)
    return sweep_group(name, name, recorded, question("none", goal, budget=full))


def table(
    bests, reports=None, hours=None, name="t", goal=Goal.MINIMIZE, ends=FINISHED
) -> SweepGroup:
    """A side without curves: best value, reports and hours of each run, and how all ended."""
    n = len(bests)
    none = [None] * n
    recorded = sweep(
        *[[0.0]] * n,
        facts=[
            {
                "summary": {"loss": best},
                "n_reports": n_reports,
                "runtime_s": None if h is None else 3600.0 * h,
                "heartbeat_at": None,
                "created_at": None,
                **ends,
            }
            for best, n_reports, h in zip(bests, reports or none, hours or none, strict=True)
        ],
    )
    recorded.curves.clear()
    return sweep_group(name, name, recorded, question("none", goal))


def answer(*sides, goal=Goal.MINIMIZE, **question):
    return compare(sides, CompareQuestion(metric=Metric(name="loss", goal=goal), **question))


def random_curves(seed, n=6, longest=5):
    rng = np.random.default_rng(seed)
    return [list(rng.normal(1, 0.3, rng.integers(1, longest + 1))) for _ in range(n)]
