"""Programs that look for their checkpoint themselves: whether they will find the one that is meant.

Such a program is told no path. It looks where it writes, which a recorded argument or the id of its
run may say, and takes what it finds there.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from wbtools.analysis.recorded_paths import recorded_paths
from wbtools.errors import DataError, UsageError
from wbtools.model import CheckpointPlace
from wbtools.replication.continuation_findings import resume_words
from wbtools.replication.recorded_arguments import find, flat_name
from wbtools.text.sanitize import sanitize

if TYPE_CHECKING:
    from wbtools.model import Checkpoint, CheckpointSearch, LaunchRecord, ResumeOption, Run
    from wbtools.replication.command import Launch


def refusal_of_own_search(
    run: Run,
    record: LaunchRecord,
    launch: Launch,
    option: ResumeOption,
    checkpoint: Checkpoint,
    *,
    is_same_run: bool,
) -> DataError | None:
    """Why a program that looks itself would not find a checkpoint; None where it may.

    Args:
        run: Which is to go on.
        record: How it was started.
        launch: How it is to be started.
        option: How the program is told.
        checkpoint: From where it is to go on.
        is_same_run: Whether the run keeps its id and name.
    """
    looks = f"the program looks for its checkpoint itself: {resume_words(option)}"
    called = sanitize(checkpoint.called)
    if checkpoint.place is not CheckpointPlace.DISK:
        msg = f"{looks}, and run {run.number_or_id} left {called}"
        return DataError(msg, "download it to where the program looks, and name that place")
    unsaid = _unsaid(run, record, launch, checkpoint)
    if unsaid is not None:
        msg = (
            f"{looks}, and this command does not say where: the run was started with "
            f"{sanitize(unsaid)}, and {called} lies there"
        )
        return DataError(
            msg, "add that to the sweep's `command`, or name an option that takes a path"
        )
    part = None if is_same_run else _own_part(run, record, checkpoint)
    if part is not None:
        msg = (
            f"{looks}, and {called} lies in a folder that is called after the run "
            f"({sanitize(part)}): a new run has another id and name, and would begin anew"
        )
        return DataError(
            msg, "--same-run resumes the run itself, with its id; --resume-arg NAME names an option"
        )
    return None


def refusal_of_choice(
    option: ResumeOption, search: CheckpointSearch, checkpoint: Checkpoint
) -> UsageError | None:
    """Why a checkpoint that the user names would not be taken; None where it is the newest.

    Args:
        option: How the program is told: without a path.
        search: What the run left.
        checkpoint: What the user names.
    """
    newest = newest_beside(search, checkpoint)
    if search.best is not None and search.best.argument == checkpoint.argument and newest is None:
        return None
    taken = newest or search.best
    msg = f"--checkpoint has no effect: the program chooses itself ({resume_words(option)})"
    if taken is not None:
        msg += f", and would take {sanitize(taken.called)}"
    return UsageError(msg, "move what is newer away, or name an option with --resume-arg")


def newest_beside(search: CheckpointSearch, checkpoint: Checkpoint) -> Checkpoint | None:
    """The newest in the same folder, which a program that looks itself takes; None without one.

    Args:
        search: What the run left.
        checkpoint: What is meant.
    """
    folder = PurePosixPath(checkpoint.name).parent
    written_at = checkpoint.written_at
    newer = {
        each.written_at: each
        for each in search.candidates
        if each.place is CheckpointPlace.DISK
        and PurePosixPath(each.name).parent == folder
        and each.written_at is not None
        and written_at is not None
        and each.written_at > written_at
    }
    return newer[max(newer)] if newer else None


def _unsaid(run: Run, record: LaunchRecord, launch: Launch, checkpoint: Checkpoint) -> str | None:
    """A recorded argument that says where the checkpoint lies and that the command lacks."""
    real = os.path.realpath(checkpoint.name)
    for recorded in recorded_paths(replace(run, config={}), record):
        if recorded.is_remote or not recorded.path:
            continue
        place = os.path.realpath(Path(recorded.path))
        if not f"{real}{os.sep}".startswith(f"{place}{os.sep}"):
            continue
        known = {flat_name(name) for name in launch.values}
        if find(launch.arguments, recorded.name) is None and flat_name(recorded.name) not in known:
            return f"{recorded.name}={recorded.text}"
    return None


def _own_part(run: Run, record: LaunchRecord, checkpoint: Checkpoint) -> str | None:
    """A folder's name that the program can only know from its run; None without one."""
    texts = [
        *(record.argv or ()),
        *(value for value in run.config.values() if isinstance(value, str)),
    ]
    for part in PurePosixPath(checkpoint.name).parts[:-1]:
        for called in (run.id.partition("~")[0], run.name):
            if called and called in part and not any(called in text for text in texts):
                return part
    return None
