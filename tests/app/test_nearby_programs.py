"""What lint sees of the programs beside a sweep file; programs may be anything."""

import os

import pytest

from wbtools.app import nearby_programs
from wbtools.app.lint_files import LintFilesOptions, lint_files
from wbtools.app.program_files import read_program

READS = "import wandb\nrun = wandb.init()\nprint(run.config.lr)\n"
READS_NOT = "import wandb, sys\nwandb.init()\nprint(sys.argv)\n"
SERVES = "import wandb\nwandb.agent(wandb.sweep({}), function=train)\n"
SPACE = "method: grid\nparameters: {lr: {values: [0.1, 0.2]}}\n"
NO_ARGS = f'program: train.py\n{SPACE}command: [python, "${{program}}"]\n'


@pytest.fixture
def found(tmp_path):
    """The findings for a sweep file in a folder, as code and severity."""

    def ask(text, at="sweep.yaml", **options):
        path = tmp_path / at
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        findings = lint_files([str(path)], LintFilesOptions(**options)).findings
        return {finding.code: finding.severity.name for finding in findings}

    return ask


@pytest.fixture
def program(tmp_path):
    def write(name, text):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


def test_a_program_that_reads_the_configuration_needs_no_arguments(found, program):
    program("train.py", READS)
    assert "WBS081" not in found(NO_ARGS)


def test_one_that_does_not_read_it_does(found, program):
    program("train.py", READS_NOT)
    assert found(NO_ARGS)["WBS081"] == "WARNING"


def test_one_that_lies_elsewhere_may(found):
    assert found(NO_ARGS)["WBS081"] == "INFO"


def test_one_that_knows_nothing_of_wandb_leaves_it_to_others(found, program):
    program("train.py", "from mylib import main\nmain()\n")
    assert found(NO_ARGS)["WBS081"] == "INFO"


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("trainer.py", "import trainer"),
        ("lib/trainer.py", "from lib.trainer import main"),
        ("lib/trainer.py", "from lib import trainer"),
        ("lib/__init__.py", "import lib"),
        ("trainer.py", "from .trainer import main"),
        ("trainer.py", "from . import trainer"),
        ("src/lib/trainer.py", "def f():\n    from lib import trainer"),
    ],
)
def test_what_it_imports_may_read_it(found, program, name, line):
    program("train.py", f"import wandb\n{line}\n")
    assert found(NO_ARGS)["WBS081"] == "WARNING"
    program(name, READS)
    assert "WBS081" not in found(NO_ARGS)


def test_imports_in_a_circle_come_to_an_end(found, program):
    program("train.py", "import wandb, a\n")
    program("a.py", "import b\n")
    program("b.py", "import a, train\n")
    assert found(NO_ARGS)["WBS081"] == "WARNING"


@pytest.mark.parametrize(
    "command",
    [
        '[python, "${program}"]',
        "[python, train.py]",
        '[bash, -c, "cd x && python train.py"]',
        "[python, -m, train]",
        "[torchrun, ./train.py]",
    ],
)
def test_the_program_is_found_however_the_command_names_it(found, program, command):
    program("train.py", READS)
    assert "WBS081" not in found(f"program: train.py\n{SPACE}command: {command}\n")


def test_it_is_found_in_the_folders_above_the_file(found, program):
    program("train.py", READS)
    assert "WBS081" not in found(NO_ARGS, at="s.yaml")
    assert "WBS081" not in found(NO_ARGS, at="conf/sweeps/s.yaml")
    assert "WBS081" in found(NO_ARGS, at="a/b/c/d/e/f/g/s.yaml")


def test_the_program_root_comes_first(found, program, tmp_path):
    program("train.py", READS)
    program("root/train.py", READS_NOT)
    assert found(NO_ARGS, program_root=tmp_path / "root")["WBS081"] == "WARNING"
    assert "WBS083" in found(NO_ARGS.replace("train", "gone"), program_root=tmp_path / "root")
    assert "WBS083" not in found(NO_ARGS.replace("train", "gone"))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("start.py", SERVES),
        ("start.ipynb", '{"cells": [{"source": ["import wandb\\n", "wandb.agent(i, f)"]}]}'),
    ],
)
def test_a_program_that_hands_a_function_over_serves_a_file_without_one(found, program, name, text):
    assert found(SPACE)["WBS080"] == "WARNING"
    program("other.py", "import wandb\nwandb.agent(i)\n")
    assert found(SPACE)["WBS080"] == "WARNING"
    program(name, text)
    assert "WBS080" not in found(SPACE)


