"""A plain way to project, `catch-up`: a share of what completed runs still gained.

Each run that ran its course tells how much there was still to gain: what it gained itself after the
same report, or the way from the stopped run's best to that run's own result, whichever is more. The
stopped run is taken to make an unknown share of that, anything between standing still and all of
it. With m such runs a new amount falls between two neighbours, below the smallest or above the
largest with probability 1 / (m + 1) each (the rank argument behind conformal prediction; Vovk et
al. 2005, section 2), so few completed runs make wide intervals by themselves; beyond the largest
amount an exponential tail is assumed, as wide as the completed runs' own gains.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wbtools.analysis.projection.remaining_improvement import RemainingImprovement

_AMOUNTS = (np.arange(100) + 0.5) / 100
_SHARES = (np.arange(20) + 0.5) / 20
_LARGEST = float(np.finfo(float).max)
_MOST = _LARGEST / 64


def catch_up(
    best_so_far: float, gains: RemainingImprovement, *, spread: float, floor: float = -np.inf
) -> NDArray[np.float64]:
    """Project a stopped run by what others still did.

    Args:
        best_so_far: Lower is better.
        gains: Of the runs that ran their course.
        spread: A positive scale for the tail where the amounts themselves show none: the spread
            of the completed runs' results.
        floor: No metric value lies below it.

    Returns:
        `[2000]` equally likely values of the best over the full budget, ascending; none is
        worse than `best_so_far`.
    """
    own_gains = np.minimum(gains.own, _MOST)
    amounts = np.sort(np.clip(best_so_far - gains.final, own_gains, _MOST))
    m = len(amounts)
    at = np.arange(m + 1) / (m + 1)
    body = np.interp(_AMOUNTS, at, np.concatenate(([0.0], amounts)))
    wide = max(float((own_gains / m).sum()) / 2, steady_sd(own_gains)) if m else 0.0
    beyond = np.maximum(_AMOUNTS - at[-1], 0.0) * (m + 1)
    tail = -max(wide, spread / 10) * np.log1p(-np.minimum(beyond, 1 - 1e-12))
    improvements = np.multiply.outer(body + tail, _SHARES).ravel()
    return np.sort(np.maximum(best_so_far - improvements, max(min(floor, best_so_far), -_LARGEST)))


def steady_sd(values: NDArray[np.float64]) -> float:
    """The standard deviation, also of numbers whose squares no float holds."""
    power = math.frexp(float(np.abs(values).max(initial=0.0)))[1]
    return math.ldexp(float(np.std(np.ldexp(values, -power))), power)


def natural_floor(values: NDArray[np.float64]) -> float:
    """The value that a metric cannot pass, by the values that it took; lower is better.

    A metric that was never negative (a loss) is taken to end at 0, one that stayed within [0, 1]
    and rises (an accuracy) at 1, which is -1 here. Otherwise there is none. Values that are not
    finite tell nothing.
    """
    values = values[np.isfinite(values)]
    if not len(values):
        return -np.inf
    low, high = float(values.min()), float(values.max())
    if low >= 0:
        return 0.0
    return -1.0 if low >= -1 and high <= 0 else -np.inf
