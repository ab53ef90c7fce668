"""People who have nothing but exported tables: each command, from the file to the right answer."""

import json
import re
from pathlib import Path

import pytest

from tests.sources.tables.exported import DEMO, write_chart, write_runs

DATA = Path(__file__).parents[1] / "data" / "tables"
ACC = ("--metric", "val/acc", "--goal", "maximize")
RULE = ("--early-terminate", "hyperband(min_iter=2,eta=3,strict=true)")


def answer(wbtools, *words):
    return json.loads(wbtools(*words, "--format", "json", "-q").out)


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    folder = tmp_path_factory.mktemp("exported")
    write_chart(folder / "chart.csv", axis="Relative Time (Process)")
    write_runs(folder / "runs.csv")
    return folder


@pytest.mark.parametrize("name", ["chart.csv", ""], ids=["the chart", "its folder"])
def test_chart_and_table_are_audited_as_the_run_files_are(wbtools, exported, name):
    by_export = answer(wbtools, "audit-terminations", exported / name, *ACC, *RULE)
    by_files = answer(wbtools, "audit-terminations", "demo")
    for got, want in zip(by_export["runs"], by_files["runs"], strict=True):
        assert got["run_name"] == want["run_name"]
        assert got["cause"] == want["cause"]
        assert got["n_reports"] == want["n_reports"]
        if want["p_gem"] is not None:
            assert got["p_gem"] == pytest.approx(want["p_gem"], abs=0.03)


@pytest.mark.parametrize("command", ["rank", "importance", "doctor", "simulate"])
def test_other_commands_take_a_chart_too(wbtools, exported, command):
    asked = wbtools(command, exported / "chart.csv", *ACC, "-q")
    assert asked.code == 0, asked.err
    how_read = "chart.csv: W&B's export of a chart" in " ".join(asked.out.split())
    assert how_read is (command != "simulate")


def test_a_chart_alone_tells_no_configuration(wbtools, tmp_path):
    path = write_chart(tmp_path / "chart.csv", runs=[0, 5, 11])
    ranking = answer(wbtools, "rank", path, *ACC)
    assert [row["n_values"] for row in ranking["configurations"]] == [1, 1, 1]


def test_a_run_table_ranks_the_winner_first_and_leaves_results_out(wbtools, exported):
    page = wbtools("rank", exported / "runs.csv", *ACC, "-q").out
    assert "W&B's export of runs, 36 rows, no curves; taken for results" in " ".join(page.split())
    assert "test_acc" in page
    assert "test_acc=" not in page
    names = {
        each["parameter"]
        for each in answer(wbtools, "importance", exported / "runs.csv", *ACC)["parameters"]
    }
    assert {"lr", "hidden"} <= names <= {name for run in DEMO.runs for name in run.config}
    taken_in = answer(wbtools, "importance", exported / "runs.csv", *ACC, "--parameter", "test_acc")
    assert [each["parameter"] for each in taken_in["parameters"]] == ["test_acc"]


def test_without_a_metric_results_alone_are_offered_and_the_only_one_spelled_out(wbtools, tmp_path):
    table = tmp_path / "runs.csv"
    table.write_text("opt.lr,width,val/hmean,epochs_trained\n.1,8,.9,3\n.2,16,.8,3\n")
    refused = " ".join(wbtools("rank", table).err.split())
    assert "or --metric val/hmean:max; numbers were logged under" in refused
    assert "'val/hmean' (2)" in refused
    assert "opt.lr" not in refused
    assert "width" not in refused


@pytest.mark.parametrize("name", ["lr", "params_lr"])
def test_optunas_seeds_fall_together_however_the_parameter_is_called(wbtools, name):
    words = ("--metric", "value_val/acc", "--goal", "maximize")
    ranking = answer(wbtools, "rank", DATA / "optuna-seeds.csv", *words, "--group-by", name)
    assert [row["n_values"] for row in ranking["configurations"]] == [4, 4, 4]
    assert ranking["configurations"][0]["config"] == {"lr": 0.01}


