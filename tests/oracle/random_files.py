"""Random sweep files, most of them wrong in one or two ways."""

import random

SCALARS = [
    0,
    1,
    2,
    3.0,
    -1,
    0.5,
    1e-5,
    "1e-5",
    "0.1",
    "x",
    "true",
    "",
    True,
    False,
    None,
    [],
    [1],
    {},
]
KINDS = [
    "constant", "categorical", "categorical_w_probabilities", "int_uniform", "uniform", "q_uniform",
    "log_uniform_values", "q_log_uniform_values", "inv_log_uniform_values", "log_uniform",
    "q_log_uniform", "inv_log_uniform", "normal", "q_normal", "log_normal", "q_log_normal", "beta",
    "q_beta", "loguniform", None, 3,
]  # fmt: skip
BODY = [
    "min",
    "max",
    "value",
    "values",
    "q",
    "mu",
    "sigma",
    "a",
    "b",
    "probabilities",
    "low",
    "parameters",
]
GOOD = [
    {"min": 0.1, "max": 0.9},
    {"min": 1, "max": 9},
    {"values": [1, 2, 3]},
    {"value": "x"},
    {"distribution": "log_uniform_values", "min": 1e-4, "max": 0.1},
    {"distribution": "q_uniform", "min": 0, "max": 8, "q": 2},
    {"distribution": "normal", "mu": 0, "sigma": 1},
    {"values": ["a", "b"], "probabilities": [0.25, 0.75]},
    {"parameters": {"inner": {"values": [1, 2]}, "rate": {"min": 0.1, "max": 0.5}}},
]


def parameter(rng: random.Random):
    body = dict(rng.choice(GOOD))
    for _ in range(rng.choice([0, 0, 0, 1, 1, 2])):
        act = rng.randrange(4)
        if act == 0 and body:
            body.pop(rng.choice(list(body)))
        elif act == 1:
            body["distribution"] = rng.choice(KINDS)
        elif act == 2 and body:
            body[rng.choice(list(body))] = rng.choice(SCALARS)
        else:
            body[rng.choice(BODY)] = rng.choice(SCALARS)
    return rng.choice(SCALARS) if rng.random() < 0.03 else body


def stopping(rng: random.Random):
    block = {"type": "hyperband"} | rng.choice(
        [{"min_iter": 3}, {"max_iter": 27, "s": 2}, {"min_iter": 2, "eta": 2, "strict": True}]
    )
    for _ in range(rng.choice([0, 0, 1, 2])):
        key = rng.choice(["type", "min_iter", "max_iter", "s", "eta", "strict", "other"])
        if rng.random() < 0.4:
            block.pop(key, None)
        else:
            block[key] = rng.choice([*SCALARS, 9, 27, 2.0, "median"])
    return rng.choice([None, {}, [], "x"]) if rng.random() < 0.05 else block


def metric(rng: random.Random):
    block = {"name": "m", "goal": "minimize"}
    for _ in range(rng.choice([0, 0, 0, 1, 2])):
        key = rng.choice(["name", "goal", "target", "impute", "impute_while_running", "other"])
        if rng.random() < 0.4:
            block.pop(key, None)
        else:
            block[key] = rng.choice([*SCALARS, "max", "maximize", "latest", "best", "false"])
    return rng.choice(SCALARS) if rng.random() < 0.05 else block


def calm_file(rng: random.Random):
    top: dict = {
        "program": "train.py",
        "method": rng.choice(["bayes", "random", "grid"]),
        "metric": {"name": "m", "goal": rng.choice(["minimize", "maximize"])},
        "parameters": {name: dict(rng.choice(GOOD)) for name in rng.sample(["lr", "wd", "n"], 2)},
    }
    if rng.random() < 0.3:
        top["run_cap"] = rng.randrange(1, 30)
    if rng.random() < 0.5:
        top["early_terminate"] = {"type": "hyperband"} | rng.choice(
            [{"min_iter": 3}, {"max_iter": 27, "s": 2}, {"min_iter": 2, "eta": 2, "s": 2}]
        )
    return top


def file(rng: random.Random):
    """A whole file as data; every third has nothing wrong but what its parts make together."""
    if rng.random() < 1 / 3:
        return calm_file(rng)
    top: dict = {
        "program": "train.py",
        "method": rng.choice(["bayes", "random", "grid", "random", "bayes", "custom"]),
        "metric": metric(rng),
        "parameters": {
            name: parameter(rng)
            for name in rng.sample(["lr", "wd", "n", "a.b", "c-d", "9x", "_e"], rng.randrange(1, 4))
        },
    }
    if rng.random() < 0.5:
        top["early_terminate"] = stopping(rng)
    if rng.random() < 0.2:
        top["metrics"] = rng.choice([[metric(rng), metric(rng)], [metric(rng)], "x", []])
    if rng.random() < 0.15:
        top["scheduler"] = rng.choice(
            [
                {"engine": "optuna"}, {"engine": "wandb"}, {"engine": "x"}, {}, "x", None,
                {"engine": "ax", "optimizer": "f"},
                {"engine": "optuna", "source": "s.py", "search_space": "f"},
                {"engine": "wandb", "more": 1}, {"engine": ["a"]}, {"num_workers": 2},
                {"job": "a/b/c:v0"}, {"job": "a/b/c:v0", "settings": {"method": "grid"}},
            ]
        )  # fmt: skip
    for _ in range(rng.choice([0, 0, 0, 1, 2])):
        key = rng.choice(
            [
                "name", "description", "program", "method", "metric", "parameters", "run_cap",
                "command", "controller", "kind", "apiVersion", "count", "max_runs", "project",
                "early_terminate", "job",
            ]
        )  # fmt: skip
        if rng.random() < 0.4:
            top.pop(key, None)
        else:
            top[key] = rng.choice([*SCALARS, "grid", "bayes", "sweep", {"type": "local"}, 20])
    return top
