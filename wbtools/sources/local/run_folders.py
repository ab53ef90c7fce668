"""Run files below a path: `wandb/` folders, however deep, and which sweep each run belongs to.

Looked for are run folders, `run-YYYYMMDD_HHMMSS-ID` and `offline-run-…`, and loose `.wandb` files.
Not entered are hidden folders (`.git`, `.venv`, …), virtual environments, `node_modules`,
`site-packages`, `__pycache__`, and what lies inside a run folder. Links are followed, but no folder
and no file is read twice, and a link to a folder that holds the starting point leads nowhere.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from wbtools.errors import DataError, UsageError
from wbtools.sources.local.fallbacks import side_config
from wbtools.sources.local.run_file import read_head
from wbtools.sources.local.taken_configurations import (
    AGENT_FOLDER,
    HOMES,
    left_without_file,
    left_words,
    taken_in,
)
from wbtools.sources.regular_files import is_plain_name
from wbtools.sources.run_numbers import label_runs
from wbtools.sources.timestamps import time_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from wbtools.sources.run_numbers import RunLabel

_RUN_FOLDER: Final = re.compile(r"(?:offline-)?run-\d{8}_\d{6}-(?P<id>.+)", re.DOTALL)
NAME_RUNS: Final = (
    "name the folder that holds them (wandb/run-…/run-ID.wandb), a sweep of W&B's, or `demo`"
)
_NOT_ENTERED: Final = frozenset({"node_modules", "site-packages", "dist-packages", "__pycache__"})
_SUFFIX: Final = ".wandb"
_LARGEST_CONFIG: Final = 256 * 1024


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
    def is_named_elsewhere(self) -> bool:
        """Whether a server may have given the run a name, which its file does not hold then."""
        is_offline = self.folder is not None and self.folder.name.startswith("offline-")
        return not is_offline or Path(f"{self.path}.synced").exists()

    @property
    def project_folder(self) -> Path:
        """The folder a person would call the project."""
        return self.home.parent if self.home.name in HOMES else self.home

    @property
    def sweep_config(self) -> Path | None:
        """The parameters that a sweep agent wrote for this run, where they are usually found.

        None where the ids, which the run file holds, are no plain names: they could lead anywhere.
        """
        if self.sweep_id is None or not (
            is_plain_name(self.sweep_id) and is_plain_name(self.run_id)
        ):
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
        unidentified: Run files in the same `home` folders that hold nothing that tells a sweep:
            empty, damaged at their beginning, or of a run that was killed in its first seconds.
            Where `sweep_id` is None they are among `files` too.
        configs: One configuration a run id, from the beginnings of the files, else from their
            side files; for finding the sweep file. What a run put into its configuration after
            its first history row is not in them: `load` gives the whole configuration.
        labels: What the runs were called when they began; empty where run ids repeat, as only
            reading the files tells whether these are one run.
        names: Display names by run id, as far as others know them than the files.
        lost: Ids of runs of which nothing is left but the configuration that an agent took.
        lost_sweeps: The same of other sweeps that have no run file at all, by their ids.
    """

    sweep_id: str | None
    files: tuple[LocalFile, ...]
    n_runs: int
    root: Path
    unreadable: tuple[Path, ...] = ()
    unidentified: tuple[LocalFile, ...] = ()
    configs: tuple[Mapping[str, object], ...] = field(default=(), compare=False, repr=False)
    labels: tuple[RunLabel, ...] = field(default=(), compare=False, repr=False)
    names: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)
    lost: tuple[str, ...] = ()
    lost_sweeps: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def named_elsewhere(self) -> frozenset[str]:
        """The ids of the runs that a server may have named."""
        return frozenset(file.run_id for file in self.files if file.is_named_elsewhere)

    def called(self, names: Mapping[str, str]) -> LocalSweep:
        """The same with the names that a server gave the runs, where their files hold none."""
        labels = label_runs(
            (
                (
                    label.id,
                    names.get(label.id) if label.name == label.id else label.name,
                    label.created_at,
                )
                for label in self.labels
            ),
            named_elsewhere=self.named_elsewhere,
        )
        return replace(self, names=names, labels=labels)

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
    agents: set[Path] = set()
    files = _found(path, unreadable, agents)
    beginnings: list[_Seen] = []
    taken = {home: taken_in(home) for home in agents | {file.home for file in files}}
    sweeps_of = {
        home: {configuration.run_id: configuration.sweep_id for configuration in configurations}
        for home, configurations in taken.items()
    }
    for n, file in enumerate(files, start=1):
        beginnings.append(_looked_at(file, sweeps_of[file.home]))
        if on_file is not None:
            on_file(n, len(files))
    beginnings = _with_siblings(beginnings)
    by_sweep: dict[str | None, list[_Seen]] = {}
    for beginning in beginnings:
        by_sweep.setdefault(beginning.file.sweep_id, []).append(beginning)
    silent = [beginning.file for beginning in beginnings if not beginning.is_told]
    lost = left_without_file(
        [configuration for home in sorted(agents) for configuration in taken[home]],
        {beginning.file.run_id for beginning in beginnings},
    )
    alone = {sweep_id: run_ids for sweep_id, run_ids in lost.items() if sweep_id not in by_sweep}
    sweeps = [
        replace(
            _sweep(sweep_id, members, silent, path, unreadable),
            lost=tuple(lost.get(sweep_id or "", ())),
            lost_sweeps=alone,
        )
        for sweep_id, members in by_sweep.items()
    ]
    return sorted(
        sweeps, key=lambda sweep: (sweep.sweep_id is None, -sweep.n_runs, sweep.sweep_id or "")
    )