def test_rays_best_trial_is_first(wbtools):
    words = ("--metric", "mean_accuracy", "--goal", "maximize", "--limit", "1")
    page = wbtools("rank", DATA / "ray-asha.csv", *words, "-q").out
    assert "lr=0.007943 batch_size=64 width=64" in page
    assert "Ray Tune's results, 24 rows, no curves" in page


@pytest.mark.parametrize(
    ("words", "n"),
    [
        (("--tag", "base"), 2),
        (("--group", "g2"), 1),
        (("--filter", '{"state": "finished", "config.lr": {"$lt": 0.3}}'), 2),
    ],
)
def test_rows_are_chosen_as_runs_on_the_server_are(wbtools, tmp_path, words, n):
    (tmp_path / "runs.csv").write_text(
        '"Name","State","Tags","Created","Group","lr","val/acc"\n'
        '"a-b-1","finished","base, old","2026-01-01","g1","0.1","0.5"\n'
        '"a-b-2","finished","base","2026-01-02","g2","0.2","0.6"\n'
        '"a-b-3","finished","","2026-01-03","g1","0.3","0.7"\n'
    )
    asked = wbtools("rank", tmp_path / "runs.csv", *ACC, *words, "--format", "json", "-q")
    ranking = json.loads(asked.out)
    assert sum(row["n_values"] for row in ranking["configurations"]) == n


def test_a_replica_of_a_row_says_what_was_taken_for_a_result(wbtools, exported):
    words = ("--run", "best", "--program", "train.py", *ACC)
    asked = wbtools("replicate", exported / "runs.csv", *words)
    assert asked.code == 0, asked.err
    assert "taken for results, not parameters: test_acc" in " ".join(asked.err.split())
    assert "test_acc" not in asked.out


@pytest.mark.parametrize(
    ("cell", "hint"), [("8{}%", "without a percent sign"), ('"0,8{}"', "a decimal point")]
)
@pytest.mark.parametrize("command", ["rank", "importance", "compare", "audit-terminations"])
def test_text_in_place_of_numbers_is_shown(wbtools, tmp_path, command, cell, hint):
    table = tmp_path / "runs.csv"
    rows = [f"run-{k},finished,0.{k},{cell.format(k)}" for k in range(1, 10)]
    table.write_text("\n".join(["Name,State,lr,acc", *rows]) + "\n")
    words = (table, "--metric", "acc", "--goal", "maximize")
    result = wbtools(command, *words)
    assert (result.code, result.out) == (3, "")
    shown = cell.format(1).strip('"')
    assert f"its values are text like '{shown}'" in result.err
    assert hint in result.err
    page = wbtools("doctor", *words).out
    assert f"its values are text like '{shown}'" in page
    assert hint in page


FORMATS = {
    "optuna-pruned.csv": ("value", "optimizer"),
    "optuna-seeds.csv": ("value_val/acc", "lr"),
    "optuna-two-objectives.csv": ("values_accuracy", None),
    "ray-asha.csv": ("mean_accuracy", "batch_size"),
}
"""The metric, and a parameter of few values where there is one."""


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize(
    "command", ["audit-terminations", "rank", "importance", "doctor", "compare"]
)
def test_each_recorded_format_goes_through_every_command(wbtools, name, command):
    metric, side = FORMATS[name]
    words = [command, DATA / name, "--metric", metric, "--goal", "maximize", "-q"]
    asked = wbtools(*words, *(["--group-by", side or "width"] if command == "compare" else []))
    if command == "compare" and side is None:
        assert "'width' has 23 values in 24 runs" in asked.err
        return
    assert asked.code == 0, asked.err
    if command == "rank":
        rates = [row["config"]["lr"] for row in answer(wbtools, *words)["configurations"]]
        assert 1e-3 < rates[0] < 0.1  # the objective of all four is best at a rate of .01
    elif command == "importance" and name != "optuna-pruned.csv":
        assert re.search(r"What matters\?  lr \(ratio .8\d\) matters: significantly", asked.out)
