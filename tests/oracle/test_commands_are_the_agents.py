"""Lint's verdict on commands, against the words that W&B's own agent would run."""

import random
import re
import subprocess
import sys
from collections import Counter

import pytest
import yaml

from wbtools.findings import Severity
from wbtools.sweepfile.agent_command import ENVIRONMENT, MACROS, StartKind, macro_of, start_of
from wbtools.sweepfile.lint import lint

pytestmark = pytest.mark.slow
N_COMMANDS = 4000
MOST_OF_A_KIND = 150
CODES = frozenset({"WBS082", "WBS085", "WBS093", "WBS096"})
STUBS = ("accelerate", "launch", "torchrun", "srun")
MARKS = {"env": "/usr/bin/env", "interpreter": "python", "program": "train.py"}
ITEMS = [
    *(f"${{{name}}}" for name in MACROS), "${args_dict}", "${programme}", "${HOME}",
    "${envvar:PATH}", "${envvar:NO_SUCH}/bin/python", "${envvar:home}", "accelerate launch",
    "accelerate", "launch", "torchrun", "--nproc_per_node=4", "--nproc_per_node 4", "python",
    "python3", "-u", "-m", "pkg.train", "-m pkg.train", "train.py", "my train.py", "A=1",
    "A=1 python", "-X", "dev", "--fast", "bash", "-c", "python ${program} ${args}",
    "${env} python ${program}", "x=${args}", "-i", "python train.py", "srun", 7, True, None, "",
]  # fmt: skip


@pytest.fixture
def agent_words(monkeypatch, tmp_path):
    """The words that the agent starts for a command; None where it fails itself."""
    from wandb import wandb_agent

    monkeypatch.setenv("WANDB_DIR", str(tmp_path))
    monkeypatch.setenv("WANDB_SWEEP_ID", "sweep")
    monkeypatch.delenv("NO_SUCH", raising=False)
    monkeypatch.setenv("WANDB_RUN_ID", "run")
    monkeypatch.setenv("WANDB_SWEEP_PARAM_PATH", "")
    started = []

    class Process:
        def __init__(self, command=None, **_rest):
            started.append(command)

    monkeypatch.setattr(wandb_agent, "AgentProcess", Process)
    agent = wandb_agent.Agent(api=None, queue=None)
    order = {"run_id": "run", "program": "train.py", "args": {"lr": {"value": 0.1}}}

    def ask(command):
        agent._sweep_command = list(command)  # as `Agent.run` keeps it
        agent._command_run(order)
        return started.pop()

    return ask


def commands():
    rng = random.Random(21)  # noqa: S311 - reproducible
    return [rng.choices(ITEMS, k=rng.randrange(1, 6)) for _ in range(N_COMMANDS)]


def verdicts(command):
    file = {"program": "train.py", "method": "grid", "parameters": {"lr": {"values": [1, 2]}}}
    found = lint(yaml.safe_dump(file | {"command": command}).encode(), source="s")
    return {finding.code: finding.severity for finding in found}


def test_macros_are_replaced_where_lint_says_so(agent_words):
    for command in commands():
        words, expected = agent_words(command), []
        for item in map(str, command):
            name = macro_of(item)
            if ENVIRONMENT.search(item):
                expected = None
                break
            if name in MARKS:
                expected.append(MARKS[name])
            elif name is None:
                expected.append(item)
            elif name in MACROS:
                expected.append(...)
            elif name == "args_dict":
                expected.append("lr")
        if expected is not None:
            shape = [re.escape(word) if word is not ... else ".+" for word in expected]
            assert re.fullmatch("\n".join(shape), "\n".join(words), re.DOTALL), command


@pytest.fixture
def run(tmp_path):
    """Run words in a folder with programs: whether one of these was started, and what was said."""
    mark, tools = tmp_path / "mark", tmp_path / "bin"
    tools.mkdir()
    for name in STUBS:
        (tools / name).write_text(f"#!/bin/sh\ntouch '{mark}'\n")
    (tools / "python").write_text(f"#!/bin/sh\nexec '{sys.executable}' \"$@\"\n")
    (tools / "python3").write_text((tools / "python").read_text())
    (tmp_path / "pkg").mkdir()
    for name in ("train.py", "pkg/train.py"):
        (tmp_path / name).write_text(f"open({str(mark)!r}, 'w')\n")
    for tool in tools.iterdir():
        tool.chmod(0o755)

    def ask(words):
        mark.unlink(missing_ok=True)
        try:
            ended = subprocess.run(
                words,
                cwd=tmp_path,
                env={"PATH": f"{tools}:/usr/bin:/bin"},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=30,
                check=False,
            )
        except OSError as error:
            return False, str(error)
        return mark.exists(), ended.stderr

    return ask


def test_what_lint_calls_an_error_starts_nothing(agent_words, run):
    tally = Counter()
    for command in commands():
        errors = {
            code for code, severity in verdicts(command).items() if severity is Severity.ERROR
        }
        if errors and tally[frozenset(errors)] < MOST_OF_A_KIND:
            tally[frozenset(errors)] += 1
            assert run(agent_words(command))[0] is False, (command, errors)
    assert frozenset().union(*tally) >= CODES


def test_what_lint_passes_is_started(agent_words, run):
    tally = Counter()
    for command in commands():
        start = start_of(list(map(str, command)))
        kind = start.kind
        if tally[kind] >= MOST_OF_A_KIND or CODES & verdicts(command).keys():
            continue
        is_stub = kind is StartKind.WORD and command[start.index] in STUBS
        if is_stub or kind is StartKind.PYTHON:
            tally[kind] += 1
            is_started, said = run(agent_words(command))
            assert is_started or not is_stub, (command, said)
            assert "nknown option" not in said, (command, said)
            assert "No module named ' " not in said, (command, said)
    assert min(tally.values()) > 20
    assert len(tally) == 2
