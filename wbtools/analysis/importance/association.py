"""How far one parameter alone goes with a run's standing.

Of categories the correlation ratio of the standings, the square root of Kruskal and Wallis's H over
n - 1, which has no sign. Of ordered parameters two measures are taken: Spearman's rank correlation,
where positive means that more of it does better, whatever the metric's goal; and the correlation
ratio of its values where they are few, else of parts of it with even numbers of runs, since a
parameter whose best value lies in the middle neither rises nor falls with the result. As two were
tried, p is twice the smaller one (Bonferroni). The rank correlation is given where its own p is the
smaller one, or below .05 while its square is nearly that of the ratio; else the ratio.

Where nothing tells what stopped runs would have become, the interval reaches from the low end at
the completion that goes least with the parameter to the high end at the one that goes most, so that
it holds whatever they would have become. The estimate is then Gehan's, which takes it that stopping
tells nothing.

Intervals: Fisher's z with the variance of Bonett and Wright (2000, "Sample Size Requirements for
Estimating Pearson, Kendall and Spearman Correlations"), (1 + r²/2) / (n - 3); for the correlation
ratio the noncentral F distribution (Steiger 2004, "Beyond the F Test"). Imputations are pooled by
Rubin's rules on the scale of z, p of the correlation ratio by that of Li and others (`pooled_f_p`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from enum import StrEnum
from statistics import NormalDist
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr
from scipy.stats import f as f_distribution
from scipy.stats import rankdata

from wbtools.analysis.importance.completions import Completions
from wbtools.model.interval import Interval
from wbtools.stats.correlation import (
    ALMOST_ONE,
    correlation_ratio,
    fisher_z,
    rank_correlation,
)
from wbtools.stats.imputation import pooled_f_p, variance_between
from wbtools.stats.noncentral_f import noncentral_f_cdf
from wbtools.stats.student import LEVEL
from wbtools.text.brief import brief_repr

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wbtools.analysis.importance.imputed_outcomes import Floats, ImputedOutcomes
    from wbtools.analysis.importance.parameters import VariedParameter

FEWEST: Final = 8
"""Runs with a value beneath which no correlation is given: its interval would say anything."""
_MOST_LISTED: Final = 6
"""So few different values are groups of their own; more are taken together."""
_FEWEST_A_GROUP: Final = 6
_N_GROUPS: Final = (3, 5)
"""Parts of a range, at least and at most."""
_MOST_OF_IT: Final = 0.75
_Z: Final = NormalDist().inv_cdf((1 + LEVEL) / 2)
_FARTHEST: Final = 1e7  # a noncentrality at which the groups do not overlap at all


class Measure(StrEnum):
    """What the strength of an association is."""

    RANK_CORRELATION = "rank correlation"
    CORRELATION_RATIO = "correlation ratio"


@dataclass(frozen=True, slots=True, kw_only=True)
class Association:
    """One parameter against the standings.

    Attributes:
        measure: What `strength` is; None if abstained.
        strength: A rank correlation has a sign, a correlation ratio lies in [0, 1]; None if
            abstained.
        p: P(one as strong by chance), of this parameter alone, and the largest over all that
            stopped runs would have become; of an ordered parameter that was measured in two ways
            twice the smaller one. None if abstained.
        n_censored: Of the runs that it rests on, those that were cut short.
        n_bounds: Of these, those of which nothing tells what they would have become.
        bounds: The least and the greatest strength over all that these would have become, chance
            left aside; None where there are none. Of three categories or more they may lie further
            apart than any completion reaches.
        p_adjusted: By Holm's method over all parameters.
        abstained_because: None, or the reason in words.
    """

    __repr__ = brief_repr

    measure: Measure | None = None
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

    @property
    def order(self) -> tuple[float, float]:
        """What sorts the least likely by chance first, and of equally likely ones the strongest."""
        strength = 0.0 if self.strength is None else abs(self.strength.estimate)
        return 1.0 if self.p is None else self.p, -strength


def associate(parameter: VariedParameter, runs: ImputedOutcomes) -> Association:
    """Associate one parameter with the standings of the runs that have it."""
    tried = measure_each(parameter, runs)
    smallest = min(map(_chance, tried))
    telling = _telling(tried)
    return telling if telling.p is None else replace(telling, p=min(1.0, len(tried) * smallest))


def measure_each(parameter: VariedParameter, runs: ImputedOutcomes) -> list[Association]:
    """One parameter's association by each measure that it allows, the rank correlation first.

    Returns:
        Each with a p of its own; of a parameter of which nothing can be said the one that says why.
    """
    have = parameter.present
    counted = Association(
        n_censored=int(runs.censored[have].sum()), n_bounds=int(runs.bounds[have].sum())
    )
    x, standings = parameter.places[have], runs.standings[:, have]
    why = _refusal(parameter, x, runs.n) or (
        None if np.ptp(standings, axis=1).all() else _alike(counted, len(x))
    )
    if why is not None:
        return [replace(counted, abstained_because=why)]
    # Runs that lack the parameter are no longer compared with, so ranks are taken anew.
    ranked = np.array([rankdata(imputation) for imputation in standings])
    completions = Completions(values=-runs.middle[have], free=runs.bounds[have])
    return [
        _measured(found, counted, completions)
        for found in _measures(x, ranked, ordered=parameter.ordered)
    ]


def _measures(x: Floats, ranked: Floats, *, ordered: bool) -> list[_Ordered | _Unordered]:
    """The measures that a parameter allows; the rank correlation first.

    Args:
        x: `[n]` places.
        ranked: `[M, n]` ranks of the standings.
        ordered: Whether more and less mean something.
    """
    if not ordered:
        return [_Unordered(x, ranked)]
    groups = _groups(x)
    # Of two groups the ratio says what the correlation says.
    n_groups = len(np.unique(groups))
    ratio = [_Unordered(groups, ranked)] if n_groups >= 3 else []  # noqa: PLR2004 - see above
    return [_Ordered(x, ranked), *ratio]


def _chance(association: Association) -> float:
    return 1.0 if association.p is None else association.p


def _telling(tried: Sequence[Association]) -> Association:
    """The measure to give: the less likely one, but one with a sign if it says most of it too."""
    first, least = tried[0], min(tried, key=_chance)
    if first.strength is None or least.strength is None or _chance(first) >= 1 - LEVEL:
        return least
    most = _MOST_OF_IT * least.strength.estimate**2
    return first if first.strength.estimate**2 >= most else least


def _groups(x: Floats) -> Floats:
    """`[n]` which runs have like values of a number: the same one of a few, else a like rank."""
    n, n_levels = len(x), len(np.unique(x))
    if n_levels <= _MOST_LISTED and n - n_levels >= FEWEST // 2:
        return x
    n_groups = int(np.clip(n // _FEWEST_A_GROUP, *_N_GROUPS))
    # Equal values have one rank, and so stay together.
    return np.asarray(np.floor((rankdata(x) - 0.5) / n * n_groups))


def _measured(
    found: _Ordered | _Unordered, counted: Association, completions: Completions
) -> Association:
    """One measure, whatever stopped runs would have become."""
    counted = replace(counted, measure=found.measure)
    if not counted.n_bounds:
        return replace(counted, strength=found.interval(found.middle), p=found.p(found.middle))
    ends = found.ends(completions)
    low, high = min(*ends, found.middle), max(*ends, found.middle)
    return replace(
        counted,
        strength=Interval(
            estimate=found.middle,
            low=found.interval(low).low,
            high=found.interval(high).high,
            level=LEVEL,
            n=len(completions.values),
        ),
        p=1.0 if low <= 0 <= high else max(found.p(low), found.p(high)),
        bounds=(low, high),
    )


def _refusal(parameter: VariedParameter, x: Floats, n_runs: int) -> str | None:
    """Why runs with these values of a parameter say nothing of it."""
    n, n_levels = len(x), len(np.unique(x))
    if n < FEWEST:
        return f"{n} of {n_runs} runs have it and a value, and a correlation needs {FEWEST}"
    if n_levels < 2:  # noqa: PLR2004 - it has to vary
        return f"it has one value in all {n} runs that have a value"
    if not parameter.ordered and n - n_levels < FEWEST // 2:
        return f"{n_levels} different values in {n} runs"
    return None


def _alike(counted: Association, n: int) -> str:
    if counted.n_bounds == n:
        return f"all {n} runs were cut short, and what they would have reached is unknown"
    return "all runs have the same value"


class _Ordered:
    """Spearman's rank correlation."""

    measure = Measure.RANK_CORRELATION

    def __init__(self, x: Floats, ranked: Floats) -> None:
        """Take `[n]` places and `[M, n]` ranks of the standings."""
        self._x, self._n = rankdata(x), len(x)
        z = np.arctanh(np.clip([self._rho(y) for y in ranked], -ALMOST_ONE, ALMOST_ONE))
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

    def interval(self, rho: float) -> Interval:
        """That of chance and of what projections leave open."""
        z, error = fisher_z(rho, self._n, self._between)
        return Interval(
            estimate=rho,
            low=math.tanh(z - _Z * error),
            high=math.tanh(z + _Z * error),
            level=LEVEL,
            n=self._n,
        )

    def p(self, rho: float) -> float:
        """How often chance is as strong."""
        z, error = fisher_z(rho, self._n, self._between)
        return 2 * float(ndtr(-abs(z) / error))


class _Unordered:
    """The correlation ratio."""

    measure = Measure.CORRELATION_RATIO

    def __init__(self, x: Floats, ranked: Floats) -> None:
        """Take `[n]` categories, or groups of numbers, and `[M, n]` ranks of the standings."""
        self._groups = np.unique(x, return_inverse=True)[1]
        self._n, self._k = len(x), int(self._groups.max()) + 1
        ratios = np.minimum([self._eta(y) for y in ranked], ALMOST_ONE)
        z = np.arctanh(ratios)
        self._between = variance_between(z)
        self._chi_squares = np.array([(self._k - 1) * _f(eta, self._n, self._k) for eta in ratios])
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
        at, low, high = (math.atanh(min(end, ALMOST_ONE)) for end in (eta, *ends))
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
        return pooled_f_p(
            _f(eta, self._n, self._k), self._k - 1, self._n - self._k, self._chi_squares
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
