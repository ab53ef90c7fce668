"""The launcher, run on programs that try to start sweeps: its function is called, nothing else is.

A stub stands for the SDK; the real one is tried with the same launcher in
`test_no_sweep_starts.py` and here, as far as it gets without a server.
"""

import os
import subprocess
import sys

import pytest

from tests.replication.launches import forbidden_calls, with_stub
from wbtools.replication.wandb_launcher import LAUNCHER


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
    "the module of its commands": (
        "subprocess.run([sys.executable, '-m', 'wandb.cli.cli', 'agent', 'x'], check=False)"
    ),
    "a module in one word": "subprocess.run(['python3', '-um', 'wandb.cli', 'agent'], check=False)",
    "its file, by Python": "subprocess.run(['python', '-X', 'dev', '/x/bin/wandb', 'agent', 'x'])",
    "a path": "subprocess.run([b'/opt/a b/wandb', 'launch-sweep', 'x'], check=False)",
    "for Windows": "subprocess.run(['C:\\\\x\\\\WANDB.exe', 'scheduler', 'x'], check=False)",
    "by another name": "subprocess.run(['x', 'agent'], executable='/usr/bin/wandb', check=False)",
    "after others": "subprocess.run(['env', 'A=1', 'timeout', '60', 'wandb', 'agent', 'x'])",
    "a shell's text": "subprocess.run(['bash', '-c', 'cd /; A=1 wandb agent x'], check=False)",
    "a text with a shell": "subprocess.run('cd / && exec wandb -v agent x', shell=True)",
    "a shell in a shell": "os.system('bash -lc \"nohup wandb agent x &\"')",
    "a substitution": "os.system('echo $(wandb sweep s.yaml)')",
    "a text that does not end": "os.system('wandb agent \"x')",
}


@pytest.mark.parametrize("call", REFUSED.values(), ids=REFUSED)
def test_whatever_else_starts_sweeps_ends_the_program(tmp_path, call):
    ended = launch(tmp_path, f"import os, subprocess, sys, wandb\n{call}\nprint('went on')\n")
    assert ended.returncode == 1
    assert "went on" not in ended.stdout
    assert "Traceback" not in ended.stderr
    assert "wbtools" in ended.stderr
    assert "--program" in ended.stderr
    assert forbidden_calls(tmp_path) == []


def test_a_refusal_says_what_was_refused(tmp_path):
    ended = launch(tmp_path, "import os, wandb\nos.system('wandb agent x')")
    assert "refused to start 'wandb agent x': a replica starts" in ended.stderr
    ended = launch(tmp_path, "import wandb\nwandb.controller('x')")
    assert "refused wandb.controller: a replica starts" in ended.stderr


LEFT_ALONE = {
    "words like it": ["echo", "/wandb/agent", "wandb-agent"],
    "options of another program": ["echo", "--logger", "wandb", "--mode", "agent"],
    "another program after env": ["env", "A=1", "echo", "wandb", "agent"],
    "a shell that prints": ["sh", "-c", "echo wandb agent"],
    "a program of Python": [
        sys.executable, "-c", "import sys; print(*sys.argv[1:])", "wandb", "agent",
    ],
}  # fmt: skip


@pytest.mark.parametrize("words", LEFT_ALONE.values(), ids=LEFT_ALONE)
def test_other_processes_are_left_alone(tmp_path, words):
    ended = launch(tmp_path, f"import subprocess\nsubprocess.run({words!r}, check=True)")
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.replace("--mode ", "").endswith("agent\n")


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
        print(str(refused).partition(":")[0])
"""


def test_every_door_of_the_real_sdk_is_held(tmp_path):
    ended = launch(tmp_path, REAL, env={})
    assert ended.stdout.splitlines() == [
        "replica replica replica", "ran",
        "the launcher of wbtools refused to register a sweep",
        "the launcher of wbtools refused to register an agent",
        "the launcher of wbtools refused wandb.controller",
    ], ended.stderr  # fmt: skip
