"""The tables of an archive, their version, and the way from older versions.

`README.md` beside this file describes every table and column; a test holds the two together.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from wbtools.archive.definitions import check_definitions
from wbtools.errors import DataError

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping, Sequence
    from pathlib import Path

VERSION: Final = 3
APPLICATION_ID: Final = int.from_bytes(b"wbta", "big")

_FIRST_TABLES: Final = (
    """CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID""",
    """CREATE TABLE writer (
        only INTEGER PRIMARY KEY CHECK (only = 1),
        token TEXT NOT NULL, host TEXT NOT NULL, pid INTEGER NOT NULL, since TEXT NOT NULL)""",
    """CREATE TABLE sweeps (
        id INTEGER PRIMARY KEY,
        base_url TEXT NOT NULL, entity TEXT NOT NULL, project TEXT NOT NULL,
        kind TEXT NOT NULL, name TEXT NOT NULL,
        display_name TEXT, state TEXT, config TEXT, created_at TEXT, updated_at TEXT,
        n_expected_runs INTEGER, as_of TEXT, whole_at TEXT,
        cursor TEXT, cursor_parameters TEXT,
        UNIQUE (base_url, entity, project, kind, name))""",
    """CREATE TABLE former_configs (
        id INTEGER PRIMARY KEY,
        sweep INTEGER NOT NULL REFERENCES sweeps ON DELETE CASCADE,
        until TEXT NOT NULL, config TEXT)""",
    """CREATE TABLE fetches (
        id INTEGER PRIMARY KEY,
        sweep INTEGER NOT NULL REFERENCES sweeps ON DELETE CASCADE,
        started_at TEXT NOT NULL, ended_at TEXT, requests INTEGER, ended_how TEXT,
        parameters TEXT NOT NULL)""",
    """CREATE INDEX fetches_of_sweep ON fetches (sweep)""",
    """CREATE TABLE runs (
        id INTEGER PRIMARY KEY,
        sweep INTEGER NOT NULL REFERENCES sweeps ON DELETE CASCADE,
        run_id TEXT NOT NULL, name TEXT NOT NULL,
        number INTEGER NOT NULL, number_from TEXT NOT NULL, state TEXT NOT NULL,
        created_at TEXT, heartbeat_at TEXT, runtime_s REAL, exit_code INTEGER,
        stopped INTEGER, should_stop INTEGER,
        config TEXT NOT NULL, summary TEXT NOT NULL,
        program TEXT, argv TEXT, git_commit TEXT, host TEXT, gpu TEXT, tags TEXT NOT NULL,
        group_name TEXT, job_type TEXT, sdk_version TEXT, n_reports INTEGER,
        attempts INTEGER NOT NULL,
        updated_at TEXT, history_line_count INTEGER, history_keys TEXT, running INTEGER,
        missing_since TEXT,
        UNIQUE (sweep, run_id))""",
    """CREATE TABLE launches (
        run INTEGER PRIMARY KEY REFERENCES runs ON DELETE CASCADE, record TEXT NOT NULL)""",
    """CREATE TABLE metrics (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE)""",
    """CREATE TABLE series (
        id INTEGER PRIMARY KEY,
        run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
        metric INTEGER NOT NULL REFERENCES metrics,
        n_rows INTEGER NOT NULL, n_finite INTEGER NOT NULL, last_step INTEGER,
        n_bytes INTEGER NOT NULL,
        sampled INTEGER NOT NULL, complete INTEGER NOT NULL, n_expected INTEGER,
        stamp TEXT NOT NULL,
        UNIQUE (run, metric))""",
    """CREATE INDEX series_of_metric ON series (metric)""",
    """CREATE TABLE axes (
        id INTEGER PRIMARY KEY,
        run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
        digest BLOB NOT NULL, n_rows INTEGER NOT NULL, steps BLOB NOT NULL, times_s BLOB NOT NULL,
        UNIQUE (run, digest))""",
    """CREATE TABLE chunks (
        id INTEGER PRIMARY KEY,
        series INTEGER NOT NULL REFERENCES series ON DELETE CASCADE,
        place INTEGER NOT NULL, n_rows INTEGER NOT NULL,
        axis INTEGER NOT NULL REFERENCES axes ON DELETE CASCADE,
        numbers BLOB NOT NULL,
        UNIQUE (series, place))""",
    """CREATE INDEX chunks_of_axis ON chunks (axis)""",
)
_GUARD_TABLES: Final = (
    """CREATE TABLE guards (
        id INTEGER PRIMARY KEY,
        sweep INTEGER NOT NULL REFERENCES sweeps ON DELETE CASCADE,
        rule TEXT NOT NULL, metric TEXT NOT NULL, goal TEXT NOT NULL, way TEXT NOT NULL,
        acts INTEGER NOT NULL, began_at TEXT NOT NULL, ended_at TEXT)""",
    """CREATE INDEX guards_of_sweep ON guards (sweep)""",
    """CREATE TABLE guard_looks (
        id INTEGER PRIMARY KEY,
        guard INTEGER NOT NULL REFERENCES guards ON DELETE CASCADE,
        at TEXT NOT NULL, basis TEXT NOT NULL)""",
    """CREATE INDEX looks_of_guard ON guard_looks (guard)""",
    """CREATE TABLE guard_decisions (
        id INTEGER PRIMARY KEY,
        look INTEGER NOT NULL REFERENCES guard_looks ON DELETE CASCADE,
        run_id TEXT NOT NULL, decided_at TEXT NOT NULL,
        rule TEXT NOT NULL, metric TEXT NOT NULL, goal TEXT NOT NULL,
        n_reports INTEGER NOT NULL, band INTEGER NOT NULL, value REAL, threshold REAL,
        n_peers INTEGER NOT NULL, decided_by TEXT NOT NULL,
        status TEXT NOT NULL, n_asked INTEGER NOT NULL, asked_at TEXT)""",
    """CREATE INDEX decisions_of_look ON guard_decisions (look)""",
    """CREATE INDEX decisions_of_run ON guard_decisions (run_id)""",
)
TABLES: Final = (*_FIRST_TABLES, *_GUARD_TABLES)

# From the version in the key to the next one.
MIGRATIONS: Final[dict[int, Sequence[str]]] = {
    1: ("ALTER TABLE series DROP COLUMN last_value",),  # nothing read it
    2: _GUARD_TABLES,
}
# The first version that has the guard's tables.
_GUARD_VERSION: Final = 3
# Columns that archives of an older version have beside those of `TABLES`.
OLDER_COLUMNS: Final[dict[int, Mapping[str, Sequence[str]]]] = {
    1: {"series": ("last_value REAL",)},
}


def is_new(connection: sqlite3.Connection) -> bool:
    """Whether the file has no tables, as one whose maker was killed at once."""
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    has_tables = connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone() is not None
    return version == 0 and not has_tables


def create(connection: sqlite3.Connection, made_by: str) -> None:
    """Make all tables, inside the caller's transaction."""
    for statement in TABLES:
        connection.execute(statement)
    facts = {"schema": str(VERSION), "made_by": made_by, "made_at": datetime.now(UTC).isoformat()}
    connection.executemany("INSERT INTO meta VALUES (?, ?)", facts.items())
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {VERSION}")


