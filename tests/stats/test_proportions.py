"""Shares of few runs, against scipy."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from wbtools.stats.proportions import binomial_p, fisher_p, share_interval

COUNTS = st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
SHARES = [(0, 1), (1, 1), (0, 12), (3, 12), (12, 12), (17, 36), (4_999, 10_000)]


@pytest.mark.parametrize(("k", "n"), SHARES)
def test_the_interval_is_wilsons(k, n):
    expected = stats.binomtest(k, n).proportion_ci(confidence_level=0.95, method="wilson")
    assert share_interval(k, n) == pytest.approx((expected.low, expected.high), abs=1e-12)


@pytest.mark.parametrize(("k", "n"), SHARES)
@pytest.mark.parametrize("expected", [0.1, 1 / 3, 0.5])
def test_as_many_by_chance_is_the_binomial_test(k, n, expected):
    theirs = stats.binomtest(k, n, expected, alternative="greater").pvalue
    assert binomial_p(k, n, expected) == pytest.approx(theirs, rel=1e-9, abs=1e-300)


@pytest.mark.parametrize(
    ("k", "n", "k_all", "n_all"),
    [(5, 5, 5, 15), (1, 5, 3, 15), (0, 4, 2, 9), (3, 3, 3, 3), (40, 100, 50, 1_000)],
)
def test_gathered_by_chance_is_hypergeometric(k, n, k_all, n_all):
    theirs = stats.hypergeom.sf(k - 1, n_all, k_all, n)
    assert fisher_p(k, n, k_all, n_all) == pytest.approx(theirs, rel=1e-9)


@given(counts=COUNTS, level=st.floats(0.5, 0.999))
def test_the_interval_is_wilsons_at_any_level(counts, level):
    theirs = stats.binomtest(*counts).proportion_ci(confidence_level=level, method="wilson")
    assert share_interval(*counts, level=level) == pytest.approx(tuple(theirs), abs=1e-12)


@given(counts=COUNTS, expected=st.floats(0.001, 0.999))
def test_the_binomial_test_is_scipys(counts, expected):
    theirs = stats.binomtest(*counts, expected, alternative="greater").pvalue
    assert binomial_p(*counts, expected) == pytest.approx(theirs, rel=1e-9, abs=1e-300)


@given(group=COUNTS, others=COUNTS)
def test_fishers_test_is_scipys(group, others):
    (k, n), (k_other, n_other) = group, others
    table = [[k, n - k], [k_other, n_other - k_other]]
    theirs = stats.fisher_exact(table, alternative="greater").pvalue
    assert fisher_p(k, n, k + k_other, n + n_other) == pytest.approx(theirs, rel=1e-9)


def test_five_of_five_failures_on_one_of_three_hosts_by_hand():
    # C(10, 0) ways out of C(15, 5) to put all five failures there
    assert fisher_p(5, 5, 5, 15) == pytest.approx(1 / 3003)
