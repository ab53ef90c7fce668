"""The simulation of a sweep: what rules save and miss, censored curves, what is recommended."""

from dataclasses import fields, replace

import numpy as np
import pytest

from tests.analysis.sweeps import CUT_OFF, FINISHED, question, sweep
from wbtools.analysis.simulation.grid import Guards, default_rules, guarded
from wbtools.analysis.simulation.recommend import recommend
from wbtools.analysis.simulation.replay import replay
from wbtools.analysis.simulation.scenario import scenario
from wbtools.analysis.simulation.scoring import Score, best_stopped, score
from wbtools.analysis.simulation.simulate import Setup, interval_over_orders, simulate
from wbtools.app.model_weights import load_weights
from wbtools.errors import DataError
from wbtools.model import Goal, RunState
from wbtools.rules.fixed_budget import FixedBudget
from wbtools.rules.grammar import parse_rule
from wbtools.rules.hyperband import Hyperband
from wbtools.rules.none import NoRule

SETUP = Setup(n_orders=10, n_workers=2)


def curves(n, width, seed=0):
    rng = np.random.default_rng(seed)
    end = rng.uniform(0.1, 1.0, n)
    fall = np.exp(-np.arange(1, width + 1) / (width / 4))
    return (end[:, None] + fall * rng.uniform(1, 2, (n, 1))).round(4)


def whole(n=14, width=12, **more):
    return sweep(*curves(n, width).tolist(), **FINISHED, **more)


def partly(n=14, width=12, n_cut=6, at=4, goal=Goal.MINIMIZE):
    """The last runs were cut short."""
    values = (curves(n, width) * goal.sign).tolist()
    facts = [FINISHED] * (n - n_cut) + [CUT_OFF] * n_cut
    cut = [curve if k < n - n_cut else curve[:at] for k, curve in enumerate(values)]
    configs = [{"config": {"epochs": width, "lr": 0.1 + k}} for k in range(n)]
    return sweep(
        *cut, facts=[run_facts | config for run_facts, config in zip(facts, configs, strict=True)]
    )


def test_a_rule_that_stops_nobody_costs_all_and_misses_nothing():
    ground = scenario(whole(), question("none"))
    sample_completions = ground.sample_completions(np.random.default_rng(0))
    scored = score(replay(NoRule(), sample_completions), sample_completions, ground)
    assert (scored.cost_share, scored.regret, scored.n_gems_lost, scored.unseen_share) == (
        1,
        0,
        0,
        0,
    )
    assert scored.used_reports == 14 * 12
    assert not scored.best_stopped


def test_a_fixed_length_costs_its_share_and_misses_what_came_later():
    values = [[5.0, 4.0, 1.0, 0.5], [3.0, 2.0, 2.0, 2.0], [4.0, 3.0, 1.5, 1.5]]
    ground = scenario(sweep(*values, **FINISHED), question("none"))
    scored = score(replay(FixedBudget(n=2), ground.seen), ground.seen, ground)
    assert scored.cost_share == pytest.approx(0.5, abs=0.01)
    assert scored.regret == 1.5
    assert scored.regret_share == 1.5
    assert scored.best_stopped
    assert scored.n_gems_lost == 2


@pytest.mark.parametrize(
    ("best", "share"),
    [
        ([1.0, 2.0, 3.0, 4.0], 1.0),
        ([3.0, 1.0, 2.0, 4.0], 0.0),
        ([1.0, 1.0, 2.0, 1.0], 1 / 3),
        ([np.nan, 1.0, 1.0, 1.0], 0.0),
        ([np.nan] * 4, 0.25),
    ],
    ids=["the best is", "another is", "one of three that tie", "one without a value", "no values"],
)
def test_the_share_of_the_best_that_is_stopped(best, share):
    stopped = np.array([True, False, False, False])
    assert best_stopped(np.array(best), stopped) == share


def test_both_goals_give_the_same_answer():
    answers = []
    for goal in Goal:
        ground = scenario(partly(goal=goal), question("none", goal=goal))
        simulation = simulate([ground], [parse_rule("hyperband(min_iter=2)"), NoRule()], SETUP)
        answers.append([simulated.scores for simulated in simulation.tried])
    for scores, other_scores in zip(answers[0], answers[1], strict=True):
        for a, b in zip(scores[0], other_scores[0], strict=True):
            values = [[getattr(x, name.name) for name in fields(Score)] for x in (a, b)]
            assert values[0] == pytest.approx(values[1])


