"""A function and its command give the same answer to the last key: a line of the table for each."""

import json
import shutil
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

import wbtools as wb
from tests.cli.site import SWEEP
from tests.cli.test_fetch import put
from tests.cli.test_verify import replica, write
from wbtools.answers.layout import Page

DATA = Path(__file__).parents[1] / "data"
GRID = str(DATA / "seeds" / "stage13_grid_spec.yaml")
OCR = str(DATA / "seeds" / "ocr_v5inrfwe_runs.csv")
WRONG = str(DATA / "wrong-sweep.yaml")
PLAN = """
program: train.py
method: random
metric: {name: acc, goal: maximize}
run_cap: 12
early_terminate: {type: hyperband, min_iter: 3, eta: 3}
parameters: {lr: {min: 0.0, max: 1.0}}
"""
WIDTH = 120
"""Columns of a page in a pipe."""


class Case(NamedTuple):
    """A call and the line that means the same.

    Attributes:
        words: After the command, without `--format`.
        limit: Rows that the command shows, unless it is asked for others; None for as many as the
            answer's own.
        text: What the command writes where no form is named; the answer's page if nothing is said.
    """

    function: str
    arguments: tuple
    keywords: dict
    words: list
    limit: int | None = 10
    text: object = None

    @property
    def command(self):
        name = self.function.replace("_", "-")
        return "audit-terminations" if name == "audit" else name


