"""What a run left to go on from: on this machine, in artifacts, among the files W&B keeps of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wbtools.errors import UsageError
from wbtools.model.checkpoint import CheckpointSearch

if TYPE_CHECKING:
    from wbtools.analysis.audit import Audit, RunAudit
    from wbtools.app.opening.source import SweepSource
    from wbtools.model import LaunchRecord
    from wbtools.model.checkpoint import Checkpoint
    from wbtools.sources.checkpoints.on_disk import SearchedFolders


def find_checkpoints(
    source: SweepSource,
    audit: Audit,
    row: RunAudit,
    record: LaunchRecord,
    *,
    asks_servers: bool = True,
    folders: SearchedFolders | None = None,
) -> CheckpointSearch:
    """Look for what a run left. Nothing of it is loaded.

    Args:
        source: Of the run's sweep.
        audit: Its other runs say what may be theirs.
        row: The run.
        record: How it was started.
        asks_servers: Whether W&B is asked for its artifacts and files, where the source is there.
        folders: What searches for other runs have listed already; more is put in.
    """
    del source, audit, row, record, asks_servers, folders
    return CheckpointSearch()


def chosen_checkpoint(search: CheckpointSearch, text: str) -> Checkpoint:
    """What `--checkpoint` names, whatever speaks against it.

    Args:
        search: What was found.
        text: A path, or an artifact's name.

    Raises:
        UsageError: It names neither.
    """
    for candidate in search.candidates:
        if candidate.name == text:
            return candidate
    msg = f"there is no checkpoint {text!r}"
    raise UsageError(msg)
