"""Open everything that a command is to look at: sweeps, run tables, or runs outside sweeps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wbtools.app.opening.on_disk import LocalSource
from wbtools.app.opening.open_sweep import open_sweep
from wbtools.app.opening.reference import parse_reference
from wbtools.app.opening.resolve_remote import open_selection
from wbtools.errors import UsageError
from wbtools.sources.local.run_groups import find_runs_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from wbtools.app.opening.reference import Reference
    from wbtools.app.opening.selection import Selection
    from wbtools.app.opening.session import Session
    from wbtools.app.opening.source import SweepSource


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
        return _local(meant, meant.path, selection)
    if meant.remote is None or meant.remote.sweep_id is not None:
        msg = f"--all, --group, --tag and --filter take runs of a project, not {reference!r}"
        raise UsageError(msg, "name it as ENTITY/PROJECT, or name a folder of local runs")
    return open_selection(meant.remote, session, selection)


def _local(meant: Reference, path: Path, selection: Selection) -> LocalSource:
    reference = meant.text
    if selection.filters is not None:
        msg = f"--filter is read by W&B's server, and {reference!r} is a local path"
        raise UsageError(msg, "choose local runs by --group and --tag")
    if meant.table is not None:
        msg = f"{reference!r} is a run table, which has no W&B groups and tags"
        raise UsageError(msg, "leave --all, --group and --tag away")
    found = find_runs_of(path, group=selection.group, tags=selection.tags)
    if found is None:
        msg = f"no local run in {reference!r} is of {selection}"
        raise UsageError(msg, "check --group and --tag, or take all with --all")
    return LocalSource(found, reference)
