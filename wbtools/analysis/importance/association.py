"""How far one parameter alone goes with a run's standing.

Of ordered parameters Spearman's rank correlation: positive means that more of it does better,
whatever the metric's goal. Of categories the correlation ratio of the standings, the square root of
Kruskal and Wallis's H over n - 1, which has no sign.

Where nothing tells what stopped runs would have become, the interval reaches from the low end at
the completion that goes least with the parameter to the high end at the one that goes most, so that
it holds whatever they would have become. The estimate is then Gehan's, which takes it that stopping
tells nothing.

Intervals: Fisher's z with the variance of Bonett and Wright (2000, "Sample Size Requirements for
Estimating Pearson, Kendall and Spearman Correlations"), (1 + r²/2) / (n - 3); for the correlation
ratio the noncentral F distribution (Steiger 2004, "Beyond the F Test"). Imputations are pooled by
Rubin's rules on the scale of z.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from statistics import NormalDist
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr
from scipy.stats import f as f_distribution
from scipy.stats import rankdata

from wbtools.analysis.importance.completions import Completions
from wbtools.model.interval import Interval
from wbtools.stats.correlation import correlation_ratio, rank_correlation
from wbtools.stats.imputation import variance_between
from wbtools.stats.noncentral_f import noncentral_f_cdf
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
        p: P(one as strong by chance), of this parameter alone, and the largest over all that
            stopped runs would have become; None if abstained.
        n_censored: Of the runs that it rests on, those that were cut short.
        n_bounds: Of these, those of which nothing tells what they would have become.
        bounds: The least and the greatest strength over all that these would have become, chance
            left aside; None where there are none. Of three categories or more they may lie further
            apart than any completion reaches.
        p_adjusted: By Holm's method over all parameters.
        abstained_because: None, or the reason in words.
    """

    strength: Interval | None = None
    p: float | None = None
    n_censored: int = 0
    n_bounds: int = 0
    bounds: tuple[float, float] | None = None
    p_adjusted: float | None = None
    abstained_because: str | None = None

    @property
    def stands(self) -> bool:
        """Whether it holds among all parameters."""
        return self.p_adjusted is not None and self.p_adjusted < 1 - LEVEL


def associate(parameter: VariedParameter, runs: ImputedOutcomes) -> Association:
    """Associate one parameter with the standings of the runs that have it."""
    have = parameter.present
    counted = Association(
        n_censored=int(runs.censored[have].sum()), n_bounds=int(runs.bounds[have].sum())
    )
    x, standings = parameter.places[have], runs.standings[:, have]
    why = _refusal(parameter, x, runs.n) or (
        None if np.ptp(standings, axis=1).all() else _alike(counted, len(x))
    )
    if why is not None:
        return replace(counted, abstained_because=why)
    # Runs that lack the parameter are no longer compared with, so ranks are taken anew.
    ranked = np.array([rankdata(imputation) for imputation in standings])
    found = (_Ordered if parameter.ordered else _Unordered)(x, ranked)
    if not counted.n_bounds:
        return replace(counted, strength=found.interval(found.middle), p=found.p(found.middle))
    ends = found.ends(Completions(values=-runs.middle[have], free=runs.bounds[have]))
    low, high = min(*ends, found.middle), max(*ends, found.middle)
    return replace(
        counted,
        strength=Interval(
            estimate=found.middle,
            low=found.interval(low).low,
            high=found.interval(high).high,
            level=LEVEL,
            n=len(x),
        ),
        p=1.0 if low <= 0 <= high else max(found.p(low), found.p(high)),
        bounds=(low, high),
    )


def _refusal(parameter: VariedParameter, x: Floats, n_runs: int) -> str | None:
    """Why runs with these values of a parameter say nothing of it."""
    n, n_levels = len(x), len(np.unique(x))
    if n < FEWEST:
        return f"{n} of {n_runs} runs have it and a value, and fewer than {FEWEST} tell nothing"
    if n_levels < 2:  # noqa: PLR2004 - it has to vary
        return f"it has one value in all {n} runs that have a value"
    if not parameter.ordered and n - n_levels < FEWEST // 2:
        return f"{n_levels} values in {n} runs"
    return None


def _alike(counted: Association, n: int) -> str:
    if counted.n_bounds == n:
        return f"all {n} runs were cut short, and nothing tells what they would have become"
    return "all runs stand alike"


