"""What runs look like so far: best values and running averages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def best_so_far(values: NDArray[np.float64], n_reports: NDArray[np.int64]) -> NDArray[np.float64]:
    """`[N]` lowest of the first `n_reports` values of each row, NaN for a row without any."""
    inside = np.arange(values.shape[1]) < n_reports[:, None]
    best = np.where(inside, values, np.inf).min(axis=1, initial=np.inf)
    return np.where(n_reports > 0, best, np.nan)


def running_best(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """`[N, T]` lowest value up to each report, carried on over NaN; infinite before the first."""
    return np.minimum.accumulate(np.where(np.isnan(values), np.inf, values), axis=1)


def running_mean(values: NDArray[np.float64], n_reports: NDArray[np.int64]) -> NDArray[np.float64]:
    """`[N, T]` mean of each row's first values up to each report; NaN from `n_reports` on."""
    at = np.arange(values.shape[1])
    inside = at < n_reports[:, None]
    total = np.cumsum(np.where(inside, values, 0.0), axis=1)
    return np.where(inside, total / (at + 1), np.nan)
