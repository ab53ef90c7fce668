"""Whether a configuration really differs from the first one: Welch, Holm, exact permutation.

Welch 1947, "The generalization of Student's problem when several different population variances are
involved", with Satterthwaite's degrees of freedom; Holm 1979, "A simple sequentially rejective
multiple test procedure"; Fisher 1935, "The Design of Experiments", for the permutation test. All p
are two-sided. The first configuration was chosen by the very values that are compared, which
flatters its lead; no test here corrects for that.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

ALPHA: Final = 0.05
"""The level at which a difference is called one, after Holm's correction."""
_LEVEL: Final = 0.95
_MOST_SPLITS: Final = 1000
_ROUNDING: Final = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Mean of one set of values minus that of another, metric's own units.

    Attributes:
        low: Lower end of Welch's 95 % interval; None without two values and some spread.
        high: Upper end of the same.
        p: Welch's; None likewise.
        p_permutation: Share of all ways to split the values in two of these sizes whose means
            differ at least as much; None where a side has one value, or beyond 1,000 splits.
        p_least: The smallest that this share could have become with so few values.
    """

    difference: float
    n: int
    n_other: int
    low: float | None = None
    high: float | None = None
    p: float | None = None
    p_permutation: float | None = None
    p_least: float | None = None


def difference(own: Sequence[float], other: Sequence[float]) -> Difference:
    """Compare two sets of values, one or more each."""
    x, y = np.asarray(own, dtype=np.float64), np.asarray(other, dtype=np.float64)
    gap = float(x.mean() - y.mean())
    if min(len(x), len(y)) < 2:  # noqa: PLR2004 - one value has no spread
        return Difference(difference=gap, n=len(x), n_other=len(y))
    p_permutation, p_least = permutation(x, y)
    known = Difference(
        difference=gap,
        n=len(x),
        n_other=len(y),
        p_permutation=p_permutation,
        p_least=p_least,
    )
    a, b = float(x.var(ddof=1)) / len(x), float(y.var(ddof=1)) / len(y)
    parts = a**2 / (len(x) - 1) + b**2 / (len(y) - 1)
    if not parts > 0 or not math.isfinite(parts):
        return known
    from scipy.special import stdtr, stdtrit  # noqa: PLC0415 - as in wbtools.analysis.student

    error, dof = math.sqrt(a + b), (a + b) ** 2 / parts
    half = float(stdtrit(dof, (1 + _LEVEL) / 2)) * error
    return Difference(
        difference=gap,
        n=len(x),
        n_other=len(y),
        low=gap - half,
        high=gap + half,
        p=2 * float(stdtr(dof, -abs(gap) / error)),
        p_permutation=p_permutation,
        p_least=p_least,
    )


def permutation(
    x: NDArray[np.float64], y: NDArray[np.float64]
) -> tuple[float | None, float | None]:
    """The exact permutation test of the difference of means: p, and the least it can be."""
    if math.comb(len(x) + len(y), len(x)) > _MOST_SPLITS:
        return None, None
    splits = _splits(len(x), len(y))
    both = np.concatenate([x, y])
    own = both[splits].sum(axis=1)
    gaps = np.abs(own / len(x) - (both.sum() - own) / len(y))
    # The observed split is the first; sums in another order may differ in their last bits.
    least = gaps[0] - _ROUNDING * float(np.abs(both).max())
    n_least = 2 if len(x) == len(y) else 1
    return float((gaps >= least).mean()), n_least / len(splits)


@lru_cache(maxsize=64)
def _splits(n: int, n_other: int) -> NDArray[np.int64]:
    """`[K, n]` all ways to choose n of both, the first n at first."""
    return np.array(list(itertools.combinations(range(n + n_other), n)), dtype=np.int64)


def holm(p: Sequence[float | None]) -> list[float | None]:
    """Adjust p for so many comparisons; those without a p are none.

    The k-th smallest of m is multiplied by m - k + 1, never falls below the one before, never
    exceeds 1.
    """
    known = sorted((one, place) for place, one in enumerate(p) if one is not None)
    adjusted: list[float | None] = [None] * len(p)
    largest = 0.0
    for k, (one, place) in enumerate(known):
        largest = max(largest, min(1.0, (len(known) - k) * one))
        adjusted[place] = largest
    return adjusted
