"""The spread of results, checked against numbers worked out by hand and the seed table."""

import numpy as np

from wbtools.stats.spread import spread

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
