"""`wbtools rank` from the command line: every form, the plan, servers and the archive."""

import csv
import io
import json
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.answers.samples import HOSTILE_NAMES
from tests.cli.site import SWEEP
from tests.cli.test_many_runs import PROGRAM
from tests.server.history import ColumnHistory
from tests.server.loading import LoadedRun
from tests.sources.local.wandb_writer import simple_run, write_run

SEEDS = Path(__file__).parents[1] / "data" / "seeds"
BY_GROUP = ["--metric", "best_si_sdr_db:maximize", "--group-by", "group"]
LOSSES = {0.1: (0.5, 0.6, 0.7), 0.2: (0.9, 0.8, 0.85)}


def polsess(*words):
    return ["rank", SEEDS / "polsess_runs.csv", *BY_GROUP, *words]


def seeded_runs(**facts):
    """Two learning rates with three seeds each."""
    return [
        LoadedRun(
            name=f"r{lr}{seed}".replace(".", ""),
            history=ColumnHistory(
                {"loss": np.array([loss + 1, loss]), "f1": np.array([0.1, 1 - loss])}
            ),
            config={"lr": lr, "seed": seed},
            facts=facts,
        )
        for lr, losses in LOSSES.items()
        for seed, loss in enumerate(losses)
    ]


def test_the_page(wbtools, golden):
    result = wbtools(*polsess("--limit", "3"))
    assert (result.code, result.err) == (0, "")
    golden("rank-polsess.txt", result.out)


