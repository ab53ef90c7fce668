"""Commands rebuilt from what real projects recorded (shapes counted in public run folders)."""

import pytest

from tests.replication.test_scripts import texts
from wbtools.errors import UsageError
from wbtools.model import LaunchRecord
from wbtools.replication.command import (
    launch_from_record,
    launch_from_sweep,
    program_places,
    program_words,
    unfound_program,
)
from wbtools.replication.recorded_arguments import read_arguments
from wbtools.replication.styles import Style
from wbtools.sweepfile.spec import parse_spec

VALUES = {"lr": 6.797303101020006e-05, "flag": True, "off": False, "n": {"x": 1}}
WITH = {
    "${args}": [
        "--lr=6.797303101020006e-05", "--flag=True", "--off=False", "--n={'x': 1}",
    ],
    "${args_no_equals}": [
        "--lr", "6.797303101020006e-05", "--flag", "True", "--off", "False", "--n", "{'x': 1}",
    ],
    "${args_no_boolean_flags}": ["--lr=6.797303101020006e-05", "--flag", "--n={'x': 1}"],
    "${args_no_hyphens}": ["lr=6.797303101020006e-05", "flag=true", "off=false", "n={x:1}"],
    "${args_append_hydra}": ["+lr=6.797303101020006e-05", "+flag=true", "+off=false", "+n={x:1}"],
    "${args_json}": ['{"lr": 6.797303101020006e-05, "flag": true, "off": false, "n": {"x": 1}}'],
}  # fmt: skip


@pytest.mark.parametrize(("macro", "said"), WITH.items())
def test_the_macros_of_a_sweeps_command(macro, said):
    text = f"command: ['${{env}}', '${{interpreter}}', '${{program}}', own, '{macro}', end]"
    spec = parse_spec(f"{text}\nparameters: {{lr: {{value: 1}}}}", "s.yaml")
    launch = launch_from_sweep(spec, ("t.py",), VALUES, "s.yaml")
    assert texts(launch.words()) == ["/usr/bin/env", "python", "t.py", "own", *said, "end"]


def test_without_a_command_the_agents_default_is_taken():
    spec = parse_spec("program: t.py\nparameters: {lr: {value: 1}}", "s.yaml")
    launch = launch_from_sweep(spec, ("t.py",), {"lr": 1}, "s.yaml")
    assert texts(launch.words()) == ["/usr/bin/env", "python", "t.py", "--lr=1"]


def test_a_command_without_arguments_gets_its_configuration_from_wandb():
    spec = parse_spec("command: [python, t.py]\nparameters: {lr: {value: 1}}", "s.yaml")
    launch = launch_from_sweep(spec, None, {"lr": 1}, "s.yaml")
    assert launch.by_config
    assert texts(launch.words()) == ["python", "t.py"]


def test_a_command_that_needs_a_program_asks_for_it():
    spec = parse_spec("command: ['${program}']\nparameters: {lr: {value: 1}}", "s.yaml")
    with pytest.raises(UsageError, match="name is not recorded"):
        launch_from_sweep(spec, None, {}, "s.yaml")


PLACES = {
    "a relative path": (("src/train.py", None), ["src/train.py"]),
    "an absolute path of another machine": (
        ("/home/a/proj/src/train.py", "src/train.py"),
        [
            "/home/a/proj/src/train.py", "src/train.py", "home/a/proj/src/train.py",
            "a/proj/src/train.py", "proj/src/train.py", "train.py",
        ],
    ),
    "a Windows path": (
        ("C:\\Users\\a\\train.py", "src\\train.py"),
        ["C:/Users/a/train.py", "src/train.py", "Users/a/train.py", "a/train.py", "train.py"],
    ),
    "a module as one string": (("-m pkg.mod", "pkg\\mod.py"), []),
    "nothing": ((None, None), []),
}  # fmt: skip


@pytest.mark.parametrize(("recorded", "places"), PLACES.values(), ids=PLACES)
def test_where_a_recorded_program_may_lie(recorded, places):
    program, code_path = recorded
    assert list(program_places(LaunchRecord(program=program, code_path=code_path))) == places


