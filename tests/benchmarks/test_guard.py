"""The study of guards counts as a hand does, and compares rules where they save the same."""

import numpy as np
import pytest

from tests.benchmarks import guard, guard_differences, guard_rules, guard_sweeps
from tests.training.banks import Bank
from wbtools.rules.fixed_budget import FixedBudget
from wbtools.rules.hyperband import Hyperband
from wbtools.rules.none import NoRule
from wbtools.rules.threshold_guard import ThresholdGuard

EARLY, MIDDLE, LATE, BAD = [3, 3, 3, 3], [4, 4, 3, 2], [5, 5, 5, 1], [9, 9, 9, 9]


def bank(*curves: list[float], task: str = "parity_mlp") -> Bank:
    values = np.array(curves, dtype=float)
    return Bank(
        task=task,
        curves=values,
        train_loss=np.full_like(values, np.nan),
        report_s=np.ones(len(values)),
        configs=[{"lr": 0.1 * (k + 1)} for k in range(len(values))],
    )


def test_saving_and_gems_are_those_of_a_hand():
    drawn = guard_sweeps.draw(bank(EARLY, MIDDLE, LATE, BAD), seed=0)
    assert guard_sweeps.measured(NoRule(), drawn).tolist() == [0, 0, 0, 0, 0]
    # Half of each run: what is reached is 3, and two runs would have come to 2 and to 1.
    halved = guard_sweeps.measured(FixedBudget(n=2), drawn)
    assert halved == pytest.approx([0.5, 0.5, 2, 1, 2 / (2.5 - 1)])
    # The run of 3 is good enough to go on, which saves less and finds nothing.
    spared = guard_sweeps.measured(ThresholdGuard(rule=FixedBudget(n=2), value=3.0), drawn)
    assert spared == pytest.approx([0.375, 0.375, 2, 1, 2 / (2.5 - 1)])


def test_an_order_is_the_same_each_time_and_earlier_runs_lie_outside_large_sweeps():
    curves = [[float(k), float(k)] for k in range(80)]
    first, again = (guard_sweeps.draw(bank(*curves), seed=3) for _ in range(2))
    np.testing.assert_array_equal(first.scenario.seen.values, again.scenario.seen.values)
    in_sweep = set(first.scenario.seen.best.tolist())
    assert len(in_sweep) == guard_sweeps.MOST_RUNS
    assert first.values["best of 10 earlier"] not in in_sweep
    assert first.values["third of 10 earlier"] > first.values["best of 10 earlier"]
    assert first.values["95th percentile (hindsight)"] == pytest.approx(0.05 * 79)


def test_tasks_without_a_difference_are_left_out_and_large_families_thinned():
    curves = [[float(k), float(k)] for k in range(6)]
    large = [bank(*curves, task=f"s106_{k}") for k in range(20)]
    found = guard_sweeps.thinned([*large, bank(*[[1.0]] * 6, task="s128_x")])
    assert [each.task for each in found] == [f"s106_{k}" for k in (0, 4, 8, 11, 15, 19)]


def test_a_guard_is_compared_where_the_ladder_saves_as_much():
    tasks = ["parity_mlp", "s46_a"]
    draws = guard_differences.drawn_weights(tasks, 200)
    ladder = np.array([[[0.8, 9.0]] * 2, [[0.2, 1.0]] * 2, [[0.6, 3.0]] * 2])
    fewer = guard_differences.less_ladder(np.array([[0.4, 1.5]] * 2), ladder, tasks, draws)
    assert [each.value for each in fewer] == pytest.approx([0, 1.5 - 2.0])
    assert fewer[1].is_clear
    assert guard_differences.place_on(ladder[:, 0, 0], 0.4) == (1, 2)
    apart = guard_differences.less_ladder(np.array([[0.4, 1.0], [0.4, 3.0]]), ladder, tasks, draws)[
        1
    ]
    assert (apart.value, apart.low, apart.high) == pytest.approx((0, -1, 1))
    assert not apart.is_clear
    beyond = guard_differences.less_ladder(np.array([[0.9, 0.0]] * 2), ladder, tasks, draws)
    assert all(np.isnan([each.value, each.low, each.high]).all() for each in beyond)


def test_families_count_alike_and_are_drawn_whole():
    tasks = ["imdb_1", "imdb_2", "parity_mlp"]
    assert guard_differences.family_weights(tasks) == pytest.approx([0.25, 0.25, 0.5])
    draws = guard_differences.drawn_weights(tasks, 500)
    assert draws.sum(axis=1) == pytest.approx(np.ones(500))
    assert {round(float(w), 6) for w in draws[:, 2]} == {0.0, 0.5, 1.0}
    assert draws.mean(axis=0) == pytest.approx([0.25, 0.25, 0.5], abs=0.05)
    alone = guard_differences.drawn_weights(["imdb_1", "imdb_2"], 50)
    assert alone[:, 0].min() == 0 < alone[:, 0].max() == 1


def test_a_ladder_begins_strict_and_ends_with_no_rule():
    for steps in guard_rules.ladders(100).values():
        assert isinstance(list(steps.values())[-1], NoRule)
    assert guard_rules.ladders(100)["later first band"]["10%"] == guard_rules.hyperband(100, 0.1)
    assert guard_rules.ladders(60)["one band"]["1/3"] == Hyperband(max_iter=60, s=1, eta=3)


def test_all_rules_of_a_task_are_told():
    rng = np.random.default_rng(0)
    curves = np.cumsum(rng.normal(-1, 2, (16, 12)), axis=1).tolist()
    found = guard_sweeps.replayed_bank(bank(*curves), range(2), n_projecting=1)
    study = guard.Study({"parity_mlp": found}, 20)
    assert study.n_orders(("usual", "projected p=0.1")) == 1
    plain = study.means(("usual", ""))[0].value
    assert 0 < plain == found["usual", ""][:, 0].mean() < 1
    _, against_itself = study.less(("usual", ""), "later first band")
    assert [each.value for each in against_itself] == [0] * len(guard_sweeps.MEASURES)
    text = guard.report("made", study)
    assert "| early: top k=3 | 2 |" in text
    assert "| one band: none | .000 (.000 to .000) |" in text
    assert "| usual: until 3 completed | later first band |" in text
    fresh = guard_sweeps.replayed_bank(bank(*curves), range(1, 2), 0, ["top k=3"])
    np.testing.assert_array_equal(fresh["usual", "top k=3"], found["usual", "top k=3"][1:])
    assert ("usual", "diverged") not in fresh
