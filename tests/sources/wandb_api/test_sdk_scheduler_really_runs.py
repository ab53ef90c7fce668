"""W&B's scheduler itself: the SDK, its wandb-core, Optuna and two agents against the server."""

import json
import signal
import time
from base64 import b64decode

import pytest

from tests.server import Switches, running_server
from tests.server.client import make_sweep, run_script, start, start_agent
from tests.server.scheduling import LOCAL_SCHEDULER

pytestmark = pytest.mark.slow

SWEEP = """
program: train.py
command: ["${env}", python, "${program}"]
method: custom
run_cap: 3
metric: {name: loss, goal: minimize}
parameters: {level: {min: 1, max: 99}}
scheduler: {engine: optuna, source: study.py, optimizer: study, search_space: space}
"""
# Levels 2, 3, 4, … (1 is a trial of the space): the odd ones go on until somebody stops them.
STUDY = """
import itertools, optuna
levels = itertools.count(1)
def study(sweep):
    return optuna.create_study(pruner=optuna.pruners.ThresholdPruner(upper=0.0))
def space(trial):
    level = next(levels)
    return {"level": trial.suggest_int("level", level, level)}
"""
TRAINS = """
import time, wandb
run = wandb.init()
for epoch in range(600 if run.config["level"] % 2 else 20):
    run.log({"loss": run.config["level"] + 1 / (epoch + 1)})
    time.sleep(0.1)
run.finish()
"""
SCHEDULES = """
import gc, json, optuna, sys, wandb
from wbtools.errors import Unreachable, WbtoolsError
from wbtools.sources.wandb_api import changes

n_looks, stopped = 0, []

def stops(ids):
    global n_looks
    n_looks += 1
    if n_looks == 1:
        raise Unreachable("the first look fails")
    for run in map(wandb.Api().run, ["tester/p/" + run_id for run_id in ids]):
        if run.config["level"] % 2 and len(run.history(pandas=False)) > 3:
            stopped.append(run.id)
    return [*stopped]

try:
    why = changes.run_scheduler(
        *sys.argv[1].split("/"), base_url=sys.argv[2], stops=stops, batch_size=2,
        poll_interval_s=1.0, note=print,
    )
except WbtoolsError as error:
    sys.exit(f"{error.message} | {error.hint}")
study, = [thing for thing in gc.get_objects() if type(thing) is optuna.Study]
print("ANSWER", json.dumps({
    "why": why,
    "stopped": stopped,
    "trials": {trial.params["level"]: trial.state.name for trial in study.trials},
}))
"""
ENV = {"WANDB_X_FILE_STREAM_TRANSMIT_INTERVAL": "1"}


@pytest.fixture
def server(monkeypatch):
    for name, value in ENV.items():
        monkeypatch.setenv(name, value)
    with running_server(Switches(features=frozenset({LOCAL_SCHEDULER}))) as server:
        yield server
        assert server.log.unknown() == []


def write(home, **texts):
    home.mkdir(exist_ok=True)
    for name, text in texts.items():
        (home / f"{name}.py").write_text(text)


def answer(text):
    line = next((line for line in text.splitlines() if line.startswith("ANSWER ")), None)
    assert line, text
    return json.loads(line.removeprefix("ANSWER "))


def test_the_guard_alone_stops_runs_and_the_study_knows(server, tmp_path):
    write(tmp_path, study=STUDY, schedules=SCHEDULES)
    path = make_sweep(server, tmp_path, "p", SWEEP)
    agents = []
    for name in ("a", "b"):
        write(tmp_path / name, train=TRAINS)
        agents.append(start_agent(server, tmp_path / name, path))
    process = start(server, tmp_path, "schedules.py", path, server.base_url)
    sweep = server.state.sweep(*path.split("/"))
    try:
        text, _ = process.communicate(timeout=180)
        by_guard = {run.name for run in server.state.sweep_runs(sweep) if run.stopped}
        for run in server.state.sweep_runs(sweep):
            run.stopped = True  # what goes on without the guard now would go on for a minute
        for agent in agents:
            agent.communicate(timeout=60)
    finally:
        for other in (process, *agents):
            other.kill()
            other.communicate()
    got = answer(text)
    assert got["why"] == "the sweep finished or was canceled (the run cap was hit)", text
    assert "no run is stopped at this look: the first look fails" in text
    assert "the study's ThresholdPruner is not asked" in text

    asked = [request for request in server.log.all("graphql") if request.operation == "StopRun"]
    ids = [b64decode(request.variables["id"]).decode().rpartition(":")[2] for request in asked]
    assert sorted(ids) == sorted(by_guard) == sorted(got["stopped"])
    runs = {run.config["level"]["value"]: run for run in server.state.sweep_runs(sweep)}
    stopped = {level for level, run in runs.items() if run.name in by_guard}
    assert len(stopped) >= 2
    assert all(level % 2 for level in stopped)
    assert all(runs[level].state == "killed" for level in stopped)
    short = [run for level, run in runs.items() if not level % 2 and run.state == "finished"]
    assert len(short) >= 3
    assert all((run.history.n_rows, run.exit_code) == (20, 0) for run in short)

    trials = {int(level): state for level, state in got["trials"].items()}
    assert {level for level, state in trials.items() if state == "PRUNED"} == stopped
    complete = [level for level, state in trials.items() if state == "COMPLETE"]
    assert len(complete) >= 3
    assert not any(level % 2 for level in complete)


def interrupted(server, home, path, *, after):
    """The answer of a scheduler that gets Ctrl-C once the server has heard something."""
    process = start(server, home, "schedules.py", path, server.base_url)
    limit = time.monotonic() + 60
    while not server.log.operations().get(after, 0):
        assert time.monotonic() < limit, process.poll()
        time.sleep(0.1)
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    text, _ = process.communicate(timeout=60)
    return answer(text)


def test_an_interrupted_scheduler_takes_the_sweep_up_again(server, tmp_path):
    write(tmp_path, study=STUDY, schedules=SCHEDULES)
    path = make_sweep(server, tmp_path, "p", SWEEP)
    sweep = server.state.sweep(*path.split("/"))
    stopped = "the scheduler was stopped; the sweep can be resumed"
    assert interrupted(server, tmp_path, path, after="SweepWatchedRuns")["why"] == stopped
    before = [run.name for run in server.state.sweep_runs(sweep)]
    assert len(before) == 2
    server.log.clear()
    assert interrupted(server, tmp_path, path, after="SweepWatchedRuns")["why"] == stopped
    assert [run.name for run in server.state.sweep_runs(sweep)] == before
    assert sweep.state != "FINISHED"


def test_a_server_without_a_local_scheduler(server, tmp_path):
    write(tmp_path, study=STUDY)
    path = make_sweep(server, tmp_path, "p", SWEEP)
    server.switches.features = frozenset()
    script = SCHEDULES.replace("sys.argv[1]", f'"{path}"').replace(
        "sys.argv[2]", f'"{server.base_url}"'
    )
    code, text = run_script(server, tmp_path, script)
    assert code == 1
    assert "the server has no local scheduler (its feature SWEEPS_LOCAL_SCHEDULER)" in text
    assert "`wbtools guard SWEEP --rule RULE` without --scheduler" in text
    assert set(server.log.operations()) <= {"Viewer", "UpsertSweep", "ServerFeaturesQuery"}