CASES = {
    "audit the demo": Case("audit", ("demo",), {}, ["demo"], None),
    "audit by another rule": Case(
        "audit", ("demo",),
        {"early_terminate": "hyperband(min_iter=9,eta=3,strict=false)", "target": 0.565},
        ["demo", "--early-terminate", "hyperband(min_iter=9,eta=3,strict=false)",
         "--target", "0.565"],
        None,
    ),
    "audit all runs": Case(
        "audit", ("demo",), {"show_all_runs": True, "method": "last"},
        ["demo", "--all-runs", "--method", "last"],
        None,
    ),
    "audit one run": Case(
        "audit", ("demo",), {"run": 5, "method": "last"},
        ["demo", "--run", "5", "--method", "last"],
    ),
    "audit a run table": Case(
        "audit", (OCR,), {"metric": "val/hmean", "goal": "max", "show_secrets": True},
        [OCR, "--metric", "val/hmean", "--goal", "maximize", "--show-secrets"],
        None,
    ),
    "rank the demo": Case(
        "rank", ("demo",), {"at": "last", "stopped": "as-is"},
        ["demo", "--at", "last", "--stopped", "as-is"],
    ),
    "rank by seeds, and choose": Case(
        "rank", ("demo",),
        {"metric": ["val/acc:maximize"], "seed_key": "hidden", "diverse": 2, "seeds": "7,8",
         "offline": True, "archive": "kept"},
        ["demo", "--metric", "val/acc:maximize", "--seed-key", "hidden", "--diverse", "2",
         "--seeds", "7,8", "--offline", "--archive", "kept"],
    ),
    "compare groups": Case(
        "compare", ("demo",), {"group_by": "schedule", "baseline": "step", "stopped": "as-is"},
        ["demo", "--group-by", "schedule", "--baseline", "step", "--stopped", "as-is"],
    ),
    "importance": Case(
        "importance", ("demo",), {"parameter": ["lr", "hidden"], "budget": 27},
        ["demo", "--parameter", "lr", "--parameter", "hidden", "--budget", "27"],
    ),
    "importance of the other parameters": Case(
        "importance", ("demo",), {"without": ["hidden", "drop*"]},
        ["demo", "--without", "hidden", "--without", "drop*"],
    ),
    "doctor": Case("doctor", ("demo",), {}, ["demo"]),
    "doctor without a rule": Case(
        "doctor", ("demo",), {"ignore": "WBD204", "early_terminate": "none"},
        ["demo", "--ignore", "WBD204", "--early-terminate", "none"],
    ),
    "simulate": Case(
        "simulate", ("demo",),
        {"rule": ["hyperband(min_iter=5,eta=3)", "none"], "orders": 3, "agents": 2, "seed": 7},
        ["demo", "--rule", "hyperband(min_iter=5,eta=3)", "--rule", "none", "--orders", "3",
         "--agents", "2", "--seed", "7"],
    ),
    "forecast": Case(
        "forecast", ("plan.yaml",),
        {"budget": 27, "hours_per_run": 2.5, "reports_per_epoch": "1/2", "agents": 4},
        ["plan.yaml", "--budget", "27", "--hours-per-run", "2.5", "--reports-per-epoch", "1/2",
         "--agents", "4"],
        0,
    ),
    "forecast under a guard": Case(
        "forecast", ("plan.yaml",),
        {"budget": 9, "hours_per_run": 1.5, "rule": "until(fixed(n=3),runs=2)"},
        ["plan.yaml", "--budget", "9", "--hours-per-run", "1.5", "--rule",
         "until(fixed(n=3),runs=2)"],
        0,
    ),
    "lint": Case(
        "lint", (WRONG,), {"select": ["WBS"], "budget": 5},
        [WRONG, "--select", "WBS", "--budget", "5"],
        0,
    ),
    "config": Case("config", (), {}, [], 0),
    "lint several files": Case("lint", (WRONG, "plan.yaml"), {}, [WRONG, "plan.yaml"], 0),
    "replicate": Case(
        "replicate", ("demo", 5), {"seeds": [1, 2], "set": {"lr": 0.01}, "success": 0.57},
        ["demo", "--run", "5", "--seeds", "1,2", "--set", "lr=0.01", "--success", "0.57"],
        text=lambda answer: answer.text,
    ),
    "replicate by seeds that are words": Case(
        "replicate", ("demo", 5), {"seeds": ["a", 7], "seed_key": "hidden"},
        ["demo", "--run", "5", "--seeds", "a,7", "--seed-key", "hidden"],
        text=lambda answer: answer.text,
    ),
    "replicate by folds": Case(
        "replicate", ("demo", 5), {"folds": (0, 3), "fold_key": "data.fold"},
        ["demo", "--run", "5", "--folds", "0,3", "--fold-key", "data.fold"],
        text=lambda answer: answer.text,
    ),
    "replicate for Slurm": Case(
        "replicate", ("demo", ["5", "best"]),
        {"to": "slurm", "slurm": wb.SlurmOptions(gpus=1, cpus=4)},
        ["demo", "--run", "5", "--run", "best", "--to", "slurm", "--gpus", "1", "--cpus", "4"],
        text=lambda answer: answer.text,
    ),
    "make a sweep": Case(
        "make_sweep", ("random-hyperband",),
        {
            "parameter": {
                "lr": "log_uniform_values(1e-4,1e-2)", "seed": (1, 2), "depth": np.int64(3),
            },
            "metric": "acc", "goal": "max", "set": {"project": "ocr"},
        },
        ["random-hyperband", "-p", "lr=log_uniform_values(1e-4,1e-2)", "-p", "seed=[1,2]",
         "-p", "depth=3", "--metric", "acc", "--goal", "maximize", "--set", "project=ocr"],
        text=lambda answer: answer.text,
    ),
    "make a sweep that is guarded": Case(
        "make_sweep", ("bayes-hyperband",),
        {"metric": "acc:max", "guard": "until(fixed(n=3),runs=2)"},
        ["bayes-hyperband", "--metric", "acc:max", "--guard", "until(fixed(n=3),runs=2)"],
        text=lambda answer: answer.text,
    ),
    "make the next sweep": Case(
        "make_sweep", (), {"from_sweep": "demo", "stage": "wide", "extend": True},
        ["--from", "demo", "--stage", "wide", "--extend"],
        text=lambda answer: answer.text,
    ),
    "a grid as a sweep": Case(
        "expand_grid", (GRID,), {"to": "sweep", "program": "fit.py"},
        [GRID, "--to", "sweep", "--program", "fit.py"],
        text=lambda answer: "".join(sweep.text for sweep in answer.sweeps),
    ),
    "a grid as files": Case(
        "expand_grid", (GRID,), {"out_dir": "cells", "to": "slurm", "shards": 3},
        [GRID, "--out-dir", "cells", "--to", "slurm", "--shards", "3"],
        text=lambda answer: answer.job,
    ),
}  # fmt: skip


@pytest.fixture(autouse=True)
def folder(request, tmp_path, monkeypatch):
    """A working folder with a sweep file, where the test has no other one."""
    if not {"site", "project"} & set(request.fixturenames):
        monkeypatch.chdir(tmp_path)
        Path("plan.yaml").write_text(PLAN)


