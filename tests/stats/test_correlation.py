"""Correlations of ranks against SciPy's."""

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.stats import kruskal, rankdata, spearmanr

from wbtools.stats.correlation import correlation_ratio, rank_correlation, rising_p

PAIRS = st.lists(st.tuples(st.integers(0, 3), st.integers(-9, 9)), min_size=2, max_size=40)


def columns(pairs):
    return tuple(np.array(column, dtype=float) for column in zip(*pairs, strict=True))


@given(PAIRS)
def test_the_rank_correlation_is_spearmans(pairs):
    x, y = columns(pairs)
    assume(np.ptp(x) and np.ptp(y))
    ours = rank_correlation(rankdata(x), rankdata(y))
    assert ours == pytest.approx(spearmanr(x, y).statistic)


def test_a_constant_goes_with_nothing():
    assert rank_correlation(np.ones(5), np.arange(5.0)) == 0
    assert correlation_ratio(np.arange(5.0), np.ones(5)) == 0


@given(PAIRS)
def test_the_correlation_ratio_of_ranks_is_kruskals(pairs):
    groups, y = columns(pairs)
    assume(len(np.unique(groups)) > 1 and np.ptp(y))
    h = kruskal(*(y[groups == group] for group in np.unique(groups))).statistic
    expected = math.sqrt(max(h, 0.0) / (len(y) - 1))
    assert correlation_ratio(groups, rankdata(y)) == pytest.approx(expected, abs=1e-6)


@given(PAIRS)
def test_a_correlation_ratio_is_a_share_and_knows_no_labels(pairs):
    groups, y = columns(pairs)
    ratio = correlation_ratio(groups, rankdata(y))
    assert 0 <= ratio <= 1
    assert ratio == pytest.approx(correlation_ratio(7 - 2 * groups, rankdata(y)))


@given(PAIRS)
def test_what_rises_falls_the_other_way(pairs):
    assume(len(pairs) > 2)
    x, y = columns(pairs)
    assume(np.ptp(x) and np.ptp(y))
    assert rising_p(x, y) == pytest.approx(1 - rising_p(x, -y), abs=1e-9)


def test_what_is_constant_does_not_rise():
    assert rising_p(np.ones(9), np.arange(9.0)) == 1.0
    assert rising_p(np.arange(9.0), np.arange(9.0)) < 1e-6
