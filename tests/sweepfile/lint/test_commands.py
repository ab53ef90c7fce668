"""What lint says of commands: which start nothing, which pass nothing, and which are right."""

import json
import time

import pytest
import yaml

from wbtools.findings import Severity
from wbtools.sweepfile.lint import LintOptions, lint
from wbtools.sweepfile.program_facts import ProgramFacts

ENV, PYTHON, PROGRAM, ARGS = "${env}", "${interpreter}", "${program}", "${args}"
KEY = "0123456789abcdef0123456789abcdef01234567"

RIGHT = {
    "W&B's own": [ENV, PYTHON, PROGRAM, ARGS],
    "words of a launcher": [ENV, "accelerate", "launch", PROGRAM, ARGS],
    "options before the program": ["torchrun", "--nproc_per_node=4", PROGRAM, ARGS],
    "a program by name": ["python3.11", "train.py", "${args_no_equals}"],
    "a module": [PYTHON, "-m", "pkg.train", ARGS],
    "a module in one word": [PYTHON, "-mpkg.train", ARGS],
    "Python's options": ["python", "-u", "-X", "dev", "-W", "ignore", PROGRAM, ARGS],
    "Python's own text": ["python", "-c", "import t; t.main()", ARGS],
    "a file of parameters": [ENV, PYTHON, PROGRAM, "--config", "${args_json_file}"],
    "variables": [ENV, "CUDA_VISIBLE_DEVICES=0", "A=b c", "python", PROGRAM, ARGS],
    "parameters as variables": [ENV, "${args_no_hyphens}", "python", PROGRAM],
    "options of env": [ENV, "-i", "-u", "PYTHONPATH", "-C", "/x", "python", PROGRAM, ARGS],
    "env splits": [ENV, "-S", "python -u", PROGRAM, ARGS],
    "a shell": ["bash", "-c", 'source env/bin/activate && python "$0" "$@"', PROGRAM, ARGS],
    "a login shell": ["bash", "-lc", 'cd ${HOME} && python train.py "$@"', "_", ARGS],
    "a shell's own variable": ["bash", "-c", "program=$1; python ${program}", PROGRAM, ARGS],
    "parameters as a shell's variables": [ENV, "${args_no_hyphens}", "bash", "-c", "t.py ${lr}"],
    "a shell script": ["./run.sh", ARGS],
    "a remote shell": ["ssh", "host", "cd x && python --v train.py", ARGS],
    "a folder with spaces": ["/opt/my env/bin/python", PROGRAM, ARGS],
    "a folder of Windows": [r"C:\Program Files\Python\python.exe", PROGRAM, ARGS],
    "an environment variable within": ["${envvar:CONDA_PREFIX}/bin/python", PROGRAM, ARGS],
    "an argument with spaces": [ENV, PYTHON, PROGRAM, "--name=a b", "--text", "c -d e", ARGS],
    "conda": ["conda", "run", "-n", "my env", PYTHON, PROGRAM, ARGS],
    "a container": ["docker", "run", "--rm", "image", "python", PROGRAM, ARGS],
    "numbers": ["nice", "-n", 10, "python", PROGRAM, ARGS],
    "an empty list": [],
}
ERRORS = {
    "a launcher in one item": ("WBS085", [ENV, "accelerate launch", PROGRAM, ARGS], 1),
    "a whole line": ("WBS085", ["python train.py", ARGS], 0),
    "a line with options": ("WBS085", ["conda run -n x python", PROGRAM, ARGS], 0),
    "a script and options": ("WBS085", ["./run.sh --fast", ARGS], 0),
    "a path and options": ("WBS085", ["/usr/bin/python -u", PROGRAM, ARGS], 0),
    "a space before": ("WBS085", [" python", PROGRAM, ARGS], 0),
    "a list in the list": ("WBS085", [["python", "train.py"], ARGS], 0),
    "a mapping in the list": ("WBS085", ["python", PROGRAM, {"--config": "a"}, ARGS], 2),
    "macros in the line": ("WBS082", ["srun python ${program} ${args}"], 0),
    "only parameters": ("WBS093", ["${args_no_boolean_flags}"], 0),
    "only flags": ("WBS093", ["--amp", ARGS], 0),
    "only the environment": ("WBS093", [ENV], None),
    "env and parameters": ("WBS093", [ENV, ARGS], 1),
    "an option that env has not": ("WBS093", [ENV, "--fast", "python", PROGRAM, ARGS], 1),
    "a variable without env": ("WBS093", ["CUDA_VISIBLE_DEVICES=0", "python", PROGRAM, ARGS], 0),
    "Python and parameters": ("WBS093", [PYTHON, ARGS], 1),
    "parameters before the program": ("WBS093", [ENV, PYTHON, "-u", ARGS, PROGRAM], 3),
    "Python alone": ("WBS093", ["python"], 0),
    "a long option before the program": ("WBS093", ["python", "--lr", "1", PROGRAM, ARGS], 1),
}
WARNINGS = {
    "macros in a shell's text": ("WBS082", ["bash", "-c", "python ${program} ${args}"], 2),
    "a macro in an argument": ("WBS082", [PYTHON, PROGRAM, "--all=${args}"], 2),
    "macros at both ends": ("WBS082", ["${env} python ${program}", ARGS], 0),
    "an unknown macro": ("WBS082", ["python", "${programme}", ARGS], 1),
    "a shell's variable as a whole": ("WBS082", ["python", PROGRAM, "${HOME}", ARGS], 2),
    "a parameter as a macro": ("WBS082", [PYTHON, PROGRAM, "--lr", "${lr}", ARGS], 3),
    "a parameter within a text": ("WBS082", [PYTHON, PROGRAM, "--lr=${lr}", ARGS], 2),
    "a parameter in a shell's text": ("WBS082", ["bash", "-c", "python t.py ${lr}", "_", ARGS], 2),
    "a variable in small letters": ("WBS082", ["${envvar:home}", "python", PROGRAM, ARGS], 0),
    "an option and its value": ("WBS085", [PYTHON, PROGRAM, "--config a.yaml", ARGS], 2),
    "the same before the program": ("WBS085", ["torchrun", "--nproc_per_node 4", PROGRAM, ARGS], 1),
    "a module and its option": ("WBS085", [PYTHON, "-m pkg.train", ARGS], 1),
    "a part of a line": ("WBS085", ["accelerate", "launch --multi_gpu", PROGRAM, ARGS], 1),
    "a variable and a launcher": ("WBS085", [ENV, "OMP_NUM_THREADS=1 python", PROGRAM, ARGS], 1),
    "a script in no folder": ("WBS093", ["train.py", ARGS], 0),
    "the program itself": ("WBS093", [ENV, PROGRAM, ARGS], 1),
}


