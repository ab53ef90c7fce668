"""What lint says of commands that a shell would read otherwise, or Python not at all."""

import pytest
import yaml

from wbtools.findings import Severity
from wbtools.sweepfile.lint import LintOptions, lint
from wbtools.sweepfile.program_facts import ProgramFacts

ENV, PYTHON, PROGRAM, ARGS = "${env}", "${interpreter}", "${program}", "${args}"
ERROR, WARNING, INFO = Severity.ERROR, Severity.WARNING, Severity.INFO

WRONG = {
    "env after Python": ("WBS096", ERROR, [PYTHON, ENV, PROGRAM, ARGS], 1),
    "env after options": ("WBS096", ERROR, ["python", "-u", "-X", "dev", ENV, PROGRAM, ARGS], 4),
    "Python twice": ("WBS096", ERROR, [ENV, "python", PYTHON, PROGRAM, ARGS], 2),
    "behind a launcher": ("WBS096", WARNING, ["srun", "python", ENV, PROGRAM, ARGS], 2),
    "-m and a file": ("WBS096", WARNING, [ENV, PYTHON, "-m", "train.py", ARGS], 3),
    "-m and a path": ("WBS096", WARNING, [PYTHON, "-m", "pkg/train", ARGS], 2),
    "-m and the program": ("WBS096", WARNING, [PYTHON, "-um", PROGRAM, ARGS], 2),
    "-m in one word": ("WBS096", WARNING, [PYTHON, "-mtrain.py", ARGS], 1),
    "-m behind a launcher": ("WBS096", WARNING, ["uv", "run", "python", "-m", PROGRAM, ARGS], 4),
    "and": ("WBS097", WARNING, ["cd", "src", "&&", "python", PROGRAM, ARGS], 2),
    "a pipe": ("WBS097", WARNING, [PYTHON, PROGRAM, ARGS, "|", "tee", "log"], 3),
    "a file for output": ("WBS097", WARNING, [PYTHON, PROGRAM, ARGS, ">log.txt"], 3),
    "a file for errors": ("WBS097", WARNING, [PYTHON, PROGRAM, ARGS, "2>&1"], 3),
    "in the background": ("WBS097", WARNING, [PYTHON, PROGRAM, ARGS, "&"], 3),
    "a variable": ("WBS097", WARNING, [PYTHON, PROGRAM, "--data=$HOME/x", ARGS], 2),
    "a variable in braces": ("WBS097", WARNING, ["${HOME}/bin/python", PROGRAM, ARGS], 0),
    "a call": ("WBS097", WARNING, [PYTHON, PROGRAM, "--host=$(hostname)", ARGS], 2),
    "a home folder that starts": ("WBS097", WARNING, ["~/env/bin/python", PROGRAM, ARGS], 0),
    "a home folder for the program": ("WBS097", INFO, [PYTHON, PROGRAM, "~/data", ARGS], 2),
    "the program alone": ("WBS098", WARNING, [ENV, "bash", "-c", PROGRAM, ARGS], 3),
    "lost parameters": ("WBS098", WARNING, ["bash", "-lc", "cd x && python train.py", ARGS], 2),
    "a lost parameter": ("WBS098", WARNING, ["/bin/sh", "-c", 'python t.py "$@"', ARGS], 2),
    "with a place for it": ("WBS098", WARNING, ["bash", "-c", "python t.py", "_", ARGS], 2),
}
RIGHT = {
    "a module": [ENV, PYTHON, "-m", "pkg.train", ARGS],
    "a module that starts a file": [PYTHON, "-m", "torch.distributed.run", "train.py", ARGS],
    "a module's own -m": ["accelerate", "launch", "-m", "pkg.train", ARGS],
    "the program's own -m": [PYTHON, PROGRAM, "-m", "a/b.py", ARGS],
    "env": [ENV, PYTHON, PROGRAM, ARGS],
    "a shell's text": ["bash", "-c", 'cd $HOME && python "$0" "$@" > ~/log', PROGRAM, ARGS],
    "a place for the first": ["bash", "-c", "python t.py $*", "_", ARGS],
    "the first": ["bash", "-c", 'python t.py "$0" "$@"', ARGS],
    "a text that reads its own": ["bash", "-c", "source run.sh", "_", ARGS],
    "a shell script": ["bash", "run.sh", "-c", PROGRAM, ARGS],
    "a remote shell": ["ssh", "host", "cd", "$HOME", "&&", "python", "train.py", ARGS],
    "a separator": [PYTHON, PROGRAM, "--sep", "|", "--sign", ">", ARGS],
    "an environment variable": [PYTHON, PROGRAM, "--data=${envvar:HOME}/x", ARGS],
    "a value with signs": [PYTHON, PROGRAM, "--filter=a>1&&b<2", "--price=5$", ARGS],
    "Hydra's own": [PYTHON, PROGRAM, "dir=${now:%Y}/${model.name}", "${args_no_hyphens}"],
}


def found(command, facts=None, program="train.py"):
    file = {"program": program, "method": "grid", "parameters": {"lr": {"values": [1, 2]}}}
    options = LintOptions() if facts is None else LintOptions(find_programs=lambda _document: facts)
    content = yaml.safe_dump(file | {"command": command}).encode()
    return [
        finding
        for finding in lint(content, source="s", options=options)
        if finding.code in {"WBS096", "WBS097", "WBS098"}
    ]


@pytest.mark.parametrize(("code", "severity", "command", "index"), WRONG.values(), ids=WRONG)
def test_what_is_read_otherwise_is_one_finding(code, severity, command, index):
    (finding,) = found(command)
    assert (finding.code, finding.severity) == (code, severity)
    assert finding.subject == f"command.{index}"
    assert finding.hint


@pytest.mark.parametrize("command", RIGHT.values(), ids=RIGHT)
def test_a_right_command_has_no_finding(command):
    assert found(command) == []


def test_a_program_that_names_a_module_goes_with_m():
    assert found([PYTHON, "-m", PROGRAM, ARGS], program="pkg.train") == []
    (finding,) = found([PYTHON, "-m", PROGRAM, ARGS], program="./pkg/train.py")
    assert finding.hint == "leave -m out, or write program: pkg.train"


def test_a_program_that_reads_its_configuration_needs_no_parameters():
    command = ["bash", "-c", "python train.py", ARGS]
    assert found(command, ProgramFacts(reads_config=True)) == []
    assert found(["bash", "-c", PROGRAM, ARGS], ProgramFacts(reads_config=True))
