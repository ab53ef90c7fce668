"""Numbers that carry their interval and the runs that they rest on."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from wbtools.model.interval import Interval
from wbtools.stats.imputation import variance_between
from wbtools.stats.proportions import share_interval
from wbtools.stats.spread import mean, sd, variance
from wbtools.stats.student import LEVEL, t_interval

if TYPE_CHECKING:
    from numpy.typing import NDArray


def over_forests(results: NDArray[np.float64], *, n: int, test_per_train: float) -> Interval | None:
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
    estimate = float(mean(known))
    wide = float(sd(known)) * math.sqrt(1 / len(known) + test_per_train)
    low, high = t_interval(estimate, wide, len(known) - 1)
    return Interval(estimate=estimate, low=low, high=high, level=LEVEL, n=n)


def share(k: int, n: int) -> Interval | None:
    """`k` of `n` with Wilson's interval; None of nothing."""
    if not n:
        return None
    low, high = share_interval(k, n)
    return Interval(estimate=k / n, low=low, high=high, level=LEVEL, n=n)


def mean_of(values: NDArray[np.float64]) -> Interval | None:
    """The mean of completed values with Student's interval; None where a float cannot hold it.

    By Rubin's rules its variance is s²/n within an imputation and that between imputations.

    Args:
        values: `[M, n]` values of the same n runs in M imputations.
    """
    n = values.shape[1]
    if n < 2:  # noqa: PLR2004 - as above
        return None
    means = mean(values)
    within = float(variance(values).mean()) / n
    estimate = float(mean(means))
    low, high = t_interval(estimate, math.sqrt(within + variance_between(means)), n - 1)
    if not all(map(math.isfinite, (low, estimate, high))):
        return None
    return Interval(estimate=estimate, low=low, high=high, level=LEVEL, n=n)
