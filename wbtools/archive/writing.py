"""`ArchiveWriter`: what a fetch does to the tables."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Self

from wbtools.archive.connection import close_writer, open_to_write, speaking_of
from wbtools.archive.guard_rows import (
    MARK_DECISION,
    OPEN_STATUSES,
    PUT_DECISION,
    PUT_SESSION,
    basis_text,
    decision_row,
    session_row,
)
from wbtools.archive.location import DATABASE
from wbtools.archive.permissions import make_folder
from wbtools.archive.reading import Archive
from wbtools.archive.records import EndedHow
from wbtools.archive.rows import (
    PUT_RUN,
    launch_text,
    moment_text,
    optional_text,
    run_row,
    text_of,
)
from wbtools.archive.series_writing import SeriesWriter
from wbtools.archive.writer_lock import WriterLock
from wbtools.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from pathlib import Path

    from wbtools.archive.records import ArchivedRun, SeriesPage, SweepHeader, SweepKey
    from wbtools.archive.waiting import PatientConnection
    from wbtools.model import DecisionStatus, GuardLook, GuardSession, LaunchRecord


class ArchiveWriter(Archive):
    """An archive that this process alone may write to, until it is closed.

    Every method writes all of it or nothing. Beside the errors of an `Archive` they raise
    `DataError` for a full disk and a lost lock.
    """

    def __init__(
        self,
        folder: Path,
        connection: PatientConnection,
        secrets: Sequence[str],
        *,
        lock: WriterLock,
        token: str,
    ) -> None:
        """Use `ArchiveWriter.open`."""
        super().__init__(folder, connection, secrets)
        self._lock = lock
        self._token = token

    @classmethod
    def open(cls, folder: Path, *, secrets: Sequence[str] = ()) -> Self:
        """Open the archive in a folder, made if it is not there, as its only writer.

        Args:
            folder: As `archive_path` gives it.
            secrets: Texts that are replaced in everything that is written, such as the API key.

        Raises:
            BusyError: Another process writes.
            DataError: The file is foreign, damaged or newer.
        """
        with speaking_of(folder / DATABASE):
            make_folder(folder)
            lock = WriterLock(folder)
            try:
                connection, token = open_to_write(folder)
            except BaseException:
                lock.release()
                raise
        return cls(folder, connection, secrets, lock=lock, token=token)

    def close(self) -> None:
        """Close the file and let the next writer in."""
        with self._turn:
            try:
                close_writer(self._connection, self._token)
            finally:
                self._lock.release()

    def begin(self, head: SweepHeader, parameters: str = "") -> str | None:
        """Note that a fetch begins and what the server says of the sweep.

        Args:
            head: The sweep.
            parameters: What the cursor depends on (metrics, filters); other ones start afresh.

        Returns:
            The cursor of a cut fetch with these parameters; None to start from the beginning.
        """
        key = head.key
        facts = self._bind(
            head.display_name,
            head.state,
            head.config,
            head.created_at,
            head.updated_at,
            head.n_expected_runs,
        )
        with self._writing():
            sweep = self._find(key)
            if sweep is None:
                name = self._bind(key.base_url, key.entity, key.project, str(key.kind), key.name)
                self._connection.execute(
                    "INSERT INTO sweeps (base_url, entity, project, kind, name, display_name,"
                    " state, config, created_at, updated_at, n_expected_runs)"
                    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    (*name, *facts),
                )
                sweep = self._id(key)
            else:
                self._connection.execute(
                    "INSERT INTO former_configs (sweep, until, config)"
                    " SELECT id, ?, config FROM sweeps WHERE id = ? AND config IS NOT ?",
                    (moment_text(datetime.now(UTC)), sweep, *self._bind(head.config)),
                )
                self._connection.execute(
                    "UPDATE sweeps SET display_name = ?, state = ?, config = ?, created_at = ?,"
                    " updated_at = ?, n_expected_runs = ? WHERE id = ?",
                    (*facts, sweep),
                )
            self._connection.execute(
                "UPDATE sweeps SET cursor = NULL, cursor_parameters = NULL"
                " WHERE id = ? AND cursor_parameters <> ?",
                (sweep, *self._bind(parameters)),
            )
            self._connection.execute(
                "INSERT INTO fetches (sweep, started_at, parameters) VALUES (?, ?, ?)",
                (sweep, *self._bind(moment_text(datetime.now(UTC)), parameters)),
            )
            row = self._connection.execute("SELECT cursor FROM sweeps WHERE id = ?", (sweep,))
            with self._decoding():
                return optional_text(row.fetchone()[0])

    def put_page(
        self,
        key: SweepKey,
        runs: Sequence[ArchivedRun],
        series: Sequence[SeriesPage] = (),
        *,
        cursor: str | None,
    ) -> None:
        """Write a page of runs and rows together with the cursor behind it."""
        with self._writing():
            sweep = self._id(key)
            rows = ((sweep, *self._bind(*run_row(run))) for run in runs)
            self._connection.executemany(PUT_RUN, rows)
            writer = SeriesWriter(self._connection, self._bind, sweep)
            # By metric, so that the rows of one metric lie side by side in the file.
            for page in sorted(series, key=lambda page: page.metric):
                writer.put(page)
            self._connection.execute(
                "UPDATE sweeps SET cursor = ?, cursor_parameters = (SELECT parameters FROM fetches"
                " WHERE sweep = sweeps.id ORDER BY id DESC LIMIT 1) WHERE id = ?",
                (*self._bind(cursor), sweep),
            )

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

        What another fetch saw later on the server counts more than what this one saw.

        Args:
            key: The sweep.
            ended_how: `DONE` only if every page was put.
            requests: How many requests it took.
            as_of: The moment up to which the answers speak; now by default.
            present: Ids of all runs that the server has; others are marked as missing.
            whole: False if the server is known to have more runs than it listed.
        """
        moment = datetime.now(UTC)
        now = moment_text(moment)
        with self._writing():
            sweep = self._id(key)
            self._connection.execute(
                "UPDATE fetches SET ended_at = ?, requests = ?, ended_how = ?"
                " WHERE sweep = ? AND ended_how IS NULL",
                (now, requests, str(ended_how), sweep),
            )
            if ended_how is not EndedHow.DONE:
                return
            seen_at = moment_text(as_of or moment)
            row = self._connection.execute("SELECT as_of FROM sweeps WHERE id = ?", (sweep,))
            known = row.fetchone()[0]
            self._connection.execute(
                "UPDATE sweeps SET cursor = NULL, cursor_parameters = NULL WHERE id = ?", (sweep,)
            )
            with self._decoding():
                is_older = known is not None and text_of(known) > str(seen_at)
            if not whole or is_older:
                return
            self._connection.execute(
                "UPDATE sweeps SET whole_at = ?, as_of = ? WHERE id = ?", (now, seen_at, sweep)
            )
            if present is not None:
                self._mark_missing(sweep, present, now)

    def _mark_missing(self, sweep: int, present: Collection[str], now: str | None) -> None:
        present_ids = {self._bind(run_id)[0] for run_id in present}
        rows = self._connection.execute("SELECT id, run_id FROM runs WHERE sweep = ?", (sweep,))
        gone = [(now, id_) for id_, run_id in rows.fetchall() if run_id not in present_ids]
        self._connection.execute("UPDATE runs SET missing_since = NULL WHERE sweep = ?", (sweep,))
        self._connection.executemany("UPDATE runs SET missing_since = ? WHERE id = ?", gone)

    def keep_launch(self, key: SweepKey, run_id: str, record: LaunchRecord) -> None:
        """Keep how an archived run was started, in place of what was known before."""
        with self._writing():
            self._connection.execute(
                "INSERT OR REPLACE INTO launches (run, record)"
                " SELECT id, ? FROM runs WHERE sweep = ? AND run_id = ?",
                (*self._bind(launch_text(record)), self._id(key), *self._bind(run_id)),
            )

    def begin_guard(self, key: SweepKey, session: GuardSession) -> int:
        """Note that a guard begins.

        Returns:
            What `keep_look` and `end_guard` call it.
        """
        with self._writing():
            bound = (self._id(key), *self._bind(*session_row(session)))
            return int(self._connection.execute(PUT_SESSION, bound).lastrowid or 0)

    def keep_look(self, guard: int, look: GuardLook) -> None:
        """Write down what a guard saw together with all that it decided on it."""
        with self._writing():
            cursor = self._connection.execute(
                "INSERT INTO guard_looks (guard, at, basis) VALUES (?, ?, ?)",
                (guard, *self._bind(moment_text(look.at), basis_text(look.basis))),
            )
            rows = (self._bind(*decision_row(decision)) for decision in look.decisions)
            id_ = int(cursor.lastrowid or 0)
            self._connection.executemany(PUT_DECISION, ((id_, *row) for row in rows))

    def mark_decision(
        self,
        key: SweepKey,
        run_id: str,
        status: DecisionStatus,
        *,
        at: datetime,
        asked: bool = False,
    ) -> None:
        """Note what became of the last decision to stop a run; of a run without one, nothing.

        A run that was spared, or that a dry run would have stopped, has none.

        Args:
            key: The sweep.
            run_id: W&B's run id.
            status: What it is now.
            at: When, aware UTC.
            asked: W&B was asked just now, for the first time or again.
        """
        with self._writing():
            asked_at = moment_text(at) if asked else None
            which = (self._id(key), *self._bind(run_id), *OPEN_STATUSES)
            self._connection.execute(MARK_DECISION, (str(status), int(asked), asked_at, *which))

    def end_guard(self, guard: int, at: datetime) -> None:
        """Note that a guard has ended in order."""
        with self._writing():
            self._connection.execute(
                "UPDATE guards SET ended_at = ? WHERE id = ?", (moment_text(at), guard)
            )

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """All of it or nothing, and only while no one else has become the writer."""
        with self._turn, speaking_of(self.path), self._transaction("BEGIN IMMEDIATE"):
            self._still_the_writer()
            yield

    def _still_the_writer(self) -> None:
        """Refuse to go on where a file system's locks let a second writer in."""
        row = self._connection.execute("SELECT token, pid, host FROM writer").fetchone()
        if row is None or row[0] != self._token:
            by = f" by process {row[1]} on {row[2]}" if row else ""
            msg = f"the archive in {self.folder} was taken over{by}: its file system keeps no locks"
            raise DataError(msg, "let one fetch at a time write there")
