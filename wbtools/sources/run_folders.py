"""Run files below a path: `wandb/` folders, however deep, and which sweep each run belongs to.

Looked for are run folders, `run-YYYYMMDD_HHMMSS-ID` and `offline-run-…`, and loose `.wandb` files.
Not entered are hidden folders (`.git`, `.venv`, …), virtual environments, `node_modules`,
`site-packages`, `__pycache__`, and what lies inside a run folder. Links are followed, but no folder
and no file is read twice, and a link to a folder that holds the starting point leads nowhere.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from wbtools.errors import DataError, UsageError
from wbtools.sources.wandb_records import read_head

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_RUN_FOLDER: Final = re.compile(r"(?:offline-)?run-\d{8}_\d{6}-(?P<id>.+)", re.DOTALL)
_SWEEP_CONFIG: Final = re.compile(r"config-(?P<id>.+)\.yaml", re.DOTALL)
_NOT_ENTERED: Final = frozenset({"node_modules", "site-packages", "dist-packages", "__pycache__"})
_SUFFIX: Final = ".wandb"


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalFile:
    """One run file and where it lies.

    Attributes:
        path: The `.wandb` file; it need not exist if its run folder does.
        folder: The run folder; None for a loose file.
        home: The folder that holds the run folder, usually called `wandb`.
        run_id: From the file, else from its name.
        sweep_id: From the file, else from `home/sweep-ID/config-RUN.yaml`; None outside sweeps.
    """

    path: Path
    folder: Path | None
    home: Path
    run_id: str
    sweep_id: str | None = None

    @property
    def project_folder(self) -> Path:
        """The folder a person would call the project."""
        return self.home.parent if self.home.name in {"wandb", ".wandb"} else self.home

    @property
    def sweep_config(self) -> Path | None:
        """The parameters that a sweep agent wrote for this run, where they are usually found."""
        if self.sweep_id is None:
            return None
        return self.home / f"sweep-{self.sweep_id}" / f"config-{self.run_id}.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalSweep:
    """The run files of one sweep.

    Attributes:
        sweep_id: None for the runs that belong to no sweep.
        files: By path.
        n_runs: Different run ids; repeated ids are only told apart when the files are read.
        root: Where the search began, as it was given.
        unreadable: Folders that could not be entered.
    """

    sweep_id: str | None
    files: tuple[LocalFile, ...]
    n_runs: int
    root: Path
    unreadable: tuple[Path, ...] = ()

    @property
    def projects(self) -> tuple[Path, ...]:
        """The project folders that the files lie in."""
        return tuple(sorted({file.project_folder for file in self.files}))


def find_sweeps(
    path: Path, *, on_file: Callable[[int, int], None] | None = None
) -> list[LocalSweep]:
    """Find the sweeps below a path, most runs first; runs outside sweeps come last, as one.

    Only the beginning of each run file is read.

    Args:
        path: A `wandb/` folder, any folder above one, a run folder, or a `.wandb` file.
        on_file: Called with the number of files looked at and the number of all files.

    Raises:
        UsageError: There is nothing at `path`.
        DataError: No run file is there, or a folder cannot be read.
    """
    unreadable: list[Path] = []
    files = _found(path, unreadable)
    by_sweep: dict[str | None, list[LocalFile]] = {}
    sweeps_of: dict[Path, dict[str, str]] = {}
    for n, file in enumerate(files, start=1):
        head = read_head(file.path)
        if file.home not in sweeps_of:
            sweeps_of[file.home] = _sweep_folders(file.home)
        sweep_id = head.sweep_id or sweeps_of[file.home].get(head.run_id)
        known = replace(file, run_id=head.run_id, sweep_id=sweep_id)
        by_sweep.setdefault(sweep_id, []).append(known)
        if on_file is not None:
            on_file(n, len(files))
    sweeps = [
        LocalSweep(
            sweep_id=sweep_id,
            files=tuple(members),
            n_runs=len({file.run_id for file in members}),
            root=path,
            unreadable=tuple(unreadable),
        )
        for sweep_id, members in by_sweep.items()
    ]
    return sorted(sweeps, key=lambda one: (one.sweep_id is None, -one.n_runs, one.sweep_id or ""))


def _found(path: Path, unreadable: list[Path]) -> list[LocalFile]:
    """Give the run files at or below `path`, each once, by path."""
    if not os.path.lexists(path):
        msg = f"there is no file or folder {str(path)!r}"
        raise UsageError(msg, "name a folder that holds a `wandb` folder, or a run file")
    if path.is_dir():
        found = list(_walked(path, unreadable))
    elif path.suffix == _SUFFIX:
        found = [_loose_or_not(path)]
    else:
        msg = f"{str(path)!r} is neither a folder nor a .wandb file"
        raise UsageError(msg, "name a folder that holds a `wandb` folder, or a run file")
    once = {os.path.realpath(file.path): file for file in reversed(found)}
    if once:
        return sorted(once.values(), key=lambda file: str(file.path))
    if unreadable:
        msg = f"the folder {str(unreadable[0])!r} may not be read"
        raise DataError(msg, "ask for permission, or copy it to where you may read it")
    msg = f"no W&B run file lies in {str(path)!r}"
    raise DataError(
        msg, "run files are called wandb/run-…/run-ID.wandb; were they written to another folder?"
    )


def _walked(root: Path, unreadable: list[Path]) -> Iterator[LocalFile]:
    """Walk the folders below `root`, without recursion."""
    top = os.path.realpath(root)
    seen: set[str] = set()
    waiting = [root]
    while waiting:
        folder = waiting.pop()
        real = os.path.realpath(folder)
        if real in seen or (real != top and top.startswith(real.rstrip(os.sep) + os.sep)):
            continue
        seen.add(real)
        run_folder = _RUN_FOLDER.fullmatch(Path(real).name)
        try:
            with os.scandir(folder) as entries:
                names = sorted((entry.name, _is_dir(entry)) for entry in entries)
        except OSError:
            unreadable.append(folder)
            continue
        here = [name for name, is_dir in names if not is_dir and name.endswith(_SUFFIX)]
        if run_folder:
            yield from _in_run_folder(Path(real), run_folder["id"], here)
            continue
        if ("pyvenv.cfg", False) in names:
            continue
        for name in here:
            yield _loose_or_not(folder / name)
        waiting.extend(
            folder / name
            for name, is_dir in reversed(names)
            if is_dir and not name.startswith(".") and name not in _NOT_ENTERED
        )


def _in_run_folder(folder: Path, run_id: str, names: list[str]) -> Iterator[LocalFile]:
    """Give a run folder's run file, also where only its side files are left."""
    for name in names or [f"run-{run_id}{_SUFFIX}"]:
        if names or (folder / "files").is_dir():
            yield LocalFile(path=folder / name, folder=folder, home=folder.parent, run_id=run_id)


def _loose_or_not(path: Path) -> LocalFile:
    """Describe a run file by its own path, which may be a link."""
    real = Path(os.path.realpath(path))
    match = _RUN_FOLDER.fullmatch(real.parent.name)
    if match:
        return LocalFile(path=real, folder=real.parent, home=real.parent.parent, run_id=match["id"])
    return LocalFile(
        path=real, folder=None, home=real.parent, run_id=real.stem.removeprefix("run-")
    )


def _sweep_folders(home: Path) -> dict[str, str]:
    """Map run ids to sweep ids by the parameter files that sweep agents leave in `home`."""
    sweeps: dict[str, str] = {}
    try:
        for folder in sorted(home.glob("sweep-*/")):
            for file in folder.iterdir():
                match = _SWEEP_CONFIG.fullmatch(file.name)
                if match:
                    sweeps[match["id"]] = folder.name.removeprefix("sweep-")
    except OSError:
        return sweeps
    return sweeps


def _is_dir(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False
