"""What imputations add to a variance, and draws that are even."""

import numpy as np
import pytest
from scipy.stats import norm

from wbtools.stats.imputation import even_normals, variance_between


def test_rubins_variance_by_hand():
    # 1, 2 and 6: mean 3, squares 4 + 1 + 9 = 14, over 2 is 7; times 4/3
    assert variance_between(np.array([1.0, 2.0, 6.0])) == pytest.approx(28 / 3)
    assert variance_between(np.array([5.0])) == 0


def test_even_normals_are_equally_likely():
    z = even_normals(4)
    assert norm.cdf(z) == pytest.approx([0.125, 0.375, 0.625, 0.875])
