"""How runs were started, in their table; both run inside the caller's transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wbtools.archive.rows import SecretScrubber, launch_of, launch_text

if TYPE_CHECKING:
    import sqlite3

    from wbtools.model import LaunchRecord


def put_launch(
    connection: sqlite3.Connection,
    bind: SecretScrubber,
    sweep: int,
    run_id: str,
    record: LaunchRecord,
) -> None:
    """Keep how an archived run was started, in place of what was known before."""
    connection.execute(
        "INSERT OR REPLACE INTO launches (run, record)"
        " SELECT id, ? FROM runs WHERE sweep = ? AND run_id = ?",
        (*bind(launch_text(record)), sweep, *bind(run_id)),
    )


def launch(
    connection: sqlite3.Connection, bind: SecretScrubber, sweep: int, run_id: str
) -> LaunchRecord | None:
    """How a run was started; None if that was never asked."""
    row = connection.execute(
        "SELECT record FROM launches l JOIN runs r ON r.id = l.run"
        " WHERE r.sweep = ? AND r.run_id = ?",
        (sweep, *bind(run_id)),
    ).fetchone()
    return None if row is None else launch_of(row[0])
