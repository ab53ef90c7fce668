"""Which evidence a command is rebuilt from, and what is said of it."""

from pathlib import Path

import pytest

from tests.app.rebuilding import SPEC, STARTER, found_in, rebuilt
from tests.replication.launches import run_of
from tests.replication.test_scripts import texts
from wbtools.app.opening.question import WrittenSpec
from wbtools.app.reconstruct_command import LaunchEvidence, reconstruct_command
from wbtools.model import LaunchRecord
from wbtools.replication.styles import Style
from wbtools.replication.wandb_launcher import LAUNCHER
from wbtools.sweepfile.spec import parse_spec

pytestmark = pytest.mark.usefixtures("folder")
RECORDED = {"program": "train.py", "argv": ("--lr", "0.1")}
AGENTS = {"program": "train.py", "argv": ("--lr=0.1", "--model={'depth': 3}")}
STORIES = {
    "the sweep's own command comes first": (
        {"record": AGENTS, "spec": f"program: train.py\n{SPEC}"},
        ["/usr/bin/env", "python", "train.py", "--lr=0.1", "--model={'depth': 3}"],
        set(),
    ),
    "the same where the recorded arguments lack a parameter": (
        {"record": RECORDED, "spec": f"program: train.py\n{SPEC}"},
        ["/usr/bin/env", "python", "-c", LAUNCHER, "train.py", "--lr=0.1", "--model={'depth': 3}"],
        {"WBR304", "WBR309"},
    ),
    "the same where more is recorded than parameters": (
        {
            "record": {**AGENTS, "argv": (*AGENTS["argv"], "--sweep")},
            "spec": f"program: train.py\n{SPEC}",
        },
        ["/usr/bin/env", "python", "-c", LAUNCHER, "train.py", "--lr=0.1", "--model={'depth': 3}"],
        {"WBR304", "WBR309"},
    ),
    "parameters and what may start a sweep, of a program that was read and names none": (
        {"record": {"program": "train.py", "argv": ("--lr", "0.1", "--sweep", "--count", "100")}},
        ["python", "-c", LAUNCHER, "train.py", "--lr", "0.1", "--sweep", "--count", "100"],
        {"WBR309"},
    ),
    "the same where the agent's parameters are known": (
        {
            "record": {
                "program": "train.py", "argv": ("--lr", "0.1", "--sweep"),
                "sweep_parameters": {"lr": 0.1},
            },
        },
        ["python", "-c", LAUNCHER, "train.py", "--lr", "0.1", "--sweep"], {"WBR309"},
    ),
    "a parameter with another value than the agent's": (
        {
            "record": {
                "program": "train.py", "argv": ("--lr", "0.2"), "sweep_parameters": {"lr": 0.1},
            },
        },
        ["python", "-c", LAUNCHER, "train.py", "--lr", "0.2"], {"WBR309"},
    ),
    "then what the run recorded": (
        {
            "record": {"program": "train.py", "argv": ("--lr", "0.1", "--model.depth=3")},
            "spec": SPEC,
        },
        ["python", "train.py", "--lr", "0.1", "--model.depth=3"], set(),
    ),
    "a module": (
        {"record": {"program": "-m pkg.mod", "argv": ("--lr=1",), "sweep_parameters": {"lr": 1}}},
        ["python", "-m", "pkg.mod", "--lr=1"], {"WBR301"},
    ),
    "a module that lies here": (
        {"record": {"program": "-m train", "argv": ("--lr=1",)}},
        ["python", "-c", LAUNCHER, "-m", "train", "--lr=1"], {"WBR309"},
    ),
    "a module that the sweep's command starts with -m": (
        {"spec": f"program: train\ncommand: [python, -m, '${{program}}', '${{args}}']\n{SPEC}"},
        ["python", "-m", "train", "--lr=0.1", "--model={'depth': 3}"], set(),
    ),
    "a module that is recorded as one and started as one": (
        {
            "record": {"program": "-m train", "argv": ("--lr=0.1", "--model={'depth': 3}")},
            "spec": f"program: train\ncommand: [python, -m, '${{program}}', '${{args}}']\n{SPEC}",
        },
        ["python", "-m", "train", "--lr=0.1", "--model={'depth': 3}"], set(),
    ),
    "a program of another machine that lies here": (
        {"record": {"program": "/home/a/p/train.py", "argv": ("x", "lr=0.1")}},
        ["python", "-c", LAUNCHER, "train.py", "x", "lr=0.1"], {"WBR309"},
    ),
    "a program of another machine that does not": (
        {
            "record": {
                "program": "/home/a/p/main.py", "code_path": "src\\main.py", "argv": ("lr=0.1",),
                "sweep_parameters": {"lr": 0.1},
            },
        },
        ["python", "src/main.py", "lr=0.1"], {"WBR301"},
    ),
    "arguments that may not be the sweep's, of a program that nobody can read": (
        {"record": {"program": "main.py", "argv": ("--lr=0.1",)}},
        ["python", "-c", LAUNCHER, "main.py", "--lr=0.1"], {"WBR301", "WBR309"},
    ),
    "arguments that are not the sweep's parameters": (
        {"record": {"program": "train.py", "argv": ("--sweep", "--count", "100")}},
        ["python", "-c", LAUNCHER, "train.py", "--sweep", "--count", "100"], {"WBR302"},
    ),
    "arguments that are some of the sweep's parameters": (
        {
            "record": {
                "program": "train.py", "argv": ("--lr=0.1",), "sweep_parameters": {"lr": 1, "n": 2}
            },
        },
        ["python", "-c", LAUNCHER, "train.py", "--lr=0.1"], {"WBR302"},
    ),
    "no arguments: through the launcher": (
        {"record": {"program": "train.py", "argv": ()}},
        ["python", "-c", LAUNCHER, "train.py"], {"WBR302"},
    ),
    "no list of arguments in the metadata, which is none": (
        {"record": {"program": "train.py"}}, ["python", "-c", LAUNCHER, "train.py"], {"WBR302"},
    ),
    "no arguments, whatever the sweep's file would give": (
        {"record": {"program": "train.py"}, "spec": f"program: train.py\n{SPEC}"},
        ["python", "-c", LAUNCHER, "train.py"], {"WBR302"},
    ),
    "no arguments and a sweep's command that gives none": (
        {"record": {"program": "train.py"}, "spec": f"command: [python, train.py]\n{SPEC}"},
        ["python", "-c", LAUNCHER, "train.py"], {"WBR309"},
    ),
    "the same with a program that nobody can read": (
        {"record": {"program": "main.py"}, "spec": f"command: [python, -u, main.py]\n{SPEC}"},
        ["python", "-u", "-c", LAUNCHER, "main.py"], {"WBR301", "WBR309"},
    ),
    "no metadata: from the configuration, which is a guess": (
        {"program": "train.py"},
        ["python", "-c", LAUNCHER, "train.py", "--lr=0.1", "--model.depth=3", "--own=1"],
        {"WBR302", "WBR309"},
    ),
    "no metadata and no program to read: the guess cannot start a sweep": (
        {"program": "main.py"},
        ["python", "-c", LAUNCHER, "main.py", "--lr=0.1", "--model.depth=3", "--own=1"],
        {"WBR302", "WBR309"},
    ),
    "a style that is asked for, of a program that was started without arguments": (
        {"record": {"program": "main.py"}, "style": Style.HYDRA},
        ["python", "-c", LAUNCHER, "main.py", "lr=0.1", "model.depth=3", "own=1"],
        {"WBR301", "WBR309"},
    ),
    "a style that is asked for is no guess": (
        {"record": {"program": "train.py"}, "style": Style.HYDRA},
        ["python", "-c", LAUNCHER, "train.py", "lr=0.1", "model.depth=3", "own=1"], {"WBR309"},
    ),
    "recorded arguments in another style": (
        {"record": RECORDED | {"sweep_parameters": {"lr": 0.1}}, "style": Style.HYDRA},
        ["python", "train.py", "lr=0.1"], set(),
    ),
    "a program that is named": (
        {"record": RECORDED | {"sweep_parameters": {"lr": 0.1}}, "program": "-m train"},
        ["python", "-m", "train", "--lr", "0.1"], set(),
    ),
    "a value that the run lacks": (
        {"config": {"model.depth": 3}, "spec": f"program: train.py\n{SPEC}"},
        ["/usr/bin/env", "python", "-c", LAUNCHER, "train.py", "--model={'depth': 3}"],
        {"WBR303", "WBR309"},
    ),
    "results of a table are no arguments": (
        {"program": "train.py", "results": {"own"}},
        ["python", "-c", LAUNCHER, "train.py", "--lr=0.1", "--model.depth=3"],
        {"WBR302", "WBR309"},
    ),
    "what the agent wrote wins, nested as it was": (
        {
            "record": {"program": "train.py", "sweep_parameters": {"model": {"depth": 4}}},
            "style": Style.ARGPARSE,
        },
        ["python", "-c", LAUNCHER, "train.py", "--model={'depth': 4}"], {"WBR309"},
    ),
    "a notebook and a sweep that names a program": (
        {
            "record": {"program": "<python with no main file>", "argv": ()},
            "spec": f"program: train.py\n{SPEC}",
        },
        ["/usr/bin/env", "python", "-c", LAUNCHER, "train.py", "--lr=0.1", "--model={'depth': 3}"],
        {"WBR309"},
    ),
}  # fmt: skip