def found(command, facts=None, **top):
    file = {"program": "train.py", "method": "grid", "parameters": {"lr": {"values": [1, 2]}}}
    options = LintOptions() if facts is None else LintOptions(find_programs=lambda _document: facts)
    content = yaml.safe_dump(file | {"command": command} | top).encode()
    return lint(content, source="s", options=options)


def complaints(*words, **rest):
    return [
        (finding.code, finding.severity, finding.subject)
        for finding in found(*words, **rest)
        if finding.severity >= Severity.WARNING
    ]


def subject(index):
    return "command" if index is None else f"command.{index}"


@pytest.mark.parametrize("command", RIGHT.values(), ids=RIGHT)
def test_a_right_command_has_no_finding(command):
    assert found(command) == []


@pytest.mark.parametrize(("code", "command", "index"), ERRORS.values(), ids=ERRORS)
def test_what_fails_every_run_is_one_error(code, command, index):
    assert complaints(command) == [(code, Severity.ERROR, subject(index))]


@pytest.mark.parametrize(("code", "command", "index"), WARNINGS.values(), ids=WARNINGS)
def test_what_can_hardly_be_meant_is_one_warning(code, command, index):
    assert complaints(command) == [(code, Severity.WARNING, subject(index))]


@pytest.mark.parametrize("command", [command for _, command, _ in (ERRORS | WARNINGS).values()])
def test_no_command_that_starts_nothing_is_said_to_pass_nothing(command):
    assert "WBS081" not in {finding.code for finding in found(command)}


