"""Simulated sweeps: what a forecast says of curves whose outcome is known."""

import math
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from wbtools.model.forecast import LEVEL, ReportDistribution, SweepPlan
from wbtools.model.interval import Interval
from wbtools.planning.curve_library import CurveLibrary
from wbtools.planning.forecast import forecast, of_one_more
from wbtools.planning.forecast_file import PlannedSweep
from wbtools.planning.simulation_draws import SimulatedSweep, top_runs
from wbtools.rules.grammar import parse_rule

QUICK = settings(max_examples=25, deadline=None)


def planned(rule="hyperband(min_iter=3,eta=3,strict=true)", **said):
    policy = None if rule is None else parse_rule(rule).resolved()
    plan_fields = {"n_runs": 12, "budget": 20, "hours_per_run": 2.0, **said}
    plan = SweepPlan(
        source="s.yaml", rule=rule, bands=policy.bands if policy else (), **plan_fields
    )
    return PlannedSweep(plan=plan, rule=policy)


def bank(values, name="task", n_reports=None, n_seen=None):
    values = np.asarray(values, dtype=float)
    width = values.shape[1]
    n_reports = np.full(len(values), width) if n_reports is None else np.asarray(n_reports)
    n_seen = n_reports if n_seen is None else np.asarray(n_seen)
    values = np.where(np.arange(width) < n_reports[:, None], values, np.nan)
    return CurveLibrary(name=name, values=values, n_reports=n_reports, n_seen=n_seen)


def parallel(n_runs=30, horizon=20):
    """Runs whose order never changes."""
    return bank(np.arange(n_runs)[:, None] + np.linspace(1, 0, horizon))


def noise(seed, n_runs=30, horizon=20):
    return bank(np.random.default_rng(seed).normal(size=(n_runs, horizon)))


def test_where_runs_never_change_places_the_best_is_never_stopped():
    (sweep,) = forecast([planned()], [parallel()], n_draws=20).sweeps
    assert sweep.best_stopped.share.estimate == 0
    assert sweep.top_stopped.share.estimate < 0.2
    assert 0.4 < sweep.saved.estimate < 0.9
    assert sweep.reached[0].estimate == 12


def test_when_the_best_starts_worst_it_is_stopped():
    crossing = np.linspace(np.arange(30), -2.0 * np.arange(30), 20).T
    (sweep,) = forecast([planned()], [bank(crossing)], n_draws=20).sweeps
    assert sweep.best_stopped.share.estimate > 0.8


@QUICK
@given(
    seed=st.integers(0, 999),
    first=st.integers(1, 25),
    eta=st.sampled_from([2, 3, 4]),
    n_runs=st.integers(1, 40),
    n_agents=st.integers(1, 50),
    strict=st.booleans(),
)
def test_every_answer_adds_up(seed, first, eta, n_runs, n_agents, strict):
    rule = f"hyperband(min_iter={first},eta={eta},strict={str(strict).lower()})"
    asked = planned(rule, n_runs=n_runs)
    (sweep,) = forecast(
        [asked], [noise(seed), noise(seed + 1)], n_agents=n_agents, n_draws=4
    ).sweeps
    assert sweep.full_reports == 20 * n_runs
    assert sweep.full_hours == 2.0 * n_runs
    assert sweep.full_days == math.ceil(n_runs / n_agents) * 2.0 / 24
    assert sweep.saved.low <= sweep.saved.estimate <= sweep.saved.high
    assert sweep.reports.estimate == pytest.approx((1 - sweep.saved.estimate) * sweep.full_reports)
    assert sweep.hours.estimate == pytest.approx(sweep.reports.estimate * 2.0 / 20)
    assert sweep.days.high <= sweep.full_days + 1e-9
    assert sweep.hours.estimate / 24 / n_agents <= sweep.days.estimate + 1e-9
    shares = [*(estimate.estimate for estimate in sweep.reached), sweep.to_the_end.estimate]
    assert all(a >= b - 1e-9 for a, b in pairwise(shares))
    if sweep.plan.is_stopped:
        assert sweep.reached[0].estimate == n_runs
        assert sweep.n_simulated == 8
        bands = [*sweep.plan.bands_within, 20]
        least = sum(n * (b - a) for n, a, b in zip(shares, [0, *bands], bands, strict=False))
        assert sweep.reports.estimate >= least - 1e-6
    else:
        assert sweep.saved.estimate == 0


