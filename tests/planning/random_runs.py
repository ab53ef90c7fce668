"""Random spaces and runs in them, some stopped, with every kind of parameter."""

import random

from wbtools.analysis.diagnosis.censored import CensoredOutcomes, CensoredRun
from wbtools.model import Run
from wbtools.sweepfile.space import axis_of, written_space

BODIES = {
    "lr": {"distribution": "log_uniform_values", "min": 1e-5, "max": 1e-1},
    "wd": {"distribution": "log_uniform", "min": -9, "max": -2},
    "inv": {"distribution": "inv_log_uniform_values", "min": 1e-3, "max": 1.0},
    "drop": {"min": 0.0, "max": 0.5},
    "depth": {"min": 1, "max": 9},
    "batch": {"distribution": "q_log_uniform_values", "min": 16, "max": 256, "q": 16},
    "mom": {"distribution": "q_uniform", "min": 0, "max": 1, "q": 0.05},
    "act": {"values": ["relu", "gelu", "tanh"]},
    "w": {"distribution": "normal", "mu": 0, "sigma": 1},
    "epochs": {"value": 9},
}


def draw(body, rng: random.Random):
    axis = axis_of(body)
    if hasattr(axis, "values"):
        return rng.choice(axis.values)
    if not hasattr(axis, "low"):
        return body.get("value", rng.gauss(0, 1))
    value = min(max(axis.decode(rng.uniform(0, 1)), axis.low), axis.high)
    if axis.q is not None:
        return round(value / axis.q) * axis.q
    return round(value) if axis.whole else value


def tried(rng: random.Random, bodies, n_runs: int) -> CensoredOutcomes:
    runs = []
    for k in range(n_runs):
        config = {name: draw(body, rng) for name, body in bodies.items()}
        worst, censored = rng.gauss(0, 1), rng.random() < 0.5
        gain = rng.random() if censored and rng.random() < 0.5 else None
        runs.append(
            CensoredRun(
                run=Run(
                    id=f"run{k:05d}", name=str(k), number=k + 1, number_from="order", config=config
                ),
                worst=worst,
                likely=worst if gain is None else worst - gain / 2,
                best=(float("-inf") if gain is None else worst - gain) if censored else worst,
                censored=censored,
                value=-worst,
            )
        )
    runs.sort(key=lambda run: run.worst)
    return CensoredOutcomes(tried=tuple(runs), n_silent=0)


def plan(rng: random.Random):
    """A random next sweep: what was searched, the runs, what was asked, and the plan."""
    from wbtools.model import Goal, Metric
    from wbtools.planning.next_sweep import NextSweepOptions, SearchStage, next_sweep
    from wbtools.sweepfile.draft import Draft

    names = rng.sample(list(BODIES), rng.randrange(1, len(BODIES)))
    bodies = {name: BODIES[name] for name in names}
    standings = tried(rng, bodies, rng.randrange(1, 40))
    old = {
        "program": "train.py",
        "method": rng.choice(["bayes", "random"]),
        "run_cap": 30,
        "early_terminate": {"type": "hyperband", "min_iter": 3, "s": 2},
        "parameters": bodies,
    }
    ask = NextSweepOptions(
        stage=rng.choice(list(SearchStage)),
        margin=rng.choice([None, 0.0, 0.3, 2.0]),
        extend=rng.random() < 0.5,
    )
    space = written_space({"parameters": bodies})
    metric = Metric(name="m", goal=Goal.MAXIMIZE)
    return space, standings, ask, next_sweep(standings, space, Draft(data=old), metric, ask)
