"""The walk through the folders below a path, to all run files.

Looked for are run folders, `run-YYYYMMDD_HHMMSS-ID` and `offline-run-…`, and loose `.wandb` files.
Not entered are hidden folders (`.git`, `.venv`, …), virtual environments, `node_modules`,
`site-packages`, `__pycache__`, and what lies inside a run folder. Links are followed, but no folder
and no file is read twice, and a link to a folder that holds the starting point leads nowhere.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from wbtools.errors import DataError, TooLarge, UsageError
from wbtools.sources.local.local_file import LocalFile
from wbtools.sources.local.taken_configurations import (
    AGENT_FOLDER,
    HOMES,
    left_without_file,
    left_words,
    taken_in,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

RUN_FOLDER: Final = re.compile(r"(?:offline-)?run-\d{8}_\d{6}-(?P<id>.+)", re.DOTALL)
NAME_RUNS: Final = (
    "name the folder that holds them (wandb/run-…/run-ID.wandb), a sweep of W&B's, or `demo`"
)
_NOT_ENTERED: Final = frozenset({"node_modules", "site-packages", "dist-packages", "__pycache__"})
_SUFFIX: Final = ".wandb"


def may_hold_runs(folder: Path) -> bool:
    """Whether a run file lies at or below a folder, or part of it cannot be looked at."""
    unreadable: list[Path] = []
    return any(True for _ in _walk(folder, unreadable, set())) or bool(unreadable)


def files_below(
    path: Path, unreadable: list[Path], agents: set[Path], *, most_folders: int | None = None
) -> list[LocalFile]:
    """Give the run files at or below a path, each once, by path.

    Args:
        path: A folder, or a `.wandb` file.
        unreadable: The folders that cannot be entered are added to it.
        agents: The homes in which sweep agents left configurations are added to it.
        most_folders: Give up where more folders than that would have to be looked into, those of
            runs not counted; None for no limit.

    Raises:
        UsageError: There is nothing at `path`, or something else.
        TooLarge: There are more folders than `most_folders`.
        DataError: No run file is there, or a folder cannot be read.
    """
    if not os.path.lexists(path):
        msg = f"there is no file or folder {str(path)!r}"
        raise UsageError(msg, "name a folder that holds a `wandb` folder, or a run file")
    if os.path.isdir(path):  # noqa: PTH112 - Path.is_dir raises where a link may not be followed
        found = list(_walk(path, unreadable, agents, most_folders))
    elif path.suffix == _SUFFIX:
        found = [_file_at(path)]
    else:
        msg = f"{str(path)!r} is neither a folder nor a .wandb file"
        raise UsageError(msg, "name a folder that holds a `wandb` folder, or a run file")
    once = {os.path.realpath(file.path): file for file in reversed(found)}
    if once:
        return sorted(once.values(), key=lambda file: str(file.path))
    if unreadable:
        msg = f"the folder {str(unreadable[0])!r} cannot be read"
        raise DataError(msg, "ask for permission, or copy it to where you can read it")
    msg = f"there is no W&B run file in {str(path)!r}"
    lost = left_without_file([taken for home in sorted(agents) for taken in taken_in(home)], ())
    if lost:
        msg += f", only what agents took: {left_words(lost)}"
    raise DataError(msg, NAME_RUNS)


def _walk(
    root: Path, unreadable: list[Path], agents: set[Path], most_folders: int | None = None
) -> Iterator[LocalFile]:
    """Walk the folders below `root`, without recursion; note where agents left configurations."""
    top = os.path.realpath(root)
    visited: set[str] = set()
    n_folders = 0
    waiting = [root]
    while waiting:
        folder = waiting.pop()
        real = os.path.realpath(folder)
        if real in visited or (real != top and top.startswith(real.rstrip(os.sep) + os.sep)):
            continue
        visited.add(real)
        if folder.name.startswith(AGENT_FOLDER) and Path(real).parent.name in HOMES:
            agents.add(Path(real).parent)
        run_folder = RUN_FOLDER.fullmatch(Path(real).name)
        n_folders += run_folder is None
        if most_folders is not None and n_folders > most_folders:
            msg = f"more than {most_folders:,} folders lie below {str(root)!r}"
            raise TooLarge(msg, NAME_RUNS)
        try:
            with os.scandir(folder) as entries:
                names = sorted((entry.name, _is_dir(entry)) for entry in entries)
        except OSError:
            unreadable.append(folder)
            continue
        file_names = [name for name, is_dir in names if not is_dir and name.endswith(_SUFFIX)]
        if run_folder:
            yield from _files_in_run_folder(Path(real), run_folder["id"], file_names)
            continue
        if ("pyvenv.cfg", False) in names:
            continue
        for name in file_names:
            yield _file_at(folder / name)
        waiting.extend(
            folder / name
            for name, is_dir in reversed(names)
            if is_dir and not name.startswith(".") and name not in _NOT_ENTERED
        )


def _files_in_run_folder(folder: Path, run_id: str, names: list[str]) -> Iterator[LocalFile]:
    """Give a run folder's run file, also where only its side files are left."""
    for name in names or [f"run-{run_id}{_SUFFIX}"]:
        if names or os.path.isdir(folder / "files"):  # noqa: PTH112 - likewise
            yield LocalFile(path=folder / name, folder=folder, home=folder.parent, run_id=run_id)


def _file_at(path: Path) -> LocalFile:
    """Describe a run file by its own path, which may be a link."""
    real = Path(os.path.realpath(path))
    match = RUN_FOLDER.fullmatch(real.parent.name)
    if match:
        return LocalFile(path=real, folder=real.parent, home=real.parent.parent, run_id=match["id"])
    return LocalFile(
        path=real, folder=None, home=real.parent, run_id=real.stem.removeprefix("run-")
    )


def _is_dir(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False
