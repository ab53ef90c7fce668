"""`wbtools importance` from the words of the command line to the answer and exit code."""

import csv
import io
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from tests.cli.site import SWEEP
from tests.server.history import ColumnHistory
from tests.server.loading import LoadedRun
from wbtools.analysis.importance import forest

TESTS = Path(__file__).parents[1]
OCR = TESTS / "data" / "seeds" / "ocr_v5inrfwe_runs.csv"
OCR_WORDS = ("importance", OCR, "--metric", "val/hmean", "--goal", "maximize")


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(forest, "N_FORESTS", 3)
    monkeypatch.setattr(forest, "N_TREES", 8)


def test_a_table_that_tells_no_endings_is_no_table_of_stopped_runs(wbtools, tmp_path):
    table = tmp_path / "runs.csv"
    rows = [f"r{k},{k / 100},{k % 3},{0.5 + k / 50}" for k in range(1, 16)]
    table.write_text("\n".join(["run_id,dropout,layers,acc", *rows]) + "\n")
    words = ("importance", table, "--metric", "acc", "--goal", "maximize", "-q")
    shown = json.loads(wbtools(*words, "--format", "json").out)
    assert shown["n_by_completion"]["unknown"] == 15
    assert shown["n_bounds"] == 0
    page = wbtools(*words).out
    assert "15 runs: 15 of unknown end" in page
    assert "were cut short" not in page


@pytest.mark.usefixtures("small")
def test_no_advice_to_go_beyond_a_budget_and_short_names_in_tables(wbtools, tmp_path):
    table = tmp_path / "runs.csv"
    words = ("importance", table, "--metric", "acc:max", "-q")

    def written(name, trained):
        runs = [(k, 2 + k % 8) for k in range(32)]
        rows = [
            f"finished,{e},{trained or e},{k % 7},{0.9 - e / 50 - k % 7 / 1e4}" for k, e in runs
        ]
        table.write_text("\n".join([f"state,{name},epochs_trained,t.width,acc", *rows]) + "\n")

    written("t.epochs", None)
    assert json.loads(wbtools(*words, "--format", "json").out)["boundary_optima"] == []
    written("t.depth", 9)
    page = wbtools(*words).out
    assert "t.depth:" in page.partition("Best runs at a bound")[2]
    assert "\n  depth " in page


@pytest.mark.usefixtures("small")
def test_the_demo_is_answered(wbtools):
    result = wbtools("importance", "demo", "--format", "json", "-q")
    assert (result.code, result.err) == (0, "")
    shown = json.loads(result.out)
    assert shown["sweep"]["n_runs"] == shown["n_with_value"] == 36
    counts = {"full": 4, "censored": 32, "running": 0, "failed": 0, "unknown": 0}
    assert shown["n_by_completion"] == counts
    assert [shown[key] for key in ("n_projected", "n_bounds", "n_without_value")] == [32, 0, 0]
    (lr,) = (each for each in shown["parameters"] if each["parameter"] == "lr")
    assert (lr["low"], lr["high"], lr["is_range_known"]) == (0.003, 0.3, True)
    assert shown["constant"] == ["epochs", "seed"]
    assert any("A bayes search does not sample evenly" in caveat for caveat in shown["notes"])


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize(
    ("table", "metric"),
    [("optuna-two-objectives", "values_accuracy"), ("optuna-seeds", "value_val/acc")],
)
def test_a_rate_whose_best_value_lies_in_the_middle_matters(wbtools, table, metric):
    words = ("importance", TESTS / "data" / "tables" / f"{table}.csv", "--metric", metric)
    words = (*words, "--goal", "maximize", "-q")
    page = " ".join(wbtools(*words).out.split())
    assert "What matters? lr (ratio .8" in page
    assert f"matters: significantly associated with {metric} (of 2 parameters" in page
    first = json.loads(wbtools(*words, "--format", "json").out)["parameters"][0]
    assert (first["parameter"], first["measure"]) == ("lr", "correlation ratio")
    assert first["is_significant"]


