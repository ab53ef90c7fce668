"""What a run left to go on from: on this machine, in artifacts, among the files W&B keeps of it."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from wbtools.analysis.checkpoint_progress import RunLength
from wbtools.analysis.checkpoints import FoundBy, FoundCheckpoint, judge_checkpoints
from wbtools.analysis.diagnosis.termination import Completion
from wbtools.analysis.path_owners import PathOwners
from wbtools.app.checkpoint_paths import is_utf8, listed_at, path_here
from wbtools.app.checkpoints_on_disk import DiskSearch
from wbtools.app.checkpoints_on_wandb import in_artifacts, in_saved_files
from wbtools.app.program_files import exists
from wbtools.errors import Interrupted, UsageError, WbtoolsError
from wbtools.findings import Confidence
from wbtools.model.checkpoint import (
    Checkpoint,
    CheckpointLayout,
    CheckpointPlace,
    CheckpointSearch,
)
from wbtools.sources.checkpoints.layouts import not_called
from wbtools.sources.checkpoints.on_disk import SearchedFolders
from wbtools.text.numbers import listed
from wbtools.text.sanitize import sanitize

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wbtools.analysis.audit import Audit, RunAudit
    from wbtools.app.earlier_continuations import EarlierContinuation
    from wbtools.app.opening.source import SweepSource
    from wbtools.model import LaunchRecord, Run

_ARTIFACTS: Final = "the artifacts that it logged"
_RECORDED_ARTIFACTS: Final = "the artifacts in its run file"
_AT_WANDB: Final = " (those of online runs are at W&B alone: name the sweep as ENTITY/PROJECT/ID)"
_BY_USER: Final = "named by --checkpoint"
_NOT_ITS: Final = "it is none of the artifacts that are known to be logged by the run"
_FULL_NAME: Final = re.compile(r"[^/:\s]+/[^/:\s]+/[^/:\s]+:[^/:\s]+")
_MOST_LISTED: Final = 8


def find_checkpoints(
    source: SweepSource,
    audit: Audit,
    row: RunAudit,
    record: LaunchRecord,
    *,
    asks_servers: bool = True,
    folders: SearchedFolders | None = None,
    continuations: Sequence[EarlierContinuation] = (),
) -> CheckpointSearch:
    """Look for what a run left. Nothing of it is loaded.

    What a run left that went on with it, and was stopped too, comes before what is less far.

    Args:
        source: Of the run's sweep.
        audit: Its other runs say what may be theirs.
        row: The run.
        record: How it was started.
        asks_servers: Whether W&B is asked for its artifacts and files, where the source is there.
        folders: What searches for other runs have listed already; more is put in.
        continuations: Runs that went on with it.
    """
    length, folders = RunLength.of(audit, row), folders or SearchedFolders()
    runs = (*audit.sweep.runs, *(each.run for each in continuations))
    own = _search(source, audit, row.run, record, length, folders, runs, asks_servers=asks_servers)
    searches = [own]
    for each in continuations:
        further = length.gone_on(each.n_reports)
        if each.run.has_finished and further.is_over:
            continue  # nothing is left to train from what it saved
        found = _search(
            source, audit, each.run, record, further, folders, runs, asks_servers=asks_servers
        )
        said = f"the run is {each.called}, which went on with it"
        searches.append(
            replace(
                found,
                candidates=tuple(
                    replace(left, run_id=each.run.id, because=f"{left.because}; {said}")
                    for left in found.candidates
                ),
            )
        )
    return CheckpointSearch(
        candidates=length.furthest_first([search.candidates for search in searches]),
        passed=own.passed,
        looked_at=tuple(dict.fromkeys(word for search in searches for word in search.looked_at)),
        missing=tuple(dict.fromkeys(word for search in searches for word in search.missing)),
        unsearched=tuple(dict.fromkeys(word for search in searches for word in search.unsearched)),
    )


def _search(
    source: SweepSource,
    audit: Audit,
    run: Run,
    record: LaunchRecord,
    length: RunLength,
    folders: SearchedFolders,
    runs: Sequence[Run],
    *,
    asks_servers: bool,
) -> CheckpointSearch:
    """What one run left.

    Args:
        source: As for `find_checkpoints`.
        audit: Of its sweep.
        run: The run.
        record: How it was started.
        length: How far it came.
        folders: What was listed already.
        runs: That may own what is found.
        asks_servers: Whether W&B is asked.
    """
    disk = DiskSearch(
        run=run,
        record=record,
        runs=runs,
        sweep_id=audit.sweep.ref.sweep_id,
        as_of=audit.sweep.as_of,
        bases=_bases(source),
        folders=folders,
    )
    disk.search()
    found = list(disk.found.values())
    if asks_servers:
        found += _on_wandb(source, run, disk)
    candidates = judge_checkpoints(found, run, as_of=audit.sweep.as_of, length=length)
    return CheckpointSearch(
        candidates=candidates,
        looked_at=tuple(disk.looked_at),
        missing=tuple(disk.missing),
        unsearched=tuple(disk.unsearched),
        passed=tuple(disk.passed),
    )


def chosen_checkpoint(
    search: CheckpointSearch, text: str, audit: Audit, row: RunAudit
) -> Checkpoint:
    """What `--checkpoint` names, with what speaks against it.

    Args:
        search: What was found.
        text: A path, or an artifact's name.
        audit: Its other runs say what may be theirs.
        row: The run that is to go on.

    Raises:
        UsageError: It names neither.
    """
    for candidate in search.candidates:
        if _means(candidate, text):
            return candidate
    place = Path(text)
    if text and exists(place):
        if not is_utf8(text):
            msg = f"the name of the checkpoint {text!r} is not UTF-8, so no script can hold it"
            raise UsageError(msg, "rename it, or make a link to it")
        if not (place.is_file() or place.is_dir()):
            msg = f"the checkpoint {text!r} is neither a file nor a folder"
            raise UsageError(msg, "name what the program saved")
        return _by_path(place, audit, row)
    if _FULL_NAME.fullmatch(text) and not any(text in words for words in search.missing):
        return Checkpoint(
            name=text,
            place=CheckpointPlace.ARTIFACT,
            layout=CheckpointLayout.UNKNOWN,
            is_folder=True,
            because=_BY_USER,
            confidence=Confidence.HIGH,
            doubts=(_NOT_ITS,),
        )
    msg = f"there is no checkpoint {text!r}: neither a file or folder, nor an artifact of the run"
    names = [sanitize(each.argument) for each in search.candidates]
    hint = "name a path that is there, or an artifact as ENTITY/PROJECT/NAME:v3"
    if names:
        hint = f"name one of these: {listed(names, most=_MOST_LISTED)}"
    raise UsageError(msg, hint)


def _bases(source: SweepSource) -> Sequence[Path]:
    """The present folder and the source's projects, each once."""
    once = {os.path.realpath(folder): folder for folder in reversed([Path(), *source.folders])}
    return list(reversed(once.values()))


