"""Where runs fail, where the best ones pile up at a bound, and which parameters moved together."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.stats import contingency, rankdata

from wbtools.analysis.importance.bins import parts
from wbtools.analysis.importance.estimates import share
from wbtools.stats.correlation import correlation_ratio, rank_correlation
from wbtools.stats.differences import holm
from wbtools.stats.proportions import binomial_p, fisher_p
from wbtools.stats.student import LEVEL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from wbtools.analysis.importance.imputed_outcomes import ImputedOutcomes
    from wbtools.analysis.importance.parameters import VariedParameter
    from wbtools.model.interval import Interval

FEWEST_FOR_EDGES: Final = 20
"""Runs with a value beneath which nobody can say that the best ones pile up anywhere."""
_EDGE: Final = 0.1
_TOP_SHARE: Final = 0.1
_FEWEST_TOP: Final = 4
_FEWEST_LEVELS: Final = 3
_FEWEST_TOGETHER: Final = 8
_ALIKE: Final = 0.7
_MOST_COMPARED: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureRegion:
    """A part of a parameter's values where clearly more runs fail than elsewhere.

    Attributes:
        part: Its place in the parameter's bins.
        inside: Share that failed there.
        n_inside: How many failed there.
        outside: Share that failed elsewhere.
        n_outside: How many failed elsewhere.
        p_adjusted: Fisher's exact test, by Holm's method over all parts of all parameters.
    """

    name: str
    part: int
    inside: Interval
    n_inside: int
    outside: Interval
    n_outside: int
    p_adjusted: float


@dataclass(frozen=True, slots=True, kw_only=True)
class BoundaryOptimum:
    """The best runs pile up at one end of what was searched, which may not be passable.

    Attributes:
        upper: At the upper end.
        known: Whether the end is a bound of the sweep file's, not merely the last value tried.
        value: The end.
        n_top: The best runs that were looked at.
        n_top_there: How many of them lie within the last tenth of the range, or at the last listed
            value.
        top: That as a share.
        n_there: How many of all runs lie there.
        every: That as a share.
        expected: What even sampling would give.
        p_adjusted: Binomial test, by Holm's method over all ends of all parameters.
    """

    name: str
    upper: bool
    known: bool
    value: float
    n_top: int
    n_top_there: int
    top: Interval
    n_there: int
    every: Interval
    expected: float
    p_adjusted: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrelatedParameters:
    """Two parameters that moved together, so that one may get what the other deserves.

    Attributes:
        strength: Rank correlation; of categories the correlation ratio or Cramér's V.
        n: Runs that have both.
    """

    names: tuple[str, str]
    strength: float
    n: int


def failure_regions(
    parameters: Sequence[VariedParameter], failed: NDArray[np.bool_]
) -> tuple[FailureRegion, ...]:
    """Find the parts in which clearly more runs fail than elsewhere.

    Args:
        parameters: Of all runs.
        failed: `[N]` those that diverged, crashed or failed.
    """
    if not failed.any() or failed.all():
        return ()
    tested: list[tuple[str, int, NDArray[np.bool_], float]] = []
    for parameter in parameters:
        for k, part in enumerate(parts(parameter)):
            inside = part.holds(parameter.places)
            if inside.any() and not inside.all():
                tested.append((parameter.name, k, inside, _more_inside(failed, inside)))
    found = []
    adjusted = holm([p for *_, p in tested])
    for (name, k, inside, _), p in zip(tested, adjusted, strict=True):
        share_inside = share(int(failed[inside].sum()), int(inside.sum()))
        share_outside = share(int(failed[~inside].sum()), int((~inside).sum()))
        if (
            share_inside is not None
            and share_outside is not None
            and p is not None
            and p < 1 - LEVEL
        ):
            found.append(
                FailureRegion(
                    name=name,
                    part=k,
                    inside=share_inside,
                    n_inside=int(failed[inside].sum()),
                    outside=share_outside,
                    n_outside=int(failed[~inside].sum()),
                    p_adjusted=p,
                )
            )
    return tuple(sorted(found, key=lambda region: region.p_adjusted))


def _more_inside(failed: NDArray[np.bool_], inside: NDArray[np.bool_]) -> float:
    n_failed_inside, n_inside = int(failed[inside].sum()), int(inside.sum())
    return fisher_p(n_failed_inside, n_inside, int(failed.sum()), len(failed))


def boundary_optima(
    parameters: Sequence[VariedParameter], runs: ImputedOutcomes
) -> tuple[BoundaryOptimum, ...]:
    """Find the ends at which the best runs pile up.

    Args:
        parameters: Of the cohort's runs.
        runs: The runs with a value.
    """
    if runs.n < FEWEST_FOR_EDGES:
        return ()
    n_top = max(_FEWEST_TOP, math.ceil(_TOP_SHARE * runs.n))
    middle = runs.standings.mean(axis=0)
    top = middle >= np.sort(middle)[-n_top]
    if top.sum() > 2 * n_top:
        return ()  # so many share their place that none of them is the best
    tested: list[BoundaryOptimum] = []
    for parameter in parameters:
        if not parameter.ordered or (parameter.levels and len(parameter.levels) < _FEWEST_LEVELS):
            continue
        tested += [
            edge
            for upper in (False, True)
            if (edge := _edge(parameter, top, upper=upper)) is not None
        ]
    adjusted = [
        replace(optimum, p_adjusted=p)
        for optimum, p in zip(tested, holm([optimum.p_adjusted for optimum in tested]), strict=True)
        if p is not None
    ]
    return tuple(
        optimum
        for optimum in adjusted
        if optimum.p_adjusted < 1 - LEVEL and optimum.top.estimate >= optimum.every.estimate
    )


def _edge(
    parameter: VariedParameter, top: NDArray[np.bool_], *, upper: bool
) -> BoundaryOptimum | None:
    have = parameter.present
    if parameter.levels:
        expected, zone = 1 / len(parameter.levels), 0.0
    else:
        expected, zone = _EDGE, _EDGE
        if parameter.whole:
            width = parameter.value(1.0) - parameter.value(0.0)
            expected = (math.floor(zone * width) + 1) / (width + 1)
    part = parameter.places[have]
    at_end = part >= 1 - zone if upper else part <= zone
    n_top, n_top_there = int(top[have].sum()), int((at_end & top[have]).sum())
    n_there = int(at_end.sum())
    of_top, of_all = share(n_top_there, n_top), share(n_there, len(part))
    if of_top is None or of_all is None or n_top < _FEWEST_TOP:
        return None
    return BoundaryOptimum(
        name=parameter.name,
        upper=upper,
        known=bool(getattr(parameter.axis, "known", True)),
        value=parameter.value(float(upper)),
        n_top=n_top,
        n_top_there=n_top_there,
        top=of_top,
        n_there=n_there,
        every=of_all,
        expected=expected,
        p_adjusted=binomial_p(n_top_there, n_top, expected),
    )


def correlated_parameters(
    parameters: Sequence[VariedParameter],
) -> tuple[CorrelatedParameters, ...]:
    """Find the parameters that moved together, the strongest first.

    Args:
        parameters: Of the cohort's runs; of very many, the first ones.
    """
    found = []
    for left, right in combinations(parameters[:_MOST_COMPARED], 2):
        both = left.present & right.present
        n = int(both.sum())
        if n < _FEWEST_TOGETHER:
            continue
        strength = _together(left, right, both)
        if abs(strength) >= _ALIKE:
            found.append(
                CorrelatedParameters(names=(left.name, right.name), strength=strength, n=n)
            )
    return tuple(sorted(found, key=lambda pair: (-abs(pair.strength), pair.names)))


def _together(left: VariedParameter, right: VariedParameter, both: NDArray[np.bool_]) -> float:
    x, y = left.places[both], right.places[both]
    if left.ordered and right.ordered:
        return rank_correlation(rankdata(x), rankdata(y))
    if not left.ordered and not right.ordered:
        _, rows = np.unique(x, return_inverse=True)
        _, columns = np.unique(y, return_inverse=True)
        if not rows.any() or not columns.any():
            return 0.0
        table = np.zeros((rows.max() + 1, columns.max() + 1), dtype=np.int64)
        np.add.at(table, (rows, columns), 1)
        return float(contingency.association(table, method="cramer"))
    groups, ordered = (y, x) if left.ordered else (x, y)
    return correlation_ratio(groups, rankdata(ordered))
