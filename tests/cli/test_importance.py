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
    told = ("importance", table, "--metric", "acc", "--goal", "maximize", "-q")
    shown = json.loads(wbtools(*told, "--format", "json").out)
    assert (shown["runs"]["n_untold"], shown["runs"]["n_censored_bounds"]) == (15, 0)
    page = wbtools(*told).out
    assert "15 taken for completed, as nothing says how they ended" in page
    assert "were cut short" not in page


@pytest.mark.usefixtures("small")
def test_the_demo_is_answered(wbtools):
    done = wbtools("importance", "demo", "--format", "json", "-q")
    assert (done.code, done.err) == (0, "")
    shown = json.loads(done.out)
    assert shown["runs"] == {
        "n": 36,
        "n_completed": 4,
        "n_untold": 0,
        "n_censored_projected": 32,
        "n_censored_bounds": 0,
        "n_without_value": 0,
    }
    ranges = {one["name"]: one["range"] for one in shown["parameters"]}
    assert ranges["lr"] == {"low": 0.003, "high": 0.3, "known": True}
    assert shown["constant"] == ["epochs", "seed"]
    assert any("bayes does not sample evenly" in one for one in shown["caveats"])


def test_a_run_table_whose_stops_cannot_be_projected(wbtools):
    done = wbtools(*OCR_WORDS)
    assert done.code == 0
    assert "12 runs with a value: 3 completed, 9 cut short and not projected" in done.out
    assert "a forest of fewer than 20 says nothing" in done.out
    assert "9 runs cut short cannot be projected" in done.out
    assert "12 runs are few" in done.out


def test_one_parameter_or_all_but_one(wbtools):
    done = wbtools(*OCR_WORDS, "--parameter", "*.lr", "--format", "csv")
    names = {row["parameter"] for row in csv.DictReader(io.StringIO(done.out))}
    assert names == {"models.optimizer.lr"}
    done = wbtools(*OCR_WORDS, "--without", "models.optimizer.*", "--format", "csv")
    names = {row["parameter"] for row in csv.DictReader(io.StringIO(done.out))}
    assert names == {"models.scheduler.T_max", "models.scheduler.eta_min"}


def test_the_suffix_names_the_form(wbtools, tmp_path):
    target = tmp_path / "answer.md"
    assert wbtools(*OCR_WORDS, "-o", target).code == 0
    assert "| parameter | runs | cut short |" in target.read_text()
    again = wbtools(*OCR_WORDS, "-o", target)
    assert again.code == 2
    assert "exists already" in again.err


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--parameter", "nope"), 3, "no parameter that --parameter and --without leave varies"),
        (("--metric", "val/loss"), 3, "none of the 12 runs logged a number under 'val/loss'"),
        (("--group", "a"), 2, "is a run table, which has no W&B groups"),
    ],
    ids=["no such parameter", "no such metric", "a group of a table"],
)
def test_what_cannot_be_answered_is_said(wbtools, words, code, said):
    done = wbtools(*OCR_WORDS, *words)
    assert done.code == code
    assert said in done.err
    assert not done.out


@pytest.mark.usefixtures("small")
def test_runs_in_a_folder_chosen_by_tag(wbtools, tmp_path):
    demo = TESTS.parent / "wbtools" / "demo" / "textures"
    shutil.copytree(demo, tmp_path / "p")
    done = wbtools("importance", tmp_path / "p", "--tag", "nobody", "--metric", "val/acc")
    assert done.code == 2
    assert "no local run in" in done.err


def loaded(n, **facts):
    """Runs whose loss falls with the rate."""
    made = []
    for k in range(n):
        columns = {"loss": np.full(3, n - k + 0.5), "_timestamp": 1.7e9 + np.arange(3.0)}
        config = {"lr": 0.1 + 0.1 * k / n, "opt": "ab"[k % 2]}
        history = ColumnHistory(columns)
        made.append(LoadedRun(name=f"run{k:04}", history=history, config=config, facts=facts))
    return made


def test_a_sweep_on_a_server_and_then_offline(site, wbtools):
    config = {
        "method": "random",
        "metric": {"name": "loss", "goal": "minimize"},
        "parameters": {"lr": {"min": 0.1, "max": 0.2}, "opt": {"values": ["a", "b"]}},
    }
    site.server.load_sweep("acme", "ocr", "v5inrfwe", runs=loaded(12), config=config)
    done = wbtools("importance", SWEEP)
    assert done.code == 0
    assert "lr surely goes with the result (among 2 parameters" in done.out
    n = len(site.asked())
    offline = wbtools("importance", SWEEP, "--offline")
    assert (offline.code, offline.out, len(site.asked())) == (0, done.out, n)


def test_runs_outside_sweeps_by_group(site, wbtools):
    site.server.load_sweep("acme", "ocr", "v5inrfwe", runs=loaded(12, group="night"))
    words = ("importance", "acme/ocr", "--metric", "loss", "--goal", "minimize")
    done = wbtools(*words, "--group", "night")
    assert done.code == 0
    assert "lr surely goes with the result" in done.out
    assert "Nothing tells what was searched" in done.out
    assert wbtools(*words, "--group", "day").code != 0