@pytest.mark.usefixtures("small")
def test_where_nothing_is_sure_the_page_does_not_contradict_its_tables(wbtools, tmp_path):
    table, dice = tmp_path / "runs.csv", np.random.default_rng(0)
    rows = [f"r{k},{dice.uniform():.4f},{dice.uniform():.4f}" for k in range(24)]
    table.write_text("\n".join(["run_id,dropout,acc", *rows]) + "\n")
    words = ("importance", table, "--metric", "acc", "--goal", "maximize", "-q")
    page = " ".join(wbtools(*words).out.split())
    assert "dropout is not shown to matter: its correlation with acc, " in page


def test_a_run_table_whose_stops_cannot_be_projected(wbtools):
    result = wbtools(*OCR_WORDS)
    assert result.code == 0
    said = " ".join(result.out.split())
    assert "9 cut short (censored), none of them projected" in said
    assert "a forest needs 20" in result.out
    assert "9 censored runs cannot be projected" in result.out
    assert "12 runs are few" in result.out


def stopped(tmp_path, n_stopped, n=30):
    """A run table in which f1 decides who is stopped, and f2 tells among the others."""
    rows = [
        f"r{k},{'ab'[k >= n_stopped]},{'xy'[k % 2]},{k / n},"
        + (f"{0.1 + k * 7 % n / 1000},pruned" if k < n_stopped else f"{1 + k % 2},complete")
        for k in range(n)
    ]
    table = tmp_path / "stopped.csv"
    table.write_text("\n".join(["id,f1,f2,x,acc,state", *rows]) + "\n")
    return ("importance", table, "--metric", "acc", "--goal", "maximize", "-q")


def test_what_goes_with_stops_comes_first_where_nothing_else_is_known(wbtools, tmp_path):
    words = stopped(tmp_path, 15)
    shown = json.loads(wbtools(*words, "--format", "json").out)
    assert shown["n_bounds"] == 15
    assert (shown["stopping"]["n_runs"], shown["stopping"]["n_stopped"]) == (30, 15)
    surely = [each["parameter"] for each in shown["parameters"] if each["stopping_is_significant"]]
    assert surely == ["f1", "x"] == [each["parameter"] for each in shown["parameters"]][:2]
    assert not any(each["is_significant"] for each in shown["parameters"])
    for found in shown["parameters"]:
        assert found["association_low"] <= found["association_at_least"]
        assert found["association_at_least"] <= found["association_at_most"]
        assert found["association_at_most"] <= found["association_high"]
    f1 = [value for value in shown["values"] if value["parameter"] == "f1"]
    assert [(value["n_stopped"], value["n_with_stopped"]) for value in f1] == [(15, 15), (0, 15)]
    assert [value["stopped_share"] for value in f1] == [1, 0]
    page = " ".join(wbtools(*words).out.split())
    assert "What matters? f1 and x are significantly associated with being stopped (of 3 " in page
    assert "No parameter is shown to matter for acc: 15 of 30 runs were cut short" in page
    assert "15 of 30 runs were stopped. f1 a: 15 of 15 were stopped" in page
    assert "V with stops: Cramér's V" in page
    rows = list(csv.DictReader(io.StringIO(wbtools(*words, "--format", "csv").out)))
    significant = [row["parameter"] for row in rows if row["stopping_is_significant"] == "True"]
    assert significant == ["f1", "x"]
    assert "| V with stops |" in wbtools(*words, "--format", "md").out


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("n_stopped", [0, 2])
def test_few_stops_are_no_answer_of_their_own(wbtools, tmp_path, n_stopped):
    words = stopped(tmp_path, n_stopped)
    shown = json.loads(wbtools(*words, "--format", "json").out)
    assert shown["stopping"] is None
    assert all(each["stopping_is_significant"] is None for each in shown["parameters"])
    f2 = next(each for each in shown["parameters"] if each["parameter"] == "f2")
    assert f2["is_significant"]
    assert (f2["association_at_least"] is None) == (n_stopped == 0)
    page = wbtools(*words).out
    assert "V with stops" not in page
    assert "being stopped" not in page


def test_where_all_were_stopped_nothing_is_said_of_any_parameter(wbtools, tmp_path):
    page = " ".join(wbtools(*stopped(tmp_path, 30)).out.split())
    assert "All 30 runs were stopped, whatever their parameters." in page
    assert "No correlation for f2, x: all 30 runs were cut short" in page
    assert "associated with being stopped" not in page


