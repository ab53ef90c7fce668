"""Fetch a sweep into the archive: what changed, in pages side by side, every curve counted.

Workers ask and parse; the caller's thread alone writes, a page and its runs in one transaction. So
whatever ends a fetch (a deadline, Ctrl-C, a kill, a full disk) the pages written before stay, and
the next fetch asks for the others.
"""

from __future__ import annotations

import json
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np

from wbtools.archive import ArchivedRun, EndedHow, SeriesPage
from wbtools.errors import DataError, TooLarge
from wbtools.model import RunState
from wbtools.sources.wandb_api.histories import History, whole_history
from wbtools.workflow.fetch_plan import LARGEST_ANSWER, Page, Pages, Wanted, wanted_runs

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from wbtools.archive import Archive, KnownRun, SweepHead
    from wbtools.model import Run, Series
    from wbtools.sources.wandb_api.nouns import FetchedRun, Listing, Rows, RunsPage
    from wbtools.sources.wandb_api.server import Server

_N_WORKERS: Final = 8
_LONGEST_ANSWER: Final = 2**30
_PREEMPTED: Final = frozenset({RunState.PREEMPTING, RunState.PREEMPTED})


class OnProgress(Protocol):
    """Told, now and then, how far a fetch is."""

    def __call__(self, *, n_done: int, n_runs: int, n_rows: int) -> None:
        """So many of so many runs are archived, with so many rows."""
        ...


@dataclass(slots=True, kw_only=True)
class Fetched:
    """What a fetch did.

    Attributes:
        n_runs: Runs that the server has.
        n_asked: Runs that were new, had changed or lacked a metric.
        n_rows: Rows that were written.
        n_incomplete: Curves that the server did not give in full.
        resumed: It went on with a fetch that was cut.
        listed_all: False if the server says that it has more runs than it lists.
    """

    head: SweepHead
    metrics: tuple[str, ...]
    n_runs: int
    n_asked: int
    n_rows: int = 0
    n_incomplete: int = 0
    resumed: bool = False
    listed_all: bool = True


def fetch_listed(
    server: Server,
    archive: Archive,
    head: SweepHead,
    listing: Listing,
    metrics: Sequence[str],
    *,
    refresh: bool = False,
    on_progress: OnProgress | None = None,
) -> Fetched:
    """Bring the archive up to a listing.

    Args:
        server: Where it was listed.
        archive: Open for writing.
        head: What is to be archived.
        listing: All runs that the server has.
        metrics: Whose curves are wanted.
        refresh: Ask for everything anew.
        on_progress: Called after every page.

    Raises:
        DataError: The network, the server, the deadline or the disk did not allow it. What was
            received is archived, and the next fetch goes on from there.
    """
    known = archive.known_runs(head.key)
    wanted = wanted_runs(listing.runs, known, metrics, refresh=refresh)
    parameters = json.dumps({"metrics": sorted(metrics)})
    resumed = archive.begin(head, parameters) is not None
    done = Fetched(
        head=head,
        metrics=tuple(metrics),
        n_runs=len(listing.runs),
        n_asked=len(wanted),
        resumed=resumed,
        listed_all=listing.complete,
    )
    before = server.transport.n_requests
    work = _Work(server, archive, done, known, wanted, on_progress)
    try:
        work.run()
    except BaseException as error:
        how = EndedHow.CUT if not isinstance(error, DataError) or work.n_put else EndedHow.FAILED
        # The first error is the one to tell.
        with suppress(DataError):
            archive.finish(head.key, ended_how=how, requests=server.transport.n_requests - before)
        raise
    gone = work.gone
    archive.finish(
        head.key,
        requests=server.transport.n_requests - before,
        as_of=listing.as_of,
        present=[run.id for run in listing.runs if run.id not in gone],
    )
    return done


