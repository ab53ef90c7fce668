"""What imputations add to a variance, and draws that are even."""

import numpy as np
import pytest
from scipy.stats import f, norm

from wbtools.stats.imputation import even_normals, pooled_f_p, variance_between


def test_rubins_variance_by_hand():
    # 1, 2 and 6: mean 3, squares 4 + 1 + 9 = 14, over 2 is 7; times 4/3
    assert variance_between(np.array([1.0, 2.0, 6.0])) == pytest.approx(28 / 3)
    assert variance_between(np.array([5.0])) == 0


def test_even_normals_are_equally_likely():
    z = even_normals(4)
    assert norm.cdf(z) == pytest.approx([0.125, 0.375, 0.625, 0.875])


def test_an_f_without_imputations_is_scipys():
    assert pooled_f_p(3.2, 2, 17, np.array([6.4])) == pytest.approx(f.sf(3.2, 2, 17))
    assert pooled_f_p(3.2, 2, 17, np.full(16, 6.4)) == pytest.approx(f.sf(3.2, 2, 17))


def test_what_imputations_leave_open_makes_an_f_less_sure():
    """By hand, after Li and others: D2 = (6/2 - 17/15 r) / (1 + r)."""
    chi_squares = np.tile([4.0, 9.0], 8)
    r = 17 / 16 * 16 * 0.25 / 15
    statistic = (3 - 17 / 15 * r) / (1 + r)
    rest = min(97, 2 ** (-3 / 16) * 15 * (1 + 1 / r) ** 2)
    assert pooled_f_p(3.0, 2, 97, chi_squares) == pytest.approx(f.sf(statistic, 2, rest))
    assert pooled_f_p(3.0, 2, 97, chi_squares) > f.sf(3.0, 2, 97)
    assert pooled_f_p(0.1, 2, 97, chi_squares) == 1