@pytest.fixture
def piped(wbtools, monkeypatch):
    """`piped("rank", "demo")` gives what the command writes into a pipe."""
    monkeypatch.delenv("COLUMNS", raising=False)

    def run(*words):
        result = wbtools(*words, "--quiet")
        assert result.out, result.err
        return result.out

    return run


def without_the_moment(document):
    """A document without the moment at which its sweep was read, as of a sweep that may grow."""
    for part in (document, document.get("sweep")):
        if isinstance(part, dict):
            part.pop("as_of", None)
    return document


FORESTS_GROW = pytest.mark.slow  # four times a case


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(case, id=name, marks=FORESTS_GROW if case.function == "importance" else ())
        for name, case in CASES.items()
    ],
)
def test_function_and_command_give_the_same_answer(piped, case):
    answer = getattr(wb, case.function)(*case.arguments, **case.keywords)
    assert isinstance(answer, wb.Answer)
    line = [case.command, *case.words]
    printed = json.loads(piped(*line, "--format", "json"))
    assert without_the_moment(answer.to_dict()) == without_the_moment(printed)
    assert answer.to_csv() == piped(*line, "--format", "csv")
    if case.text is None:
        assert in_a_pipe(answer, case.limit) == piped(*line)
        assert in_a_pipe(answer, 2) == piped(*line, "--limit", "2")
    else:
        assert case.text(answer) == piped(*line)


def in_a_pipe(answer, limit):
    """The page on paper that cuts no name, for a program may read it."""
    limit = answer.rows_shown if limit is None else limit
    return answer.on(Page(width=WIDTH, limit=limit, cuts=False))


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_an_answer_shows_itself(case):
    answer = getattr(wb, case.function)(*case.arguments, **case.keywords)
    shown = repr(answer)
    assert shown.startswith(f"<{answer.name}: ")
    assert len(shown) < 200
    assert shown.isprintable()
    assert answer._repr_html_().startswith('<section class="wbtools">')
    assert answer._repr_markdown_().strip()
    assert len(answer.to_frame()) == len(answer.to_dict()[answer.table])
    assert json.loads(answer.to_json()) == answer.to_dict()


def test_a_grids_files_are_those_that_the_command_writes(wbtools):
    grid = wb.expand_grid(GRID, out_dir="cells", to="slurm", shards=3)
    assert not Path("cells").exists()
    assert wbtools("expand-grid", GRID, "--out-dir", "cells", "--to", "slurm", "--shards", "3",
                   "-o", "job.sh").code == 0  # fmt: skip
    assert {path: path.read_bytes() for path in grid.files} == grid.files
    assert len(grid.cells) == 180
    assert all(cell.is_new for cell in grid.cells)
    assert Path("job.sh").read_text() == grid.job
    assert not any(cell.is_new for cell in wb.expand_grid(GRID, out_dir="cells").cells)


def test_what_a_replication_is_to_reach_is_kept_and_verified(piped, project):
    scripts = wb.replicate(".", 1, program="t.py", success=0.5, acceptable=0.4)
    assert [criterion.success for criterion in scripts.runs[0].plan.criteria] == [0.5]
    replica(project, (0.15, 0.3, 0.45, 0.5, 0.55))
    verification = wb.verify(".", 1)
    assert str(verification.verdict) == "success"
    line = ["verify", ".", "--run", "1"]
    assert verification.to_dict() == json.loads(piped(*line, "--format", "json"))
    assert verification.to_csv() == piped(*line, "--format", "csv")
    assert verification.to_text(width=WIDTH) == piped(*line)
    assert "1 replication verified" in piped("verify", "--track-record")


VERIFIED = {
    "by the kept plan": ({}, []),
    "by named files": ({"replica": "elsewhere"}, ["--replica", "elsewhere"]),
    "by several files": (
        {"replica": ["elsewhere", Path("further")]},
        ["--replica", "elsewhere", "--replica", "further"],
    ),
    "by other criteria": (
        {"success": 0.9, "acceptable": "acc=0.8", "target": 0.5},
        ["--success", "0.9", "--acceptable", "acc=0.8", "--target", "0.5"],
    ),
    "against a group": ({"baseline": "base"}, ["--baseline", "base"]),
}