@dataclass(slots=True)
class _Work:
    """One fetch at work.

    Attributes:
        gone: Runs that were deleted between the listing and their page.
        n_put: Pages written.
    """

    server: Server
    archive: Archive
    done: Fetched
    known: Mapping[str, KnownRun]
    wanted: Sequence[Wanted]
    on_progress: OnProgress | None
    gone: set[str] = field(default_factory=set)
    n_put: int = 0
    _pages: Pages = field(init=False)
    _at_work: dict[Future[Callable[[], None]], None] = field(default_factory=dict)
    _histories: list[tuple[FetchedRun, tuple[str, ...]]] = field(default_factory=list)
    _waiting: set[str] = field(default_factory=set)

    def run(self) -> None:
        """Ask for everything that is wanted, and write it."""
        self._pages = Pages(self.wanted, _N_WORKERS)
        self._waiting = {run.id for run in self.wanted}
        self._tell()
        pool = ThreadPoolExecutor(_N_WORKERS, thread_name_prefix="wbtools-fetch")
        try:
            while self._fill(pool):
                finished, _ = wait(self._at_work, return_when=FIRST_COMPLETED)
                self._write(finished)
        except BaseException:
            self.server.transport.stop()
            pool.shutdown(wait=True, cancel_futures=True)
            self._rescue()
            raise
        pool.shutdown()

    def _fill(self, pool: ThreadPoolExecutor) -> bool:
        """Keep every worker busy; False if nothing is left."""
        while len(self._at_work) < _N_WORKERS and (self._histories or self._pages):
            if self._histories:
                run, metrics = self._histories.pop()
                job = pool.submit(self._ask_history, run, metrics)
            else:
                job = pool.submit(self._ask_page, self._pages.next())
            self._at_work[job] = None
        return bool(self._at_work)

    def _write(self, finished: set[Future[Callable[[], None]]]) -> None:
        """Write what workers brought, all of it before the first error is raised."""
        errors = []
        for one in finished:
            del self._at_work[one]
            try:
                put = one.result()
            except DataError as error:
                errors.append(error)
                continue
            put()
            self.n_put += 1
            self._tell()
        if errors:
            raise errors[0]

    def _rescue(self) -> None:
        """Write what had arrived when the fetch was cut."""
        for one in self._at_work:
            if one.done() and not one.cancelled() and one.exception() is None:
                with suppress(DataError):
                    one.result()()
                    self.n_put += 1

    # In the workers: ask, and say what is to be written.

    def _ask_page(self, page: Page) -> Callable[[], None]:
        key = self.done.head.key
        ids = [run.id for run in page.runs]
        smallest = len(page.halves()) == 1
        try:
            brought = self.server.runs(
                key.entity,
                key.project,
                ids,
                page.metrics,
                from_step=page.from_step,
                together=page.together,
                most_bytes=_LONGEST_ANSWER if smallest else LARGEST_ANSWER,
            )
        except TooLarge:
            if smallest:
                raise
            return lambda: self._divide(page)
        return lambda: self._put_page(page, brought)

    def _ask_history(self, run: FetchedRun, metrics: tuple[str, ...]) -> Callable[[], None]:
        key = self.done.head.key
        history = whole_history(self.server, key.entity, key.project, run, metrics)
        return lambda: self._put_history(run, history)

    # In the caller's thread: write.

    def _divide(self, page: Page) -> None:
        self._pages.put_back(page)

    def _put_page(self, page: Page, answer: RunsPage) -> None:
        self._pages.learn(
            page,
            n_bytes=answer.n_bytes,
            seconds=answer.seconds,
            same_rows=all(map(_in_same_rows, answer.runs)),
        )
        brought = {run.run.id: run for run in answer.runs}
        series: list[SeriesPage] = []
        again: list[Wanted] = []
        for wanted in page.runs:
            run = brought.get(wanted.id)
            if run is None:
                if answer.cut and brought:
                    again.append(wanted)
                else:
                    self.gone.add(wanted.id)
                continue
            pages = [self._series(wanted, run, one) for one in page.metrics]
            tried = wanted.from_step is not None or page.together
            if tried and not all(one.complete for one in pages):
                # The rows do not add up, behind the last known one or of all metrics together.
                again.append(replace(wanted, from_step=None, apart=True))
                brought.pop(wanted.id)
                continue
            series += pages
            sampled = tuple(one.metric for one in pages if one.sampled)
            if sampled:
                self._histories.append((run, sampled))
        if answer.cut:
            self._pages.most_runs = max(1, len(answer.runs))
        self._pages.add(again)
        archived = [_archived(run, self.known.get(run.run.id)) for run in brought.values()]
        self._put(archived, series)

    def _series(self, wanted: Wanted, run: FetchedRun, metric: str) -> SeriesPage:
        rows = run.rows[metric]
        known = self.known.get(wanted.id)
        if wanted.from_step is None or known is None:
            whole = _is_whole(rows, run.n_lines)
            return SeriesPage(
                run_id=wanted.id,
                metric=metric,
                rows=rows.series,
                sampled=not whole,
                complete=whole,
                n_expected=rows.n_expected,
            )
        before = known.series[metric]
        last = -1 if before.last_step is None else before.last_step
        fresh = _after(rows.series, last)
        n_rows = before.n_rows + len(fresh.values)
        return SeriesPage(
            run_id=wanted.id,
            metric=metric,
            rows=fresh,
            append=True,
            complete=rows.n_expected is not None and n_rows >= rows.n_expected,
            n_expected=rows.n_expected,
        )

    def _put_history(self, run: FetchedRun, history: History) -> None:
        series = [
            SeriesPage(
                run_id=run.run.id,
                metric=metric,
                rows=rows,
                complete=metric in history.whole,
                n_expected=None if run.counts is None else run.counts.get(metric, 0),
            )
            for metric, rows in history.series.items()
        ]
        self.done.n_incomplete += sum(not one.complete for one in series)
        self._put([], series)

    def _put(self, runs: Sequence[ArchivedRun], series: Sequence[SeriesPage]) -> None:
        self._waiting.difference_update((run.run.id for run in runs), self.gone)
        n_done = len(self.wanted) - len(self._waiting)
        cursor = f"{n_done}/{len(self.wanted)} changed runs"
        self.archive.put_page(self.done.head.key, runs, series, cursor=cursor)
        self.done.n_rows += sum(len(one.rows.values) for one in series)

    def _tell(self) -> None:
        if self.on_progress is not None:
            self.on_progress(
                n_done=self.done.n_runs - len(self._waiting),
                n_runs=self.done.n_runs,
                n_rows=self.done.n_rows,
            )


