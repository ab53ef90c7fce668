"""How firm a leaderboard stands: ranks when every configuration draws its seeds anew.

The bootstrap of Efron 1979, within configurations: each mean is drawn again from its own values,
whose deviations are stretched by sqrt(n / (n - 1)), for few values vary less than what they were
drawn from. A configuration with one value borrows the deviations of all the others. Configurations
that tie in a draw share its ranks: which of them is first, nothing tells.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from wbtools.stats.spread import mean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

LEVEL: Final = 0.9
_MOST_DRAWS: Final = 2000
_FEWEST_DRAWS: Final = 200
_MOST_CELLS: Final = 2_000_000
"""Draws times configurations: of very many configurations there are fewer draws."""
_FEWEST_DEVIATIONS: Final = 3
"""Deviations from a configuration's mean that have to be known, over all of them."""
_SAME: Final = 1e-12
"""Of the largest mean: sums in another order differ by less."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stability:
    """Where one configuration comes out when seeds are drawn anew.

    Attributes:
        p_first: Share of the draws in which it is first; of a draw that k share, 1 / k. None, as
            its ranks, where it has one value: nothing tells how far that lies from its mean.
        low: Rank, from 1, that at most 5 % of the draws better.
        high: Rank that at most 5 % exceed.
        borrowed: It has one value, and is drawn against the others with their noise.
    """

    p_first: float | None
    low: int | None
    high: int | None
    borrowed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BootstrappedRanks:
    """The stability of a whole leaderboard.

    Attributes:
        rows: One a configuration; empty where nothing tells.
        n_draws: How many times seeds were drawn.
        why_not: In words, why there is none.
    """

    rows: tuple[Stability, ...]
    n_draws: int = 0
    why_not: str | None = None


def resample(values: Sequence[Sequence[float]], *, seed: int = 0) -> BootstrappedRanks:
    """Draw the seeds of every configuration anew and rank.

    Args:
        values: One sequence a configuration, lower is better, at least one value each.
        seed: Of the draws; the answer is a function of the arguments.
    """
    if len(values) < 2:  # noqa: PLR2004 - one cannot be overtaken
        return BootstrappedRanks(rows=(), why_not="there is only one configuration")
    samples = [np.sort(np.asarray(config_values, dtype=np.float64)) for config_values in values]
    deviations = [_deviations(sample) for sample in samples]
    pool = np.concatenate([noise for noise in deviations if len(noise)] or [np.empty(0)])
    if len(pool) < _FEWEST_DEVIATIONS:
        return BootstrappedRanks(
            rows=(), why_not="no configuration was run often enough to tell its noise"
        )
    n_draws = int(np.clip(_MOST_CELLS // len(samples), _FEWEST_DRAWS, _MOST_DRAWS))
    rng = np.random.default_rng(seed)
    means = np.empty((len(samples), n_draws))
    for k, (x, noise) in enumerate(zip(samples, deviations, strict=True)):
        source = noise if len(noise) else pool
        picked = rng.integers(len(source), size=(n_draws, len(x)))
        means[k] = mean(x) + mean(source[picked])
    best, worst = _ranks(means)
    low = np.quantile(best, (1 - LEVEL) / 2, axis=1, method="inverted_cdf")
    high = np.quantile(worst, (1 + LEVEL) / 2, axis=1, method="inverted_cdf")
    is_first = best == 1
    first = (is_first / is_first.sum(axis=0)).mean(axis=1)
    return BootstrappedRanks(
        rows=tuple(
            Stability(
                p_first=float(first[k]) if len(noise) else None,
                low=int(low[k]) if len(noise) else None,
                high=int(high[k]) if len(noise) else None,
                borrowed=not len(noise),
            )
            for k, noise in enumerate(deviations)
        ),
        n_draws=n_draws,
    )


def _deviations(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """From the mean, stretched to the spread of what they were drawn from; none of one value."""
    n = len(x)
    return (x - mean(x)) * math.sqrt(n / (n - 1)) if n > 1 else np.empty(0)


def _ranks(means: NDArray[np.float64]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """`[C, B]` the best and the worst of the ranks, from 1, that each shares in each draw."""
    order = np.argsort(means, axis=0, kind="stable")
    ordered = np.take_along_axis(means, order, axis=0)
    places = np.arange(1, len(means) + 1, dtype=np.int32)[:, None]
    same = _SAME * np.abs(ordered[[0, -1]]).max(axis=0)
    opens = np.ones(means.shape, dtype=bool)
    opens[1:] = ~(np.diff(ordered, axis=0) <= same)
    closes = np.ones(means.shape, dtype=bool)
    closes[:-1] = opens[1:]
    best, worst = np.empty_like(order, dtype=np.int32), np.empty_like(order, dtype=np.int32)
    shared_best = np.maximum.accumulate(np.where(opens, places, 0), axis=0)
    last = np.where(closes, places, len(means) + 1)
    shared_worst = np.minimum.accumulate(last[::-1], axis=0)[::-1]
    np.put_along_axis(best, order, shared_best, axis=0)
    np.put_along_axis(worst, order, shared_worst, axis=0)
    return best, worst
