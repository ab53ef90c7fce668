"""Who keeps an archive locked, in words: from the kernel's list of locks and the writer's own note.

The note, `writer.json` beside the database, holds process, machine, moment and wbtools' command,
and none of its arguments, which may be secret. It counts only while its process can be the one:
other people may have written it, and one that was killed leaves it behind.
"""

from __future__ import annotations

import os
import re
import socket
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from wbtools.archive.documents import read_document, write_document
from wbtools.archive.location import DATABASE
from wbtools.text.command_name import COMMAND
from wbtools.text.sanitize import sanitize

if TYPE_CHECKING:
    from collections.abc import Sequence

NOTE: Final = "writer.json"

_SCHEMA: Final = "wbtools.writer/1"
_LOCKS: Final = Path("/proc/locks")
_PROCESSES: Final = Path("/proc")
_HOST: Final = re.compile(r"[A-Za-z0-9._-]{1,253}")
_COMMAND: Final = re.compile(r"[a-z-]{1,40}")
_LARGEST_PID: Final = 2**31
_STOPPED: Final = ("T", "t")
# Of the words of `/proc/<pid>/stat` behind the program's name: state, and start in clock ticks.
_STATE, _STARTED = 0, 19


@dataclass(frozen=True, slots=True, kw_only=True)
class _Note:
    """What a writer says of itself, checked to be of the right kind."""

    pid: int
    host: str
    since: datetime
    command: str | None
    started: int | None


def leave_note(folder: Path) -> None:
    """Note that this process writes to the archive whose lock it holds; a full disk is no error."""
    content = {
        "pid": os.getpid(),
        "host": socket.gethostname(),
        "since": datetime.now(UTC).isoformat(),
        "command": COMMAND.get(),
        "started": _started(os.getpid()),
    }
    with suppress(OSError):
        write_document(folder / NOTE, _SCHEMA, content, archive=folder, durable=False)


def remove_note(folder: Path) -> None:
    """Take the note away, before the lock is given back."""
    with suppress(OSError):
        (folder / NOTE).unlink()


def holder_of_lock(lock: Path) -> str | None:
    """Who holds the right to write, for a message; None if nobody can tell.

    Args:
        lock: The file in the archive's folder.
    """
    return _holders_in_words(_locking([lock]), _believable_note(lock.parent))


def holders_of_database(folder: Path) -> str | None:
    """Which other process keeps the database locked; None if nobody can tell."""
    note = _believable_note(folder)
    if note is not None and (note.pid, note.host) == (os.getpid(), socket.gethostname()):
        note = None
    return _holders_in_words(_locking([folder / DATABASE, folder / f"{DATABASE}-shm"]), note)


def _holders_in_words(pids: Sequence[int], note: _Note | None) -> str | None:
    if pids:
        return " and ".join(
            _words(pid, note if note is not None and note.pid == pid else None) for pid in pids
        )
    return None if note is None else _words(note.pid, note)


def _words(pid: int, note: _Note | None) -> str:
    this_host = socket.gethostname()
    parts = [f"process {pid} on {this_host if note is None else note.host}"]
    if note is None:
        if program := _read(_PROCESSES / str(pid) / "comm").strip():
            parts.append(f"program {sanitize(program, limit=40)}")
    else:
        parts.append("a Python program" if note.command is None else f"`wbtools {note.command}`")
        parts.append(f"since {note.since:%Y-%m-%d %H:%M:%S} UTC")
    if note is None or note.host == this_host:
        words = _stat(pid)
        if words and words[_STATE] in _STOPPED:
            parts.append(f"stopped: `kill -CONT {pid}` lets it go on")
    return ", ".join(parts)


def _believable_note(folder: Path) -> _Note | None:
    """The note, unless its process is known to be gone; that of another machine is believed."""
    note = _note(read_document(folder / NOTE, _SCHEMA))
    if note is None or note.host != socket.gethostname():
        return note
    if note.started is not None and _stat(note.pid):
        return note if _started(note.pid) == note.started else None
    return note if _is_alive(note.pid) else None


def _note(document: dict[str, object]) -> _Note | None:
    pid, host, since = (document.get(key) for key in ("pid", "host", "since"))
    command, started = document.get("command"), document.get("started")
    if not (type(pid) is int and 0 < pid < _LARGEST_PID):
        return None
    if not (isinstance(host, str) and _HOST.fullmatch(host)):
        return None
    if not (command is None or (isinstance(command, str) and _COMMAND.fullmatch(command))):
        return None
    with suppress(ValueError, OverflowError):
        return _Note(
            pid=pid,
            host=host,
            since=datetime.fromisoformat(str(since)).astimezone(UTC),
            command=command,
            started=started if type(started) is int else None,
        )
    return None


def _locking(paths: Sequence[Path]) -> Sequence[int]:
    """Other processes that hold a lock on one of the files: writers, else readers; Linux only."""
    inodes = set()
    for path in paths:
        with suppress(OSError):
            status = path.stat()
            device = status.st_dev
            inodes.add(f"{os.major(device):02x}:{os.minor(device):02x}:{status.st_ino}")
    found: dict[str, dict[int, None]] = {"WRITE": {}, "READ": {}}
    for line in _read(_LOCKS).splitlines():
        words = line.split()
        # A process that waits has `->` behind the number: it holds nothing.
        if len(words) >= 6 and words[1] == "POSIX" and words[5] in inodes:  # noqa: PLR2004 - as above
            with suppress(ValueError):
                pid = int(words[4])
                if pid > 0 and pid != os.getpid():
                    found.setdefault(words[3], {})[pid] = None
    return list(found["WRITE"] or found["READ"])


def _started(pid: int) -> int | None:
    """When a process of this machine began, in clock ticks since boot; None where unknown."""
    words = _stat(pid)
    with suppress(ValueError):
        return int(words[_STARTED]) if len(words) > _STARTED else None
    return None


def _stat(pid: int) -> list[str]:
    return _read(_PROCESSES / str(pid) / "stat").rpartition(")")[2].split()


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except OSError as error:
        return isinstance(error, PermissionError)
    return True


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode(errors="replace")
    except OSError:
        return ""
