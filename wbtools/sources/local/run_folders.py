"""Run files below a path, `wandb/` folders however deep, and which sweep each run belongs to."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from wbtools.sources.local.fallbacks import side_config
from wbtools.sources.local.folder_walk import files_below
from wbtools.sources.local.run_file import read_head
from wbtools.sources.local.taken_configurations import left_without_file, taken_in
from wbtools.sources.run_numbers import label_runs
from wbtools.sources.timestamps import time_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from wbtools.sources.local.local_file import LocalFile
    from wbtools.sources.run_numbers import RunLabel


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
        owners: The entities and projects that the beginnings of the files name, "" for what they
            leave open; none where no file names any.
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
    owners: frozenset[tuple[str, str]] = field(default=frozenset(), compare=False, repr=False)
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
    path: Path,
    *,
    on_file: Callable[[int, int], None] | None = None,
    most_folders: int | None = None,
) -> list[LocalSweep]:
    """Find the sweeps below a path, most runs first; runs outside sweeps come last, as one.

    Only the beginning of each run file is read.

    Args:
        path: A `wandb/` folder, any folder above one, a run folder, or a `.wandb` file.
        on_file: Called with the number of files looked at and the number of all files.
        most_folders: Give up where more folders than that would have to be looked into.

    Raises:
        UsageError: There is nothing at `path`.
        TooLarge: There are more folders than `most_folders`.
        DataError: No run file is there, or a folder cannot be read.
    """
    unreadable: list[Path] = []
    agents: set[Path] = set()
    files = files_below(path, unreadable, agents, most_folders=most_folders)
    beginnings: list[_Beginning] = []
    taken = {home: taken_in(home) for home in agents | {file.home for file in files}}
    sweeps_of = {
        home: {configuration.run_id: configuration.sweep_id for configuration in configurations}
        for home, configurations in taken.items()
    }
    for n, file in enumerate(files, start=1):
        beginnings.append(_read_beginning(file, sweeps_of[file.home]))
        if on_file is not None:
            on_file(n, len(files))
    beginnings = _with_siblings(beginnings)
    by_sweep: dict[str | None, list[_Beginning]] = {}
    for beginning in beginnings:
        by_sweep.setdefault(beginning.file.sweep_id, []).append(beginning)
    silent = [beginning.file for beginning in beginnings if not beginning.is_identified]
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
class _Beginning:
    """A run file whose beginning was read.

    Attributes:
        display_name: None where the file holds none.
        started_at_s: Unix seconds; None where nothing tells.
        owner: Entity and project, "" for what the file leaves open.
        is_identified: Something tells whether the run belongs to a sweep, and to which.
    """

    file: LocalFile
    config: Mapping[str, object]
    display_name: str | None
    started_at_s: float | None
    owner: tuple[str, str]
    is_identified: bool


def _read_beginning(file: LocalFile, sweeps: Mapping[str, str]) -> _Beginning:
    """Read the beginning of a file; `sweeps` are those of its home's parameter files."""
    head = read_head(file.path)
    sweep_id = head.sweep_id or sweeps.get(head.run_id)
    known = replace(file, run_id=head.run_id, sweep_id=sweep_id)
    return _Beginning(
        file=known,
        config=head.config or side_config(known.folder, known.sweep_config),
        display_name=head.display_name,
        started_at_s=head.started_at_s,
        owner=(head.entity, head.project),
        is_identified=head.has_run or sweep_id is not None,
    )


def _with_siblings(beginnings: Sequence[_Beginning]) -> list[_Beginning]:
    """Give files that name no sweep that of another file of their run, started in one place.

    A run that is resumed outside of its agent stays in its sweep on W&B, though its file does not
    say so; a file whose beginning is lost says nothing.
    """
    sweeps: dict[tuple[Path, str], set[str | None]] = {}
    for beginning in beginnings:
        if beginning.is_identified:
            sweeps.setdefault((beginning.file.home, beginning.file.run_id), set()).add(
                beginning.file.sweep_id
            )
    answers = []
    for beginning in beginnings:
        siblings = sweeps.get((beginning.file.home, beginning.file.run_id), set())
        named = siblings - {None} or siblings
        if (
            beginning.file.sweep_id is None
            and beginning.file.folder is not None
            and len(named) == 1
        ):
            file = replace(beginning.file, sweep_id=next(iter(named)))
            answers.append(replace(beginning, file=file, is_identified=True))
        else:
            answers.append(beginning)
    return answers


def _sweep(
    sweep_id: str | None,
    members: Sequence[_Beginning],
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
        owners=frozenset(member.owner for member in members if any(member.owner)),
    ).called({})


def _labels(members: Sequence[_Beginning]) -> tuple[RunLabel, ...]:
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
