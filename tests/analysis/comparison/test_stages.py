"""What each stage of a search gained, and for how many hours."""

import numpy as np
import pytest
from scipy import stats

from tests.analysis.comparison.sides import answer, table
from wbtools.model import Goal


def staged(*sides, goal=Goal.MINIMIZE):
    return answer(*sides, goal=goal, in_stages=True).stages


def test_gains_are_over_the_stage_before_and_per_hour():
    first, second, third = staged(
        table([1.75, 1.1], hours=[10.0, 9.8], goal=Goal.MAXIMIZE),
        table([3.06, 2.4], hours=[40.0, 8.65], goal=Goal.MAXIMIZE),
        table([2.9, 2.8], hours=[1.0, 3.0], goal=Goal.MAXIMIZE),
        goal=Goal.MAXIMIZE,
    )
    assert (first.gain, first.low, first.gain_per_h) == (None, None, None)
    assert second.gain == pytest.approx(1.31)
    assert second.gain_per_h == pytest.approx(1.31 / 48.65)
    assert third.gain == pytest.approx(-0.16)
    assert third.hours_so_far == pytest.approx(19.8 + 48.65 + 4)


def test_the_interval_is_scipys_percentile_bootstrap_of_the_best():
    rng = np.random.default_rng(11)
    before, after = rng.normal(1, 0.2, 20), rng.normal(0.7, 0.2, 15)
    stage = staged(table(before.tolist()), table(after.tolist()))[1]
    theirs = stats.bootstrap(
        (before, after), lambda x, y, axis: x.min(axis) - y.min(axis), method="percentile", rng=rng
    )
    drawn = theirs.bootstrap_distribution
    # The best of few values comes in steps, so ends are compared by what lies beyond them.
    assert (drawn < stage.low - 1e-9).mean() < 0.035
    assert (drawn <= stage.low + 1e-9).mean() > 0.015
    assert (drawn > stage.high + 1e-9).mean() < 0.035
    assert (drawn >= stage.high - 1e-9).mean() > 0.015
    assert stage.gain == pytest.approx(before.min() - after.min())


def test_the_same_stage_twice_gains_nothing():
    stage = staged(table([0.3, 0.2, 0.5]), table([0.3, 0.2, 0.5]))[1]
    assert stage.gain == 0
    assert stage.low <= 0 <= stage.high
    assert stage.low == pytest.approx(-stage.high)


def test_hours_that_are_not_all_known_give_no_rate():
    _, partly, last = staged(
        table([0.5], hours=[1.0]), table([0.4, 0.3], hours=[1.0, None]), table([0.2], hours=[2.0])
    )
    assert (partly.hours, partly.gain_per_h, partly.hours_so_far) == (None, None, None)
    assert partly.gain == pytest.approx(0.2)
    assert last.gain_per_h == pytest.approx(0.05)
    assert last.hours_so_far is None
    assert last.low is None  # a single run cannot be resampled


def test_sides_that_are_no_stages_have_none():
    assert answer(table([0.5]), table([0.4])).stages == ()
