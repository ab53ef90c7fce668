"""What the SDK may change: runs, files, sweeps, agents."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from tests.server import agents, scheduling
from tests.server.proposals import n_grid
from tests.server.state import Sweep

if TYPE_CHECKING:
    from tests.server.nodes import Node, Nodes
    from tests.server.state import Run

_PLAIN_FIELDS = {
    "groupName": "group",
    "description": "description",
    "displayName": "display_name",
    "notes": "notes",
    "commit": "commit",
    "host": "host",
    "jobProgram": "program",
    "jobType": "job_type",
    "tags": "tags",
    "state": "state",
}


class Mutations:
    """The root of every mutation."""

    def __init__(self, nodes: Nodes) -> None:
        self.nodes = nodes
        self.state = nodes.state

    def root(self) -> Node:
        """Resolvers by the schema's names."""
        return {
            "upsertModel": self.upsert_project,
            "upsertBucket": self.upsert_run,
            "deleteRun": self.delete_run,
            "stopRun": self.stop_run,
            "enqueueSweepRun": self.enqueue_run,
            "updateRunState": self.update_run_state,
            "createRunFiles": self.create_run_files,
            "markRunFilesUploaded": lambda _info, **_: {"success": True},
            "upsertSweep": self.upsert_sweep,
            "upsertView": self.upsert_view,
            "createAgent": self.create_agent,
            "agentHeartbeat": self.heartbeat,
        }

    def upsert_project(self, _info: Any, input: dict[str, Any]) -> Node:  # noqa: A002
        project = self.state.make_project(input.get("entityName"), input["name"])
        node = self.nodes.project(project)
        return {"model": node, "project": node, "inserted": True}

    def upsert_run(self, _info: Any, input: dict[str, Any]) -> Node:  # noqa: A002
        run, inserted = self._run_of(input), False
        if run is None:
            if not input.get("name"):
                msg = "upsertBucket of an unknown id without a name"
                raise ValueError(msg)
            project = self.state.make_project(input.get("entityName"), input.get("modelName"))
            run = self.state.make_run(project, input["name"], sweep=input.get("sweep"))
            inserted = True
        for word, name in _PLAIN_FIELDS.items():
            if input.get(word) is not None:
                setattr(run, name, input[word])
        if input.get("config") is not None:
            run.config = json.loads(input["config"])
        if input.get("summaryMetrics") is not None:
            run.summary = json.loads(input["summaryMetrics"])
        if run.state == "pending":
            run.state = "running"
        self.state.touch(run)
        return {"bucket": self.nodes.run(run), "inserted": inserted}

    def _run_of(self, input: dict[str, Any]) -> Run | None:  # noqa: A002
        if input.get("id"):
            return self._by_id(input["id"])
        project = self.state.project(input.get("entityName"), input.get("modelName"))
        return project.runs.get(input.get("name", "")) if project else None

    def _by_id(self, encoded: str) -> Run:
        run = self.state.run_by_id(base64.b64decode(encoded).decode())
        if run is None:
            msg = f"no run {encoded}"
            raise ValueError(msg)
        return run

    def delete_run(self, _info: Any, input: dict[str, Any]) -> Node:  # noqa: A002
        run = self._by_id(input["id"])
        del self.state.projects[run.entity, run.project].runs[run.name]
        return {"clientMutationId": None}

    def stop_run(self, _info: Any, input: dict[str, Any]) -> Node:  # noqa: A002
        """A person presses stop: `stopped`, and not `shouldStop`."""
        self._by_id(input["id"]).stopped = True
        return {"success": True}

    def update_run_state(self, _info: Any, input: dict[str, Any]) -> Node:  # noqa: A002
        self._by_id(input["id"]).state = input["state"]
        return {"success": True}

    def create_run_files(self, _info: Any, input: dict[str, Any]) -> Node:  # noqa: A002
        where = f"{input['entityName']}/{input['projectName']}/{input['runName']}"
        storage = f"{self.nodes.signed_url}/storage/{where}"
        files = [
            {"name": name, "uploadUrl": f"{storage}/{quote(name)}?signature=test"}
            for name in input["files"]
        ]
        return {"runID": input["runName"], "uploadHeaders": [], "files": files}

    def upsert_sweep(self, _info: Any, input: dict[str, Any]) -> Node:  # noqa: A002
        state = self.state
        if input.get("id"):
            sweep = self._sweep_by_id(input["id"])
        else:
            project = state.make_project(input.get("entityName"), input.get("projectName"))
            name = f"sweep{sum(len(p.sweeps) for p in state.projects.values()) + 1:03d}"
            sweep = Sweep(
                id=f"sweep:{name}",
                name=name,
                entity=project.entity,
                project=project.name,
                config_text=input["config"],
                created_at=state.now(),
            )
            project.sweeps[name] = sweep
        if input.get("config") is not None:
            sweep.config_text = input["config"]
            sweep.run_count_expected = n_grid(sweep.config)
        sweep.state = input.get("state") or sweep.state
        sweep.display_name = input.get("displayName") or sweep.display_name
        sweep.description = input.get("description") or sweep.description
        sweep.prior_runs_filters = input.get("priorRunsFilters") or sweep.prior_runs_filters
        sweep.updated_at = state.now()
        return {"sweep": self.nodes.sweep(sweep), "configValidationWarnings": []}

    def upsert_view(self, _info: Any, input: dict[str, Any]) -> Node:  # noqa: A002
        """A report: in a project that is there, its spec what W&B's own classes can read."""
        project = self.state.project(input.get("entityName"), input.get("projectName"))
        if project is None:
            msg = f"no project {input.get('entityName')}/{input.get('projectName')}"
            raise ValueError(msg)
        if input.get("type") not in {"runs", "runs/draft"}:
            msg = f"a report is no view of the type {input.get('type')!r}"
            raise ValueError(msg)
        spec = json.loads(input["spec"])
        if not isinstance(spec.get("blocks"), list):
            msg = "the spec of a report has blocks"
            raise TypeError(msg)
        known = project.views.get(input["name"])
        view_id = known["id"] if known else f"view-{len(project.views) + 1}"
        view = {**input, "id": base64.b64encode(view_id.encode()).decode(), "createdUsing": None}
        project.views[input["name"]] = {**view, "id": view_id}
        return {"view": {**view, "project": self.nodes.project(project)}, "inserted": not known}

    def _sweep_by_id(self, encoded: str) -> Sweep:
        wanted = base64.b64decode(encoded).decode()
        sweeps = [
            sweep for project in self.state.projects.values() for sweep in project.sweeps.values()
        ]
        return next(candidate for candidate in sweeps if candidate.id == wanted)

    def enqueue_run(self, _info: Any, input: dict[str, Any]) -> Node:  # noqa: A002 - the schema's word
        """A local scheduler or a person proposes a run, which waits for an agent."""
        if scheduling.LOCAL_SCHEDULER not in self.state.switches.features:
            msg = "this server enqueues no runs of sweeps"
            raise ValueError(msg)
        sweep = self._sweep_by_id(input["id"])
        run = scheduling.enqueue(self.state, sweep, input["config"], input.get("displayName"))
        return {"id": run.name, "runQueueItemId": f"queued:{run.name}"}

    def create_agent(self, _info: Any, input: dict[str, Any]) -> Node:  # noqa: A002
        project = self.state.project(input.get("entityName"), input.get("projectName"))
        if project is None or input["sweep"] not in project.sweeps:
            raise agents.SweepGoneError
        agent = agents.register(self.state, project.sweeps[input["sweep"]], input["host"])
        return {"agent": self.nodes.agent(agent)}

    def heartbeat(self, _info: Any, input: dict[str, Any]) -> Node:  # noqa: A002
        agent = self.state.agents.get(input["id"])
        if agent is None:
            raise agents.SweepGoneError
        commands = agents.heartbeat(self.state, agent, input.get("runState"))
        return {"agent": self.nodes.agent(agent), "commands": json.dumps(commands)}