def test_what_a_guard_preserves_is_in_the_metrics_own_direction():
    """The best accuracy is 0.9, the others are below 0.5: only the best one outlives its stop."""
    values = [[0.1, 0.9, 0.9, 0.9], *[[0.1, 0.2, 0.3, 0.4]] * 3]
    ground = scenario(sweep(*values, **FINISHED), question("none", goal=Goal.MAXIMIZE))
    kept = replay(parse_rule("preserve(fixed(n=2),value=0.9)"), ground.seen)
    assert kept.stopped_at.tolist() == [0, 2, 2, 2]
    with pytest.raises(ValueError, match="another sign"):
        replace(ground, seen=replace(ground.seen, sign=1.0))


def test_nobody_is_stopped_until_a_run_completed():
    """Two workers over four runs of four reports: the first two run their course."""
    ground = scenario(sweep(*[[1.0, 2.0, 3.0, 4.0]] * 4, **FINISHED), question("none"))
    waited = replay(parse_rule("until(fixed(n=2),runs=1)"), ground.seen, n_workers=2)
    assert waited.stopped_at.tolist() == [0, 0, 2, 2]
    simulation = simulate([ground], [parse_rule("until(fixed(n=2),runs=5)")], SETUP)
    assert simulation.tried[0].over_orders("cost_share").estimate == 1


def test_the_same_seed_is_the_same_answer_and_another_is_another():
    ground = scenario(partly(), question("none"))
    rules = [parse_rule("asha(eta=3)")]
    scores = [
        simulate([ground], rules, Setup(n_orders=5, seed=seed)).tried[0].scores
        for seed in (1, 1, 2)
    ]
    assert scores[0] == scores[1] != scores[2]


def test_what_was_cut_short_is_drawn_and_never_the_value_at_the_stop():
    ground = scenario(partly(), question("none"))
    assert ground.cut.sum() == 6
    rng = np.random.default_rng(0)
    drawn = [ground.sample_completions(rng) for _ in range(40)]
    rows = np.flatnonzero(ground.cut)
    for trajectories in drawn:
        assert (trajectories.n_reports == 12).all()
        recorded = ground.seen
        for row in range(14):
            n = int(recorded.n_reports[row])
            assert trajectories.values[row, :n].tolist() == recorded.values[row, :n].tolist()
        assert np.isfinite(trajectories.values).all()
        assert (trajectories.best <= recorded.best).all()
    finals = np.array([trajectories.best[rows] for trajectories in drawn])
    assert (finals.std(axis=0) > 0).all()
    stop = ground.seen.best[rows]
    assert (finals.mean(axis=0) < stop).all()
    for row in rows:
        low, high = np.quantile(ground.draws[row], [0, 1])
        assert all(low - 1e-9 <= trajectories.best[row] <= high + 1e-9 for trajectories in drawn)


def test_the_share_that_rests_on_unseen_reports_is_counted():
    ground = scenario(partly(), question("none"))
    simulation = simulate(
        [ground], [parse_rule("fixed(n=4)"), parse_rule("fixed(n=6)"), NoRule()], SETUP
    )
    unseen = {
        str(simulated.rule): simulated.over_orders("unseen_share").estimate
        for simulated in simulation.tried
    }
    assert unseen["fixed(n=4)"] == 0
    assert unseen["fixed(n=6)"] == pytest.approx(6 * 2 / (14 * 6))
    assert unseen["none"] == pytest.approx(6 * 8 / (14 * 12))


def test_a_diverged_run_stays_so():
    values = [*curves(8, 10).tolist(), [0.9, 0.8, float("nan")]]
    recorded = sweep(*values, facts=[FINISHED | {"config": {"epochs": 10}}] * 8 + [CUT_OFF])
    ground = scenario(recorded, question("none"))
    sample_completions = ground.sample_completions(np.random.default_rng(0))
    assert sample_completions.n_reports.tolist() == [10] * 9
    assert sample_completions.n_finite.tolist() == [10] * 8 + [2]
    guard = parse_rule("diverged(none)")
    assert replay(guard, sample_completions).stopped_at.tolist() == [0] * 8 + [3]


