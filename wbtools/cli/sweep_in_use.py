"""Which sweep is meant where the line names none."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from wbtools.cli.output import note
from wbtools.text.sanitize import sanitize

if TYPE_CHECKING:
    from pathlib import Path

    from wbtools.app.opening.selection import Selection

VARIABLE: Final = "WBTOOLS_SWEEP"
_PRESENT_FOLDER: Final = "./"
_H_PER_DAY: Final = 24


def sweep_in_use(
    sweep: str | None, archive: Path | None, *, selection: Selection | None = None
) -> str:
    """The sweep that is named, else `$WBTOOLS_SWEEP`, the one used last here, or the one here.

    What was not named on the line is said on stderr.

    Args:
        sweep: What the line names.
        archive: What `--archive` names.
        selection: Runs by group, tag or filter, which are no runs of the sweep used last.

    Raises:
        UsageError: Nothing names a sweep, and none is in the present folder.
    """
    if sweep is not None:
        return sweep
    named = os.environ.get(VARIABLE)
    if named:
        from wbtools.text.masking import masked_text

        note(f"sweep: {sanitize(masked_text(named))} (${VARIABLE})\n")
        return named
    from wbtools.archive import last_sweep

    last = None if selection else last_sweep(archive, os.environ)
    if last is not None:
        note(
            f"sweep: {sanitize(last.reference)} (used last in this folder, {_ago(last.used_at)})\n"
        )
        return last.reference
    note("sweep: the one in the present folder, as none was named or used here before\n")
    _check_present_folder()
    return _PRESENT_FOLDER


def _check_present_folder() -> None:
    """Runs that nobody named are missing from the line; a folder that is named is empty data."""
    from pathlib import Path

    from wbtools.errors import UsageError
    from wbtools.sources.local.folder_walk import NAME_RUNS, may_hold_runs

    if not may_hold_runs(Path(_PRESENT_FOLDER)):
        msg = "no sweep is named, and no W&B run file lies in the present folder"
        raise UsageError(msg, NAME_RUNS)


def _ago(moment: datetime) -> str:
    from wbtools.text.numbers import count, hours

    passed_h = max(0.0, (datetime.now(UTC) - moment).total_seconds() / 3600)
    if passed_h < _H_PER_DAY:
        return f"{hours(passed_h)} ago"
    return f"{count(int(passed_h / _H_PER_DAY), 'day')} ago"
