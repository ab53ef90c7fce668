"""Where runs fail or are stopped, and which parameters moved together."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.stats import contingency, rankdata

from wbtools.analysis.importance.bins import parts
from wbtools.analysis.importance.estimates import share
from wbtools.stats.correlation import correlation_ratio, rank_correlation
from wbtools.stats.differences import holm
from wbtools.stats.proportions import fisher_p
from wbtools.stats.student import LEVEL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from wbtools.analysis.importance.parameters import VariedParameter
    from wbtools.model.interval import Interval

_FEWEST_TOGETHER: Final = 8
_ALIKE: Final = 0.7
_MOST_COMPARED: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeRegion:
    """A part of a parameter's values where clearly more runs fail, or are stopped, than elsewhere.

    Attributes:
        part: Its place in the parameter's bins.
        inside: Share of the runs there to which it happened.
        n_inside: To how many.
        outside: Share of those elsewhere.
        n_outside: To how many.
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
class CorrelatedParameters:
    """Two parameters that moved together, so that one may get what the other deserves.

    Attributes:
        strength: Rank correlation; of categories the correlation ratio or Cramér's V.
        n: Runs that have both.
    """

    names: tuple[str, str]
    strength: float
    n: int


def outcome_regions(
    parameters: Sequence[VariedParameter], happened: NDArray[np.bool_]
) -> tuple[OutcomeRegion, ...]:
    """Find the parts in which something happens to clearly more runs than elsewhere.

    Args:
        parameters: Of N runs.
        happened: `[N]` to which of these.
    """
    if not happened.any() or happened.all():
        return ()
    tested: list[tuple[str, int, NDArray[np.bool_], float]] = []
    for parameter in parameters:
        for k, part in enumerate(parts(parameter)):
            inside = part.holds(parameter.places)
            if inside.any() and not inside.all():
                tested.append((parameter.name, k, inside, _more_inside(happened, inside)))
    found = []
    adjusted = holm([p for *_, p in tested])
    for (name, k, inside, _), p in zip(tested, adjusted, strict=True):
        share_inside = share(int(happened[inside].sum()), int(inside.sum()))
        share_outside = share(int(happened[~inside].sum()), int((~inside).sum()))
        if (
            share_inside is not None
            and share_outside is not None
            and p is not None
            and p < 1 - LEVEL
        ):
            found.append(
                OutcomeRegion(
                    name=name,
                    part=k,
                    inside=share_inside,
                    n_inside=int(happened[inside].sum()),
                    outside=share_outside,
                    n_outside=int(happened[~inside].sum()),
                    p_adjusted=p,
                )
            )
    return tuple(sorted(found, key=lambda region: region.p_adjusted))


def _more_inside(happened: NDArray[np.bool_], inside: NDArray[np.bool_]) -> float:
    n_happened, n_inside = int(happened[inside].sum()), int(inside.sum())
    return fisher_p(n_happened, n_inside, int(happened.sum()), len(happened))


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
