"""Which sweep is meant where the line names none."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from wbtools.cli.output import note
from wbtools.text.sanitize import sanitize

if TYPE_CHECKING:
    from pathlib import Path

    from wbtools.app.opening.selection import Selection

VARIABLE: Final = "WBTOOLS_SWEEP"


def sweep_in_use(
    sweep: str | None, archive: Path | None, *, selection: Selection | None = None
) -> str:
    """The sweep that is named, else `$WBTOOLS_SWEEP`, the one used last here, or the only one here.

    What was not named on the line is said on stderr.

    Args:
        sweep: What the line names.
        archive: What `--archive` names.
        selection: Runs by group, tag or filter, which are no runs of the sweep used last.

    Raises:
        UsageError: Nothing names a sweep, and none or several lie here.
        DataError: The present folder or the archive cannot be read.
    """
    if sweep is not None:
        return sweep
    named = os.environ.get(VARIABLE)
    if named:
        from wbtools.text.masking import masked_text

        note(f"sweep: {sanitize(masked_text(named))} (${VARIABLE})\n")
        return named
    from wbtools.archive import last_sweep
    from wbtools.text.numbers import ago

    last = None if selection else last_sweep(archive, os.environ)
    if last is not None:
        used = f"used last in this folder, {ago(last.used_at)}"
        note(f"sweep: {sanitize(last.reference)} ({used})\n")
        return last.reference
    from wbtools.app.opening.present_folder import sweep_here

    found = sweep_here(archive, os.environ, selects=bool(selection))
    note(f"sweep: {sanitize(found.words)}, as none was named or used here before\n")
    return found.reference
