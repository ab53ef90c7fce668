"""Where the replicas of a run are: below the present folder and beside its sweep, or on W&B."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from wbtools.errors import UsageError
from wbtools.sources.local import sweeps
from wbtools.sources.local.run_groups import find_runs_of
from wbtools.sources.processes import without_other_processes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wbtools.app.opening.source import SweepSource
    from wbtools.model import Sweep
    from wbtools.sources.local.kept_reads import KeptReads
    from wbtools.sources.local.sweeps import LocalSweep


def find_runs(
    source: SweepSource,
    group: str,
    metrics: Sequence[str],
    *,
    folder: Path | None = None,
    kept: KeptReads | None = None,
) -> list[Sweep]:
    """The runs of a group, from every place where they may be.

    Args:
        source: Of the sweep that was replicated.
        group: Such as `wbtools-ab12cd34`.
        metrics: Whose curves are wanted.
        folder: The present folder by default.
        kept: What was read of run files before.
    """
    found = list(source.runs_of_group(group, metrics))
    for place in _places(source, folder):
        files = find_runs_of(place, group=group)
        if files is not None:
            found.append(_read(files, metrics, kept))
    return found


def find_later_files(
    source: SweepSource, run_id: str, metrics: Sequence[str], kept: KeptReads | None = None
) -> list[Sweep]:
    """What a run of a sweep wrote when it was resumed outside of the sweep.

    Args:
        source: Of the sweep.
        run_id: Of the run.
        metrics: Whose curves are wanted.
        kept: What was read of run files before.
    """
    found = [find_runs_of(place, run_id=run_id) for place in _places(source)]
    return [_read(files, metrics, kept) for files in found if files is not None]


def _places(source: SweepSource, folder: Path | None = None) -> Iterator[Path]:
    """The present folder and those of the sweep, none of them inside another one."""
    places = dict.fromkeys(
        path.resolve() for path in (folder or Path.cwd(), *source.folders) if path.is_dir()
    )
    searched: set[Path] = set()
    for place in places:
        if any(place.is_relative_to(parent) for parent in searched):
            continue
        searched.add(place)
        yield place


def runs_at(path: Path, metrics: Sequence[str], kept: KeptReads | None = None) -> Sweep:
    """All runs at a path.

    Args:
        path: A run folder, a run file, or a folder above some.
        metrics: Whose curves are wanted.
        kept: What was read of run files before.

    Raises:
        UsageError: There are none.
    """
    files = find_runs_of(path)
    if files is None:
        msg = f"there is no W&B run file in {str(path)!r}"
        raise UsageError(msg, "name a run folder, a .wandb file, or a folder that contains some")
    return _read(files, metrics, kept)


def _read(files: LocalSweep, metrics: Sequence[str], kept: KeptReads | None) -> Sweep:
    sweep = sweeps.load(files, metrics, with_summary=False, kept=kept)
    return without_other_processes(sweep, metrics[0]) if metrics else sweep