@pytest.mark.parametrize(("evidence", "words", "codes"), STORIES.values(), ids=STORIES)
def test_the_best_evidence_is_taken_and_the_rest_is_said(evidence, words, codes):
    found, said, _ = rebuilt(**evidence)
    assert found == words
    assert said == codes


def test_a_disagreement_repeats_no_value():
    record = {"program": "train.py", "argv": ("--lr=1", "--token=s3cret", "--key", "s3cret")}
    evidence = LaunchEvidence(
        run=run_of(config={"lr": 1}),
        record=LaunchRecord(**record),
        written=WrittenSpec(
            spec=parse_spec("program: train.py\nparameters: {lr: {value: 1}}", "s"),
            place="s",
            why="",
            folder=Path(),
        ),
    )
    _, findings = reconstruct_command(evidence, program=None, style=None)
    finding, _ = findings
    assert "--token" in finding.title
    assert "--key" in finding.title
    assert "s3cret" not in finding.title


def test_a_program_that_looks_like_an_option_is_a_path(folder):
    (folder / "-rf.py").write_text("")
    record = {"program": "-rf.py", "argv": ("lr=1",), "sweep_parameters": {"lr": 1}}
    words, _, _ = rebuilt(record)
    assert words == ["python", "./-rf.py", "lr=1"]


