"""A guard outside of W&B stops whom W&B's own engine would stop: real SDK, two real agents."""

import base64
import json
import os
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from tests.server import running_server
from tests.server.client import make_sweep, start_agent
from tests.server.running import RunningServer
from wbtools.analysis.projection import Method, Projector
from wbtools.analysis.simulation.improvement import ProjectedImprovement
from wbtools.app.model_weights import load_weights
from wbtools.app.opening.question import AuditOptions
from wbtools.app.opening.session import Session
from wbtools.live.guard import guard
from wbtools.live.options import GuardOptions
from wbtools.live.running_sweep import RunningSweep
from wbtools.rules.grammar import parse_rule
from wbtools.rules.running import best_so_far

pytestmark = pytest.mark.slow

EPOCHS = 12
METRIC = "loss"
HYPERBAND = {"type": "hyperband", "min_iter": 2, "eta": 3, "strict": True}
GOOD_ENOUGH, TOP, P = 1.25, 3, 0.5
PLAIN = "hyperband(min_iter=2,eta=3,strict=true)"
UNDER_GUARDS = f"projected(preserve(top({PLAIN},k={TOP}),value={GOOD_ENOUGH}),p={P})"

SWEEP = """
program: train.py
command: ["${{env}}", python, "${{program}}"]
method: grid
metric: {{name: loss, goal: minimize}}
parameters:
  epochs: {{value: 12}}
  level: {{values: {levels}}}
"""

# Runs send their rows every second, in place of every 15, so that a run of some seconds can be
# stopped; a stop comes back with the answer, as KeyboardInterrupt.
TRAIN = """
import time, wandb

with wandb.init() as run:
    for epoch in range(run.config["epochs"]):
        run.log({"loss": run.config["level"] + 1 / (epoch + 1)})
        time.sleep(0.5)
"""


@dataclass
class Guarded:
    """A sweep that is over, and what its guard saw.

    Attributes:
        looks: The view of every look, and the ids of its runs.
        asked: Run ids in the order in which the server was asked to stop them.
    """

    server: RunningServer
    home: Path
    path: str
    outcome: object
    asked: list
    looks: list = field(default_factory=list)

    @property
    def runs(self):
        return {
            run.name: run
            for run in self.server.state.sweep_runs(self.server.state.sweep(*self.path.split("/")))
        }


def run_guarded(server, home, rule, n_runs):
    """Let two agents work a sweep through while it is guarded from outside."""
    dice = np.random.default_rng(n_runs)
    levels = np.round(dice.permutation(np.linspace(0.1, 3.0, n_runs)), 2).tolist()
    home.mkdir(parents=True)
    (home / "train.py").write_text(TRAIN)
    path = make_sweep(server, home, home.name, SWEEP.format(levels=json.dumps(levels)))
    agents = [start_agent(server, home, path) for _ in range(2)]
    looks = []
    try:
        with Session(archive=home / "archive") as session:
            running = RunningSweep(path, session, AuditOptions())
            look = running.look

            def seen(*never):
                found = look(*never)
                if found.view is not None:
                    looks.append((found.view, [run.id for run in found.sweep.runs]))
                return found

            running.look = seen
            options = GuardOptions(rule=parse_rule(rule), acts=True, annotate=True, poll_s=1.0)
            outcome = guard(running, options, session)
    finally:
        for agent in agents:
            agent.terminate()
        printed = "\n".join(agent.communicate()[0] for agent in agents)
    assert outcome.ended_by == "sweep_over", printed
    return Guarded(server, home, path, outcome, asked_to_stop(server, path), looks)


def asked_to_stop(server, path):
    """Ids of a sweep's runs in the order in which the server was asked to stop them."""
    runs = [
        server.state.run_by_id(base64.b64decode(request.variables["id"]).decode())
        for request in server.log.all("graphql")
        if request.operation == "WbtoolsStopRun"
    ]
    return [run.name for run in runs if path.endswith(f"/{run.project}/{run.sweep}")]


