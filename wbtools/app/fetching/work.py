"""One fetch at work: workers ask and parse, the caller's thread alone writes.

A page and its runs are one transaction. So whatever ends a fetch (a deadline, Ctrl-C, a kill, a
full disk) the pages written before stay, and the next fetch asks for the others.
"""

from __future__ import annotations

from collections import Counter
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import TYPE_CHECKING, Final

from wbtools.app.fetching.answers import archived, is_poorer, is_whole
from wbtools.app.fetching.logged_rows import logged_rows, names_in
from wbtools.app.fetching.plan import (
    DIVIDED_ABOVE,
    HistoryPage,
    HistoryPages,
    Wanted,
    row_groups,
    series_stamp,
)
from wbtools.app.fetching.rewinds import rows_behind
from wbtools.archive import ArchivedRun, SeriesPage
from wbtools.errors import DataError, TooLarge, Unreachable
from wbtools.model import NO_ROWS
from wbtools.sources.wandb_api.histories import MOST_VALUES, History, n_values, whole_history
from wbtools.sources.wandb_api.memory import LONGEST_ANSWER
from wbtools.text.numbers import count

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from wbtools.app.fetching.progress import OnProgress
    from wbtools.archive import ArchiveWriter, Fetched, KnownRun
    from wbtools.sources.wandb_api.responses import FetchedRun, Listing, RunsPage
    from wbtools.sources.wandb_api.server import Server

_N_WORKERS: Final = 8