def test_a_notebook_that_became_a_script_hands_its_function_over(folder):
    (folder / "explore.py").write_text(STARTER)
    record = {"program": "-m ipykernel_launcher", "argv": ("-f", "/r/kernel-1.json")}
    launch, said = found_in(record, program="explore.py")
    assert texts(launch.words()) == ["python", "-c", LAUNCHER, "explore.py"]
    assert "uses wandb.agent and wandb.sweep" in said["WBR309"]
    assert "WBR302" not in said


def test_a_notebook_that_another_program_runs_is_started_as_the_sweep_says():
    command = "command: [papermill, '${program}', out.ipynb, '${args_no_hyphens}']"
    launch, _ = found_in({"program": "explore.ipynb"}, f"program: explore.ipynb\n{command}\n{SPEC}")
    assert texts(launch.words()) == ["papermill", "explore.ipynb", "out.ipynb", "lr=0.1"]


def test_a_program_that_starts_a_sweep_elsewhere_is_not_started_as_it_is(folder):
    (folder / "train.py").write_text("from sweeper import start\nstart()\n")
    launch, said = found_in({"program": "train.py", "argv": ("--lr", "0.1", "--sweep")})
    assert texts(launch.words())[1:3] == ["-c", LAUNCHER]
    assert "'train.py' uses no sweep itself, but the modules that it imports" in said["WBR309"]


MODULES = {"-mpkg": ["-m"], "-um": ["-u", "-m"], "-umpkg": ["-u", "-m"], "-m": ["-m"]}


@pytest.mark.parametrize(("word", "apart"), MODULES.items())
def test_a_module_is_known_however_its_option_is_written(folder, word, apart):
    name = [] if word.endswith("pkg") else ["pkg"]
    command = f"command: {['python', '-Wignore', '-X', 'dev', word, *name]}\n{SPEC}"
    launch, said = found_in(spec=command)
    assert texts(launch.words()) == [
        "python", "-Wignore", "-X", "dev", *apart[:-1], "-c", LAUNCHER, "-m", "pkg",
    ]  # fmt: skip
    assert "'pkg' could not be read here, so that it may start a sweep" in said["WBR309"]
    (folder / "pkg.py").write_text(STARTER)
    assert "'pkg' uses wandb.agent and wandb.sweep" in found_in(spec=command)[1]["WBR309"]


def test_a_large_file_or_a_pipe_is_not_read(folder):
    import os

    (folder / "large.py").write_text("#" * 3_000_000)
    os.mkfifo(folder / "pipe.py")
    for name in ("large.py", "pipe.py"):
        launch, _ = found_in(program=name)
        assert LAUNCHER in texts(launch.words())


def test_a_program_in_a_folder_with_spaces_starts(folder):
    (folder / "my code").mkdir()
    (folder / "my code" / "t.py").write_text("")
    record = {"program": "my code/t.py", "argv": ("--lr=0.1",), "sweep_parameters": {"lr": 0.1}}
    launch, said = found_in(record)
    assert texts(launch.words()) == ["python", "my code/t.py", "--lr=0.1"]
    assert said == {}


def test_a_module_is_looked_for_as_a_package_too(folder):
    (folder / "pkg" / "mod").mkdir(parents=True)
    (folder / "pkg" / "mod" / "__main__.py").write_text(STARTER)
    launch, said = found_in({"program": "-m pkg.mod", "argv": ("--lr=0.1",)})
    assert texts(launch.words()) == ["python", "-c", LAUNCHER, "-m", "pkg.mod", "--lr=0.1"]
    assert set(said) == {"WBR309"}
