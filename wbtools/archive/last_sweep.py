"""Which sweep was used last in each working folder: `last-sweeps.json`, in the archive.

A reference like `./wandb` means something in one folder only, and an archive may serve many, so
each folder has an entry of its own. Where the archive cannot be written, the user's cache folder
holds the entry.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from wbtools.archive.documents import read_document, write_document
from wbtools.archive.permissions import make_folder
from wbtools.archive.place import archive_path, cache_folder
from wbtools.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

_FILE: Final = "last-sweeps.json"
_SCHEMA: Final = "wbtools.last-sweeps/1"
_MOST_FOLDERS: Final = 200
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
        reference: What the user called SWEEP.
        folder: What `--archive` names; None where it was not given.
        env: The environment, for WBTOOLS_ARCHIVE.
        at: When; now by default.
    """
    if len(reference) > _LONGEST_REFERENCE:
        return
    here = Path.cwd()
    entry = {"sweep": reference, "used_at": (at or datetime.now(UTC)).isoformat()}
    for place in _places(folder, env, here):
        with suppress(OSError, UsageError):
            known = _entries(place)
            known.pop(str(here), None)
            kept = dict([*known.items()][1 - _MOST_FOLDERS :])
            make_folder(place)
            write_document(place / _FILE, _SCHEMA, {"folders": {**kept, str(here): entry}})
            return


def last_sweep(folder: Path | None, env: Mapping[str, str]) -> LastSweep | None:
    """What was used last in the working folder; None where nothing was, or nobody can tell.

    Args:
        folder: What `--archive` names; None where it was not given.
        env: The environment, for WBTOOLS_ARCHIVE.
    """
    here = Path.cwd()
    found = [
        last
        for place in _places(folder, env, here)
        if (last := _last(_entries(place).get(str(here)))) is not None
    ]
    return max(found, key=lambda last: last.used_at, default=None)


def _places(folder: Path | None, env: Mapping[str, str], here: Path) -> list[Path]:
    """The archive, and the cache folder that stands in for one that cannot be written."""
    archive = archive_path(folder, env, working_folder=here, write=True).path
    return list(dict.fromkeys([archive, cache_folder(here)]))


def _entries(place: Path) -> dict[str, Any]:
    folders = read_document(place / _FILE, _SCHEMA).get("folders")
    return folders if isinstance(folders, dict) else {}


def _last(entry: object) -> LastSweep | None:
    """An entry of a file that other people may have written."""
    if not isinstance(entry, dict):
        return None
    reference, used_at = entry.get("sweep"), entry.get("used_at")
    if not (isinstance(reference, str) and 0 < len(reference) <= _LONGEST_REFERENCE):
        return None
    with suppress(TypeError, ValueError):
        return LastSweep(
            reference=reference, used_at=datetime.fromisoformat(str(used_at)).astimezone(UTC)
        )
    return None
