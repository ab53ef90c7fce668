"""Where an archive lives, and on what kind of file system."""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Final

import platformdirs

from wbtools.errors import UsageError
from wbtools.sources.settings_file import project_settings

if TYPE_CHECKING:
    from collections.abc import Mapping

FOLDER: Final = ".wbtools"
DATABASE: Final = "archive.sqlite"
VARIABLE: Final = "WBTOOLS_ARCHIVE"

# File systems of one machine, where processes can share memory through a mapped file, as SQLite's
# write-ahead log needs. All others (nfs, lustre, gpfs, beegfs, ceph, fuse.*, 9p, …) count as shared
# between machines.
_LOCAL: Final = frozenset(
    ("ext2", "ext3", "ext4", "xfs", "btrfs", "zfs", "f2fs", "jfs", "bcachefs", "tmpfs", "overlay")
)
_ESCAPE: Final = re.compile(r"\\([0-7]{3})")


class ChosenBy(StrEnum):
    """What decided where the archive lives."""

    OPTION = "option"
    ENVIRONMENT = "environment"
    SETTINGS = "settings file"
    WORKING_FOLDER = "working folder"
    CACHE = "cache"


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveLocation:
    """Where the archive lives and why.

    Attributes:
        path: The archive's folder, which need not exist yet.
        note: One sentence to tell the user where the place is not what they would expect.
    """

    path: Path
    chosen_by: ChosenBy
    note: str | None = None


def archive_path(
    folder: Path | None,
    env: Mapping[str, str],
    *,
    working_folder: Path | None = None,
    write: bool = True,
) -> ArchiveLocation:
    """Say where the archive lives.

    `--archive`, else WBTOOLS_ARCHIVE, else what the project's settings say, else `.wbtools/`.

    In a read-only working folder it is a folder in the user's cache, one for each working folder.
    A reader there takes that one if it was written, else a `.wbtools/` that lies in the folder.

    Args:
        folder: What `--archive` names; None where it was not given.
        env: The environment.
        working_folder: The current folder by default.
        write: Whether the archive is to be written.

    Raises:
        UsageError: The folder begins with `~` and the name of a user who is not known; or the
            project's settings cannot be read.
    """
    if folder is not None:
        return ArchiveLocation(path=_expanded(folder), chosen_by=ChosenBy.OPTION)
    if named := env.get(VARIABLE):
        return ArchiveLocation(path=_expanded(Path(named)), chosen_by=ChosenBy.ENVIRONMENT)
    settings = project_settings(env, working_folder)
    if settings.archive is not None:
        if settings.archive_is_elsewhere:
            settings.tell("archive")
        return ArchiveLocation(path=settings.archive, chosen_by=ChosenBy.SETTINGS)
    home = (working_folder or Path.cwd()).absolute()
    local_archive = ArchiveLocation(path=home / FOLDER, chosen_by=ChosenBy.WORKING_FOLDER)
    if can_write(local_archive.path if local_archive.path.exists() else home):
        return local_archive
    cache = ArchiveLocation(
        path=cache_folder(home),
        chosen_by=ChosenBy.CACHE,
        note=f"{home} is read-only: the archive is in {cache_folder(home)}",
    )
    if write or _is_file(cache.path / DATABASE) or not _is_file(local_archive.path / DATABASE):
        return cache
    return local_archive


def can_write(folder: Path) -> bool:
    """Whether files can be made in an existing folder."""
    return folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)


def is_local(path: Path, mounts: Path = Path("/proc/mounts")) -> bool:
    """Whether a path is surely on a file system of this machine alone; unknown ones are not."""
    try:
        lines = os.fsdecode(mounts.read_bytes()).splitlines()
    except OSError:
        return False
    real = path.resolve()
    around = {str(real), *map(str, real.parents)}
    kind, deepest = "", -1
    for line in lines:
        words = line.split(" ")
        if len(words) < 3:  # noqa: PLR2004 - device, mount point, type
            continue
        point = _ESCAPE.sub(lambda code: chr(int(code[1], 8)), words[1])
        if point in around and len(point) >= deepest:
            kind, deepest = words[2], len(point)
    return kind in _LOCAL


def _expanded(folder: Path) -> Path:
    try:
        return folder.expanduser().absolute()
    except RuntimeError:
        msg = f"the archive's folder {str(folder)!r} begins with the home of an unknown user"
        raise UsageError(msg, "write the path in full") from None


def cache_folder(home: Path) -> Path:
    """What stands in for the archive of a working folder that cannot be written."""
    mark = hashlib.blake2b(os.fsencode(home.resolve()), digest_size=6).hexdigest()
    return platformdirs.user_cache_path("wbtools") / "archives" / mark


def _is_file(path: Path) -> bool:
    """`Path.is_file`, also where a folder on the way may not be entered."""
    try:
        return path.is_file()
    except OSError:
        return False
