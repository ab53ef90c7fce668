"""`wbtools compare` from the words of the command line to the answer and exit code."""

import csv
import io
import json
import shutil
from pathlib import Path

import pytest

from tests.cli.site import SWEEP
from tests.cli.test_fetch import history, put
from tests.server.loading import LoadedRun

TESTS = Path(__file__).parents[1]
DEMO = TESTS.parent / "wbtools" / "demo" / "textures"
POLSESS = TESTS / "data" / "seeds" / "polsess_runs.csv"
STAGES = TESTS / "data" / "stages" / "polsess_dprnn_stages.csv"
SI_SDR = ("--metric", "best_si_sdr_db", "--goal", "maximize")
BY_HIDDEN = ("compare", "demo", "--group-by", "hidden")


def test_the_demo_by_a_parameter(wbtools):
    result = wbtools(*BY_HIDDEN)
    assert result.code == 0
    assert "3 sides   maximize val/acc" in result.out
    assert "2 of 14 (14 %)" in result.out
    assert "34 reports, all that 32 used" in result.out
    assert result.err == "next: wbtools audit-terminations demo --run e9av5rtl\n"


@pytest.mark.parametrize("form", ["txt", "json", "csv", "md", "html"])
def test_every_form_goes_to_stdout_or_to_a_file_of_its_suffix(wbtools, tmp_path, form):
    shown = wbtools(*BY_HIDDEN, "--format", "text" if form == "txt" else form)
    path = tmp_path / f"answer.{form}"
    assert wbtools(*BY_HIDDEN, "-o", path).code == shown.code == 0
    assert path.read_text() == shown.out
    assert wbtools(*BY_HIDDEN, "-o", path).code == 2


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("-o", "answer.docx"), "names no form"),
        (("--format", "github"), "has none of its own"),
        (("--show-secrets",), "has no option --show-secrets"),
    ],
    ids=["a suffix", "findings", "nothing to mask"],
)
def test_a_form_that_there_is_not_is_refused(wbtools, tmp_path, monkeypatch, words, complaint):
    monkeypatch.chdir(tmp_path)
    result = wbtools(*BY_HIDDEN, *words)
    assert (result.code, result.out, list(tmp_path.iterdir())) == (2, "", [])
    assert complaint in result.err


def test_json_and_csv_agree(wbtools):
    answer = json.loads(wbtools(*BY_HIDDEN, "--format", "json").out)
    rows = list(csv.DictReader(io.StringIO(wbtools(*BY_HIDDEN, "--format", "csv").out)))
    assert [row["side"] for row in rows] == [side["side"] for side in answer["sides"]]
    for row, side in zip(rows, answer["sides"], strict=True):
        assert float(row["best"]) == side["best"]
        assert int(row["n_by_cause/hyperband"]) == side["n_by_cause"]["hyperband"]
        assert float(row["used_h"]) == side["used_h"]
    last = answer["anytime"][0]["curves"][2]["points"][-1]
    assert float(rows[2]["p_better_at_equal_reports"]) == last["p_better"]


def test_the_picture_is_drawn(wbtools, tmp_path):
    path = tmp_path / "race.svg"
    assert wbtools(*BY_HIDDEN, "--plot", path).code == 0
    assert path.read_bytes().startswith(b"<?xml")
    assert wbtools(*BY_HIDDEN, "--plot", tmp_path / "race.txt").code == 2


def test_a_run_table_by_group_against_a_baseline(wbtools):
    words = ("compare", POLSESS, *SI_SDR, "--group-by", "group", "--baseline", "DPRNN")
    result = wbtools(*words, "--stopped", "as-is", "--format", "json")
    sides = {side["side"]: side for side in json.loads(result.out)["sides"]}
    assert sides["SPMamba"]["mean"] == pytest.approx(5.56)
    assert (sides["DPRNN"]["is_baseline"], sides["DPRNN"]["difference"]) == (True, None)
    other = sides["ConvTasNet"]
    assert (other["shows"], other["n_splits"]) == (False, 20)


def test_a_table_of_sweeps_gives_gains_by_stage_and_no_intervals(wbtools):
    result = wbtools("compare", STAGES, "--stages", *SI_SDR)
    assert (result.code, result.err) == (0, "")
    text = " ".join(result.out.split())
    for words in (
        "2 (va7wk46n) 3.060 +1.310 +0.027 48.6 h 68.5 h",
        "3b (1wtvbmiu) 3.740 -0.340 -0.006 57.1 h 173 h",
        "3b (1wtvbmiu) 41 40 of 41 (98 %)",
        "gains have no interval, means cannot be tested",
    ):
        assert words in text
    staged = json.loads(wbtools("compare", STAGES, "--stages", *SI_SDR, "--format", "json").out)
    assert [side["gain_low"] for side in staged["sides"]] == [None] * 4


@pytest.mark.parametrize(
    ("words", "message"),
    [
        pytest.param((), "no --metric says which column", id="no metric"),
        pytest.param(("--metric", "sdr"), "no column 'sdr'", id="another metric"),
        pytest.param(("--metric", "samples"), "minimized or maximized", id="no goal"),
        pytest.param((*SI_SDR, "--group-by", "samples"), "cannot be grouped", id="groups"),
    ],
)
def test_a_table_of_sweeps_needs_its_column_and_goal(wbtools, words, message):
    result = wbtools("compare", STAGES, *words)
    assert (result.code, result.out) == (2, "")
    assert message in result.err


