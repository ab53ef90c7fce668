"""What the curves of many kinds of sweeps are put together from. Lower is better throughout."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tests.training.banks import best_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.training.priors_space import Trials

_MOST = 1e12


def log_uniform(rng: np.random.Generator, low: float, high: float) -> float:
    """A number whose logarithm is uniform."""
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def spread(values: np.ndarray) -> float:
    """Robust standard deviation of what is finite; positive."""
    low, mid, high = np.quantile(values[np.isfinite(values)], (0.1, 0.5, 0.9))
    return float(high - low) / 2.56 or 1e-3 * abs(float(mid)) or 1.0


def progress(trials: Trials) -> np.ndarray:
    """`[H]` share of the budget after each report."""
    horizon = trials.shape[1]
    return np.arange(1, horizon + 1) / horizon


def effort(trials: Trials, speed: np.ndarray) -> np.ndarray:
    """`[R, H]` time constants that have passed, which a lower learning rate stretches.

    Args:
        trials: Whose learning rates they are.
        speed: `[R]` natural logarithm of the time constants that a budget holds at the full rate.
    """
    pace = np.exp(np.clip(speed, -3, 7))[:, None]
    return np.cumsum(trials.rates, axis=1) / trials.shape[1] * pace


def learning(
    trials: Trials, level: np.ndarray, speed: np.ndarray, excess: np.ndarray | None = None
) -> np.ndarray:
    """`[R, H]` power laws and exponentials towards levels, from afar or, in an eighth, from nearby.

    Args:
        trials: Whose learning rates stretch time, and add what annealing takes away.
        level: `[R]` where the runs end.
        speed: `[R]` as in `effort`.
        excess: `[R]` how much worse they stand at the full rate than at none; drawn if None.
    """
    rng = trials.rng
    passed, power = effort(trials, speed), rng.uniform(0.4, 1.5)
    remains = np.exp(-passed) if rng.random() < 0.4 else (1 + passed) ** -power
    start = level.max() + log_uniform(rng, 1, 10) + 0.2 * rng.standard_normal(len(level))
    if rng.random() < 0.12:
        start = level + log_uniform(rng, 0.03, 1) * np.exp(0.5 * trials.effect())
    if excess is None:
        excess = rng.choice([0.0, log_uniform(rng, 0.03, 1)]) * np.exp(0.5 * trials.effect())
    curves = level[:, None] + (start - level)[:, None] * remains
    return curves + excess[:, None] * trials.rates * (1 - remains)


def noise(trials: Trials, *, kept: float | None = None) -> np.ndarray:
    """`[R, H]` of variance about 1: more in some runs, early or late, common to all or not.

    Args:
        trials: Whose shape it has.
        kept: Correlation of neighbouring reports; drawn if None.
    """
    rng = trials.rng
    shocks = rng.standard_normal(trials.shape)
    if rng.random() < 0.25:
        shocks = rng.standard_t(3, trials.shape) / np.sqrt(3)
    kept = float(rng.choice([0.0, 0.0, rng.uniform(0.3, 0.95)])) if kept is None else kept
    for report in range(1, trials.shape[1]):
        shocks[:, report] = kept * shocks[:, report - 1] + np.sqrt(1 - kept**2) * shocks[:, report]
    if rng.random() < 0.15:
        shocks = (shocks + rng.standard_normal(trials.shape[1])) / np.sqrt(2)
    of_run = np.exp(rng.choice([0.0, 0.0, 0.3, 0.8]) * trials.effect())[:, None]
    return shocks * of_run * progress(trials) ** rng.choice([0.0, 0.0, -0.4, 0.5])


def noisy(trials: Trials, curves: np.ndarray, most: float = 0.4) -> np.ndarray:
    """Noise from nothing up to a share of the spread of results."""
    rng = trials.rng
    share = float(rng.choice([0.0, log_uniform(rng, 0.01, most)], p=[0.1, 0.9]))
    return curves + share * spread(best_of(curves)) * noise(trials)


def wandering(trials: Trials) -> np.ndarray:
    """`[R, H]` random walks, variance 1 at the end."""
    return np.cumsum(trials.rng.standard_normal(trials.shape), axis=1) / np.sqrt(trials.shape[1])


def chosen(trials: Trials, share: float) -> np.ndarray:
    """`bool [R]` a share of the runs, at least one; the configuration has its say."""
    score = trials.effect()
    n = max(round(share * len(score)), 1)
    return score >= np.sort(score)[-n]


def overall_mean(values: np.ndarray) -> np.ndarray:
    """Running mean from the first report on."""
    return np.cumsum(values, axis=1) / np.arange(1, values.shape[1] + 1)


def exponential_mean(values: np.ndarray, window: float) -> np.ndarray:
    """Exponential moving mean, its weights summing to 1 from the first report on."""
    sums, weights = np.zeros_like(values), np.zeros(values.shape[1])
    total, weight = np.zeros(len(values)), 0.0
    for report, column in enumerate(values.T):
        total = (1 - 1 / window) * total + column
        weight = (1 - 1 / window) * weight + 1
        sums[:, report], weights[report] = total, weight
    return sums / weights


def as_number(rng: np.random.Generator, curves: np.ndarray) -> np.ndarray:
    """A metric of any scale and sign, its differences as they are: rewards, returns, scores."""
    z = _centred(curves)
    shift = float(rng.choice([0.0, rng.normal(0, 3), rng.normal(0, 30)]))
    return log_uniform(rng, 1e-3, 1e3) * (z + shift)


def as_loss(rng: np.random.Generator, curves: np.ndarray) -> np.ndarray:
    """A positive metric, its better end at a tenth of its range or far below."""
    z = _centred(curves)
    floor = float(np.nanmin(z))
    return log_uniform(rng, 1e-3, 1e3) * (z - floor + log_uniform(rng, 0.1, 10))


def as_decades(rng: np.random.Generator, curves: np.ndarray) -> np.ndarray:
    """A positive metric over one to three decades."""
    z = _centred(curves)
    low, high = np.nanquantile(z, (0.01, 0.95))
    bend = np.log(10) * rng.uniform(1, 3) / ((high - low) or 1.0)
    top = low + 2 * (high - low)
    return log_uniform(rng, 1e-3, 1e3) * np.exp(bend * np.minimum(z - low, top - low))


def as_accuracy(rng: np.random.Generator, curves: np.ndarray) -> np.ndarray:
    """A negative share, squeezed at its ends, sometimes of a countable number of cases."""
    z = _centred(curves)
    chance = float(rng.choice([0.0, 0.1, 0.5]))
    right = 1 / (1 + np.exp(np.clip(log_uniform(rng, 0.2, 1.5) * z + rng.normal(0, 1.5), -50, 50)))
    share = chance + (1 - chance) * right
    if rng.random() < 0.5:
        cases = round(log_uniform(rng, 50, 10000))
        share = np.round(share * cases) / cases
    return -share


METRICS: dict[str, Callable[[np.random.Generator, np.ndarray], np.ndarray]] = {
    "number": as_number,
    "loss": as_loss,
    "decades": as_decades,
    "accuracy": as_accuracy,
}


def _centred(curves: np.ndarray) -> np.ndarray:
    results = best_of(curves)
    z = (curves - np.median(results)) / spread(results)
    return np.clip(z, -_MOST, _MOST)
