"""Whether two sets of values differ: Welch's t, permutation, Holm, bootstrap.

Welch 1947 (see `student`) needs values that are roughly normal. A permutation test (Fisher 1935)
needs only that, were there no difference, every split of the pooled values would have been as
likely; with few values it cannot answer below 2 / (number of splits), so it checks Welch's answer
where n is small and does not replace it. Holm 1979, "A simple sequentially rejective multiple test
procedure", keeps the chance of any false claim among several comparisons below 1 - level.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from wbtools.stats.spread import ROUNDING, mean
from wbtools.stats.student import LEVEL, p_below, t_interval, welch_error

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

FEW = 10
"""With fewer values on a side, normality cannot be seen and a permutation test has to agree."""
_MOST_SPLITS = 20_000
_DRAWS = 9_999
_CELLS = 2**20
_SAME = 1e-12  # of the pooled range: sums in another order differ by less


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """The mean of some values less the mean of others, in their own units.

    Attributes:
        n: Values of the first.
        n_other: Values of the second.
        difference: Of the means.
        low: Lower end of its 95 % interval by Welch's t; None where a side has fewer than two
            values, or neither has any spread.
        high: Upper end of the same.
        p: Two-sided, by Welch's t; None likewise.
        p_permutation: Two-sided, by permutation; None where a side is empty or both are large.
        n_splits: Ways to split the pooled values in two such sides; 0 where none were tried.
        is_exact: Whether every split was looked at, or 9,999 drawn ones.
        p_adjusted: `p` by Holm's method over all comparisons made together.
        p_permutation_adjusted: The same of `p_permutation`.
    """

    n: int
    n_other: int
    difference: float
    low: float | None = None
    high: float | None = None
    p: float | None = None
    p_permutation: float | None = None
    n_splits: int = 0
    is_exact: bool = False
    p_adjusted: float | None = None
    p_permutation_adjusted: float | None = None

    @property
    def shows(self) -> bool:
        """Whether the difference shows at 95 %: by Welch, and by permutation where n is small."""
        return self.shows_by_welch and (
            self.p_permutation_adjusted is None or self.p_permutation_adjusted < 1 - LEVEL
        )

    @property
    def least_p(self) -> float | None:
        """The smallest p that permutation could have given; None where it was not tried."""
        if not self.n_splits:
            return None
        # With sides of one size, the mirror image of a split is as far apart.
        return (2 if self.n == self.n_other else 1) / self.n_splits

    @property
    def shows_by_welch(self) -> bool:
        """Whether it shows if the values may be taken for normal."""
        return self.p_adjusted is not None and self.p_adjusted < 1 - LEVEL


@np.errstate(over="ignore", invalid="ignore")  # 1e308 is a value too; what overflows is unknown
def difference(first: Sequence[float], other: Sequence[float], *, seed: int = 0) -> Difference:
    """Compare two sets of at least one finite value each; p is not adjusted for other comparisons.

    Args:
        first: Values of the first.
        other: Values of the second.
        seed: Of the drawn splits, where there are too many to look at all of them.
    """
    x, y = np.asarray(first, dtype=np.float64), np.asarray(other, dtype=np.float64)
    found = _welch(x, y)
    if min(len(x), len(y)) >= FEW:
        return found
    p, n_splits, is_exact = _permuted(x, y, seed)
    return replace(found, p_permutation=p, n_splits=n_splits, is_exact=is_exact)


def together(differences: Sequence[Difference]) -> list[Difference]:
    """Adjust for the number of comparisons that are made together, by Holm's method."""
    by_welch = holm([comparison.p for comparison in differences])
    by_permutation = holm([comparison.p_permutation for comparison in differences])
    return [
        replace(comparison, p_adjusted=welch, p_permutation_adjusted=permuted)
        for comparison, welch, permuted in zip(differences, by_welch, by_permutation, strict=True)
    ]