def audit(guarded):
    """The audit as a user gets it, by the archive that the guard wrote."""
    words = ["audit-terminations", guarded.path, "--archive", guarded.home / "archive"]
    result = subprocess.run(
        [sys.executable, "-m", "wbtools", *words, "--format", "json"],
        cwd=guarded.home,
        env={**os.environ, **guarded.server.env(guarded.home)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert result.returncode == 0, result.stderr
    return {run["run_id"]: run for run in json.loads(result.stdout)["runs"]}


@pytest.fixture(scope="module")
def guarded(tmp_path_factory):
    """A sweep of thirty runs under plain Hyperband, and beside it one under three guards."""
    home = tmp_path_factory.mktemp("agents")
    with (
        running_server() as server,
        pytest.MonkeyPatch.context() as patch,
        ThreadPoolExecutor() as pool,
    ):
        for name, value in server.env(home).items():
            patch.setenv(name, value)
        patch.setenv("WANDB_X_FILE_STREAM_TRANSMIT_INTERVAL", "1")
        sweeps = [
            pool.submit(run_guarded, server, home / "plain", PLAIN, 30),
            pool.submit(run_guarded, server, home / "under-guards", UNDER_GUARDS, 16),
        ]
        yield [sweep.result() for sweep in sweeps]
        assert server.log.unknown() == []


@pytest.fixture(scope="module")
def plain(guarded):
    return guarded[0]


def test_its_stops_are_those_of_w_and_bs_engine_on_what_was_polled(plain, ask_engine):
    config = {
        "method": "grid",
        "metric": {"name": "m", "goal": "minimize"},
        "early_terminate": HYPERBAND,
        "parameters": {"a": {"values": [1]}},
    }
    polls = [
        [
            {
                "state": "running" if active else "finished",
                "history": values[:n_reports].tolist(),
            }
            for values, n_reports, active in zip(
                view.values, view.n_reports.tolist(), view.active, strict=True
            )
        ]
        for view, _ in plain.looks
    ]
    (theirs,) = ask_engine([{"config": config, "polls": polls}])
    expected = [
        ids[row] for (_, ids), rows in zip(plain.looks, theirs, strict=True) for row in rows
    ]
    assert len(plain.runs) == 30
    assert Counter(plain.asked) == Counter(expected)
    assert set(Counter(plain.asked).values()) == {1}
    assert 10 <= len(plain.asked) <= 25


def test_whoever_was_stopped_ended_before_its_time_and_the_others_did_not(plain):
    short = {name for name, run in plain.runs.items() if run.history.n_rows < EPOCHS}
    assert short <= set(plain.asked)
    # A stop that is decided on the last rows may come too late.
    assert len(short) >= len(plain.asked) - 3


def test_afterwards_every_stop_is_explained_as_the_guards(plain):
    runs = audit(plain)
    short = {name for name, run in plain.runs.items() if run.history.n_rows < EPOCHS}
    assert {name for name, run in runs.items() if run["cause"] == "guard"} == short
    assert all("wbtools guard" in runs[name]["because"] for name in short)
    assert {runs[name]["cause"] for name in runs.keys() - short} == {"completed"}


def test_the_stopped_runs_carry_their_numbers_as_tags(plain):
    for name in plain.asked:
        (tag,) = plain.runs[name].tags
        assert tag.startswith("wbtools-guard: report ")


def test_whom_a_guard_protects_is_never_stopped(guarded):
    _, protected = guarded
    projects = ProjectedImprovement(
        projector=Projector(method=Method.LEARNED, weights=load_weights())
    )
    decided = Counter(each.run_id for each in protected.outcome.decisions if each.status.was_asked)
    assert Counter(protected.asked) == decided
    assert protected.asked
    waiting = set(protected.asked)
    for view, ids in protected.looks:
        best = best_so_far(view.values, view.n_reports)
        stop = parse_rule(UNDER_GUARDS).decide(view).stop
        rows = [row for row in np.flatnonzero(stop) if ids[row] in waiting]
        waiting -= {ids[row] for row in rows}
        known = np.sort(best[np.isfinite(best)])
        for row in rows:
            assert best[row] > GOOD_ENOUGH
            assert best[row] > known[min(TOP, len(known)) - 1]
            if (view.completed & (view.n_reports > 0)).any():
                asked = np.zeros(len(ids), dtype=bool)
                asked[row] = True
                assert projects(view, asked)[row] < P
    assert not waiting
