"""What the real SDK does with a run that it resumes: the ground of what WBR319 says."""

from __future__ import annotations

import pytest

from tests.server import running_server
from tests.server.client import run_script

pytestmark = pytest.mark.slow

LOGS = """
import time, wandb
run = wandb.init(project="p", config={"lr": 0.1})
print("STARTED", run.resumed, run.starting_step)
for epoch in range(FIRST, LAST):
    run.log({"loss": 1 / (epoch + 1), "epoch": epoch})
    time.sleep(SECONDS)
run.finish()
"""


def logs(first: int, last: int, seconds: float = 0) -> str:
    source = LOGS.replace("FIRST", str(first)).replace("LAST", str(last))
    return source.replace("SECONDS", str(seconds))


@pytest.fixture
def server():
    with running_server() as server:
        yield server
        assert server.log.unknown() == []


def resumed(server, tmp_path, *, is_stopped):
    code, text = run_script(server, tmp_path / "first", logs(0, 10))
    assert code == 0, text
    (run,) = server.state.runs()
    run.sweep = "sweep001"
    run.stopped = run.should_stop = is_stopped
    env = {"WANDB_RUN_ID": run.name, "WANDB_RESUME": "must"}
    code, text = run_script(
        server, tmp_path / "second", logs(7, 12, 2 if is_stopped else 0), env=env
    )
    return code, text, run


def test_a_resumed_run_goes_on_after_its_last_step(server, tmp_path):
    code, text, run = resumed(server, tmp_path, is_stopped=False)
    assert code == 0, text
    assert "STARTED True 10" in text
    assert list(server.state.runs()) == [run]
    assert (run.sweep, run.state) == ("sweep001", "finished")
    reports = [(row["_step"], row["epoch"]) for row in run.history.rows]
    assert reports[-6:] == [(9, 9), (10, 7), (11, 8), (12, 9), (13, 10), (14, 11)]


def test_a_stop_that_is_held_interrupts_the_program(server, tmp_path):
    code, text, run = resumed(server, tmp_path, is_stopped=True)
    assert code != 0
    assert "KeyboardInterrupt" in text
    assert max(row["epoch"] for row in run.history.rows) == 9
