"""The noncentral F distribution, also where libraries give up.

scipy's `ncf` gives NaN at some of the noncentralities that hundreds of runs lead to.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from scipy.special import betainc
from scipy.stats import poisson

_DEVIATIONS: Final = 8.0
_MORE_TERMS: Final = 20
"""Terms this far from the Poisson distribution's mean weigh less than 1e-13 together."""


def noncentral_f_cdf(statistic: float, dfn: int, dfd: int, noncentrality: float) -> float:
    """P(F <= statistic), to about 1e-10: a Poisson mixture of beta distributions.

    Johnson, Kotz and Balakrishnan 1995, "Continuous Univariate Distributions", volume 2, chapter
    30. It falls with the noncentrality, and at 0 is that of the central F.

    Args:
        statistic: 0 or more.
        dfn: Degrees of freedom of the numerator.
        dfd: Of the denominator.
        noncentrality: 0 or more; the number of terms grows with its square root.
    """
    mean = noncentrality / 2
    half = _DEVIATIONS * math.sqrt(mean) + _MORE_TERMS
    terms = np.arange(max(0, math.floor(mean - half)), math.ceil(mean + half) + 1)
    weights = poisson.pmf(terms, mean)
    share = dfn * statistic / (dfn * statistic + dfd)
    return float(weights @ betainc(dfn / 2 + terms, dfd / 2, share) / weights.sum())
