"""What lint says of `program`: one file, and no command line."""

import pytest
import yaml

from wbtools.findings import Severity
from wbtools.sweepfile.lint import LintOptions, lint
from wbtools.sweepfile.program_facts import ProgramFacts

KEY = "0123456789abcdef0123456789abcdef01234567"
RIGHT = [
    "train.py", "./train.py", "src/pkg/train.py", "my train.py", "my project/train.py",
    "src/my project/train.py", "train", "python", "-mpkg.train", "v1.2/train.py", "train.pyc",
    "Ü b.py", "C:/my code/train.py",
]  # fmt: skip
ERRORS = {
    "torchrun --nproc_per_node=4 src/finetune.py": "- torchrun, - --nproc_per_node=4, - src/",
    "torchrun train.py": "- ${env}, - torchrun, - train.py, - ${args}",
    "accelerate launch train.py": "- accelerate, - launch, - train.py, - ${args}",
    "python train.py": "- ${env}, - ${interpreter}, - train.py, - ${args}",
    "python3 -u train.py": "- ${interpreter}, - -u, - train.py",
    "python -m pkg.train": "- ${interpreter}, - -m, - pkg.train, - ${args}",
    "-m pkg.train": "- ${env}, - ${interpreter}, - -m, - pkg.train, - ${args}",
    "-m pkg.train --fast": "- -m, - pkg.train, - --fast, - ${args}",
    "train.py --flag x": "- ${interpreter}, - train.py, - --flag, - x, - ${args}",
    "my_tool --flag x": "- ${env}, - my_tool, - --flag, - x",
    "bash run.sh": "- bash, - run.sh",
    "train.py ${args}": "- ${interpreter}, - train.py, - ${args}",
    "CUDA_VISIBLE_DEVICES=0 python train.py": "- CUDA_VISIBLE_DEVICES=0, - python, - train.py",
    'python "my train.py"': "- my train.py,",
    "python 'my train.py": "- 'my, - train.py",
    "/usr/bin/python3": "name the file itself",
    ".venv/bin/python": "name the file itself",
    "/usr/bin/env": "name the file itself",
    "run.sh": "- bash, - ${program}",
    "scripts/my run.sh": "- bash, - ${program}",
    "torchrun " + "--option=value " * 99 + "train.py": "one an item",
}


def complaints(program, facts=None, **top):
    file = {"program": program, "method": "grid", "parameters": {"lr": {"values": [1, 2]}}} | top
    options = LintOptions() if facts is None else LintOptions(find_programs=lambda _document: facts)
    found = lint(yaml.safe_dump(file).encode(), source="s", options=options)
    return [finding for finding in found if finding.severity >= Severity.WARNING]


@pytest.mark.parametrize("program", RIGHT)
def test_a_file_is_a_program(program):
    assert complaints(program) == []


@pytest.mark.parametrize(("program", "hint"), ERRORS.items())
def test_a_command_line_is_none(program, hint):
    (finding,) = complaints(program)
    assert (finding.code, finding.severity) == ("WBS094", Severity.ERROR)
    assert hint in finding.hint


def test_a_module_without_m_is_looked_for_as_a_file():
    (finding,) = complaints("pkg.train")
    assert (finding.code, finding.severity) == ("WBS094", Severity.WARNING)
    assert "- -m, - pkg.train" in finding.hint
    assert complaints("pkg.train", command=["python", "-m", "${program}", "${args}"]) == []


def test_the_hint_keeps_the_command_that_is_there():
    (finding,) = complaints(
        "-m pkg.train", command=["accelerate", "launch", "${program}", "${args}"]
    )
    assert finding.hint == "write command: - accelerate, - launch, - -m, - pkg.train, - ${args}"


def test_what_the_command_does_not_start_may_be_anything():
    assert complaints("-m pkg.train", command=["python", "-m", "pkg.train", "${args}"]) == []
    assert complaints("torchrun train.py", job="team/p/job-train:v1") == []


@pytest.mark.parametrize("program", ["train.py --fast", "python train.py", "pkg.train", "-m x"])
def test_a_file_of_that_name_is_a_program(program):
    assert complaints(program)
    assert complaints(program, ProgramFacts(is_there=True)) == []


def test_a_shell_script_stays_none_of_pythons_wherever_it_lies():
    assert complaints("run.sh", ProgramFacts(is_there=True))
    assert complaints("run.sh", command=["bash", "${program}", "${args}"]) == []
    assert complaints("run.sh", command=["${program}", "${args}"]) == []


def test_a_missing_program_is_said_once():
    (finding,) = complaints("gone.py", ProgramFacts(is_there=False))
    assert finding.code == "WBS083"
    (finding,) = complaints("python gone.py", ProgramFacts(is_there=False))
    assert finding.code == "WBS094"


@pytest.mark.parametrize("program", [f"WANDB_API_KEY={KEY} python t.py", f"t.py --api-key {KEY}"])
def test_no_key_is_repeated(program):
    (finding,) = complaints(program)
    assert KEY not in f"{finding.title} {finding.hint}"


@pytest.mark.parametrize("program", ["", "  "])
def test_an_empty_program_is_none(program):
    assert [finding.code for finding in complaints(program)] == ["WBS080"]


def test_a_macro_for_no_program_is_said():
    file = {"method": "grid", "parameters": {"lr": {"values": [1, 2]}}}
    file["command"] = ["python", "${program}", "${args}"]
    found = lint(yaml.safe_dump(file).encode(), source="s")
    assert [finding.code for finding in found] == ["WBS080"]


def test_a_program_that_serves_the_sweep_makes_one_needless():
    file = b"method: grid\nparameters: {lr: {values: [1, 2]}}\n"
    assert [finding.code for finding in lint(file, source="s")] == ["WBS080"]
    facts = ProgramFacts(served_by=("start.py",))
    options = LintOptions(find_programs=lambda _document: facts)
    assert lint(file, source="s", options=options) == []
