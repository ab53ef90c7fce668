"""Opening the archive's file, for one writer or for any number of readers."""

from __future__ import annotations

import os
import shutil
import socket
import sqlite3
import tempfile
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from wbtools import __version__
from wbtools.archive import schema, waiting
from wbtools.archive.holders import holders_of_database
from wbtools.archive.location import DATABASE, can_write, is_local
from wbtools.archive.permissions import make_private
from wbtools.archive.records import EndedHow
from wbtools.archive.waiting import PatientConnection, is_busy
from wbtools.errors import DataError, UsageError
from wbtools.sources.wandb_api.memory import LONGEST_ANSWER
from wbtools.text.numbers import size

if TYPE_CHECKING:
    from collections.abc import Iterator

_SIDE_FILES: Final = ("-wal", "-shm", "-journal")
# Of a row: that of a run holds its configuration, summary and logged names, which came in one
# answer of the server; a chunk has half a megabyte at most.
_LONGEST_ROW: Final = LONGEST_ANSWER
_LIMITS: Final = (
    (sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST_ROW),
    (sqlite3.SQLITE_LIMIT_SQL_LENGTH, 20_000),
    (sqlite3.SQLITE_LIMIT_COLUMN, 100),
    (sqlite3.SQLITE_LIMIT_ATTACHED, 0),
)
# To read the definitions of an archive's tables takes some hundred steps of SQLite's machine.
_MOST_STEPS: Final = 100_000
_STEPS_AT_ONCE: Final = 1_000
# Reading a file of this size to its end takes a twentieth of a second.
_CHECKED_BYTES: Final = 64 * 2**20
_MOST_COMPLAINTS: Final = 1_000
_SHARED_PAGE: Final = "reference to page"
_looked_through: Final[set[tuple[int, ...]]] = set()
_MOST_BYTES_IN_MEMORY: Final = 256 * 2**20
_NO_SPACE: Final = ("SQLITE_FULL", "SQLITE_IOERR")
_NOT_WRITABLE: Final = ("SQLITE_READONLY", "SQLITE_CANTOPEN")


@contextmanager
def speaking_of(path: Path) -> Iterator[None]:
    """Turn SQLite's and the system's errors into one sentence about this file."""
    try:
        yield
    except sqlite3.Error as error:
        raise _explained(error, path) from error
    except UnicodeDecodeError as error:  # what Python makes of SQLite's words about damaged text
        raise _damaged(error, path) from error
    except OSError as error:
        msg = f"cannot use the archive in {path}: {error.strerror or error}"
        raise DataError(msg, "name another folder with --archive") from error


@contextmanager
def decoding(path: Path) -> Iterator[None]:
    """Values that no archive of ours holds mean that this file is damaged."""
    try:
        yield
    except (
        ValueError,
        TypeError,
        LookupError,
        AttributeError,
        ArithmeticError,
        RecursionError,
    ) as error:
        raise _damaged(error, path) from error


def _explained(error: sqlite3.Error, path: Path) -> DataError:
    code = getattr(error, "sqlite_errorname", "")
    if code.startswith("SQLITE_IOERR_READ") or code == "SQLITE_IOERR_SHORT_READ":
        return DataError(f"cannot read {path}: {error}", "is the disk there and healthy?")
    if code.startswith("SQLITE_IOERR") and "LOCK" in code:
        return DataError(
            f"the file system of {path} offers no locks, and without them an archive is not safe",
            "name a folder on another file system with --archive",
        )
    if code.startswith(_NO_SPACE):
        return DataError(
            f"cannot write to {path}: {error}; what was there before is unharmed",
            "make room (disk or quota) and run the same command again",
        )
    if is_busy(error):
        by = holders_of_database(path.parent) or "an unknown process"
        return DataError(
            f"gave up after {waiting.PATIENCE_S:.0f} s: {path} is still locked by {by}",
            "let that process end, or end it, and run the same command again",
        )
    if code.startswith(_NOT_WRITABLE):
        return DataError(f"cannot open {path}: {error}", "check its permissions")
    if code == "SQLITE_TOOBIG":
        return DataError(
            f"{path}: a row of more than {size(_LONGEST_ROW)}, which no archive holds; that of a"
            " run is its configuration, summary and logged names together",
            "make the run's configuration or summary smaller on W&B, as a fetch leaves no run out;"
            " if the file is somebody else's, name another folder with --archive",
        )
    if code == "SQLITE_INTERRUPT":
        return _damaged(RuntimeError("its list of tables does not end"), path)
    if code == "SQLITE_NOTADB":
        return DataError(
            f"{path} is not an archive of wbtools",
            "name another folder with --archive, or move that file away",
        )
    return _damaged(error, path)