def _on_wandb(source: SweepSource, run: Run, disk: DiskSearch) -> list[FoundCheckpoint]:
    """What W&B has of the run; that it cannot be asked is said, and the rest counts."""
    found: list[FoundCheckpoint] = []
    try:
        artifacts = source.logged_artifacts(run)
        found += in_artifacts(artifacts, run, disk.missing)
        disk.looked_at.append(_ARTIFACTS if source.asks_wandb else _RECORDED_ARTIFACTS)
        files = source.saved_files(run)
        if disk.was_online and not source.asks_wandb:
            disk.looked_at[-1] += _AT_WANDB
        if source.asks_wandb:
            disk.looked_at.append("the files that W&B keeps of it")
        found += [
            each for each in in_saved_files(files, run) if each.listed.path not in disk.own_files
        ]
    except Interrupted:
        raise
    except WbtoolsError as error:
        disk.missing.append(f"what W&B has of the run: {error.message}")
    return found


def _means(candidate: Checkpoint, text: str) -> bool:
    if text in {candidate.name, candidate.argument}:
        return True
    if candidate.place is CheckpointPlace.DISK:
        is_there = bool(text) and exists(Path(text))
        return is_there and os.path.realpath(candidate.name) == os.path.realpath(text)
    is_artifact = candidate.place is CheckpointPlace.ARTIFACT
    return is_artifact and candidate.name.endswith(f"/{text}") and ":" in text


def _by_path(place: Path, audit: Audit, row: RunAudit) -> Checkpoint:
    """What is at a path that the user names, judged as what is found is."""
    run, name = row.run, path_here(place)
    listed_there = not_called(listed_at(place), (run.id.partition("~")[0], run.name))
    owner = PathOwners(audit.sweep.runs).of(name)
    is_own = owner is not None and run.id in owner.run_ids
    found_by = FoundBy.RECORDED_PATH
    if owner is not None and is_own:
        found_by = FoundBy.RUN_ID if owner.is_by_id else FoundBy.RUN_NAME
    (judged,) = judge_checkpoints(
        [
            FoundCheckpoint(
                listed=listed_there,
                name=name,
                place=CheckpointPlace.DISK,
                found_by=found_by,
                because=_BY_USER,
            )
        ],
        run,
        as_of=audit.sweep.as_of,
        length=RunLength.of(audit, row),
    )
    doubts = list(judged.doubts)
    if owner is not None and owner.run_ids and not is_own:
        others = [other.called for other in audit.sweep.runs if other.id in owner.run_ids]
        doubts.insert(
            0, f"it is called after run {sanitize(listed(others, most=3))}, and not after this one"
        )
    if judged.is_folder and judged.layout is CheckpointLayout.UNKNOWN:
        doubts.append("no library's checkpoint is recognised in that folder")
    return replace(judged, confidence=Confidence.HIGH, doubts=tuple(doubts))


def found_checkpoints(
    source: SweepSource, audit: Audit, rows: Sequence[RunAudit]
) -> dict[str, Checkpoint]:
    """The newest checkpoint of each run that nothing speaks against, as far as one is here.

    Only this machine is looked at, no server is asked, and what cannot be read is not there.

    Args:
        source: Of the sweep.
        audit: Its answer.
        rows: Of its runs; those that ran their course or still run are left out.
    """
    folders, found = SearchedFolders(), {}
    for row in rows:
        if row.completion in {Completion.FULL, Completion.RUNNING}:
            continue
        try:
            record = source.known_launch(row.run)
            search = find_checkpoints(
                source, audit, row, record, asks_servers=False, folders=folders
            )
        except Interrupted:
            raise
        except (WbtoolsError, OSError):
            continue  # an audit does not fail for what it only mentions
        if search.best is not None:
            found[row.run.id] = search.best
    return found
