"""Shares of few runs: their interval, and whether they are larger than they would be by chance."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from wbtools.stats.student import LEVEL

if TYPE_CHECKING:
    from numpy.typing import NDArray


def share_interval(k: float, n: float, *, level: float = LEVEL) -> tuple[float, float]:
    """The 95 % interval of a share of k in n, n above 0; another one if `level` says so.

    Wilson 1927, "Probable inference, the law of succession, and statistical inference".
    """
    z = _normal_at((1 + level) / 2)
    share, weight = k / n, z * z / n
    middle = (share + weight / 2) / (1 + weight)
    half = z / (1 + weight) * math.sqrt(share * (1 - share) / n + weight / (4 * n))
    return max(0.0, middle - half), min(1.0, middle + half)


def p_as_many(k: int, n: int, expected: float) -> float:
    """How likely k or more of n are, if each is as likely as expected: the binomial test."""
    from scipy.special import betainc  # noqa: PLC0415 - half a second that most commands spare

    return 1.0 if k <= 0 else float(betainc(k, n - k + 1, expected))


def p_gathered(
    k: NDArray[np.int64], n: NDArray[np.int64], k_all: int, n_all: int
) -> NDArray[np.float64]:
    """How likely each group holds so many of all cases or more: Fisher's exact test, one-sided.

    Args:
        k: `int64 [G]` cases of a group.
        n: `int64 [G]` members of a group.
        k_all: Cases altogether.
        n_all: Members altogether.
    """
    from scipy.stats import hypergeom  # noqa: PLC0415 - a second that only the doctor needs

    return np.asarray(hypergeom.sf(k - 1, n_all, k_all, n), dtype=np.float64)


def _normal_at(p: float) -> float:
    from scipy.special import ndtri  # noqa: PLC0415 - as above

    return float(ndtri(p))
