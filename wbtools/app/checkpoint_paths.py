"""Paths of checkpoints on this machine: what lies at one, and how commands take it."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Final

from wbtools.app.program_files import exists
from wbtools.model.checkpoint import CheckpointLayout, ListedFile
from wbtools.sources.checkpoints.layouts import ListedCheckpoint
from wbtools.sources.checkpoints.on_disk import FolderListing, SearchedFolders
from wbtools.sources.checkpoints.state_files import looked_into
from wbtools.sources.timestamps import time_of

if TYPE_CHECKING:
    from collections.abc import Sequence

_MOST_ALIKE: Final = 20


def path_here(place: Path) -> str:
    """A path as commands in the present folder take it; never one that looks like an option."""
    full = Path(os.path.normpath(place.absolute()))
    here = Path.cwd()
    if not full.is_relative_to(here):
        return str(full)
    name = str(full.relative_to(here))
    return f"./{name}" if name.startswith("-") else name


def is_utf8(name: str) -> bool:
    """Whether a name can be written: of others, a path holds bytes that no text has."""
    return not any("\ud800" <= character <= "\udfff" for character in name)


def listed_at(place: Path) -> ListedCheckpoint:
    """What somebody names, as a checkpoint whatever it is called.

    Args:
        place: A file or a folder.
    """
    if not is_folder(place):
        listing, seen = beside(place, is_told=True)
    else:
        listing = SearchedFolders().listing(place, is_told=True)
        seen = [each for each in listing.checkpoints if each.path == place.name]
    if seen:
        return looked_into_here(seen[0], listing)
    return ListedCheckpoint(
        path=place.name, layout=CheckpointLayout.UNKNOWN, is_folder=is_folder(place)
    )


def looked_into_here(found: ListedCheckpoint, listing: FolderListing) -> ListedCheckpoint:
    """A checkpoint of a listing, with what its state files say of it."""
    return looked_into(found, {file.path: listing.place(file.path) for file in found.files})


def beside(place: Path, *, is_told: bool) -> tuple[FolderListing, Sequence[ListedCheckpoint]]:
    """A file as a checkpoint, or those that begin so: a program may leave out the suffix."""
    names = [place.name] if exists(place) else _begin_like(place)
    files = []
    for name in names:
        try:
            facts = (place.parent / name).stat()
        except (OSError, ValueError):
            continue
        if stat.S_ISREG(facts.st_mode):
            written_at = time_of(facts.st_mtime)
            files.append(ListedFile(path=name, n_bytes=facts.st_size, written_at=written_at))
    listing = FolderListing(root=place.parent, files=tuple(files), is_told=is_told)
    found = list(listing.checkpoints)
    if not found and is_told:
        found = [
            ListedCheckpoint(path=file.path, layout=CheckpointLayout.UNKNOWN, files=(file,))
            for file in files
        ]
    return listing, found


def _begin_like(place: Path) -> list[str]:
    """Files beside a path that are called like it, with a suffix."""
    if not place.name:
        return []
    like = [name for name in _names_in(place.parent) if name.startswith(f"{place.name}.")]
    return like[:_MOST_ALIKE]


def _names_in(folder: Path) -> list[str]:
    """The names in a folder; none where it cannot be read."""
    try:
        return sorted(path.name for path in folder.iterdir())
    except (OSError, ValueError):
        return []


def leads_somewhere(place: Path) -> bool:
    """Whether something is at a path, or beside it with a suffix more."""
    return exists(place) or bool(_begin_like(place))


def is_folder(place: Path) -> bool:
    """Whether a folder is at a path; False for one that cannot be."""
    try:
        return place.is_dir()
    except (OSError, ValueError):
        return False
