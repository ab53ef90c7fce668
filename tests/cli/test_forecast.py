"""`wbtools forecast` from the words of the command line to the answer."""

import csv
import io
import json
import re
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
FOUR_MODELS = ROOT / "sweep_templates" / "series" / "four-models.yaml"
STAGES = FOUR_MODELS.with_name("stages.yaml")
SERIES = yaml.safe_load((ROOT / "tests/data/seeds/sweep_requirements.yaml").read_text())[
    "polsess_series3"
]
SWEEP = """\
name: tiny
program: t.py
method: random
metric: {name: acc, goal: maximize}
run_cap: 12
early_terminate: {type: hyperband, min_iter: 4, eta: 3, strict: true}
parameters: {lr: {min: 0.1, max: 0.2}, epochs: {value: 20}}
"""


@pytest.fixture
def sweep(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("s.yaml").write_text(SWEEP)
    return "s.yaml"


@pytest.fixture
def series(wbtools, tmp_path, monkeypatch):
    """The four files of the series, and the words that say how long their runs take."""
    monkeypatch.chdir(tmp_path)
    assert wbtools("make-sweep", "--series", FOUR_MODELS, "-o", ".", "-q").code == 0
    return [
        word
        for model, facts in SERIES["models"].items()
        for word in (f"{model}.yaml", "--hours-per-run", facts["hours_per_run"])
    ]


def costs_what_its_authors_said(answer):
    total = answer["total"]
    assert total["n_runs"] == 110
    assert total["full_h"] == 1477.5
    assert round(total["full_makespan_days"], 1) == 61.6
    published = SERIES["published_total_days"]
    assert total["full_makespan_days"] == pytest.approx(published["sequential"], rel=0.05)
    assert total["makespan_days_high"] < total["full_makespan_days"]
    for sweep, facts in zip(answer["sweeps"], SERIES["models"].values(), strict=True):
        assert sweep["budget_reports"] == facts["epochs"]
        assert sweep["bands"][0]["band_reports"] == facts["min_iter"]


def test_the_series_costs_what_its_authors_said(wbtools, series):
    answer = json.loads(wbtools("forecast", *series, "--format", "json").out)
    costs_what_its_authors_said(answer)
    sources = [sweep["file"] for sweep in answer["sweeps"]]
    assert sources == [f"{model}.yaml" for model in SERIES["models"]]


def test_one_description_costs_as_much_as_its_files(wbtools, series):
    apart = json.loads(wbtools("forecast", *series, "--format", "json").out)
    result = wbtools("forecast", FOUR_MODELS, "--format", "json")
    assert result.err == f"next: wbtools make-sweep --series {FOUR_MODELS} -o FOLDER\n"
    together = json.loads(result.out)
    costs_what_its_authors_said(together)
    assert together["total"] == apart["total"]
    sweeps = together["sweeps"]
    assert {sweep["full_run_h_from"] for sweep in sweeps} == {"the series"}
    assert [sweep["file"] for sweep in sweeps] == [f"{FOUR_MODELS}:{m}" for m in SERIES["models"]]
    shown = wbtools("forecast", FOUR_MODELS, "--hours-per-run", 1).out
    assert re.search(r"total +110 .* 4\.6 d", shown)
    assert re.search(r"^ +dprnn +25 ", shown, re.MULTILINE)


def test_a_series_is_read_from_stdin(wbtools, monkeypatch):
    class Stdin:
        buffer = io.BytesIO(FOUR_MODELS.read_bytes())

    monkeypatch.setattr(sys, "stdin", Stdin)
    result = wbtools("forecast", "-")
    assert (result.code, result.err) == (0, "")
    assert re.search(r"^ +convtasnet +20 ", result.out, re.MULTILINE)


def test_stages_are_counted_before_their_ranges_are_known(wbtools):
    result = wbtools("forecast", STAGES)
    assert result.code == 0
    assert re.search(r"total +170 ", result.out)
    assert "Its ranges are decided once 2k has run" in result.out
    assert re.search(r"^ +8k +20 +50 +20 +0 %", result.out, re.MULTILINE)


@pytest.mark.parametrize("width", ["60", "80", "120", "200"])
def test_one_sweep_on_screens(wbtools, sweep, golden, monkeypatch, width):
    monkeypatch.setenv("COLUMNS", width)
    result = wbtools("forecast", sweep, "--hours-per-run", 2, "--agents", 4)
    assert (result.code, result.err) == (0, "next: wandb sweep s.yaml\n")
    golden(f"forecast-one-{width}.txt", result.out)


def test_a_narrow_page_and_an_ascii_terminal(wbtools, sweep, golden, monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    out = wbtools("forecast", sweep, "--hours-per-run", 2).out
    assert max(map(len, out.splitlines())) <= 40
    golden("forecast-narrow.txt", out)


def test_a_recorded_sweep_in_place_of_the_packaged_curves(wbtools, sweep, golden):
    result = wbtools("forecast", sweep, "--like", "demo")
    assert result.code == 0
    golden("forecast-like-demo.txt", result.out)


def test_four_agents_need_a_quarter_of_the_time_and_a_little_more(wbtools, series, golden):
    """Published as a quarter; really the last runs of each sweep leave agents idle."""
    shown = wbtools("forecast", *series, "--agents", 4).out
    days = float(re.search(r"total +110 .* (\S+) d", shown)[1])
    assert days == pytest.approx(SERIES["published_total_days"]["four_parallel"], rel=0.07)
    assert days > 61.6 / 4
    golden("forecast-series.txt", shown)


def test_markdown(wbtools, sweep, golden):
    assert wbtools("forecast", sweep, "--hours-per-run", 2, "-o", "a.md").code == 0
    golden("forecast-one.md", Path("a.md").read_text())
    assert wbtools("forecast", sweep, "--hours-per-run", 2, "-o", "a.html").code == 0
    assert "<h3>What it costs</h3>" in Path("a.html").read_text()


UNKNOWN = {
    "no budget": (["epochs: {value: 20}", "z: {value: 20}"], "bands in reports only"),
    "no runs": (["run_cap: 12\n", ""], "no number of runs"),
}


def test_what_is_not_known_is_said_with_the_option_that_tells_it(wbtools, sweep, golden):
    pages = []
    for (old, new), why in UNKNOWN.values():
        Path(sweep).write_text(SWEEP.replace(old, new))
        result = wbtools("forecast", sweep, "--hours-per-run", 2)
        assert result.code == 0
        pages.append(f"# {why}\n{result.out}{result.err}")
    golden("forecast-unknown.txt", "\n".join(pages))


def test_csv_has_a_row_a_file(wbtools, sweep):
    words = ["forecast", sweep, "--hours-per-run", 2, "--agents", 4, "--format", "csv"]
    (row,) = csv.DictReader(io.StringIO(wbtools(*words).out))
    assert (row["file"], row["bands_reports"], row["full_h"]) == ("s.yaml", "[4, 12]", "24.0")
    low, mean, high = (float(row[f"saved_share{end}"]) for end in ("_low", "", "_high"))
    assert 0 < low < mean < high < 1


def test_a_grid_without_early_termination_is_a_plain_cost(wbtools, sweep):
    Path(sweep).write_text(
        "program: t.py\nmethod: grid\nparameters: {a: {values: [1, 2, 3]}, b: {values: [4, 5]}}\n"
    )
    result = wbtools("forecast", sweep, "--hours-per-run", 1.5, "--agents", 4)
    assert "(6 runs: grid; 1.5 h a run: --hours-per-run)" in result.out
    assert "no early termination" in result.out
    assert re.search(r"run time +9\.0 h", result.out)
    assert re.search(r"with 4 agents +3\.0 h", result.out)
    assert "small tasks" not in result.out


def test_the_same_seed_gives_the_same_words(wbtools, sweep):
    first, again, other = (
        wbtools("forecast", sweep, "--format", "json", "--seed", seed).out for seed in (7, 7, 8)
    )
    assert first == again != other


def test_stdin_and_hostile_names(wbtools, monkeypatch):
    hostile = SWEEP.replace("name: tiny", 'name: "a\\e[31m\\u202e"')

    class Stdin:
        buffer = io.BytesIO(hostile.encode())

    monkeypatch.setattr(sys, "stdin", Stdin)
    result = wbtools("forecast", "-")
    unknown = "For what is not known yet, add --hours-per-run HOURS to the same command.\n"
    assert (result.code, result.err) == (0, unknown)
    assert "<stdin>   a\\x1b[31m\\u202e" in result.out
    assert "\x1b" not in result.out


def test_a_file_that_w_and_b_refuses_leads_to_the_linter(wbtools, sweep):
    Path(sweep).write_text(SWEEP.replace("run_cap", "max_runs"))
    result = wbtools("forecast", sweep)
    assert (result.code, result.out) == (2, "")
    assert "WBS010" in result.err
    assert "`wbtools lint s.yaml`" in result.err
    assert "next:" not in result.err


def test_what_is_not_known_is_asked_for_before_the_sweep_is_started(wbtools, sweep):
    Path(sweep).write_text(SWEEP.replace("run_cap: 12\n", "").replace("epochs", "z"))
    result = wbtools("forecast", sweep)
    assert result.code == 0
    assert result.err == (
        "For what is not known yet, add --budget REPORTS --runs N --hours-per-run HOURS to the "
        "same command.\n"
    )
    told = ["--budget", 20, "--runs", 12, "--hours-per-run", 2]
    assert wbtools("forecast", sweep, *told).err == "next: wandb sweep s.yaml\n"


def test_no_run_is_longer_than_its_epochs(wbtools, sweep):
    rule = "{type: hyperband, max_iter: 81, s: 2, eta: 3, strict: true}"
    Path(sweep).write_text(
        SWEEP.replace("{type: hyperband, min_iter: 4, eta: 3, strict: true}", rule).replace(
            "{value: 20}", "{min: 3, max: 12}"
        )
    )
    words = ["forecast", sweep, "--hours-per-run", 2]
    (answer,) = json.loads(wbtools(*words, "--format", "json").out)["sweeps"]
    assert answer["budget_reports"] == 12
    assert answer["full_reports"] == pytest.approx(12 * 7.5)
    assert [band["band_reports"] for band in answer["bands"]] == [9]
    assert 0 < answer["bands"][0]["n_runs"] < 12 * 0.5
    assert answer["saved_share_low"] >= 0
    shown = wbtools(*words).out
    assert "3 to 12 reports, 7.5 on average: epochs is swept from 3 to 12" in shown
    assert "(the band at 27 lies beyond the end of a run)" in shown


WRONG = {
    "no file": ([], 2, "FILE is missing"),
    "a file that is not there": (["no.yaml"], 2, "no.yaml cannot be read"),
    "no sweep file": (["empty.yaml"], 3, "empty.yaml is not a sweep file"),
    "no hours": (["s.yaml", "--hours-per-run", 0], 2, "is not the length of a run"),
    "endless hours": (["s.yaml", "--hours-per-run", "inf"], 2, "is not the length of a run"),
    "hours of nothing": (["s.yaml", "--hours-per-run", "nan"], 2, "is not the length of a run"),
    "no reports": (["s.yaml", "--budget", 0], 2, "budget"),
    "a ratio that is none": (
        ["s.yaml", "--reports-per-epoch", "1/0"],
        2,
        "not a number of reports",
    ),
    "a ratio of nothing": (["s.yaml", "--reports-per-epoch", "0/5"], 2, "not a number of reports"),
    "a negative ratio": (["s.yaml", "--reports-per-epoch=-1"], 2, "not a number of reports"),
    "a word for a ratio": (
        ["s.yaml", "--reports-per-epoch", "often"],
        2,
        "not a number of reports",
    ),
    "a bomb for a ratio": (["s.yaml", "--reports-per-epoch", "1e99999999"], 2, "not a number"),
    "three values for two files": (
        ["s.yaml", "empty.yaml", *("--runs", 1, "--runs", 2, "--runs", 3)],
        2,
        "--runs is given 3 times for 2 files",
    ),
    "a metric of nothing": (["s.yaml", "--metric", "acc"], 2, "--like names none"),
    "a form that is none": (["s.yaml", "-o", "a.xlsx"], 2, "names no form"),
    "an answer over the question": (
        ["s.yaml", "-o", "s.yaml", "--format", "text", "--force"],
        2,
        "is what is read",
    ),
}


@pytest.mark.parametrize(("words", "code", "why"), WRONG.values(), ids=WRONG.keys())
def test_what_cannot_be_right_is_refused(wbtools, sweep, words, code, why):
    Path("empty.yaml").write_text("")
    result = wbtools("forecast", *words)
    assert (result.code, result.out) == (code, "")
    assert why in result.err
    assert Path(sweep).read_text() == SWEEP
