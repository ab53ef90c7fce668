"""Projections and what follows from them for the sweep, on cases whose answer is known."""

import numpy as np
import pytest

from wbtools.analysis.gems import Field, judge_gems, rank_gems, seed_noise
from wbtools.analysis.projection import (
    PRIOR_P_GEM,
    calibrated,
    empirical_gains,
    outlook,
    p_below,
    running_best,
)


def field(*curves, n_full: int, budget: int = 5, configs=None) -> Field:
    width = max(len(curve) for curve in curves)
    values = np.array([[*c, *[np.nan] * (width - len(c))] for c in curves], dtype=float)
    full = np.arange(len(curves)) < n_full
    return Field(
        values=values,
        n_reports=np.array([len(curve) for curve in curves]),
        best=np.array([min(curve, default=np.nan) for curve in curves]),
        has_curves=True,
        full=full,
        stopped=~full,
        budget=np.full(len(curves), budget),
        configs=configs or [{}] * len(curves),
    )


def test_gains_are_those_of_longer_runs_from_the_same_report_on():
    best = running_best(np.array([[5.0, 3, 2], [6, 6, 6], [4, np.nan, np.nan]]))
    gains = empirical_gains(best, np.array([3, 3, 1]), np.array([True, True, True]), 1)
    assert gains.tolist() == [0.0, 3.0]


def test_a_new_gain_falls_between_and_beyond_the_known_ones_with_equal_probability():
    draws = 10 - outlook(10.0, np.array([1.0, 2.0, 3.0]), spread=1.0).draws
    for low, high in ((0, 1), (1, 2), (2, 3), (3, np.inf)):
        assert np.mean((draws > low) & (draws <= high)) == pytest.approx(0.25, abs=0.01)
    assert draws.min() >= 0


def test_nothing_is_ever_projected_to_get_worse():
    draws = outlook(1.0, np.array([]), spread=0.5).draws
    assert draws.max() <= 1.0
    assert p_below(draws, 1.0) > 0.99


def test_the_calibration_is_monotone_and_never_certain():
    shares = np.linspace(0, 1, 50)
    line = [calibrated(float(share)) for share in shares]
    assert line == sorted(line)
    assert 0 < line[0] < line[-1] < 1


def test_above_the_bar_comes_first_and_abstentions_keep_a_prior():
    data = field([5, 4, 3, 2, 1.5], [5, 4, 3, 2, 1], [0.5], [9], [], n_full=2)
    projections, outcome = judge_gems(data, 1.0, sign=1.0)
    assert rank_gems(projections, data.best)[0] == 2
    assert projections[2].p_gem == 1.0
    assert projections[4].p_gem == PRIOR_P_GEM
    assert outcome.n_abstained == 1
    assert outcome.p_any == 1.0
    assert outcome.expected_gems == pytest.approx(sum(p.p_gem for p in projections.values()))


def test_recovery_never_falls_and_ends_at_all():
    data = field([5, 3, 1], [5, 3, 0.9], [4], [4.5], [3], n_full=2, budget=3)
    shares = [one.share for one in judge_gems(data, 0.9, sign=1.0)[1].recovery]
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(1.0)


def test_the_answer_is_a_function_of_its_arguments():
    data = field([5, 3, 1], [5, 3, 0.9], [4], [4.5], n_full=2, budget=3)
    first, second = (judge_gems(data, 0.9, sign=-1.0)[0] for _ in range(2))
    assert first == second
    assert first[2].low <= first[2].median <= first[2].high


def test_seed_noise_from_repeats_else_from_the_scatter_of_reports():
    repeats = [{"lr": 1, "seed": 1}, {"lr": 1, "seed": 2}, {"lr": 2, "seed": 1}]
    data = field([1.0], [3.0], [9.0], n_full=3, configs=repeats)
    noise, source = seed_noise(data)
    assert (noise, source) == (pytest.approx(np.sqrt(2.0)), "1 repeated configuration")
    noise, source = seed_noise(field([5, 4, 3, 2, 2.1, 2.0], n_full=1, configs=[{"lr": 1}]))
    assert noise == pytest.approx(0.1 * 1.4826 / np.sqrt(2), rel=1e-3)
    assert "scatter" in source
    assert seed_noise(field([1.0], n_full=0)) == (0.0, "")


def test_runs_without_a_recorded_configuration_are_no_repeats():
    assert seed_noise(field([1.0], [9.0], n_full=2)) == (0.0, "")