def test_nan_between_finite_reports_stands_where_it_began():
    ground = scenario(
        sweep([3.0, float("nan"), 2.0], [3.0, 2.0, 1.0], **FINISHED), question("none")
    )
    assert np.isnan(ground.seen.values[0]).tolist() == [False, True, False]
    assert np.diff(ground.seen.report_s[0]).tolist() == [60, 60]


def test_crashed_runs_end_where_they_ended_and_silent_ones_are_left_out():
    values = curves(6, 10).tolist()
    crashed = {"state": RunState.CRASHED, "exit_code": 1, "config": {"epochs": 10}}
    recorded = sweep(*values[:4], values[4][:3], [], facts=[FINISHED] * 4 + [crashed] * 2)
    ground = scenario(recorded, question("none"))
    assert (int(ground.cut.sum()), ground.n_left_out) == (0, 1)
    sample_completions = ground.sample_completions(np.random.default_rng(0))
    assert sample_completions.n_reports.tolist() == [10] * 4 + [3]
    assert sample_completions.full.tolist() == [True] * 4 + [False]


NO_ANSWER = {
    "no runs": (sweep, "has no runs"),
    "no curves": (lambda: sweep([1.0], **FINISHED), "no curves"),
    "all reports are NaN": (lambda: sweep([float("nan")] * 3, **FINISHED), "no run has a finite"),
    "nobody ran its course": (
        lambda: sweep([3.0, 2.0], [2.0], facts=[{"config": {"epochs": 9}}] * 2, **CUT_OFF),
        "2 of 2 runs did not end by themselves and none ran its course",
    ),
}


@pytest.mark.parametrize(("make", "reason"), NO_ANSWER.values(), ids=NO_ANSWER)
def test_no_answer_has_a_reason(make, reason):
    recorded = make()
    asked = question("none")
    if reason == "no curves":
        recorded = type(recorded)(ref=recorded.ref, runs=recorded.runs, curves={})
    with pytest.raises(DataError, match=reason) as caught:
        scenario(recorded, asked)
    assert caught.value.hint


def test_where_the_model_abstains_runs_that_were_cut_short_are_no_ground():
    flags = np.random.default_rng(0).integers(0, 2, (24, 16)).astype(float).tolist()
    facts = [(FINISHED if k % 3 else CUT_OFF) | {"config": {"epochs": 16}} for k in range(24)]
    recorded = sweep(*(curve if k % 3 else curve[:4] for k, curve in enumerate(flags)), facts=facts)
    with pytest.raises(DataError, match=r"8 of 24 runs were cut short.*: \d+ % of all pairs"):
        scenario(recorded, question("none"), load_weights())
    assert len(scenario(recorded, question("none")).draws) == 8
    assert not scenario(sweep(*flags, **FINISHED), question("none"), load_weights()).cut.any()


SMALL = {
    "one run": (lambda: sweep([3.0, 2.0], **FINISHED), "1 run is too few"),
    "single reports": (lambda: sweep(*[[float(k)] for k in range(12)], **FINISHED), None),
    "constant": (lambda: sweep(*[[1.0] * 5] * 12, **FINISHED), "reached the same value"),
    "few completed": (lambda: partly(n=12, n_cut=10), "only 2 of 12 runs ran to their end"),
    "still running": (
        lambda: sweep(
            *curves(11, 8).tolist(),
            [2.0, 1.5],
            facts=[FINISHED | {"config": {"epochs": 8}}] * 11
            + [{"state": RunState.RUNNING, "config": {"epochs": 8}}],
        ),
        None,
    ),
}


@pytest.mark.parametrize(("make", "reason"), SMALL.values(), ids=SMALL)
def test_small_sweeps_get_an_answer_and_perhaps_no_advice(make, reason):
    simulation = simulate([scenario(make(), question("none"))], [], Setup(n_orders=10))
    assert NoRule() in [simulated.rule for simulated in simulation.tried]
    assert all(
        0 <= simulated.over_orders("cost_share").estimate <= 1 for simulated in simulation.tried
    )
    advice = recommend(simulation)
    assert (advice.abstained_because is None) == (reason is None)
    if reason is not None:
        assert reason in advice.abstained_because


