"""Projections and what follows from them for the sweep, on cases whose answer is known."""

import numpy as np
import pytest

from wbtools.analysis.gems import judge_gems, rank_gems
from wbtools.analysis.projection import SweepSnapshot
from wbtools.analysis.projection.catch_up import catch_up, natural_floor
from wbtools.analysis.projection.remaining_improvement import (
    RemainingImprovement,
    remaining_improvement,
)
from wbtools.rules.running import running_best


def p_below(draws, incumbent):
    return np.mean(draws < incumbent)


def field(*curves, n_full: int, budget: int = 5, configs=None) -> SweepSnapshot:
    width = max(len(curve) for curve in curves)
    values = np.array([[*c, *[np.nan] * (width - len(c))] for c in curves], dtype=float)
    full = np.arange(len(curves)) < n_full
    return SweepSnapshot(
        values=values,
        n_reports=np.array([len(curve) for curve in curves]),
        best=np.array([min(curve, default=np.nan) for curve in curves]),
        has_curves=True,
        full=full,
        stopped=~full,
        horizon=np.full(len(curves), budget),
        configs=configs or [{}] * len(curves),
    )


def test_gains_are_those_of_longer_runs_from_the_same_report_on():
    best = running_best(np.array([[5.0, 3, 2], [6, 6, 6], [4, np.nan, np.nan]]))
    n_reports, full = np.array([3, 3, 1]), np.array([True, True, True])
    gains = remaining_improvement(best, n_reports, full, at=1, horizon=None)
    assert (gains.own.tolist(), gains.final.tolist()) == ([3.0, 0.0], [2.0, 6.0])


def test_gains_end_at_the_runs_own_horizon():
    best = running_best(np.array([[5.0, 3, 2, 1]]))
    gains = remaining_improvement(best, np.array([4]), np.array([True]), at=1, horizon=2)
    assert (gains.own.tolist(), gains.final.tolist()) == ([2.0], [3.0])


def test_a_run_may_stand_still_or_catch_up_and_rarely_more():
    gains = RemainingImprovement(own=np.array([1.0, 1.2]), final=np.array([4.0, 4.1]))
    draws = catch_up(10.0, gains, spread=0.1)
    assert draws.max() <= 10.0
    assert np.quantile(draws, 0.95) > 9
    assert np.mean(draws < 4.0) < 0.05
    assert np.mean(draws < 7.0) > 0.3


def test_a_run_close_to_the_bar_beats_it_by_what_others_gained():
    gains = RemainingImprovement(own=np.array([1.0] * 20), final=np.array([4.0] * 20))
    assert p_below(catch_up(4.5, gains, spread=0.1), 4.0) == pytest.approx(0.5, abs=0.05)
    assert p_below(catch_up(6.0, gains, spread=0.1), 4.0) < 0.05


def test_nothing_is_ever_projected_to_get_worse_or_beyond_the_floor():
    nobody = RemainingImprovement(own=np.array([]), final=np.array([]))
    draws = catch_up(1.0, nobody, spread=0.5, floor=0.9)
    assert draws.max() <= 1.0
    assert draws.min() >= 0.9
    assert catch_up(0.5, nobody, spread=0.5, floor=0.9).tolist() == [0.5] * len(draws)


@pytest.mark.parametrize(
    ("values", "floor"),
    [([0.2, 3.0], 0.0), ([-0.2, -0.9], -1.0), ([-3.0, 2.0], -np.inf), ([-30.0], -np.inf)],
    ids=["a loss", "an accuracy", "anything", "a score"],
)
def test_the_floor_follows_from_the_values(values, floor):
    assert natural_floor(np.array(values)) == floor


def test_equal_completed_runs_leave_some_width():
    data = field([2.0, 2.0], [2.0, 2.0], [2.5], n_full=2, budget=2)
    projection = judge_gems(data, 2.0, sign=1.0)[0][2]
    assert projection.low < projection.high


def test_above_the_bar_comes_first_and_a_run_without_a_value_is_no_candidate():
    data = field([5, 4, 3, 2, 1.5], [5, 4, 3, 2, 1], [0.5], [9], [], n_full=2)
    projections, outcome = judge_gems(data, 1.0, sign=1.0)
    assert rank_gems(projections, data.best)[0] == 2
    assert projections[2].p_gem == 1.0
    assert 4 not in projections
    assert (outcome.n_candidates, outcome.n_abstained) == (2, 0)
    assert outcome.p_any == 1.0
    assert outcome.expected_gems == pytest.approx(sum(p.p_gem for p in projections.values()))


def test_the_sweeps_probability_lies_between_the_largest_and_the_expected_number():
    for stopped in ([[4.0]], [[4.0], [4.5], [3.0]], [[4.0]] * 100):
        data = field([5, 3, 1], [5, 3, 0.9], *stopped, n_full=2, budget=3)
        projections, outcome = judge_gems(data, 0.9, sign=1.0)
        p_gems = [projection.p_gem for projection in projections.values()]
        assert max(p_gems) - 1e-12 <= outcome.p_any <= min(1.0, sum(p_gems)) + 1e-12


def test_recovery_never_falls_and_ends_at_all():
    data = field([5, 3, 1], [5, 3, 0.9], [4], [4.5], [3], n_full=2, budget=3)
    shares = [recovery.share for recovery in judge_gems(data, 0.9, sign=1.0)[1].recovery]
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(1.0)


def test_the_answer_is_a_function_of_its_arguments():
    data = field([5, 3, 1], [5, 3, 0.9], [4], [4.5], n_full=2, budget=3)
    first, second = (judge_gems(data, 0.9, sign=-1.0)[0] for _ in range(2))
    assert first == second
    assert first[2].low <= first[2].median <= first[2].high
