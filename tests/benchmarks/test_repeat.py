"""Promises are held against runs that really were fresh, and counted by configuration."""

import math

import numpy as np
import pytest

from tests.benchmarks import repeat
from tests.benchmarks.repeat import Promise


def sweep(*runs: tuple[str, str, int, str]) -> tuple[dict, dict]:
    """A sweep and its truth from (bank run, state, width, seed)."""
    listed = [
        {
            "run_id": f"r{k}",
            "config": {"width": width, "seed": seed},
            "state": state,
            "history": [3.0, 2.0, 1.9, 1.8] if state == "finished" else [2.5],
        }
        for k, (_, state, width, seed) in enumerate(runs)
    ]
    true = {f"r{k}": {"bank_run": name, "best": int(name[1:])} for k, (name, *_) in enumerate(runs)}
    answer = {"sweep_id": runs[0][0], "task": "parity_mlp", "goal": "minimize", "budget": 4}
    return answer | {"runs": listed}, {"runs": true, "scale": 1.0}


def promise(p: float, beat: float, configuration: str = "a", task: str = "t") -> Promise:
    return Promise(task, configuration, "bar", p, p, beat, p, beat)


def test_a_fresh_run_is_one_of_the_configuration_that_is_not_in_the_sweep():
    first, true_first = sweep(("b1", "finished", 8, 0), ("b2", "stopped", 9, 0))
    other, true_other = sweep(("b7", "stopped", 8, 1), ("b4", "finished", 9, 1))
    truth = {"b1": true_first, "b7": true_other}
    runs = repeat.bank([first, other], truth)
    assert sorted(map(sorted, runs.values())) == [["b1", "b7"], ["b2", "b4"]]
    by_row = repeat.fresh(first, truth, runs)
    assert {row: bests.tolist() for row, bests in by_row.items()} == {0: [7], 1: [4]}
    both, true_both = sweep(("b2", "stopped", 9, 0), ("b4", "finished", 9, 1))
    assert repeat.fresh(both, {"b2": true_both}, runs) == {}
    found = repeat.promises(first, 1.0, by_row, repeat.without(repeat.WITHOUT))
    assert [each.bar for each in found] == list(repeat.BARS)
    assert {each.beat for each in found} == {0.0}
    assert repeat.noise_ratios([first, other], runs)["parity_mlp"][0] == 2


def test_a_task_that_is_in_no_fold_is_judged_by_the_shipped_model(tmp_path):
    file = repeat.without(tmp_path)
    assert file("s46_g65_reward") == tmp_path / "fold-3.npz"
    assert file("other") == repeat.SHIPPED


def test_the_count_of_independent_events_has_its_exact_interval():
    assert repeat.poisson_binomial([0.5] * 4) == (0, 4)
    assert repeat.poisson_binomial([1.0] * 3) == (3, 3)
    assert repeat.poisson_binomial([0.1] * 100) == (5, 15)


def test_configurations_are_drawn_not_runs():
    alike = [promise(0.5, 1.0, "a")] * 9 + [promise(0.5, 0.0, "b")]
    assert repeat.interval(alike, lambda drawn: np.mean([x.beat for x in drawn])) == (0.0, 1.0)
    assert repeat.counted(alike)[:3] == ["10", "2", "5.0 (2 to 8)"]


def test_the_share_seen_has_no_skill_and_the_truth_has_all():
    of = [promise(0.25, beat) for beat in (1, 0, 0, 0)]
    assert repeat.skill(of, lambda _: 0.25) == pytest.approx(0.0)
    assert repeat.skill(of, lambda x: x.beat) == pytest.approx(1.0, abs=1e-3)
    assert math.isnan(repeat.skill([promise(0.1, 0.0)], lambda _: 0.1))
    assert [row[:4] for row in repeat.reliability(of)] == [["0.1 to 0.3", "4", "1", ".25"]]
