"""`Server`: what one of W&B's servers holds, asked in bulk."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from itertools import islice
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

from wbtools.errors import DataError, FieldsUnknown, TooLarge, Unreachable
from wbtools.sources.local.json_items import NameBudget
from wbtools.sources.wandb_api import decoding, documents
from wbtools.sources.wandb_api.memory import HINT
from wbtools.sources.wandb_api.responses import Listing, RunsPage
from wbtools.sources.wandb_api.shapes import (
    Paging,
    n_characters,
    nodes_of,
    object_in,
    shortened,
    whole_in,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from wbtools.sources.wandb_api.responses import (
        FetchedRun,
        ListedRun,
        StoppableRun,
        SweepFacts,
    )
    from wbtools.sources.wandb_api.transport import Response, Transport

MOST_SAMPLES: Final = 100_000
"""Rows asked for of one metric; a longer history comes sampled and is then read in full."""
_RUNS_A_LISTING: Final = 1_000
"""A page of 0.3 MB: few requests, each soon answered."""
_MOST_LISTINGS: Final = 3
"""Runs are seldom deleted three times while a list is read."""
_MOST_RUNS: Final = 250_000
_MOST_SWEEPS: Final = 100_000
"""More than any project is known to hold, so that a list that never ends does."""
_MOST_LISTED_CHARACTERS: Final = 2**26
"""Texts that one list may keep: 268 characters of each of so many runs, 0.26 GB at the worst."""
_MOST_PROJECTS: Final = 100
"""As many as one page has; each is a part of one document."""
_MOST_NAME_CHARACTERS: Final = 2**23
"""Dotted names of a configuration made for a page of runs: 8 to 32 MB."""


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
        answer = self.ask(documents.VIEWER, {})
        viewer = object_in(answer.data, "viewer")
        entity = None if viewer is None else shortened(viewer).get("entity")
        answer.share.release()
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
        facts: SweepFacts | None = None
        totals = set[int | None]()
        looked_into: list[FetchedRun] = []
        bytes_of_a_run = 0
        texts = NameBudget(_MOST_LISTED_CHARACTERS)
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
                paging.broke_off = True
                break
            if sweep is not None and facts is None:
                node = object_in(page, "sweep")
                if node is None:
                    return None
                _keep(node, texts, f"the sweep {sweep} and its runs")
                facts = decoding.sweep_facts(node)
            totals.add(whole_in(page, "runCount"))
            connection = object_in(page, "runs")
            for node in map(shortened, nodes_of(connection)):
                _keep(node, texts, f"the runs of {entity}/{project}")
                runs[node["name"]] = decoding.listed_run(node)
            if paging.cursor is None:
                names = NameBudget(_MOST_NAME_CHARACTERS)
                first = nodes_of(object_in(page, "first"))
                for node in islice(first, documents.LOOKED_INTO):
                    looked_into.append(decoding.fetched_run(node, (), names=names))
                    bytes_of_a_run = max(bytes_of_a_run, len(json.dumps(node)))
            n_counted = max((total for total in totals if total is not None), default=None)
            paging.turn(connection, n_known=len(runs), n_counted=n_counted)
            answer.share.release()
        if totals <= {None} and not runs and facts is None:
            return None
        return Listing(
            runs=list(runs.values()),
            as_of=as_of,
            sweep=facts,
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

    def stoppable(self, entity: str, project: str, ids: Sequence[str]) -> dict[str, StoppableRun]:
        """How the runs with these ids stand at this moment; those that are gone are not among them.

        Args:
            entity: Who owns the project.
            project: Its name.
            ids: Run ids, at most a page of them.
        """
        wanted = json.dumps({"name": {"$in": list(ids)}})
        answer = self.ask(
            documents.stoppable,
            {"entity": entity, "project": project, "filters": wanted, "perPage": len(ids)},
        )
        nodes = nodes_of(object_in(object_in(answer.data, "project") or {}, "runs"))
        runs = [decoding.stoppable_run(node) for node in nodes if isinstance(node.get("id"), str)]
        answer.share.release()
        return {run.id: run for run in runs if run.id in frozenset(ids)}

    def sweeps(self, entity: str, project: str) -> list[SweepFacts] | None:
        """All sweeps of a project; None where there is no such project.

        Raises:
            DataError: The server does not give all that it says there are.
        """
        found: dict[str, SweepFacts] = {}
        what = f"the sweeps of {entity}/{project}"
        texts = NameBudget(_MOST_LISTED_CHARACTERS)
        paging = Paging("sweeps", most=_MOST_SWEEPS)
        while paging.goes_on:
            answer = self.ask(
                documents.sweeps,
                {"entity": entity, "project": project, "cursor": paging.cursor},
            )
            page = object_in(answer.data, "project")
            if page is None and paging.cursor is None:
                return None
            connection = object_in(page or {}, "sweeps")
            for node in nodes_of(connection):
                _keep(node, texts, what)
                found[node["name"]] = decoding.sweep_facts(node)
            paging.turn(connection, n_known=len(found), n_counted=None)
            answer.share.release()
            if page is None or paging.broke_off:
                msg = f"W&B listed {len(found):,} of {what}, said that there are more and gave none"
                raise DataError(msg, "try again later, or name the sweep in full")
        return list(found.values())

    def projects_with(self, entity: str, sweep: str) -> list[str]:
        """The projects of an entity (its first hundred) that hold a sweep with this id."""
        answer = self.ask(documents.PROJECTS, {"entity": entity})
        nodes = islice(nodes_of(object_in(answer.data, "models")), _MOST_PROJECTS)
        names = [node["name"] for node in nodes]
        # No thread waits for memory while it holds some.
        answer.share.release()
        if not names:
            return []
        named = {f"p{k}": name for k, name in enumerate(names)}
        try:
            answer = self.ask(
                documents.sweep_in_each(len(names)), {"entity": entity, "sweep": sweep, **named}
            )
        except FieldsUnknown:
            return []
        found = answer.data
        return [
            name
            for key, name in named.items()
            if isinstance(found.get(key), dict) and isinstance(found[key].get("sweep"), dict)
        ]


def _keep(node: Mapping[str, Any], texts: NameBudget, what: str) -> None:
    """Take what a listed node's texts need of all that a list may keep.

    Raises:
        DataError: There is no more.
    """
    if not texts.grants(n_characters(node)):
        msg = f"{what} are listed with texts of more than {_MOST_LISTED_CHARACTERS:,} characters"
        raise DataError(msg, HINT)
