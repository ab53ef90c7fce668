"""The file stream: what a run sends every 15 seconds, and what it is told."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.server.history import RowHistory
from tests.server.stopping import judge
from tests.server.switches import StopThrough

if TYPE_CHECKING:
    from tests.server.state import Run, State

HISTORY, SUMMARY, EVENTS, OUTPUT = (
    "wandb-history.jsonl",
    "wandb-summary.json",
    "wandb-events.jsonl",
    "output.log",
)
_KNOWN = {"files", "uploaded", "complete", "exitcode", "preempting", "dropped"}


class StreamError(Exception):
    """Something that this server does not know: HTTP 400, and in the log."""


def receive(state: State, run: Run, body: dict[str, Any]) -> dict[str, Any]:
    """Take one transmission and answer it.

    Raises:
        StreamError: An unknown key or file.
    """
    if unknown := set(body) - _KNOWN:
        msg = f"unknown keys in the file stream: {sorted(unknown)}"
        raise StreamError(msg)
    for name, chunk in (body.get("files") or {}).items():
        _take(run, name, chunk["offset"], chunk["content"])
    run.uploaded += body.get("uploaded") or []
    run.preempting = run.preempting or bool(body.get("preempting"))
    state.touch(run)
    if run.ended and not body.get("complete"):
        run.state = "running"
    project = state.make_project(run.entity, run.project)
    if run.sweep and run.sweep in project.sweeps:
        judge(state, project.sweeps[run.sweep])
    if body.get("complete"):
        _complete(run, body.get("exitcode", 0))
    return {"limits": {}, **_stop_answer(state, run)}


def _take(run: Run, name: str, offset: int, lines: list[str]) -> None:
    if name == HISTORY:
        if not isinstance(run.history, RowHistory):
            run.history = RowHistory()
        _write(run.history.rows, offset, [json.loads(line) for line in lines])
    elif name == SUMMARY:
        if lines:
            run.summary = json.loads(lines[-1])
    elif name == EVENTS:
        _write(run.events, offset, [json.loads(line) for line in lines])
    elif name == OUTPUT:
        run.output.update({offset + k: line for k, line in enumerate(lines)})
    else:
        msg = f"unknown file in the file stream: {name!r}"
        raise StreamError(msg)


def _write(into: list[Any], offset: int, rows: list[Any]) -> None:
    """A transmission that is sent again overwrites what it had brought before."""
    if offset > len(into):
        msg = f"a gap: offset {offset}, but only {len(into)} lines are here"
        raise StreamError(msg)
    into[offset : offset + len(rows)] = rows


def _complete(run: Run, exit_code: int | None) -> None:
    run.exit_code = exit_code
    if exit_code == 0:
        run.state = "finished"
    elif run.preempting:
        run.state = "preempted"
    else:
        run.state = "killed" if run.stopped else "failed"


def _stop_answer(state: State, run: Run) -> dict[str, Any]:
    through = state.switches.stop_through != StopThrough.AGENT
    if not (run.stopped and through):
        return {}
    if "file_stream" not in run.stop_told_through:
        run.stop_told_through.append("file_stream")
    return {"stopped": True}