@QUICK
@given(
    seed=st.integers(0, 999),
    reports=st.sets(st.integers(1, 20), min_size=2).map(sorted),
    first=st.integers(1, 20),
    n_runs=st.integers(1, 40),
    n_agents=st.integers(1, 9),
)
@example(seed=0, reports=[14, 15], first=1, n_runs=1, n_agents=1)
def test_runs_of_different_lengths_add_up(seed, reports, first, n_runs, n_agents):
    shares = tuple(np.full(len(reports), 1 / len(reports)).tolist())
    lengths = ReportDistribution(reports=tuple(reports), shares=shares)
    asked = planned(
        f"hyperband(min_iter={first})", n_runs=n_runs, budget=reports[-1], lengths=lengths
    )
    (sweep,) = forecast([asked], [noise(seed)], n_agents=n_agents, n_draws=30).sweeps
    assert sweep.full_reports == pytest.approx(n_runs * np.mean(reports))
    assert sweep.full_hours == n_runs * 2.0
    assert 0 <= sweep.saved.low <= sweep.saved.high <= 1
    assert sweep.reports.low <= sweep.reports.estimate <= sweep.reports.high
    assert sweep.reports.high <= n_runs * reports[-1]
    assert sweep.reports.estimate <= sweep.full_reports * 1.5
    if not sweep.plan.is_stopped:
        assert (sweep.to_the_end.estimate, sweep.saved.estimate) == (n_runs, 0)
        assert sweep.hours.low < sweep.hours.estimate < sweep.hours.high
    for band, reached in zip(sweep.plan.bands_within, sweep.reached, strict=True):
        long_enough = np.mean(np.array(reports) >= band)
        assert reached.estimate <= n_runs * long_enough + 4 * math.sqrt(n_runs / 30)


def test_only_runs_that_are_long_enough_get_to_a_band():
    lengths = ReportDistribution(reports=(2, 20), shares=(0.75, 0.25))
    asked = planned("hyperband(min_iter=3)", n_runs=100, lengths=lengths)
    (sweep,) = forecast([asked], [parallel()], n_draws=40).sweeps
    assert sweep.reached[0].estimate == pytest.approx(25, abs=2.5)
    assert 75 < sweep.to_the_end.estimate < 95
    assert sweep.full_reports == 650
    unstopped = forecast([planned(None, n_runs=100, lengths=lengths)], [parallel()]).sweeps[0]
    assert (unstopped.hours.estimate, unstopped.full_hours) == (200, 200)
    assert unstopped.hours.low == pytest.approx(200 * (1 - 1.645 * 7.794 / 6.5 / 10), rel=1e-3)
    grid = planned(None, n_runs=100, lengths=lengths, method="grid")
    assert forecast([grid], [parallel()]).sweeps[0].hours.low == 200


def test_a_grid_has_every_length_as_often_as_it_is_written():
    lengths = ReportDistribution(reports=(2, 20), shares=(0.75, 0.25))
    asked = planned("hyperband(min_iter=3)", n_runs=12, lengths=lengths, method="grid")
    (sweep,) = forecast([asked], [parallel()], n_draws=40).sweeps
    assert sweep.reached[0] == Interval(estimate=3, low=3, high=3, level=LEVEL)
    odd = ReportDistribution(reports=(1, 2, 3), shares=(1 / 3, 1 / 3, 1 / 3))
    for n_runs in range(1, 8):
        asked = planned(
            "hyperband(min_iter=2)", n_runs=n_runs, budget=3, lengths=odd, method="grid"
        )
        (sweep,) = forecast([asked], [noise(1)], n_draws=9).sweeps
        assert sweep.reached[0].low == sweep.reached[0].high
        assert abs(sweep.reached[0].estimate - n_runs * 2 / 3) < 1


@QUICK
@given(seed=st.integers(0, 999), scale=st.sampled_from([1e-3, 1.0, 50.0]))
def test_only_the_order_of_values_counts(seed, scale):
    plain = noise(seed)
    other = replace(plain, values=np.exp(plain.values) * scale)
    assert forecast([planned()], [plain], n_draws=4) == forecast([planned()], [other], n_draws=4)


