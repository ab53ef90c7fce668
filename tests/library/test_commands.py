"""A function and its command give the same answer: a line of the table for each."""

import json
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

import wbtools as wb
from tests.cli.site import SWEEP
from tests.cli.test_fetch import put
from tests.cli.test_verify import replica

DATA = Path(__file__).parents[1] / "data"
GRID = str(DATA / "seeds" / "stage13_grid_spec.yaml")
WRONG = str(DATA / "wrong-sweep.yaml")
PLAN = """
program: train.py
method: random
metric: {name: acc, goal: maximize}
run_cap: 12
early_terminate: {type: hyperband, min_iter: 3, eta: 3}
parameters: {lr: {min: 0.0, max: 1.0}}
"""


class Case(NamedTuple):
    """A call and the line that means the same.

    Attributes:
        arguments: Of the function.
        keywords: Likewise.
        words: After the command, without `--format`.
        answered: Numbers of the function's answer.
        printed: The same numbers of the command's JSON.
    """

    function: str
    arguments: tuple
    keywords: dict
    words: list
    answered: object
    printed: object


def finding_codes(findings):
    return [(each.code, each.severity.name.lower(), each.title) for each in findings]


def printed_codes(findings):
    return [(each["code"], each["severity"], each["title"]) for each in findings]


def ranked(ranking):
    lead = [(row.rank, row.figures[0]) for row in ranking.board.rows]
    return [(rank, figure and figure.best) for rank, figure in lead]


def printed_ranks(document):
    return [(row["rank"], row["best"]) for row in document["configurations"]]


CASES = {
    "rank the demo": Case(
        "rank", ("demo",), {"at": "last", "stopped": "as-is"},
        ["demo", "--at", "last", "--stopped", "as-is"],
        ranked, printed_ranks,
    ),
    "rank by seeds": Case(
        "rank", ("demo",), {"metric": ["val/acc:maximize"], "seed_key": "hidden", "diverse": 2},
        ["demo", "--metric", "val/acc:maximize", "--seed-key", "hidden", "--diverse", "2"],
        lambda ranking: (ranked(ranking), [pick.row.rank for pick in ranking.diverse.picks]),
        lambda document: (
            printed_ranks(document), [each["rank"] for each in document["diverse"]["choices"]],
        ),
    ),
    "compare groups": Case(
        "compare", ("demo",), {"group_by": "schedule", "baseline": "step", "stopped": "as-is"},
        ["demo", "--group-by", "schedule", "--baseline", "step", "--stopped", "as-is"],
        lambda answer: [
            (side.name, found.n_runs, found.best, found.mean.mean)
            for side, found in zip(answer.sides, answer.summaries, strict=True)
        ],
        lambda document: [
            (side["side"], side["n_runs"], side["best"], side["mean"])
            for side in document["sides"]
        ],
    ),
    "importance": Case(
        "importance", ("demo",), {"parameter": ["lr", "hidden"], "budget": 27},
        ["demo", "--parameter", "lr", "--parameter", "hidden", "--budget", "27"],
        lambda answer: [each.name for each in answer.parameters],
        lambda document: [each["parameter"] for each in document["parameters"]],
    ),
    "doctor": Case(
        "doctor", ("demo",), {"ignore": "WBD204", "early_terminate": "none"},
        ["demo", "--ignore", "WBD204", "--early-terminate", "none"],
        lambda answer: finding_codes(answer.findings),
        lambda document: printed_codes(document["findings"]),
    ),
    "simulate": Case(
        "simulate", ("demo",),
        {"rule": ["hyperband(min_iter=5,eta=3)", "none"], "orders": 3, "agents": 2, "seed": 7},
        ["demo", "--rule", "hyperband(min_iter=5,eta=3)", "--rule", "none", "--orders", "3",
         "--agents", "2", "--seed", "7"],
        lambda answer: [(str(each.rule), each.n_orders, each.on_front) for each in answer.tried],
        lambda document: [
            (each["rule"], each["n_orders"], each["on_front"]) for each in document["rules"]
        ],
    ),
    "forecast": Case(
        "forecast", ("plan.yaml",),
        {"budget": 27, "hours_per_run": 2.5, "reports_per_epoch": "1/2", "agents": 4},
        ["plan.yaml", "--budget", "27", "--hours-per-run", "2.5", "--reports-per-epoch", "1/2",
         "--agents", "4"],
        lambda answer: [
            (each.plan.source, each.full_hours, each.hours.estimate) for each in answer.sweeps
        ],
        lambda document: [
            (each["file"], each["full_h"], each["used_h"])
            for each in document["sweeps"]
        ],
    ),
    "lint": Case(
        "lint", (WRONG,), {"select": ["WBS"], "budget": 5},
        [WRONG, "--select", "WBS", "--budget", "5"],
        lambda answer: finding_codes(answer.findings),
        lambda document: printed_codes(document["findings"]),
    ),
}  # fmt: skip