def least_p_together(differences: Sequence[Difference]) -> float | None:
    """A p that permutation stays above, or at, after Holm's method, whatever the values are.

    Holm's smallest p is the smallest of all times their number. None where none was permuted.

    Args:
        differences: All that are made together.
    """
    least = [
        comparison.least_p
        for comparison in differences
        if comparison.p_permutation is not None and comparison.least_p is not None
    ]
    return min(1.0, len(least) * min(least)) if least else None


def holm(p_values: Sequence[float | None]) -> list[float | None]:
    """Adjust p values by Holm's step-down method; None stays None and counts as no comparison."""
    known = sorted((p, k) for k, p in enumerate(p_values) if p is not None)
    adjusted: list[float | None] = [None] * len(p_values)
    largest = 0.0
    for place, (p, k) in enumerate(known):
        largest = max(largest, min(1.0, (len(known) - place) * p))
        adjusted[k] = largest
    return adjusted


def percentile_interval(
    draws: NDArray[np.float64], level: float = LEVEL
) -> tuple[float, float] | None:
    """The middle `level` of bootstrap draws; None if any draw has no value.

    The percentile method, and not BCa: what is drawn here are best values, and the jackknife that
    BCa needs says nothing of a maximum (all but one of its values are the same).

    Args:
        draws: `[B]` the statistic of B resamples.
        level: Probability between the two ends.
    """
    if not len(draws) or not np.isfinite(draws).all():
        return None
    low, high = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def _welch(x: NDArray[np.float64], y: NDArray[np.float64]) -> Difference:
    means = float(mean(x)), float(mean(y))
    gap = 0.0 if math.isclose(*means, rel_tol=ROUNDING) else means[0] - means[1]
    found = Difference(n=len(x), n_other=len(y), difference=gap)
    if min(len(x), len(y)) < 2:  # noqa: PLR2004 - one value has no spread
        return found
    error, dof = welch_error(x, y)
    if error == 0 and gap == 0:
        return replace(found, low=0.0, high=0.0, p=1.0)
    if not math.isfinite(dof) or not math.isfinite(gap):
        return found
    low, high = t_interval(gap, error, dof)
    return replace(found, low=low, high=high, p=2 * p_below(-abs(gap) / error, dof))


def _permuted(
    x: NDArray[np.float64], y: NDArray[np.float64], seed: int
) -> tuple[float | None, int, bool]:
    """Two-sided p of the difference of means, number of splits, and whether all were looked at.

    `scipy.stats.permutation_test` gives the same p (a test compares them); to load it would add 1 s
    to `rank` and `compare`.
    """
    pooled = np.concatenate((x, y))
    n, k = len(pooled), min(len(x), len(y))
    centre, width = float(pooled.mean()), float(np.ptp(pooled))
    n_splits = math.comb(n, k)
    if not math.isfinite(width) or not math.isfinite(centre):
        return None, 0, False
    if width == 0:
        return 1.0, n_splits, True
    # With the pooled mean at 0, the difference of means is the sum of one side times a constant.
    pooled = (pooled - centre) / width
    observed = abs(float(pooled[: len(x)].sum() if k == len(x) else pooled[len(x) :].sum()))
    if n_splits <= _MOST_SPLITS:
        rows = np.array(list(combinations(range(n), k)))
        as_far = np.abs(pooled[rows].sum(axis=1)) >= observed - n * _SAME
        return float(as_far.mean()), n_splits, True
    rng, as_far_drawn, left = np.random.default_rng(seed), 0, _DRAWS
    while left:
        n_now = min(left, max(1, _CELLS // n))
        rows = np.argpartition(rng.random((n_now, n)), k, axis=1)[:, :k]
        as_far_drawn += int((np.abs(pooled[rows].sum(axis=1)) >= observed - n * _SAME).sum())
        left -= n_now
    return (as_far_drawn + 1) / (_DRAWS + 1), n_splits, False