@QUICK
@given(seed=st.integers(0, 999))
def test_hours_only_scale_the_answer(seed):
    (quick,) = forecast([planned()], [noise(seed)], n_draws=4).sweeps
    (slow,) = forecast([planned(hours_per_run=4.0)], [noise(seed)], n_draws=4).sweeps
    assert slow.hours.estimate == pytest.approx(2 * quick.hours.estimate)
    assert slow.days.high == pytest.approx(2 * quick.days.high)
    assert (slow.saved, slow.reached) == (quick.saved, quick.reached)


@QUICK
@given(seed=st.integers(0, 99), n_agents=st.integers(1, 30))
def test_more_agents_never_need_more_days_where_no_run_is_stopped(seed, n_agents):
    few = forecast([planned(None)], [noise(seed)], n_agents=n_agents).sweeps[0]
    more = forecast([planned(None)], [noise(seed)], n_agents=n_agents + 1).sweeps[0]
    assert more.days.estimate <= few.days.estimate
    assert (few.saved.estimate, few.n_simulated, few.best_stopped) == (0, 0, None)


def test_the_same_seed_gives_the_same_answer_and_another_one_does_not():
    asked = [planned()], [noise(1), noise(2), noise(3)]
    first, again, other = (forecast(*asked, n_draws=9, seed=seed) for seed in (5, 5, 6))
    assert first == again
    assert first.sweeps != other.sweeps


def test_what_nobody_recorded_is_counted():
    n_seen = np.where(np.arange(30) % 2, 4, 20)
    (sweep,) = forecast([planned()], [bank(parallel().values, n_seen=n_seen)], n_draws=20).sweeps
    (whole,) = forecast([planned()], [parallel()], n_draws=20).sweeps
    assert whole.by_task[0].unseen == 0
    assert 0.1 < sweep.by_task[0].unseen < 0.6
    assert sweep.saved == whole.saved


def test_runs_that_end_by_themselves_are_not_stopped():
    n_reports = np.where(np.arange(30) < 15, 2, 20)
    (sweep,) = forecast([planned(n_runs=30)], [bank(parallel().values, n_reports=n_reports)]).sweeps
    assert sweep.reached[0].estimate == 15
    assert 0 < sweep.to_the_end.high <= 15


def test_runs_without_any_report_in_the_forecasts_steps_end_at_once():
    n_reports = np.array([20, 20, 1, 1, 1, 1])
    short = bank(parallel(6).values, n_reports=n_reports)
    rule = "hyperband(min_iter=2,eta=2)"
    (sweep,) = forecast([planned(rule, n_runs=6, budget=4)], [short], n_draws=10).sweeps
    assert sweep.reached[0].estimate == 2


def test_of_best_runs_that_tie_each_that_is_stopped_counts():
    crossing = np.linspace(np.arange(12), -2.0 * np.arange(12), 20).T
    (sweep,) = forecast([planned(n_runs=24)], [bank(crossing)], n_draws=40).sweeps
    n_halves = sweep.best_stopped.share.estimate * 2 * 40  # every curve comes twice
    assert n_halves == pytest.approx(round(n_halves))
    assert round(n_halves) % 2 == 1


def test_one_curve_again_and_again_tells_nothing_of_the_best():
    (sweep,) = forecast([planned()], [parallel(1)], n_draws=2).sweeps
    assert (sweep.saved.estimate, sweep.best_stopped) == (0, None)
    assert sweep.risk_unknown == "it takes at least 12 curves, and there are 1"


def test_few_curves_leave_a_wide_range():
    (few,) = forecast([planned()], [parallel(12)], n_draws=10).sweeps
    (many,) = forecast([planned()], [parallel(120)], n_draws=10).sweeps
    assert few.best_stopped.share.estimate == many.best_stopped.share.estimate == 0
    assert few.best_stopped.share.high > 2 * many.best_stopped.share.high > 0


def test_without_runs_or_budget_nothing_is_made_up():
    (without_runs,) = forecast([planned(n_runs=None)], [noise(1)]).sweeps
    assert (without_runs.full_hours, without_runs.saved, without_runs.reached) == (None, None, ())
    (without_budget,) = forecast([planned(budget=None)], [noise(1)]).sweeps
    assert (
        without_budget.full_hours,
        without_budget.full_reports,
        without_budget.hours,
        without_budget.saved,
    ) == (24.0, None, None, None)


