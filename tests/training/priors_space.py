"""Search spaces that nobody searched, and what their parameters are worth."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from wbtools.analysis.projection.annealing import schedule_of

_NUMBERS = {
    "lr": ("log", 1e-5, 1.0),
    "weight_decay": ("log", 1e-7, 0.1),
    "entropy": ("log", 1e-5, 0.1),
    "clip": ("log", 0.1, 10.0),
    "dropout": ("uniform", 0.0, 0.6),
    "momentum": ("uniform", 0.5, 0.99),
    "label_smoothing": ("uniform", 0.0, 0.3),
    "init_scale": ("uniform", 0.3, 2.0),
    "subsample": ("uniform", 0.3, 1.0),
    "hidden": ("integer", 4.0, 512.0),
    "layers": ("integer", 1.0, 8.0),
    "n_train": ("integer", 500.0, 50000.0),
    "batch_size": ("power of two", 8.0, 512.0),
    "emb": ("power of two", 8.0, 256.0),
    "n_env": ("power of two", 1.0, 32.0),
}
_WORDS: dict[str, tuple[str | bool, ...]] = {
    "optimizer": ("adam", "sgdm", "rmsprop", "adamw"),
    "activation": ("relu", "tanh", "gelu"),
    "arch": ("small", "base", "wide", "deep", "hybrid"),
    "augment": (False, True),
    "batch_norm": (False, True),
}
SCHEDULES = ("constant", "cosine", "step", "linear", "wsd", "warmup_cosine", "plateau")
"""Of ordinary training."""
_IDLE = 0.3
"""Share of the parameters that do nothing."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Trials:
    """R configurations of a sweep that nobody ran, H reports each.

    Attributes:
        rng: Draws everything else about the sweep.
        configs: R configurations; empty where the user logged none.
        settings: `[R, P]` the parameters between 0 and 1.
        is_word: `bool [P]` parameters without an order.
        weights: `[P]` how much they matter, 0 for those that do nothing.
        rates: `[R, H]` learning rate by its peak.
        known: Share of an effect's variance that the configuration tells, on average.
    """

    rng: np.random.Generator
    configs: list[dict]
    settings: np.ndarray
    is_word: np.ndarray
    weights: np.ndarray
    rates: np.ndarray
    known: float

    @property
    def shape(self) -> tuple[int, int]:
        """Runs and reports."""
        return self.rates.shape[0], self.rates.shape[1]

    def effect(self) -> np.ndarray:
        """`[R]` something that differs between the runs: mean 0, variance 1.

        A part follows from the configuration, by a surface drawn anew; the rest is the run's own.
        """
        known = float(np.clip(self.known + 0.15 * self.rng.standard_normal(), 0, 1))
        known = known if self.known and self.weights.any() else 0.0
        own = standardised(self.rng.standard_normal(self.shape[0]))
        return np.sqrt(known) * self._surface() + np.sqrt(1 - known) * own

    def _surface(self) -> np.ndarray:
        """`[R]` a response surface: parameters alone and in pairs, sometimes with a long tail."""
        rng = self.rng
        weights = self.weights * rng.exponential(size=len(self.weights))
        alone = [
            _response(rng, column, is_word=bool(is_word))
            for column, is_word in zip(self.settings.T, self.is_word, strict=True)
        ]
        total = sum((w * part for w, part in zip(weights, alone, strict=True)), np.zeros(1))
        pairs = list(combinations(np.flatnonzero(weights).tolist(), 2))
        n_pairs = min(int(rng.integers(0, len(weights) + 1)), len(pairs))
        for a, b in rng.permutation(pairs)[:n_pairs].tolist():
            size = np.sqrt(weights[a] * weights[b]) * rng.normal(0, 0.7)
            total = total + size * standardised(alone[a] * alone[b])
        surface = standardised(np.broadcast_to(total, self.shape[:1]))
        bend = rng.choice([0.0, 0.0, -0.7, 0.7])
        return standardised(np.expm1(bend * surface) / bend) if bend else surface


def draw_trials(rng: np.random.Generator, schedules: tuple[str, ...]) -> Trials:
    """Draw a space, its configurations, and how much they tell.

    Args:
        rng: Where the draws come from; kept for all that follows.
        schedules: Words for what the learning rate may do.
    """
    n_runs = int(np.exp(rng.uniform(np.log(18), np.log(200))))
    horizon = int(np.exp(rng.uniform(np.log(12), np.log(500))))
    names = list(
        rng.choice([*_NUMBERS, *_WORDS], size=int(rng.integers(1, 9)), replace=False).tolist()
    )
    row_of = _repeats(rng, n_runs)
    columns, settings = zip(
        *(_parameter(rng, name, row_of.max() + 1) for name in names), strict=True
    )
    configs = [dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)]
    plans = _plans(rng, len(configs), schedules)
    rates = np.array([_rates(plan, horizon) for plan in plans])
    if rng.random() < 0.6:
        configs = [config | plan for config, plan in zip(configs, plans, strict=True)]
    seeds = rng.integers(0, 10, n_runs).tolist()
    is_shown, is_seeded = rng.random() < 0.8, rng.random() < 0.3
    weights = rng.exponential(size=len(names)) * (rng.random(len(names)) >= _IDLE)
    return Trials(
        rng=rng,
        configs=[
            (configs[row] | ({"seed": seed} if is_seeded else {})) if is_shown else {}
            for seed, row in zip(seeds, row_of.tolist(), strict=True)
        ],
        settings=np.array(settings).T[row_of],
        is_word=np.array([name in _WORDS for name in names]),
        weights=weights,
        rates=rates[row_of],
        known=_known_share(rng),
    )


