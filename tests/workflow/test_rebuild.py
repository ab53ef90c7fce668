"""Which evidence a command is rebuilt from, and what is said of it."""

from pathlib import Path

import pytest

from tests.replication.launches import run_of
from tests.replication.test_scripts import texts
from wbtools.errors import UsageError
from wbtools.model import LaunchRecord
from wbtools.replication.launcher import LAUNCHER
from wbtools.replication.styles import Style
from wbtools.sweepfile.spec import parse_spec
from wbtools.workflow.ask import Written
from wbtools.workflow.rebuild import Evidence, rebuild

CONFIG = {"lr": 0.1, "model.depth": 3, "own": 1}
SPEC = "parameters: {lr: {min: 0, max: 1}, model: {parameters: {depth: {value: 3}}}}"


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "train.py").write_text("")
    return tmp_path


def rebuilt(record=None, spec=None, config=None, program=None, style=None, **more):
    written = None
    if spec is not None:
        written = Written(spec=parse_spec(spec, "s"), place="sweep.yaml", why="it is")
    seen = Evidence(
        run=run_of(config=CONFIG if config is None else config),
        record=LaunchRecord(**(record or {})),
        written=written,
        **more,
    )
    launch, findings = rebuild(seen, program=program, style=style)
    return texts(launch.words()), {one.code for one in findings}, launch


RECORDED = {"program": "train.py", "argv": ("--lr", "0.1")}
STORIES = {
    "the sweep's own command comes first": (
        {"record": RECORDED, "spec": f"program: train.py\n{SPEC}"},
        ["/usr/bin/env", "python", "train.py", "--lr=0.1", "--model={'depth': 3}"],
        {"WBR304"},
    ),
    "then what the run recorded": (
        {"record": RECORDED, "spec": SPEC}, ["python", "train.py", "--lr", "0.1"], set(),
    ),
    "a module": (
        {"record": {"program": "-m pkg.mod", "argv": ("--lr=1",)}},
        ["python", "-m", "pkg.mod", "--lr=1"], set(),
    ),
    "a program of another machine that lies here": (
        {"record": {"program": "/home/a/p/train.py", "argv": ("x",)}},
        ["python", "train.py", "x"], {"WBR302"},
    ),
    "a program of another machine that does not": (
        {"record": {"program": "/home/a/p/main.py", "code_path": "src\\main.py", "argv": ("x=1",)}},
        ["python", "src/main.py", "x=1"], {"WBR301"},
    ),
    "no arguments: through the launcher": (
        {"record": {"program": "train.py", "argv": ()}},
        ["python", "-c", LAUNCHER, "train.py"], {"WBR302"},
    ),
    "no record of arguments: from the configuration, which is a guess": (
        {"record": {"program": "train.py"}},
        ["python", "train.py", "--lr=0.1", "--model.depth=3", "--own=1"], {"WBR302"},
    ),
    "a style that is asked for is no guess": (
        {"record": {"program": "train.py"}, "style": Style.HYDRA},
        ["python", "train.py", "lr=0.1", "model.depth=3", "own=1"], set(),
    ),
    "recorded arguments in another style": (
        {"record": RECORDED, "style": Style.HYDRA}, ["python", "train.py", "lr=0.1"], set(),
    ),
    "a program that is named": (
        {"record": RECORDED, "program": "-m fold"}, ["python", "-m", "fold", "--lr", "0.1"], set(),
    ),
    "a value that the run lacks": (
        {"config": {"model.depth": 3}, "spec": f"program: train.py\n{SPEC}"},
        ["/usr/bin/env", "python", "train.py", "--model={'depth': 3}"], {"WBR303"},
    ),
    "results of a table are no arguments": (
        {"record": {"program": "train.py"}, "results": {"own"}},
        ["python", "train.py", "--lr=0.1", "--model.depth=3"], {"WBR302"},
    ),
    "what the agent wrote wins, nested as it was": (
        {
            "record": {"program": "train.py", "sweep_parameters": {"model": {"depth": 4}}},
            "style": Style.ARGPARSE,
        },
        ["python", "train.py", "--model={'depth': 4}"], set(),
    ),
    "a notebook and a sweep that names a program": (
        {
            "record": {"program": "<python with no main file>", "argv": ()},
            "spec": f"program: train.py\n{SPEC}",
        },
        ["/usr/bin/env", "python", "train.py", "--lr=0.1", "--model={'depth': 3}"], set(),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("evidence", "words", "codes"), STORIES.values(), ids=STORIES)
def test_the_best_evidence_is_taken_and_the_rest_is_said(evidence, words, codes):
    found, said, _ = rebuilt(**evidence)
    assert found == words
    assert said == codes


def test_without_any_program_it_is_asked_for():
    with pytest.raises(UsageError, match="nothing names the program"):
        rebuilt()


def test_a_disagreement_repeats_no_value():
    record = {"program": "train.py", "argv": ("--token=s3cret", "--key", "s3cret")}
    seen = Evidence(
        run=run_of(config={"lr": 1}),
        record=LaunchRecord(**record),
        written=Written(
            spec=parse_spec("program: train.py\nparameters: {lr: {value: 1}}", "s"),
            place="s",
            why="",
            folder=Path(),
        ),
    )
    _, findings = rebuild(seen, program=None, style=None)
    (finding,) = findings
    assert "--token" in finding.title
    assert "--key" in finding.title
    assert "s3cret" not in finding.title


def test_a_program_that_looks_like_an_option_is_a_path(folder):
    (folder / "-rf.py").write_text("")
    words, _, _ = rebuilt({"program": "-rf.py", "argv": ("x=1",)})
    assert words == ["python", "./-rf.py", "x=1"]
