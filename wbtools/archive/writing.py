"""What a fetch does to the tables; every function runs inside the caller's transaction."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from wbtools.archive.reading import find_sweep, sweep_id_of
from wbtools.archive.records import EndedHow
from wbtools.archive.rows import (
    PUT_RUN,
    SecretScrubber,
    moment_text,
    optional_text,
    run_row,
    text_of,
)
from wbtools.archive.series_writing import SeriesWriter

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection, Sequence

    from wbtools.archive.records import ArchivedRun, SeriesPage, SweepHeader, SweepKey


def begin(
    connection: sqlite3.Connection, bind: SecretScrubber, head: SweepHeader, parameters: str
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
    bind: SecretScrubber,
    key: SweepKey,
    runs: Sequence[ArchivedRun],
    series: Sequence[SeriesPage],
    cursor: str | None,
) -> None:
    """Write one page: its runs, their rows, and the cursor behind it."""
    sweep = sweep_id_of(connection, bind, key)
    connection.executemany(PUT_RUN, ((sweep, *bind(*run_row(run))) for run in runs))
    writer = SeriesWriter(connection, bind, sweep)
    # By metric, so that the rows of one metric lie side by side in the file.
    for page in sorted(series, key=lambda page: page.metric):
        writer.put(page)
    connection.execute(
        "UPDATE sweeps SET cursor = ?, cursor_parameters = (SELECT parameters FROM fetches"
        " WHERE sweep = sweeps.id ORDER BY id DESC LIMIT 1) WHERE id = ?",
        (*bind(cursor), sweep),
    )


def finish(
    connection: sqlite3.Connection,
    bind: SecretScrubber,
    key: SweepKey,
    *,
    ended_how: EndedHow,
    requests: int | None,
    as_of: datetime | None,
    present: Collection[str] | None,
    whole: bool,
) -> None:
    """Note that the fetch ended; a whole one has no cursor any more.

    What another fetch saw later on the server counts more than what this one saw.
    """
    sweep = sweep_id_of(connection, bind, key)
    moment = datetime.now(UTC)
    now = moment_text(moment)
    connection.execute(
        "UPDATE fetches SET ended_at = ?, requests = ?, ended_how = ?"
        " WHERE sweep = ? AND ended_how IS NULL",
        (now, requests, str(ended_how), sweep),
    )
    if ended_how is not EndedHow.DONE:
        return
    seen_at = moment_text(as_of or moment)
    row = connection.execute("SELECT as_of FROM sweeps WHERE id = ?", (sweep,)).fetchone()
    connection.execute(
        "UPDATE sweeps SET cursor = NULL, cursor_parameters = NULL WHERE id = ?", (sweep,)
    )
    if not whole or (row[0] is not None and text_of(row[0]) > str(seen_at)):
        return
    connection.execute(
        "UPDATE sweeps SET whole_at = ?, as_of = ? WHERE id = ?", (now, seen_at, sweep)
    )
    if present is None:
        return
    present_ids = {bind(run_id)[0] for run_id in present}
    rows = connection.execute("SELECT id, run_id FROM runs WHERE sweep = ?", (sweep,))
    gone = [(now, id_) for id_, run_id in rows.fetchall() if run_id not in present_ids]
    connection.execute("UPDATE runs SET missing_since = NULL WHERE sweep = ?", (sweep,))
    connection.executemany("UPDATE runs SET missing_since = ? WHERE id = ?", gone)


def remove(connection: sqlite3.Connection, bind: SecretScrubber, key: SweepKey) -> None:
    """Delete a sweep with all that hangs on it."""
    sweep = sweep_id_of(connection, bind, key)
    connection.execute("DELETE FROM sweeps WHERE id = ?", (sweep,))
    connection.execute("DELETE FROM metrics WHERE id NOT IN (SELECT metric FROM series)")