def _in_same_rows(run: FetchedRun) -> bool:
    """Whether all metrics of a run were logged at the same steps."""
    series = [rows.series.steps for rows in run.rows.values()]
    return all(np.array_equal(series[0], steps) for steps in series[1:])


def _is_whole(rows: Rows, n_lines: int | None) -> bool:
    """Whether an answer holds every row of a metric that the server has."""
    expected = n_lines if rows.n_expected is None else rows.n_expected
    return expected is not None and rows.n_given >= expected


def _after(rows: Series, step: int) -> Series:
    fresh = rows.steps > step
    return replace(
        rows, values=rows.values[fresh], steps=rows.steps[fresh], times_s=rows.times_s[fresh]
    )


def _archived(run: FetchedRun, known: KnownRun | None) -> ArchivedRun:
    keys = None if run.counts is None else {"keys": dict(run.counts), "lastStep": run.last_step}
    return ArchivedRun(
        run=_with_attempts(run.run, known),
        updated_at=run.updated_at,
        history_line_count=run.n_lines,
        history_keys=keys,
        running=run.running,
    )


def _with_attempts(run: Run, known: KnownRun | None) -> Run:
    """The run, and one attempt more if it goes on after it was preempted."""
    if known is None:
        return run
    requeued = known.state in _PREEMPTED and run.state not in _PREEMPTED
    return replace(run, attempts=known.attempts + requeued)