def test_a_rule_that_stops_nothing_costs_the_whole():
    (sweep,) = forecast([planned("hyperband(min_iter=20)")], [noise(1)]).sweeps
    assert (sweep.saved.estimate, sweep.hours.estimate, sweep.to_the_end.estimate) == (0, 24.0, 12)
    assert forecast([planned("hyperband(min_iter=20)")], [noise(1)]).evidence == ()


def test_sweeps_add_up_and_one_unknown_leaves_the_sum_unknown():
    parts = [planned(), planned(None, n_runs=5), planned("hyperband(min_iter=5)", n_runs=8)]
    answer = forecast(parts, [noise(1), noise(2)], n_agents=2, n_draws=20)
    total = answer.total
    assert total.n_runs == 25
    assert total.full_hours == 50
    assert total.full_days == (6 + 3 + 4) * 2 / 24
    assert total.hours.estimate == pytest.approx(
        sum(sweep.hours.estimate for sweep in answer.sweeps)
    )
    assert total.days.estimate == pytest.approx(sum(sweep.days.estimate for sweep in answer.sweeps))
    assert total.saved.estimate == pytest.approx(1 - total.hours.estimate / 50)
    assert total.hours.low < total.hours.estimate < total.hours.high
    unknown = forecast([*parts, planned(hours_per_run=None)], [noise(1)], n_draws=2).total
    assert (unknown.n_runs, unknown.full_hours, unknown.hours, unknown.saved) == (37,) + (None,) * 3
    assert forecast([*parts, planned(n_runs=None)], [noise(1)], n_draws=2).total.n_runs is None


def test_a_large_and_a_small_sweep_add_up():
    large = planned(n_runs=200, budget=200)
    alone = forecast([planned()], [noise(1), noise(2)])
    answer = forecast([planned(), large], [noise(1), noise(2)])
    small, other = answer.sweeps
    assert small.n_simulated == other.n_simulated < alone.sweeps[0].n_simulated == 240
    assert answer.total.hours.estimate == pytest.approx(small.hours.estimate + other.hours.estimate)


def test_more_banks_than_simulated_sweeps_still_get_one_each():
    banks = [noise(seed, n_runs=3) for seed in range(61)]
    (sweep,) = forecast([planned(n_runs=200, budget=200)], banks).sweeps
    assert sweep.n_simulated == 61


def test_large_sweeps_are_simulated_by_a_part_of_them():
    asked = planned("hyperband(min_iter=3000,eta=3)", n_runs=50_000, budget=10**8)
    sweep = SimulatedSweep.of(asked.plan, asked.rule, 1000)
    assert (sweep.n_runs, sweep.n_steps, sweep.n_agents) == (200, 200, 4)
    assert sweep.rounds_factor == 1
    assert sweep.rule.bands[0] == 1
    (sweep_forecast,) = forecast([asked], [noise(1)], n_agents=1000, n_draws=2).sweeps
    assert sweep_forecast.full_reports == 5 * 10**12
    assert sweep_forecast.reached[0].estimate == pytest.approx(50_000)
    assert (sweep_forecast.n_simulated_runs, sweep_forecast.n_simulated_steps) == (200, 200)


def test_bands_that_fall_on_one_step_hide_none_that_follow():
    asked = planned("hyperband(min_iter=1,eta=3)", n_runs=30, budget=100_000)
    sweep = SimulatedSweep.of(asked.plan, asked.rule, 1)
    assert sweep.bands[:6] == (1, 2, 3, 4, 5, 6)
    assert sweep.rule.bands == sweep.bands
    draws = sweep.run(parallel(30, 200), 10, np.random.default_rng(0))
    n_at_bands = draws.reached.mean(axis=0) * 30
    assert draws.reached.shape == (10, len(asked.plan.bands_within) + 1)
    assert n_at_bands[0] == 30
    assert n_at_bands[-1] < n_at_bands[6] < n_at_bands[1] < 30


