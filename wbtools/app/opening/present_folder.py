"""The sweep that is meant where the line names none: the only one that lies here."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from wbtools.app.opening.archive_lookup import choices_of, look_up_archive
from wbtools.app.opening.sweep_choice import SweepChoice, listed_choices
from wbtools.archive import ArchivedKind
from wbtools.errors import UsageError
from wbtools.sources.local.folder_walk import NAME_RUNS, may_hold_runs
from wbtools.sources.tables.chart_sweep import charts_in

if TYPE_CHECKING:
    from collections.abc import Mapping

_FOLDER: Final = "./"


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepHere:
    """A sweep that nobody named.

    Attributes:
        reference: What means it.
        words: What it is, for people.
    """

    reference: str
    words: str


def sweep_here(archive: Path | None, env: Mapping[str, str], *, selects: bool) -> SweepHere:
    """The sweep in the present folder's run files, else the only archived one, else its only table.

    Args:
        archive: What `--archive` names.
        env: The environment, for WBTOOLS_ARCHIVE.
        selects: Whether runs are taken by group, tag or filter, which no archived sweep holds.

    Raises:
        UsageError: There is none, or there are several.
        DataError: The folder or the archive cannot be read.
    """
    if may_hold_runs(Path(_FOLDER)):
        return SweepHere(reference=_FOLDER, words="the one in the present folder")
    if not selects:
        sweeps = [
            sweep
            for sweep in look_up_archive(archive, env).sweeps
            if sweep.head.key.kind is ArchivedKind.SWEEP
        ]
        if len(sweeps) == 1:
            only = choices_of(sweeps)[0]
            return SweepHere(reference=only.reference, words=f"{only}, the only archived one")
        if sweeps:
            msg = f"no sweep is named, and {len(sweeps)} are archived"
            raise UsageError(msg, f"name one: {listed_choices(choices_of(sweeps))}")
    if charts_in(Path(_FOLDER)):
        return SweepHere(reference=_FOLDER, words="the charts in the present folder")
    tables = sorted(path for path in Path(_FOLDER).glob("*.[cC][sS][vV]") if path.is_file())
    names = [f"{_FOLDER}{path.name}" for path in tables]
    if len(names) == 1:
        return SweepHere(reference=names[0], words=f"{names[0]}, the only table here")
    if names:
        msg = f"no sweep is named, and {len(names)} tables lie in the present folder"
        listed = listed_choices([SweepChoice(reference=name) for name in names])
        raise UsageError(msg, f"name one: {listed}")
    msg = "no sweep is named, and neither run files nor an archived sweep nor a table lie here"
    raise UsageError(msg, NAME_RUNS)
