"""`Server`: what one of W&B's servers holds, asked in bulk."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

from wbtools.errors import DataError, FieldsUnknown, Unreachable
from wbtools.sources.wandb_api import decoding, documents
from wbtools.sources.wandb_api.responses import Listing, RunsPage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from wbtools.sources.wandb_api.responses import SweepFacts
    from wbtools.sources.wandb_api.transport import Response, Transport

MOST_SAMPLES: Final = 100_000
"""Rows asked for of one metric; a longer history comes sampled and is then read in full."""
_RUNS_A_LISTING: Final = 1_000
_MOST_LISTINGS: Final = 3


class Server:
    """One server, spoken to through a transport; may be used from several threads."""

    def __init__(self, transport: Transport) -> None:
        """Speak through this transport."""
        self.transport = transport
        self._without: frozenset[str] = frozenset()
        self._learning = Lock()

    def ask(
        self,
        document: Callable[[frozenset[str]], str] | str,
        variables: Mapping[str, Any],
        *,
        most_bytes: int | None = None,
    ) -> Response:
        """Ask, and ask again without the fields that an old server does not know.

        Raises:
            DataError: It lacks a field that is needed; or as `Transport.ask`.
        """
        while True:
            known = self._without
            text = document if isinstance(document, str) else document(known)
            try:
                return self.transport.ask(text, variables, most_bytes=most_bytes)
            except FieldsUnknown as error:
                missing = documents.unknown_fields(error.messages) - known
                if not missing or isinstance(document, str):
                    raise
                with self._learning:
                    self._without |= missing

    def default_entity(self) -> str | None:
        """The entity of whoever is signed in."""
        viewer = self.ask(documents.VIEWER, {}).data.get("viewer")
        entity = viewer.get("entity") if isinstance(viewer, dict) else None
        return entity if isinstance(entity, str) and entity else None

    def listing(
        self, entity: str, project: str, *, sweep: str | None, filters: Mapping[str, Any]
    ) -> Listing | None:
        """All runs, a thousand a request, with the sweep itself and a look into runs in the first.

        Where runs were deleted between pages, a server may skip others: if what it lists is not
        what it counts, it is asked anew.

        Args:
            entity: Who owns the project.
            project: Its name.
            sweep: The sweep's id; None for a selection of runs.
            filters: Which runs, in W&B's filter language.

        Returns:
            None where there is no such project, or no such sweep in it.
        """
        best: Listing | None = None
        for _ in range(_MOST_LISTINGS):
            as_of = datetime.now(UTC)
            nodes: dict[str, Mapping[str, Any]] = {}
            sweep_node, totals = None, set[object]()
            looked_into: list[Mapping[str, Any]] = []
            for page in self._listing_pages(entity, project, sweep, filters):
                sweep_node = sweep_node or page.get("sweep")
                if sweep is not None and not isinstance(sweep_node, dict):
                    return None
                totals.add(page.get("runCount"))
                nodes.update((str(node["name"]), node) for node in _nodes(page.get("runs")))
                looked_into += _nodes(page.get("first"))
            if totals <= {None} and not nodes and sweep_node is None:
                return None
            # A total that changes means that the pages do not fit together.
            complete = totals == {None} or totals == {len(nodes)}
            listed = [decoding.listed_run(node) for node in nodes.values()]
            if best is None or len(listed) >= len(best.runs):
                best = Listing(
                    runs=listed,
                    as_of=as_of,
                    sweep=None if sweep_node is None else decoding.sweep_facts(sweep_node),
                    n_counted=max(
                        (total for total in totals if isinstance(total, int)), default=None
                    ),
                    complete=complete,
                    looked_into=[decoding.fetched_run(node, ()) for node in looked_into],
                    bytes_of_a_run=max((len(json.dumps(node)) for node in looked_into), default=0),
                )
            if complete:
                break
        return best

    def _listing_pages(
        self, entity: str, project: str, sweep: str | None, filters: Mapping[str, Any]
    ) -> Iterator[Mapping[str, Any]]:
        cursor = None
        while True:
            answer = self.ask(
                documents.listing,
                {
                    "entity": entity,
                    "project": project,
                    "sweep": sweep or "",
                    "withSweep": sweep is not None and cursor is None,
                    "lookInto": cursor is None,
                    "filters": json.dumps(filters),
                    "cursor": cursor,
                    "perPage": _RUNS_A_LISTING,
                },
            )
            page = answer.data.get("project")
            if not isinstance(page, dict):
                return
            yield page
            info = (page.get("runs") or {}).get("pageInfo") or {}
            if not info.get("hasNextPage") or not info.get("endCursor"):
                return
            if info["endCursor"] == cursor:
                msg = "the server gives the same page of runs again and again"
                raise DataError(msg, "try again later")
            cursor = info["endCursor"]

    def runs(
        self,
        entity: str,
        project: str,
        ids: Sequence[str],
        lists: Sequence[Sequence[str]],
        *,
        from_steps: Mapping[str, int] | None = None,
        most_bytes: int | None = None,
    ) -> RunsPage:
        """The runs with these ids in one request; those that are gone are not among them.

        Args:
            entity: Who owns the project.
            project: Its name.
            ids: Run ids.
            lists: The metrics of each list of rows: of several, only rows that hold all of them,
                which is shorter than each metric's.
            from_steps: Of each metric only rows from this `_step` on; empty for all. A server that
                does not know this word sends all rows.
            most_bytes: Give up on a longer answer.

        Raises:
            TooLarge: The answer is longer than that.
            Unreachable: There is no such project any more.
        """
        specs = []
        for names in lists:
            since = {"minStep": from_steps[names[0]]} if from_steps else {}
            keys = [decoding.STEP, decoding.TIME, *names]
            specs.append(json.dumps({"keys": keys, "samples": MOST_SAMPLES, **since}))
        answer = self.ask(
            documents.runs,
            {
                "entity": entity,
                "project": project,
                "filters": json.dumps({"name": {"$in": list(ids)}}),
                "perPage": len(ids),
                "specs": specs,
            },
            most_bytes=most_bytes,
        )
        page = answer.data.get("project")
        connection = page.get("runs") if isinstance(page, dict) else None
        if not isinstance(connection, dict):
            msg = f"W&B says nothing about the project {entity}/{project} any more"
            raise Unreachable(msg, "was it deleted or renamed, or your access taken away?")
        wanted = frozenset(ids)
        return RunsPage(
            runs=[
                decoding.fetched_run(node, lists)
                for node in _nodes(connection)
                if str(node["name"]) in wanted
            ],
            cut=bool((connection.get("pageInfo") or {}).get("hasNextPage")),
            n_bytes=answer.n_bytes,
            seconds=answer.seconds,
        )

    def sweeps(self, entity: str, project: str) -> list[SweepFacts] | None:
        """All sweeps of a project; None where there is no such project."""
        found: dict[str, SweepFacts] = {}
        cursor = None
        while True:
            variables = {"entity": entity, "project": project, "cursor": cursor}
            page = self.ask(documents.sweeps, variables).data.get("project")
            if not isinstance(page, dict):
                return None if cursor is None else list(found.values())
            connection = page.get("sweeps") or {}
            facts = [decoding.sweep_facts(node) for node in _nodes(connection)]
            found.update((sweep.name, sweep) for sweep in facts)
            info = connection.get("pageInfo") or {}
            if not info.get("hasNextPage") or info.get("endCursor") in {None, cursor}:
                return list(found.values())
            cursor = info["endCursor"]

    def projects_with(self, entity: str, sweep: str) -> list[str]:
        """The projects of an entity (its first hundred) that hold a sweep with this id."""
        answer = self.ask(documents.PROJECTS, {"entity": entity})
        names = [str(node["name"]) for node in _nodes(answer.data.get("models"))]
        if not names:
            return []
        named = {f"p{k}": name for k, name in enumerate(names)}
        try:
            found = self.ask(
                documents.sweep_in_each(len(names)), {"entity": entity, "sweep": sweep, **named}
            ).data
        except FieldsUnknown:
            return []
        return [
            name
            for key, name in named.items()
            if isinstance(found.get(key), dict) and isinstance(found[key].get("sweep"), dict)
        ]


def _nodes(connection: object) -> list[Mapping[str, Any]]:
    """The nodes of a connection that have a name."""
    edges = connection.get("edges") if isinstance(connection, dict) else None
    nodes = (edge.get("node") for edge in edges or () if isinstance(edge, dict))
    return [node for node in nodes if isinstance(node, dict) and node.get("name")]
