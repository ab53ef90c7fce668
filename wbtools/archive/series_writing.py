"""How the rows of one page reach the tables, with few statements: a fetch waits for each."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

from wbtools.archive import codec
from wbtools.archive.chunks import chunk_rows, end_to_end
from wbtools.archive.connection import decoding
from wbtools.archive.rows import integer_of, optional_integer
from wbtools.errors import UsageError
from wbtools.model import Series

if TYPE_CHECKING:
    from wbtools.archive.records import SeriesPage
    from wbtools.archive.rows import SecretScrubber
    from wbtools.archive.waiting import PatientConnection

# Appended rows join the last chunk until it is this long: a live run brings a few at a time.
_SHORT_CHUNK: Final = 2_048


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stored:
    """What the tables hold of one series."""

    id: int
    n_rows: int
    n_finite: int
    n_bytes: int
    last_step: int | None
    sampled: bool


@dataclass(slots=True, kw_only=True)
class _Run:
    """A run as far as its rows go.

    Attributes:
        series: By the metric's table id.
        axes: Table ids of steps and times, by their digest.
    """

    id: int
    series: dict[int, _Stored]
    axes: dict[bytes, int]


@dataclass(slots=True)
class SeriesWriter:
    """Writes the series of one page, inside the caller's transaction."""

    connection: PatientConnection
    bind: SecretScrubber
    sweep: int
    _runs: dict[str, _Run] = field(default_factory=dict)
    _metrics: dict[str, int] = field(default_factory=dict)

    def put(self, page: SeriesPage) -> None:
        """Write the rows of one metric of one run.

        Raises:
            UsageError: The run is not archived.
            ValueError: The three arrays do not belong together.
            DataError: What is to be appended to is damaged.
        """
        fresh = _checked(page)
        run = self._run(page.run_id)
        metric = self._metric(page.metric)
        old = run.series.get(metric)
        before = old if page.append else None
        place, rows, n_bytes = 0, fresh, 0
        if before is not None:
            place, rows, n_bytes = self._joined(before, fresh)
        if old is not None:
            self.connection.execute(
                "DELETE FROM chunks WHERE series = ? AND place >= ?", (old.id, place)
            )
        chunks = [
            self._chunk(run, rows, slice(at, at + codec.LONGEST_CHUNK))
            for at in range(0, len(rows.values), codec.LONGEST_CHUNK)
        ]
        stored = self._put_facts(
            run.id,
            metric,
            page,
            old=old,
            before=before,
            n_bytes=n_bytes + sum(len(numbers) for _, _, numbers in chunks),
        )
        self.connection.executemany(
            "INSERT INTO chunks (series, place, n_rows, axis, numbers) VALUES (?, ?, ?, ?, ?)",
            [(stored.id, place + k, *chunk) for k, chunk in enumerate(chunks)],
        )
        run.series[metric] = stored
        if old is not None:
            self._drop_unused_axes(run)

    def _run(self, run_id: str) -> _Run:
        if run_id in self._runs:
            return self._runs[run_id]
        row = self.connection.execute(
            "SELECT id FROM runs WHERE sweep = ? AND run_id = ?", (self.sweep, *self.bind(run_id))
        ).fetchone()
        if row is None:
            msg = f"rows for a run that is not archived: {run_id[:80]!r}"
            raise UsageError(msg, "put the run into the same page or an earlier one")
        series = self.connection.execute(
            "SELECT metric, id, n_rows, n_finite, n_bytes, last_step, sampled"
            " FROM series WHERE run = ?",
            row,
        )
        with decoding(self.connection.path):
            stored = {
                metric: _Stored(
                    id=id_,
                    n_rows=integer_of(n_rows),
                    n_finite=integer_of(n_finite),
                    n_bytes=integer_of(n_bytes),
                    last_step=optional_integer(last_step),
                    sampled=bool(sampled),
                )
                for metric, id_, n_rows, n_finite, n_bytes, last_step, sampled in series
            }
        axes = self.connection.execute("SELECT digest, id FROM axes WHERE run = ?", row)
        self._runs[run_id] = _Run(id=row[0], series=stored, axes=dict(axes))
        return self._runs[run_id]

    def _metric(self, name: str) -> int:
        if name not in self._metrics:
            bound = self.bind(name)
            self.connection.execute("INSERT OR IGNORE INTO metrics (name) VALUES (?)", bound)
            row = self.connection.execute("SELECT id FROM metrics WHERE name = ?", bound).fetchone()
            self._metrics[name] = row[0]
        return self._metrics[name]

    def _joined(self, before: _Stored, fresh: Series) -> tuple[int, Series, int]:
        """Where appended rows go, what to write there, and the bytes of what stays before them.

        A short last chunk is written anew with the rows behind it.
        """
        last = self.connection.execute(
            "SELECT place, n_rows, length(numbers) FROM chunks WHERE series = ?"
            " ORDER BY place DESC LIMIT 1",
            (before.id,),
        ).fetchone()
        if last is None:
            return 0, fresh, 0
        with decoding(self.connection.path):
            place, n_rows, n_bytes = map(integer_of, last)
            if n_rows >= _SHORT_CHUNK:
                return place + 1, fresh, before.n_bytes
            (rows,) = chunk_rows(self.connection, before.id, place)
        return place, end_to_end([rows, fresh]), before.n_bytes - n_bytes

    def _chunk(self, run: _Run, rows: Series, part: slice) -> tuple[int, int, bytes]:
        """Rows, axis and compressed numbers of one chunk."""
        steps, times_s = rows.steps[part], rows.times_s[part]
        mark = codec.digest(steps, times_s)
        if mark not in run.axes:
            cursor = self.connection.execute(
                "INSERT INTO axes (run, digest, n_rows, steps, times_s) VALUES (?, ?, ?, ?, ?)",
                (
                    run.id,
                    mark,
                    len(steps),
                    codec.pack(steps, differences=True),
                    codec.pack(times_s, differences=True),
                ),
            )
            run.axes[mark] = int(cursor.lastrowid or 0)
        return len(steps), run.axes[mark], codec.pack(rows.values[part], differences=False)

    def _put_facts(
        self,
        run: int,
        metric: int,
        page: SeriesPage,
        *,
        old: _Stored | None,
        before: _Stored | None,
        n_bytes: int,
    ) -> _Stored:
        """Write what is known of a series as a whole.

        Args:
            run: Its table id.
            metric: Its table id.
            page: What was brought.
            old: What the tables hold.
            before: The same, if the page is appended to it.
            n_bytes: Of all chunks.
        """
        last_step = _last_step(page.rows, before)
        n_rows = len(page.rows.values) + (before.n_rows if before else 0)
        n_finite = int(np.isfinite(page.rows.values).sum()) + (before.n_finite if before else 0)
        sampled = page.sampled or (before is not None and before.sampled)
        bound = (
            n_rows,
            n_finite,
            n_bytes,
            last_step,
            int(sampled),
            int(page.complete),
            page.n_expected,
            *self.bind(page.stamp),
        )
        if old is None:
            cursor = self.connection.execute(
                "INSERT INTO series (n_rows, n_finite, n_bytes, last_step, sampled,"
                " complete, n_expected, stamp, run, metric)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (*bound, run, metric),
            )
            id_ = int(cursor.lastrowid or 0)
        else:
            id_ = old.id
            self.connection.execute(
                "UPDATE series SET n_rows = ?, n_finite = ?, n_bytes = ?, last_step = ?,"
                " sampled = ?, complete = ?, n_expected = ?, stamp = ?"
                " WHERE id = ?",
                (*bound, id_),
            )
        return _Stored(
            id=id_,
            n_rows=n_rows,
            n_finite=n_finite,
            n_bytes=n_bytes,
            last_step=last_step,
            sampled=sampled,
        )

    def _drop_unused_axes(self, run: _Run) -> None:
        self.connection.execute(
            "DELETE FROM axes WHERE run = ?"
            " AND NOT EXISTS (SELECT 1 FROM chunks WHERE axis = axes.id)",
            (run.id,),
        )
        axes = self.connection.execute("SELECT digest, id FROM axes WHERE run = ?", (run.id,))
        run.axes = dict(axes)


def _checked(page: SeriesPage) -> Series:
    """The page's rows with the types that the tables promise.

    Raises:
        ValueError: The three arrays do not belong together.
    """
    rows = Series(
        values=np.ascontiguousarray(page.rows.values, dtype=np.float64),
        steps=np.ascontiguousarray(page.rows.steps, dtype=np.int64),
        times_s=np.ascontiguousarray(page.rows.times_s, dtype=np.float64),
    )
    if not rows.values.shape == rows.steps.shape == rows.times_s.shape == (len(rows.values),):
        msg = f"values, steps and times of {page.metric!r} must be three arrays of one length"
        raise ValueError(msg)
    return rows


def _last_step(rows: Series, before: _Stored | None) -> int | None:
    """The largest step of all rows."""
    steps = [] if before is None or before.last_step is None else [before.last_step]
    if len(rows.steps):
        steps.append(int(rows.steps.max()))
    return max(steps, default=None)
