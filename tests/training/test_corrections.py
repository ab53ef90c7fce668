"""What is fitted on families that were not seen: intervals hold, odds are put together."""

import numpy as np
import pytest

from tests.training.corrections import _BEFORE, corrections, family_weights
from tests.training.simulate import Rows
from wbtools.analysis.projection.weights import BLENDED, LEVELS, MIDDLE, log_odds, stretched

FAMILIES = ("cartpole_pg", "charlm_gru", "digits_mlp", "s46_g65_reward_200", "s46_g66_reward_200")
OF_FAMILY, RUNS = 400, 20
N = len(FAMILIES) * OF_FAMILY


def made_up(p: np.ndarray, gain: np.ndarray, gap: np.ndarray, seed: int = 0) -> Rows:
    """Rows of sweeps of `RUNS` runs, which are gems with a probability."""
    features = np.zeros((N, 3), dtype=np.float32)
    return Rows(
        names=np.array(["catch_up_odds", "fate_score", "gap_sweep"]),
        features=features,
        gain=gain,
        gap=gap,
        traits=np.zeros((N, 4)),
        is_gem=np.random.default_rng(seed).random(N) < p,
        weight=np.ones(N),
        task=np.repeat(FAMILIES, OF_FAMILY),
        sweep=np.arange(N) // RUNS,
        is_plain=np.ones(N, dtype=bool),
    )


def gains_and_quantiles(factor: float, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Gains around a known median, and quantiles that lie too near it by a factor."""
    rng = np.random.default_rng(seed)
    middle = rng.uniform(3, 5, N)
    levels = rng.uniform(0, 1, N)
    return middle + 2 * (levels - 0.5), middle[:, None] + factor * 2 * (LEVELS - 0.5)


def held(rows: Rows, quantiles: np.ndarray, found: dict[str, np.ndarray]) -> float:
    wide = stretched(quantiles, found["widening"])
    low, high = (
        np.array([np.interp(level, LEVELS, row) for row in wide]) for level in found["interval"]
    )
    return float(np.mean((rows.gain >= low - 1e-9) & (rows.gain <= high + 1e-9)))


@pytest.mark.parametrize(("factor", "stretch"), [(0.5, 2.0), (1.0, 1.0), (1.6, 0.625)])
def test_intervals_are_stretched_until_nine_tenths_are_held(factor, stretch):
    gain, quantiles = gains_and_quantiles(factor)
    rows = made_up(np.full(N, 0.1), gain, np.full(N, 6.0))
    found = corrections(rows, quantiles, np.zeros((N, 4)))
    assert found["widening"][MIDDLE] == 1
    assert np.delete(found["widening"], MIDDLE) == pytest.approx(stretch, rel=0.25)
    assert 0.89 <= held(rows, quantiles, found) <= 0.925
    assert found["interval"][0] == 0.05
    assert 0.94 <= found["interval"][1] <= 0.98


def test_a_family_that_is_told_badly_widens_the_intervals_of_all():
    gain, quantiles = gains_and_quantiles(1.0)
    even = corrections(made_up(np.full(N, 0.1), gain, gain), quantiles, np.zeros((N, 4)))
    off = gain + np.where(np.repeat(FAMILIES, OF_FAMILY) == "digits_mlp", 1.5, 0.0)
    odd = corrections(made_up(np.full(N, 0.1), off, gain), quantiles, np.zeros((N, 4)))
    top = LEVELS.tolist().index(0.95)
    assert odd["widening"][top] > even["widening"][top] + 0.2


def test_whoever_knows_gems_gets_the_say():
    rng = np.random.default_rng(2)
    true = rng.normal(-2, 1.5, N)
    gain, quantiles = gains_and_quantiles(1.0)
    rows = made_up(1 / (1 + np.exp(-true)), gain, quantiles[:, MIDDLE])
    odds = rng.normal(-2, 1.5, (N, 4))
    odds[:, BLENDED.index("trees")] = true
    blend = dict(zip(BLENDED, corrections(rows, quantiles, odds)["blend"].tolist(), strict=True))
    others = [blend[name] for name in ("linear", "logarithmic", "run trees")]
    assert blend["trees"] > 0.5
    assert max(map(abs, others)) < 0.15


def test_where_nothing_tells_anything_the_blend_stays_where_it_began():
    gain, quantiles = gains_and_quantiles(1.0)
    rows = made_up(np.full(N, 0.5), gain, quantiles[:, MIDDLE])
    blend = corrections(rows, quantiles, np.zeros((N, 4)))["blend"]
    before = [_BEFORE.get(name, 0.0) for name in BLENDED]
    assert blend == pytest.approx(before, abs=0.05)


@pytest.mark.parametrize("together", [False, True])
def test_p_any_is_drawn_in_where_gems_come_together(together):
    gain, quantiles = gains_and_quantiles(1.0)
    rng = np.random.default_rng(3)
    p = np.full(N, 0.05)
    if together:
        p = np.repeat(np.where(rng.random(N // RUNS) < 0.125, 0.4, 0.0), RUNS)
    rows = made_up(p, gain, np.full(N, 6.0))
    odds = np.tile(log_odds(np.full(1, 0.05)), (N, 4))
    factor, constant = corrections(rows, quantiles, odds)["any_blend"]
    has = np.mean([rows.is_gem[rows.sweep == sweep].any() for sweep in np.unique(rows.sweep)])
    alone = float(log_odds(np.array([1 - 0.95**RUNS]))[0])
    any_gem = 1 / (1 + np.exp(-(factor * alone + constant)))
    assert any_gem == pytest.approx(has, abs=0.08)
    assert (has < 0.3) == together


@pytest.mark.parametrize(("power", "ratio"), [(0.0, 1.0), (0.5, 3.0), (1.0, 9.0)])
def test_a_family_counts_as_its_rows_to_a_power_and_its_tasks_alike(power, ratio):
    task = np.repeat(["cartpole_pg", "s46_a", "s46_b"], [100, 700, 200])
    weights = family_weights(task, power)
    total = {name: weights[task == name].sum() for name in np.unique(task)}
    assert weights.mean() == pytest.approx(1)
    assert total["s46_a"] == pytest.approx(total["s46_b"])
    assert (total["s46_a"] + total["s46_b"]) / total["cartpole_pg"] == pytest.approx(ratio)
