"""Shares of few runs, against scipy."""

import numpy as np
import pytest
from scipy import stats

from wbtools.stats.proportions import p_as_many, p_gathered, share_interval

SHARES = [(0, 1), (1, 1), (0, 12), (3, 12), (12, 12), (17, 36), (4_999, 10_000)]


@pytest.mark.parametrize(("k", "n"), SHARES)
def test_the_interval_is_wilsons(k, n):
    expected = stats.binomtest(k, n).proportion_ci(confidence_level=0.95, method="wilson")
    assert share_interval(k, n) == pytest.approx((expected.low, expected.high), abs=1e-12)


@pytest.mark.parametrize(("k", "n"), SHARES)
@pytest.mark.parametrize("expected", [0.1, 1 / 3, 0.5])
def test_as_many_by_chance_is_the_binomial_test(k, n, expected):
    theirs = stats.binomtest(k, n, expected, alternative="greater").pvalue
    assert p_as_many(k, n, expected) == pytest.approx(theirs, rel=1e-9, abs=1e-300)


@pytest.mark.parametrize(
    ("k", "n", "k_all", "n_all"),
    [(5, 5, 5, 15), (1, 5, 3, 15), (0, 4, 2, 9), (3, 3, 3, 3), (40, 100, 50, 1_000)],
)
def test_gathered_by_chance_is_fishers_exact_test(k, n, k_all, n_all):
    table = [[k, n - k], [k_all - k, n_all - n - (k_all - k)]]
    theirs = stats.fisher_exact(table, alternative="greater").pvalue
    ours = p_gathered(np.array([k]), np.array([n]), k_all, n_all)
    assert ours.tolist() == [pytest.approx(theirs, rel=1e-9)]


def test_five_of_five_failures_on_one_of_three_hosts_by_hand():
    # C(10, 0) ways out of C(15, 5) to put all five failures there
    assert p_gathered(np.array([5]), np.array([5]), 5, 15)[0] == pytest.approx(1 / 3003)
