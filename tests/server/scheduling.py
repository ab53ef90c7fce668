"""Runs that a local scheduler or a person adds to a sweep: they wait until an agent takes them."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.server.state import Run, State, Sweep

LOCAL_SCHEDULER = "SWEEPS_LOCAL_SCHEDULER"
"""The server feature that wandb-core looks for before it schedules."""


def enqueue(state: State, sweep: Sweep, config_text: str, display_name: str | None) -> Run:
    """Make a pending run, which waits for an agent, of a sweep; its configuration is JSON."""
    number = len(state.sweep_runs(sweep))
    name = hashlib.sha256(f"{sweep.name}/queued/{number}".encode()).hexdigest()[:8]
    run = state.make_run(state.make_project(sweep.entity, sweep.project), name, sweep=sweep.name)
    run.state = "pending"
    run.config = json.loads(config_text)
    run.display_name = display_name or run.display_name
    sweep.waiting.append(name)
    return run


def take(state: State, sweep: Sweep) -> Run | None:
    """The run that has waited longest, now an agent's; those that were stopped meanwhile end."""
    project = state.projects[sweep.entity, sweep.project]
    while sweep.waiting:
        run = project.runs.get(sweep.waiting.pop(0))
        if run is None or run.state != "pending":
            continue
        if not run.stopped:
            return run
        run.state = "killed"
    return None