def check(connection: sqlite3.Connection, path: Path) -> bool:
    """Whether the file has this version; False if it is older and can be migrated.

    Raises:
        DataError: It is no archive, an empty one, one of a newer wbtools, or one whose tables are
            not wbtools' own.
    """
    if is_new(connection):
        msg = f"the archive {path} is empty"
        raise DataError(msg, "`wbtools fetch SWEEP` fills it")
    if connection.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
        msg = f"{path} is not an archive of wbtools"
        raise DataError(msg, "name another folder with --archive, or move that file away")
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > VERSION:
        msg = f"{path} has version {version} of the archive; this wbtools knows up to {VERSION}"
        raise DataError(msg, "update wbtools, or name another folder with --archive")
    if version < VERSION and not all(at in MIGRATIONS for at in range(version, VERSION)):
        msg = f"{path} has version {version} of the archive, which cannot be upgraded to {VERSION}"
        raise DataError(msg, "fetch into another folder with --archive")
    tables = TABLES if version >= _GUARD_VERSION else _FIRST_TABLES
    check_definitions(connection, path, tables, OLDER_COLUMNS.get(version, {}))
    return version == VERSION


def migrate(connection: sqlite3.Connection) -> None:
    """Bring an older archive to this version, inside the caller's transaction."""
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    for at in range(version, VERSION):
        for statement in MIGRATIONS[at]:
            connection.execute(statement)
    connection.execute("UPDATE meta SET value = ? WHERE key = 'schema'", (str(VERSION),))
    connection.execute(f"PRAGMA user_version = {VERSION}")
