"""Resampled ranks: firm where seeds agree, open where they do not, silent where nothing tells."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wbtools.analysis.ranking.rank_bootstrap import resample

APART = [(0.1, 0.11, 0.12), (0.5, 0.51, 0.52), (0.9, 0.91, 0.92)]
EQUAL = [(0.1, 0.2, 0.3), (0.1, 0.2, 0.3)]


def test_configurations_far_apart_keep_their_ranks():
    found = resample(APART)
    assert [(row.p_first, row.low, row.high) for row in found.rows] == [
        (1.0, 1, 1),
        (0.0, 2, 2),
        (0.0, 3, 3),
    ]


def test_equal_configurations_take_turns():
    first, second = resample(EQUAL).rows
    assert first.p_first + second.p_first == pytest.approx(1)
    assert 0.4 < first.p_first < 0.6
    assert (first.low, first.high) == (1, 2)


def test_configurations_that_tie_in_every_draw_share_all_ranks():
    found = resample([(0.5, 0.5), (0.5, 0.5, 0.5), (0.5, 0.5), (0.5, 0.5), (0.9, 0.9)])
    shares = [(row.p_first, row.low, row.high) for row in found.rows]
    assert shares == [(0.25, 1, 4)] * 4 + [(0.0, 5, 5)]


def test_means_that_differ_in_the_last_bit_of_their_sum_tie():
    found = resample([(0.1,) * 3, (0.1,) * 4, (0.1,) * 7])
    assert [row.p_first for row in found.rows] == pytest.approx([1 / 3] * 3)


def test_one_run_borrows_the_noise_of_the_others():
    lucky, steady = resample([(0.1,), (0.12, 0.32, 0.22)]).rows
    assert lucky.borrowed
    assert (lucky.p_first, lucky.low, lucky.high) == (None, None, None)
    assert not steady.borrowed
    assert 0 < steady.p_first < 0.5


SILENT = {
    "one configuration": ([(1.0, 2.0, 3.0)], "only one"),
    "one run each": ([(1.0,), (2.0,)], "often enough"),
    "two runs of one of them": ([(1.0, 1.1), (2.0,)], "often enough"),
    "no configuration": ([], "only one"),
}


@pytest.mark.parametrize(("values", "why"), SILENT.values(), ids=SILENT.keys())
def test_where_nothing_tells_it_says_why(values, why):
    found = resample(values)
    assert not found.rows
    assert why in found.why_not


def test_many_configurations_get_fewer_draws():
    assert resample([(float(k), k + 0.5) for k in range(4000)]).n_draws == 500
    assert resample(APART).n_draws == 2000


@given(st.permutations([0.1, 0.25, 0.4, 0.31]))
def test_the_order_of_seeds_does_not_matter(values):
    assert resample([values, (0.2, 0.5)]) == resample([sorted(values), (0.2, 0.5)])
