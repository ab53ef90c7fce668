"""The local runs of one W&B group, whatever sweep they belong to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wbtools.errors import DataError, UsageError
from wbtools.sources.run_folders import LocalSweep, find_sweeps
from wbtools.sources.wandb_records import read_head

if TYPE_CHECKING:
    from pathlib import Path


def find_group(path: Path, group: str | None) -> LocalSweep | None:
    """Find the run files of a group below a path.

    Args:
        path: A folder, or a run file.
        group: None takes all runs.

    Returns:
        Them, or None if there are none.

    Raises:
        UsageError: All runs are asked for, and there is nothing at `path`.
    """
    try:
        sweeps = find_sweeps(path)
    except DataError:
        return None
    except UsageError:
        if group is None:
            raise
        return None
    files = [
        file
        for sweep in sweeps
        for file in sweep.files
        if group is None or read_head(file.path).group == group
    ]
    if not files:
        return None
    return LocalSweep(
        sweep_id=None,
        files=tuple(files),
        n_runs=len({file.run_id for file in files}),
        root=path,
    )
