"""What every command takes for a program's file, and for a project's folder; limits on both."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wbtools.sources.regular_files import read_regular

if TYPE_CHECKING:
    from pathlib import Path

LARGEST_PROGRAM: Final = 1024 * 1024
LARGEST_NOTEBOOK: Final = 64 * 1024 * 1024
"""Bytes; pictures lie in notebooks too."""
_INSTALLED_BY: Final = ("pyproject.toml", "setup.py", "setup.cfg")


def is_file(path: Path) -> bool:
    """Whether a file is there; a path that no file can have is none."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def exists(path: Path) -> bool:
    """Whether anything is there; a path that nothing can have leads to nothing."""
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def is_project(folder: Path) -> bool:
    """Whether a folder is one that `pip install -e .` takes."""
    return any(is_file(folder / name) for name in _INSTALLED_BY)


def is_project_root(folder: Path) -> bool:
    """Whether a folder is the root of a git repository or of a project."""
    return exists(folder / ".git") or is_project(folder)


def read_program(path: Path) -> bytes | None:
    """A program or a notebook; None where none is there, or it is larger than such files are."""
    most = LARGEST_NOTEBOOK if path.suffix == ".ipynb" else LARGEST_PROGRAM
    try:
        data = read_regular(path, most + 1)
    except OSError:
        return None
    return data if len(data) <= most else None
