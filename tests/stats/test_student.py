"""Student's t against SciPy's own tests, and what few values cannot tell."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from wbtools.stats.student import chance_better, summarize

VALUES = st.lists(st.floats(0.9, 1.0), min_size=2, max_size=8)


def test_mean_spread_and_interval():
    summary = summarize([0.9660, 0.9652, 0.9671])
    assert summary.mean == pytest.approx(0.9661, abs=1e-9)
    assert summary.sd == pytest.approx(0.000953939, rel=1e-5)
    low, high = stats.t.interval(0.95, 2, loc=summary.mean, scale=summary.sd / math.sqrt(3))
    assert (summary.low, summary.high) == (pytest.approx(low), pytest.approx(high))
    assert summarize([0.5]).sd is None


@given(x=VALUES, y=VALUES)
def test_the_chance_is_welchs(x, y):
    if min(summarize(x).sd, summarize(y).sd) < 1e-9:
        return
    chance = chance_better(x, y, sign=-1.0)
    expected = 1 - stats.ttest_ind(x, y, equal_var=False, alternative="greater").pvalue
    assert chance.p == pytest.approx(expected, abs=1e-9)
    assert chance.how == "Welch"
    mirrored = chance_better([-v for v in x], [-v for v in y], sign=1.0)
    assert mirrored.p == pytest.approx(chance.p)


@given(pairs=st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=2, max_size=8))
def test_pairs_are_compared_in_pairs(pairs):
    x, y = (list(side) for side in zip(*pairs, strict=True))
    gaps = [a - b for a, b in pairs]
    if summarize(gaps).sd < 1e-9:
        return
    expected = 1 - stats.ttest_rel(x, y, alternative="greater").pvalue
    chance = chance_better(x, y, sign=-1.0, paired=True)
    assert (chance.how, chance.p) == ("paired", pytest.approx(expected, abs=1e-9))


def test_three_seeds_that_cannot_tell_say_how_many_would():
    chance = chance_better([0.965, 0.967, 0.966], [0.966, 0.9645, 0.965], sign=-1.0)
    assert 0.5 < chance.p < 0.95
    assert 3 < chance.seeds_needed < 100
    clear = chance_better([0.99, 0.991, 0.992], [0.9, 0.901, 0.902], sign=-1.0)
    assert clear.p > 0.99
    assert clear.seeds_needed is None


def test_the_number_of_seeds_has_about_the_power_that_is_said():
    unit = np.array([-1.0, -0.5, 0.0, 0.5, 1.0])
    unit /= unit.std(ddof=1)
    n = chance_better(list(unit + 1.0), list(unit), sign=-1.0).seeds_needed
    rng = np.random.default_rng(0)
    shown = [
        chance_better(list(rng.normal(1, 1, n)), list(rng.normal(0, 1, n)), sign=-1.0).p >= 0.95
        for _ in range(2000)
    ]
    assert 0.75 < np.mean(shown) < 0.87


def test_one_run_lends_its_rival_its_spread_and_two_single_runs_tell_nothing():
    chance = chance_better([0.96, 0.97, 0.98], [0.9], sign=-1.0)
    expected = stats.t.cdf(0.07 / (0.01 * math.sqrt(4 / 3)), 2)
    assert (chance.how, chance.p) == ("one run", pytest.approx(expected))
    assert chance_better([1.0], [0.5], sign=-1.0).p is None


def test_equal_values_are_even_and_constant_ones_certain():
    assert chance_better([1.0, 1.0], [1.0, 1.0], sign=1.0).p == 0.5
    assert chance_better([1.0, 1.0], [2.0, 2.0], sign=1.0).p == 1.0


@pytest.mark.parametrize("scale", [1e-150, 1e-9, 1.0, 1e78, 1e153])
def test_the_chance_does_not_depend_on_the_unit(scale):
    x, y = np.array([1.0, 2.0, 4.0]), np.array([2.0, 5.0, 6.0, 8.0])
    expected = chance_better(x.tolist(), y.tolist(), sign=1.0).p
    assert chance_better((scale * x).tolist(), (scale * y).tolist(), sign=1.0).p == pytest.approx(
        expected
    )


def test_a_spread_that_overflows_tells_nothing():
    assert chance_better([1e308, -1e308], [1e308, 0.0], sign=1.0).p is None


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("n", [1, 2])
def test_a_difference_beyond_a_float_is_unknown(n):
    chance = chance_better([1.7e308] * n, [-1.7e308], sign=1.0)
    assert (chance.difference, chance.p, chance.n, chance.n_other) == (None, None, n, 1)
