"""Sets of real curves: which runs stand beside each other, how long they are, which way is up."""

import json

import numpy as np
import pandas as pd
import pytest

from tests.training.wild import curves_wild

pytest.importorskip("pyarrow")


def curve(run: int, values, **facts) -> dict:
    usual = {"source": 46, "task": 200, "group": 65, "segment": -1, "kind": "reward"}
    return {**usual, "goal": "maximize", "curve": run, "run": run, "value": values, **facts}


def rising(n: int = 20) -> list[float]:
    return np.linspace(0, 1, n).tolist()


def banks_of(folder, curves: list[dict], configs=None):
    runs = sorted({each["run"] for each in curves})
    configs = configs or {run: json.dumps({"lr": run}) for run in runs}
    pd.DataFrame({"run": runs, "config": [configs[run] for run in runs]}).to_parquet(
        folder / "runs.parquet"
    )
    # Rows lie in any order.
    pd.DataFrame(curves[::-1]).to_parquet(folder / "curves.parquet")
    return curves_wild(folder)


def test_a_large_group_is_a_set_of_its_own_and_small_ones_are_left_out_beside_it(tmp_path):
    curves = [curve(run, rising(), group=65 if run < 15 else 66) for run in range(20)]
    (bank,) = banks_of(tmp_path, curves)
    assert bank.task == "s46_g65_reward_200"
    assert bank.configs == [{"lr": run} for run in range(15)]
    assert bank.report_s.tolist() == [1] * 15


def test_small_groups_of_a_project_make_one_set(tmp_path):
    curves = [curve(run, rising(), group=run) for run in range(14)]
    (bank,) = banks_of(tmp_path, curves)
    assert bank.task == "s46_all_reward_200"
    assert bank.curves.shape == (14, 20)
    assert banks_of(tmp_path, curves[:13]) == []


def test_projects_metrics_and_trainings_lie_apart(tmp_path):
    curves = [
        curve(run, rising(), source=source, task=task, segment=segment)
        for source, task, segment in ((46, 200, -1), (46, 201, -1), (46, 200, 0), (7, 9, 3))
        for run in range(14)
    ]
    found = {bank.task for bank in banks_of(tmp_path, curves)}
    assert found == {
        "s46_g65_reward_200",
        "s46_g65_reward_201",
        "s46_g65_reward_200_0",
        "s7_g65_reward_9_3",
    }


def test_lower_is_better_whatever_the_goal(tmp_path):
    curves = [
        curve(run, rising(), task=task, goal=goal)
        for task, goal in ((1, "minimize"), (2, "maximize"))
        for run in range(14)
    ]
    lower, higher = banks_of(tmp_path, curves)
    assert lower.curves[0].tolist() == rising()
    assert higher.curves[0].tolist() == [-value for value in rising()]


def test_runs_that_were_cut_short_are_left_out_and_nearly_whole_ones_go_on_flat(tmp_path):
    curves = [curve(run, rising()) for run in range(14)]
    curves += [curve(14, rising()[:18]), curve(15, rising()[:17]), curve(16, rising(30))]
    (bank,) = banks_of(tmp_path, curves)
    assert [config["lr"] for config in bank.configs] == [*range(15), 16]
    assert bank.curves.shape == (16, 20)
    assert (-bank.curves[14]).tolist() == [*rising()[:18], rising()[17], rising()[17]]
    assert (-bank.curves[15]).tolist() == rising(30)[:20]
    assert banks_of(tmp_path, [curve(run, rising(9)) for run in range(14)]) == []


def test_long_curves_are_read_at_every_so_manyth_report(tmp_path):
    (bank,) = banks_of(tmp_path, [curve(run, np.arange(450.0).tolist()) for run in range(14)])
    assert (-bank.curves[0]).tolist() == list(range(0, 450, 3))


def test_a_run_counts_once_and_what_is_unknown_stays_unknown(tmp_path):
    curves = [curve(run, [np.nan, *rising(), np.inf]) for run in range(14)]
    curves.append(curve(0, rising(22), curve=99))
    configs = {run: "{}" if run else '{"lr": 1}' for run in range(14)}
    (bank,) = banks_of(tmp_path, curves, configs)
    assert bank.curves.shape == (14, 22)
    assert np.isnan(bank.curves[0, 0])
    assert bank.curves[0, -2] == -1
    assert np.isnan(bank.curves[0, -1])
    assert bank.configs == [{"lr": 1}, *[{}] * 13]
    assert np.isnan(bank.train_loss).all()