class _Ordered:
    """Spearman's rank correlation."""

    def __init__(self, x: Floats, ranked: Floats) -> None:
        """Take `[n]` places and `[M, n]` ranks of the standings."""
        self._x, self._n = rankdata(x), len(x)
        z = np.arctanh(np.clip([self._rho(y) for y in ranked], -_ALMOST_ONE, _ALMOST_ONE))
        self._between = variance_between(z)
        self.middle = math.tanh(float(z.mean()))

    def _rho(self, ranks: Floats) -> float:
        return rank_correlation(self._x, ranks)

    def ends(self, completions: Completions) -> tuple[float, ...]:
        """The least and the greatest, and that at face value."""
        return (
            self._rho(completions.furthest(-self._x)),
            self._rho(completions.furthest(self._x)),
            self._rho(rankdata(completions.values)),
        )

    def _z(self, rho: float) -> tuple[float, float]:
        within = (1 + rho**2 / 2) / (self._n - 3)
        z = math.atanh(min(max(rho, -_ALMOST_ONE), _ALMOST_ONE))
        return z, math.sqrt(within + self._between)

    def interval(self, rho: float) -> Interval:
        """That of chance and of what projections leave open."""
        z, error = self._z(rho)
        return Interval(
            estimate=rho,
            low=math.tanh(z - _Z * error),
            high=math.tanh(z + _Z * error),
            level=LEVEL,
            n=self._n,
        )

    def p(self, rho: float) -> float:
        """How often chance is as strong."""
        z, error = self._z(rho)
        return 2 * float(ndtr(-abs(z) / error))


class _Unordered:
    """The correlation ratio."""

    def __init__(self, x: Floats, ranked: Floats) -> None:
        """Take `[n]` categories and `[M, n]` ranks of the standings."""
        self._groups = np.unique(x, return_inverse=True)[1]
        self._n, self._k = len(x), int(self._groups.max()) + 1
        z = np.arctanh(np.minimum([self._eta(y) for y in ranked], _ALMOST_ONE))
        self._between = variance_between(z)
        self.middle = float(np.tanh(z.mean()))

    def _eta(self, ranks: Floats) -> float:
        return correlation_ratio(self._groups, ranks)

    def ends(self, completions: Completions) -> tuple[float, ...]:
        """The least and the greatest, and that at face value."""
        return (
            completions.least_ratio(self._groups),
            completions.most_ratio(self._groups),
            self._eta(rankdata(completions.values)),
        )

    def interval(self, eta: float) -> Interval:
        """That of chance and of what projections leave open."""
        ends = _ratio_interval(eta, self._n, self._k)
        at, low, high = (math.atanh(min(end, _ALMOST_ONE)) for end in (eta, *ends))
        more = _Z * math.sqrt(self._between)
        return Interval(
            estimate=eta,
            low=max(0.0, math.tanh(at - math.hypot(at - low, more))),
            high=math.tanh(at + math.hypot(max(high - at, 0.0), more)),
            level=LEVEL,
            n=self._n,
        )

    def p(self, eta: float) -> float:
        """How often chance is as strong."""
        statistic = _f(eta, self._n, self._k)
        return float(f_distribution.sf(statistic, self._k - 1, self._n - self._k))


def _f(eta: float, n: int, k: int) -> float:
    return eta**2 / (k - 1) / max((1 - eta**2) / (n - k), 1e-12)


def _ratio_interval(eta: float, n: int, k: int) -> tuple[float, float]:
    """The ratios for which so large, and so small, an F would be a 1 in 40 event."""
    statistic = _f(eta, n, k)
    tail = (1 - LEVEL) / 2

    def ratio(at: float) -> float:
        if float(f_distribution.cdf(statistic, k - 1, n - k)) <= at:
            return 0.0
        top = 10.0 + 2 * n * eta**2 / max(1 - eta**2, 1e-12)
        while top < _FARTHEST and noncentral_f_cdf(statistic, k - 1, n - k, top) > at:
            top *= 4
        if top >= _FARTHEST:
            return 1.0
        shift = brentq(
            lambda shift: noncentral_f_cdf(statistic, k - 1, n - k, shift) - at,
            0.0,
            top,
            xtol=1e-6,
            rtol=1e-6,
        )
        return math.sqrt(shift / (shift + n))

    return min(ratio(1 - tail), eta), max(ratio(tail), eta)
