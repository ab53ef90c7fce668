"""`wandb.agent(function=…)` processes that are ended from outside: `--run failed --continue`."""

import os
import signal

import pytest
import yaml

from tests.cli.site import until
from tests.continuation.agents import online_project, paused
from tests.continuation.catalogue import EPOCHS
from tests.continuation.projects import PATIENCE_S, SWEEP, Program, reports
from tests.server import running_server
from tests.server.client import make_sweep

pytestmark = pytest.mark.slow
FUNCTION = Program(name="train_agent.py", parameter="lr", values=())
RATES = (0.02, 0.004, 0.002)
SPEC = {
    "method": "grid",
    "metric": {"name": "val/loss", "goal": "minimize"},
    "parameters": {"lr": {"values": list(RATES)}, "l2": {"value": 0.001}},
}
ENDS = (None, 2, 10)
"""At the end of which epoch each run's process gets SIGTERM: before its first checkpoint, later."""
SAVED = 9


def work(project, server, path, k):
    """An agent, until the k-th run of the sweep is at the epoch at which the process is ended."""
    sweep = server.state.sweep(*path.split("/"))
    said = []
    with project.start("train_agent.py", path) as agent:
        for line in agent.stdout:
            said.append(line)
            runs = server.state.sweep_runs(sweep)
            if len(runs) == k + 1 and line.startswith(f"epoch {ENDS[k]}:"):
                with paused(agent.pid):
                    until(lambda: runs[k].history.n_rows >= ENDS[k], patience_s=PATIENCE_S)  # noqa: B023 - asked here
                    os.kill(agent.pid, signal.SIGTERM)
    assert agent.returncode == -signal.SIGTERM, "".join(said)


def never_stopped(project, k):
    """Reports of a configuration whose process nobody ends."""
    path = project.folder / "parameters.yaml"
    path.write_text(yaml.safe_dump({"lr": {"value": RATES[k]}, "l2": {"value": 0.001}}))
    env = {"WANDB_MODE": "offline", "WANDB_SWEEP_ID": SWEEP, "WANDB_SWEEP_PARAM_PATH": str(path)}
    with project.start("-c", "import train_agent; train_agent.train()", **env) as process:
        truth = reports(process.stdout.read())
    assert truth.keys() == set(range(1, EPOCHS + 1))
    return truth


@pytest.fixture(scope="module")
def sweep(tmp_path_factory):
    folder = tmp_path_factory.mktemp("function") / "project"
    with running_server() as server:
        project = online_project(server, folder, FUNCTION)
        path = make_sweep(server, folder, "p", yaml.safe_dump(SPEC))
        for k in (1, 2):
            work(project, server, path, k)
        server.switches.heartbeat_timeout_s = 0.0  # what is silent by now stays silent
        server.state.bury_the_silent()
        server.switches.heartbeat_timeout_s = 300.0
        runs = server.state.sweep_runs(server.state.sweep(*path.split("/")))
        assert [run.state for run in runs] == ["finished", "crashed", "crashed"]
        project.sh(
            f"wbtools replicate {path} --run failed --continue --program train_agent.py -o go.sh"
        )
        project.sh("sh go.sh")
        yield server, project, path, runs
        assert server.log.unknown() == []


def rows_of(server, run):
    """Reports of the run that was started for another one, by epoch."""
    every = server.state.projects["tester", "p"].runs.values()
    (found,) = [each for each in every if each.group == f"wbtools-{run.name}"]
    return {row["epoch"]: row["val/loss"] for row in found.history.rows}


def test_a_run_with_a_checkpoint_goes_on(sweep):
    server, project, path, runs = sweep
    truth = never_stopped(project, 2)
    assert rows_of(server, runs[2]) == {k: truth[k] for k in range(SAVED + 1, EPOCHS + 1)}
    verification, _ = project.verified(f"{path} --run {runs[2].name}")
    (replica,) = verification["replicas"]
    (joint,) = replica["joined"]["joints"]
    assert verification["is_continued"]
    assert (replica["n_reports"], replica["best"]) == (EPOCHS, min(truth.values()))
    assert (joint["after_report"], joint["n_compared"]) == (SAVED, ENDS[2] - SAVED)
    assert joint["first_difference_report"] is None


def test_a_run_without_one_is_run_again(sweep):
    server, project, path, runs = sweep
    truth = never_stopped(project, 1)
    assert rows_of(server, runs[1]) == truth
    verification, _ = project.verified(f"{path} --run {runs[1].name}")
    (replica,) = verification["replicas"]
    assert not verification["is_continued"]
    assert (replica["n_reports"], replica["joined"]) == (EPOCHS, None)
