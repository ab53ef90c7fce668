"""A plain way to project, `curve-fit`: families of falling curves, averaged by how well they fit.

Each curve is `a + b * shape(t)` with a falling shape (power laws and exponentials of several
speeds), fitted by least squares with b kept at or above 0; curves are weighed by their likelihood
(Domhan et al. 2015 average such families). With fewer than four reports nothing is fitted: the last
best value stands, as wide as nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_FEWEST = 4
_POWERS = (0.1, 0.25, 0.5, 1.0, 2.0)
_RATES = (1.0, 3.0, 8.0, 20.0)
_MOST_POINTS = 200
_LEVELS = (np.arange(200) + 0.5) / 200


def curve_fit(curve: Floats, horizon: int) -> Floats:
    """Project one run by its own curve.

    Args:
        curve: `[n]` finite reports, at least one, lower is better.
        horizon: Reports of a full run.

    Returns:
        Equally likely values of the best over the full budget, ascending; none is worse than the
        best so far.
    """
    best, n = float(curve.min()), len(curve)
    if n < _FEWEST or horizon <= n:
        return np.array([best])
    at = np.unique(np.linspace(1, n, min(n, _MOST_POINTS)).astype(int))
    y = curve[at - 1]
    ends, errors = [], []
    for shape in _shapes(np.append(at, horizon).astype(float), horizon):
        x, end = shape[:-1], float(shape[-1])
        slope = max(float(np.cov(x, y, bias=True)[0, 1] / max(float(x.var()), 1e-12)), 0.0)
        level = float(y.mean() - slope * x.mean())
        ends.append(level + slope * end)
        errors.append(float(np.mean((y - level - slope * x) ** 2)))
    error = np.maximum(np.array(errors), 1e-12 * max(float(np.mean(y**2)), 1e-300))
    weights = np.exp(-len(at) / 2 * np.log(error / error.min()))
    share = np.cumsum(weights / weights.sum())
    which = np.searchsorted(share, _LEVELS).clip(0, len(ends) - 1)
    noise = np.sqrt(error)[which] * np.sin(2 * np.pi * 0.618 * np.arange(len(_LEVELS)))
    return np.sort(np.minimum(np.array(ends)[which] + noise, best))


def _shapes(reports: Floats, horizon: int) -> list[Floats]:
    powers = [reports**-power for power in _POWERS]
    return powers + [np.exp(-rate * reports / horizon) for rate in _RATES]
