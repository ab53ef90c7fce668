"""Every command that uses a curve says where it is incomplete, and what heals it."""

import csv
import io
import json

import numpy as np
import pytest

import wbtools as library
from tests.cli.site import SWEEP
from tests.server.history import ColumnHistory
from tests.server.loading import LoadedRun

N_ROWS, N_SAMPLED = 60, 40
LENGTHS = [N_ROWS, 40, 40, 40, 30, 30, 30, 30]
OTHER = "acme/ocr/whole000"
CONFIG = {
    "method": "random",
    "program": "train.py",
    "metric": {"name": "acc", "goal": "maximize"},
    "early_terminate": {"type": "hyperband", "min_iter": 5, "eta": 2},
    "parameters": {"lr": {"min": 0.001, "max": 0.1}, "epochs": {"value": N_SAMPLED}},
}
ENDPOINTS = frozenset({"Run.history", "Run.parquetHistory"})
NOTE = f"{SWEEP}: the curves of 'acc' are incomplete in 1 of 8 runs: run0 has 40 of 60 rows"


def history(n_rows, seed):
    dice = np.random.default_rng(seed)
    values = np.sort(dice.random(n_rows)) * (0.5 + seed / 20)
    return ColumnHistory({"acc": values, "_timestamp": 1.7e9 + 60 * seed + np.arange(n_rows)})


def runs(name, lengths, **facts):
    return [
        LoadedRun(
            name=f"{name}{k}",
            history=history(n_rows, k),
            config={"lr": 0.001 * (k + 1), "epochs": N_SAMPLED},
            facts=facts,
        )
        for k, n_rows in enumerate(lengths)
    ]


@pytest.fixture
def sampled(site):
    """A sweep with one long curve of which the server gives 40 of 60 rows; a whole one beside."""
    server = site.server
    server.load_sweep("acme", "ocr", "v5inrfwe", config=CONFIG, runs=runs("run", LENGTHS))
    server.load_sweep("acme", "ocr", "whole000", config=CONFIG, runs=runs("other", LENGTHS[1:]))
    server.load_runs("acme", "ocr", runs("again", [40, 40], group="wbtools-run0"))
    server.switches.sample_limit = N_SAMPLED
    server.switches.missing_fields = ENDPOINTS
    (site.work / "next.yaml").write_text(
        "method: random\nprogram: train.py\nrun_cap: 8\nmetric: {name: acc, goal: maximize}\n"
        "early_terminate: {type: hyperband, min_iter: 5, eta: 2}\n"
        "parameters: {lr: {min: 0.001, max: 0.1}, epochs: {value: 40}}\n"
    )
    yield site
    server.log.clear()


# Words of the command, and what its answer itself says; None where it is a text for machines.
COMMANDS = {
    "audit-terminations": ([SWEEP], "WBT116"),
    "rank": ([SWEEP], "WBT116"),
    "compare": ([SWEEP, OTHER], "WBT116"),
    "importance": ([SWEEP], "The curves of acc are incomplete"),
    "doctor": ([SWEEP], "WBT116"),
    "simulate": ([SWEEP, "--orders", "2", "--rule", "median(grace=5)"], "curves are incomplete"),
    "replicate": ([SWEEP, "--run", "best"], None),
    "verify": ([SWEEP, "--run", "run0", "--success", "0.1"], "Curves are incomplete"),
    "make-sweep": (["--from", SWEEP], None),
    "forecast": (["next.yaml", "--like", SWEEP], f"curves of {SWEEP} are incomplete"),
}


@pytest.mark.usefixtures("sampled")
@pytest.mark.parametrize(
    ("command", "words", "said"),
    [(command, *asked) for command, asked in COMMANDS.items()],
    ids=COMMANDS.keys(),
)
def test_a_command_that_uses_an_incomplete_curve_says_so(wbtools, command, words, said):
    answer = wbtools(command, *words)
    assert "error" not in answer.err
    assert NOTE in " ".join(answer.err.split())
    assert said is None or said in " ".join(answer.out.split())
    offline = wbtools(command, *words, "--offline")
    assert NOTE in " ".join(offline.err.split())


@pytest.mark.parametrize(
    ("command", "words"),
    [(command, words) for command, (words, _) in COMMANDS.items()],
    ids=COMMANDS.keys(),
)
def test_of_complete_curves_no_command_says_that(sampled, wbtools, command, words):
    sampled.server.switches.sample_limit = 100_000
    answer = wbtools(command, *words)
    assert "error" not in answer.err
    assert "incomplete" not in answer.out + answer.err


def test_fetch_says_so_every_time_until_the_server_gives_everything(sampled, wbtools):
    sentence = "1 curve is incomplete: the server did not send every row; the next fetch asks again"
    for _ in range(2):
        answer = wbtools("fetch", SWEEP)
        assert (answer.code, " ".join(answer.out.split()).endswith(sentence)) == (3, True)
    assert "incomplete" in wbtools("archive", "ls").out
    exported = wbtools("archive", "export", SWEEP)
    assert "is incomplete" in exported.err
    flags = {
        (row["run_id"], row["sampled"], row["complete"])
        for row in csv.DictReader(io.StringIO(exported.out))
    }
    assert ("run0", "true", "false") in flags
    assert {flag[1:] for flag in flags if flag[0] != "run0"} == {("false", "true")}
    sampled.server.switches.missing_fields = frozenset()
    answer = wbtools("fetch", SWEEP)
    assert (answer.code, "incomplete" in answer.out) == (0, False)
    answer = wbtools("fetch", SWEEP)
    assert (answer.code, "nothing new" in answer.out) == (0, True)
    exported = wbtools("archive", "export", SWEEP)
    assert exported.err == ""
    rows = list(csv.DictReader(io.StringIO(exported.out)))
    assert {(row["sampled"], row["complete"]) for row in rows} == {("false", "true")}
    assert sum(row["run_id"] == "run0" for row in rows) == N_ROWS


@pytest.mark.usefixtures("sampled")
def test_json_answers_carry_it(wbtools):
    for command in ("audit-terminations", "doctor"):
        answer = json.loads(wbtools(command, SWEEP, "--format", "json").out)
        assert "WBT116" in {finding["code"] for finding in answer["findings"]}
    answer = json.loads(wbtools("rank", SWEEP, "--format", "json").out)
    assert "WBT116" in {finding["code"] for finding in answer["findings"]}
    answer = json.loads(wbtools("importance", SWEEP, "--format", "json").out)
    assert any("incomplete" in caveat for caveat in answer["notes"])


@pytest.mark.usefixtures("sampled")
def test_the_library_carries_it_too():
    sweep = library.load_sweep(SWEEP)
    assert "WBT116" in {finding.code for finding in sweep.findings}
    frame = library.to_frame(sweep, curves=True)
    assert not frame["complete"].any()
    assert [finding.code for finding in library.audit(sweep).findings].count("WBT116") == 1