def _damaged(error: Exception, path: Path) -> DataError:
    return DataError(
        f"the archive {path} is damaged: {' '.join(str(error).split())}",
        "move the file away and fetch again; nothing is lost that W&B still has",
    )


def open_to_write(folder: Path, *, local: bool | None = None) -> tuple[PatientConnection, str]:
    """Open or make the archive in a folder whose `WriterLock` is held.

    Args:
        folder: The archive's folder.
        local: Whether the file system is of this machine alone; found out if None.

    Returns:
        The connection and the writer's token, which every transaction compares.
    """
    path = folder / DATABASE
    if not path.exists():
        make_private(path, folder)
    connection = _connect(path, "rw")
    try:
        # A file of another program is not touched, not even its permissions or its journal mode.
        fresh = schema.is_new(connection)
        current = fresh or _check(connection, path)
        connection.set_progress_handler(None, 0)
        # What an older wbtools made; SQLite gives new side files the same permissions.
        for file in (path, *(_beside(path, end) for end in _SIDE_FILES)):
            if file.exists():
                make_private(file, folder)
        if fresh:
            connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
        _set_journal(connection, wal=is_local(folder) if local is None else local)
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("BEGIN IMMEDIATE")
        if fresh:
            schema.create(connection, __version__)
        elif not current:
            schema.migrate(connection)
        token = uuid4().hex
        now = datetime.now(UTC).isoformat()
        connection.execute(
            "INSERT OR REPLACE INTO writer VALUES (1, ?, ?, ?, ?)",
            (token, socket.gethostname(), os.getpid(), now),
        )
        # Whoever began and did not end is gone: the lock is ours.
        connection.execute(
            "UPDATE fetches SET ended_how = ?, ended_at = ? WHERE ended_how IS NULL",
            (EndedHow.LOST, now),
        )
        connection.execute("COMMIT")
    except BaseException:
        connection.close()
        raise
    return connection, token


def close_writer(connection: PatientConnection, token: str) -> None:
    """Leave one plain file: readable from a read-only folder, another machine, a copy."""
    try:
        with suppress(sqlite3.Error):
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            connection.execute("DELETE FROM writer WHERE token = ?", (token,))
            _set_journal(connection, wal=False)
    finally:
        connection.close()


def open_to_read(folder: Path) -> PatientConnection:
    """Open an archive for reading, whether its folder can be written or not.

    Raises:
        UsageError: There is none.
        DataError: It is no archive, or one of a newer wbtools.
    """
    path = folder / DATABASE
    if not path.is_file():
        msg = f"there is no archive in {folder}"
        raise UsageError(msg, "`wbtools fetch SWEEP` makes one; --archive names another folder")
    connection = _reading(path)
    try:
        return connection if _check(connection, path) else _migrated_copy(connection, path)
    except BaseException:
        connection.close()
        raise


def is_empty(folder: Path) -> bool:
    """Whether a folder holds no archive, or one whose maker was killed before its first table.

    Raises:
        DataError: The file cannot be read, or is none of SQLite's.
    """
    path = folder / DATABASE
    with speaking_of(path):
        if not path.is_file():
            return True
        with closing(_reading(path)) as connection:
            return schema.is_new(connection)


def _reading(path: Path) -> PatientConnection:
    """Try, in this order: as one of several; without writing; a still file; a copy.

    A reader that may write can clean up after a killed writer. One that may not still shares a
    living writer's memory. Where even that is refused nobody is writing: the file is as still as
    its folder, or its side files hold a killed writer's last pages, and a copy takes them in.
    """
    if can_write(path.parent) and os.access(path, os.W_OK):
        connection = _connect(path, "rw")
        connection.execute("PRAGMA query_only = ON")
        return connection
    connection = _connect(path, "ro")
    try:
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.OperationalError as error:
        connection.close()
        if not getattr(error, "sqlite_errorname", "").startswith(_NOT_WRITABLE):
            raise
    else:
        return connection
    if any(_size(_beside(path, end)) for end in ("-wal", "-journal")):
        return _recovered_copy(path)
    return _connect(path, "ro&immutable=1")


def _check(connection: PatientConnection, path: Path) -> bool:
    """Whether a file has this version; where it is cheap to find out, no page serves twice.

    A file that nobody changed is looked through once a process. Other damage is told where it is
    met: what it leaves may be all that there is of a run.

    Raises:
        DataError: As `schema.check`, or rows that never end.
    """
    current = schema.check(connection, path)
    connection.set_progress_handler(None, 0)
    identity = _identity(path)
    if identity not in _looked_through and _bytes_on_disk(path) <= _CHECKED_BYTES:
        # A few pages that are linked in a circle, or to many places, hold rows without end.
        rows = connection.execute(f"PRAGMA quick_check({_MOST_COMPLAINTS})").fetchall()
        complaints = [line for (text,) in rows for line in str(text).splitlines()]
        endless = [line for line in complaints if _SHARED_PAGE in line]
        if endless or len(complaints) >= _MOST_COMPLAINTS:
            raise _damaged(ValueError([*endless, complaints[-1]][0]), path)
        _looked_through.add(identity)
    return current


