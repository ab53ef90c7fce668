"""`Archive`: the one door to the archived sweeps."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import datetime
from threading import RLock
from typing import TYPE_CHECKING, Self

from wbtools.archive import launches, loading, reading, writing
from wbtools.archive.connection import (
    WriterLock,
    close_writer,
    open_to_read,
    open_to_write,
    speaking_of,
)
from wbtools.archive.location import DATABASE
from wbtools.archive.permissions import make_folder
from wbtools.archive.records import ArchivedSeries, EndedHow
from wbtools.archive.rows import SecretScrubber
from wbtools.errors import DataError, UsageError

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from pathlib import Path
    from types import TracebackType

    from wbtools.archive.records import (
        ArchivedRun,
        ArchivedSweep,
        Fetch,
        FormerConfig,
        IncompleteSeries,
        KnownRun,
        SeriesPage,
        SweepHeader,
        SweepKey,
        Unfinished,
    )
    from wbtools.model import LaunchRecord, Series, Sweep


class Archive:
    """Fetched sweeps in one folder: many readers, one writer, every page whole or not at all.

    All methods raise `DataError` for a damaged or foreign file, a full disk and a lost lock, and
    `UsageError` for a sweep that is not archived. One object may be used from several threads.
    """

    def __init__(
        self,
        folder: Path,
        connection: sqlite3.Connection,
        *,
        lock: WriterLock | None = None,
        token: str | None = None,
        secrets: Sequence[str] = (),
    ) -> None:
        """Use `Archive.open`."""
        self.folder = folder
        self.path = folder / DATABASE
        self._connection = connection
        self._lock = lock
        self._token = token
        self._bind = SecretScrubber(secrets)
        self._turn = RLock()

    @classmethod
    def open(cls, folder: Path, *, write: bool, secrets: Sequence[str] = ()) -> Self:
        """Open the archive in a folder.

        Args:
            folder: As `archive_path` gives it.
            write: Make it if it is not there, and be its only writer until `close`.
            secrets: Texts that are replaced in everything that is written, such as the API key.

        Raises:
            UsageError: There is no archive to read.
            BusyError: Another process writes.
            DataError: The file is foreign, damaged or newer.
        """
        with speaking_of(folder / DATABASE):
            if not write:
                return cls(folder, open_to_read(folder))
            make_folder(folder)
            lock = WriterLock(folder)
            try:
                connection, token = open_to_write(folder)
            except BaseException:
                lock.release()
                raise
        return cls(folder, connection, lock=lock, token=token, secrets=secrets)

    def close(self) -> None:
        """Close the file and let the next writer in."""
        with self._turn:
            if self._lock is None or self._token is None:
                self._connection.close()
                return
            try:
                close_writer(self._connection, self._token)
            finally:
                self._lock.release()

    def __enter__(self) -> Self:
        """Nothing more than `open` did."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close it."""
        self.close()

    # What a fetch calls.

    def begin(self, head: SweepHeader, parameters: str = "") -> str | None:
        """Note that a fetch begins and what the server says of the sweep.

        Args:
            head: The sweep.
            parameters: What the cursor depends on (metrics, filters); other ones start afresh.

        Returns:
            The cursor of a cut fetch with these parameters; None to start from the beginning.
        """
        with self._writing():
            return writing.begin(self._connection, self._bind, head, parameters)

    def put_page(
        self,
        key: SweepKey,
        runs: Sequence[ArchivedRun],
        series: Sequence[SeriesPage] = (),
        *,
        cursor: str | None,
    ) -> None:
        """Write a page of runs and rows together with the cursor behind it: all or nothing."""
        with self._writing():
            writing.put_page(self._connection, self._bind, key, runs, series, cursor)

    def finish(
        self,
        key: SweepKey,
        *,
        ended_how: EndedHow = EndedHow.DONE,
        requests: int | None = None,
        as_of: datetime | None = None,
        present: Collection[str] | None = None,
        whole: bool = True,
    ) -> None:
        """Note how the fetch ended; a cut one keeps its cursor.

        Args:
            key: The sweep.
            ended_how: `DONE` only if every page was put.
            requests: How many requests it took.
            as_of: The moment up to which the answers speak; now by default.
            present: Ids of all runs that the server has; others are marked as missing.
            whole: False if the server is known to have more runs than it listed.
        """
        with self._writing():
            writing.finish(
                self._connection,
                self._bind,
                key,
                ended_how=ended_how,
                requests=requests,
                as_of=as_of,
                present=present,
                whole=whole,
            )

    def keep_launch(self, key: SweepKey, run_id: str, record: LaunchRecord) -> None:
        """Keep how an archived run was started."""
        with self._writing():
            launches.put_launch(self._connection, self._bind, self._id(key), run_id, record)

    def launch(self, key: SweepKey, run_id: str) -> LaunchRecord | None:
        """How a run was started; None if that was never asked."""
        with self._reading():
            return launches.launch(self._connection, self._bind, self._id(key), run_id)

    def remove(self, key: SweepKey) -> None:
        """Delete a sweep, overwrite its bytes and give the room back."""
        with self._turn, speaking_of(self.path):
            self._connection.execute("PRAGMA secure_delete = ON")
            with self._writing():
                writing.remove(self._connection, self._bind, key)
            self._connection.execute("PRAGMA secure_delete = OFF")
            # `execute` would take one step, which frees one page.
            self._connection.executescript("PRAGMA incremental_vacuum")

    def cursor(self, key: SweepKey) -> Unfinished | None:
        """Where a cut fetch of this sweep can go on; None if none was cut."""
        with self._reading():
            return reading.unfinished(self._connection, self._id(key))

    def known_runs(self, key: SweepKey) -> Mapping[str, KnownRun]:
        """What is archived of each run, by id; empty for a sweep that is not archived."""
        with self._reading():
            sweep = reading.find_sweep(self._connection, self._bind, key)
            return {} if sweep is None else reading.known_runs(self._connection, sweep)

    def last_rows(
        self, key: SweepKey, run_id: str, metrics: Collection[str], n_rows: int
    ) -> dict[str, Series]:
        """The last rows of some metrics of a run, at most so many; none of one without rows."""
        with self._reading():
            sweep = self._id(key)
            return reading.last_rows(self._connection, self._bind, sweep, run_id, metrics, n_rows)

    def incomplete(self, key: SweepKey, metrics: Sequence[str]) -> list[IncompleteSeries]:
        """What is not known to be all that there was, a metric at a time.

        Runs that the server has no more are left out: nobody can complete them.
        """
        with self._reading():
            sweep, names = self._id(key), dict.fromkeys(metrics)
            return reading.incomplete_series(self._connection, self._bind, sweep, names)

    # What an audit calls.

    def sweeps(self) -> list[ArchivedSweep]:
        """All sweeps and selections, in the order in which they came."""
        with self._reading():
            return reading.sweeps(self._connection)

    def sweep(self, key: SweepKey) -> ArchivedSweep:
        """One of `sweeps`."""
        with self._reading():
            sweep = self._id(key)
            return reading.sweep(self._connection, sweep)

    def metrics(self, key: SweepKey) -> dict[str, int]:
        """Archived metrics with the number of runs that hold a finite report, most first."""
        with self._reading():
            return reading.metrics(self._connection, self._id(key))

    def fetches(self, key: SweepKey) -> list[Fetch]:
        """The history of fetches of a sweep."""
        with self._reading():
            return reading.fetches(self._connection, self._id(key))

    def former_configs(self, key: SweepKey) -> list[FormerConfig]:
        """The sweep's own configurations before the present one, the first one first."""
        with self._reading():
            return reading.former_configs(self._connection, self._id(key))

    def runs(self, key: SweepKey) -> list[ArchivedRun]:
        """All runs by creation, those that the server has no more included."""
        with self._reading():
            return [
                archived_run for _, archived_run in reading.runs(self._connection, self._id(key))
            ]

    def load(self, key: SweepKey, metrics: Sequence[str], *, with_missing: bool = False) -> Sweep:
        """The sweep with the curves of these metrics.

        A curve is `complete` if all runs were once fetched and none is known to lack rows; a
        metric that was never asked for is not. Numbers that are places by creation are given
        here, as only all runs together tell them.

        Args:
            key: The sweep.
            metrics: Logged names.
            with_missing: Also the runs that the server has no more.
        """
        wanted = tuple(dict.fromkeys(metrics))
        with self._reading():
            sweep = self._id(key)
            archived = reading.sweep(self._connection, sweep)
            found = [
                (id_, archived_run.run)
                for id_, archived_run in reading.runs(self._connection, sweep)
                if with_missing or archived_run.missing_since is None
            ]
            began = self._connection.execute(
                "SELECT max(started_at), max(whole_at) FROM fetches JOIN sweeps s ON s.id = sweep"
                " WHERE s.id = ?",
                (sweep,),
            ).fetchone()
            flags = {
                metric: reading.series_flags(self._connection, self._bind, sweep, metric)
                for metric in wanted
            }
            chunks = {
                metric: reading.metric_chunks(self._connection, self._bind, sweep, metric)
                for metric in wanted
            }
        # Unpacked outside the transaction: a writer need not wait for it.
        with self._decoding():
            return loading.sweep_of(
                archived,
                [run for _, run in found],
                {
                    metric: loading.StoredMetric(
                        ids=[id_ for id_, _ in found], flags=flags[metric], chunks=chunks[metric]
                    )
                    for metric in wanted
                },
                as_of=archived.as_of or datetime.fromisoformat(began[0]),
                whole=began[1] is not None,
                origin=f"{len(found)} runs of {key} archived in {self.folder}",
            )

    def export_rows(
        self, key: SweepKey, metrics: Sequence[str] | None = None
    ) -> Iterator[ArchivedSeries]:
        """All rows, a metric and a run at a time, runs by creation.

        Each metric is read in a transaction of its own, so that no writer waits for a long
        export: what a fetch brings meanwhile may be in later metrics and not in earlier ones.
        One metric is in memory at a time, and of its rows, unpacked, those of one run.
        """
        with self._reading():
            sweep = self._id(key)
            found = [
                (id_, archived_run.run.id, archived_run.run.name)
                for id_, archived_run in reading.runs(self._connection, sweep)
            ]
            names = metrics or sorted(reading.metrics(self._connection, sweep))
        for metric in dict.fromkeys(names):
            with self._reading():
                flags = reading.series_flags(self._connection, self._bind, sweep, metric)
                chunks = reading.by_run(
                    reading.metric_chunks(self._connection, self._bind, sweep, metric)
                )
            for id_, run_id, name in found:
                if id_ not in flags:
                    continue
                with self._decoding():
                    rows = reading.unpacked(chunks.pop(id_, ())).get(id_, reading.EMPTY)
                sampled, complete = flags[id_]
                yield ArchivedSeries(
                    run_id=run_id,
                    run_name=name,
                    metric=metric,
                    rows=rows,
                    sampled=sampled,
                    complete=complete,
                )

    def _id(self, key: SweepKey) -> int:
        return reading.sweep_id_of(self._connection, self._bind, key)

    @contextmanager
    def _reading(self) -> Iterator[None]:
        """One moment of the archive, whatever is written meanwhile."""
        with (
            self._turn,
            speaking_of(self.path),
            self._decoding(),
            self._transaction("BEGIN"),
        ):
            yield

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """All of it or nothing, and only while no one else has become the writer."""
        if self._token is None:
            msg = f"the archive in {self.folder} was opened for reading"
            raise UsageError(msg, "open it with write=True")
        with self._turn, speaking_of(self.path), self._transaction("BEGIN IMMEDIATE"):
            self._still_the_writer()
            yield

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[None]:
        self._connection.execute(begin)
        try:
            yield
            self._connection.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise

    def _still_the_writer(self) -> None:
        """Refuse to go on where a file system's locks let a second writer in."""
        row = self._connection.execute("SELECT token, pid, host FROM writer").fetchone()
        if row is None or row[0] != self._token:
            by = f" by process {row[1]} on {row[2]}" if row else ""
            msg = f"the archive in {self.folder} was taken over{by}: its file system keeps no locks"
            raise DataError(msg, "let one fetch at a time write there")

    @contextmanager
    def _decoding(self) -> Iterator[None]:
        """Values that no archive of ours holds mean a damaged file."""
        try:
            yield
        except (ValueError, TypeError, KeyError, OverflowError, RecursionError) as error:
            msg = f"the archive {self.path} is damaged: {error}"
            hint = "move the file away and fetch again; nothing is lost that W&B still has"
            raise DataError(msg, hint) from error
