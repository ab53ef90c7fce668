"""Best so far against compute: a plain loop, SciPy's bootstrap, and what changes nothing."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from tests.analysis.comparison.sides import answer, random_curves, side, table
from wbtools.analysis.comparison import Unit
from wbtools.analysis.comparison.anytime import FRACTIONS, anytime_comparison
from wbtools.model import Goal

VALUES = st.floats(-9, 9).map(lambda v: round(v, 3))
CURVES = st.lists(st.lists(VALUES, min_size=1, max_size=5), min_size=2, max_size=6)


def by_reports(*sides, goal=Goal.MINIMIZE):
    return anytime_comparison(sides, Unit.REPORTS, goal, 0)


def recorded_by_hand(curves, compute):
    """Best of the first reports, one run after another."""
    values = [value for curve in curves for value in curve][: math.floor(compute + 1e-9)]
    return min(values, default=None)


@given(first_curves=CURVES, other_curves=CURVES)
@settings(deadline=None, max_examples=15)
def test_as_recorded_is_the_best_of_the_first_reports(first_curves, other_curves):
    found = by_reports(side(*first_curves), side(*other_curves))
    n = min(sum(map(len, first_curves)), sum(map(len, other_curves)))
    assert found.equal_compute == n
    for lane, curves in zip(found.lanes, (first_curves, other_curves), strict=True):
        expected = [recorded_by_hand(curves, fraction * n) for fraction in FRACTIONS]
        assert [point.recorded for point in lane.points] == expected
        assert lane.total == sum(map(len, curves))
        assert lane.improvements[-1][1] == min(map(min, curves))
        spent = [compute for compute, _ in lane.improvements]
        assert spent == sorted(spent)
        for compute, value in lane.improvements:
            assert recorded_by_hand(curves, compute) == value


def cut_off(low, high, drawn):
    """Whether about 2.5 % of SciPy's draws, which come in few values, lie beyond each end."""
    beyond = [(drawn < low - 1e-9).mean(), (drawn > high + 1e-9).mean()]
    upto = [(drawn <= low + 1e-9).mean(), (drawn >= high - 1e-9).mean()]
    return max(beyond) < 0.035 and min(upto) > 0.015


def test_runs_of_one_report_are_scipys_bootstrap_of_the_best():
    rng = np.random.default_rng(5)
    first_values, other_values = rng.normal(0, 1, 12), rng.normal(-0.5, 1, 12)
    last = (
        by_reports(side(*first_values[:, None]), side(*other_values[:, None])).lanes[1].points[-1]
    )
    theirs = stats.bootstrap(
        (other_values, first_values),
        lambda x, y, axis: x.min(axis) - y.min(axis),
        method="percentile",
        rng=rng,
    )
    assert cut_off(last.difference_low, last.difference_high, theirs.bootstrap_distribution)
    alone = stats.bootstrap((other_values,), np.min, method="percentile", rng=rng, axis=0)
    assert cut_off(last.low, last.high, alone.bootstrap_distribution)
    ahead = theirs.bootstrap_distribution < 0
    tied = theirs.bootstrap_distribution == 0
    assert last.p_better == pytest.approx(ahead.mean() + tied.mean() / 2, abs=0.03)


def test_a_side_against_itself_is_no_difference():
    curves = random_curves(1)
    for point in by_reports(side(*curves), side(*curves)).lanes[1].points[4:]:
        assert point.difference == 0
        assert point.difference_low <= 0 <= point.difference_high
        assert point.p_better == pytest.approx(0.5, abs=0.05)


def test_changing_sides_changes_signs():
    a, b = side(*random_curves(2)), side(*random_curves(3))
    there, back = by_reports(a, b).lanes[1].points[-1], by_reports(b, a).lanes[1].points[-1]
    assert there.difference == pytest.approx(-back.difference)
    assert there.difference_low == pytest.approx(-back.difference_high)
    assert there.p_better == pytest.approx(1 - back.p_better)


def test_the_other_goal_with_other_signs_is_the_same_race():
    curves = [random_curves(4), random_curves(5)]
    falls = by_reports(*(side(*some) for some in curves))
    turned = [[[-v for v in curve] for curve in some] for some in curves]
    rises = by_reports(*(side(*some, goal=Goal.MAXIMIZE) for some in turned), goal=Goal.MAXIMIZE)
    for point, turned_point in zip(falls.lanes[1].points, rises.lanes[1].points, strict=True):
        if point.typical is None:
            assert turned_point.typical is None
            continue
        assert turned_point.typical == pytest.approx(-point.typical)
        assert (turned_point.low, turned_point.high) == (
            pytest.approx(-point.high),
            pytest.approx(-point.low),
        )
        assert turned_point.regret == pytest.approx(point.regret)
        assert turned_point.p_better == point.p_better


