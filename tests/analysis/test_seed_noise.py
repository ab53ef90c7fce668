"""Seed noise, and what a fresh run may come to, on cases whose answer is known."""

import math

import numpy as np
import pytest

from tests.analysis.test_gems import field
from wbtools.analysis.seed_noise import if_run_again, seed_noise
from wbtools.stats.imputation import even_normals

NORMAL = even_normals(2000)


def test_repeats_tell_the_noise():
    repeats = [{"lr": 1, "seed": 1}, {"lr": 1, "seed": 2}, {"lr": 2, "seed": 1}]
    noise, source = seed_noise(field([1.0], [3.0], [9.0], n_full=3, configs=repeats))
    assert (noise, source) == (pytest.approx(np.sqrt(2.0)), "1 repeated configuration")


def test_the_very_same_run_once_more_is_no_repeat():
    copies = [{"lr": 1, "seed": 1}] * 2
    curves = [[5, 4, 3, 2, 2.1, 2.0]] * 2
    noise, source = seed_noise(field(*curves, n_full=2, configs=copies))
    assert noise > 0.01
    assert "no configuration was repeated" in source
    three = [*copies, {"lr": 1, "seed": 2}]
    noise, source = seed_noise(field(*curves, [5, 4, 3, 4], n_full=3, configs=three))
    assert (noise, source) == (pytest.approx(0.5 * math.sqrt(2)), "1 repeated configuration")


def test_without_repeats_it_lies_between_the_scatter_of_reports_and_the_spread_of_results():
    scatter = 0.1 * 1.4826 / math.sqrt(2)
    noise, source = seed_noise(field([5, 4, 3, 2, 2.1, 2.0], n_full=1))
    assert noise == pytest.approx(scatter, rel=1e-3)
    assert "scatter" in source
    assert "spread" not in source
    curves = [[5, 4, 3, 2, 2.1, 2.0], [6, 5, 4, 3, 3.1, 3.0], [9, 8, 7, 40, 40.1, 40.0]]
    noise, source = seed_noise(field(*curves, n_full=3))
    assert noise == pytest.approx(math.sqrt(scatter * 1.4826), rel=1e-3)
    assert "scatter" in source
    assert "spread" in source
    alike = [[5, 4, 3, 2, 2.1, 2.0]] * 2
    assert seed_noise(field(*alike, n_full=2))[0] == pytest.approx(scatter, rel=1e-3)


def test_a_metric_that_mostly_stands_still_has_noise_all_the_same():
    still = [[1.0] * 10 + [0.9] + [1.0] * 4, [2.0] * 10 + [1.9] + [2.0] * 4]
    assert seed_noise(field(*still, n_full=2))[0] > 0.01


@pytest.mark.parametrize(
    "curves",
    [
        pytest.param([[5, 4, 3, 2, 2, 2, 2.0], [1.0] * 6, [3.0] * 6], id="flat tails"),
        pytest.param([[1.0] * 6] * 2, id="all alike"),
        pytest.param([[1.7e308] * 6, [-1.7e308] * 6], id="as far apart as floats go"),
    ],
)
def test_curves_that_stand_still_tell_nothing_of_their_seeds(curves):
    assert seed_noise(field(*curves, n_full=len(curves))) == (0.0, "")


def test_noise_may_be_beyond_floats_but_never_undefined():
    curves = [[1.7e308, -1.7e308] * 3, [1.0, 2.0] * 3]
    assert seed_noise(field(*curves, n_full=2))[0] > 0


def test_nothing_tells_nothing():
    assert seed_noise(field([1.0], n_full=0)) == (0.0, "")


def test_runs_that_differ_in_a_seedling_are_no_repeats():
    apart = [{"lr": 1, "seedling_weight": k} for k in range(2)]
    assert seed_noise(field([1.0], [3.0], n_full=2, configs=apart)) == (0.0, "")


def test_runs_without_a_recorded_configuration_are_no_repeats():
    assert seed_noise(field([1.0], [9.0], n_full=2)) == (0.0, "")


@pytest.mark.parametrize("seen", [0.25, 1.0])
def test_the_luck_that_showed_is_taken_out_and_anothers_put_in(seen):
    """By drawing it: the run's own luck is half shown, half still to come."""
    draws, bar, noise = 5 + NORMAL * 0.7, 4.6, 0.5
    rng = np.random.default_rng(0)
    luck = rng.normal(0, noise * seen * math.sqrt(2), (500, len(draws)))
    drawn = draws + luck
    p, gain = if_run_again(draws, best=9.0, bar=bar, noise=noise, seen=seen)
    assert p == pytest.approx(np.mean(drawn < bar), abs=2e-3)
    assert gain == pytest.approx(np.mean(np.maximum(bar - drawn, 0)), abs=2e-3)


def test_a_run_that_stands_still_owes_its_best_to_its_seed():
    stuck = np.full(2000, 5.0)
    early, late = (
        if_run_again(stuck, best=5.0, bar=5.1, noise=0.1, seen=seen) for seen in (0.01, 1.0)
    )
    assert early == late
    assert early[0] == pytest.approx(0.76, abs=0.01)


def test_without_noise_a_fresh_run_is_as_good_as_the_run():
    p, gain = if_run_again(5 + NORMAL, best=9.0, bar=5.0, noise=0.0, seen=0.5)
    assert p == 0.5
    assert gain == pytest.approx(1 / math.sqrt(2 * math.pi), abs=1e-3)


def test_nothing_is_promised_beyond_what_the_metric_can_be():
    at_floor = {"best": 0.02, "noise": 0.3, "seen": 1.0, "floor": 0.0}
    p, gain = if_run_again(np.full(2000, 0.02), bar=0.01, **at_floor)
    assert 0.4 < p < 0.5
    assert 0 < gain <= 0.01
    assert if_run_again(np.full(2000, 0.02), bar=0.0, **at_floor) == (0.0, 0.0)


def test_values_at_the_limits_of_floats_give_a_probability():
    for best, noise in ((1e308, 1e307), (-1e308, math.inf), (1e308, 0.0)):
        p, _ = if_run_again(np.full(2000, best), best=best, bar=-best / 2, noise=noise, seen=1.0)
        assert 0 <= p <= 1
