"""Two real agents with Hyperband against the protocol server, and what an audit makes of it.

One recording serves all tests. Its runs end in every way that a sweep's runs end, and what the
server saw, or the test did, is the truth that the audit's causes must agree with: with the stop
flags shown as well as with them hidden.
"""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.server import StopThrough, running_server
from tests.server.client import make_sweep, start_agent
from tests.server.running import RunningServer

pytestmark = pytest.mark.slow

EPOCHS = 24
LONGEST_S = 300.0
N_THROUGH_AGENTS = 3
"""So many runs are stopped by their agents, as SIGTERM; later ones through the file stream."""

SWEEP = f"""
program: train.py
command: ["${{env}}", python, "${{program}}"]
method: grid
metric: {{name: loss, goal: minimize}}
early_terminate: {{type: hyperband, min_iter: 2, eta: 3, strict: true}}
parameters:
  epochs: {{value: {EPOCHS}}}
  story:
    values: [good 1.0, good 0.9, heeds 8.5, bad 8, bad 9, good 0.8, raises 0.5, bad 7.5, lost 0.1,
             raises 7, bad 9.5, good 0.7, bad 8.2]
"""

# With eta 3 about a third of the runs survive, so that more than that have to be good at any time.
# The agent polls every 5 s and rows are sent every 15 s, so that only a run of 20 s can be stopped.
TRAIN = """
import os, pathlib, signal, sys, time, wandb

with wandb.init() as run:
    story, level = run.config["story"].split()
    quick = story in {"good", "raises"}
    if story == "heeds":
        stop = []
        signal.signal(signal.SIGTERM, lambda *_: stop.append(True))
    if story == "lost":
        pathlib.Path("lost.pid").write_text(str(os.getpid()))
    for epoch in range(run.config["epochs"]):
        run.log({"loss": float(level) + 1 / (epoch + 1)})
        time.sleep(0.1 if quick else 2.0)
        if story == "raises" and epoch == 6:
            raise RuntimeError("out of memory")
        if story == "heeds" and stop:
            break
"""


@dataclass
class Recording:
    """A sweep that is over.

    Attributes:
        path: `entity/project/id`.
        told: What the agents printed.
    """

    server: RunningServer
    path: str
    home: Path
    told: str

    @property
    def runs(self):
        return self.server.state.sweep_runs(self.server.state.sweep(*self.path.split("/")))

    def audit(self, archive, *words):
        """The audit as a user gets it, from an archive of its own."""
        command = ["audit-terminations", self.path, "--archive", archive, *words]
        result = subprocess.run(
            [sys.executable, "-m", "wbtools", *command],
            cwd=self.home,
            env={**os.environ, **self.server.env(self.home)},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert result.returncode == 0, result.stderr
        return result.stdout


def story(run):
    return run.config["story"]["value"].split()[0]


def lose(recording):
    """SIGKILL the run that is to be lost, once the server holds rows of it; whether it did."""
    pid = recording.home / "lost.pid"
    for run in recording.runs:
        if story(run) == "lost" and run.history.n_rows > 2:
            os.kill(int(pid.read_text()), signal.SIGKILL)
            return True
    return False


@pytest.fixture(scope="module")
def recording(tmp_path_factory):
    home = tmp_path_factory.mktemp("agents")
    (home / "train.py").write_text(TRAIN)
    with running_server() as server:
        server.switches.stop_through = StopThrough.AGENT
        recording = Recording(server, make_sweep(server, home, "p", SWEEP), home, "")
        agents = [start_agent(server, home, recording.path) for _ in range(2)]
        deadline, lost = time.monotonic() + LONGEST_S, False
        try:
            while any(agent.poll() is None for agent in agents) and time.monotonic() < deadline:
                lost = lost or lose(recording)
                if sum(bool(run.stop_told_through) for run in recording.runs) == N_THROUGH_AGENTS:
                    server.switches.stop_through = StopThrough.FILE_STREAM
                time.sleep(0.5)
        finally:
            for agent in agents:
                agent.terminate()  # those that are over heed nothing; others end their runs first
            recording.told = "\n".join(agent.communicate()[0] for agent in agents)
        assert lost, recording.told
        server.switches.heartbeat_timeout_s = 0.0  # what is silent by now stays silent
        server.state.bury_the_silent()
        yield recording
        assert server.log.unknown() == []


def truth(run):
    """The cause of a run's end as the server saw it, or as this test brought it about.

    The server may want a run stopped by the rows that come together with word of its exception:
    which was first, nobody can tell from outside.
    """
    if run.history.n_rows == EPOCHS:
        return "completed"
    if story(run) == "raises":
        return "failed or hyperband" if run.should_stop else "failed"
    return "hyperband" if run.stop_told_through else {"lost": "crashed"}[story(run)]


def test_the_recording_holds_every_kind_of_end(recording):
    ends = sorted((story(run), truth(run)) for run in recording.runs)
    assert ends == [
        *[("bad", "hyperband")] * 5,
        *[("good", "completed")] * 4,
        ("heeds", "hyperband"),
        ("lost", "crashed"),
        ("raises", "failed"),
        ("raises", "failed or hyperband"),
    ], recording.told
    assert {
        (story(run), run.state, run.exit_code, *run.stop_told_through)
        for run in recording.runs
        if story(run) != "raises"
    } == {
        ("good", "finished", 0),
        ("heeds", "finished", 0, "agent"),
        ("bad", "killed", None, "agent"),
        ("bad", "killed", 1, "file_stream"),  # KeyboardInterrupt leaves `with wandb.init()`
        ("lost", "crashed", None),
    }, recording.told


@pytest.mark.parametrize("shown", [True, False], ids=["flags are shown", "flags are hidden"])
def test_causes_agree_with_what_happened(recording, tmp_path, shown):
    recording.server.switches.show_stop_flags = shown
    answer = json.loads(recording.audit(tmp_path / "archive", "--format", "json"))
    got = {run["run_id"]: run for run in answer["runs"]}
    expected = {run.name: truth(run) for run in recording.runs}
    assert got.keys() == expected.keys()
    assert all(run["cause"] in expected[name].split(" or ") for name, run in got.items()), got
    by_flags = {name for name, run in got.items() if "flags are set" in run["because"]}
    stopped = {name for name, cause in expected.items() if cause == "hyperband"}
    silent = [finding for finding in answer["findings"] if finding["code"] == "WBT126"]
    if shown:
        assert stopped <= by_flags
        assert not silent
    else:
        assert not by_flags
        assert all("the rule" in got[name]["because"] for name in stopped)
        (finding,) = silent
        assert "stop flag" in finding["title"]
        assert finding["hint"] == "causes rest on the rule and on how the runs ended"


def test_the_page_says_what_causes_rest_on_where_flags_are_hidden(recording, tmp_path):
    recording.server.switches.show_stop_flags = False
    page = recording.audit(tmp_path / "archive")
    assert "WBT126" in page
    assert "causes rest on the rule" in page
    assert "the rule explains" in page
