"""The right to write to an archive, which one process has at a time."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Final

from wbtools.archive.connection import address
from wbtools.archive.holders import holder_of_lock, leave_note, remove_note
from wbtools.archive.permissions import make_private
from wbtools.archive.waiting import is_busy
from wbtools.errors import BusyError

if TYPE_CHECKING:
    from pathlib import Path

LOCK: Final = "writer.lock"


class WriterLock:
    """The right to write, which the kernel takes back when its process ends, however it ends.

    It is SQLite's own reservation of an empty file beside the archive: the same kind of lock on
    the same file system as the archive's own, so there is no folder where one works without the
    other.
    """

    def __init__(self, folder: Path) -> None:
        """Take the lock at once or not at all.

        Raises:
            BusyError: Another process holds it.
        """
        make_private(folder / LOCK, folder)
        self._folder = folder
        self._connection = sqlite3.connect(
            address(folder / LOCK, "rw"), uri=True, timeout=0, check_same_thread=False
        )
        self._connection.isolation_level = None
        try:
            self._connection.execute("BEGIN IMMEDIATE")
        except sqlite3.Error as error:
            self._connection.close()
            if not is_busy(error):
                raise
            by = holder_of_lock(folder / LOCK)
            msg = f"another fetch is writing to {folder}{f' ({by})' if by else ''}"
            hint = "wait for it to end, or name another folder with --archive; reading works"
            raise BusyError(msg, hint) from None
        self._is_held = True
        leave_note(folder)

    def release(self) -> None:
        """Give it back; once is enough."""
        if self._is_held:
            self._is_held = False
            remove_note(self._folder)
        self._connection.close()
