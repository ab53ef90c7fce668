"""Synthetic priors: for each kind of sweep, tasks with every trait drawn but the one it is for.

What a model is trained on decides what it can say. These banks stand in for kinds of sweeps of
which no real bank exists; real curves teach it to rank.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from tests.training.banks import Bank, best_of
from tests.training.priors_curves import (
    METRICS,
    chosen,
    effort,
    exponential_mean,
    learning,
    log_uniform,
    noise,
    noisy,
    overall_mean,
    progress,
    spread,
    wandering,
)
from tests.training.priors_space import SCHEDULES, Trials, draw_trials, standardised

if TYPE_CHECKING:
    from collections.abc import Callable


def prior(kind: str, number: int, seed: int = 0) -> Bank:
    """Draw one task of a kind; the same numbers give the same bits.

    Args:
        kind: One of `KINDS`.
        number: Which task of that kind.
        seed: Of all of them.
    """
    rng = np.random.default_rng((seed, KINDS.index(kind), number))
    recipe = _KINDS[kind]
    trials = draw_trials(rng, recipe.schedules)
    latent = recipe.curves(trials)
    curves = METRICS[str(rng.choice(recipe.metrics))](rng, latent)
    return Bank(
        task=f"prior {kind} {number}",
        curves=curves,
        train_loss=np.full_like(curves, np.nan),
        report_s=np.exp(rng.uniform(-1, 4) + rng.choice([0.05, 0.5]) * trials.effect()),
        configs=trials.configs,
    )


def _smooth(trials: Trials) -> np.ndarray:
    """Ordinary training: each configuration has its pace and its level; curves cross.

    In half of the tasks few configurations are far better or far worse than the rest.
    """
    rng, level = trials.rng, trials.effect()
    tail = rng.choice([0.0, 0.0, -0.8, 0.8])
    level = standardised(np.expm1(tail * level)) * tail if tail else level
    differs = trials.effect() - rng.uniform(-0.6, 0.9) * level
    speed = np.log(log_uniform(rng, 2, 200)) + rng.uniform(0.1, 1.5) * differs
    return noisy(trials, learning(trials, level, speed))


def _same_end(trials: Trials) -> np.ndarray:
    """Runs that come to nearly the same end, each at its own pace, as late in a good search."""
    rng = trials.rng
    height = log_uniform(rng, 3, 100)
    speed = np.log(log_uniform(rng, 3, 150)) + rng.uniform(0.2, 1.5) * trials.effect()
    remains = np.exp(-effort(trials, speed))
    if rng.random() < 0.6:
        remains = (1 + effort(trials, speed)) ** -rng.uniform(0.5, 1.5)
    start = height * np.exp(rng.choice([0.05, 0.3]) * trials.effect())
    curves = trials.effect()[:, None] + start[:, None] * remains
    return curves + log_uniform(rng, 0.05, 3) * noise(trials)


def _plateau_jump(trials: Trials) -> np.ndarray:
    """Chance level, which a few runs leave, suddenly, in one jump or several."""
    rng, at = trials.rng, progress(trials)
    ever = chosen(trials, log_uniform(rng, 0.02, 0.5))
    early, late = np.sort(rng.uniform(0, 1, 2))
    width = log_uniform(rng, 0.003, 0.1)
    height = rng.uniform(0.7, 1.0) + 0.3 * np.abs(trials.effect())
    curves = np.zeros(trials.shape)
    for step in range(int(rng.choice([1, 1, 2, 3]))):
        when = early + (late - early) * (rng.random(len(ever)) + 0.3 * step)
        risen = 1 / (1 + np.exp(np.clip((when[:, None] - at) / width, -50, 50)))
        curves -= (ever * height / (1 + step))[:, None] * risen
    slope = rng.choice([0.0, 0.0, 0.1]) * np.abs(trials.effect())
    chance_noise = log_uniform(rng, 0.002, 0.15) * noise(trials, kept=0.0)
    return curves - slope[:, None] * at + chance_noise


def _reward(trials: Trials, stable: float, drifting: float, random: float) -> np.ndarray:
    """Rewards that rise together, and differ by what stays, what drifts and what is chance."""
    rng, at = trials.rng, progress(trials)
    height = float(rng.choice([0.0, rng.uniform(0, 2), rng.uniform(0, 8)]))
    rise = height * at ** rng.uniform(0.1, 2) * np.exp(0.1 * trials.effect())[:, None]
    grows = at ** rng.choice([0.0, 0.3, 1.0])
    own = stable * trials.effect()[:, None] * grows + drifting * wandering(trials)
    return -(rise + own + random * noise(trials) * (0.3 + grows))


def _ranked_reward(trials: Trials) -> np.ndarray:
    """Rewards of runs that learn at their own pace towards their own level, noisily."""
    rng = trials.rng
    speed = np.log(log_uniform(rng, 1, 50)) + rng.uniform(0.2, 1.2) * trials.effect()
    curves = learning(trials, trials.effect(), speed)
    return curves + log_uniform(rng, 0.03, 0.6) * spread(curves) * noise(trials)


def _uninformative_reward(trials: Trials) -> np.ndarray:
    """Rewards whose standing early tells nothing, or only half-way, or (in two fifths) a lot.

    Where it tells nothing the best so far is the extreme value of noise.
    """
    rng = trials.rng
    variant = int(rng.choice(4, p=[0.35, 0.25, 0.2, 0.2]))
    if variant == 0:
        return _reward(trials, rng.uniform(0, 0.15), rng.uniform(0, 0.3), 1.0)
    if variant == 1:
        return _reward(trials, rng.uniform(0, 0.3), 1.0, rng.uniform(0.1, 0.6))
    if variant == 2:
        return _reward(trials, 1.0, rng.uniform(0, 0.5), rng.uniform(0.05, 0.6))
    return _ranked_reward(trials)


def _first_report_dwarfs(trials: Trials) -> np.ndarray:
    """Report 1 is an evaluation before training: huge, the rest are small differences.

    In half of the tasks it is the same in all runs, or nearly.
    """
    rng = trials.rng
    curves = _BELOW_FIRST[int(rng.integers(len(_BELOW_FIRST)))](trials)
    rest = curves[np.isfinite(curves)]
    height = log_uniform(rng, 1.5, 80) * max(float(np.ptp(np.quantile(rest, (0.02, 0.98)))), 1e-3)
    scatter = float(rng.choice([0.0, 0.001, 0.05, 0.3]))
    first = rest.max() + height * np.exp(scatter * trials.effect())
    falls = float(rng.choice([0.0, 0.0, rng.uniform(0.02, 0.2)]))
    after = (first - curves[:, 0])[:, None] * falls ** np.arange(1, trials.shape[1])
    return np.column_stack((first, curves[:, 1:] + after))


def _u_shaped(trials: Trials) -> np.ndarray:
    """Losses that overfit: best early, then worse, sooner in some runs than in others."""
    rng, at = trials.rng, progress(trials)
    curves = _smooth(trials)
    turn = np.exp(np.log(rng.uniform(0.05, 0.6)) + rng.uniform(0.1, 0.8) * trials.effect())[:, None]
    rise = log_uniform(rng, 0.5, 6) * np.exp(rng.uniform(0, 0.8) * trials.effect())
    spared = rng.random(len(rise)) < rng.choice([0.0, 0.0, 0.3])
    beyond = np.maximum(at - turn, 0) ** rng.uniform(0.6, 1.5)
    return curves + spread(curves) * np.where(spared, 0, rise)[:, None] * beyond


def _collapse_recovery(trials: Trials) -> np.ndarray:
    """Sudden collapses, with a recovery, with half of one or with none; or NaN from then on."""
    rng, at = trials.rng, progress(trials)
    curves = _smooth(trials)
    depth = np.nanmax(curves, axis=1) - np.nanmin(curves, axis=1)
    for _ in range(int(rng.integers(1, 4))):
        hit = chosen(trials, rng.uniform(0.1, 0.6))[:, None]
        since = at - rng.uniform(0.05, 1, (len(curves), 1))
        heals = rng.choice([0.0, log_uniform(rng, 3, 60)])
        height = rng.choice([rng.uniform(0.3, 1.2), log_uniform(rng, 1, 1000)], p=[0.8, 0.2])
        height = (height * depth * np.exp(0.4 * trials.effect()))[:, None]
        lasts = np.where(since >= 0, np.exp(-heals * np.maximum(since, 0)), 0)
        curves = curves + hit * height * lasts
    if rng.random() < 0.5:
        lost = chosen(trials, rng.uniform(0.03, 0.3))
        first = rng.integers(1, trials.shape[1], len(curves))
        curves[lost[:, None] & (np.arange(trials.shape[1]) >= first[:, None])] = np.nan
    return curves


def _two_valued_bursty(trials: Trials) -> np.ndarray:
    """Metrics of few values: successes in bursts, or a ceiling at which runs tie."""
    rng = trials.rng
    if rng.random() < 0.5:
        score = -_ranked_reward(trials)
    else:
        score = -_reward(trials, rng.uniform(0.2, 1.5), rng.uniform(0, 1), rng.uniform(0.1, 1))
    high = np.quantile(score.max(axis=1), min(rng.uniform(0, 1.1), 1))
    low = min(np.quantile(score, rng.uniform(0, 0.5)), high - 0.1)
    score = np.clip((score - low) / (high - low), 0, 1)
    if rng.random() < 0.5:
        levels = int(rng.choice([1, 1, 2, 4, 10]))
        held = noise(trials, kept=float(rng.choice([0.0, 0.6, 0.9])))
        score = np.round(np.clip(score + rng.uniform(0.02, 0.3) * held, 0, 1) * levels) / levels
    return -score


def _moving_mean(trials: Trials) -> np.ndarray:
    """Running or exponential means of noise: smooth, jumpy at first, then hardly moving."""
    rng = trials.rng
    values = _reward(trials, rng.uniform(0, 2), rng.uniform(0, 1), 0.0)
    values += log_uniform(rng, 0.5, 8) * noise(trials, kept=0.0)
    if rng.random() < 0.5:
        return overall_mean(values)
    return exponential_mean(values, log_uniform(rng, 4, 60))


def _chance_level(trials: Trials) -> np.ndarray:
    """Nothing is learnt: noise around a level, often of few distinct values."""
    rng = trials.rng
    level = rng.choice([0.0, 0.0, rng.uniform(0.1, 1)]) * trials.effect()
    curves = level[:, None] + noise(trials)
    if rng.random() < 0.6:
        step = rng.uniform(0.5, 4)
        curves = np.round(curves / step) * step
    return curves


def _late_bloomers(trials: Trials) -> np.ndarray:
    """What is bad early is best late: size, regularisation, a small rate; or a late start."""
    rng, trade = trials.rng, trials.effect()
    level = rng.uniform(0, 1.2) * trials.effect() - trade
    slowness = rng.uniform(0.3, 1) * trade + 0.2 * trials.effect()
    remains = np.exp(-effort(trials, np.log(log_uniform(rng, 6, 20)) - slowness))
    start = level.max() + log_uniform(rng, 1, 6)
    curves = level[:, None] + (start - level)[:, None] * remains
    if rng.random() < 0.4:
        share = rng.uniform(0.1, 0.7)
        begins = share / (1 + np.exp(-rng.uniform(1, 3) * trade)) * trials.shape[1]
        moved = np.clip(np.arange(trials.shape[1]) - begins[:, None], 0, None).astype(int)
        curves = np.take_along_axis(curves, moved, axis=1)
    return noisy(trials, curves, most=0.2)


def _restarts(trials: Trials) -> np.ndarray:
    """Saw teeth of a cyclic learning rate, or steps where a rate decays, in every run."""
    rng = trials.rng
    speed = np.log(log_uniform(rng, 2, 60)) + rng.uniform(0.1, 1) * trials.effect()
    excess = log_uniform(rng, 0.5, 4) * np.exp(rng.uniform(0, 0.6) * trials.effect())
    return noisy(trials, learning(trials, trials.effect(), speed, excess))


def _heterogeneous(trials: Trials) -> np.ndarray:
    """Two or three kinds in one sweep, as where a parameter chooses algorithm or problem."""
    rng = trials.rng
    names = [name for name in KINDS if name != "heterogeneous"]
    parts = rng.choice(names, size=int(rng.integers(2, 4)), replace=False).tolist()
    curves = np.empty(trials.shape)
    which = np.searchsorted(np.sort(rng.uniform(0.15, 0.85, len(parts) - 1)), _ranks(trials))
    apart = rng.choice([0.7, 0.7, 6.0])
    for place, name in enumerate(parts):
        part = _KINDS[name].curves(trials)
        results = best_of(part)
        part = (part - np.median(results)) / spread(results) * np.exp(rng.normal(0, 0.4))
        curves[which == place] = part[which == place] + rng.normal(0, apart)
    return curves


def _ranks(trials: Trials) -> np.ndarray:
    """`[R]` place of each run by an effect, between 0 and 1."""
    effect = trials.effect()
    return np.argsort(np.argsort(effect)) / len(effect)


class _Kind(NamedTuple):
    """How curves come about, as which metrics they are logged, and what the learning rate does."""

    curves: Callable[[Trials], np.ndarray]
    metrics: tuple[str, ...]
    schedules: tuple[str, ...] = SCHEDULES


_BELOW_FIRST = (_smooth, _u_shaped, _plateau_jump, _chance_level, _moving_mean, _restarts)
_LOSSES = ("loss", "loss", "decades")
_ALL = ("number", "loss", "decades", "accuracy")
_KINDS = {
    "smooth": _Kind(_smooth, _ALL),
    "same-end": _Kind(_same_end, ("number", "loss", "accuracy")),
    "plateau-jump": _Kind(_plateau_jump, ("number", "loss", "accuracy")),
    "uninformative-reward": _Kind(_uninformative_reward, ("number",)),
    "first-report-dwarfs": _Kind(_first_report_dwarfs, ("number", "loss")),
    "u-shaped": _Kind(_u_shaped, _LOSSES),
    "collapse-recovery": _Kind(_collapse_recovery, ("number", "loss", "accuracy")),
    "two-valued-bursty": _Kind(_two_valued_bursty, ("number",)),
    "moving-mean": _Kind(_moving_mean, ("number", "number", "accuracy")),
    "chance-level": _Kind(_chance_level, ("number", "loss", "accuracy")),
    "late-bloomers": _Kind(_late_bloomers, _ALL),
    "restarts": _Kind(_restarts, _ALL, ("cosine_warm_restarts", "step")),
    "heterogeneous": _Kind(_heterogeneous, _ALL),
}
KINDS: tuple[str, ...] = tuple(_KINDS)
"""Every kind of sweep that `prior` draws."""
