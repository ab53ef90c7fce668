"""The spread of results, checked against numbers worked out by hand and the seed table."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wbtools.stats.differences import difference
from wbtools.stats.spread import mean, sd, spread, variance
from wbtools.stats.student import chance_better, summarize

OCR = [0.8606, 0.9629, 0.9647, 0.9631, 0.9564, 0.9623, 0.9629, 0.9660, 0.9603, 0.9620]
OCR += [0.9614, 0.9599]


def test_one_failed_run_is_told_from_the_others():
    found = spread([f"run{k}" for k in range(1, 13)], np.array(OCR))
    assert (round(found.mean, 4), round(found.sd, 4)) == (0.9535, 0.0294)
    assert found.outliers == ("run1",)
    assert (round(found.mean_without, 4), round(found.sd_without, 4)) == (0.9620, 0.0026)


def test_missing_values_are_not_zero():
    found = spread(["a", "b", "c"], np.array([1.0, np.nan, 3.0]))
    assert (found.n, found.mean, found.sd) == (2, 2.0, np.sqrt(2.0))


def test_few_or_equal_values_have_no_outliers():
    assert spread(["a", "b"], np.array([1.0, 1e9])).outliers == ()
    assert spread(list("abcdef"), np.array([1.0] * 5 + [9.0])).outliers == ()


def test_one_value_has_no_deviation():
    found = spread(["a"], np.array([1.0]))
    assert (found.mean, found.sd) == (1.0, None)


VALUES = st.floats(-1e9, 1e9, allow_subnormal=False)


@given(VALUES, st.integers(2, 40))
def test_equal_values_have_their_value_and_no_scatter(value, n):
    x = np.full(n, value)
    assert (mean(x), variance(x), sd(x)) == (value, 0.0, 0.0)
    found = summarize(x)
    assert (found.mean, found.sd, found.low, found.high) == (value, 0.0, value, value)
    assert (spread(["a"] * n, x).mean, spread(["a"] * n, x).sd) == (value, 0.0)
    assert difference(x, np.full(n + 1, value)).difference == 0
    assert chance_better(x, np.full(n + 1, value), sign=1.0).p == 0.5


def test_what_rounding_alone_tells_apart_is_equal():
    x = np.array([0.1 + 0.2, 0.3, 0.3])
    assert (sd(x), mean(x)) == (0.0, x[0])


@given(st.lists(VALUES, min_size=2, max_size=12))
def test_other_values_have_what_numpy_says(values):
    x = np.array(values)
    if np.ptp(x) > 1e-12 * np.abs(x).max():
        assert (mean(x), variance(x)) == (x.mean(), x.var(ddof=1))
        assert sd(x) == pytest.approx(x.std(ddof=1))


def test_along_an_axis_every_row_is_summed_up_alone():
    x = np.array([[0.1] * 15, [0.1] * 14 + [0.4]])
    assert mean(x).tolist() == [0.1, x[1].mean()]
    assert variance(x).tolist() == [0.0, x[1].var(ddof=1)]
    assert variance(x, axis=0)[:14].tolist() == [0.0] * 14


@pytest.mark.filterwarnings("error")
def test_the_mean_of_large_values_is_no_infinity():
    assert mean(np.array([1.7e308, 1.6e308])) == pytest.approx(1.65e308)
    assert np.isinf(variance(np.array([1.7e308, -1.7e308])))
