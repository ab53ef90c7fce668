"""The right to stop runs of a sweep, which one process of an archive has at a time.

Two guards on one sweep would stop more than either of them: each judges by what the other leaves.
"""

from __future__ import annotations

import hashlib
import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from wbtools.archive.holders import holder_of_lock
from wbtools.archive.permissions import make_folder, make_subfolder
from wbtools.archive.writer_lock import LOCK, WriterLock
from wbtools.errors import BusyError, DataError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from wbtools.archive.records import SweepKey

FOLDER: Final = "guards"


@contextmanager
def only_guard(archive: Path, key: SweepKey) -> Iterator[None]:
    """Be the only one that stops runs of a sweep, as long as the block lasts.

    Args:
        archive: The archive's folder.
        key: The sweep.

    Raises:
        BusyError: Another process is.
        DataError: The archive's folder cannot be written.
    """
    name = json.dumps([key.base_url, key.entity, key.project, str(key.kind), key.name]).encode()
    folder = archive / FOLDER / hashlib.blake2b(name, digest_size=12).hexdigest()
    try:
        make_folder(archive)
        make_subfolder(folder.parent)
        make_subfolder(folder)
        lock = WriterLock(folder)
    except BusyError:
        by = holder_of_lock(folder / LOCK)
        msg = f"another guard stops runs of {key}{f' ({by})' if by else ''}"
        hint = "two would stop more than either: end that one, or leave --yes out to look on"
        raise BusyError(msg, hint) from None
    except OSError as error:
        msg = f"{folder.parent} cannot be written: {error.strerror or error}"
        raise DataError(msg, "name another folder with --archive") from None
    try:
        yield
    finally:
        lock.release()