def test_one_parameter_or_all_but_one(wbtools):
    result = wbtools(*OCR_WORDS, "--parameter", "*.lr", "--format", "csv")
    names = {row["parameter"] for row in csv.DictReader(io.StringIO(result.out))}
    assert names == {"models.optimizer.lr"}
    result = wbtools(*OCR_WORDS, "--without", "models.optimizer.*", "--format", "csv")
    names = {row["parameter"] for row in csv.DictReader(io.StringIO(result.out))}
    assert names == {"models.scheduler.T_max", "models.scheduler.eta_min"}


def test_the_suffix_names_the_form(wbtools, tmp_path):
    target = tmp_path / "answer.md"
    assert wbtools(*OCR_WORDS, "-o", target).code == 0
    assert "| parameter | correlation | significant |" in target.read_text()
    again = wbtools(*OCR_WORDS, "-o", target)
    assert again.code == 2
    assert "exists already" in again.err
    page = tmp_path / "answer.html"
    assert wbtools(*OCR_WORDS, "-o", page).code == 0
    assert "<h3>What matters?</h3>" in page.read_text()
    unknown = wbtools(*OCR_WORDS, "-o", tmp_path / "answer.xlsx")
    assert (unknown.code, "names no form" in unknown.err) == (2, True)


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--parameter", "models.optimiser.lr"), 2, "did you mean 'models.optimizer.lr'"),
        (("--parameter", "nope"), 2, "hint: the parameters are 'models.optimizer.lr', "),
        (("--without", "*"), 3, "no parameter that --parameter and --without leave varies"),
        (("--metric", "val/loss"), 3, "none of the 12 runs logged a number under 'val/loss'"),
        (("--group", "a"), 2, "no run in"),
    ],
    ids=[
        "a misspelt one",
        "no such parameter",
        "none left",
        "no such metric",
        "a group of a table",
    ],
)
def test_what_cannot_be_answered_is_said(wbtools, words, code, said):
    given = OCR_WORDS[:2] if "--metric" in words else OCR_WORDS
    result = wbtools(*given, *words)
    assert result.code == code
    assert said in result.err
    assert not result.out


@pytest.mark.usefixtures("small")
def test_runs_in_a_folder_chosen_by_tag(wbtools, tmp_path):
    demo = TESTS.parent / "wbtools" / "demo" / "textures"
    shutil.copytree(demo, tmp_path / "p")
    result = wbtools("importance", tmp_path / "p", "--tag", "nobody", "--metric", "val/acc")
    assert result.code == 2
    assert "no run in" in result.err


def loaded(n, **facts):
    """Runs whose loss falls with the rate."""
    runs = []
    for k in range(n):
        columns = {"loss": np.full(3, n - k + 0.5), "_timestamp": 1.7e9 + np.arange(3.0)}
        config = {"lr": 0.1 + 0.1 * k / n, "opt": "ab"[k % 2]}
        history = ColumnHistory(columns)
        runs.append(LoadedRun(name=f"run{k:04}", history=history, config=config, facts=facts))
    return runs


def test_a_sweep_on_a_server_and_then_offline(site, wbtools):
    config = {
        "method": "random",
        "metric": {"name": "loss", "goal": "minimize"},
        "parameters": {"lr": {"min": 0.1, "max": 0.2}, "opt": {"values": ["a", "b"]}},
    }
    site.server.load_sweep("acme", "ocr", "v5inrfwe", runs=loaded(12), config=config)
    result = wbtools("importance", SWEEP)
    assert result.code == 0
    assert "lr (+1.00) matters: significantly associated with loss (of 2 parameters" in result.out
    n = len(site.asked())
    offline = wbtools("importance", SWEEP, "--offline")
    assert (offline.code, offline.out, len(site.asked())) == (0, result.out, n)


def test_runs_outside_sweeps_by_group(site, wbtools):
    site.server.load_sweep("acme", "ocr", "v5inrfwe", runs=loaded(12, group="night"))
    words = ("importance", "acme/ocr", "--metric", "loss", "--goal", "minimize")
    result = wbtools(*words, "--group", "night")
    assert result.code == 0
    assert "lr (+1.00) matters: " in result.out
    assert "What was searched is not known" in result.out
    assert wbtools(*words, "--group", "day").code != 0