@dataclass(frozen=True, slots=True)
class _Seen:
    """A run file whose beginning was read.

    Attributes:
        display_name: None where the file holds none.
        started_at_s: Unix seconds; None where nothing tells.
        is_told: Something tells whether the run belongs to a sweep, and to which.
    """

    file: LocalFile
    config: Mapping[str, object]
    display_name: str | None
    started_at_s: float | None
    is_told: bool


def _looked_at(file: LocalFile, sweeps: Mapping[str, str]) -> _Seen:
    """Read the beginning of a file; `sweeps` are those of its home's parameter files."""
    head = read_head(file.path)
    sweep_id = head.sweep_id or sweeps.get(head.run_id)
    known = replace(file, run_id=head.run_id, sweep_id=sweep_id)
    return _Seen(
        file=known,
        config=head.config or side_config(known.folder, known.sweep_config, _LARGEST_CONFIG),
        display_name=head.display_name,
        started_at_s=head.started_at_s,
        is_told=head.has_run or sweep_id is not None,
    )


def _with_siblings(beginnings: Sequence[_Seen]) -> list[_Seen]:
    """Give files that tell nothing the sweep of another file of their run, started in one place."""
    sweeps: dict[tuple[Path, str], set[str | None]] = {}
    for beginning in beginnings:
        if beginning.is_told:
            sweeps.setdefault((beginning.file.home, beginning.file.run_id), set()).add(
                beginning.file.sweep_id
            )
    answers = []
    for beginning in beginnings:
        siblings = sweeps.get((beginning.file.home, beginning.file.run_id), set())
        if not beginning.is_told and beginning.file.folder is not None and len(siblings) == 1:
            file = replace(beginning.file, sweep_id=next(iter(siblings)))
            answers.append(replace(beginning, file=file, is_told=True))
        else:
            answers.append(beginning)
    return answers


def _sweep(
    sweep_id: str | None,
    members: Sequence[_Seen],
    lost: Sequence[LocalFile],
    root: Path,
    unreadable: Sequence[Path],
) -> LocalSweep:
    homes = {member.file.home for member in members}
    configs: dict[str, dict[str, object]] = {}
    for member in members:
        configs.setdefault(member.file.run_id, {}).update(member.config)
    return LocalSweep(
        sweep_id=sweep_id,
        files=tuple(member.file for member in members),
        n_runs=len(configs),
        root=root,
        unreadable=tuple(unreadable),
        unidentified=tuple(file for file in lost if file.home in homes),
        configs=tuple(configs.values()),
        labels=_labels(members) if len(configs) == len(members) else (),
    ).called({})


def _labels(members: Sequence[_Seen]) -> tuple[RunLabel, ...]:
    """In the order in which `load` gives the runs."""
    ordered = sorted(
        members,
        key=lambda member: (
            member.started_at_s is None,
            member.started_at_s or 0.0,
            member.file.run_id,
        ),
    )
    return label_runs(
        (member.file.run_id, member.display_name, time_of(member.started_at_s))
        for member in ordered
    )


def may_hold_runs(folder: Path) -> bool:
    """Whether a run file lies at or below a folder, or part of it cannot be looked at."""
    unreadable: list[Path] = []
    return any(True for _ in _walked(folder, unreadable, set())) or bool(unreadable)


def _found(path: Path, unreadable: list[Path], agents: set[Path]) -> list[LocalFile]:
    """Give the run files at or below `path`, each once, by path; and the homes of agents there."""
    if not os.path.lexists(path):
        msg = f"there is no file or folder {str(path)!r}"
        raise UsageError(msg, "name a folder that holds a `wandb` folder, or a run file")
    if os.path.isdir(path):  # noqa: PTH112 - Path.is_dir raises where a link may not be followed
        found = list(_walked(path, unreadable, agents))
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
    lost = left_without_file([taken for home in sorted(agents) for taken in taken_in(home)], ())
    if lost:
        msg += f", only what agents took: {left_words(lost)}"
    raise DataError(msg, NAME_RUNS)


def _walked(root: Path, unreadable: list[Path], agents: set[Path]) -> Iterator[LocalFile]:
    """Walk the folders below `root`, without recursion; note where agents left configurations."""
    top = os.path.realpath(root)
    visited: set[str] = set()
    waiting = [root]
    while waiting:
        folder = waiting.pop()
        real = os.path.realpath(folder)
        if real in visited or (real != top and top.startswith(real.rstrip(os.sep) + os.sep)):
            continue
        visited.add(real)
        if folder.name.startswith(AGENT_FOLDER) and Path(real).parent.name in HOMES:
            agents.add(Path(real).parent)
        run_folder = _RUN_FOLDER.fullmatch(Path(real).name)
        try:
            with os.scandir(folder) as entries:
                names = sorted((entry.name, _is_dir(entry)) for entry in entries)
        except OSError:
            unreadable.append(folder)
            continue
        file_names = [name for name, is_dir in names if not is_dir and name.endswith(_SUFFIX)]
        if run_folder:
            yield from _in_run_folder(Path(real), run_folder["id"], file_names)
            continue
        if ("pyvenv.cfg", False) in names:
            continue
        for name in file_names:
            yield _loose_or_not(folder / name)
        waiting.extend(
            folder / name
            for name, is_dir in reversed(names)
            if is_dir and not name.startswith(".") and name not in _NOT_ENTERED
        )


def _in_run_folder(folder: Path, run_id: str, names: list[str]) -> Iterator[LocalFile]:
    """Give a run folder's run file, also where only its side files are left."""
    for name in names or [f"run-{run_id}{_SUFFIX}"]:
        if names or os.path.isdir(folder / "files"):  # noqa: PTH112 - likewise
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


def _is_dir(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False
