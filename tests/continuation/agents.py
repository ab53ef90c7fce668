"""Sweeps on the protocol server, worked through by W&B's own agent."""

from __future__ import annotations

import contextlib
import os
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.cli.site import until
from tests.continuation.projects import PATIENCE_S, Program, Project, reports
from tests.server.client import make_sweep

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.server.running import RunningServer
    from tests.server.state import Run


@dataclass(frozen=True, kw_only=True)
class OnlineSweep:
    """A sweep that is over: its first run went to its end, its second one was stopped.

    Attributes:
        path: `entity/project/id`.
        said: What the agent and its runs printed.
    """

    server: RunningServer
    project: Project
    path: str
    said: str

    @property
    def runs(self) -> list[Run]:
        """As the server has them, in order of creation."""
        return self.server.state.sweep_runs(self.server.state.sweep(*self.path.split("/")))

    @property
    def stopped(self) -> Run:
        """The one that is to go on."""
        return self.runs[1]

    def continued(self) -> list[Run]:
        """The runs of its W&B group."""
        entity, project, _ = self.path.split("/")
        every = self.server.state.projects[entity, project].runs.values()
        return [run for run in every if run.group == f"wbtools-{self.stopped.name}"]


def online_project(server: RunningServer, folder: Path, program: Program) -> Project:
    """A project whose SDK speaks to the server."""
    home = folder.with_name(f"{folder.name}-home")
    home.mkdir()
    online = {"WANDB_MODE": "online", "WANDB_X_FILE_STREAM_TRANSMIT_INTERVAL": "1"}
    return Project.make(folder, program, **server.env(home) | online)


def stopped_by_an_agent(server: RunningServer, folder: Path, program: Program) -> OnlineSweep:
    """Let an agent work through the sweep; its Hyperband has the second run stopped.

    The run is paused at its epoch until the agent's SIGTERM waits for it, so that it ends there
    however busy the machine is.
    """
    project = online_project(server, folder, program)
    path = make_sweep(server, folder, "p", (folder / "sweep.yaml").read_text())
    entity, name, sweep_id = path.split("/")
    sweep = server.state.sweep(entity, name, sweep_id)
    said: list[str] = []
    with project.start("-m", "wandb", "agent", path) as agent:
        for line in agent.stdout:
            said.append(line)
            runs = server.state.sweep_runs(sweep)
            if len(runs) == 2 and line.startswith(f"epoch {program.stops_at}:"):
                _let_it_be_stopped(_child(agent.pid, program.name), runs[1])
    result = OnlineSweep(server=server, project=project, path=path, said="".join(said))
    assert [run.state for run in result.runs] == ["finished", "killed"], result.said
    assert result.stopped.stop_told_through == ["agent"]
    assert result.stopped.exit_code is None
    assert result.stopped.history.n_rows < len(reports(result.said))
    return result


def _let_it_be_stopped(pid: int, run: Run) -> None:
    with paused(pid):
        until(lambda: run.stop_told_through, patience_s=PATIENCE_S)
        until(lambda: _has_pending(pid, signal.SIGTERM))


@contextlib.contextmanager
def paused(pid: int) -> Iterator[None]:
    """Let a process wait. Signals that it gets meanwhile reach it afterwards."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def _child(pid: int, program: str) -> int:
    """The process that an agent started for a program."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    children = [child for task in tasks for child in (task / "children").read_text().split()]
    (found,) = [
        int(child)
        for child in children
        if program.encode() in Path(f"/proc/{child}/cmdline").read_bytes()
    ]
    return found


def _has_pending(pid: int, number: signal.Signals) -> bool:
    status = Path(f"/proc/{pid}/status").read_text().splitlines()
    (mask,) = [line.split()[1] for line in status if line.startswith("ShdPnd:")]
    return bool(int(mask, 16) >> (number - 1) & 1)
