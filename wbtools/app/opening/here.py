"""Which sweeps lie here: in run files below the working folder, and in the archive."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from wbtools.app.opening.archive_lookup import choices_of
from wbtools.archive import Archive, ArchivedKind, is_empty
from wbtools.errors import DataError, TooLarge, UsageError
from wbtools.sources.local.sweeps import find_sweeps
from wbtools.text.numbers import ago, count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wbtools.app.opening.session import Session
    from wbtools.archive import ArchivedSweep, ArchiveLocation
    from wbtools.sources.local.sweeps import LocalSweep

MOST_FOLDERS: Final = 20_000
"""Folders that are looked into for run files that nobody named: a second on a local disk."""
_HOME: Final = Path("wandb")
_MOST_LISTED: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFilesHere:
    """Sweeps in run files below the working folder.

    Attributes:
        sweeps: Those that have an id, most runs first.
        words: What there is, for people: `./wandb: 2 sweeps (a, b)`.
    """

    sweeps: tuple[LocalSweep, ...]
    words: str

    def of(self, sweep_id: str) -> LocalSweep | None:
        """The sweep with this id."""
        return next((sweep for sweep in self.sweeps if sweep.sweep_id == sweep_id), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveHere:
    """Archived sweeps, in the order in which they came.

    Attributes:
        place: How people call the archive: `archive .wbtools`.
        words: What it holds, for people: `archive .wbtools: 1 sweep (acme/ocr/qz81x0ab)`.
        failure: Why it cannot be read.
    """

    sweeps: tuple[ArchivedSweep, ...]
    place: str
    words: str
    failure: DataError | None = None


def run_files_here() -> RunFilesHere:
    """Look for run files below the working folder; where it holds too much, below `./wandb`."""
    wide = ""
    try:
        found = find_sweeps(Path(), most_folders=MOST_FOLDERS)
    except TooLarge as error:
        wide = f"{error.message}, so that only ./{_HOME} was searched"
        if not _HOME.is_dir():
            return RunFilesHere(sweeps=(), words=f"run files: {error.message}")
        try:
            found = find_sweeps(_HOME, most_folders=MOST_FOLDERS)
        except (DataError, UsageError) as within:
            return RunFilesHere(sweeps=(), words=f"{within.message}; {wide}")
    except (DataError, UsageError) as error:
        return RunFilesHere(sweeps=(), words=error.message)
    sweeps = tuple(sweep for sweep in found if sweep.sweep_id is not None)
    what = _listed("sweep", [str(sweep.sweep_id) for sweep in sweeps]) if sweeps else "no sweep"
    where = called(place_of([file.home for sweep in found for file in sweep.files]))
    return RunFilesHere(sweeps=sweeps, words=f"{where}: {what}" + (f"; {wide}" if wide else ""))


def archive_here(session: Session) -> ArchiveHere:
    """What is archived.

    Raises:
        UsageError: What is named as the archive is no folder.
    """
    location = session.place(write=False)
    place = f"archive {_short(location)}"
    try:
        if is_empty(location.path):
            return ArchiveHere(sweeps=(), place=place, words=f"{place}: none")
        with Archive.open(location.path) as archive:
            every = archive.sweeps()
    except DataError as error:
        return ArchiveHere(sweeps=(), place=place, words=error.message, failure=error)
    sweeps = tuple(sweep for sweep in every if sweep.head.key.kind is ArchivedKind.SWEEP)
    names = [choice.reference for choice in choices_of(sweeps)]
    words = _listed("sweep", names) if sweeps else "none"
    return ArchiveHere(sweeps=sweeps, place=place, words=f"{place}: {words}")


def at_its_place(found: LocalSweep) -> tuple[LocalSweep, str]:
    """A sweep of the working folder as if its own folder had been named, and that folder."""
    place = place_of([file.home for file in found.files])
    return replace(found, root=Path(place)), place


def with_fetched_names(found: LocalSweep, session: Session) -> LocalSweep:
    """A sweep with the names that its runs have on a server, as far as they were fetched."""
    if found.sweep_id is None or not found.named_elsewhere:
        return found
    names: dict[str, str] = {}
    # Without an archive, or with one that cannot be read, the files alone have to do.
    with suppress(UsageError, DataError), session.archive(write=False) as archive:
        for archived in archive.sweeps():
            if archived.head.key.name == found.sweep_id:
                names |= {each.run.id: each.run.name for each in archive.runs(archived.head.key)}
    return found.called(names) if names else found


def place_of(homes: Sequence[Path]) -> str:
    """The folder that holds these, as `./wandb`; `.` where they are not all in one below it."""
    common = Path(os.path.commonpath([os.path.realpath(home) for home in homes]))
    working_folder = Path(os.path.realpath("."))
    if common == working_folder or not common.is_relative_to(working_folder):
        return os.curdir
    return f"{os.curdir}{os.sep}{common.relative_to(working_folder)}"


def called(place: str) -> str:
    """A folder of `place_of`, as people call it."""
    return "this folder" if place == os.curdir else place


def written_last(found: LocalSweep) -> datetime:
    """When the newest of its run files was written."""
    newest_s = 0.0
    for file in found.files:
        try:
            newest_s = max(newest_s, file.path.stat().st_mtime)
        except OSError:
            continue
    return datetime.fromtimestamp(newest_s, UTC)


def age_of(archived: ArchivedSweep) -> str:
    """`fetched 3 days ago`."""
    if archived.as_of is None:
        return "never fetched as a whole"
    return f"fetched {ago(archived.as_of)}"


def _listed(noun: str, names: Sequence[str]) -> str:
    more = len(names) - _MOST_LISTED
    shown = ", ".join(names[:_MOST_LISTED]) + (f" and {more} more" if more > 0 else "")
    return f"{count(len(names), noun)} ({shown})"


def _short(location: ArchiveLocation) -> str:
    """The archive's folder as a person would write it."""
    working_folder, path = Path(os.path.realpath(".")), Path(os.path.realpath(location.path))
    return str(
        path.relative_to(working_folder) if path.is_relative_to(working_folder) else location.path
    )
