"""`Archive`: what the tables hold, as nouns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Self

from wbtools.archive.chunks import (
    CHUNK,
    Ends,
    PackedRows,
    by_run,
    check_lengths,
    last_rows,
    lengths,
    packed_rows,
    refuse_too_long,
    unpacked,
)
from wbtools.archive.connection import open_to_read, speaking_of
from wbtools.archive.guard_journal import GuardJournal
from wbtools.archive.loading import StoredMetric, by_creation, sweep_of
from wbtools.archive.location import DATABASE
from wbtools.archive.records import (
    ArchivedSeries,
    ArchivedSweep,
    IncompleteSeries,
    KnownRun,
    KnownSeries,
)
from wbtools.archive.rows import (
    GET_RUNS,
    N_HEAD_COLUMNS,
    head_of,
    history_keys_of,
    integer_of,
    known_moment_of,
    launch_of,
    moment_of,
    object_of,
    optional_integer,
    optional_text,
    run_of,
    text_of,
    unfinished_of,
)
from wbtools.model import NO_ROWS, RunState, Series
from wbtools.text.numbers import count

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from wbtools.archive.records import ArchivedRun, SweepKey, Unfinished
    from wbtools.model import LaunchRecord, Sweep

_SWEEPS: Final = """
    SELECT id, base_url, entity, project, kind, name, display_name, state, config, created_at,
           updated_at, n_expected_runs, as_of, whole_at IS NOT NULL, cursor, cursor_parameters
    FROM sweeps"""


class Archive(GuardJournal):
    """Fetched sweeps in one folder: many readers, one writer, every page whole or not at all.

    All methods raise `DataError` for a damaged or foreign file, and `UsageError` for a sweep that
    is not archived. One object may be used from several threads.
    """

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Open the archive in a folder for reading.

        Args:
            folder: As `archive_path` gives it.

        Raises:
            UsageError: There is no archive.
            DataError: The file is foreign, damaged or newer.
        """
        with speaking_of(folder / DATABASE):
            return cls(folder, open_to_read(folder))

    # What a fetch asks.

    def cursor(self, key: SweepKey) -> Unfinished | None:
        """Where a cut fetch of this sweep can go on; None if none was cut."""
        with self._reading():
            row = self._connection.execute(
                "SELECT cursor, cursor_parameters FROM sweeps WHERE id = ?", (self._id(key),)
            ).fetchone()
            return unfinished_of(*row)

    def known_runs(self, key: SweepKey) -> Mapping[str, KnownRun]:
        """What is archived of each run, by id; empty for a sweep that is not archived."""
        with self._reading():
            sweep = self._find(key)
            series: dict[int, dict[str, KnownSeries]] = {}
            for run, metric, n_rows, sampled, complete, stamp in self._connection.execute(
                "SELECT s.run, m.name, s.n_rows, s.sampled, s.complete, s.stamp"
                " FROM runs r JOIN series s ON s.run = r.id JOIN metrics m ON m.id = s.metric"
                " WHERE r.sweep = ?",
                (sweep,),
            ):
                series.setdefault(run, {})[text_of(metric)] = KnownSeries(
                    n_rows=integer_of(n_rows),
                    sampled=bool(sampled),
                    complete=bool(complete),
                    stamp=text_of(stamp),
                )
            return {
                text_of(run_id): KnownRun(
                    updated_at=optional_text(updated_at),
                    heartbeat_at=moment_of(heartbeat_at),
                    state=RunState(state),
                    running=None if running is None else bool(running),
                    history_line_count=optional_integer(n_lines),
                    attempts=integer_of(attempts),
                    series=series.get(id_, {}),
                )
                for id_, run_id, updated_at, heartbeat_at, state, running, n_lines, attempts in (
                    self._connection.execute(
                        "SELECT id, run_id, updated_at, heartbeat_at, state, running,"
                        " history_line_count, attempts FROM runs WHERE sweep = ?",
                        (sweep,),
                    )
                )
            }

    def last_rows(
        self, key: SweepKey, run_id: str, metrics: Collection[str], n_rows: int
    ) -> dict[str, Series]:
        """The last rows of some metrics of a run, at most so many; none of one without rows.

        There are fewer where the last two chunks of a series are short.
        """
        with self._reading():
            series = self._connection.execute(
                "SELECT s.id, m.name FROM runs r JOIN series s ON s.run = r.id"
                " JOIN metrics m ON m.id = s.metric WHERE r.sweep = ? AND r.run_id = ?",
                (self._id(key), *self._bind(run_id)),
            )
            names = [(id_, text_of(name)) for id_, name in series]
            ends: Ends = {}  # many metrics share few axes
            found = {
                name: last_rows(self._connection, id_, n_rows, ends)
                for id_, name in names
                if name in metrics
            }
            return {name: rows for name, rows in found.items() if rows is not None}

    def incomplete(self, key: SweepKey, metrics: Sequence[str]) -> list[IncompleteSeries]:
        """What is not known to be all that there was, a metric at a time.

        Runs that the server has no more are left out: nobody can complete them.
        """
        with self._reading():
            sweep = self._id(key)
            return [
                IncompleteSeries(
                    run_id=text_of(run_id),
                    metric=metric,
                    n_rows=integer_of(n_rows),
                    n_expected=optional_integer(n_expected),
                    fetched=bool(fetched),
                )
                for metric in dict.fromkeys(metrics)
                for run_id, n_rows, n_expected, fetched in self._connection.execute(
                    "SELECT r.run_id, coalesce(s.n_rows, 0), s.n_expected, s.id IS NOT NULL"
                    " FROM runs r LEFT JOIN series s ON s.run = r.id"
                    " AND s.metric = (SELECT id FROM metrics WHERE name = ?)"
                    " WHERE r.sweep = ? AND r.missing_since IS NULL AND coalesce(s.complete, 0) = 0"
                    " ORDER BY r.id",
                    (*self._bind(metric), sweep),
                )
            ]

    # What an answer asks.

    def sweeps(self) -> list[ArchivedSweep]:
        """All sweeps and selections, in the order in which they came."""
        with self._reading():
            rows = self._connection.execute(_SWEEPS + " ORDER BY id").fetchall()
            return [self._sweep(row) for row in rows]

    def sweep(self, key: SweepKey) -> ArchivedSweep:
        """One of `sweeps`."""
        with self._reading():
            found = self._connection.execute(_SWEEPS + " WHERE id = ?", (self._id(key),))
            return self._sweep(found.fetchone())

    def metrics(self, key: SweepKey) -> dict[str, int]:
        """Archived metrics with the number of runs that hold a finite report, most first."""
        with self._reading():
            return self._metrics(self._id(key))

    def config_changes(self, key: SweepKey) -> list[datetime]:
        """When a fetch saw another configuration of the sweep itself, aware UTC, in their order."""
        with self._reading():
            rows = self._connection.execute(
                "SELECT until FROM former_configs WHERE sweep = ? ORDER BY id", (self._id(key),)
            )
            moments = [moment_of(until) for (until,) in rows]
            return [moment for moment in moments if moment is not None]

    def runs(self, key: SweepKey) -> list[ArchivedRun]:
        """All runs by creation, those that the server has no more included."""
        with self._reading():
            return list(self._runs_by_id(self._id(key)).values())

    def configs(self, key: SweepKey) -> Iterator[dict[str, Any]]:
        """The configuration of each run; one is in memory at a time."""
        with self._reading():
            rows = self._connection.execute(
                "SELECT config FROM runs WHERE sweep = ?", (self._id(key),)
            )
            for (text,) in rows:
                yield object_of(text)

    def history_keys(self, key: SweepKey) -> Iterator[tuple[str, object]]:
        """Each run's id and what the server said that it logged; one is in memory at a time."""
        with self._reading():
            rows = self._connection.execute(
                "SELECT run_id, history_keys FROM runs WHERE sweep = ?", (self._id(key),)
            )
            for run_id, text in rows:
                yield text_of(run_id), history_keys_of(text)

    def launch(self, key: SweepKey, run_id: str) -> LaunchRecord | None:
        """How a run was started; None if that was never asked."""
        with self._reading():
            row = self._connection.execute(
                "SELECT record FROM launches l JOIN runs r ON r.id = l.run"
                " WHERE r.sweep = ? AND r.run_id = ?",
                (self._id(key), *self._bind(run_id)),
            ).fetchone()
            return None if row is None else launch_of(row[0])

    def load(self, key: SweepKey, metrics: Sequence[str]) -> Sweep:
        """The sweep with the curves of these metrics, without runs that the server has no more.

        A curve is `complete` if all runs were once fetched and none is known to lack rows; a
        metric that was never asked for is not. Numbers that are places by creation are given
        here, as only all runs together tell them.

        Args:
            key: The sweep.
            metrics: Logged names.
        """
        with self._reading():
            archived, sweep = self.sweep(key), self._id(key)
            runs = {
                id_: archived_run.run
                for id_, archived_run in self._runs_by_id(sweep).items()
                if archived_run.missing_since is None
            }
            began, whole_at = self._connection.execute(
                "SELECT max(started_at), max(whole_at) FROM fetches JOIN sweeps s ON s.id = sweep"
                " WHERE s.id = ?",
                (sweep,),
            ).fetchone()
            stored = {metric: self._stored(sweep, metric) for metric in dict.fromkeys(metrics)}
            guard_stops = self._guard_stops(sweep)
        # Unpacked outside the transaction: a writer need not wait for it.
        with self._decoding():
            return sweep_of(
                archived,
                runs,
                stored,
                guard_stops=guard_stops,
                as_of=archived.as_of or known_moment_of(began),
                whole=whole_at is not None,
                origin=f"{count(len(runs), 'run')} of {key} archived in {self.folder}",
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
            runs = self._runs_by_id(sweep)
            names = metrics or sorted(self._metrics(sweep))
        for metric in dict.fromkeys(names):
            with self._reading():
                stored = self._stored(sweep, metric)
            chunks = by_run(stored.rows)
            for id_, archived_run in runs.items():
                if id_ not in stored.flags:
                    continue
                with self._decoding():
                    packed = chunks.pop(id_, PackedRows())
                    refuse_too_long(lengths(packed).get(id_, 0), metric)
                    rows = unpacked(packed).get(id_, NO_ROWS)
                sampled, complete = stored.flags[id_]
                yield ArchivedSeries(
                    run_id=archived_run.run.id,
                    run_name=archived_run.run.name,
                    metric=metric,
                    rows=rows,
                    sampled=sampled,
                    complete=complete,
                    missing_since=archived_run.missing_since,
                )

    def _metrics(self, sweep: int) -> dict[str, int]:
        rows = self._connection.execute(
            "SELECT m.name, sum(s.n_finite > 0) FROM runs r JOIN series s ON s.run = r.id"
            " JOIN metrics m ON m.id = s.metric WHERE r.sweep = ? GROUP BY m.id",
            (sweep,),
        )
        counts = [(text_of(name), int(n)) for name, n in rows]
        return dict(sorted(counts, key=lambda pair: (-pair[1], pair[0])))

    def _runs_by_id(self, sweep: int) -> dict[int, ArchivedRun]:
        """The runs by table id, in the order of their creation."""
        rows = self._connection.execute(GET_RUNS, (sweep,))
        found = [(int(row[0]), run_of(row)) for row in rows]
        return dict(sorted(found, key=lambda pair: by_creation(pair[1])))

    def _stored(self, sweep: int, metric: str) -> StoredMetric:
        """One metric of all runs, still packed."""
        series = self._connection.execute(
            "SELECT s.run, s.sampled, s.complete, s.n_rows FROM metrics m"
            " JOIN series s ON s.metric = m.id JOIN runs r ON r.id = s.run"
            " WHERE m.name = ? AND r.sweep = ?",
            (*self._bind(metric), sweep),
        ).fetchall()
        chunks = self._connection.execute(
            CHUNK + " JOIN metrics m ON m.id = s.metric JOIN runs r ON r.id = s.run"
            " WHERE m.name = ? AND r.sweep = ? ORDER BY s.run, c.place",
            (*self._bind(metric), sweep),
        )
        rows = packed_rows(self._connection, chunks)
        check_lengths(rows, {run: n_rows for run, *_, n_rows in series})
        flags = {run: (bool(sampled), bool(complete)) for run, sampled, complete, _ in series}
        return StoredMetric(flags=flags, rows=rows)

    def _sweep(self, row: Sequence[Any]) -> ArchivedSweep:
        id_, *facts = row
        as_of, whole, *cut_at = facts[N_HEAD_COLUMNS:]
        n_rows, n_bytes, complete = self._connection.execute(
            "SELECT coalesce(sum(s.n_rows), 0), coalesce(sum(s.n_bytes), 0),"
            " coalesce(min(s.complete), 1) FROM runs r JOIN series s ON s.run = r.id"
            " WHERE r.sweep = ?",
            (id_,),
        ).fetchone()
        n_runs, n_missing, n_axis_bytes = self._connection.execute(
            "SELECT count(DISTINCT r.id), count(DISTINCT iif(missing_since IS NULL, NULL, r.id)),"
            " coalesce(sum(length(x.steps) + length(x.times_s)), 0)"
            " FROM runs r LEFT JOIN axes x ON x.run = r.id WHERE r.sweep = ?",
            (id_,),
        ).fetchone()
        cut = unfinished_of(*cut_at)
        return ArchivedSweep(
            head=head_of(facts[:N_HEAD_COLUMNS]),
            n_runs=integer_of(n_runs),
            n_missing=integer_of(n_missing),
            metrics=tuple(self._metrics(id_)),
            n_rows=integer_of(n_rows),
            n_bytes=integer_of(n_bytes) + integer_of(n_axis_bytes),
            as_of=moment_of(as_of),
            unfinished=cut,
            complete=bool(whole) and cut is None and bool(complete),
        )
