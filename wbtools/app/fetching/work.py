"""One fetch at work: workers ask and parse, the caller's thread alone writes.

A page and its runs are one transaction. So whatever ends a fetch (a deadline, Ctrl-C, a kill, a
full disk) the pages written before stay, and the next fetch asks for the others.
"""

from __future__ import annotations

from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, Protocol

from wbtools.app.fetching.plan import (
    LARGEST_ANSWER,
    PREEMPTED,
    HistoryPage,
    HistoryPages,
    Wanted,
    row_groups,
    series_stamp,
    state_of,
)
from wbtools.app.fetching.rewinds import rows_behind
from wbtools.archive import ArchivedRun, SeriesPage
from wbtools.errors import DataError, TooLarge, Unreachable
from wbtools.model import NO_ROWS
from wbtools.sources.wandb_api.histories import History, whole_history
from wbtools.sources.wandb_api.memory import LONGEST_ANSWER
from wbtools.text.numbers import count

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from wbtools.archive import ArchiveWriter, KnownRun, SweepHeader
    from wbtools.model import Run
    from wbtools.sources.wandb_api.responses import FetchedRun, Listing, Rows, RunsPage
    from wbtools.sources.wandb_api.server import Server

_N_WORKERS: Final = 8


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
        n_incomplete: Curves that the server did not give in full, now or in an earlier fetch.
        listed_all: False if the server says that it has more runs than it lists.
    """

    head: SweepHeader
    metrics: tuple[str, ...]
    n_runs: int
    n_asked: int
    n_rows: int = 0
    n_incomplete: int = 0
    listed_all: bool = True


@dataclass(slots=True)
class Work:
    """One fetch at work.

    Attributes:
        refresh: The name of the refresh that this is; empty for none.
        every_metric: Ask too for what turns out to be logged beside the metrics that are wanted.
        silent: Runs of which their page said nothing: they may have been deleted.
        n_put: Pages written.
    """

    server: Server
    archive: ArchiveWriter
    done: Fetched
    known: Mapping[str, KnownRun]
    listing: Listing
    wanted: Sequence[Wanted]
    refresh: str
    every_metric: bool
    on_progress: OnProgress | None
    silent: set[str] = field(default_factory=set)
    n_put: int = 0
    _pages: HistoryPages = field(init=False)
    _at_work: set[Future[Callable[[], None]]] = field(default_factory=set)
    _histories: dict[str, tuple[FetchedRun, list[str]]] = field(default_factory=dict)
    _waiting: dict[str, set[str]] = field(default_factory=dict)
    _extended: dict[str, frozenset[str] | None] = field(default_factory=dict)
    _n_rows: dict[tuple[str, str], int] = field(default_factory=dict)

    def run(self) -> None:
        """Ask for everything that is wanted, and write it."""
        self._waiting = {run.id: set(run.metrics) for run in self.wanted}
        self._tell()
        self._ask_for(self.wanted)
        if self.every_metric:
            self._put_absent()

    def confirmed_gone(self, relist: Callable[[], Listing]) -> frozenset[str]:
        """The runs that the server lists no more; those that it still lists are asked for again.

        Raises:
            Unreachable: It lists them, and says nothing about them again.
        """
        if not self.silent:
            return frozenset()
        listed = {run.id for run in relist().runs}
        gone = frozenset(self.silent - listed)
        again = self.silent & listed
        self.silent.clear()
        self._ask_for([run for run in self.wanted if run.id in again])
        if self.silent:
            msg = f"W&B lists {count(len(self.silent), 'run')} and then says nothing about them"
            raise Unreachable(msg, "try again later")
        return gone

    def _ask_for(self, wanted: Sequence[Wanted]) -> None:
        self._pages = HistoryPages(
            wanted,
            _N_WORKERS,
            row_groups(self.listing.looked_into),
            self.listing.bytes_of_a_run,
        )
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
        """Keep every worker busy; False if nothing is left.

        Whole histories come last: one request for one brings all metrics of a run.
        """
        while self._pages and len(self._at_work) < _N_WORKERS:
            self._at_work.add(pool.submit(self._ask_page, self._pages.next()))
        if not self._at_work:
            for run, metrics in self._histories.values():
                self._at_work.add(pool.submit(self._ask_history, run, tuple(metrics)))
            self._histories = {}
        return bool(self._at_work)

    def _write(self, finished: set[Future[Callable[[], None]]]) -> None:
        """Write what workers brought, all of it before the first error is raised."""
        errors = []
        for future in finished:
            self._at_work.remove(future)
            try:
                put = future.result()
            except DataError as error:
                errors.append(error)
                continue
            put()
            self._tell()
        if errors:
            raise errors[0]

    def _rescue(self) -> None:
        """Write what had arrived when the fetch was cut."""
        for future in self._at_work:
            if future.done() and not future.cancelled() and future.exception() is None:
                with suppress(DataError):
                    future.result()()

    # In the workers: ask, and say what is to be written.

    def _ask_page(self, page: HistoryPage) -> Callable[[], None]:
        key = self.done.head.key
        ids = [run.id for run in page.runs]
        smallest = len(page.halves()) == 1
        try:
            brought = self.server.runs(
                key.entity,
                key.project,
                ids,
                page.lists,
                from_steps=page.from_steps,
                most_bytes=LONGEST_ANSWER if smallest else LARGEST_ANSWER,
            )
        except TooLarge:
            if smallest:
                raise
            return lambda: self._pages.put_back(page)
        return lambda: self._put_page(page, brought)

    def _ask_history(self, run: FetchedRun, metrics: tuple[str, ...]) -> Callable[[], None]:
        key = self.done.head.key
        history = whole_history(self.server, key.entity, key.project, run, metrics)
        return lambda: self._put_history(run, history)

    # In the caller's thread: write.

    def _put_page(self, page: HistoryPage, answer: RunsPage) -> None:
        brought = {run.run.id: run for run in answer.runs}
        series: list[SeriesPage] = []
        again: list[Wanted] = []
        n_torn = dict.fromkeys((names for names in page.lists if len(names) > 1), 0)
        for wanted in page.runs:
            run = brought.get(wanted.id)
            if run is None:
                if answer.cut and brought:
                    again.append(wanted)
                else:
                    self.silent.add(wanted.id)
                continue
            lacking: list[str] = []
            for names in page.lists:
                pages = [self._series(wanted, run, metric) for metric in names]
                is_whole = all(series_page.complete for series_page in pages)
                if not is_whole and (wanted.overlaps or len(names) > 1):
                    # The rows do not add up, behind the archived ones or of all metrics together.
                    lacking += names
                    n_torn[names] = n_torn.get(names, 0) + 1
                    continue
                series += pages
                sampled = [series_page.metric for series_page in pages if series_page.sampled]
                if sampled:
                    _, metrics = self._histories.setdefault(run.run.id, (run, []))
                    metrics += sampled
            if lacking:
                again.append(replace(wanted, metrics=tuple(lacking), overlaps={}, apart=True))
            again += self._also_logged(run)
        if answer.cut:
            self._pages.most_runs = max(1, len(answer.runs))
        torn = [names for names, n in n_torn.items() if 2 * n > len(answer.runs)]
        self._pages.learn(page, n_bytes=answer.n_bytes, seconds=answer.seconds, torn=torn)
        self._pages.add(again)
        archived = [_archived(run, self.known.get(run.run.id)) for run in brought.values()]
        self._put(archived, series)
        if answer.share is not None:
            answer.share.release()

    def _also_logged(self, run: FetchedRun) -> list[Wanted]:
        """What else a run logged, if that is wanted and was not asked for yet."""
        run_id = run.run.id
        if not self.every_metric or run_id in self._extended:
            return []
        names = [name for name in run.logged if name not in self.done.metrics]
        self._extended[run_id] = None if run.counts is None else frozenset(names)
        if not names:
            return []
        self._waiting.setdefault(run_id, set()).update(names)
        return [Wanted(id=run_id, metrics=tuple(names), n_lines=run.n_lines or 0)]

    def _put_absent(self) -> None:
        """Write which runs have no rows of what others turned out to have logged."""
        known = [names for names in self._extended.values() if names]
        found = sorted(frozenset().union(*known))
        absent = [
            SeriesPage(
                run_id=run.id,
                metric=metric,
                rows=NO_ROWS,
                n_expected=0,
                stamp=series_stamp(run.stamp, self.refresh),
            )
            for run in self.listing.runs
            if (logged := self._extended.get(run.id, frozenset())) is not None
            and run.id not in self.silent
            for metric in found
            if metric not in logged
        ]
        if absent:
            self._put([], absent)
        self.done.metrics = (*self.done.metrics, *found)

    def _series(self, wanted: Wanted, run: FetchedRun, metric: str) -> SeriesPage:
        rows = run.rows[metric]
        page = SeriesPage(
            run_id=wanted.id,
            metric=metric,
            rows=rows.series,
            n_expected=rows.n_expected,
            stamp=series_stamp(run.stamp, self.refresh),
        )
        if not wanted.overlaps:
            whole = _is_whole(rows, run.n_lines)
            return replace(page, sampled=not whole, complete=whole)
        fresh = rows_behind(rows.series, wanted.overlaps[metric])
        if fresh is None:
            return replace(page, complete=False)
        n_rows = self.known[wanted.id].series[metric].n_rows + len(fresh.values)
        # More than there are is as wrong as fewer: some of the archived ones are gone.
        return replace(page, rows=fresh, append=True, complete=n_rows == rows.n_expected)

    def _put_history(self, run: FetchedRun, history: History) -> None:
        series = [
            SeriesPage(
                run_id=run.run.id,
                metric=metric,
                rows=rows,
                sampled=metric not in history.whole,
                complete=metric in history.whole,
                n_expected=None if run.counts is None else run.counts.get(metric, 0),
                stamp=series_stamp(run.stamp, self.refresh),
            )
            for metric, rows in history.series.items()
        ]
        self._put([], series)

    def _put(self, runs: Sequence[ArchivedRun], series: Sequence[SeriesPage]) -> None:
        self._note_brought(runs, series)
        n_whole = len(self.wanted) - len(self._waiting)
        cursor = f"{n_whole}/{len(self.wanted)} changed runs"
        series = [page for page in series if not self._is_poorer(page)]
        self.n_put += 1
        self.archive.put_page(self.done.head.key, runs, series, cursor=cursor)
        for page in series:
            place, n_rows = (page.run_id, page.metric), len(page.rows.values)
            # A whole history stands in the place of the sampled one.
            self.done.n_rows += n_rows - self._n_rows.get(place, 0)
            self._n_rows[place] = n_rows

    def _note_brought(self, runs: Sequence[ArchivedRun], series: Sequence[SeriesPage]) -> None:
        """Strike out what needs not be waited for any more; whole histories are still to come."""
        for page in series:
            _, to_come = self._histories.get(page.run_id, (None, ()))
            if page.metric not in to_come:
                self._waiting.get(page.run_id, set()).discard(page.metric)
        for run_id in {*(run.run.id for run in runs), *(page.run_id for page in series)}:
            if not self._waiting.get(run_id, True):
                del self._waiting[run_id]
        for run_id in self.silent:
            self._waiting.pop(run_id, None)

    def _is_poorer(self, page: SeriesPage) -> bool:
        """Whether the archive holds more rows of the same state of a run, though not all either."""
        known = self.known.get(page.run_id)
        before = None if known is None else known.series.get(page.metric)
        return (
            before is not None
            and not (self.refresh or page.append or page.complete or before.complete)
            and state_of(before.stamp) == state_of(page.stamp)
            and before.n_rows > len(page.rows.values)
        )

    def _tell(self) -> None:
        if self.on_progress is not None:
            self.on_progress(
                n_done=self.done.n_runs - len(self._waiting),
                n_runs=self.done.n_runs,
                n_rows=self.done.n_rows,
            )


def _is_whole(rows: Rows, n_lines: int | None) -> bool:
    """Whether an answer holds every row of a metric that the server has."""
    expected = n_lines if rows.n_expected is None else rows.n_expected
    return expected is not None and rows.n_given >= expected


def _archived(run: FetchedRun, known: KnownRun | None) -> ArchivedRun:
    keys = None
    if run.counts is not None:
        numbers = {name: n for name, n in run.counts.items() if name in run.numbers}
        others = {name: n for name, n in run.counts.items() if name not in run.numbers}
        keys = {"keys": numbers, "others": others, "lastStep": run.last_step}
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
    requeued = known.state in PREEMPTED and run.state not in PREEMPTED
    return replace(run, attempts=known.attempts + requeued)
