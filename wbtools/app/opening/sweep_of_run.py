"""Which sweep a run is of, as far as the archive knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wbtools.app.opening.archive_lookup import look_up_archive
from wbtools.archive import Archive, ArchivedKind
from wbtools.errors import WbtoolsError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def sweep_of_run(run_id: str, folder: Path | None, env: Mapping[str, str]) -> str | None:
    """The archived sweep that holds a run, as ENTITY/PROJECT/ID; None where none or several do.

    Args:
        run_id: W&B's id.
        folder: What `--archive` names; None where it was not given.
        env: The environment, for WBTOOLS_ARCHIVE.
    """
    try:
        found = look_up_archive(folder, env)
        keys = [sweep.head.key for sweep in found.sweeps]
        keys = [key for key in keys if key.kind is ArchivedKind.SWEEP]
        if not keys:
            return None
        with Archive.open(found.place.path) as archive:
            holding = {str(key) for key in keys if run_id in archive.known_runs(key)}
    except WbtoolsError:  # it only helps to word another error
        return None
    return holding.pop() if len(holding) == 1 else None