def test_the_demo_and_its_plan(wbtools, golden, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = wbtools("rank", "demo", "--diverse", 2, "--seeds", "1,2", "--plan", "plan.sh")
    assert (result.code, result.err) == (0, "")
    golden("rank-demo-plan.sh", Path("plan.sh").read_text())


def test_there_is_nothing_to_choose_where_no_run_has_a_value(wbtools, tmp_path):
    table = tmp_path / "runs.csv"
    table.write_text("run_id,lr,acc,state\na,1,nan,finished\nb,2,0.5,crashed\n")
    result = wbtools("rank", table, "--metric", "acc:maximize", "--diverse", 2)
    assert result.code == 0
    assert "none to choose" in result.out


def test_every_line_of_the_plan_is_a_command_that_works(wbtools):
    result = wbtools("rank", "demo", "--diverse", 2, "--stopped", "projected", "--seeds", "7,8")
    lines = result.err.splitlines()
    assert len(lines) == 2
    for line in lines:
        words = shlex.split(line.removeprefix("next: wbtools "))
        again = wbtools(*words)
        assert again.code == 0
        assert "--seed=7" in again.out
        assert "--seed=8" in again.out


@pytest.mark.parametrize("words", [("--all",), ("--group", "g1")], ids=" ".join)
def test_the_plan_of_runs_outside_sweeps_selects_them_again(wbtools, words):
    question = ("--metric", "val/acc:maximize", "--diverse", 1, "--seeds", "7")
    result = wbtools("rank", SEEDS.parent / "cases" / "bug-42" / "plain", *question, *words)
    line = result.err.splitlines()[-1].removeprefix("next: wbtools ")
    again = wbtools(*shlex.split(line), "--program", "train.py")
    assert again.code == 0, again.err
    assert "again: exp-" in again.out


def test_a_plan_from_a_table_names_the_metric(wbtools):
    result = wbtools("rank", SEEDS / "ocr_v5inrfwe_runs.csv", "--metric", "val/hmean:maximize",
                   "--diverse", 1, "--seed-key", "models.scheduler.T_max")  # fmt: skip
    words = shlex.split(result.err.splitlines()[-1].removeprefix("next: wbtools "))
    assert words[2:] == [
        *("--run", "3", "--seeds", "42,123,456", "--seed-key", "models.scheduler.T_max"),
        *("--metric", "val/hmean:maximize"),
    ]


def test_json_csv_and_markdown(wbtools, tmp_path):
    answer = json.loads(wbtools(*polsess("--format", "json")).out)
    ranks = [configuration["rank"] for configuration in answer["configurations"]]
    assert ranks == list(range(1, 10))
    assert answer["configurations"][1]["is_behind"] is True
    rows = list(csv.DictReader(io.StringIO(wbtools(*polsess("--format", "csv")).out)))
    assert rows[0]["config/group"] == "SPMamba"
    assert float(rows[0]["mean"]) == pytest.approx(5.56)
    path = tmp_path / "board.md"
    assert wbtools(*polsess("-o", path)).code == 0
    assert "| rank | group | n | mean |" in path.read_text()


REFUSED = {
    "a plan of nothing": (["demo", "--plan", "x.sh"], "--diverse, which is not asked for"),
    "a moment that is none": (["demo", "--at", "noon"], "not a moment of a run"),
    "the same sweep twice": (["demo", "demo"], "'demo' is named twice"),
    "a metric without a goal": (["demo", "--metric", "lr"], "minimized or maximized"),
}


@pytest.mark.parametrize(("words", "complaint"), REFUSED.values(), ids=REFUSED.keys())
def test_what_is_refused(wbtools, tmp_path, monkeypatch, words, complaint):
    monkeypatch.chdir(tmp_path)
    result = wbtools("rank", *words)
    assert (result.code, result.out) == (2, "")
    assert complaint in result.err
    assert "hint: " in result.err
    assert not list(tmp_path.iterdir())


def test_a_sweep_on_a_server_and_then_offline(site, wbtools):
    site.server.load_sweep("acme", "ocr", "v5inrfwe", runs=seeded_runs())
    words = ["rank", SWEEP, "--metric", "loss", "--metric", "f1:maximize"]
    online = wbtools(*words)
    assert online.code == 0
    assert "minimize loss   then maximize f1" in online.out
    assert "6 runs counted" in online.out
    n = len(site.asked())
    offline = wbtools(*words, "--offline")
    assert (offline.code, offline.out, len(site.asked())) == (0, online.out, n)


def test_runs_outside_sweeps_by_group_and_tag(site, wbtools):
    site.server.load_runs("acme", "ocr", seeded_runs(group="baseline", tags=["seeded"]))
    words = ["rank", "acme/ocr", "--metric", "loss:minimize", "--format", "json"]
    for chosen in (["--group", "baseline"], ["--tag", "seeded"], ["--filter", "{}"]):
        answer = json.loads(wbtools(*words, *chosen).out)
        assert [len(configuration["runs"]) for configuration in answer["configurations"]] == [3, 3]
        assert answer["configurations"][0]["mean"] == pytest.approx(0.6)


def test_local_run_files_with_hostile_names(wbtools, tmp_path):
    for k, name in enumerate(HOSTILE_NAMES.values()):
        run_id = f"run{k}"
        records = simple_run(
            run_id,
            (3.0, 2.0 - k / 10),
            sweep_id="sweep123",
            display_name=name.encode(errors="replace").decode(),
            config={"name of model": name.encode(errors="replace").decode(), "seed": k % 2},
        )
        write_run(tmp_path, records, run_id)
    words = ["rank", tmp_path, "--metric", "loss:minimize", "--diverse", "2"]
    for form in ("text", "csv", "md", "json", "html", "github"):
        result = wbtools(*words, "--format", form)
        assert result.code == 0
        shown = result.out if form == "text" else result.out.replace("\n", "")
        assert "\x1b" not in result.out + result.err
        assert "\u202e" not in shown


@pytest.mark.slow
def test_ten_thousand_runs_fit_a_page_and_a_laptop(tmp_path):
    rows = [f"a-{k},{k // 4},{k % 4},{(k * 7919) % 10_007}" for k in range(10_000)]
    table = tmp_path / "runs.csv"
    table.write_text("\n".join(["name,lr,seed,acc", *rows]))
    words = ["rank", table, "--metric", "acc:maximize", "--diverse", "5", "-q"]
    result = subprocess.run(
        [sys.executable, "-c", PROGRAM, *words], capture_output=True, text=True, check=True
    )
    assert len(result.stdout.splitlines()) < 60
    assert "… and 2490 more (--limit 0 shows all)" in result.stdout
    assert int(result.stderr.split()[-1]) < 1_000_000  # kB