@pytest.fixture(autouse=True)
def folder(request, tmp_path, monkeypatch):
    """A working folder with a sweep file, where the test has no other one."""
    if not {"site", "project"} & set(request.fixturenames):
        monkeypatch.chdir(tmp_path)
        Path("plan.yaml").write_text(PLAN)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_function_and_command_give_the_same_numbers(wbtools, case):
    result = wbtools(case.function, *case.words, "--format", "json", "--quiet")
    document = json.loads(result.out)
    answer = getattr(wb, case.function)(*case.arguments, **case.keywords)
    numbers = case.answered(answer)
    assert numbers == case.printed(document)
    assert numbers


TEXTS = {
    "replicate": (
        lambda: wb.replicate("demo", 5, seeds=[1, 2], set={"lr": 0.01}, success=0.57).text,
        ["replicate", "demo", "--run", "5", "--seeds", "1,2", "--set", "lr=0.01", "--success",
         "0.57"],
    ),
    "replicate for Slurm": (
        lambda: wb.replicate(
            "demo", ["5", "best"], to="slurm", slurm=wb.SlurmOptions(gpus=1, cpus=4)
        ).text,
        ["replicate", "demo", "--run", "5", "--run", "best", "--to", "slurm", "--gpus", "1",
         "--cpus", "4"],
    ),
    "make a sweep": (
        lambda: wb.make_sweep(
            "random-hyperband",
            parameter={"lr": "log_uniform_values(1e-4,1e-2)", "seed": (1, 2), "depth": np.int64(3)},
            metric="acc",
            goal="max",
            set={"project": "ocr"},
        ).text,
        ["make-sweep", "random-hyperband", "-p", "lr=log_uniform_values(1e-4,1e-2)",
         "-p", "seed=[1,2]", "-p", "depth=3", "--metric", "acc", "--goal", "maximize",
         "--set", "project=ocr"],
    ),
    "make the next sweep": (
        lambda: wb.make_sweep(from_sweep="demo", stage="wide", extend=True).text,
        ["make-sweep", "--from", "demo", "--stage", "wide", "--extend"],
    ),
    "a grid as a sweep": (
        lambda: "".join(wb.expand_grid(GRID, to="sweep", program="fit.py").sweeps.texts),
        ["expand-grid", GRID, "--to", "sweep", "--program", "fit.py"],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("call", "words"), TEXTS.values(), ids=TEXTS)
def test_function_and_command_write_the_same_text(wbtools, call, words):
    result = wbtools(*words, "--quiet")
    assert result.code == 0, result.err
    assert call() == result.out


def test_a_grids_files_are_those_that_the_command_writes(wbtools):
    grid = wb.expand_grid(GRID, out_dir="cells", to="slurm", shards=3)
    assert not Path("cells").exists()
    assert wbtools("expand-grid", GRID, "--out-dir", "cells", "--to", "slurm", "--shards", "3",
                   "-o", "job.sh").code == 0  # fmt: skip
    assert {path: path.read_bytes() for path in grid.files.files} == grid.files.files
    assert len(grid.files.configs) == 180
    assert Path("job.sh").read_text() == str(grid.job)
    assert wb.expand_grid(GRID, out_dir="cells").files.n_new == 0


def test_what_a_replication_is_to_reach_is_kept_and_verified(wbtools, project):
    scripts = wb.replicate(".", 1, program="t.py", success=0.5, acceptable=0.4)
    assert scripts.plans[0].criteria
    replica(project, (0.15, 0.3, 0.45, 0.5, 0.55))
    verification = wb.verify(".", 1)
    assert str(verification.verdict) == "success"
    document = json.loads(wbtools("verify", ".", "--run", "1", "--format", "json").out)
    assert document["verdict"] == "success"
    assert [each.best for each in verification.replicas] == [
        each["best"] for each in document["replicas"]
    ]
    assert "1 replication verified" in wbtools("verify", "--track-record").out


def test_a_fetch_brings_a_sweep_into_the_archive(wbtools, site):
    put(site)
    (fetched,) = wb.fetch(SWEEP, metric="acc")
    assert (fetched.n_runs, fetched.n_asked, fetched.n_incomplete) == (5, 5, 0)
    assert "acc" in fetched.metrics
    assert "5 runs, nothing new" in wbtools("fetch", SWEEP, "--metric", "acc", "--quiet").out
    offline = wb.audit(SWEEP, metric="acc", goal="max", early_terminate="none", offline=True)
    assert len(offline.rows) == 5
