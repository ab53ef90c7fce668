"""The one way in which files that other people wrote are opened: regular ones only, never waiting.

A pipe, a socket or a device may hang or never end, whatever its name says; a name that came out of
a file may lead anywhere.
"""

from __future__ import annotations

import errno
import os
import stat
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_FLAGS: Final = (
    os.O_RDONLY
    | getattr(os, "O_NONBLOCK", 0)  # opening a pipe does not wait for its writer
    | getattr(os, "O_NOCTTY", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)
_LONGEST_NAME: Final = 200


@contextmanager
def open_regular(path: Path) -> Iterator[BinaryIO]:
    """Open a regular file, or what a link to one leads to, for reading.

    Raises:
        OSError: It cannot be read, or is no regular file; `strerror` says it in words.
    """
    try:
        handle = os.open(path, _FLAGS)
    except ValueError:
        raise OSError(errno.EINVAL, "not the name of a file", str(path)) from None
    try:
        mode = os.fstat(handle).st_mode
        if stat.S_ISDIR(mode):
            raise IsADirectoryError(errno.EISDIR, "a folder, not a file", str(path))
        if not stat.S_ISREG(mode):
            raise OSError(errno.EINVAL, "not a regular file", str(path))
        with os.fdopen(handle, "rb", closefd=False) as file:
            yield file
    except MemoryError:
        raise OSError(errno.ENOMEM, "larger than the memory", str(path)) from None
    finally:
        os.close(handle)


def read_regular(path: Path, most_bytes: int | None) -> bytes:
    """Read a regular file, or what a link to one leads to.

    Args:
        path: It may still be growing.
        most_bytes: Read no more than that; None reads all.

    Raises:
        OSError: It cannot be read, or is no regular file; `strerror` says it in words.
    """
    with open_regular(path) as file:
        return file.read(-1 if most_bytes is None else most_bytes)


def is_plain_name(text: str) -> bool:
    """Say whether a text out of a file may stand in a file's name, as it leads nowhere else."""
    return (
        0 < len(text) <= _LONGEST_NAME
        and text not in {".", ".."}
        and not any(mark in text for mark in "/\\\0")
    )