@pytest.mark.parametrize("place", ["start.py", "src/start.py", "src/pkg/cli/start.py"])
def test_a_program_anywhere_in_the_project_serves_it(found, program, place):
    program(place, SERVES)
    assert found(SPACE, at="conf/s.yaml")["WBS080"] == "WARNING"
    program("pyproject.toml", "")
    assert "WBS080" not in found(SPACE, at="conf/s.yaml")


@pytest.mark.parametrize("place", [".venv", "wandb/run-1", "node_modules", "env", "a/b/c/d"])
def test_what_is_not_the_projects_own_is_not_read(found, program, place):
    program("pyproject.toml", "")
    program("env/pyvenv.cfg", "")
    program(f"{place}/start.py", SERVES)
    assert found(SPACE, at="conf/s.yaml")["WBS080"] == "WARNING"


def test_links_to_folders_are_not_followed(found, program, tmp_path):
    program("elsewhere/start.py", SERVES)
    program("project/pyproject.toml", "")
    (tmp_path / "project" / "src").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "project" / "loop").symlink_to(tmp_path / "project")
    assert found(SPACE, at="project/conf/s.yaml")["WBS080"] == "WARNING"


def test_one_program_serves_every_file_of_a_call(program):
    program("start.py", SERVES)
    names = []
    for k in range(3):
        path = program(f"s{k}.yaml", SPACE)
        names.append(str(path))
    linted = lint_files(names, LintFilesOptions())
    assert not [finding for finding in linted.findings if finding.code == "WBS080"]


def test_a_file_with_spaces_in_its_name_is_a_program(found, program):
    text = f"program: train.py --fast\n{SPACE}"
    assert "WBS094" in found(text)
    program("train.py --fast", READS)
    assert "WBS094" not in found(text)


HOSTILE = {
    "a NUL": b"import wandb\0",
    "no UTF-8": b"import wandb\n\xff\xfe\n",
    "deep nesting": b"import wandb\nx = " + b"(" * 100_000,
    "too large": b"import wandb\n" + b"#" * (1024 * 1024),
    "nothing": b"",
    "binary": bytes(range(256)) * 40,
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE)
def test_a_program_that_cannot_be_read_says_nothing(found, program, content):
    program("train.py", content)
    program("agent.py", content + b"wandb agent")
    program("agent.ipynb", content + b"wandb agent")
    assert found(NO_ARGS)["WBS081"] == "INFO"
    assert found(SPACE)["WBS080"] == "WARNING"


def test_what_is_no_file_is_not_waited_for(found, tmp_path):
    os.mkfifo(tmp_path / "train.py")
    (tmp_path / "folder.py").mkdir()
    (tmp_path / "loop.py").symlink_to("loop.py")
    (tmp_path / "device.py").symlink_to("/dev/zero")
    assert found(NO_ARGS)["WBS081"] == "INFO"
    for name in ("folder.py", "loop.py", "device.py", "a\\0b.py", "x" * 5000 + ".py"):
        assert found(NO_ARGS.replace("train.py", f'"{name}"'))["WBS081"] == "INFO"
    assert found(SPACE)["WBS080"] == "WARNING"


@pytest.mark.parametrize("name", ["../../../../../train.py", "{top}/train.py", "x/../{up}train.py"])
def test_no_name_leads_out_of_the_folders(found, program, tmp_path, name):
    program("train.py", READS)
    text = NO_ARGS.replace("train.py", name.format(top=tmp_path, up="../" * 5))
    assert found(text, at="a/b/c/d/e/s.yaml")["WBS081"] == "INFO"


def test_of_a_folder_of_ten_thousand_files_some_are_read(found, program, tmp_path, monkeypatch):
    read = []
    monkeypatch.setattr(
        nearby_programs, "read_program", lambda path: read.append(path) or read_program(path)
    )
    for k in range(10_000):
        (tmp_path / f"p{k:05}.py").touch()
    program("zzz.py", SERVES)
    assert found(SPACE)["WBS080"] == "WARNING"
    assert 0 < len(read) <= 600
    program("aaa.py", SERVES)
    assert "WBS080" not in found(SPACE)


def test_very_many_imports_are_followed_to_a_point(found, program):
    program("train.py", "import wandb\n" + "".join(f"import m{k}\n" for k in range(200)))
    for k in range(200):
        program(f"m{k}.py", f"import m{(k * 7) % 200}, n{k}\n")
    assert found(NO_ARGS)["WBS081"] == "INFO"


def test_nothing_is_run(found, program, tmp_path):
    mark = tmp_path / "mark"
    program("train.py", f"open({str(mark)!r}, 'w')\nimport wandb\n")
    found(NO_ARGS)
    found(SPACE)
    assert not mark.exists()
