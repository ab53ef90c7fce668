"""Differences of means against SciPy's own tests, and what several comparisons allow to claim."""

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from wbtools.stats.differences import (
    difference,
    holm,
    least_p_together,
    percentile_interval,
    together,
)

MAMBA, FORMER = [5.68, 5.45, 5.55], [5.14, 5.26, 4.89]
SIDES = st.lists(st.floats(-100, 100).map(lambda v: round(v, 3)), min_size=2, max_size=5)
NUMBERS = st.floats(-1e3, 1e3)
CASES = {
    "three seeds of two models": (MAMBA, FORMER),
    "unequal sides": ([1.0, 2.0, 4.0], [0.5, 0.7, 0.1, 0.9, 0.3, 1.4]),
    "ties": ([1.0, 1.0, 2.0, 2.0], [1.0, 2.0, 2.0, 3.0]),
    "tiny values": ([1e-9, 2e-9, 4e-9], [3e-9, 9e-9, 8e-9]),
    "a far larger spread": ([0.0, 0.1, 0.2], [-400.0, 300.0, 900.0, 20.0]),
}


@pytest.mark.parametrize(("sample", "other"), CASES.values(), ids=CASES)
def test_welch_and_permutation_are_scipys(sample, other):
    result = difference(sample, other)
    welch = stats.ttest_ind(sample, other, equal_var=False)
    low, high = welch.confidence_interval(0.95)
    assert result.p == pytest.approx(welch.pvalue)
    assert (result.low, result.high) == (pytest.approx(low), pytest.approx(high))
    permuted = stats.permutation_test(
        (sample, other), lambda x, y: abs(np.mean(x) - np.mean(y)), alternative="greater"
    )
    assert result.p_permutation == pytest.approx(permuted.pvalue)
    assert result.is_exact
    assert result.n_splits == math.comb(len(sample) + len(other), len(sample))


@given(
    sample=st.lists(NUMBERS, min_size=2, max_size=40),
    other=st.lists(NUMBERS, min_size=2, max_size=40),
)
def test_welch_is_scipys_on_any_numbers(sample, other):
    # SciPy warns that values which hardly differ lose digits, and a warning is an error here.
    assume(min(np.ptp(sample), np.ptp(other)) > 1e-3)
    result = difference(sample, other)
    theirs = stats.ttest_ind(sample, other, equal_var=False)
    assert result.p == pytest.approx(theirs.pvalue, rel=1e-6, abs=1e-12)
    low, high = theirs.confidence_interval(0.95)
    assert (result.low, result.high) == pytest.approx((low, high), rel=1e-6, abs=1e-6)


def test_too_many_splits_are_drawn():
    rng = np.random.default_rng(7)
    sample, other = rng.normal(0, 1, 9), rng.normal(0.8, 1, 300)
    result = difference(sample, other)
    assert (result.is_exact, result.n_splits) == (False, math.comb(309, 9))
    assert result.p_permutation == pytest.approx(stats.ttest_ind(sample, other).pvalue, abs=0.02)
    assert result == difference(sample, other)  # the draws are the same ones every time


def test_large_sides_need_no_permutation():
    result = difference(list(range(10)), list(range(5, 20)))
    assert (result.p_permutation, result.n_splits) == (None, 0)


@pytest.mark.parametrize(
    ("sample", "other", "p", "p_permutation"),
    [
        pytest.param([1.0], [2.0], None, 1.0, id="one value each tells nothing"),
        pytest.param([1.0], [2.0, 3.0], None, 2 / 3, id="one value has no spread"),
        pytest.param([1.0, 1.0], [1.0, 1.0], 1.0, 1.0, id="all the same"),
        pytest.param([1.0, 1.0], [2.0, 2.0], None, 1 / 3, id="no spread on either side"),
        pytest.param([1e308, 9e307], [-1e308, -9e307], None, None, id="sums that overflow"),
    ],
)
def test_too_little_is_no_answer(sample, other, p, p_permutation):
    result = difference(sample, other)
    assert result.p == p
    assert result.p_permutation == (None if p_permutation is None else pytest.approx(p_permutation))


@given(sample=SIDES, other=SIDES, scale=st.floats(0.01, 100))
def test_order_sign_and_scale_change_nothing(sample, other, scale):
    assume(np.std(sample) > 0.1 and np.std(other) > 0.1)
    result = difference(sample, other)
    for changed in (
        difference(sample[::-1], other[::-1]),
        difference([-v for v in sample], [-v for v in other]),
        difference([scale * v for v in sample], [scale * v for v in other]),
        difference(other, sample),
    ):
        assert changed.p == pytest.approx(result.p)
        assert changed.p_permutation == pytest.approx(result.p_permutation)
    assert difference(other, sample).difference == pytest.approx(-result.difference)
    same = difference(sample, sample)
    assert (same.difference, same.p_permutation) == (0, 1)
    assert same.p == pytest.approx(1)


def test_holm_is_the_published_method():
    # Holm 1979: the k-th smallest of m is multiplied by m - k + 1, and none is below one before.
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.04, None, 0.01]) == [pytest.approx(0.04), None, pytest.approx(0.02)]
    assert holm([0.9, 0.6]) == [1.0, 1.0]
    assert holm([]) == []


def test_three_seeds_show_by_welch_at_most():
    alone = together([difference(MAMBA, FORMER)])[0]
    assert alone.p == pytest.approx(0.0306, abs=5e-5)
    assert alone.p_permutation == pytest.approx(0.1)  # the two extreme ones of 20 splits
    assert (alone.shows_by_welch, alone.shows) == (True, False)
    among_others = together([difference(MAMBA, FORMER), difference(MAMBA, [5.5, 5.6, 5.7])])[0]
    assert not among_others.shows_by_welch
    clear = together([difference([9.0, 9.1, 9.2, 9.3], [1.0, 1.1, 1.2, 1.3])])[0]
    assert clear.shows


def test_percentiles_are_scipys_bootstrap():
    rng = np.random.default_rng(3)
    sample, other = rng.normal(1, 1, 12), rng.normal(0, 1, 15)
    theirs = stats.bootstrap(
        (sample, other), lambda x, y, axis: x.max(axis) - y.max(axis), method="percentile", rng=rng
    )
    low, high = percentile_interval(theirs.bootstrap_distribution)
    assert (low, high) == pytest.approx(tuple(theirs.confidence_interval))
    assert percentile_interval(np.array([0.0, np.nan])) is None
    assert percentile_interval(np.empty(0)) is None


def test_no_values_bring_permutation_below_its_least_p_together():
    """Holm's bound is reached by sides that lie apart, and by none is it passed."""
    apart = [difference([5.0 + k, 5.1 + k, 5.2 + k, 5.3], [0.0, 0.1, 0.2, 0.3]) for k in range(3)]
    least = least_p_together(apart)
    assert least == pytest.approx(3 * 2 / 70)
    assert [d.p_permutation_adjusted for d in together(apart)] == pytest.approx([least] * 3)
    assert least_p_together([]) is None
    assert least_p_together([difference(range(99), range(1, 100))]) is None
