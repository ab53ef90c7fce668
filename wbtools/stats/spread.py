"""The spread of results over a sweep's runs, and what it is without outliers.

Whatever shows a mean and its scatter takes them from here: the mean of equal values is that value,
and their scatter is 0. Sums of floats say 0.10000000000000002 and 2.9e-17.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

ROUNDING = 1e-15
"""By what part of themselves equal numbers may differ that were worked out in different ways."""
_FEWEST_FOR_OUTLIERS = 5
CUT_OFF = 3.5
"""Modified z-scores beyond this are those of outliers (Iglewicz and Hoaglin 1993)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """Mean and standard deviation (n - 1) of the runs' best values, metric's own units.

    Attributes:
        n: Runs with a value.
        mean: None if there is none.
        sd: None for fewer than two.
        outliers: Run ids left out in the numbers below.
        mean_without: Mean without them; None if there are none.
        sd_without: Standard deviation without them.
    """

    n: int
    mean: float | None
    sd: float | None
    outliers: tuple[str, ...] = ()
    mean_without: float | None = None
    sd_without: float | None = None


def spread(run_ids: Sequence[str], values: NDArray[np.float64]) -> Spread:
    """Sum up the values.

    A value is an outlier if its modified z-score, 0.6745 (x - median) / MAD, lies beyond 3.5
    (Iglewicz and Hoaglin 1993, "How to Detect and Handle Outliers").

    Args:
        run_ids: N ids.
        values: `[N]`, NaN where a run has none.
    """
    known = np.flatnonzero(np.isfinite(values))
    x = values[known]
    average, scatter = _mean_sd(x)
    if len(x) < _FEWEST_FOR_OUTLIERS:
        return Spread(n=len(x), mean=average, sd=scatter)
    scores = modified_z_scores(x)
    far = np.zeros(len(x), dtype=bool) if scores is None else np.abs(scores) > CUT_OFF
    if not far.any():
        return Spread(n=len(x), mean=average, sd=scatter)
    mean_without, sd_without = _mean_sd(x[~far])
    return Spread(
        n=len(x),
        mean=average,
        sd=scatter,
        outliers=tuple(run_ids[row] for row in known[far]),
        mean_without=mean_without,
        sd_without=sd_without,
    )


@np.errstate(over="ignore", invalid="ignore")  # 1e308 is a value too
def modified_z_scores(x: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """`[N]` 0.6745 (x - median) / MAD (Iglewicz and Hoaglin 1993); None where the MAD is 0.

    Args:
        x: `[N]` finite values.
    """
    deviation = x - np.median(x)
    mad = float(np.median(np.abs(deviation)))
    return None if mad == 0 else np.asarray(0.6745 * deviation / mad)


def _mean_sd(x: NDArray[np.float64]) -> tuple[float | None, float | None]:
    average = float(mean(x)) if len(x) else None
    return average, float(sd(x)) if len(x) > 1 else None


@np.errstate(over="ignore", invalid="ignore")  # 1e308 is a value too
def mean(x: NDArray[np.float64], axis: int = -1) -> NDArray[np.float64]:
    """Mean along an axis; of values that are equal, or differ by rounding alone, one of them.

    Args:
        x: `[..., N]` one value or more, in their own units.
        axis: Which one is summed up.
    """
    average = x.mean(axis)
    if not np.isfinite(average).all():  # the sum may overflow where the mean does not
        average = np.where(np.isfinite(average), average, (x / x.shape[axis]).sum(axis))
    return np.asarray(np.where(_equal(x, axis), np.take(x, 0, axis), average))


@np.errstate(over="ignore", invalid="ignore")  # infinite where it is larger than a float
def variance(x: NDArray[np.float64], axis: int = -1) -> NDArray[np.float64]:
    """Variance (n - 1) along an axis; 0 of values that are equal, or differ by rounding alone.

    Args:
        x: `[..., N]` two values or more, in their own units.
        axis: Which one is summed up.
    """
    return np.where(_equal(x, axis), 0.0, x.var(axis, ddof=1))


def sd(x: NDArray[np.float64], axis: int = -1) -> NDArray[np.float64]:
    """Standard deviation (n - 1), like `variance`."""
    return np.asarray(np.sqrt(variance(x, axis)))


def _equal(x: NDArray[np.float64], axis: int) -> NDArray[np.bool_]:
    return np.asarray(x.max(axis) - x.min(axis) <= ROUNDING * np.abs(x).max(axis))


def finite_or_none(value: float) -> float | None:
    """A number for a scalar field, in which what is unknown is None."""
    return float(value) if np.isfinite(value) else None
