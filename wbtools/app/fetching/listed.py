"""Fetch a sweep into the archive: what changed, in pages side by side, every curve counted."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING
from uuid import uuid4

from wbtools.app.fetching.plan import wanted_runs
from wbtools.app.fetching.rewinds import OVERLAP
from wbtools.app.fetching.work import Work
from wbtools.archive import EndedHow, Fetched
from wbtools.errors import DataError
from wbtools.sources.local.json_items import json_value

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from wbtools.app.fetching.progress import OnProgress
    from wbtools.archive import Archive, ArchiveWriter, KnownRun, SweepHeader
    from wbtools.sources.wandb_api.responses import Listing
    from wbtools.sources.wandb_api.server import Server


def fetch_listed(
    server: Server,
    archive: ArchiveWriter,
    head: SweepHeader,
    listing: Listing,
    metrics: Sequence[str],
    *,
    relist: Callable[[], Listing],
    refresh: bool = False,
    tried: Collection[str] = (),
    every_metric: bool = False,
    on_progress: OnProgress | None = None,
) -> Fetched:
    """Bring the archive up to a listing.

    Args:
        server: Where it was listed.
        archive: Open for writing.
        head: What is to be archived.
        listing: All runs that the server has.
        metrics: Whose curves are wanted.
        relist: Lists the runs anew, to see whether those that gave no answer are really gone.
        refresh: Ask for everything anew. A refresh that was cut is gone on with in any case.
        tried: Metrics for which this listing was fetched already: what the server did not give in
            full then is not asked for again.
        every_metric: Fetch too what the runs turn out to have logged beside the metrics.
        on_progress: Called after every page.

    Raises:
        DataError: The network, the server, the deadline or the disk did not allow it. What was
            received is archived, and the next fetch goes on from there.
    """
    known = archive.known_runs(head.key)
    named = None if every_metric else sorted(metrics)
    token = _refresh_token(archive, known, head, named, anew=refresh)
    wanted = wanted_runs(
        listing.runs,
        known,
        metrics,
        last_rows=lambda run_id, names: archive.last_rows(head.key, run_id, names, OVERLAP),
        refresh=token,
        tried=tried,
    )
    archive.begin(head, _parameters(named, token))
    fetched = Fetched(
        head=head,
        metrics=tuple(metrics),
        n_runs=len(listing.runs),
        n_asked=len(wanted),
        listed_all=listing.complete,
    )
    before = server.transport.n_requests
    work = Work(
        server=server,
        archive=archive,
        fetched=fetched,
        known=known,
        listing=listing,
        wanted=wanted,
        refresh=token,
        every_metric=every_metric,
        on_progress=on_progress,
    )
    try:
        work.run()
        gone = work.confirmed_gone(relist)
    except BaseException as error:
        how = EndedHow.CUT if not isinstance(error, DataError) or work.n_put else EndedHow.FAILED
        # The first error is the one to tell.
        with suppress(DataError):
            archive.finish(head.key, ended_how=how, requests=server.transport.n_requests - before)
        raise
    archive.finish(
        head.key,
        requests=server.transport.n_requests - before,
        as_of=listing.as_of,
        present=[run.id for run in listing.runs if run.id not in gone],
        whole=listing.complete,
    )
    run_ids = {run.id for run in listing.runs}
    lacking = archive.incomplete(head.key, fetched.metrics)
    fetched.n_too_large = len(work.too_large)
    fetched.n_incomplete = sum(series.run_id in run_ids for series in lacking)
    return fetched


def _refresh_token(
    archive: Archive,
    known: Mapping[str, KnownRun],
    head: SweepHeader,
    metrics: Sequence[str] | None,
    *,
    anew: bool,
) -> str:
    """The name of a refresh that was cut, which any fetch goes on with; else a new one, or none."""
    cut = archive.cursor(head.key) if known else None
    parameters = json_value(cut.parameters) if cut is not None else None
    token = parameters.get("refresh") if isinstance(parameters, dict) else None
    if isinstance(token, str) and cut is not None and cut.parameters == _parameters(metrics, token):
        return token
    return uuid4().hex if anew else ""


def _parameters(metrics: Sequence[str] | None, refresh: str) -> str:
    return json.dumps({"metrics": metrics, "refresh": refresh})
