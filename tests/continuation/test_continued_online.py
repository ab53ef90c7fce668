"""Sweeps of real agents, whose Hyperband has the second run stopped by SIGTERM."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.continuation.agents import OnlineSweep, stopped_by_an_agent
from tests.continuation.catalogue import ARTIFACT, NUMPY
from tests.continuation.goings_on import GoneOn
from tests.continuation.projects import reports
from tests.server import StopThrough, running_server

pytestmark = pytest.mark.slow
PROGRAMS = {"checkpoints on disk": NUMPY, "artifacts": ARTIFACT}


@pytest.fixture(scope="module")
def sweeps(tmp_path_factory):
    """Both at once: they mostly wait for their agents' next heartbeat."""
    with running_server() as server, ThreadPoolExecutor() as pool:
        server.switches.stop_through = StopThrough.AGENT
        folder = tmp_path_factory.mktemp("online")
        sweeps = [
            pool.submit(stopped_by_an_agent, server, folder / program.name[:-3], program)
            for program in PROGRAMS.values()
        ]
        yield {name: sweep.result() for name, sweep in zip(PROGRAMS, sweeps, strict=True)}
        assert server.log.unknown() == []


@pytest.fixture(scope="module", params=PROGRAMS)
def gone_on(request, sweeps):
    sweep = sweeps[request.param]
    where = f"{sweep.path} --run 2"
    truth = sweep.project.never_stopped()
    return sweep, GoneOn.by_pipe(sweep.project, before(sweep), truth, where)


def before(sweep: OnlineSweep) -> dict[int, float]:
    """What the stopped run printed, which is what the server has."""
    printed = reports(sweep.said.rpartition("Agent starting run")[2])
    had = {row["epoch"]: row["val/loss"] for row in sweep.stopped.history.rows}
    assert had == printed
    return printed


def test_it_goes_on_as_if_nobody_had_stopped_it(gone_on):
    gone_on[1].check(8)


def test_it_is_a_new_run_of_the_same_configuration(gone_on):
    sweep, _ = gone_on
    (run,) = sweep.continued()
    was = sweep.stopped
    assert run.state == "finished"
    assert run.sweep is None
    assert run.display_name == f"{was.display_name}-continued"
    assert run.config["wbtools/continues"]["value"] == was.name
    for name, entry in was.config.items():
        if name not in {"_wandb", "resume", "ckpt"}:
            assert run.config[name] == entry


DELETE = """
import sys, wandb
wandb.Api().artifact(sys.argv[1]).delete(delete_aliases=True)
"""


@pytest.mark.parametrize("gone_on", ["artifacts"], indirect=True)
def test_an_artifact_that_was_deleted_is_not_taken(gone_on):
    """Nor is what a script has downloaded of it: that may be the work of another continuation."""
    sweep, first = gone_on
    assert f"state-{sweep.stopped.name}:v1" in first.notes
    name = f"tester/p/state-{sweep.stopped.name}:epoch-8"
    with sweep.project.start("-c", DELETE, name) as process:
        assert process.wait() == 0, process.stdout.read()
    assert [*sweep.project.folder.glob(f"wbtools-checkpoints/{sweep.stopped.name}/*-v1/*.npz")]
    written = sweep.project.sh(f"wbtools replicate {sweep.path} --run 2 --continue")
    assert f"state-{sweep.stopped.name}:v0" in written.stdout
    assert f"state-{sweep.stopped.name}:v1" not in written.stdout
    assert "deleted" in written.stderr