@pytest.mark.parametrize(
    ("reads", "severity"), [(True, None), (None, Severity.INFO), (False, Severity.WARNING)]
)
def test_how_bad_it_is_to_pass_nothing_depends_on_the_program(reads, severity):
    facts = ProgramFacts(reads_config=reads)
    given = {finding.code: finding.severity for finding in found(["python", PROGRAM], facts)}
    assert given.get("WBS081") == severity


def test_parameters_that_are_taken_for_macros_are_said_once():
    names = [f"p{k}" for k in range(5)]
    words = [word for name in names for word in (f"--{name}", f"${{{name}}}")]
    parameters = {name: {"values": [1, 2]} for name in names}
    (finding,) = [
        finding
        for finding in found([PYTHON, PROGRAM, *words], parameters=parameters)
        if finding.code == "WBS082"
    ]
    assert "'${p0}', '${p1}', '${p2}' and 2 more" in finding.title


def test_hints_are_the_items_to_write():
    (finding,) = found([ENV, "accelerate launch", PROGRAM, ARGS])
    assert finding.hint == "one word an item: - accelerate, - launch"
    (finding,) = found(["bash", "-c", "python ${program} ${args}"])
    assert '"$0" "$@"' in finding.hint
    assert "- ${program} and - ${args}" in finding.hint
    assert all(f"${{{name}}}" not in finding.hint for name in ("args_json", "args_no_hyphens"))


@pytest.mark.parametrize(
    "command",
    [
        [f"WANDB_API_KEY={KEY} python train.py", ARGS],
        [f"WANDB_API_KEY={KEY}", "python", "train.py", ARGS],
        [ENV, f"WANDB_API_KEY={KEY} python", PROGRAM, ARGS],
        [f"python train.py --api-key {KEY}", ARGS],
        [PYTHON, PROGRAM, f"--api_key {KEY}", ARGS],
    ],
)
def test_no_key_is_repeated(command):
    findings = found(command)
    assert findings
    assert not any(KEY in f"{finding.title} {finding.hint}" for finding in findings)


def test_a_command_of_launch_is_its_own_affair():
    assert complaints([ARGS], job="team/p/job-train:v1") == []
    assert found(["python", "train.py"], job="team/p/job-train:v1") == []


ENDLESS = {
    "words of two": ["launch --fast"] * 30_000,
    "assignments": ["A=1 python"] * 30_000,
    "macros": ["${args} ${lr}"] * 20_000,
    "one item": ["${lr}" * 50_000],
    "one item that sets": ["lr=1; ${lr} " * 20_000],
    "one name": ["${" + "a" * 200_000 + "}"],
    "options of env": ["${env}", *["-u"] * 60_000],
    "options of Python": ["python", *["-X"] * 60_000],
    "quotes": ['"' * 100_000 + " x"],
    "spaces": [" " * 200_000 + "x"],
}


@pytest.mark.slow
@pytest.mark.parametrize("command", ENDLESS.values(), ids=ENDLESS)
def test_an_endless_command_is_judged_in_seconds(command):
    text = json.dumps({"program": "t.py", "parameters": {"lr": {"value": 1}}, "command": command})
    start = time.monotonic()
    findings = lint(text.encode(), source="s")
    assert findings
    assert all(len(f"{finding.title}{finding.hint}") < 600 for finding in findings)
    assert time.monotonic() - start < 20
