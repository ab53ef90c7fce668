"""Agents: what they are told at each heartbeat."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from tests.server import scheduling
from tests.server.proposals import propose
from tests.server.state import Agent
from tests.server.stopping import judge
from tests.server.switches import StopThrough

if TYPE_CHECKING:
    from tests.server.state import Run, State, Sweep

_GOING = frozenset({"PENDING", "RUNNING"})


class SweepGoneError(Exception):
    """The agent's sweep was deleted: HTTP 404, which the SDK knows."""


def register(state: State, sweep: Sweep, host: str) -> Agent:
    """Make an agent; a pending sweep is running from now on."""
    name = f"agent{len(state.agents) + 1:04d}"
    agent = Agent(
        id=f"agent:{name}",
        name=name,
        host=host,
        sweep=sweep,
        created_at=state.now(),
        heartbeat_at=state.now(),
    )
    state.agents[agent.id] = agent
    if sweep.state == "PENDING":
        sweep.state = "RUNNING"
    return agent


def heartbeat(state: State, agent: Agent, run_state: str | None) -> list[dict[str, Any]]:
    """Commands for an agent that says which of its runs are alive: at most one at a time."""
    sweep = agent.sweep
    project = state.project(sweep.entity, sweep.project)
    if project is None or sweep.name not in project.sweeps:
        raise SweepGoneError
    agent.heartbeat_at = state.now()
    alive = {name for name, lives in json.loads(run_state or "{}").items() if lives}
    mine = [project.runs[name] for name in agent.runs if name in project.runs]
    _end_the_stopped(state, [run for run in mine if run.name not in alive])
    judge(state, sweep)
    if state.switches.stop_through != StopThrough.FILE_STREAM:
        for run in mine:
            if run.name in alive and run.stopped and "agent" not in run.stop_told_through:
                run.stop_told_through.append("agent")
                return [{"type": "stop", "run_id": run.name}]
    if sweep.state not in _GOING:
        # A finished sweep lets its last runs go on to their ends; a cancelled one kills them.
        waits = sweep.state == "PAUSED" or (alive and sweep.state == "FINISHED")
        return [] if waits else [{"type": "exit"}]
    if alive:
        return []
    waiting = scheduling.take(state, sweep)
    if waiting is not None:
        return [_command(agent, sweep, waiting)]
    if sweep.has_scheduler:
        return []
    return [_next_run(state, agent, sweep)]


def _end_the_stopped(state: State, gone: list[Run]) -> None:
    """A run that was to stop and whose process is gone has been killed."""
    for run in gone:
        if run.state == "running" and run.stopped and "agent" in run.stop_told_through:
            run.state = "killed"
            run.updated_at = state.now()


def _next_run(state: State, agent: Agent, sweep: Sweep) -> dict[str, Any]:
    config = sweep.config
    cap = config.get("run_cap")
    proposal = None
    if cap is None or sweep.n_proposed < cap:
        proposal = propose(config, sweep.n_proposed, sweep.name)
    if proposal is None:
        sweep.state = "FINISHED"
        sweep.updated_at = state.now()
        return {"type": "exit"}
    digest = hashlib.sha256(f"{sweep.name}/{sweep.n_proposed}".encode()).hexdigest()
    name = digest[:8]
    sweep.n_proposed += 1
    run = state.make_run(state.make_project(sweep.entity, sweep.project), name, sweep=sweep.name)
    run.config = {key: {"value": value} for key, value in proposal.items()}
    return _command(agent, sweep, run)


def _command(agent: Agent, sweep: Sweep, run: Run) -> dict[str, Any]:
    run.agent = agent.id
    agent.runs.append(run.name)
    command: dict[str, Any] = {"type": "run", "run_id": run.name, "args": run.config}
    if "program" in sweep.config:
        command["program"] = sweep.config["program"]
    return command
