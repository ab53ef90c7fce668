"""Grubbs' test against the table of Grubbs and Beck 1972, and at the ends of what floats hold."""

import numpy as np
import pytest

from wbtools.stats.grubbs import grubbs_limit, grubbs_scores


@pytest.mark.parametrize(
    ("n", "limit"), [(3, 1.155), (4, 1.481), (5, 1.715), (6, 1.887), (8, 2.126), (10, 2.290)]
)
def test_the_limits_are_those_of_the_table(n, limit):
    assert grubbs_limit(n) == pytest.approx(limit, abs=0.001)


@pytest.mark.parametrize("unit", [1.0, 1e-300, 1e308, -1e200])
def test_scores_do_not_depend_on_the_unit(unit):
    scores = grubbs_scores(np.array([0.9, 0.91, 0.92, 0.5]) * unit)
    assert scores * np.sign(unit) == pytest.approx([0.4509, 0.4996, 0.5483, -1.4988], abs=1e-4)


@pytest.mark.parametrize("x", [[0.9, 0.9, 0.9, 0.1], [0.0] * 5, [1e308] * 4])
def test_values_most_of_which_are_equal_have_no_scores(x):
    assert grubbs_scores(np.array(x)) is None
