"""Open everything that a command is to look at: sweeps, run tables, or runs outside sweeps."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from wbtools.app.opening.on_disk import LocalSource, TableSource
from wbtools.app.opening.open_sweep import open_sweep
from wbtools.app.opening.reference import parse_reference
from wbtools.app.opening.resolve_remote import open_selection
from wbtools.errors import UsageError
from wbtools.sources.local import sweeps
from wbtools.sources.local.run_groups import find_runs_of
from wbtools.sources.tables.exported import read_exported

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

    from wbtools.app.opening.reference import Reference
    from wbtools.app.opening.selection import Selection
    from wbtools.app.opening.session import Session
    from wbtools.app.opening.source import SweepSource
    from wbtools.model import Sweep
    from wbtools.sources.local.kept_reads import KeptReads
    from wbtools.sources.local.sweeps import LocalSweep


def open_many(
    references: Sequence[str], session: Session, selection: Selection | None = None
) -> list[SweepSource]:
    """Open what each reference means, in their order.

    Args:
        references: What the user typed; with a selection, projects of W&B's or local folders.
        session: How to reach W&B's servers.
        selection: Runs in place of sweeps; an empty one where the command takes some and the user
            names none.

    Raises:
        UsageError: A reference names nothing that exists, several sweeps, or the same thing as
            another; or nothing that a selection could be taken from.
        SignInError: A sweep is on a server for which there are no credentials.
        DataError: What is named cannot be read or reached.
    """
    for place, reference in enumerate(references):
        if reference in references[:place]:
            msg = f"{reference!r} is named twice"
            raise UsageError(msg, "name it once")
    return [open_one(reference, session, selection) for reference in references]


def open_one(reference: str, session: Session, selection: Selection | None = None) -> SweepSource:
    """Open what a reference means: a sweep, a run table, or the runs that a selection takes.

    Raises:
        WbtoolsError: As `open_many`.
    """
    if selection:
        return _selected(reference, session, selection)
    return open_sweep(reference, session, takes_selection=selection is not None)


def _selected(reference: str, session: Session, selection: Selection) -> SweepSource:
    meant = parse_reference(reference)
    if meant.path is not None:
        return _local(meant, meant.path, session, selection)
    if meant.remote is None or meant.remote.sweep_id is not None:
        msg = f"--all, --group, --tag and --filter take runs of a project, not {reference!r}"
        raise UsageError(msg, "name it as ENTITY/PROJECT, or name a folder of local runs")
    return open_selection(meant.remote, session, selection)


def _local(meant: Reference, path: Path, session: Session, selection: Selection) -> SweepSource:
    reference = meant.text
    if meant.table is not None:
        return TableSource(_of_table(meant.table, meant, selection), meant.table.parent)
    found = find_runs_of(path, group=selection.group, tags=selection.tags)
    if found is not None and selection.filters is not None:
        found = _filtered(found, selection, session.kept_reads)
    if found is None:
        raise _none_of(reference, selection)
    return LocalSource(found, reference, session.kept_reads)


def _filtered(found: LocalSweep, selection: Selection, kept: KeptReads | None) -> LocalSweep | None:
    """The run files of the runs that fulfil a filter, for which they have to be read as a whole."""
    runs = sweeps.load(found, (), kept=kept).runs
    taken = {run.id for run in runs if selection.takes(run)}
    # A repeated id has a suffix, which its file does not have.
    ids = {file.run_id for file in found.files if _is_of(file.run_id, taken)}
    files = tuple(file for file in found.files if file.run_id in ids)
    if not files:
        return None
    silent = tuple(file for file in found.unidentified if file.run_id in ids)
    return replace(found, files=files, n_runs=len(ids), unidentified=silent)


def _is_of(run_id: str, taken: Collection[str]) -> bool:
    return run_id in taken or any(each.startswith(f"{run_id}~") for each in taken)


def _of_table(path: Path, meant: Reference, selection: Selection) -> Sweep:
    """The rows of a run table, or the curves of a chart, that a selection takes."""
    sweep = read_exported(path, meant.sweep_id)
    rows = [row for row, run in enumerate(sweep.runs) if selection.takes(run)]
    if not rows:
        raise _none_of(meant.text, selection)
    return sweep.of_runs(rows)


def _none_of(reference: str, selection: Selection) -> UsageError:
    msg = f"no run in {reference!r} is of {selection}"
    return UsageError(msg, "check --group, --tag and --filter, or take all with --all")