@dataclass(slots=True, kw_only=True)
class Work:
    """One fetch at work.

    Attributes:
        fetched: What was done so far.
        known: What is archived of each run, by id.
        wanted: The runs that are asked for first.
        refresh: The name of the refresh that this is; empty for none.
        every_metric: Ask too for what turns out to be logged beside the metrics that are wanted.
        silent: Runs of which their page said nothing: they may have been deleted.
        too_large: Runs of which one metric alone, or nothing but what they are, is too much.
        n_put: Pages written.
    """

    server: Server
    archive: ArchiveWriter
    fetched: Fetched
    known: Mapping[str, KnownRun]
    listing: Listing
    wanted: Sequence[Wanted]
    refresh: str
    every_metric: bool
    on_progress: OnProgress | None
    silent: set[str] = field(default_factory=set)
    too_large: set[str] = field(default_factory=set)
    n_put: int = 0
    _pages: HistoryPages = field(init=False)
    _at_work: set[Future[Callable[[], None]]] = field(default_factory=set)
    # Runs with sampled metrics, which a whole history is to replace.
    _histories: dict[str, FetchedRun] = field(default_factory=dict)
    # What the histories at work may take.
    _n_values: dict[Future[Callable[[], None]], int] = field(default_factory=dict)
    # By run, the metrics that are not written in full yet.
    _waiting: dict[str, set[str]] = field(default_factory=dict)
    # By run, all names that its page said it logged, numbers or not; None where it did not say.
    _named: dict[str, frozenset[str] | None] = field(default_factory=dict)
    # Names of numbers that runs turned out to have logged beside the metrics.
    _found: set[str] = field(default_factory=set)
    # By run, those of them that it was asked for.
    _asked_more: dict[str, set[str]] = field(default_factory=dict)
    # All runs that were asked for anything.
    _ids: set[str] = field(default_factory=set)
    # By run and metric, how many rows this fetch has written.
    _n_rows: dict[tuple[str, str], int] = field(default_factory=dict)

    def run(self) -> None:
        """Ask for everything that is wanted, and write it."""
        self._waiting = {run.id: set(run.metrics) for run in self.wanted}
        self._ids = set(self._waiting)
        self._tell()
        self._ask_for(self.wanted)
        self._complete_the_found()

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
            msg = f"W&B lists {count(len(self.silent), 'run')} but then sends nothing about them"
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
                finished.clear()  # or what is written would be held while the next is waited for
        except BaseException:
            self.server.transport.stop()
            pool.shutdown(wait=True, cancel_futures=True)
            self._rescue()
            raise
        pool.shutdown()

    def _fill(self, pool: ThreadPoolExecutor) -> bool:
        """Keep every worker busy; False if nothing is left.

        A whole history is asked for when all pages of its run are in, since one request for one
        brings all metrics; and before further pages, whose sampled rows would add up.
        """
        while len(self._at_work) < _N_WORKERS:
            run = next(filter(self._is_ready, self._histories.values()), None)
            if run is not None:
                size = n_values(run, tuple(run.rows))
                if self._n_values and sum(self._n_values.values()) + size > MOST_VALUES:
                    break
                del self._histories[run.run.id]
                future = pool.submit(self._ask_history, run)
                self._n_values[future] = size
            elif self._pages:
                future = pool.submit(self._ask_page, self._pages.next())
            else:
                break
            self._at_work.add(future)
        return bool(self._at_work)

    def _is_ready(self, run: FetchedRun) -> bool:
        """Whether nothing is waited for but the metrics of its history."""
        return run.rows.keys() >= self._waiting.get(run.run.id, set())

    def _write(self, finished: set[Future[Callable[[], None]]]) -> None:
        """Write what workers brought, all of it before the first error is raised."""
        errors = []
        for future in finished:
            self._at_work.remove(future)
            self._n_values.pop(future, None)
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
        key = self.fetched.head.key
        ids = [run.id for run in page.runs]
        smallest = len(page.halves()) == 1
        try:
            brought = self.server.runs(
                key.entity,
                key.project,
                ids,
                page.lists,
                from_steps=page.from_steps,
                most_bytes=LONGEST_ANSWER if smallest else DIVIDED_ABOVE,
            )
        except TooLarge:
            if smallest:
                return lambda: self._give_up(page.runs[0])
            return lambda: self._pages.put_back(page)
        return lambda: self._put_page(page, brought)

    def _ask_history(self, run: FetchedRun) -> Callable[[], None]:
        key = self.fetched.head.key
        history = whole_history(self.server, key.entity, key.project, run, tuple(run.rows))
        return lambda: self._put_history(run, history)

    # In the caller's thread: write.

    def _put_page(self, page: HistoryPage, answer: RunsPage) -> None:
        brought = {run.run.id: run for run in answer.runs}
        series: list[SeriesPage] = []
        again: list[Wanted] = []
        torn = Counter[tuple[str, ...]]()
        for wanted in page.runs:
            run = brought.get(wanted.id)
            if run is None:
                if answer.cut and brought:
                    again.append(wanted)
                else:
                    self.silent.add(wanted.id)
                continue
            of_run, lacking = self._series_of(wanted, run, page.lists)
            series += of_run
            if lacking:
                metrics = tuple(chain.from_iterable(lacking))
                again.append(replace(wanted, metrics=metrics, overlaps={}, apart=True))
                torn.update(lacking)
            again += self._also_logged(run)
        if answer.cut:
            self._pages.most_runs = max(1, len(answer.runs))
        self._pages.learn(
            page,
            n_bytes=answer.n_bytes,
            seconds=answer.seconds,
            torn=[names for names, n in torn.items() if 2 * n > len(answer.runs)],
        )
        self._pages.add(again)
        runs = [archived(run, self.known.get(run.run.id)) for run in brought.values()]
        self._put(runs, series)
        if answer.share is not None:
            answer.share.release()

    def _series_of(
        self, wanted: Wanted, run: FetchedRun, lists: Sequence[tuple[str, ...]]
    ) -> tuple[list[SeriesPage], list[tuple[str, ...]]]:
        """What a page says of one run: the rows to write, and the lists that do not add up.

        Those are asked for again: the rows do not follow the archived ones, or are not those of all
        metrics of a list. What is sampled waits for a whole history.
        """
        series: list[SeriesPage] = []
        lacking: list[tuple[str, ...]] = []
        for names in lists:
            pages = [self._series(wanted, run, metric) for metric in names]
            whole = all(page.complete for page in pages)
            if not whole and (wanted.overlaps or len(names) > 1):
                lacking.append(names)
                continue
            series += pages
            sampled = {page.metric: run.rows[page.metric] for page in pages if page.sampled}
            if sampled:
                known = self._histories.get(run.run.id, replace(run, rows={}))
                self._histories[run.run.id] = replace(known, rows={**known.rows, **sampled})
        return series, lacking

    def _also_logged(self, run: FetchedRun) -> list[Wanted]:
        """What else a run logged, if that is wanted and was not asked for yet."""
        run_id = run.run.id
        if not self.every_metric or run_id in self._named:
            return []
        self._named[run_id] = None if run.counts is None else frozenset(run.counts)
        names = [name for name in logged_rows(run) if name not in self.fetched.metrics]
        self._found.update(names)
        return self._more_of(run_id, names, run.n_lines)

    def _more_of(self, run_id: str, names: Sequence[str], n_lines: int | None) -> list[Wanted]:
        if not names:
            return []
        self._ids.add(run_id)
        self._asked_more.setdefault(run_id, set()).update(names)
        self._waiting.setdefault(run_id, set()).update(names)
        return [Wanted(id=run_id, metrics=tuple(names), n_lines=n_lines or 0)]

    def _complete_the_found(self) -> None:
        """Bring what some runs turned out to have logged: of others too, or that they have none.

        A run whose rows hold no number under a name, but NaN alone, names it all the same.
        """
        if not self._found:
            return
        key, more, absent = self.fetched.head.key, list[Wanted](), list[SeriesPage]()
        named = {run_id: names_in(keys) for run_id, keys in self.archive.history_keys(key)}
        named |= self._named
        for run in self.listing.runs:
            if run.id in self.silent | self.too_large:
                continue
            brought = self._asked_more.get(run.id, set())
            series = self.known[run.id].series if run.id in self.known else {}
            lacking = [name for name in sorted(self._found) if name not in {*brought, *series}]
            names = named.get(run.id)
            asked = [name for name in lacking if names is None or name in names]
            more += self._more_of(run.id, asked, run.n_lines)
            absent += [
                SeriesPage(
                    run_id=run.id,
                    metric=metric,
                    rows=NO_ROWS,
                    n_expected=0,
                    stamp=series_stamp(run.stamp, self.refresh),
                )
                for metric in lacking
                if metric not in asked
            ]
        self.fetched.metrics = (*self.fetched.metrics, *sorted(self._found))
        if absent:
            self._put([], absent)
        self._ask_for(more)

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
            whole = is_whole(rows, run.n_lines)
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
                n_expected=run.rows[metric].n_expected,
                stamp=series_stamp(run.stamp, self.refresh),
            )
            for metric, rows in history.series.items()
        ]
        self._put([], series)

    def _put(self, runs: Sequence[ArchivedRun], series: Sequence[SeriesPage]) -> None:
        brought = {run.run.id: set[str]() for run in runs}
        for page in series:
            # A whole history is still to come in place of sampled rows.
            to_come = self._histories.get(page.run_id)
            if to_come is None or page.metric not in to_come.rows:
                brought.setdefault(page.run_id, set()).add(page.metric)
        whole = {
            run_id
            for run_id, metrics in brought.items()
            if run_id in self._waiting and self._waiting[run_id] <= metrics
        }
        whole |= self.silent & self._waiting.keys()
        n_whole = len(self._ids) - len(self._waiting) + len(whole)
        cursor = f"{n_whole}/{len(self._ids)} changed runs"
        if not self.refresh:
            series = [page for page in series if not is_poorer(page, self.known.get(page.run_id))]
        self.archive.put_page(self.fetched.head.key, runs, series, cursor=cursor)
        self.n_put += 1
        for run_id in whole:
            del self._waiting[run_id]
        for run_id, metrics in brought.items():
            self._waiting.get(run_id, set()).difference_update(metrics)
        for page in series:
            place, n_rows = (page.run_id, page.metric), len(page.rows.values)
            # A whole history stands in the place of the sampled one.
            self.fetched.n_rows += n_rows - self._n_rows.get(place, 0)
            self._n_rows[place] = n_rows

    def _give_up(self, wanted: Wanted) -> None:
        """Go on without a run, or some metrics of it, that is too large for an answer."""
        self.too_large.add(wanted.id)
        self._waiting.get(wanted.id, set()).difference_update(wanted.metrics)

    def _tell(self) -> None:
        if self.on_progress is not None:
            self.on_progress(
                n_done=self.fetched.n_runs - len(self._waiting),
                n_runs=self.fetched.n_runs,
                n_rows=self.fetched.n_rows,
            )