def test_the_front_is_what_nothing_dominates():
    simulation = simulate([scenario(whole(), question("none"))], [], SETUP)
    points = [
        (
            simulated.over_orders("cost_share").estimate,
            simulated.over_orders("regret_share").estimate,
            simulated.on_front,
        )
        for simulated in simulation.tried
    ]
    for cost, regret, on_front in points:
        dominated = any(
            c <= cost and r <= regret and (c, r) != (cost, regret) for c, r, _ in points
        )
        assert on_front != dominated
    assert [simulated.on_front for simulated in simulation.front] == [True] * len(simulation.front)
    assert "top" in {
        simulated.rule.word for simulated in simulation.tried if not simulated.is_no_rule
    }


def test_the_recommended_rule_is_the_cheapest_fine_one_of_wandb():
    simulation = simulate([scenario(whole(n=20), question("none"))], [], SETUP)
    advice = recommend(simulation)
    assert advice.rule is not None
    assert advice.rule.is_of_wandb
    fine = [
        simulated
        for simulated in simulation.tried
        if simulated.is_of_wandb
        and np.mean([x.regret <= advice.tolerances[0] for x in simulated.scores[0]]) >= 0.9
    ]
    assert advice.rule is fine[0]


def test_several_sweeps_are_averaged():
    scenarios = [scenario(whole(), question("none")), scenario(partly(), question("none"))]
    simulation = simulate(scenarios, [parse_rule("fixed(n=6)"), NoRule()], SETUP)
    simulated = simulation.tried[0]
    parts = [simulated.over_orders("cost_share", sweep=k).estimate for k in (0, 1)]
    assert simulated.over_orders("cost_share").estimate == pytest.approx(np.mean(parts))
    assert len(recommend(simulation).tolerances) == 2


def test_polls_are_for_hyperband_alone():
    ground = scenario(whole(), question("none"))
    rules = [parse_rule(text) for text in ("hyperband(min_iter=1)", "asha(eta=3)")]
    often, rarely = (
        simulate([ground], rules, Setup(n_orders=3, n_workers=4, poll_s=poll_s))
        for poll_s in (0.0, 1e6)
    )
    cost_shares = [
        {
            str(simulated.rule): simulated.over_orders("cost_share").estimate
            for simulated in simulation.tried
        }
        for simulation in (often, rarely)
    ]
    assert cost_shares[1]["hyperband(min_iter=1)"] == 1 > cost_shares[0]["hyperband(min_iter=1)"]
    assert cost_shares[0]["asha(min_iter=1,eta=3)"] == cost_shares[1]["asha(min_iter=1,eta=3)"]


@pytest.mark.parametrize("horizon", [1, 2, 5, 27, 1000])
def test_the_default_grid_can_run_and_repeats_nothing(horizon):
    rules = default_rules(horizon)
    assert len(set(rules)) == len(rules)
    assert rules[-1] == NoRule()
    for rule in rules:
        assert parse_rule(str(rule)) == rule
        rule.refuse_unless_runnable()
    assert len(default_rules(100)) == 24


def test_guards_wrap_and_unwrap():
    rule = Hyperband(min_iter=2)
    rules = guarded(rule, Guards(preserve=0.5, patient=2, p_alive=0.1))
    assert [guarded_rule.word for guarded_rule in rules] == [
        "top",
        "diverged",
        "preserve",
        "patient",
        "projected",
    ]
    assert {guarded_rule.innermost for guarded_rule in rules} == {rule}


def test_a_promising_run_lives():
    ground = scenario(whole(n=20, width=16), question("none"))
    rule = "hyperband(min_iter=1,eta=4)"
    plain, sure, hopeful = (
        replay(parse_rule(text), ground.seen, n_workers=2)
        for text in (rule, f"projected({rule},p=1)", f"projected({rule},p=0.02)")
    )
    assert plain.n_made.sum() <= sure.n_made.sum() < hopeful.n_made.sum()


def test_ends_of_an_estimate_are_values_that_orders_had():
    estimate = interval_over_orders(np.array([*[0.0] * 19, 0.021]))
    assert (estimate.low, estimate.high) == (0.0, 0.021)
