"""Runs, sweeps, projects as GraphQL sees them: mappings whose callables take the arguments."""

from __future__ import annotations

import base64
import hashlib
import json
import mimetypes
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.server import sampling
from tests.server.artifact_nodes import ArtifactNodes
from tests.server.history import RowHistory, history_keys, wire_text
from tests.server.proposals import n_grid
from tests.server.run_queries import matching, ordered, page
from tests.server.state import stamp

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.server.history import History
    from tests.server.raw import Raw
    from tests.server.state import Agent, Project, Run, State, Sweep

Node = dict[str, Any]
_MOST_CACHED = 256 * 2**20  # bytes of history texts


@dataclass(slots=True)
class Nodes:
    """Makes nodes out of the state."""

    state: State
    base_url: str
    signed_url: str  # the same server under another name, as a storage service has
    _cache: dict[tuple[str, str], _Sampled] = field(default_factory=dict)
    _cached: int = 0

    def viewer(self) -> Node:
        """The person whose key it is."""
        state = self.state
        return {
            "id": "user:1",
            "name": state.username,
            "username": state.username,
            "email": f"{state.username}@example.invalid",
            "admin": False,
            "flags": "{}",
            "entity": state.entity,
            "apiKeys": {"edges": []},
            "teams": {"edges": [{"node": self.entity(state.entity)}]},
        }

    def entity(self, name: str) -> Node:
        """An entity, without an organization."""
        return {"id": f"entity:{name}", "name": name}

    def project(self, project: Project | None) -> Node | None:
        """A project and the queries that it takes."""
        if project is None:
            return None
        runs, sweeps = project.runs, project.sweeps

        def all_runs(_info: Any, **query: Any) -> Node:
            self.state.bury_the_silent()
            return self.runs(list(runs.values()), **query)

        def run(_info: Any, name: str, **_: Any) -> Node | None:
            self.state.bury_the_silent()
            return self.run(runs[name]) if name in runs else None

        def all_sweeps(_info: Any, first: int | None = None, after: str | None = None, **_: Any):
            return self.page_of([self.sweep(sweep) for sweep in sweeps.values()], first, after)

        return {
            "__typename": "Project",
            "id": project.id,
            "internalId": base64.b64encode(f"Project:v1:{project.id}".encode()).decode(),
            "name": project.name,
            "entityName": project.entity,
            "entity": self.entity(project.entity),
            "createdAt": self.stamp(project.created_at),
            "isBenchmark": False,
            "readOnly": False,
            "user": self.viewer(),
            "runCount": lambda _info, filters=None: len(matching(list(runs.values()), filters)),
            "totalSweeps": len(sweeps),
            "run": run,
            "bucket": run,
            "runs": all_runs,
            "sweep": lambda _info, sweepName: (  # noqa: N803 - the schema's word
                self.sweep(sweeps[sweepName]) if sweepName in sweeps else None
            ),
            "sweeps": all_sweeps,
            **ArtifactNodes(self).of_project(project),
        }

    def runs(
        self,
        runs: list[Run],
        first: int | None = None,
        after: str | None = None,
        filters: str | None = None,
        order: str | None = None,
        **_: Any,
    ) -> Node:
        """A page of runs."""
        found = ordered(matching(runs, filters), order)
        switches = self.state.switches
        got = page(found, first, after, limit=switches.page_limit, cursor=switches.cursor)
        for edge in got["edges"]:
            edge["node"] = self.run(edge["item"])
        return got

    def run(self, run: Run) -> Node:
        """A run; what costs time is computed only if it is asked for."""
        state = self.state
        flags = state.switches.show_stop_flags or not run.ended
        return {
            "id": base64.b64encode(run.id.encode()).decode(),
            "projectId": "1",
            "name": run.name,
            "displayName": run.display_name,
            "description": run.description,
            "notes": run.notes,
            "state": run.state,
            "config": lambda _info: wire_text(run.config),
            "summaryMetrics": lambda _info: wire_text(run.summary),
            "systemMetrics": "{}",
            "createdAt": self.stamp(run.created_at),
            "heartbeatAt": self.stamp(run.heartbeat_at),
            "updatedAt": self.stamp(run.updated_at),
            "exitcode": run.exit_code,
            "stopped": run.stopped and flags,
            "shouldStop": run.should_stop and flags,
            "failed": run.state in {"failed", "crashed"},
            "running": run.state == "running",
            "sweepName": run.sweep,
            "tags": run.tags,
            "group": run.group,
            "jobType": run.job_type,
            "user": {"id": "user:1", "name": run.username, "username": run.username},
            "project": lambda _info: self.project(state.project(run.entity, run.project)),
            "readOnly": False,
            "commit": run.commit,
            "host": run.host,
            "wandbConfig": lambda _info, keys=(): wire_text(_of_sdk(run, keys)),
            "historyKeys": lambda _info: (
                history_keys([run.history], nonfinite=state.switches.nonfinite_type)
                if run.history.n_rows
                else None
            ),
            "historyLineCount": run.history.n_rows,
            "historyTail": lambda _info: json.dumps(_tail(run)),
            "eventsLineCount": len(run.events),
            "eventsTail": lambda _info: json.dumps([json.dumps(row) for row in run.events[-1:]]),
            "logLineCount": len(run.output),
            "history": lambda _info, **query: self._history(run, **query),
            "events": lambda _info, samples=500: [wire_text(row) for row in run.events[:samples]],
            "sampledHistory": lambda info, specs: [
                info.context.mark(self._sampled(run, spec)) for spec in specs
            ],
            "parquetHistory": lambda info, **_: self._parquet(run, info.context),
            "fileCount": len(run.files),
            "files": lambda _info, **query: self._files(run, **query),
            "outputArtifacts": lambda _info, **query: ArtifactNodes(self).logged_by(run, **query),
        }

    def _sampled(self, run: Run, spec: str) -> str:
        if self.state.switches.sampling == "wobbly":
            return sampling.sampled(run.history, spec, self.state.switches)
        key = (run.id, f"{self.state.switches.sampling}/{self.state.switches.sample_limit}/{spec}")
        cached = self._cache.get(key)
        if cached is None or not cached.is_of(run):
            text = sampling.sampled(run.history, spec, self.state.switches)
            if self._cached > _MOST_CACHED:
                self._cache.clear()
                self._cached = 0
            cached = _Sampled(run.history, run.history.n_rows, run.updated_at, text)
            self._cache[key] = cached
            self._cached += len(text)
        return cached.text

    def _history(
        self,
        run: Run,
        minStep: int | None = None,  # noqa: N803 - the schema's words
        maxStep: int | None = None,  # noqa: N803
        samples: int = 500,
    ) -> list[str]:
        switches = self.state.switches
        first = 0
        if minStep is not None and not switches.history_repeats_exported:
            first = sampling.n_exported(run.history, switches.parquet)
        return sampling.ranged(run.history, minStep, maxStep, samples, first=first)

    def _parquet(self, run: Run, raw: Raw) -> Node:
        n = sampling.n_exported(run.history, self.state.switches.parquet)
        live = run.history.texts(list(range(n, run.history.n_rows)), None)  # type: ignore[arg-type]
        address = f"{self.signed_url}/parquet/{run.entity}/{run.project}/{run.name}"
        return {
            "parquetUrls": [f"{address}/{n}.parquet?signature=test"] if n else [],
            "liveData": [raw.mark(text) for text in live],
        }

    def _files(
        self,
        run: Run,
        names: list[str] | None = None,
        after: str | None = None,
        first: int | None = None,
        pattern: str | None = None,
    ) -> Node:
        chosen = [name for name in sorted(run.files) if not names or name in names]
        if pattern is not None:
            chosen = [name for name in chosen if _like(name, pattern)]
        return self.page_of([self._file(run, name) for name in chosen], first, after)

    def _file(self, run: Run, name: str) -> Node:
        data = run.files[name]
        address = f"{self.signed_url}/storage/{run.entity}/{run.project}/{run.name}/{name}"
        return {
            "id": f"file:{run.id}:{name}",
            "name": name,
            "url": f"{self.base_url}/files/{run.entity}/{run.project}/{run.name}/{name}",
            "directUrl": f"{address}?signature=test",
            "sizeBytes": len(data),
            "mimetype": mimetypes.guess_type(name)[0],
            "updatedAt": self.stamp(run.updated_at),
            "md5": base64.b64encode(hashlib.md5(data, usedforsecurity=False).digest()).decode(),
        }

    def sweep(self, sweep: Sweep) -> Node:
        """A sweep."""
        state = self.state
        agents = [agent for agent in state.agents.values() if agent.sweep is sweep]
        config = sweep.config
        return {
            "__typename": "Sweep",
            "id": base64.b64encode(sweep.id.encode()).decode(),
            "name": sweep.name,
            "displayName": sweep.display_name or config.get("name") or sweep.name,
            "description": sweep.description,
            "method": config.get("method"),
            "state": sweep.state,
            "config": sweep.config_text,
            "createdAt": self.stamp(sweep.created_at),
            "updatedAt": self.stamp(sweep.updated_at),
            "heartbeatAt": self.stamp(
                max((a.heartbeat_at for a in agents), default=sweep.created_at)
            ),
            "bestLoss": lambda _info: self._best_loss(sweep),
            "runCount": lambda _info: len(state.sweep_runs(sweep)),
            "runCountExpected": n_grid(config),
            "earlyStopJobRunning": "early_terminate" in config,
            "controller": "{}",
            "scheduler": "{}",
            "controllerRunName": f"controller-{sweep.name}" if sweep.has_scheduler else None,
            "priorRunsFilters": sweep.prior_runs_filters,
            "project": lambda _info: self.project(state.project(sweep.entity, sweep.project)),
            "user": self.viewer(),
            "agent": lambda _info, agentName: next(  # noqa: N803
                (self.agent(a) for a in agents if agentName in {a.name, a.id}), None
            ),
            "agents": lambda _info: {"edges": [{"node": self.agent(a)} for a in agents]},
            "runs": lambda _info, **query: self.runs(state.sweep_runs(sweep), **query),
        }

    def stamp(self, seconds: float) -> str:
        """A moment as this server writes it."""
        return stamp(seconds, self.state.switches.timespec)

    def agent(self, agent: Agent) -> Node:
        """An agent."""
        project = self.state.projects[agent.sweep.entity, agent.sweep.project]
        mine = [project.runs[name] for name in agent.runs if name in project.runs]
        return {
            "id": agent.id,
            "name": agent.name,
            "host": agent.host,
            "state": "RUNNING",
            "totalRuns": len(mine),
            "createdAt": self.stamp(agent.created_at),
            "heartbeatAt": self.stamp(agent.heartbeat_at),
            "runs": lambda _info, **query: self.runs(mine, **query),
        }

    def _best_loss(self, sweep: Sweep) -> float | None:
        metric = sweep.config.get("metric") or {}
        down = metric.get("goal", "minimize") == "minimize"
        finals = [run.summary.get(metric.get("name")) for run in self.state.sweep_runs(sweep)]
        numbers = [value for value in finals if isinstance(value, int | float)]
        return (min(numbers) if down else max(numbers)) if numbers else None

    def page_of(
        self, items: list[Node], first: int | None = None, after: str | None = None
    ) -> Node:
        """A page of nodes that have ids."""
        keyed = [_Keyed(item["id"], item) for item in items]
        limit = self.state.switches.page_limit
        got = page(keyed, first, after, limit=limit, cursor="keyset")
        for edge in got["edges"]:
            edge["node"] = edge["item"].node
        return got


@dataclass(slots=True)
class _Sampled:
    """An answer about a history, and of which state of its run: rewound ones can be as long."""

    history: History
    n_rows: int
    updated_at: float
    text: str

    def is_of(self, run: Run) -> bool:
        same = self.history is run.history and self.n_rows == run.history.n_rows
        return same and self.updated_at == run.updated_at


@dataclass(slots=True)
class _Keyed:
    id: str
    node: Node


def _tail(run: Run) -> list[str]:
    if not isinstance(run.history, RowHistory):
        return run.history.texts(list(range(run.history.n_rows))[-1:], None)  # type: ignore[arg-type]
    return [json.dumps(row) for row in run.history.rows[-1:]]


def _like(name: str, pattern: str) -> bool:
    """SQL's LIKE with % only."""
    head, _, tail = pattern.partition("%")
    return name.startswith(head) and name.endswith(tail.rpartition("%")[2])


def _of_sdk(run: Run, keys: Sequence[str]) -> dict[str, Any]:
    """What the SDK itself wrote into a run's configuration; a run that has none never began."""
    held = (run.config.get("_wandb") or {}).get("value") or {}
    return {key: held[key] for key in keys if key in held}
