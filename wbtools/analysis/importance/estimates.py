"""Numbers that carry their interval and the runs that they rest on."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from wbtools.stats.imputation import variance_between
from wbtools.stats.proportions import share_interval
from wbtools.stats.student import LEVEL, t_interval

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class ForestEstimate:
    """A number with the interval that holds it at `LEVEL`, and how many runs it rests on."""

    value: float
    low: float
    high: float
    n: int

    @property
    def excludes_zero(self) -> bool:
        """Whether the whole interval lies on one side of 0."""
        return self.low > 0 or self.high < 0


def over_forests(
    results: NDArray[np.float64], *, n: int, test_per_train: float
) -> ForestEstimate | None:
    """A mean over resampled forests with the interval of Nadeau and Bengio.

    Forests that share most of their runs agree more than new runs would let them, so the variance
    s² of the J results is widened to (1/J + n_test/n_train) s² (Nadeau and Bengio 2003, "Inference
    for the Generalization Error"; for importances and marginal curves Molnar et al. 2023, "Relating
    the Partial Dependence Plot and Permutation Feature Importance to the Data Generating Process").

    Args:
        results: `[J]` one result a forest.
        n: Runs that all forests together rest on.
        test_per_train: Held-out runs for each run that a forest learned from.
    """
    known = results[np.isfinite(results)]
    if len(known) < 2:  # noqa: PLR2004 - a spread needs two
        return None
    mean = float(known.mean())
    wide = float(known.std(ddof=1)) * math.sqrt(1 / len(known) + test_per_train)
    low, high = t_interval(mean, wide, len(known) - 1)
    return ForestEstimate(value=mean, low=low, high=high, n=n)


def share(k: int, n: int) -> ForestEstimate | None:
    """`k` of `n` with Wilson's interval; None of nothing."""
    if not n:
        return None
    low, high = share_interval(k, n, level=LEVEL)
    return ForestEstimate(value=k / n, low=low, high=high, n=n)


def mean_of(values: NDArray[np.float64]) -> ForestEstimate | None:
    """The mean of completed values with Student's interval; None where a float cannot hold it.

    By Rubin's rules its variance is s²/n within an imputation and that between imputations.

    Args:
        values: `[M, n]` values of the same n runs in M imputations.
    """
    n = values.shape[1]
    if n < 2:  # noqa: PLR2004 - as above
        return None
    means = values.mean(axis=1)
    within = float(values.var(axis=1, ddof=1).mean()) / n
    mean = float(means.mean())
    low, high = t_interval(mean, math.sqrt(within + variance_between(means)), n - 1)
    if not all(map(math.isfinite, (low, mean, high))):
        return None
    return ForestEstimate(value=mean, low=low, high=high, n=n)
