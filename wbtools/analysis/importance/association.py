"""How far one parameter alone goes with a run's standing.

Of ordered parameters Spearman's rank correlation: positive means that more of it does better,
whatever the metric's goal. Of categories the correlation ratio of the standings, the square root of
Kruskal and Wallis's H over n - 1, which has no sign.

Intervals: Fisher's z with the variance of Bonett and Wright (2000, "Sample Size Requirements for
Estimating Pearson, Kendall and Spearman Correlations"), (1 + r²/2) / (n - 3); for the correlation
ratio the noncentral F distribution (Steiger 2004, "Beyond the F Test"). Imputations are pooled by
Rubin's rules on the scale of z.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr
from scipy.stats import f as f_distribution
from scipy.stats import ncf, rankdata

from wbtools.model.interval import Interval
from wbtools.stats.correlation import correlation_ratio, rank_correlation
from wbtools.stats.imputation import variance_between
from wbtools.stats.student import LEVEL

if TYPE_CHECKING:
    from wbtools.analysis.importance.imputed_outcomes import Floats, ImputedOutcomes
    from wbtools.analysis.importance.parameters import VariedParameter

FEWEST: Final = 8
"""Runs with a value beneath which no correlation is given: its interval would say anything."""
_Z: Final = NormalDist().inv_cdf((1 + LEVEL) / 2)
_ALMOST_ONE: Final = 1 - 1e-9
_FARTHEST: Final = 1e7  # a noncentrality at which the groups do not overlap at all


@dataclass(frozen=True, slots=True, kw_only=True)
class Association:
    """One parameter against the standings.

    Attributes:
        strength: Signed for ordered parameters, in [0, 1] for categories; None if abstained.
        p: P(one as strong by chance), of this parameter alone; None if abstained.
        n_censored: Of the runs that it rests on, those that were cut short.
        p_adjusted: By Holm's method over all parameters.
        abstained_because: None, or the reason in words.
    """

    strength: Interval | None = None
    p: float | None = None
    n_censored: int = 0
    p_adjusted: float | None = None
    abstained_because: str | None = None

    @property
    def stands(self) -> bool:
        """Whether it holds among all parameters."""
        return self.p_adjusted is not None and self.p_adjusted < 1 - LEVEL


def associate(parameter: VariedParameter, runs: ImputedOutcomes) -> Association:
    """Associate one parameter with the standings of the runs that have it."""
    have = parameter.present
    n, n_censored = int(have.sum()), int(runs.censored[have].sum())
    if n < FEWEST:
        why = f"{n} of {runs.n} runs have it and a value, and fewer than {FEWEST} tell nothing"
        return Association(n_censored=n_censored, abstained_because=why)
    x = parameter.places[have]
    if len(np.unique(x)) < 2:  # noqa: PLR2004 - it has to vary
        why = f"it has one value in all {n} runs that have a value"
        return Association(n_censored=n_censored, abstained_because=why)
    standings = runs.standings[:, have]
    if not np.ptp(standings, axis=1).all():
        why = "all runs stand alike"
        return Association(n_censored=n_censored, abstained_because=why)
    # Runs that lack the parameter are no longer compared with, so ranks are taken anew.
    ranked = np.array([rankdata(imputation) for imputation in standings])
    if parameter.ordered:
        strength, p = _ordered(rankdata(x), ranked)
    else:
        n_levels = len(np.unique(x))
        if n - n_levels < FEWEST // 2:
            why = f"{n_levels} values in {n} runs"
            return Association(n_censored=n_censored, abstained_because=why)
        strength, p = _unordered(x, ranked)
    return Association(strength=strength, p=p, n_censored=n_censored)


def _ordered(x: Floats, ranked: Floats) -> tuple[Interval, float]:
    n = len(x)
    rho = np.array([rank_correlation(x, y) for y in ranked])
    z = np.arctanh(np.clip(rho, -_ALMOST_ONE, _ALMOST_ONE))
    within = float(np.mean(1 + rho**2 / 2)) / (n - 3)
    middle, half = float(z.mean()), math.sqrt(within + variance_between(z))
    p = 2 * float(ndtr(-abs(middle) / half))
    return Interval(
        estimate=math.tanh(middle),
        low=math.tanh(middle - _Z * half),
        high=math.tanh(middle + _Z * half),
        level=LEVEL,
        n=n,
    ), p


def _unordered(x: Floats, ranked: Floats) -> tuple[Interval, float]:
    n, k = len(x), len(np.unique(x))
    eta = np.array([correlation_ratio(x, y) for y in ranked])
    z = np.arctanh(np.minimum(eta, _ALMOST_ONE))
    middle = float(np.tanh(z.mean()))
    low, high = _ratio_interval(middle, n, k)
    more = _Z * math.sqrt(variance_between(z))
    at = math.atanh(min(middle, _ALMOST_ONE))
    ends = [math.atanh(min(bound, _ALMOST_ONE)) for bound in (low, high)]
    low = max(0.0, math.tanh(at - math.hypot(at - ends[0], more)))
    high = math.tanh(at + math.hypot(max(ends[1] - at, 0.0), more))
    statistic = _f(middle, n, k)
    return Interval(estimate=middle, low=low, high=high, level=LEVEL, n=n), float(
        f_distribution.sf(statistic, k - 1, n - k)
    )


def _f(eta: float, n: int, k: int) -> float:
    return eta**2 / (k - 1) / max((1 - eta**2) / (n - k), 1e-12)


def _ratio_interval(eta: float, n: int, k: int) -> tuple[float, float]:
    """The ratios for which so large, and so small, an F would be a 1 in 40 event."""
    statistic = _f(eta, n, k)
    tail = (1 - LEVEL) / 2

    def ratio(at: float) -> float:
        if float(f_distribution.cdf(statistic, k - 1, n - k)) <= at:
            return 0.0
        top = 10.0 * n
        while float(ncf.cdf(statistic, k - 1, n - k, top)) > at and top < _FARTHEST:
            top *= 4
        if top >= _FARTHEST:
            return 1.0
        shift = brentq(lambda nc: float(ncf.cdf(statistic, k - 1, n - k, nc)) - at, 0.0, top)
        return math.sqrt(shift / (shift + n))

    return min(ratio(1 - tail), eta), max(ratio(tail), eta)