def test_scaled_values_are_scaled_answers():
    curves = [random_curves(6), random_curves(7)]
    plain = by_reports(*(side(*some) for some in curves)).lanes[1].points[-1]
    wide = by_reports(*(side(*[[8 * v for v in c] for c in some]) for some in curves))
    scaled = wide.lanes[1].points[-1]
    assert scaled.difference_low == pytest.approx(8 * plain.difference_low)
    assert scaled.regret == pytest.approx(8 * plain.regret)
    assert scaled.p_better == plain.p_better


def test_the_order_of_a_tables_rows_changes_nothing():
    bests, reports = [0.3, 0.1, 0.5, 0.4], [4, 3, 2, 1]
    group = table(bests, reports)
    turned = group.part("t", [3, 1, 0, 2])
    other = table([0.2, 0.6], [2, 3])
    assert by_reports(other, group).lanes == by_reports(other, turned).lanes


@given(order=st.permutations(range(6)))
@settings(deadline=None, max_examples=5)
def test_the_order_in_which_runs_are_read_changes_nothing(order):
    curves = random_curves(8)

    def read(places):
        return side(
            *[curves[k] for k in places],
            budget=5,
            starts=[1000.0 * k for k in places],
            facts=[{"id": f"r{k}"} for k in places],
        )

    other = side(*random_curves(9))
    assert by_reports(read(order), other) == by_reports(read(range(6)), other)


def test_a_table_counts_a_run_once_it_is_paid_for():
    found = by_reports(table([0.5, 0.4], [10, 10]), table([0.3, 0.2], [20, 20]))
    assert found.equal_compute == 20
    assert [point.typical for point in found.lanes[1].points[:-1]] == [None] * 19
    last = found.lanes[1].points[-1]
    assert (last.low, last.high) == (0.2, 0.3)
    assert found.lanes[0].points[10].low == pytest.approx(0.4)
    assert all(point.recorded is None for lane in found.lanes for point in lane.points)
    assert found.lanes[0].improvements == ()


def test_hours_are_spread_over_reports_and_nan_reports_cost_too():
    nan = float("nan")
    with_nan = side([0.9, 0.5, nan, nan], [0.4, 0.3, 0.2, 0.1])
    without = side([0.8] * 8)
    found = anytime_comparison([with_nan, without], Unit.HOURS, Goal.MINIMIZE, 0)
    assert found.equal_compute == pytest.approx(without.hours.sum())
    at = {round(20 * f): p.recorded for f, p in zip(FRACTIONS, found.lanes[0].points, strict=True)}
    assert (at[3], at[6], at[10], at[13], at[20]) == (0.9, 0.5, 0.5, 0.4, 0.2)


@pytest.mark.parametrize(
    ("other", "why"),
    [
        pytest.param(table([0.1, 0.2]), "the reports of 2 of its 2 runs", id="cost"),
        pytest.param(table([0.1]), "the reports of its only run", id="of one run"),
        pytest.param(table([0.1, 0.2], [0, 0]), "its runs used no reports", id="none used"),
        pytest.param(side([math.nan], [math.nan]), "finite value", id="no value"),
    ],
)
def test_a_side_that_cannot_race_says_why(other, why):
    found = by_reports(side([1.0], [2.0]), other)
    assert why in found.lanes[1].why_not
    assert (found.equal_compute, found.lanes[0].points) == (None, ())


def test_one_run_is_raced_but_not_resampled():
    found = by_reports(side([0.5, 0.4, 0.3]), side([0.6, 0.2], [0.1, 0.1]))
    assert found.set_by == 0
    single, pair = (lane.points[-1] for lane in found.lanes)
    assert (single.recorded, single.typical, single.low) == (0.3, None, None)
    assert pair.recorded == 0.1
    assert (pair.difference, pair.p_better) == (None, None)
    assert single.regret == pytest.approx(0.2)


def test_regret_is_the_distance_from_the_best_of_any_side():
    found = by_reports(side([0.5], [0.4]), side([0.6], [0.3], [0.1]))
    assert found.lanes[0].points[-1].regret == pytest.approx(0.3)
    assert found.lanes[1].points[-1].regret == pytest.approx(0.2)


def test_values_at_the_end_of_floats_are_values():
    found = answer(side([1e308], [-1e308]), side([1e308], [9e307]))
    assert found.races[0].lanes[0].points[-1].recorded == -1e308
    assert found.contrasts[1].difference.p is None
