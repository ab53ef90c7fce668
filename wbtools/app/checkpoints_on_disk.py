"""Where on this machine a run may have left checkpoints, and what lies there."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path, PureWindowsPath
from typing import TYPE_CHECKING, Final

from wbtools.analysis.checkpoints import FoundBy, FoundCheckpoint
from wbtools.analysis.named_values import NamedValues
from wbtools.analysis.path_owners import PathOwners
from wbtools.analysis.recorded_paths import recorded_paths
from wbtools.analysis.work_times import WorkTimes
from wbtools.app.checkpoint_paths import (
    beside,
    is_folder,
    is_utf8,
    leads_somewhere,
    looked_into_here,
    path_here,
)
from wbtools.app.program_files import exists
from wbtools.model import Run
from wbtools.model.checkpoint import CheckpointPlace
from wbtools.sources.checkpoints.layouts import ListedCheckpoint, not_called
from wbtools.sources.checkpoints.names import holds_checkpoints
from wbtools.text.sanitize import sanitize

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from wbtools.analysis.path_owners import PathOwner
    from wbtools.analysis.recorded_paths import RecordedPath
    from wbtools.model import LaunchRecord
    from wbtools.sources.checkpoints.on_disk import FolderListing, SearchedFolders
    from wbtools.sources.checkpoints.run_folders import RunFolder

_AT_ITS_END: Final = "within seconds of the run's last sign of life"
_HERE: Final = "the present folder"
_SAVING: Final = frozenset({"save", "saved", "resume", "model", "models", "weights", "state"})
_SWEEP_ID: Final = re.compile(r"[a-z0-9]{8}")
_MOST_TAILS: Final = 12

_MOST_RIVALS: Final = 2_000


@dataclass
class DiskSearch:
    """The search for one run's checkpoints on this machine.

    Attributes:
        bases: Folders that its paths may be meant from: the present one as `Path()`, projects.
        runs: All of its sweep.
        sweep_id: W&B's, or what stands for it.
        as_of: Up to when their recording speaks.
        found: By the real paths of what was found.
        looked_at: In words.
        missing: In words, what a name led to and is not there.
        unsearched: In words, what was too large to be searched to its end.
        passed: Paths with its own values in them that were written when it was not at work.
    """

    run: Run
    record: LaunchRecord
    runs: Sequence[Run]
    sweep_id: str
    as_of: datetime
    bases: Sequence[Path]
    folders: SearchedFolders
    found: dict[str, FoundCheckpoint] = field(default_factory=dict)
    looked_at: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    unsearched: list[str] = field(default_factory=list)
    passed: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Learn what the runs are called."""
        known = {run.id.partition("~")[0] for run in self.runs}
        others = [
            folder
            for base in self.bases
            for folder in self.folders.run_folders(base)
            if folder.run_id not in known
        ]
        self._owners = PathOwners(self.runs, (folder.run_id for folder in others))
        self._values = NamedValues(self.runs)
        self._times = WorkTimes(self.run, self.as_of)
        # Other processes of the sweep's runs are recorded too, and are not among its runs.
        self._others = {
            other.id: (other, folder)
            for folder in others
            if self._times.overlap(WorkTimes(other := _run_of(folder), self.as_of))
            and not (_SWEEP_ID.fullmatch(self.sweep_id) and folder.mentions(self.sweep_id))
        }
        self._followed: list[str] = []
        self._named: dict[str, list[RecordedPath]] = {}
        self._plain_id = self.run.id.partition("~")[0]
        self._same_id = tuple(
            other
            for other in self.runs
            if other.id != self.run.id and other.id.partition("~")[0] == self._plain_id
        )

    def search(self) -> None:
        """Look into the run's own files, where it was told to write, and below the bases."""
        self._in_run_folders()
        for recorded in recorded_paths(self.run, self.record):
            self._in_recorded(recorded)
        for base in self.bases:
            self._below(base)

    @property
    def own_files(self) -> frozenset[str]:
        """Those of its own files, by the paths that they have on W&B too."""
        return frozenset(
            each.listed.path for each in self.found.values() if each.found_by is FoundBy.RUN_FILES
        )

    @property
    def was_online(self) -> bool:
        """Whether a folder of the run is one of an SDK that was online."""
        return any(folder.parent.name.startswith("run-") for folder in self._run_folders())

    def _in_run_folders(self) -> None:
        for folder in self._run_folders():
            listing = self.folders.listing(folder, is_of_run=True)
            self._looked(folder, "the run's files in ")
            self._tell_links(listing)
            for each in listing.checkpoints:
                self._add(
                    listing,
                    each,
                    FoundBy.RUN_FILES,
                    "in the run's folder of files",
                    rivals=self._same_id,
                )

    def _run_folders(self) -> Iterator[Path]:
        seen: set[str] = set()
        for base in self.bases:
            for folder in self.folders.run_folders(base):
                real = os.path.realpath(folder.path)
                if folder.run_id == self._plain_id and real not in seen:
                    seen.add(real)
                    yield folder.path / "files"

    def _in_recorded(self, recorded: RecordedPath) -> None:
        place, is_moved = (None, False) if recorded.is_remote else self._place_of(recorded)
        name = sanitize(recorded.name)
        if place is None:
            self._tell_absent(recorded)
            return
        words = frozenset(re.findall(r"[a-z]+", recorded.name.lower()))
        is_told = holds_checkpoints(recorded.name) or bool(words & _SAVING)
        because = f"where the end of {name} leads" if is_moved else f"where {name} says"
        rivals = self._rivals_at(recorded)
        if is_folder(place):
            if self._holds_base(place):
                return
            self._followed.append(os.path.realpath(place))
            listing = self.folders.listing(place, is_told=is_told)
            seen = listing.checkpoints
            self._tell_links(listing)
        else:
            listing, seen = beside(place, is_told=is_told)
        self._looked(place)
        self._tell_cut(listing, sanitize(path_here(place)))
        for each in seen:
            inner = os.path.relpath(listing.place(each.path), place)
            whole = f"{recorded.path}/{inner}"
            owner = self._owners.of(whole)
            if owner is not None:
                if self.run.id in owner.run_ids:
                    self._add_owned(listing, each, owner)
                continue
            fitting = self._values.fitting(whole)
            if self._fits(fitting):
                left = _among(rivals, fitting)
                self._add(listing, each, FoundBy.RECORDED_PATH, because, left, moved=is_moved)

    def _tell_absent(self, recorded: RecordedPath) -> None:
        called = f"{sanitize(recorded.path)!r} ({sanitize(recorded.name)})"
        if recorded.is_remote:
            self.missing.append(f"{called} is in a store that is not looked into")
        elif "/" in recorded.path or "\\" in recorded.path:
            # What is no path on any machine is a word that a model is called by.
            self.missing.append(f"{called} is not on this machine")

    def _place_of(self, recorded: RecordedPath) -> tuple[Path | None, bool]:
        """Where a recorded path leads here, and whether only its end does."""
        text = recorded.path
        if text.startswith("~/"):
            text = str(Path.home() / text[2:])
        parts = PureWindowsPath(text).parts
        is_absolute = text.startswith("/") or bool(PureWindowsPath(text).drive)
        if not is_absolute:
            posix = "/".join(parts) if "\\" in text and "/" not in text else text
            return next(
                (base / posix for base in self.bases if leads_somewhere(base / posix)), None
            ), False
        if text.startswith("/") and leads_somewhere(Path(text)):
            return Path(text), False
        for k in range(1, min(len(parts), _MOST_TAILS)):
            for base in self.bases:
                place = base.joinpath(*parts[k:])
                if ".." not in parts and exists(place):
                    return place, True
        return None, False

    def _rivals_at(self, recorded: RecordedPath) -> tuple[Run, ...]:
        """Other runs that were told to write there, or were told nothing of that name."""
        rivals = []
        for other in self.runs[:_MOST_RIVALS]:
            if other.id == self.run.id:
                continue
            named = self._paths_of(other)
            if any(each.path == recorded.path for each in named) or not any(
                each.name == recorded.name for each in named
            ):
                rivals.append(other)
        rivals += [
            other for other, folder in self._others.values() if folder.mentions(recorded.path)
        ]
        return tuple(rivals)

    def _paths_of(self, other: Run) -> list[RecordedPath]:
        if other.id not in self._named:
            self._named[other.id] = recorded_paths(other)
        return self._named[other.id]

    def _below(self, base: Path) -> None:
        if os.path.realpath(base) == os.sep:
            return
        listing = self.folders.listing(base)
        called = _HERE if base == Path() else sanitize(base)
        self.looked_at.append(called)
        self._tell_cut(listing, called)
        self._tell_links(listing)
        others = (
            *(run for run in self.runs if run.id != self.run.id),
            *(other for other, _ in self._others.values()),
        )
        for each in listing.checkpoints:
            owner = self._owners.of(each.path)
            if owner is not None:
                if self.run.id in owner.run_ids:
                    self._add_owned(listing, each, owner)
                continue
            fitting = self._values.fitting(each.path)
            if self._times.wrote_by_time(each.written_at) and self._fits(fitting):
                is_inside = self._times.holds(each.written_at)
                because = "written " + ("while the run was at work" if is_inside else _AT_ITS_END)
                self._add(listing, each, FoundBy.TIME, because, _among(others, fitting))
            elif fitting is not None and self.run.id in fitting:
                self.passed.append(path_here(listing.place(each.path)))

    def _fits(self, fitting: frozenset[str] | None) -> bool:
        """Whether the run had the values that a name has, as far as it has any."""
        return fitting is None or self.run.id in fitting

    def _add_owned(self, listing: FolderListing, each: ListedCheckpoint, owner: PathOwner) -> None:
        rivals = tuple(
            run for run in self.runs if run.id in owner.run_ids and run.id != self.run.id
        )
        found_by = FoundBy.RUN_ID if owner.is_by_id else FoundBy.RUN_NAME
        because = f"called after the run's {'id' if owner.is_by_id else 'name'}"
        self._add(listing, each, found_by, because, rivals=rivals)

    def _add(
        self,
        listing: FolderListing,
        each: ListedCheckpoint,
        found_by: FoundBy,
        because: str,
        rivals: tuple[Run, ...] = (),
        *,
        moved: bool = False,
    ) -> None:
        place = listing.place(each.path)
        real = os.path.realpath(place)
        known = self.found.get(real)
        if known is not None and known.found_by >= found_by:
            return
        if not is_utf8(str(place)):
            self.missing.append(f"{sanitize(path_here(place))!r} has a name that is not UTF-8")
            return
        self.found[real] = FoundCheckpoint(
            listed=looked_into_here(not_called(each, (self._plain_id, self.run.name)), listing),
            name=path_here(place),
            place=CheckpointPlace.DISK,
            found_by=found_by,
            because=because,
            rivals=rivals,
            is_moved=moved,
            shares_id=found_by >= FoundBy.RUN_ID and bool(rivals),
        )

    def _looked(self, place: Path, words: str = "") -> None:
        said = words + sanitize(path_here(place))
        if said not in self.looked_at:
            self.looked_at.append(said)

    def _tell_cut(self, listing: FolderListing, called: str) -> None:
        if not listing.is_whole and called not in self.unsearched:
            self.unsearched.append(called)

    def _tell_links(self, listing: FolderListing) -> None:
        for path, target in listing.links_out:
            if any(f"{target}/".startswith(f"{folder}/") for folder in self._followed):
                continue
            name = sanitize(path_here(listing.place(path)))
            said = f"{name!r} is a link that leads out of its folder, to {sanitize(target)!r}"
            if said not in self.missing:
                self.missing.append(said)

    def _holds_base(self, place: Path) -> bool:
        """Whether a folder is one that is searched anyway, or is above it."""
        real = os.path.realpath(place).rstrip(os.sep) + os.sep
        return any(f"{os.path.realpath(base)}{os.sep}".startswith(real) for base in self.bases)


def _run_of(folder: RunFolder) -> Run:
    """A run that is not of the sweep, as far as its folder says."""
    return Run(
        id=folder.run_id,
        name=folder.run_id,
        number=None,
        number_from=None,
        created_at=folder.began_at,
        heartbeat_at=folder.ended_at,
    )


def _among(rivals: tuple[Run, ...], fitting: frozenset[str] | None) -> tuple[Run, ...]:
    """Rivals, without those that had other values than a name has."""
    if fitting is None:
        return rivals
    return tuple(other for other in rivals if other.id in fitting)
