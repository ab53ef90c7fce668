"""An interval in another unit, and of what is left."""

from wbtools.model.interval import Interval

USED = Interval(estimate=0.25, low=0.125, high=0.5, level=0.9, n=20)


def test_another_unit_scales_all_three():
    assert USED.times(8) == Interval(estimate=2.0, low=1.0, high=4.0, level=0.9, n=20)


def test_what_is_left_swaps_the_ends():
    saved = USED.complement()
    assert saved == Interval(estimate=0.75, low=0.5, high=0.875, level=0.9, n=20)
    assert saved.complement() == USED
