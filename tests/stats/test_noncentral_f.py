"""The noncentral F distribution against scipy's, where that is a number."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import f, ncf

from wbtools.stats.noncentral_f import noncentral_f_cdf

N = st.integers(30, 5000)
K = st.integers(2, 20)
ETA = st.floats(0.01, 0.99)
FACTOR = st.just(0.0) | st.floats(1e-3, 20)
"""Between them scipy is off by 1e-7, where the central F says what is right."""


def of_ratio(eta, n, k):
    """The F of a correlation ratio, and the noncentrality that it suggests."""
    odds = eta**2 / (1 - eta**2)
    return odds * (n - k) / (k - 1), n * odds


@given(N, K, ETA, FACTOR)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_it_is_scipys_where_that_is_a_number(n, k, eta, factor):
    statistic, shift = of_ratio(eta, n, k)
    found = noncentral_f_cdf(statistic, k - 1, n - k, factor * shift)
    assert 0 <= found <= 1 + 1e-12
    expected = float(ncf.cdf(statistic, k - 1, n - k, factor * shift))
    assert math.isnan(expected) or found == pytest.approx(expected, abs=1e-8)


@given(N, K, ETA)
def test_it_falls_with_the_noncentrality_from_the_central_f_on(n, k, eta):
    statistic, shift = of_ratio(eta, n, k)
    along = [
        noncentral_f_cdf(statistic, k - 1, n - k, at * shift) for at in np.linspace(0, 2.5, 11)
    ]
    assert along[0] == pytest.approx(f.cdf(statistic, k - 1, n - k))
    assert (np.diff(along) <= 1e-9).all()
