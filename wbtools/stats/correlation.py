"""How far two lists of values go together.

`scipy.stats.spearmanr` warns and answers NaN of a constant, and takes 1.3 s to load, which an audit
would pay for its projections.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

ALMOST_ONE: Final = 1 - 1e-9
"""The largest correlation whose z is told."""


def rank_correlation(x: NDArray[np.float64], y: NDArray[np.float64]) -> float:
    """Spearman's correlation of two lists of ranks, in [-1, 1]; 0 where one of them is constant.

    Args:
        x: `[N]` ranks, of equal values the mean one.
        y: `[N]` likewise.
    """
    x, y = x - x.mean(), y - y.mean()
    size = math.sqrt(float(x @ x) * float(y @ y))
    return float(x @ y) / size if size else 0.0


def fisher_z(rho: float, n: int, more: float = 0.0) -> tuple[float, float]:
    """Fisher's z of a rank correlation, artanh(rho), and its standard error.

    By Bonett and Wright 2000, "Sample Size Requirements for Estimating Pearson, Kendall and
    Spearman Correlations": the variance is (1 + rho² / 2) / (n - 3).

    Args:
        rho: In [-1, 1].
        n: Pairs, more than 3.
        more: Variance of z from elsewhere.
    """
    z = math.atanh(min(max(rho, -ALMOST_ONE), ALMOST_ONE))
    return z, math.sqrt((1 + rho**2 / 2) / (n - 3) + more)


def correlation_ratio(groups: NDArray[np.number[Any]], y: NDArray[np.float64]) -> float:
    """Square root of the share of the variance of y that lies between the groups, in [0, 1].

    Of ranks it is the square root of Kruskal and Wallis's H over N - 1.

    Args:
        groups: `[N]` one number a group, in no order.
        y: `[N]` values; where all are equal the ratio is 0.
    """
    _, group = np.unique(groups, return_inverse=True)
    size = np.bincount(group)
    between = float(size @ (np.bincount(group, weights=y - y.mean()) / size) ** 2)
    total = float(((y - y.mean()) ** 2).sum())
    return math.sqrt(min(between / total, 1.0)) if total else 0.0


def rising_p(x: NDArray[np.float64], y: NDArray[np.float64]) -> float:
    """How likely y rises with x as clearly by chance: Spearman's rank correlation, one-sided.

    Args:
        x: `[N]`.
        y: `[N]`; 1 is returned where one of the two is constant.
    """
    from scipy.stats import spearmanr  # noqa: PLC0415 - 1.3 s that most commands spare

    if not np.ptp(x) or not np.ptp(y):
        return 1.0
    return float(spearmanr(x, y, alternative="greater").pvalue)
