"""The folder in which readings of run files are kept: one small file each, and never too much.

A file is written under another name and renamed when it is whole, so that a process that is killed
leaves nothing half-written. What hinders (no such folder, no room, no right to write) is no error:
then nothing is kept, and files are read anew.

What is kept holds configurations, names and hosts of runs. So the folder and the files in it are
the user's alone, and a folder that others may write to is not used.
"""

from __future__ import annotations

import os
import stat
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

import platformdirs

from wbtools.sources.regular_files import read_regular

if TYPE_CHECKING:
    from collections.abc import Mapping

VARIABLE: Final = "WBTOOLS_CACHE"
OFF: Final = frozenset({"off", "no", "false", "0"})
"""What turns the cache off as the variable's value, in any case."""
_FOLDER: Final = "run-files"
_MOST_BYTES: Final = 1024**3
_LARGEST_SHARE: Final = 4  # a file may take a quarter of the room
_LEFT_SHARE: Final = 0.8  # of the room is filled after old files were removed
_PRIVATE: Final = 0o700
_OTHERS_WRITE: Final = 0o022
_UNFINISHED: Final = ".new-"
_UNFINISHED_S: Final = 3600.0


def folder_of_readings(env: Mapping[str, str]) -> Path | None:
    """Say where readings are kept: below $WBTOOLS_CACHE, else in the user's cache folder.

    Args:
        env: The environment.

    Returns:
        None if it is turned off, or nobody knows where the user's home is.
    """
    named = env.get(VARIABLE)
    if named is not None and named.lower() in OFF:
        return None
    try:
        base = Path(named).expanduser().absolute() if named else None
    except RuntimeError:  # the home of nobody
        return None
    base = base or platformdirs.user_cache_path("wbtools")
    return base / _FOLDER if base.is_absolute() else None


class KeptStore:
    """Files by name in one folder, of which the least recently used go first."""

    def __init__(self, folder: Path, most_bytes: int = _MOST_BYTES) -> None:
        """Take a folder, which need not exist yet.

        Args:
            folder: Where the files lie.
            most_bytes: They take no more than this in all.
        """
        self._folder = folder
        self._most_bytes = most_bytes
        self._n_unchecked = 0
        self._is_usable: bool | None = None

    def get(self, name: str) -> bytes | None:
        """Give what lies under a name, and note that it was used; None if nothing does."""
        if not self._may_use(make=False):
            return None
        path = self._folder / name
        try:
            content = read_regular(path, self._most_bytes)
        except OSError:
            return None
        with suppress(OSError):
            os.utime(path)
        return content

    def put(self, name: str, content: bytes) -> None:
        """Keep something under a name, in place of what lies there, if there is room."""
        if len(content) > self._most_bytes // _LARGEST_SHARE:
            self.drop(name)
            return
        if not self._may_use(make=True):
            return
        try:
            self._write(name, content)
        except OSError:
            self._is_usable = False
            return
        self._n_unchecked += len(content)
        if self._n_unchecked > self._most_bytes // _LARGEST_SHARE:
            self.trim()

    def drop(self, name: str) -> None:
        """Keep nothing under a name."""
        if self._may_use(make=False):
            with suppress(OSError):
                (self._folder / name).unlink()

    def trim(self) -> None:
        """Remove the files that were used longest ago if all take too much, if any was written."""
        if not self._n_unchecked:
            return
        self._n_unchecked = 0
        now = time.time()
        files: list[tuple[float, int, str]] = []
        with suppress(OSError), os.scandir(self._folder) as entries:
            for entry in entries:
                with suppress(OSError):
                    status = entry.stat(follow_symlinks=False)
                    if not entry.name.startswith(_UNFINISHED):
                        files.append((status.st_mtime, status.st_size, entry.path))
                    elif now - status.st_mtime > _UNFINISHED_S:
                        Path(entry.path).unlink()
        n_bytes = sum(size for _, size, _ in files)
        if n_bytes <= self._most_bytes:
            return
        for _, size, path in sorted(files):
            with suppress(OSError):
                Path(path).unlink()
            n_bytes -= size
            if n_bytes <= self._most_bytes * _LEFT_SHARE:
                return

    def _write(self, name: str, content: bytes) -> None:
        handle, unfinished = tempfile.mkstemp(prefix=_UNFINISHED, dir=self._folder)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            Path(unfinished).replace(self._folder / name)
        except BaseException:
            with suppress(OSError):
                Path(unfinished).unlink()
            raise

    def _may_use(self, *, make: bool) -> bool:
        """Whether the folder is there and nobody else can write to it."""
        if self._is_usable is not None:
            return self._is_usable
        try:
            if make:
                self._folder.mkdir(_PRIVATE, parents=True, exist_ok=True)
            status = self._folder.lstat()
        except OSError:
            if make:
                self._is_usable = False
            return False
        is_own = not hasattr(os, "geteuid") or status.st_uid == os.geteuid()
        self._is_usable = (
            stat.S_ISDIR(status.st_mode) and is_own and not status.st_mode & _OTHERS_WRITE
        )
        return self._is_usable
