"""Run files read once: what was read is kept, and the next time only what was added is taken apart.

A file that has the stamp of the last time (device, inode, size, both times of change) is not read
at all. Of one that has another stamp, or was so fresh that a change may have left no trace in it,
the beginning is compared by its SHA-256 with what was read before: where that is the same, only
what lies behind it is taken apart, else all of it. Nothing is kept of files with records that are
no messages, since what these cost depends on what was looked for in them.
"""

from __future__ import annotations

import hashlib
import os
import time
from typing import TYPE_CHECKING, BinaryIO, Final, TypeVar

from wbtools.sources.local.kept_entries import (
    KeptFile,
    Stamp,
    decoded_names,
    decoded_reading,
    encoded_names,
    encoded_reading,
)
from wbtools.sources.local.run_file import metric_names, names_in, read_run_file
from wbtools.sources.local.run_reading import RunReading
from wbtools.sources.regular_files import open_regular

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from wbtools.sources.local.kept_store import KeptStore
    from wbtools.sources.local.run_reading import RunFile

Kept = TypeVar("Kept")

_NAME_BYTES: Final = 20
_UNSURE_NS: Final = 2_000_000_000
"""A file that was changed so short a time ago may change again within one tick of its clock."""


class KeptReads:
    """Answers as `read_run_file` and `metric_names` do, to the last bit, from what was kept."""

    def __init__(self, store: KeptStore) -> None:
        """Take the place where readings are kept."""
        self._store = store

    def read_run_file(
        self, path: Path, metrics: Sequence[str] = (), *, with_summary: bool = True
    ) -> RunFile:
        """Do as `run_file.read_run_file`."""
        name = _name_of(path, "rows")
        kept = self._kept(name, decoded_reading)
        try:
            with open_regular(path) as file:
                stamp, is_sure = _stamp_of(file)
                if kept is not None and kept[0].is_sure and kept[0].stamp == stamp:
                    reading = kept[1]
                    if not reading.lacks(metrics, with_summary=with_summary):
                        return reading.answer(metrics, with_summary=with_summary, name=path.stem)
                data = file.read()
        except OSError:
            self._store.drop(name)
            return read_run_file(path, metrics, with_summary=with_summary)
        wanted = RunReading(metrics, with_summary=with_summary)
        known, reading = _brought_up(kept, wanted, data, stamp, is_sure=is_sure)
        if known is None:
            self._store.drop(name)
            reading = RunReading(metrics, with_summary=with_summary)
            reading.take(data)
        elif kept is None or known != kept[0] or wanted.rows or wanted.with_summary:
            self._keep(name, encoded_reading(name, known, reading))
        return reading.answer(metrics, with_summary=with_summary, name=path.stem)

    def metric_names(self, path: Path) -> dict[str, int]:
        """Do as `run_file.metric_names`."""
        name = _name_of(path, "names")
        kept = self._kept(name, decoded_names)
        try:
            with open_regular(path) as file:
                stamp, is_sure = _stamp_of(file)
                if kept is not None and kept[0].is_sure and kept[0].stamp == stamp:
                    return kept[1]
                data = file.read()
        except OSError:
            self._store.drop(name)
            return metric_names(path)
        checksum = hashlib.sha256(data).digest()
        known = KeptFile(stamp=stamp, is_sure=is_sure, n_bytes=len(data), checksum=checksum)
        is_same = kept is not None and kept[0].checksum == checksum
        counts = kept[1] if kept is not None and is_same else names_in(data)
        if kept is None or known != kept[0]:
            self._keep(name, encoded_names(name, known, counts))
        return counts

    def close(self) -> None:
        """Make room, if anything was kept."""
        self._store.trim()

    def _kept(
        self, name: str, decoded: Callable[[str, bytes], tuple[KeptFile, Kept] | None]
    ) -> tuple[KeptFile, Kept] | None:
        content = self._store.get(name)
        return None if content is None else decoded(name, content)

    def _keep(self, name: str, content: bytes | None) -> None:
        if content is None:
            self._store.drop(name)
        else:
            self._store.put(name, content)


def _brought_up(
    kept: tuple[KeptFile, RunReading] | None,
    wanted: RunReading,
    data: bytes,
    stamp: Stamp,
    *,
    is_sure: bool,
) -> tuple[KeptFile | None, RunReading]:
    """Go on with what was kept, if the file begins as it did then, and read what that lacks.

    Args:
        kept: From the last time.
        wanted: What is asked for, not read yet; afterwards what of it was read from the beginning.
        data: The whole file.
        stamp: The file's.
        is_sure: Whether a later change would surely give another one.

    Returns:
        What to keep, and the reading; None in place of the former where nothing may be kept, and
        then the reading is good for nothing.
    """
    view = memoryview(data)
    reading = wanted
    digest, n_bytes = hashlib.sha256(), 0
    if kept is not None and kept[0].n_bytes <= len(data):
        beginning = hashlib.sha256(view[: kept[0].n_bytes])
        if beginning.digest() == kept[0].checksum:
            digest, n_bytes = beginning, kept[0].n_bytes
            reading = kept[1]
            reading.take(data)
            wanted.leave_out(reading)
    if reading is wanted or wanted.rows or wanted.with_summary:
        wanted.take(data)
    end = reading.place.position
    if not end or reading.is_doubtful or wanted.is_doubtful:
        return None, reading
    if reading is not wanted:
        reading.add(wanted)
    digest.update(view[n_bytes:end])
    known = KeptFile(stamp=stamp, is_sure=is_sure, n_bytes=end, checksum=digest.digest())
    return known, reading


def _name_of(path: Path, kind: str) -> str:
    """Give the name under which readings of one kind of a file are kept; nothing of it is shown."""
    try:
        real = os.fsencode(os.path.realpath(path))
    except (OSError, ValueError):  # the name of no file
        real = os.fsencode(path)
    return hashlib.blake2b(b"\0".join([kind.encode(), real]), digest_size=_NAME_BYTES).hexdigest()


def _stamp_of(file: BinaryIO) -> tuple[Stamp, bool]:
    """Give the stamp of an open file, and whether a later change would surely give another one.

    What a program sets back, such as the time of a copied file, is the time of modification; that
    of the last change of the file's state is the system's (on Windows it is that of its creation).
    """
    now_ns = time.time_ns()
    status = os.fstat(file.fileno())
    stamp = (
        status.st_dev,
        status.st_ino,
        status.st_size,
        status.st_mtime_ns,
        status.st_ctime_ns,
    )
    return stamp, max(status.st_mtime_ns, status.st_ctime_ns) + _UNSURE_NS < now_ns
