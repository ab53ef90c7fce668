import math

import numpy as np
import pytest
from scipy.stats import t

from wbtools.analysis.importance.estimates import mean_of, over_forests, share


def test_wilsons_interval_is_the_published_one():
    # Newcombe 1998, table I: 81 of 263.
    found = share(81, 263)
    assert (round(found.low, 4), round(found.high, 4), found.n) == (0.2553, 0.3662, 263)
    assert share(0, 0) is None


def test_a_mean_without_imputations_is_students():
    x = np.array([[1.0, 2.0, 4.0, 8.0]])
    found = mean_of(x)
    low, high = t.interval(0.95, 3, loc=x.mean(), scale=x.std(ddof=1) / 2)
    assert (found.estimate, found.low, found.high) == pytest.approx((3.75, low, high))


def test_imputations_that_differ_widen_the_interval():
    same = mean_of(np.array([[1.0, 2.0, 4.0]] * 5))
    apart = mean_of(np.array([[1.0, 2.0, 4.0 + k] for k in range(5)]))
    assert apart.high - apart.low > same.high - same.low
    assert mean_of(np.array([[1.0]])) is None


def test_forests_that_share_runs_are_not_taken_for_independent():
    estimates = np.array([0.1, 0.3, 0.2, 0.4])
    found = over_forests(estimates, n=50, test_per_train=0.25)
    half = t.ppf(0.975, 3) * estimates.std(ddof=1) * math.sqrt(1 / 4 + 0.25)
    assert found.high - found.estimate == pytest.approx(half)
    assert found.n == 50
    assert over_forests(np.array([0.1, np.nan]), n=9, test_per_train=0.25) is None
