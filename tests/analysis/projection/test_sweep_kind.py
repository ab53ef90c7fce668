"""Traits of a kind of sweep, each on a small sweep that was drawn to have it or to lack it."""

from dataclasses import replace

import numpy as np
import pytest

from tests.analysis.projection.sweeps import cut, made
from wbtools.analysis.projection.catch_up import catch_up
from wbtools.analysis.projection.peer_slice import scaled_sweep
from wbtools.analysis.projection.remaining_improvement import RemainingImprovement
from wbtools.analysis.projection.snapshot import in_own_order
from wbtools.analysis.projection.sweep_kind import of_slice, of_sweep

N, BUDGET = 10, 20
AT = np.arange(BUDGET) / (BUDGET - 1)
LEVEL = np.linspace(5, 6, N)[:, None]
"""Of results that are near each other, so that no logarithm is taken."""


def scaled(field):
    return scaled_sweep(field, float(np.nanmin(field.best[field.full])))


def completed(curves):
    """Traits of a sweep whose runs all ran their course."""
    n, budget = curves.shape
    return of_sweep(scaled(cut(curves, np.full(n, budget), np.ones(n, dtype=bool))))


def sliced(curves, report):
    """Traits of the last two of `N` runs, which were stopped after a report."""
    full = np.arange(N) < N - 2
    sweep = scaled(cut(curves, np.where(full, BUDGET, report), full))
    return of_slice(sweep.cut(np.array([N - 2, N - 1]), report)), sweep


def falling(start):
    """Straight lines from a start to each run's level."""
    return LEVEL + (start - LEVEL) * (1 - AT)


def test_a_first_report_before_training_is_worst_alike_and_far():
    curves = LEVEL + 1 - AT
    alike = 90 + 1e-3 * (np.arange(N) % 3)[:, None]
    early = completed(np.concatenate((alike, curves), axis=1))
    plain = completed(curves)
    assert early["first_gap"] > 100 * plain["first_gap"] > 0
    assert early["first_alike"] < -5 < 0 < plain["first_alike"] < 2
    assert early["first_rank"] < 0.5
    assert plain["first_rank"] == pytest.approx(1)
    assert early["first_worst"] == plain["first_worst"] == 1
    rising = completed(curves[:, ::-1])
    assert rising["first_worst"] == 0
    assert rising["first_gap"] < 0
    same = completed(np.concatenate((np.full((N, 1), 90.0), curves), axis=1))
    assert same["first_rank"] == 0.5


def test_order_lasts_from_the_report_on_at_which_runs_have_crossed():
    lasting = completed(LEVEL + np.zeros(BUDGET))
    crossing = completed(np.where(AT < 0.3, 20 - LEVEL, LEVEL - 4 * AT))
    names = ("first", "second", "tenth", "quarter", "half")
    assert [lasting[f"order_{name}"] for name in names] == pytest.approx([1] * 5)
    assert [crossing[f"order_{name}"] for name in names] == pytest.approx([-1, -1, -1, -1, 1])


def test_runs_that_never_leave_chance_level_are_counted():
    curves = np.full((N, BUDGET), 8.0)
    curves[:3] = falling(8.0)[:3]
    assert completed(curves)["chance_share"] == 0.7
    assert completed(falling(8.0))["chance_share"] == 0


def test_a_gain_in_one_step_is_a_jump_and_a_slope_is_none():
    jump = np.where(AT < 0.6, 8.0, LEVEL)
    assert completed(jump)["jump_share"] == 1
    assert completed(falling(8.0))["jump_share"] == 0
    mixed = np.where(np.arange(N)[:, None] < 4, jump, falling(8.0))
    assert completed(mixed)["jump_share"] == 0.4
    mixed[-1] = np.where(AT < 0.6, 8.0, 7.9)
    assert completed(mixed)["jump_share"] == 0.4


def test_completed_runs_at_the_bar_are_counted_and_stopped_ones_are_not():
    curves = np.maximum(falling(8.0), np.sort(LEVEL[:, 0])[2])
    assert completed(curves)["tied_at_bar"] == 3
    full = np.arange(N) >= 2
    assert of_sweep(scaled(cut(curves, np.full(N, BUDGET), full)))["tied_at_bar"] == 1
    assert completed(falling(8.0))["tied_at_bar"] == 1


def test_noise_is_told_from_a_slope():
    noise = np.random.default_rng(0).standard_normal((N, BUDGET))
    calm, noisy = completed(falling(6.5)), completed(falling(6.5) + noise)
    assert noisy["noise_of_sweep"] > 10 * calm["noise_of_sweep"] > 0


def test_a_u_shape_is_best_early_and_falls_back():
    u_shape = LEVEL + np.minimum(np.abs(AT - AT[5]) / AT[5], 1)
    found, straight = completed(u_shape), completed(falling(8.0))
    assert (found["best_at"], found["early_best_share"], found["falls_back"]) == (0.3, 1, 1)
    higher = np.where(AT > 0.5, 2 * u_shape - LEVEL, u_shape)
    assert completed(higher)["falls_back"] == 1
    assert (straight["best_at"], straight["early_best_share"], straight["falls_back"]) == (1, 0, 0)


def test_few_runs_tell_no_kind():
    curves = falling(8.0)[:3]
    found = completed(curves)
    unknown = {name for name, value in found.items() if np.isnan(value)}
    told = {name for name in found if name.startswith(("first_", "order_"))}
    assert unknown == told | {"chance_share", "jump_share"}
    none_full = replace(cut(curves, np.full(3, 2), np.arange(3) < 1), full=np.zeros(3, dtype=bool))
    traits = of_sweep(scaled_sweep(none_full, 1.0))
    assert np.isnan([traits[name] for name in ("best_at", "early_best_share", "falls_back")]).all()
    assert traits["tied_at_bar"] == 0


