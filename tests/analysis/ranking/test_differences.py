"""Welch, Holm and the exact permutation test against SciPy and against published numbers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from wbtools.analysis.ranking.differences import difference, holm

SPMAMBA, SEPFORMER = (5.68, 5.45, 5.55), (5.14, 5.26, 4.89)
PAIRS = {
    "three seeds each": (SPMAMBA, SEPFORMER),
    "two against five": ((0.91, 0.93), (0.90, 0.94, 0.88, 0.91, 0.905)),
    "no difference at all": ((1.0, 2.0, 3.0), (3.0, 1.0, 2.0)),
    "large numbers": ((1e9, 1.1e9, 1.2e9), (1.3e9, 1.25e9, 1.4e9, 1.31e9)),
}
values = st.lists(st.integers(-50, 50).map(float), min_size=2, max_size=5)


@pytest.mark.parametrize(("own", "other"), PAIRS.values(), ids=PAIRS.keys())
def test_welch_is_scipys(own, other):
    found, theirs = difference(own, other), stats.ttest_ind(own, other, equal_var=False)
    low, high = theirs.confidence_interval(0.95)
    assert found.p == pytest.approx(theirs.pvalue, rel=1e-9)
    assert (found.low, found.high) == pytest.approx((low, high), rel=1e-9)


@pytest.mark.parametrize(("own", "other"), PAIRS.values(), ids=PAIRS.keys())
def test_the_permutation_test_is_scipys(own, other):
    theirs = stats.permutation_test(
        (own, other),
        lambda x, y, axis: np.abs(np.mean(x, axis=axis) - np.mean(y, axis=axis)),
        n_resamples=np.inf,
        alternative="greater",
        vectorized=True,
    )
    assert difference(own, other).p_permutation == pytest.approx(theirs.pvalue)


def test_a_side_that_does_not_vary_is_a_number_to_compare_with():
    found = difference((1.0, 1.0, 1.0), (0.5, 0.7, 0.9))
    assert found.p == pytest.approx(stats.ttest_1samp((0.5, 0.7, 0.9), 1.0).pvalue)


def test_three_seeds_against_three_cannot_do_better_than_a_tenth():
    found = difference(SPMAMBA, SEPFORMER)
    assert found.p_permutation == found.p_least == pytest.approx(0.1)


NO_TEST = {
    "one value on a side": ((1.0,), (1.0, 2.0)),
    "one value each": ((1.0,), (2.0,)),
    "no spread on either side": ((1.0, 1.0), (2.0, 2.0)),
}


@pytest.mark.parametrize(("own", "other"), NO_TEST.values(), ids=NO_TEST.keys())
def test_where_nothing_varies_nothing_is_claimed(own, other):
    found = difference(own, other)
    assert found.p is found.low is found.high is None
    assert found.difference == np.mean(own) - np.mean(other)


def test_many_values_are_not_split_in_all_ways():
    assert difference(range(10), range(5, 15)).p_permutation is None


def test_holm_on_the_numbers_of_rs_p_adjust():
    assert holm([0.04, 0.01, 0.03, 0.02]) == pytest.approx([0.06, 0.04, 0.06, 0.06])
    assert holm([0.5, None, 0.6]) == [1.0, None, 1.0]


@given(values, values)
def test_the_two_sides_mirror_each_other(own, other):
    here, there = difference(own, other), difference(other, own)
    assert here.difference == -there.difference
    assert here.p == there.p
    assert here.p_permutation == pytest.approx(there.p_permutation)


@given(values, values, st.sampled_from([0.25, 2.0, 1024.0]))
def test_the_scale_of_the_metric_does_not_matter(own, other, scale):
    plain = difference(own, other)
    scaled = difference([scale * x for x in own], [scale * x for x in other])
    assert scaled.p == plain.p
    assert scaled.p_permutation == plain.p_permutation
