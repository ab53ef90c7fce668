"""Local runs by group and tags, whatever sweep they belong to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wbtools.errors import DataError, UsageError
from wbtools.sources.local.run_file import read_head
from wbtools.sources.local.run_folders import LocalSweep, find_sweeps

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def find_runs_of(
    path: Path, *, group: str | None = None, tags: Sequence[str] = (), run_id: str | None = None
) -> LocalSweep | None:
    """Find the run files of a group, and with tags, below a path.

    Args:
        path: A folder, or a run file.
        group: None takes runs of any group, and those of none.
        tags: A run must have all of them, as its file's beginning tells.
        run_id: Takes the files of this run alone, and of them those that belong to no sweep.

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
        if group is None and run_id is None:
            raise
        return None
    files = [
        file
        for sweep in sweeps
        for file in sweep.files
        if (run_id is None or (file.run_id == run_id and file.sweep_id is None))
        and ((group is None and not tags) or _fits(file.path, group, tags))
    ]
    if not files:
        return None
    silent = {file.path for sweep in sweeps for file in sweep.unidentified}
    return LocalSweep(
        sweep_id=None,
        files=tuple(files),
        n_runs=len({file.run_id for file in files}),
        root=path,
        unidentified=tuple(file for file in files if file.path in silent),
    )


def _fits(path: Path, group: str | None, tags: Sequence[str]) -> bool:
    head = read_head(path)
    return group in {None, head.group} and set(tags) <= set(head.tags)