@QUICK
@given(n_runs=st.integers(201, 10**6), n_agents=st.integers(1, 10**6), seed=st.integers(0, 99))
def test_days_of_a_large_sweep_lie_between_shared_work_and_no_stop_at_all(n_runs, n_agents, seed):
    asked = planned("hyperband(min_iter=5)", n_runs=n_runs, budget=10)
    (sweep,) = forecast([asked], [noise(seed)], n_agents=n_agents, n_draws=1).sweeps
    shared = sweep.hours.estimate / 24 / n_agents
    assert shared * (1 - 1e-9) <= sweep.days.estimate <= sweep.full_days * (1 + 1e-9)


def test_progress_is_told():
    progress = []
    forecast(
        [planned(), planned(None)], [noise(1), noise(2)], n_draws=1, on_progress=told_to(progress)
    )
    assert progress == [(1, 4), (2, 4), (3, 4), (4, 4)]


def told_to(progress):
    return lambda n_done, total: progress.append((n_done, total))


@QUICK
@given(
    horizon=st.integers(1, 30), steps=st.integers(1, 60), share=st.floats(0.05, 1), r=st.integers(1)
)
def test_a_stretched_curve_keeps_its_shape(horizon, steps, share, r):
    n_reports = max(1, int(share * horizon))
    library = bank(np.arange(horizon)[None].astype(float), n_reports=[n_reports])
    stretched = library.stretched(steps)
    assert stretched.horizon == steps
    values, n = stretched.values[0], int(stretched.n_reports[0])
    assert np.isfinite(values[:n]).all()
    assert np.isnan(values[n:]).all()
    assert (np.diff(values[:n]) >= 0).all()
    assert n == n_reports * steps // horizon
    if n_reports == horizon:
        assert values[-1] == horizon - 1
    if steps == horizon:
        assert np.array_equal(values[:n_reports], library.values[0, :n_reports])
    if n:
        at = (r - 1) % n + 1
        assert values[at - 1] == math.ceil(at * horizon / steps) - 1


@QUICK
@given(shares=st.lists(st.floats(0, 1), min_size=2, max_size=8))
def test_one_more_task_lies_around_the_others(shares):
    low, high = of_one_more(shares)
    assert 0 <= low <= high <= 1
    if len(set(shares)) == 1:
        assert low == pytest.approx(shares[0], abs=1e-9)
        assert high == pytest.approx(shares[0], abs=1e-9)


def test_the_best_tenth_is_never_nobody():
    assert [top_runs(n) for n in (1, 10, 11, 30)] == [1, 1, 2, 3]


@pytest.mark.parametrize("budget", [20, 200, 1_000, 100_000])
def test_bands_of_long_runs_stay_apart_however_coarse_the_simulation(budget):
    first = max(1, budget // 1_000)
    planned_sweep = planned(f"hyperband(min_iter={first},eta=3)", n_runs=27, budget=budget)
    (sweep,) = forecast([planned_sweep], [noise(1)], n_draws=30).sweeps
    means = [band.estimate for band in sweep.reached]
    assert all(before > after for before, after in pairwise(means[:4])), means
    assert sweep.saved.estimate > 0.6


def test_bands_at_every_report_are_not_spread_over_the_run():
    planned_sweep = planned("hyperband(max_iter=9000,eta=1.001,s=2000)", budget=10_000)
    asked = SimulatedSweep.of(planned_sweep.plan, planned_sweep.rule, 1)
    assert len(asked.bands) == len(planned_sweep.plan.bands_within)
    assert all(
        (step - 1) * 50 < band <= step * 50
        for band, step in zip(planned_sweep.plan.bands_within, asked.bands, strict=True)
    )
    assert list(asked.rule.bands) == sorted(set(asked.bands))


def test_crashed_runs_do_not_get_to_the_end_and_what_they_spare_is_told_apart():
    falling = np.arange(30)[:, None] + np.linspace(1, 0, 20)
    crashy = bank(falling, n_reports=np.where(np.arange(30) % 2, 20, 2))
    planned_sweep = planned("hyperband(min_iter=19,eta=3)", n_runs=30)
    answer = forecast([planned_sweep], [crashy], n_draws=20)
    (sweep,) = answer.sweeps
    assert sweep.reached[0].estimate == 15
    assert sweep.to_the_end.estimate <= 15
    assert answer.evidence[0].natural_savings == pytest.approx(0.45)
    assert sweep.saved.estimate < 0.45 + 15 / 600
