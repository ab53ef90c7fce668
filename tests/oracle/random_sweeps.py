"""Random sweeps in which everything that has ever confused a stopping rule occurs."""

import numpy as np

from wbtools.model import Curves, Goal, Series, SweepView

STATES = ["running", "running", "running", "finished", "killed", "crashed", "failed"]
STRANGE = [float("nan"), float("inf"), float("-inf"), "text", True, False, None]


def rule(rng: np.random.Generator) -> dict:
    """An `early_terminate` block; about one in eight is one on which the engine raises."""
    block: dict = {"type": "hyperband"}
    form = rng.integers(10)
    if form < 6:
        block["min_iter"] = int(rng.integers(1, 8))
        if rng.random() < 0.2:
            block["s"] = int(rng.integers(1, 4))
    elif form < 9:
        block["max_iter"] = int(rng.integers(2, 40))
        block["s"] = int(rng.integers(1, 5))
        if rng.random() < 0.2:
            block["min_iter"] = int(rng.integers(1, 8))
    else:
        odd = [
            {"max_iter": 9},
            {"max_iter": 9, "min_iter": 2},
            {"max_iter": 9, "s": 1.5},
            {"max_iter": 9, "s": 0},
            {"max_iter": 1, "s": 2},
            {"min_iter": 0},
            {"min_iter": 1.5},
            {"min_iter": 2.0},
            {"min_iter": "2"},
            {"min_iter": True},
            {"min_iter": 2, "eta": 1},
            {"min_iter": 2, "eta": "3"},
            {"min_iter": 2, "strict": "true"},
            {"min_iter": 1, "eta": 1e10},
            {"max_iter": 27.0, "s": 2},
            {"max_iter": 9, "s": True},
            {"max_iter": -9, "s": 2},
            {},
        ]
        block |= odd[rng.integers(len(odd))]
    if "eta" not in block and rng.random() < 0.8:
        block["eta"] = (
            float(rng.choice([1.2, 1.5, 2.7, 5]))
            if rng.random() < 0.3
            else int(rng.choice([2, 3, 4]))
        )
    if "strict" not in block and rng.random() < 0.7:
        block["strict"] = bool(rng.integers(2))
    if rng.random() < 0.1:
        block["preserve"] = 1
    return block


def history(rng: np.random.Generator) -> list:
    """A run's logged values: ties, whole numbers and strange ones among them."""
    n = int(rng.integers(0, 40))
    values = np.cumsum(rng.normal(-0.1, 0.5, n)) + rng.normal(0, 1)
    digits = int(rng.choice([0, 1, 6]))
    logged: list = [round(float(value), digits) for value in values]
    if digits == 0:
        logged = [int(value) for value in logged]
    if rng.random() < 0.3:
        for k in range(n):
            if rng.random() < 0.2:
                logged[k] = STRANGE[rng.integers(len(STRANGE))]
    return logged


def sweep(rng: np.random.Generator, *, n_polls: int = 3) -> dict:
    """A case for the engine: the same runs polled at growing lengths."""
    runs = [
        {"state": str(rng.choice(STATES)), "history": history(rng)}
        for _ in range(rng.integers(1, 14))
    ]
    cuts = np.sort(rng.integers(0, 41, size=n_polls))
    goal = rng.choice(["minimize", "maximize", "none", "sideways"])
    metric = {"name": "m"} if goal == "none" else {"name": "m", "goal": str(goal)}
    return {
        "config": {
            "method": "random",
            "metric": metric,
            "early_terminate": rule(rng),
            "parameters": {"a": {"min": 0, "max": 1}},
        },
        "polls": [
            [{"state": run["state"], "history": run["history"][:cut]} for run in runs]
            for cut in cuts
        ],
    }


def numbers(logged: list) -> np.ndarray:
    """The reports of a run: what is a number and no boolean."""
    kept = [x for x in logged if isinstance(x, int | float) and not isinstance(x, bool)]
    return np.array(kept, dtype=np.float64)


def view(runs: list[dict], goal: Goal) -> SweepView:
    """What a policy sees of one poll."""
    series = []
    for k, run in enumerate(runs):
        values = numbers(run["history"])
        at = np.arange(len(values))
        series.append((str(k), Series(values=values, steps=at, times_s=at.astype(float))))
    curves = Curves.pack("m", series)
    return SweepView(
        values=curves.values * goal.sign,
        n_reports=curves.n_reports,
        active=np.array([run["state"] == "running" for run in runs]),
        n_nonfinite=curves.n_nonfinite,
    )