@pytest.mark.parametrize(("keywords", "words"), VERIFIED.values(), ids=VERIFIED)
def test_verify_and_its_command_give_the_same_answer(piped, project, keywords, words):
    curve = (0.15, 0.3, 0.45, 0.5, 0.55)
    for k in range(2):
        replica(project, curve, seed=k, at=10 + k)
        write(project / "wandb", f"base{k}", curve, sweep="", group="base", seed=k, at=20 + k)
    write(project / "elsewhere", "other001", curve, sweep="", at=30)
    write(project / "further", "other002", curve, sweep="", seed=1, at=31)
    verification = wb.verify(".", 1, **keywords)
    named = keywords.get("replica", [1, 2])
    assert len(verification.replicas) == (1 if isinstance(named, str) else 2)
    line = ["verify", ".", "--run", "1", *words]
    assert verification.to_dict() == json.loads(piped(*line, "--format", "json"))
    assert verification.to_csv() == piped(*line, "--format", "csv")
    assert verification.to_text(width=WIDTH) == piped(*line)


def test_the_cells_that_a_sweep_lacks_are_those_of_the_command(piped, tmp_path):
    shutil.copytree(DATA / "cases" / "wild-09", tmp_path / "ran")
    Path("ran", "grid.yaml").write_text(
        "program: train.py\nmethod: grid\nmetric: {name: acc, goal: maximize}\n"
        "parameters: {lr: {values: [0.0001, 0.001, 0.002, 0.003, 0.004, 0.005]}}\n"
    )
    lacking = wb.expand_grid(without="ran", only="never-run", to="sweep")
    (sweep,) = lacking.sweeps
    assert "0.0001" in sweep.text
    assert "0.005" not in sweep.text
    line = ["expand-grid", "--without", "ran", "--only", "never-run", "--to", "sweep"]
    assert sweep.text == piped(*line)
    assert lacking.to_dict() == json.loads(piped(*line, "--format", "json"))


def test_a_fetch_brings_a_sweep_into_the_archive(piped, site):
    put(site)
    brought = wb.fetch(SWEEP, metric="acc:max")
    (fetched,) = brought.sweeps
    assert (fetched.n_runs, fetched.n_asked, fetched.n_incomplete) == (5, 5, 0)
    assert "acc" in fetched.metrics
    assert brought.is_whole
    again, line = wb.fetch(SWEEP, metric="acc"), ["fetch", SWEEP, "--metric", "acc"]
    assert again.to_dict() == json.loads(piped(*line, "--format", "json"))
    assert again.to_csv() == piped(*line, "--format", "csv")
    assert again.to_text(width=WIDTH) == piped(*line)
    assert "5 runs, nothing new" in again.to_text()
    offline = wb.audit(SWEEP, metric="acc", goal="max", early_terminate="none", offline=True)
    assert len(offline.rows) == 5


def test_all_runs_of_a_project_are_fetched(piped, site):
    put(site)
    project = SWEEP.rpartition("/")[0]
    brought = wb.fetch(project, metric="acc", all_runs=True)
    assert brought.sweeps[0].n_runs == 5
    again, line = wb.fetch(project, metric="acc", all_runs=True), ["fetch", project, "--all"]
    assert again.to_dict() == json.loads(piped(*line, "--metric", "acc", "--format", "json"))


@pytest.mark.parametrize("show_secrets", [False, True])
def test_pages_show_secrets_of_configurations_to_who_asks(show_secrets):
    rows = [
        f"{{'acc': 0.{k}}},\"{{'api_key': 'hunter{k}', 'lr': 0.{k}}}\",r{k}" for k in range(1, 6)
    ]
    Path("runs.csv").write_text("\n".join(["summary,config,name", *rows]))
    ranking = wb.rank("runs.csv", metric="acc:max", show_secrets=show_secrets)
    assert ranking.board.rows[0].configuration.members[0].run.config["api_key"] == "hunter5"
    for shown in (
        repr(ranking), ranking.to_text(), ranking._repr_html_(), ranking._repr_markdown_(),
        ranking.to_json(), ranking.to_csv(),
    ):  # fmt: skip
        assert ("hunter5" in shown) is show_secrets
