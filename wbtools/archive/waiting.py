"""Connections that wait for other processes' transactions: not for ever, and not in silence."""

from __future__ import annotations

import sqlite3
import time
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from wbtools.archive.holders import holders_of_database

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# How long to wait for another process's transaction, which lasts milliseconds.
PATIENCE_S: Final = 60.0
SILENT_S: Final = 1.0
"""After so many seconds a wait is announced."""
_PAUSE_S: Final = 0.05

_BUSY: Final = ("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_PROTOCOL")
_LISTENER: Final[ContextVar[Callable[[str], None] | None]] = ContextVar("listener", default=None)


@contextmanager
def telling_waits(tell: Callable[[str], None]) -> Iterator[None]:
    """For archives that are opened inside: who is told of waits.

    Args:
        tell: Called with a sentence when an archive has been locked for a second.
    """
    listener = _LISTENER.set(tell)
    try:
        yield
    finally:
        _LISTENER.reset(listener)


def is_busy(error: sqlite3.Error) -> bool:
    """Whether another process's lock is the reason."""
    return getattr(error, "sqlite_errorname", "").startswith(_BUSY)


class PatientConnection(sqlite3.Connection):
    """A connection to an archive whose statements wait for a locked file; the wait is announced.

    Attributes:
        path: The database.
        patience_s: How long a statement waits; 0 until it is set.
    """

    path: Path = Path()
    patience_s: float = 0.0
    _tell: Callable[[str], None] | None = None

    def __init__(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401 - as of SQLite
        """Remember who is told of waits."""
        super().__init__(*arguments, **options)
        self._tell = _LISTENER.get()

    def execute(self, sql: str, parameters: Any = (), /) -> sqlite3.Cursor:  # noqa: ANN401 - as above
        """As SQLite's; a try waits for `SILENT_S` itself, except where it could wait for ever.

        Raises:
            sqlite3.OperationalError: The file is still locked when the patience is over.
        """
        began, is_announced = time.monotonic(), False
        while True:
            try:
                return super().execute(sql, parameters)
            except sqlite3.OperationalError as error:
                if not is_busy(error) or time.monotonic() - began >= self.patience_s:
                    raise
            is_long = time.monotonic() - began + _PAUSE_S >= SILENT_S
            if is_long and not is_announced and self._tell is not None:
                is_announced = True
                by = holders_of_database(self.path.parent) or "an unknown process"
                self._tell(f"waiting up to {self.patience_s:.0f} s for {self.path}, locked by {by}")
            # SQLite gives up at once where two wait for each other.
            time.sleep(_PAUSE_S)
