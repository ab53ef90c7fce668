"""What a fetch does to the tables; every function runs inside the caller's transaction."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from wbtools.archive import codec
from wbtools.archive.nouns import EndedHow
from wbtools.archive.reading import chunk_rows, find_sweep, sweep_id_of
from wbtools.archive.rows import PUT_RUN, Binder, moment_text, optional_text, run_row
from wbtools.errors import DataError, UsageError
from wbtools.model import Series

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection, Sequence

    from wbtools.archive.nouns import ArchivedRun, SeriesPage, SweepHead, SweepKey

# Appended rows join the last chunk until it is this long: a live run brings a few at a time.
_SHORT_CHUNK = 2_048


def begin(
    connection: sqlite3.Connection, bind: Binder, head: SweepHead, parameters: str
) -> str | None:
    """Note that a fetch begins; give the cursor of a cut one with the same parameters."""
    key = head.key
    name = bind(key.base_url, key.entity, key.project, str(key.kind), key.name)
    facts = bind(
        head.display_name,
        head.state,
        head.config,
        head.created_at,
        head.updated_at,
        head.n_expected_runs,
    )
    sweep = find_sweep(connection, bind, key)
    if sweep is None:
        connection.execute(
            "INSERT INTO sweeps (base_url, entity, project, kind, name, display_name, state,"
            " config, created_at, updated_at, n_expected_runs)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (*name, *facts),
        )
        sweep = sweep_id_of(connection, bind, key)
    else:
        connection.execute(
            "INSERT INTO former_configs (sweep, until, config)"
            " SELECT id, ?, config FROM sweeps WHERE id = ? AND config IS NOT ?",
            (moment_text(datetime.now(UTC)), sweep, *bind(head.config)),
        )
        connection.execute(
            "UPDATE sweeps SET display_name = ?, state = ?, config = ?, created_at = ?,"
            " updated_at = ?, n_expected_runs = ? WHERE id = ?",
            (*facts, sweep),
        )
    connection.execute(
        "UPDATE sweeps SET cursor = NULL, cursor_parameters = NULL"
        " WHERE id = ? AND cursor_parameters <> ?",
        (sweep, *bind(parameters)),
    )
    connection.execute(
        "INSERT INTO fetches (sweep, started_at, parameters) VALUES (?, ?, ?)",
        (sweep, *bind(moment_text(datetime.now(UTC)), parameters)),
    )
    row = connection.execute("SELECT cursor FROM sweeps WHERE id = ?", (sweep,)).fetchone()
    return optional_text(row[0])


def put_page(
    connection: sqlite3.Connection,
    bind: Binder,
    key: SweepKey,
    runs: Sequence[ArchivedRun],
    series: Sequence[SeriesPage],
    cursor: str | None,
) -> None:
    """Write one page: its runs, their rows, and the cursor behind it."""
    sweep = sweep_id_of(connection, bind, key)
    connection.executemany(PUT_RUN, ((sweep, *bind(*run_row(one))) for one in runs))
    ids: dict[str, int] = {}
    # By metric, so that the rows of one metric lie side by side in the file.
    for page in sorted(series, key=lambda one: one.metric):
        if page.run_id not in ids:
            ids[page.run_id] = _run(connection, bind, sweep, page.run_id)
        _put_series(connection, bind, ids[page.run_id], page)
    connection.execute(
        "UPDATE sweeps SET cursor = ?, cursor_parameters = (SELECT parameters FROM fetches"
        " WHERE sweep = sweeps.id ORDER BY id DESC LIMIT 1) WHERE id = ?",
        (*bind(cursor), sweep),
    )


def finish(
    connection: sqlite3.Connection,
    bind: Binder,
    key: SweepKey,
    *,
    ended_how: EndedHow,
    requests: int | None,
    as_of: datetime | None,
    present: Collection[str] | None,
) -> None:
    """Note that the fetch ended; a whole one has no cursor any more."""
    sweep = sweep_id_of(connection, bind, key)
    now = moment_text(datetime.now(UTC))
    connection.execute(
        "UPDATE fetches SET ended_at = ?, requests = ?, ended_how = ?"
        " WHERE sweep = ? AND ended_how IS NULL",
        (now, requests, str(ended_how), sweep),
    )
    if ended_how is not EndedHow.DONE:
        return
    connection.execute(
        "UPDATE sweeps SET cursor = NULL, cursor_parameters = NULL, whole_at = ?, as_of = ?"
        " WHERE id = ?",
        (now, moment_text(as_of) or now, sweep),
    )
    if present is not None:
        here = {bind(one)[0] for one in present}
        rows = connection.execute("SELECT id, run_id FROM runs WHERE sweep = ?", (sweep,))
        gone = [(now, id_) for id_, run_id in rows.fetchall() if run_id not in here]
        connection.execute("UPDATE runs SET missing_since = NULL WHERE sweep = ?", (sweep,))
        connection.executemany("UPDATE runs SET missing_since = ? WHERE id = ?", gone)


def remove(connection: sqlite3.Connection, bind: Binder, key: SweepKey) -> None:
    """Delete a sweep with all that hangs on it."""
    sweep = sweep_id_of(connection, bind, key)
    connection.execute("DELETE FROM sweeps WHERE id = ?", (sweep,))
    connection.execute("DELETE FROM metrics WHERE id NOT IN (SELECT metric FROM series)")


def _run(connection: sqlite3.Connection, bind: Binder, sweep: int, run_id: str) -> int:
    row = connection.execute(
        "SELECT id FROM runs WHERE sweep = ? AND run_id = ?", (sweep, *bind(run_id))
    ).fetchone()
    if row is None:
        msg = f"rows for a run that is not archived: {run_id[:80]!r}"
        raise UsageError(msg, "put the run into the same page or an earlier one")
    id_: int = row[0]
    return id_


def _metric(connection: sqlite3.Connection, bind: Binder, name: str) -> int:
    bound = bind(name)
    connection.execute("INSERT OR IGNORE INTO metrics (name) VALUES (?)", bound)
    id_: int = connection.execute("SELECT id FROM metrics WHERE name = ?", bound).fetchone()[0]
    return id_


def _put_series(connection: sqlite3.Connection, bind: Binder, run: int, page: SeriesPage) -> None:
    metric = _metric(connection, bind, page.metric)
    rows = _checked(page)
    old = connection.execute(
        "SELECT id, last_step FROM series WHERE run = ? AND metric = ?", (run, metric)
    ).fetchone()
    place, last_step = 0, None
    if old is None:
        made = connection.execute(
            "INSERT INTO series (run, metric, n_rows, n_finite, n_bytes, sampled, complete)"
            " VALUES (?, ?, 0, 0, 0, 0, 0)",
            (run, metric),
        )
        series = int(made.lastrowid or 0)
    else:
        series = old[0]
    if old is not None and page.append:
        place, rows = _joined(connection, series, rows)
        last_step = old[1]
    connection.execute("DELETE FROM chunks WHERE series = ? AND place >= ?", (series, place))
    for at in range(0, len(rows.values), codec.LONGEST_CHUNK):
        part = slice(at, at + codec.LONGEST_CHUNK)
        _put_chunk(
            connection,
            run,
            series,
            place,
            Series(values=rows.values[part], steps=rows.steps[part], times_s=rows.times_s[part]),
        )
        place += 1
    if old is not None:
        connection.execute(
            "DELETE FROM axes WHERE run = ?"
            " AND NOT EXISTS (SELECT 1 FROM chunks WHERE axis = axes.id)",
            (run,),
        )
    steps = [int(page.rows.steps.max())] if len(page.rows.steps) else []
    finite = int(np.isfinite(page.rows.values).sum())
    kept = 1 if page.append else 0
    connection.execute(
        "UPDATE series SET n_rows = n_rows * ? + ?, n_finite = n_finite * ? + ?, last_step = ?,"
        " sampled = max(sampled * ?, ?), complete = ?, n_expected = ?, n_bytes ="
        " (SELECT coalesce(sum(length(numbers)), 0) FROM chunks WHERE series = series.id)"
        " WHERE id = ?",
        (
            kept,
            len(page.rows.values),
            kept,
            finite,
            max(steps if last_step is None else [*steps, last_step], default=None),
            kept,
            int(page.sampled),
            int(page.complete),
            page.n_expected,
            series,
        ),
    )


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


def _joined(connection: sqlite3.Connection, series: int, rows: Series) -> tuple[int, Series]:
    """Where appended rows go, and the rows to write there: the last chunk's too if it is short."""
    last = connection.execute(
        "SELECT place, n_rows FROM chunks WHERE series = ? ORDER BY place DESC LIMIT 1", (series,)
    ).fetchone()
    if last is None:
        return 0, rows
    place, n_rows = last
    if n_rows >= _SHORT_CHUNK:
        return place + 1, rows
    try:
        (before,) = chunk_rows(connection, series, place)
    except ValueError as error:
        msg = f"the archive is damaged: {error}"
        raise DataError(msg, "fetch into another folder with --archive") from error
    return place, Series(
        values=np.concatenate([before.values, rows.values]),
        steps=np.concatenate([before.steps, rows.steps]),
        times_s=np.concatenate([before.times_s, rows.times_s]),
    )


def _put_chunk(
    connection: sqlite3.Connection, run: int, series: int, place: int, rows: Series
) -> None:
    mark = codec.digest(rows.steps, rows.times_s)
    found: Any = connection.execute(
        "SELECT id FROM axes WHERE run = ? AND digest = ?", (run, mark)
    ).fetchone()
    n = len(rows.values)
    if found is None:
        made = connection.execute(
            "INSERT INTO axes (run, digest, n_rows, steps, times_s) VALUES (?, ?, ?, ?, ?)",
            (
                run,
                mark,
                n,
                codec.pack(rows.steps, differences=True),
                codec.pack(rows.times_s, differences=True),
            ),
        )
        axis = int(made.lastrowid or 0)
    else:
        axis = found[0]
    connection.execute(
        "INSERT INTO chunks (series, place, n_rows, axis, numbers) VALUES (?, ?, ?, ?, ?)",
        (series, place, n, axis, codec.pack(rows.values, differences=False)),
    )
