"""What a stopped run's best value would have become over its full budget, as a distribution.

The method here is a plain baseline, `catch-up`. Each run that ran its course tells how much there
was still to gain: what it gained itself after the same report, or the way from the stopped run's
best to that run's own result, whichever is more. The stopped run is taken to make an unknown share
of that, anything between standing still and all of it. With m such runs a new amount falls between
two neighbours, below the smallest or above the largest with probability 1 / (m + 1) each (the rank
argument behind conformal prediction; Vovk et al. 2005, section 2), so few completed runs make wide
intervals by themselves; beyond the largest amount an exponential tail is assumed, as wide as the
completed runs' own gains.

On 144 replayed sweeps of trained curves this promised 301 gems where 294 were, and its 90 %
intervals held 80 % of the true values.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

METHOD = "catch-up"
LEVEL = 0.9
PRIOR_P_GEM = 0.011
"""Share of stopped runs that are gems, measured on 7,128 replayed sweeps of trained curves."""
_AMOUNTS = (np.arange(100) + 0.5) / 100
_SHARES = (np.arange(20) + 0.5) / 20
N_DRAWS = len(_AMOUNTS) * len(_SHARES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Projection:
    """The projected best over the full budget, metric's own units; or why there is none.

    Attributes:
        horizon: Reports of the full budget; None if unknown.
        median: Middle of the projected best; None when abstained.
        low: Lower end of the central interval that holds `level` of the probability.
        high: Upper end of the same.
        p_gem: P(the best over the full budget beats the bar), had the run gone on. When abstained,
            a prior that rests on other people's sweeps, or 1 for a run that is above the bar.
        p_repeat: P(a fresh run of the same configuration beats the bar), seed noise included; None
            when abstained.
        n_support: Completed runs that it rests on.
        gain_low: Least that those gained after the same report; None without any.
        gain_high: Most that those gained.
        abstained_because: None, or the reason in words.
    """

    horizon: int | None
    level: float = LEVEL
    median: float | None = None
    low: float | None = None
    high: float | None = None
    p_gem: float
    p_repeat: float | None = None
    method: str = METHOD
    n_support: int = 0
    gain_low: float | None = None
    gain_high: float | None = None
    abstained_because: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Gains:
    """What m runs that ran their course still did after a given report. Lower is better.

    Attributes:
        own: `float64 [m]` how much each still improved, 0 or more.
        final: `float64 [m]` its best over the horizon.
    """

    own: NDArray[np.float64]
    final: NDArray[np.float64]


def running_best(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """`[N, T]` best value up to each report; the last one is carried on to the right.

    Args:
        values: `[N, T]` lower is better, NaN after a run's last report. Rows without a report
            stay infinite.
    """
    return np.minimum.accumulate(np.where(np.isnan(values), np.inf, values), axis=1)


def gains_after(
    best: NDArray[np.float64],
    n_reports: NDArray[np.int64],
    full: NDArray[np.bool_],
    *,
    at: int,
    horizon: int | None,
) -> Gains:
    """How the runs that ran their course went on after report `at`, up to the horizon.

    Args:
        best: `[N, T]` from `running_best`.
        n_reports: `int64 [N]`.
        full: `bool [N]` runs that ran their course.
        at: Reports, from 1; only runs with more of them count.
        horizon: Reports up to which they are followed; None for as far as they go.
    """
    rows = np.flatnonzero(full & (n_reports > at))
    last = best.shape[1] - 1 if horizon is None else min(max(horizon, at), best.shape[1]) - 1
    final = best[rows, last]
    return Gains(own=best[rows, at - 1] - final, final=final)


def project(
    best_so_far: float, gains: Gains, *, spread: float, floor: float = -np.inf
) -> NDArray[np.float64]:
    """Project a stopped run by what others still did.

    Args:
        best_so_far: Lower is better.
        gains: Of the runs that ran their course.
        spread: A positive scale for the tail where the amounts themselves show none: the spread
            of the completed runs' results.
        floor: No metric value lies below it.

    Returns:
        `[N_DRAWS]` equally likely values of the best over the full budget, ascending; none is
        worse than `best_so_far`.
    """
    amounts = np.sort(np.maximum(gains.own, best_so_far - gains.final))
    m = len(amounts)
    at = np.arange(m + 1) / (m + 1)
    body = np.interp(_AMOUNTS, at, np.concatenate(([0.0], amounts)))
    wide = max(float(gains.own.mean()) / 2, float(gains.own.std())) if m else 0.0
    beyond = np.maximum(_AMOUNTS - at[-1], 0.0) * (m + 1)
    tail = -max(wide, spread / 10) * np.log1p(-np.minimum(beyond, 1 - 1e-12))
    made = np.multiply.outer(body + tail, _SHARES).ravel()
    return np.sort(np.maximum(best_so_far - made, min(floor, best_so_far)))


def natural_floor(values: NDArray[np.float64]) -> float:
    """The value that a metric cannot pass, by the values that it took; lower is better.

    A metric that was never negative (a loss) is taken to end at 0, one that stayed within [0, 1]
    and rises (an accuracy) at 1, which is -1 here. Otherwise there is none.
    """
    if not len(values):
        return -np.inf
    low, high = float(values.min()), float(values.max())
    if low >= 0:
        return 0.0
    return -1.0 if low >= -1 and high <= 0 else -np.inf


def p_below(draws: NDArray[np.float64], bar: float) -> float:
    """Share of the draws that are strictly better than the bar."""
    return float(np.mean(draws < bar))