def standardised(values: np.ndarray) -> np.ndarray:
    """Mean 0 and variance 1, or zeros where all are alike."""
    sd = values.std()
    return (values - values.mean()) / sd if sd > 0 else np.zeros_like(values)


def _known_share(rng: np.random.Generator) -> float:
    """Now and then the configuration tells nothing; more often nearly everything."""
    usual, nearly_all = rng.beta(2, 1.2), rng.uniform(0.85, 1)
    return float(rng.choice([0.0, usual, nearly_all], p=[0.12, 0.53, 0.35]))


def _repeats(rng: np.random.Generator, n_runs: int) -> np.ndarray:
    """`int [R]` configuration of each run: its own, or shared by repeated seeds."""
    each = int(rng.integers(2, 7)) if rng.random() < 0.15 else 1
    return np.arange(n_runs) // each


def _parameter(rng: np.random.Generator, name: str, n: int) -> tuple[list, np.ndarray]:
    """N values of a parameter, and where they lie between 0 and 1."""
    if name in _WORDS:
        words = _WORDS[name]
        places = rng.integers(0, len(words), n)
        return [words[place] for place in places], places / (len(words) - 1)
    kind, least, most = _NUMBERS[name]
    low = rng.uniform(0, 0.5)
    settings = rng.uniform(low, low + rng.uniform(0.3, 0.5), n)
    if kind == "uniform":
        values = least + settings * (most - least)
        return [float(f"{value:.4g}") for value in values], settings
    values = least * (most / least) ** settings
    if kind == "log":
        return [float(f"{value:.4g}") for value in values], settings
    if kind == "power of two":
        values = 2.0 ** np.round(np.log2(values))
    return [round(value) for value in values.tolist()], settings


def _plans(rng: np.random.Generator, n: int, schedules: tuple[str, ...]) -> list[dict]:
    """N parts of a configuration that say what the learning rate does: all alike, or drawn."""
    most = len(schedules) if rng.random() < 0.5 else 1
    words = rng.choice(schedules, size=int(rng.integers(1, most + 1)), replace=False)
    common = {str(word): _plan(rng, str(word)) for word in words}
    return [common[str(word)] for word in rng.choice(words, size=n)]


def _plan(rng: np.random.Generator, word: str) -> dict:
    if word == "cosine":
        return {"schedule": word, "t_max_frac": 1.0}
    if word == "warmup_cosine":
        return {"schedule": word, "warmup_frac": float(rng.choice([0.05, 0.1, 0.15, 0.3]))}
    if word == "step":
        every, factor = round(rng.uniform(0.2, 0.7), 2), round(rng.uniform(0.05, 0.5), 2)
        return {"schedule": word, "step_frac": every, "gamma": factor}
    if word == "cosine_warm_restarts":
        return {"schedule": word, "t_max_frac": round(rng.uniform(0.1, 0.5), 2)}
    return {"schedule": word}


def _rates(plan: dict, horizon: int) -> np.ndarray:
    """`[H]` learning rate by its peak."""
    if plan["schedule"] == "cosine_warm_restarts":
        at = (np.arange(horizon) + 0.5) / horizon
        return (1 + np.cos(np.pi * (at / plan["t_max_frac"] % 1))) / 2
    return schedule_of(plan, horizon).factor


def _response(rng: np.random.Generator, settings: np.ndarray, *, is_word: bool) -> np.ndarray:
    """`[R]` what one parameter is worth: by word, or a valley, slope, threshold or wave."""
    if is_word:
        _, word = np.unique(settings, return_inverse=True)
        return standardised(rng.standard_normal(word.max() + 1)[word])
    turn = rng.choice(settings)
    apart = settings - turn
    shapes = (
        np.abs(apart) ** rng.uniform(1, 2.5),
        settings * rng.choice([-1, 1]),
        np.tanh(apart * rng.uniform(5, 40)) * rng.choice([-1, 1]),
        np.sin(apart * rng.uniform(3, 12)),
    )
    return standardised(shapes[int(rng.choice(4, p=[0.5, 0.25, 0.15, 0.1]))])
