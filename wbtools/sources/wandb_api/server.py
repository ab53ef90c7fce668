"""`Server`: what one of W&B's servers holds, asked in bulk."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

from wbtools.errors import FieldsUnknown, TooLarge, Unreachable
from wbtools.sources.local.json_items import NameBudget
from wbtools.sources.wandb_api import decoding, documents
from wbtools.sources.wandb_api.memory import HINT
from wbtools.sources.wandb_api.responses import Listing, RunsPage
from wbtools.sources.wandb_api.shapes import Paging, nodes_of, object_in, whole_in

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from wbtools.sources.wandb_api.responses import FetchedRun, ListedRun, SweepFacts
    from wbtools.sources.wandb_api.transport import Response, Transport

MOST_SAMPLES: Final = 100_000
"""Rows asked for of one metric; a longer history comes sampled and is then read in full."""
_RUNS_A_LISTING: Final = 1_000
_MOST_LISTINGS: Final = 3
_MOST_RUNS: Final = 250_000
_MOST_SWEEPS: Final = 100_000
_MOST_PROJECTS: Final = 100
_MOST_NAME_CHARACTERS: Final = 2**23


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
                # What the document does not hold, no document without it lacks.
                if isinstance(document, str) or document(known | missing) == text:
                    raise
                with self._learning:
                    self._without |= missing

    def default_entity(self) -> str | None:
        """The entity of whoever is signed in."""
        viewer = object_in(self.ask(documents.VIEWER, {}).data, "viewer")
        entity = None if viewer is None else viewer.get("entity")
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
            listing = self._list_once(entity, project, sweep, filters)
            if listing is None:
                return None
            if best is None or len(listing.runs) >= len(best.runs):
                best = listing
            if listing.complete:
                break
        return best

    def _list_once(
        self, entity: str, project: str, sweep: str | None, filters: Mapping[str, Any]
    ) -> Listing | None:
        as_of = datetime.now(UTC)
        runs: dict[str, ListedRun] = {}
        sweep_node, totals = None, set[int | None]()
        looked_into: list[FetchedRun] = []
        bytes_of_a_run = 0
        paging = Paging("runs", most=_MOST_RUNS)
        while paging.goes_on:
            answer = self.ask(
                documents.listing,
                {
                    "entity": entity,
                    "project": project,
                    "sweep": sweep or "",
                    "withSweep": sweep is not None and paging.cursor is None,
                    "lookInto": paging.cursor is None,
                    "filters": json.dumps(filters),
                    "cursor": paging.cursor,
                    "perPage": _RUNS_A_LISTING,
                },
            )
            page = object_in(answer.data, "project")
            if page is None:
                break
            if sweep is not None and sweep_node is None:
                sweep_node = object_in(page, "sweep")
                if sweep_node is None:
                    return None
            totals.add(whole_in(page, "runCount"))
            connection = object_in(page, "runs")
            nodes = (decoding.listed_run(node) for node in nodes_of(connection))
            runs.update((run.id, run) for run in nodes)
            names = NameBudget(_MOST_NAME_CHARACTERS)
            for node in nodes_of(object_in(page, "first")):
                looked_into.append(decoding.fetched_run(node, (), names=names))
                bytes_of_a_run = max(bytes_of_a_run, len(json.dumps(node)))
            n_counted = max((total for total in totals if total is not None), default=None)
            paging.turn(connection, n_known=len(runs), n_counted=n_counted)
            answer.share.release()
        if totals <= {None} and not runs and sweep_node is None:
            return None
        return Listing(
            runs=list(runs.values()),
            as_of=as_of,
            sweep=None if sweep_node is None else decoding.sweep_facts(sweep_node),
            n_counted=max((total for total in totals if total is not None), default=None),
            # A total that changes means that the pages do not fit together.
            complete=not paging.broke_off if totals <= {None} else totals == {len(runs)},
            looked_into=looked_into,
            bytes_of_a_run=bytes_of_a_run,
        )

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
        page = object_in(answer.data, "project")
        connection = None if page is None else object_in(page, "runs")
        if connection is None:
            msg = f"W&B says nothing about the project {entity}/{project} any more"
            raise Unreachable(msg, "was it deleted or renamed, or your access taken away?")
        wanted = frozenset(ids)
        # One long name in a configuration is repeated by all that it holds, in every run.
        budget = NameBudget(_MOST_NAME_CHARACTERS)
        runs = [
            decoding.fetched_run(node, lists, names=budget)
            for node in nodes_of(connection)
            if node["name"] in wanted
        ]
        if budget.exceeded and len(ids) > 1:
            answer.share.release()
            msg = f"the names in the configurations of {len(ids)} runs are too long"
            raise TooLarge(msg, HINT)
        return RunsPage(
            runs=runs,
            cut=bool((object_in(connection, "pageInfo") or {}).get("hasNextPage")),
            n_bytes=answer.n_bytes,
            seconds=answer.seconds,
            share=answer.share,
        )

    def sweeps(self, entity: str, project: str) -> list[SweepFacts] | None:
        """All sweeps of a project; None where there is no such project."""
        found: dict[str, SweepFacts] = {}
        paging = Paging("sweeps", most=_MOST_SWEEPS)
        while paging.goes_on:
            variables = {"entity": entity, "project": project, "cursor": paging.cursor}
            page = object_in(self.ask(documents.sweeps, variables).data, "project")
            if page is None:
                return None if paging.cursor is None else list(found.values())
            connection = object_in(page, "sweeps")
            facts = [decoding.sweep_facts(node) for node in nodes_of(connection)]
            found.update((sweep.name, sweep) for sweep in facts)
            paging.turn(connection, n_known=len(found), n_counted=None)
        return list(found.values())

    def projects_with(self, entity: str, sweep: str) -> list[str]:
        """The projects of an entity (its first hundred) that hold a sweep with this id."""
        answer = self.ask(documents.PROJECTS, {"entity": entity})
        nodes = nodes_of(object_in(answer.data, "models"))
        names = [node["name"] for node in nodes][:_MOST_PROJECTS]
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
