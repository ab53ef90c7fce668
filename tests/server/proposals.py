"""Configurations for new runs: grid, and random for every other method."""

from __future__ import annotations

import itertools
import math
import random
from typing import Any

_PLAIN = "uniform"


def n_grid(config: dict[str, Any]) -> int | None:
    """How many runs a grid has; None for other methods."""
    if config.get("method") != "grid":
        return None
    return math.prod(len(values) for _, values in _axes(config.get("parameters", {})))


def propose(config: dict[str, Any], number: int, seed: str) -> dict[str, Any] | None:
    """The configuration of run `number` (from 0); None when a grid has no more."""
    parameters = config.get("parameters", {})
    if config.get("method") == "grid":
        axes = _axes(parameters)
        combination = next(
            itertools.islice(itertools.product(*(v for _, v in axes)), number, None), None
        )
        if combination is None:
            return None
        out: dict[str, Any] = {}
        for (path, _), value in zip(axes, combination, strict=True):
            _put(out, path, value)
        return out
    rng = random.Random(f"{seed}/{number}")  # noqa: S311 - reproducible proposals
    return {name: _draw(parameter, rng) for name, parameter in parameters.items()}


def _axes(parameters: dict[str, Any], path: tuple[str, ...] = ()) -> list[tuple[Any, list[Any]]]:
    axes: list[tuple[Any, list[Any]]] = []
    for name, parameter in parameters.items():
        full_path = (*path, name)
        if "parameters" in parameter:
            axes += _axes(parameter["parameters"], full_path)
        elif "value" in parameter:
            axes.append((full_path, [parameter["value"]]))
        elif "values" in parameter:
            axes.append((full_path, list(parameter["values"])))
        else:
            axes.append((full_path, list(range(parameter["min"], parameter["max"] + 1))))
    return axes


def _put(out: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    for part in path[:-1]:
        out = out.setdefault(part, {})
    out[path[-1]] = value


def _draw(parameter: dict[str, Any], rng: random.Random) -> Any:
    if "parameters" in parameter:
        return {name: _draw(inner, rng) for name, inner in parameter["parameters"].items()}
    if "value" in parameter:
        return parameter["value"]
    if "values" in parameter:
        return rng.choices(parameter["values"], weights=parameter.get("probabilities"))[0]
    kind = parameter.get("distribution", _PLAIN)
    if "normal" in kind:
        drawn = rng.normalvariate(parameter.get("mu", 0.0), parameter.get("sigma", 1.0))
        return math.exp(drawn) if "log" in kind else drawn
    low, high = parameter["min"], parameter["max"]
    if kind == "int_uniform" or (isinstance(low, int) and isinstance(high, int)):
        return rng.randint(int(low), int(high))
    if kind.endswith("log_uniform_values"):
        drawn = math.exp(rng.uniform(math.log(low), math.log(high)))
    elif kind.endswith("log_uniform"):
        drawn = math.exp(rng.uniform(low, high))
    else:
        drawn = rng.uniform(low, high)
    if kind.startswith("q_"):
        q = parameter.get("q", 1)
        return round(drawn / q) * q
    return drawn