def test_standing_is_told_without_the_first_report():
    curves = falling(8.0)[::-1].copy()
    curves[:4, 0], curves[-1, 0] = 4.0, 50.0
    found, sweep = sliced(curves, 5)
    unit = sweep.cut(np.array([N - 2, N - 1]), 5).unit
    assert found["rank_later"].tolist() == [0.15, 0.05]
    steps = curves[-2:, 0] - curves[-2:, 1]
    assert found["first_drop"] == pytest.approx(steps / unit)
    assert found["gained_later"] == pytest.approx((curves[-2:, 1] - curves[-2:, 4]) / unit)
    alone, _ = sliced(curves, 1)
    assert np.isnan([alone[name] for name in ("rank_later", "gained_later", "first_drop")]).all()


def test_a_level_is_the_mean_of_the_last_third_and_luck_grows_with_what_is_left():
    curves = falling(8.0)
    found, sweep = sliced(curves, 6)
    unit = sweep.cut(np.array([N - 2, N - 1]), 6).unit
    assert found["level_gap"] == pytest.approx(
        (curves[-2:, 4:6].mean(axis=1) - curves[-2:, 5]) / unit
    )
    assert found["rank_level"].tolist() == [0.85, 0.95]
    late, _ = sliced(curves, BUDGET)
    assert (found["luck_left"] > 0).all()
    assert late["luck_left"].tolist() == [0, 0]
    assert np.isnan(sliced(curves, 2)[0]["luck_left"]).all()


def test_plain_methods_say_what_they_say_elsewhere():
    curves = falling(8.0)
    curves[-2] = LEVEL[0] + 3 * (1 - AT) ** 2
    report = 4
    found, sweep = sliced(curves, report)
    cut_there = sweep.cut(np.array([N - 2, N - 1]), report)
    gains = RemainingImprovement(own=cut_there.full_gained, final=cut_there.full_end)
    for place, own in enumerate(cut_there.own.tolist()):
        ends = catch_up(own, gains, spread=sweep.spread_full)
        share = (ends < sweep.incumbent).mean()
        p = 1 / (1 + np.exp(-found["catch_up_odds"][place]))
        assert p == pytest.approx(share, abs=1e-3)
        assert found["catch_up_gain"][place] * cut_there.unit[place] == pytest.approx(
            own - np.median(ends)
        )
        enough = (own - gains.own < sweep.incumbent).sum()
        odds = (enough + 0.2) / (N - 2 + 1)
        assert found["gain_odds"][place] == pytest.approx(np.log(odds / (1 - odds)))
    assert found["catch_up_odds"][0] > found["catch_up_odds"][1]
    assert (found["catch_up_most"] >= found["catch_up_gain"]).all()
    quantiles = [found[f"gain_{level}"][0] for level in (10, 25, 75, 90)]
    assert quantiles == pytest.approx(
        np.quantile(gains.own, (0.1, 0.25, 0.75, 0.9)) / cut_there.unit[0]
    )


def test_gains_are_unknown_without_a_run_that_went_further_and_none_where_all_stand_still():
    alone, _ = sliced(falling(8.0), BUDGET)
    assert np.isnan([alone["gain_none"], alone["gain_75"]]).all()
    flat = np.where(AT < 0.2, 8.0, LEVEL)
    assert sliced(flat, 10)[0]["gain_none"].tolist() == [1, 1]
    assert sliced(falling(8.0), 10)[0]["gain_none"].tolist() == [0, 0]


def kinds(field):
    """All traits, of the sweep and by row of its stopped runs."""
    sweep = scaled(field)
    rows = np.flatnonzero(field.stopped)
    by_row = {}
    for report in np.unique(field.n_reports[rows]).tolist():
        there = rows[field.n_reports[rows] == report]
        found = of_slice(sweep.cut(there, report))
        for place, row in enumerate(there.tolist()):
            by_row[row] = np.array([found[name][place] for name in found])
    return np.array(list(of_sweep(sweep).values())), by_row


def turned(field, order):
    names = ("values", "n_reports", "best", "full", "stopped", "horizon")
    return replace(
        field,
        **{name: getattr(field, name)[order] for name in names},
        configs=[field.configs[row] for row in order],
    )


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("scale", [2.0**-20, 3.7, 1e6])
def test_neither_scale_nor_the_order_of_runs_matters(seed, scale):
    field = made(seed, n=30)
    order = np.random.default_rng(seed).permutation(30)
    other = turned(replace(field, values=field.values * scale, best=field.best * scale), order)
    (sweep, runs), (sweep_too, runs_too) = kinds(field), kinds(other)
    assert sweep_too == pytest.approx(sweep, rel=1e-6, abs=1e-9, nan_ok=True)
    for row, traits in runs_too.items():
        assert traits == pytest.approx(runs[int(order[row])], rel=1e-6, abs=1e-9, nan_ok=True)


def test_the_order_of_many_completed_runs_does_not_matter_either():
    field = made(3, n=120, n_full=80)
    other, order = in_own_order(field)
    (_, runs), (_, runs_too) = kinds(field), kinds(other)
    for row, traits in runs_too.items():
        assert traits == pytest.approx(runs[int(order[row])], rel=1e-6, abs=1e-9, nan_ok=True)