def _identity(path: Path) -> tuple[int, ...]:
    status = path.stat()
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


def _recovered_copy(path: Path) -> PatientConnection:
    _refuse_large(path)
    with tempfile.TemporaryDirectory(prefix="wbtools-") as folder:
        copy = Path(folder) / path.name
        for end in ("", *_SIDE_FILES):
            if end != "-shm" and _beside(path, end).exists():
                shutil.copyfile(_beside(path, end), _beside(copy, end))
        with closing(_connect(copy, "rw")) as recovered:
            return _in_memory(recovered)


def _migrated_copy(connection: PatientConnection, path: Path) -> PatientConnection:
    """An older archive in this version, in memory: a reader changes no file."""
    _refuse_large(path)
    with closing(connection):
        # With a transaction of its own, a backup does not wait for others without an end.
        connection.execute("BEGIN")
        connection.execute("SELECT 1 FROM sqlite_master").fetchone()
        copy = _in_memory(connection)
    copy.execute("BEGIN")
    schema.migrate(copy)
    copy.execute("COMMIT")
    return copy


def _in_memory(connection: PatientConnection) -> PatientConnection:
    copy = sqlite3.connect(":memory:", check_same_thread=False, factory=PatientConnection)
    copy.isolation_level = None
    connection.backup(copy)
    _guard(copy)
    copy.set_progress_handler(None, 0)
    return copy


def _connect(path: Path, mode: str) -> PatientConnection:
    connection = sqlite3.connect(
        address(path, mode),
        uri=True,
        timeout=waiting.SILENT_S,
        check_same_thread=False,
        factory=PatientConnection,
    )
    connection.path, connection.patience_s = path, waiting.PATIENCE_S
    connection.isolation_level = None
    _guard(connection)
    return connection


def _guard(connection: PatientConnection) -> None:
    """Bound what a file of somebody's making can ask of SQLite, until its tables are checked."""
    for limit, most in _LIMITS:
        connection.setlimit(limit, most)
    n_steps = 0

    def is_too_much() -> bool:
        nonlocal n_steps
        n_steps += 1
        return n_steps * _STEPS_AT_ONCE > _MOST_STEPS

    connection.set_progress_handler(is_too_much, _STEPS_AT_ONCE)
    # A crafted schema must not run functions of ours, nor a crafted page overrun its cells.
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute("PRAGMA cell_size_check = ON")


def address(path: Path, mode: str) -> str:
    """A database as SQLite is told it: `ro`, `rw`, or `ro&immutable=1`."""
    return f"{path.absolute().as_uri()}?mode={mode}"


def _set_journal(connection: PatientConnection, *, wal: bool) -> None:
    """Change the journal if nobody is reading; either is correct, one is faster."""
    patience_s, connection.patience_s = connection.patience_s, 0.0
    with suppress(sqlite3.OperationalError):
        connection.execute("PRAGMA busy_timeout = 0")
        connection.execute(f"PRAGMA journal_mode = {'WAL' if wal else 'DELETE'}")
    connection.patience_s = patience_s
    connection.execute(f"PRAGMA busy_timeout = {int(waiting.SILENT_S * 1000)}")
    connection.execute(f"PRAGMA synchronous = {'NORMAL' if wal else 'FULL'}")


def _beside(path: Path, end: str) -> Path:
    return path.with_name(path.name + end)


def _refuse_large(path: Path) -> None:
    """Refuse to copy into memory what does not belong there.

    Raises:
        DataError: The file is too large.
    """
    n_bytes = _size(path)
    if n_bytes > _MOST_BYTES_IN_MEMORY:
        msg = (
            f"{path} ({size(n_bytes)}) was left by a killed or older wbtools and would have to be"
            f" copied to be read; that is done up to {size(_MOST_BYTES_IN_MEMORY)}"
        )
        raise DataError(msg, "`wbtools fetch SWEEP` in a folder that can be written repairs it")


def _bytes_on_disk(path: Path) -> int:
    """What a file and its journals take up, holes not counted."""
    n_bytes = 0
    for end in ("", *_SIDE_FILES):
        with suppress(OSError):
            status = _beside(path, end).stat()
            n_bytes += min(status.st_size, getattr(status, "st_blocks", status.st_size) * 512)
    return n_bytes


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
