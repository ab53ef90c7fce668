"""Divergence and noise: what is told apart, on curves made of known parts. Lower is better."""

import numpy as np
import pytest

from tests.analysis.health.charts import codes, examined, found, why_not
from wbtools.findings import Confidence
from wbtools.model import Goal

N_RUNS = 30


def fall(n, depth=1.0):
    """A curve that falls from 1 by so much, fast at first."""
    return 1 - depth * (1 - np.exp(-4 * np.arange(n) / n))


def noisy(curve, size, draw):
    return curve + size * draw(len(curve))


def diverged(*curves, goal=Goal.MINIMIZE):
    """How many runs are said to have diverged."""
    examination = examined(*curves, ask={"goal": goal})
    if "WBD222" not in codes(examination):
        return 0
    return found(examination, "WBD222").evidence["n_diverged"]


@pytest.mark.parametrize(("n", "size"), [(8, 0.1), (20, 0.3), (80, 0.3), (500, 0.5)])
def test_runs_that_improve_did_not_diverge_however_noisy(n, size):
    dice = np.random.default_rng(n)
    curves = [noisy(fall(n), size, dice.standard_normal) for _ in range(N_RUNS)]
    assert diverged(*curves) == 0
    assert diverged(*[-curve for curve in curves], goal=Goal.MAXIMIZE) == 0


@pytest.mark.parametrize("n", [40, 80, 500])
def test_outliers_are_no_divergence_either(n):
    dice = np.random.default_rng(n)
    assert (
        diverged(*[noisy(fall(n), 0.3, lambda k: dice.standard_t(2, k)) for _ in range(N_RUNS)])
        == 0
    )


@pytest.mark.parametrize("n", [20, 30, 200])
def test_noise_alone_is_hardly_ever_divergence(n):
    dice = np.random.default_rng(n)
    assert diverged(*[dice.standard_normal(n) for _ in range(10 * N_RUNS)]) <= 0.04 * 10 * N_RUNS


def test_curves_too_short_to_show_their_noise_are_not_judged():
    dice = np.random.default_rng(3)
    for n in (3, 4):
        examination = examined(*[dice.standard_normal(n) for _ in range(N_RUNS)])
        assert "WBD222" not in codes(examination)
        assert why_not(examination, "WBD222") == [
            "only 0 runs with 5 reports or more; 5 are needed"
        ]


@pytest.mark.parametrize(
    ("n", "confidence"), [(8, Confidence.LOW), (11, Confidence.LOW), (12, Confidence.MEDIUM)]
)
def test_of_short_curves_it_is_said_with_low_confidence(n, confidence):
    lost = fall(n)
    lost[n // 2 :] = 5.0
    examination = examined(*[fall(n) for _ in range(N_RUNS)], lost)
    assert found(examination, "WBD222").confidence is confidence


@pytest.mark.parametrize("n", [8, 20, 80, 500])
@pytest.mark.parametrize(
    "end",
    [lambda dice, k: 1.3 + 0.1 * dice.standard_normal(k), lambda _, k: np.geomspace(2, 1e9, k)],
)
def test_a_loss_that_lasts_is_found_among_noisy_runs(n, end):
    dice = np.random.default_rng(n)
    curves = [noisy(fall(n), 0.1, dice.standard_normal) for _ in range(N_RUNS)]
    for curve in curves[:3]:
        curve[n // 2 :] = end(dice, n - n // 2)
    assert diverged(*curves) == 3


def test_explosions_as_large_as_those_before_them_are_still_found():
    curves = [fall(6) * (1 + k / 100) for k in range(5)]
    assert diverged(*curves, [1.0, 0.5, 3.0, 900.0, 9.0, 11.0]) == 1


def test_a_blip_that_was_lost_at_once_was_no_gain():
    lucky = np.zeros(400)
    lucky[30] = -1.0
    assert diverged(*[fall(400) for _ in range(5)], lucky) == 0


def test_a_slow_decline_that_ends_better_than_it_began_is_no_divergence():
    overfitted = [*np.linspace(1.0, 0.0, 5), *np.linspace(0.0, 0.7, 195)]
    assert diverged(*[fall(200) for _ in range(5)], overfitted) == 0
    worse_than_before = [*np.linspace(1.0, 0.0, 5), *np.linspace(0.0, 1.2, 195)]
    assert diverged(*[fall(200) for _ in range(5)], worse_than_before) == 1


def test_one_bad_last_report_after_falls_that_were_made_good_is_noise():
    bursts = [1.0, 0.5, 1.1, 0.4, 1.0, 0.3, 1.0]
    assert diverged(*[fall(7) for _ in range(5)], bursts) == 0
    assert diverged(*[fall(7) for _ in range(5)], [1.0, 0.5, 0.6, 0.4, 0.5, 0.3, 9.0]) == 1