def test_two_folders_of_runs(wbtools, tmp_path):
    for name in ("one", "two"):
        shutil.copytree(DEMO, tmp_path / name)
    result = wbtools("compare", tmp_path / "one", tmp_path / "two", "--stages", "-q")
    assert (result.code, result.err) == (0, "")
    assert "2 sides" in result.out
    assert "Gain by stage" in result.out


def test_sweeps_of_a_server_and_then_offline_from_the_archive(site, wbtools):
    put(site)
    put(site, name="second00")
    words = ("compare", SWEEP, "acme/ocr/second00", "-q", "--format", "csv")
    result = wbtools(*words)
    assert result.code == 0
    rows = list(csv.DictReader(io.StringIO(result.out)))
    assert [row["side"] for row in rows] == ["v5inrfwe", "second00"]
    assert [row["n_runs"] for row in rows] == ["5", "5"]
    n = len(site.asked())
    offline = wbtools(*words, "--offline")
    assert (offline.code, offline.out, len(site.asked())) == (0, result.out, n)


def test_runs_outside_sweeps_by_a_parameter(site, wbtools):
    runs = [
        LoadedRun(
            name=f"run{k}",
            history=history(10, k),
            config={"model": model},
            facts={"group": "study" if k < 6 else "other"},
        )
        for k, model in enumerate(["gru", "lstm"] * 4)
    ]
    site.server.load_runs("acme", "ocr", runs)
    words = ("compare", "acme/ocr", "--group", "study", "--group-by", "model", "--format", "json")
    result = wbtools(*words, "--metric", "loss", "--goal", "minimize")
    sides = json.loads(result.out)["sides"]
    assert [(side["side"], side["n_runs"]) for side in sides] == [("gru", 3), ("lstm", 3)]
    assert "next:" not in result.err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        pytest.param(("compare", "demo"), "one side", id="nothing to compare with"),
        pytest.param((*BY_HIDDEN, "--baseline", "7"), "one of '32', '64', '128'", id="no side"),
        pytest.param(
            ("compare", "demo", "--group-by", "lr"), "36 values in 36 runs", id="own value each"
        ),
        pytest.param(("compare", "demo", POLSESS), f"{POLSESS}: nothing says which", id="metric"),
        pytest.param(
            ("compare", "demo", "--group-by", "x\x1b[2J"), "no run of demo has", id="no name"
        ),
    ],
)
def test_what_cannot_be_compared_is_said(wbtools, words, message):
    result = wbtools(*words)
    assert (result.code, result.out) == (2, "")
    assert message in result.err
    assert "\x1b" not in result.err


def test_runs_whose_end_nothing_tells_are_taken_for_completed_and_that_is_said(wbtools):
    table = str(TESTS / "data" / "seeds" / "irmas_task11_grid.csv")
    asked = ("--metric", "val_accuracy", "--goal", "maximize", "--group-by", "l2", "-q")
    result = wbtools("compare", table, *asked)
    assert "unexplained" not in result.out
    assert "How the runs ended is not known: they count as full runs." in result.out
    rows = list(
        csv.DictReader(io.StringIO(wbtools("compare", table, *asked, "--format", "csv").out))
    )
    assert [row["mean"] for row in rows] == [str((0.8284 + 0.8165 + 0.8165) / 3), "0.8172"]


def test_the_first_side_that_has_a_mean_is_the_baseline(wbtools):
    result = wbtools("compare", "demo", "--group-by", "hidden", "-q")
    assert "baseline: 64" in result.out.splitlines()[0]


def test_of_groups_the_one_with_most_completed_runs_is_the_baseline(wbtools):
    page = wbtools("compare", "demo", "--group-by", "batch_size").out
    assert "baseline: 64 (most completed runs)" in page.split("\n\n")[0]


def test_a_column_of_notes_can_make_the_sides_and_a_short_name_is_answered(wbtools, tmp_path):
    table = tmp_path / "runs.csv"
    table.write_text("opt.lr,note,val/acc\n.1,old,.5\n.2,old,.6\n.1,new,.7\n.2,new,.8\n")
    words = ("compare", table, "--metric", "val/acc:max", "--group-by")
    assert "new" in wbtools(*words, "note").out
    assert "did you mean 'opt.lr'?" in wbtools(*words, "lr").err


def test_a_goal_stands_behind_the_metrics_name_or_is_told_by_it(wbtools):
    said = wbtools("compare", STAGES, "--metric", "best_si_sdr_db:max").out
    assert "inferred" not in said
    assert said == wbtools("compare", STAGES, *SI_SDR).out
    inferred = wbtools("compare", STAGES, "--metric", "best_si_sdr_db").out
    assert "maximize best_si_sdr_db (goal inferred from its name)" in " ".join(inferred.split())
    answer = json.loads(wbtools("compare", STAGES, *SI_SDR[:2], "--format", "json").out)
    assert answer["metric"]["goal_is_inferred"] is True
