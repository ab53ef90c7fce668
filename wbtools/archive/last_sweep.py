"""Which sweep somebody used last in a working folder: `last-sweeps/`, one document for each.

A reference like `./wandb` means something in one folder only, and an archive may serve many folders
and people. Where the archive cannot be written, the user's cache folder holds the document.
"""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from wbtools.archive.documents import read_document, write_document
from wbtools.archive.location import archive_path, cache_folder
from wbtools.archive.permissions import make_folder, make_subfolder
from wbtools.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

_FOLDER: Final = "last-sweeps"
_SCHEMA: Final = "wbtools.last-sweep/1"
_LONGEST_REFERENCE: Final = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class LastSweep:
    """What was used last in a folder.

    Attributes:
        reference: What the user called SWEEP.
        used_at: When.
    """

    reference: str
    used_at: datetime


def remember_sweep(
    reference: str, folder: Path | None, env: Mapping[str, str], *, at: datetime | None = None
) -> None:
    """Remember what was used in the working folder; where nothing can be written, do nothing.

    Args:
        reference: What the user called SWEEP; an address that holds a password, a query or the
            like is not kept.
        folder: What `--archive` names; None where it was not given.
        env: The environment, for WBTOOLS_ARCHIVE.
        at: When; now by default.
    """
    if not _may_be_kept(reference):
        return
    with suppress(OSError, UsageError):  # the working folder is gone, or `--archive` is no path
        working_folder = Path.cwd()
        used_at = (at or datetime.now(UTC)).isoformat()
        content = {"folder": str(working_folder), "sweep": reference, "used_at": used_at}
        for path in _paths(folder, env, working_folder):
            with suppress(OSError, UsageError, UnicodeError):
                archive = path.parent.parent
                make_folder(archive)
                make_subfolder(path.parent)
                write_document(path, _SCHEMA, content, archive=archive)
                return


def last_sweep(folder: Path | None, env: Mapping[str, str]) -> LastSweep | None:
    """What was used last in the working folder; None where nothing was, or nobody can tell.

    Args:
        folder: What `--archive` names; None where it was not given.
        env: The environment, for WBTOOLS_ARCHIVE.
    """
    with suppress(OSError, UsageError):
        paths = _paths(folder, env, Path.cwd())
        found = [last for path in paths if (last := _read(path)) is not None]
        return max(found, key=lambda last: last.used_at, default=None)
    return None


def _paths(folder: Path | None, env: Mapping[str, str], working_folder: Path) -> list[Path]:
    """In the archive, and in the cache folder that stands in for one that cannot be written."""
    archive = archive_path(folder, env, working_folder=working_folder, write=True).path
    user = os.getuid() if hasattr(os, "getuid") else ""
    whose = f"{user}\0".encode() + os.fsencode(working_folder)
    name = f"{hashlib.blake2b(whose, digest_size=12).hexdigest()}.json"
    places = dict.fromkeys([archive, cache_folder(working_folder)])
    return [place / _FOLDER / name for place in places]


def _read(path: Path) -> LastSweep | None:
    """A document that other people may have written."""
    document = read_document(path, _SCHEMA)
    reference = document.get("sweep")
    if not (isinstance(reference, str) and _may_be_kept(reference)):
        return None
    with suppress(ValueError, OverflowError):
        used_at = datetime.fromisoformat(str(document.get("used_at"))).astimezone(UTC)
        return LastSweep(reference=reference, used_at=used_at)
    return None


def _may_be_kept(reference: str) -> bool:
    """Whether a reference is one that can be typed again, and holds no secret of an address."""
    if not 0 < len(reference) <= _LONGEST_REFERENCE or "\0" in reference:
        return False
    try:
        reference.encode()
        address = urlsplit(reference)
    except ValueError:  # half a surrogate pair, or a host that is none
        return False
    return not address.netloc or not ("@" in address.netloc or address.query or address.fragment)
