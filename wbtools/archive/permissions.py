"""Who may read an archive: its owner, and a group only where its folder was shared on purpose.

Configurations can hold secrets, and W&B keeps them in clear. So folders are made with mode 0700 and
files with 0600, whatever the umask is. A folder with the set-group-ID bit (`chmod 2770`, or 2750 to
let the group read only) says that it is shared: files in it get what it grants its group.
"""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from wbtools.archive.place import FOLDER
from wbtools.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

_OWNERS_FOLDER: Final = 0o700
_OWNERS_FILE: Final = 0o600
_GROUP: Final = 0o070


def make_folder(folder: Path) -> None:
    """Make the archive's folder, ignored by git if it is ours; a folder of ours becomes private.

    Raises:
        UsageError: The path is that of a file.
    """
    if folder.exists() and not folder.is_dir():
        msg = f"{folder} is a file; an archive is a folder"
        raise UsageError(msg, "name a folder with --archive")
    is_ours = folder.name == FOLDER or not folder.exists()
    folder.mkdir(_OWNERS_FOLDER, parents=True, exist_ok=True)
    mode = stat.S_IMODE(folder.stat().st_mode)
    if is_ours and not mode & stat.S_ISGID:
        _set_mode(folder, mode & ~0o077)
    ignore = folder / ".gitignore"
    if is_ours and not ignore.exists():
        ignore.write_text("*\n")
        make_private(ignore)


def make_subfolder(folder: Path) -> None:
    """Make a folder inside the archive's, open to whom that is open."""
    folder.mkdir(_OWNERS_FOLDER, exist_ok=True)
    above = folder.parent.stat().st_mode
    shared = above & (stat.S_ISGID | _GROUP) if above & stat.S_ISGID else 0
    _set_mode(folder, _OWNERS_FOLDER | shared)


def make_private(file: Path) -> None:
    """Make an empty file that nobody else can read, or let one that is there become so.

    A database that is there is never opened here: to close it would drop this process's locks.
    """
    with suppress(FileExistsError):
        os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, _OWNERS_FILE))
    above = file.parent.stat().st_mode
    shared = above & _GROUP & ~stat.S_IXGRP if above & stat.S_ISGID else 0
    _set_mode(file, _OWNERS_FILE | shared)


def _set_mode(path: Path, mode: int) -> None:
    """Only an owner can, and what another member of the group made is that member's to open."""
    if stat.S_IMODE(path.stat().st_mode) != mode:
        with suppress(PermissionError):
            path.chmod(mode)
