"""Every command that is written of every recorded shape is run: none starts a sweep or an agent."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.replication.launches import (
    ARGPARSE,
    FUNCTIONS,
    OVERRIDES,
    READER,
    forbidden_calls,
    play,
    replication,
    run_of,
    slurm_script,
    with_stub,
)
from tests.replication.test_yaml_targets import agents_words, written
from wbtools.app.opening.question import WrittenSpec
from wbtools.app.reconstruct_command import LaunchEvidence, reconstruct_command
from wbtools.model import LaunchRecord
from wbtools.replication.shell_target import shell_script
from wbtools.replication.styles import Style
from wbtools.sources.side_files import METADATA, launch_facts
from wbtools.sweepfile.spec import parse_spec

CONFIG = {"lr": 6.797303101020006e-05, "units": 32}
WORDS = ["--lr=6.797303101020006e-05", "--units=32"]
SPEC = "program: train.py\nparameters: {lr: {min: 0.0, max: 1.0}, units: {values: [16, 32]}}"
NO_ARGUMENTS = {"an empty list": {"args": []}, "null": {"args": None}, "no list": {}}
PLACES = {
    "where it lies": ({"program": "train.py", "codePath": "train.py"}, True),
    "another machine's path": ({"program": "/home/someone/proj/train.py"}, True),
    "a Windows path": ({"program": "C:\\proj\\src\\train.py", "codePath": "src\\train.py"}, True),
    "a module": ({"program": "-m pkg.train", "codePath": "pkg\\train.py"}, True),
    "a program that is not in the folder": ({"program": "train.py"}, False),
}


def rebuilt(metadata, spec=None, config=None, **wishes):
    record = launch_facts({METADATA: json.dumps(metadata)})
    sweep_file = (
        None if spec is None else WrittenSpec(spec=parse_spec(spec, "s"), place="s", why="")
    )
    evidence = LaunchEvidence(
        run=run_of(config=config or CONFIG), record=LaunchRecord(**record), written=sweep_file
    )
    launch, _ = reconstruct_command(
        evidence, program=wishes.get("program"), style=wishes.get("style")
    )
    return launch


def put(folder, source):
    for name in ("train.py", "src/train.py", "pkg/train.py", "pkg/__init__.py"):
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("" if name.endswith("__init__.py") else source)


def as_agent(document, folder, env):
    """Start what `wandb agent` would, with the file of parameters that it leaves to a run."""
    parameters = {
        name: {"value": parameter["value"]} for name, parameter in document["parameters"].items()
        if name != "replica"  # a sweep needs one parameter, and these arguments are all recorded
    }  # fmt: skip
    (folder / "parameters.yaml").write_text(yaml.safe_dump(parameters))
    recorded = folder / "recorded.jsonl"
    recorded.unlink(missing_ok=True)
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    subprocess.run(
        agents_words(document, None),
        cwd=folder,
        env={
            **os.environ, **env, "PATH": path, "RECORDED": str(recorded),
            "WANDB_SWEEP_PARAM_PATH": str(folder / "parameters.yaml"),
        },
        check=True,
        timeout=300,
    )  # fmt: skip
    return [json.loads(line) for line in recorded.read_text().splitlines()]


def started(launch, folder, targets=("shell", "slurm", "sweep")):
    """What the program was given under each target, one start each, and no forbidden call."""
    env, what = with_stub(folder), replication(launch)
    answers = []
    for target in targets:
        if target == "sweep":
            starts = as_agent(written(what), folder, env)
        elif target == "slurm":
            starts = play(slurm_script(what), folder, "bash", **env)
        else:
            starts = play(shell_script(what), folder, **env)
        assert forbidden_calls(folder) == []
        assert len(starts) == 1
        answers += starts
    return answers


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("arguments", NO_ARGUMENTS.values(), ids=NO_ARGUMENTS)
@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
def test_a_function_gets_its_configuration_once(folder, place, arguments):
    metadata, is_here = place
    source = FUNCTIONS["under a main guard"]
    if is_here:
        put(folder, source)
    launch = rebuilt(metadata | arguments)
    put(folder, source)
    (answer,) = started(launch, folder, ("shell",))
    assert answer == {"config": CONFIG, "argv": []}


@pytest.mark.parametrize("is_here", [True, False], ids=["read", "not in the folder"])
@pytest.mark.parametrize("source", FUNCTIONS.values(), ids=FUNCTIONS)
def test_however_the_program_calls_the_agent(folder, source, is_here):
    if is_here:
        put(folder, source)
    launch = rebuilt({"program": "train.py"})
    put(folder, source)
    for answer in started(launch, folder):
        assert answer["config"] == CONFIG | ({"own": 1} if "own" in answer["config"] else {})


# What is recorded, what the sweep's file says, what the user asks for.
MISLEADING = {
    "a sweep file names the program": ({"program": "train.py"}, SPEC, {}),
    "a sweep file's command gives arguments": (
        {"program": "train.py", "args": []},
        f"command: ['${{env}}', python, -u, '${{program}}', '${{args}}']\n{SPEC}", {},
    ),
    "a sweep file's command gives none": (
        {"program": "train.py"}, f"command: [python, train.py]\n{SPEC}", {},
    ),
    "a sweep file and no metadata": ({}, SPEC, {}),
    "the user names the program": ({}, None, {"program": "train.py"}),
    "the user names the module": ({}, None, {"program": "-m pkg.train"}),
    "the user names another program": ({"program": "x.py"}, None, {"program": "train.py"}),
    "the user asks for a style": ({"program": "train.py"}, None, {"style": Style.ARGPARSE}),
    "the user asks for JSON": ({"program": "train.py"}, SPEC, {"style": Style.JSON}),
    "the user asks for configuration": ({"program": "train.py"}, SPEC, {"style": Style.CONFIG}),
    "arguments of the start": ({"program": "train.py", "args": ["--count", "100"]}, SPEC, {}),
    "arguments of the start, no sweep file": (
        {"program": "train.py", "args": ["--count", "100", "x"]}, None, {},
    ),
    "arguments as one text": ({"program": "train.py", "args": "--count 100"}, None, {}),
    "arguments of a wrong kind": ({"program": "train.py", "args": {"a": 1}}, None, {}),
}  # fmt: skip


@pytest.mark.parametrize("is_here", [True, False], ids=["read", "not in the folder"])
@pytest.mark.parametrize("story", MISLEADING.values(), ids=MISLEADING)
def test_whatever_else_points_at_arguments(folder, story, is_here):
    metadata, spec, wishes = story
    source = FUNCTIONS["under a main guard"]
    if is_here:
        put(folder, source)
    launch = rebuilt(metadata, spec, **wishes)
    put(folder, source)
    (answer,) = started(launch, folder, ("shell",))
    assert answer["config"] == CONFIG


# The program, what it recorded, the arguments that it gets again.
DIRECT = {
    "argparse": (ARGPARSE, ["--lr=6.797303101020006e-05", "--units", "32"]),
    "Hydra's overrides": (OVERRIDES, ["lr=6.797303101020006e-05", "++units=32"]),
    "a starter that was told not to sweep": (
        ARGPARSE, ["--count", "3", "--lr", "6.797303101020006e-05", "--units", "32"],
    ),
    "a starter that was told to sweep": (ARGPARSE, ["--sweep", "--count", "100"]),
    "a reader with an argument of its own": (READER, ["--data", "/a b/$x"]),
}  # fmt: skip


@pytest.mark.parametrize("is_here", [True, False], ids=["read", "not in the folder"])
@pytest.mark.parametrize(("source", "argv"), DIRECT.values(), ids=DIRECT)
def test_recorded_arguments_are_kept_and_start_no_sweep(folder, source, argv, is_here):
    if is_here:
        put(folder, source)
    launch = rebuilt({"program": "/home/someone/train.py", "args": argv})
    put(folder, source)
    for answer in started(launch, folder):
        assert answer == {"config": CONFIG, "argv": argv}


@pytest.mark.parametrize("macro", ["${args}", "${args_no_equals}", "${args_no_boolean_flags}"])
def test_a_program_that_an_agent_started_is_started_as_it_was(folder, macro):
    put(folder, ARGPARSE.replace("if args.sweep:", "if False:").replace("wandb.agent", "print"))
    spec = f"command: [python, '${{program}}', '{macro}']\n{SPEC}"
    launch = rebuilt({"program": "train.py", "args": WORDS}, spec)
    for answer in started(launch, folder):
        assert answer["config"] == CONFIG
        assert " ".join(answer["argv"]).replace(" 32", "=32").endswith("--units=32")


REAL = """\
import os, wandb
def forbidden(*args, **kwargs):
    with open(os.environ["FORBIDDEN"], "a") as file:
        file.write("called")
    os._exit(97)
for name in ("sweep", "agent", "controller"):
    setattr(wandb, name, forbidden)
"""


def test_the_real_sdk_gets_exactly_the_configuration(folder):
    from wbtools.sources.local.sweeps import find_sweeps, load

    source = FUNCTIONS["under a main guard"].replace(
        "wandb.init(", "wandb.init(settings=wandb.Settings(x_disable_stats=True), mode='offline', "
    )
    launch = rebuilt({"program": "/home/someone/train.py"})
    (folder / "src").mkdir()
    (folder / "src" / "sitecustomize.py").write_text(REAL)
    (folder / "train.py").write_text(source)
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    script = shell_script(replication(launch)).replace("unset ", "true ", 1)
    subprocess.run(
        ["sh"],
        input=script.encode(),
        cwd=folder,
        env={
            **os.environ, "PATH": path, "PYTHONPATH": str(folder / "src"), "WANDB_SILENT": "true",
            "FORBIDDEN": str(folder / "forbidden.txt"), "WANDB_SWEEP_ID": "sw33p1d0",
        },
        check=True,
        timeout=300,
    )  # fmt: skip
    assert forbidden_calls(folder) == []
    (found,) = find_sweeps(folder)
    (run,) = load(found, ()).runs
    assert run.config == CONFIG
