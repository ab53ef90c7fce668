"""What lies in the present folder: programs, the commit that is checked out, Python, packages."""

from __future__ import annotations

import platform
import re
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Final

from wbtools.app.program_files import exists, is_file
from wbtools.replication.environment import PresentEnvironment
from wbtools.sources.side_files import read_text

if TYPE_CHECKING:
    from collections.abc import Iterable

_COMMIT: Final = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_LARGEST_BYTES: Final = 16 * 1024 * 1024


def describe_folder(packages: Iterable[str], folder: Path | None = None) -> PresentEnvironment:
    """Look at the present folder and at this Python.

    Args:
        packages: Names to look for.
        folder: The current one by default.
    """
    return PresentEnvironment(
        commit=_commit(folder or Path.cwd()),
        python=platform.python_version(),
        packages={name: _version(name) for name in packages},
    )


def first_program(places: Iterable[str], folders: Iterable[Path]) -> str | None:
    """The first of the places where a file lies, as a path that leads there from here.

    Args:
        places: Paths, the likeliest first.
        folders: Where they are looked for: the present folder as `Path()`, then others.
    """
    known = list(folders)
    for place in places:
        for folder in known:
            path = folder / place
            if is_file(path):
                return str(path)
    return None


def repository_root(folder: Path | None = None) -> Path | None:
    """The root of the git repository that a folder lies in; None outside of one.

    Args:
        folder: The current one by default.
    """
    home = (folder or Path.cwd()).absolute()
    return next((place for place in (home, *home.parents) if exists(place / ".git")), None)


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except (metadata.PackageNotFoundError, ValueError):
        return ""


def _commit(folder: Path) -> str | None:
    """The commit that is checked out, read from git's own files; None outside repositories."""
    for home in (folder, *folder.absolute().parents):
        place = home / ".git"
        if place.is_file():  # a worktree or a submodule: `gitdir: PATH`
            place = home / _text(place).partition("gitdir:")[2].strip()
        head = _text(place / "HEAD")
        if not head:
            continue
        name = head.partition("ref:")[2].strip()
        shared = place / (_text(place / "commondir") or ".")
        return _found(head) if not name else _of_ref(name, (place, shared))
    return None


def _of_ref(name: str, folders: tuple[Path, ...]) -> str | None:
    for folder in folders:
        direct = _found(_text(folder / name))
        if direct is not None:
            return direct
        for line in _text(folder / "packed-refs").splitlines():
            commit, _, ref = line.partition(" ")
            if ref == name:
                return _found(commit)
    return None


def _found(text: str) -> str | None:
    match = _COMMIT.fullmatch(text.strip())
    return match[0] if match else None


def _text(path: Path) -> str:
    return read_text(path, _LARGEST_BYTES).strip()
