"""What several imputations of unknown values add to an answer, and how they are drawn evenly."""

from __future__ import annotations

from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import fdtrc

from wbtools.stats.spread import variance

if TYPE_CHECKING:
    from numpy.typing import NDArray


def variance_between(estimates: NDArray[np.float64]) -> float:
    """What the variance of an estimate grows by because values were imputed; 0 of one imputation.

    Rubin 1987, "Multiple Imputation for Nonresponse in Surveys": (1 + 1/M) times the variance of
    the estimates, in their units squared.

    Args:
        estimates: `[M]` the same estimate in M imputations.
    """
    m = len(estimates)
    return float(variance(estimates)) * (1 + 1 / m) if m > 1 else 0.0


def even_normals(n: int) -> NDArray[np.float64]:
    """`[n]` equally likely values of a standard normal, ascending.

    In place of free draws where few must do: their mean and spread are right in every sample.
    """
    inverse = NormalDist().inv_cdf
    return np.array([inverse((k + 0.5) / n) for k in range(n)])


def pooled_f_p(
    statistic: float, df: int, df_rest: float, chi_squares: NDArray[np.float64]
) -> float:
    """How often chance gives so large an F, where it was found over several imputations.

    Li, Meng, Raghunathan and Rubin 1991, "Significance Levels from Repeated p-values with
    Multiply-Imputed Data": how the imputations' statistics differ widens what chance may do.

    Args:
        statistic: F, pooled over the imputations.
        df: Its degrees of freedom.
        df_rest: Those of its denominator, of data without gaps.
        chi_squares: `[M]` df times F in each imputation.
    """
    m = len(chi_squares)
    more = variance_between(np.sqrt(chi_squares))
    if more:
        statistic = max(0.0, (statistic - (m + 1) / (m - 1) * more) / (1 + more))
        per_more = 1 + 1 / more
        df_rest = min(df_rest, df ** (-3 / m) * (m - 1) * per_more * per_more)
    return float(fdtrc(df, df_rest, statistic))
