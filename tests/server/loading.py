"""Bulk loading: thousands of runs at once, their histories as arrays."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import yaml

from tests.server.history import ColumnHistory, History, RowHistory
from tests.server.proposals import n_grid
from tests.server.state import Run, State, Sweep

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@dataclass(slots=True, kw_only=True)
class LoadedRun:
    """A run to load.

    Attributes:
        name: Its id.
        history: Columns or rows; `ColumnHistory({"loss": array})` fills in `_step`.
        config: Plain values; `{"value": …}` is put around them.
        facts: Any other attribute of `tests.server.state.Run`, by its name.
    """

    name: str
    history: History = field(default_factory=RowHistory)
    config: Mapping[str, Any] = field(default_factory=dict)
    summary: Mapping[str, Any] | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


def load_runs(
    state: State,
    entity: str,
    project: str,
    runs: Iterable[LoadedRun],
    *,
    sweep_id: str | None = None,
) -> list[Run]:
    """Put ended runs (`finished`, exit code 0, unless `facts` say otherwise) into a project."""
    home = state.make_project(entity, project)
    out = []
    first = state.now() - 86_400.0
    known = sum(run.sweep == sweep_id for run in home.runs.values())
    for k, loaded in enumerate(runs):
        run = Run(
            id=f"run:{entity}:{project}:{loaded.name}",
            name=loaded.name,
            entity=entity,
            project=project,
            number=known + k + 1,
            display_name=f"loaded-{'sweep' if sweep_id else 'lake'}-{known + k + 1}",
            state="finished",
            exit_code=0,
            created_at=first + k,
            heartbeat_at=first + k + 60,
            updated_at=first + k + 60,
            config={key: {"value": value, "desc": None} for key, value in loaded.config.items()},
            history=loaded.history,
            sweep=sweep_id,
            username=state.username,
        )
        run.summary = dict(_last_row(loaded.history) if loaded.summary is None else loaded.summary)
        for name, value in loaded.facts.items():
            setattr(run, name, value)
        home.runs[run.name] = run
        home.n_runs_ever += 1
        out.append(run)
    return out


def load_sweep(
    state: State,
    entity: str,
    project: str,
    sweep_id: str,
    *,
    runs: Iterable[LoadedRun],
    config: Mapping[str, Any] | None = None,
    sweep_state: str = "FINISHED",
) -> Sweep:
    """Put a sweep and its runs into a project; the sweep is made if it is not there."""
    home = state.make_project(entity, project)
    written = dict(
        config
        or {
            "method": "random",
            "metric": {"name": "loss", "goal": "minimize"},
            "parameters": {"lr": {"min": 0.0001, "max": 0.1}},
        }
    )
    if sweep_id not in home.sweeps:
        home.sweeps[sweep_id] = Sweep(
            id=f"sweep:{entity}:{project}:{sweep_id}",
            name=sweep_id,
            entity=entity,
            project=project,
            config_text=yaml.safe_dump(written),
            state=sweep_state,
            created_at=state.now() - 86_400.0,
            updated_at=state.now() - 3_600.0,
            run_count_expected=n_grid(written),
        )
    load_runs(state, entity, project, runs, sweep_id=sweep_id)
    return home.sweeps[sweep_id]


def _last_row(history: History) -> dict[str, Any]:
    if isinstance(history, ColumnHistory) and history.n_rows:
        return {key: column[-1].item() for key, column in history.columns.items()}
    if isinstance(history, RowHistory) and history.rows:
        return dict(history.rows[-1])
    return {}
