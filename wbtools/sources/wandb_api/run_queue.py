"""What is to be known just before a run is enqueued for a sweep's agents, asked afresh."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wbtools.errors import FieldsUnknown
from wbtools.sources.timestamps import utc_time
from wbtools.sources.wandb_api import decoding, documents
from wbtools.sources.wandb_api.responses import SweepAtWork
from wbtools.sources.wandb_api.shapes import list_in, nodes_of, object_in

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wbtools.model import Run
    from wbtools.sources.wandb_api.server import Server

FEATURE: Final = "SWEEPS_LOCAL_SCHEDULER"
"""The server's word for it, for which W&B's own client looks before it enqueues a run."""


def can_enqueue(server: Server) -> bool:
    """Whether a server hands single runs to a sweep's agents; an old one has no features at all.

    Raises:
        DataError: As `Transport.ask`.
    """
    try:
        answer = server.ask(documents.FEATURES, {})
    except FieldsUnknown:
        return False
    features = list_in(object_in(answer.data, "serverInfo") or {}, "features")
    answer.share.release()
    return any(
        isinstance(feature, dict) and feature.get("name") == FEATURE and feature.get("isEnabled")
        for feature in features
    )


def sweep_at_work(server: Server, entity: str, project: str, sweep: str) -> SweepAtWork | None:
    """How a sweep stands at this moment; None where there is no such sweep any more.

    Args:
        server: Signed in.
        entity: Who owns the project.
        project: Its name.
        sweep: The sweep's id.

    Raises:
        DataError: As `Transport.ask`.
    """
    answer = server.ask(
        documents.sweep_at_work, {"entity": entity, "project": project, "sweep": sweep}
    )
    node = object_in(object_in(answer.data, "project") or {}, "sweep")
    answer.share.release()
    if node is None or not isinstance(node.get("id"), str):
        return None
    seen = [utc_time(agent.get("heartbeatAt")) for agent in nodes_of(object_in(node, "agents"))]
    return SweepAtWork(
        storage_id=node["id"],
        state=str(node.get("state") or "").upper(),
        agent_seen_at=max((when for when in seen if when is not None), default=None),
        tells_agents="agents" in node,
    )


def runs_now(server: Server, entity: str, project: str, ids: Iterable[str]) -> list[Run]:
    """The runs with these ids, one request each; those that are gone are not among them.

    W&B's lists of runs lag behind: what was just enqueued may be in none.

    Args:
        server: Signed in.
        entity: Who owns the project.
        project: Its name.
        ids: Run ids.

    Raises:
        DataError: As `Transport.ask`.
    """
    found = []
    for run_id in ids:
        variables = {"entity": entity, "project": project, "run": run_id}
        answer = server.ask(documents.RUN_NOW, variables)
        node = object_in(object_in(answer.data, "project") or {}, "run")
        if node is not None and isinstance(node.get("name"), str):
            found.append(decoding.fetched_run(node, ()).run)
        answer.share.release()
    return found
