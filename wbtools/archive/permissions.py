"""Who may read an archive: its owner, and a group only where its folder says so.

Configurations can hold secrets, and W&B keeps them in clear. So folders are made with mode 0700 and
files with 0600, whatever the umask is. An archive's folder that holds an empty file `shared` is
shared: files in it get what the folder grants its group. The set-group-ID bit alone is no consent,
since every folder below a group's folder inherits it.

In a folder called `.wbtools` that file means nothing. A cloned repository can bring one, and no
mode tells whose doing it is: with umask 002 or 007 a clone's folders are the group's to write.
Every other archive is one that its user has named.
"""

from __future__ import annotations

import errno
import os
import stat
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from wbtools.archive.location import FOLDER
from wbtools.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

SHARED: Final = "shared"
_IGNORE_ALL: Final = "*\n"
_OWNERS_FOLDER: Final = 0o700
_OWNERS_FILE: Final = 0o600
_OTHERS: Final = 0o077
_GROUP_OF_FILES: Final = 0o060
_GROUP_OF_FOLDERS: Final = stat.S_ISGID | 0o070


def make_folder(folder: Path) -> None:
    """Make the archive's folder, ignored by git if it is ours; a folder of ours becomes private.

    Raises:
        UsageError: The path is that of a file.
    """
    if folder.exists() and not folder.is_dir():
        msg = f"{folder} is a file; an archive is a folder"
        raise UsageError(msg, "name a folder with --archive")
    if folder.name == FOLDER and folder.is_symlink():
        msg = f"{folder} is a link, which may lead to a folder that is not an archive"
        raise UsageError(msg, "remove it, or name the folder it leads to with --archive")
    is_ours = folder.name == FOLDER or not folder.exists()
    folder.mkdir(_OWNERS_FOLDER, parents=True, exist_ok=True)
    if is_ours and not _is_shared(folder):
        _set_mode(folder, stat.S_IMODE(folder.stat().st_mode) & ~_OTHERS)
    ignore = folder / ".gitignore"
    if is_ours and _is_lacking(ignore):
        make_private(ignore, folder)
        ignore.write_text(_IGNORE_ALL)


def make_subfolder(folder: Path) -> None:
    """Make a folder inside the archive's, for the same people.

    Raises:
        OSError: It is there as something else, or as a link.
    """
    _refuse_link(folder)
    folder.mkdir(_OWNERS_FOLDER, exist_ok=True)
    above = folder.parent
    shared = above.stat().st_mode & _GROUP_OF_FOLDERS if _is_shared(above) else 0
    _set_mode(folder, _OWNERS_FOLDER | shared)


def make_private(file: Path, archive: Path) -> None:
    """Give a file of the archive, or of a folder in it, its permissions; make it if it is missing.

    A database that is there is never opened here: to close it would drop this process's locks.

    Args:
        file: What is to be private, or as shared as the archive is.
        archive: The archive's folder.

    Raises:
        OSError: It cannot be made, or is a link, which may lead anywhere.
    """
    _refuse_link(file)
    with suppress(FileExistsError):
        os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, _OWNERS_FILE))
    shared = file.parent.stat().st_mode & _GROUP_OF_FILES if _is_shared(archive) else 0
    _set_mode(file, _OWNERS_FILE | shared)


def _is_lacking(file: Path) -> bool:
    """Whether it is not there, or was left empty when a disk was full."""
    return not file.is_symlink() and (not file.exists() or file.stat().st_size == 0)


def _refuse_link(path: Path) -> None:
    """A folder that was cloned can hold links to what is none of ours."""
    if path.is_symlink():
        raise OSError(errno.ELOOP, "a link, which no archive holds", str(path))


def _is_shared(archive: Path) -> bool:
    return archive.name != FOLDER and (archive / SHARED).is_file()


def _set_mode(path: Path, mode: int) -> None:
    """Only an owner can; what another member of the group made stays as that member made it."""
    if stat.S_IMODE(path.stat().st_mode) != mode:
        with suppress(PermissionError):
            path.chmod(mode)