def test_what_an_unfound_program_is_called():
    record = LaunchRecord(program="/x/y/train.py", code_path="src\\train.py")
    assert unfound_program(record) == "src/train.py"
    assert unfound_program(LaunchRecord(program="/x/y/train.py")) == "train.py"
    assert unfound_program(LaunchRecord(program="a/train.py")) == "a/train.py"


@pytest.mark.parametrize(
    ("program", "words"),
    [
        ("-m pkg.mod", ("-m", "pkg.mod")),
        ("-m  pkg.mod", ("-m", "pkg.mod")),
        ("src\\a\\train.py", ("src/a/train.py",)),
        ("dir with space/train.py", ("dir with space/train.py",)),
        ("odd\\name/train.py", ("odd\\name/train.py",)),
    ],
)
def test_program_words(program, words):
    assert program_words(program) == words


ARGUMENTS = {
    "equals": (("--lr=0.1", "--x"), [("lr", "0.1", Style.ARGPARSE), ("x", None, None)]),
    "two words": (("--lr", "0.1"), [("lr", "0.1", Style.SPACED)]),
    "a negative number": (("--shift", "-5"), [("shift", "-5", Style.SPACED)]),
    "a flag before an option": (
        ("--fast", "--lr", "1"), [("fast", None, None), ("lr", "1", Style.SPACED)],
    ),
    "a flag that is true before a word": (
        ("--debug", "train"), [("debug", None, None), (None, None, None)],
    ),
    "Hydra's lists and additions": (
        ("++a.b=[1,2]", "+x=y", "opt.lr=1e-3", "~db"),
        [("a.b", "[1,2]", Style.HYDRA_OVERRIDE), ("x", "y", Style.HYDRA_APPEND),
         ("opt.lr", "1e-3", Style.HYDRA), (None, None, None)],
    ),
    "a value with spaces and an equals sign": (
        ("--text", "a b=c"), [("text", "a b=c", Style.SPACED)],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("argv", "read"), ARGUMENTS.values(), ids=ARGUMENTS)
def test_recorded_arguments(argv, read):
    config = {"debug": True, "text": "a b=c"}
    found = read_arguments(argv, config)
    assert [(argument.name, argument.text, argument.style) for argument in found] == read
    assert texts(launch_from_record(("t.py",), argv, config).words()) == ["python", "t.py", *argv]


@pytest.mark.parametrize(
    ("argv", "changed"),
    [
        (("--lr=0.1", "--b=2"), ["--lr=1e-05", "--b=2"]),
        (("--lr", "0.1", "x"), ["--lr", "1e-05", "x"]),
        (("lr=0.1",), ["lr=1e-05"]),
        (("++lr=0.1", "+b=1"), ["++lr=1e-05", "+b=1"]),
        (("--b=1",), ["--b=1", "--lr=1e-05"]),
        (("b=1",), ["b=1", "lr=1e-05"]),
        ((), ["--lr=1e-05"]),
        (("--lr=1", "--lr=2"), ["--lr=1", "--lr=1e-05"]),
    ],
)
def test_a_change_takes_the_place_and_the_style_of_what_was_there(argv, changed):
    launch = launch_from_record(("t.py",), argv, {"lr": 0.1}).with_value("lr", 1e-5)
    assert texts(launch.words())[2:] == changed


def test_hyphens_and_underscores_are_one_name():
    launch = launch_from_record(("t.py",), ("--learning-rate", "1"), {"learning_rate": 1})
    assert texts(launch.with_value("learning_rate", 2).words())[2:] == ["--learning-rate", "2"]


def test_a_nested_value_is_changed_where_it_is():
    spec = parse_spec("program: t.py\nparameters: {n: {parameters: {x: {value: 1}}}}", "s.yaml")
    launch = launch_from_sweep(spec, ("t.py",), {"n": {"x": 1, "y": 2}}, "s.yaml")
    assert launch.with_value("n.x", 5).values == {"n": {"x": 5, "y": 2}}
