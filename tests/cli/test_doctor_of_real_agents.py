"""A real agent whose run is killed without a word, on a server that does not notice."""

import json
import os
import subprocess
import sys
import time

import pytest

from tests.server import running_server
from tests.server.client import make_sweep, start_agent

pytestmark = pytest.mark.slow

LATE_S = 3 * 3600.0
SWEEP = """
program: train.py
command: ["${env}", python, "${program}"]
method: grid
metric: {name: loss, goal: minimize}
parameters: {level: {values: [1, 2]}}
"""
TRAIN = """
import os, signal, wandb

with wandb.init() as run:
    for epoch in range(4):
        run.log({"loss": run.config["level"] + 1 / (epoch + 1)})
    if run.config["level"] == 1:
        os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture(scope="module")
def recording(tmp_path_factory):
    """Recorded as it were three hours ago; the silent are never buried."""
    home = tmp_path_factory.mktemp("agent")
    (home / "train.py").write_text(TRAIN)
    with running_server() as server:
        server.switches.heartbeat_timeout_s = 1e9
        server.switches.clock = lambda: time.time() - LATE_S
        path = make_sweep(server, home, "p", SWEEP)
        output, _ = start_agent(server, home, path, count=2).communicate(timeout=180)
        runs = server.state.sweep_runs(server.state.sweep(*path.split("/")))
        states = {run.config["level"]["value"]: run.state for run in runs}
        assert states == {1: "running", 2: "finished"}, output
        yield server, path, home


def stuck(recording, archive, *words):
    """The runs that the doctor calls stuck, from the command line."""
    server, path, home = recording
    command = ["doctor", path, "--archive", archive, "--format", "json", *words]
    result = subprocess.run(
        [sys.executable, "-m", "wbtools", *command],
        cwd=home,
        env={**os.environ, **server.env(home)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert result.returncode == 0, result.stderr
    return [
        finding for finding in json.loads(result.stdout)["findings"] if finding["code"] == "WBD231"
    ]


def test_a_run_that_was_killed_is_stuck_and_one_that_finished_is_not(recording, tmp_path):
    (finding,) = stuck(recording, tmp_path / "archive")
    (run_id,) = finding["evidence"]["run_ids"]
    server, path, _ = recording
    runs = server.state.sweep_runs(server.state.sweep(*path.split("/")))
    assert {run.name: run.state for run in runs}[run_id] == "running"
    assert finding["evidence"]["shortest_silence_h"] == pytest.approx(3.0, abs=0.1)
    assert stuck(recording, tmp_path / "archive", "--offline")


def test_half_a_minute_of_silence_is_nothing(recording, tmp_path):
    server, path, _ = recording
    runs = server.state.sweep_runs(server.state.sweep(*path.split("/")))
    before = {run.name: run.heartbeat_at for run in runs}
    for run in runs:
        run.heartbeat_at = run.updated_at = time.time() - 30
    assert stuck(recording, tmp_path / "archive") == []
    for run in runs:
        run.heartbeat_at = run.updated_at = before[run.name]
