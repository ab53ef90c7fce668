"""The launcher, run on programs that try to start sweeps: its function is called, nothing else is.

A stub stands for the SDK; the real one is tried with the same launcher in
`test_no_sweep_starts.py` and here, as far as it gets without a server.
"""

import os
import subprocess
import sys

import pytest

from tests.replication.launches import forbidden_calls, with_stub
from wbtools.replication.launcher import LAUNCHER


def launch(folder, source, *argv, env=None):
    (folder / "train.py").write_text(source)
    return subprocess.run(
        [sys.executable, "-c", LAUNCHER, *(argv or ("train.py",))],
        cwd=folder,
        env={**os.environ, **(with_stub(folder) if env is None else env)},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


CALLS = {
    "a loop of agents": "for k in range(3): wandb.agent('x', lambda: print(k))",
    "all by keyword": "wandb.agent(sweep_id=wandb.sweep(sweep={}), function=lambda: print(0))",
    "another project and a count": "wandb.agent('x', lambda: print(0), 'me', 'own', 100)",
    "a function that starts an agent": (
        "wandb.agent('x', lambda: (print(0), wandb.agent('y', lambda: print(1))))"
    ),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_the_function_is_called_once(tmp_path, call):
    ended = launch(tmp_path, f"import wandb\n{call}\n")
    assert (ended.returncode, ended.stdout) == (0, "0\n")
    assert forbidden_calls(tmp_path) == []


REFUSED = {
    "a controller": "wandb.controller('x').run()",
    "an agent without a function": "wandb.agent('x')",
    "a shell": "os.system('wandb sweep s.yaml')",
    "a process": "subprocess.run(['wandb', '--verbose', 'agent', 'x'], check=False)",
    "a process of Python": "subprocess.Popen([sys.executable, '-m', 'wandb', 'agent', 'x'])",
    "a process in its place": "os.execvp('wandb', ['wandb', 'agent', 'x'])",
}


@pytest.mark.parametrize("call", REFUSED.values(), ids=REFUSED)
def test_whatever_else_starts_sweeps_ends_the_program(tmp_path, call):
    ended = launch(tmp_path, f"import os, subprocess, sys, wandb\n{call}\nprint('went on')\n")
    assert ended.returncode == 1
    assert "went on" not in ended.stdout
    assert "Traceback" not in ended.stderr
    assert forbidden_calls(tmp_path) == []


def test_other_processes_are_left_alone(tmp_path):
    source = (
        "import subprocess\nsubprocess.run(['echo', '/wandb/agent', 'wandb-agent'], check=True)"
    )
    assert launch(tmp_path, source).stdout == "/wandb/agent wandb-agent\n"


def test_a_program_sees_what_python_would_show_it(tmp_path):
    source = "import sys, other; print(__name__, sys.argv, other.X, '' in sys.path)"
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "other.py").write_text("X = 5")
    (tmp_path / "re.py").write_text("raise SystemExit('the folder of another program')")
    (tmp_path / "src" / "run.py").write_text(source)
    ended = launch(tmp_path, "", "src/run.py", "--x", "a b")
    assert ended.stdout == "__main__ ['src/run.py', '--x', 'a b'] 5 False\n"
    (tmp_path / "re.py").unlink()
    ended = launch(tmp_path, "", "-m", "src.run", "y")
    assert "No module named 'other'" in ended.stderr
    (tmp_path / "other.py").write_text("X = 6")
    ended = launch(tmp_path, "", "-m", "src.run", "y")
    assert ended.stdout.endswith("run.py', 'y'] 6 False\n")


REAL = """\
import wandb
import wandb.sdk.wandb_sweep
from wandb.agents.pyagent import pyagent
from wandb.apis.public import sweeps
from wandb.sdk.wandb_sweep import sweep
print(sweep({}), wandb.sdk.sweep({}), wandb.sdk.wandb_sweep.sweep({}))
wandb.wandb_agent.agent("x", lambda: print("ran"))
pyagent("x", lambda: print("ran twice"))
for register in (sweeps._upsert_sweep, sweeps._register_agent, wandb.wandb_sdk.controller):
    try:
        register()
    except SystemExit as refused:
        print(refused)
"""


def test_every_door_of_the_real_sdk_is_held(tmp_path):
    ended = launch(tmp_path, REAL, env={})
    assert ended.stdout.splitlines() == [
        "replica replica replica", "ran",
        *["a replica starts, controls and registers no sweep"] * 3,
    ], ended.stderr  # fmt: skip
