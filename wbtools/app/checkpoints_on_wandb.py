"""Checkpoints in what W&B has of a run: the artifacts that it logged, the files that it saved."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from wbtools.analysis.checkpoints import FoundBy, FoundCheckpoint
from wbtools.model.checkpoint import CheckpointLayout, CheckpointPlace, ListedFile
from wbtools.sources.checkpoints.layouts import ListedCheckpoint, not_called, recognised
from wbtools.sources.checkpoints.names import progress_of
from wbtools.sources.checkpoints.state_files import looked_into
from wbtools.text.name_words import words_of
from wbtools.text.sanitize import sanitize

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from wbtools.model import Run
    from wbtools.model.checkpoint import LoggedArtifact

_CHECKPOINTS: Final = frozenset(
    {"model", "models", "checkpoint", "checkpoints", "ckpt", "weights", "snapshot", "state"}
)
_OTHERS: Final = frozenset(
    {"dataset", "data", "datasets", "table", "predictions", "results", "evaluation", "code"}
)
_EPOCHS: Final = ("epoch", "epochs", "current_epoch")
_STEPS: Final = ("global_step", "step", "steps", "iteration", "round")
_ALL: Final = "."
"""How a checkpoint is called that all files are which W&B keeps of the run."""


def in_artifacts(
    artifacts: Sequence[LoggedArtifact], run: Run, missing: list[str]
) -> Iterator[FoundCheckpoint]:
    """Those in artifacts.

    Args:
        artifacts: What the run logged.
        run: The run.
        missing: What cannot be had is added to it, in words.
    """
    for artifact in artifacts:
        words = words_of(artifact.type)
        if words & _OTHERS:
            continue
        is_told = bool(words & _CHECKPOINTS)
        seen = recognised(artifact.files, is_told=is_told)
        if not seen and is_told:
            seen = [_unrecognised(artifact)]
        if not seen:
            continue
        if not artifact.is_there:
            state = f": {sanitize(artifact.state.lower())}" if artifact.state else ""
            missing.append(f"artifact {sanitize(artifact.name)!r} cannot be had{state}")
            continue
        for each in seen:
            yield _of_artifact(not_called(each, _called(run)), artifact)


def in_saved_files(files: Sequence[ListedFile], run: Run) -> Iterator[FoundCheckpoint]:
    """Those among the files that W&B keeps of the run."""
    for each in recognised(files):
        yield FoundCheckpoint(
            listed=not_called(each, _called(run)),
            name=each.path or _ALL,
            place=CheckpointPlace.RUN_FILE,
            found_by=FoundBy.RUN_FILES,
            because="among the files that W&B keeps of the run",
            sources=each.files,
        )


def _called(run: Run) -> tuple[str, ...]:
    return run.id.partition("~")[0], run.name


def _unrecognised(artifact: LoggedArtifact) -> ListedCheckpoint:
    """An artifact that is said to be a model, whatever its files are called."""
    alone = artifact.files[0].path if len(artifact.files) == 1 else ""
    return ListedCheckpoint(
        path=alone,
        layout=CheckpointLayout.UNKNOWN,
        is_folder=not alone,
        files=artifact.files,
    )


def _of_artifact(each: ListedCheckpoint, artifact: LoggedArtifact) -> FoundCheckpoint:
    places = {file.path: Path(file.local_path) for file in each.files if file.local_path}
    listed = looked_into(each, places)
    files = [
        replace(file, written_at=file.written_at or artifact.created_at) for file in listed.files
    ]
    collection = artifact.name.rpartition("/")[2].rpartition(":")[0]
    listed = replace(
        _with_progress(listed, artifact),
        files=tuple(files),
        is_best=listed.is_best or ("best" in artifact.aliases and "latest" not in artifact.aliases),
        series=f"{collection}/{listed.series}",
    )
    kind = f" of type {sanitize(artifact.type)}" if artifact.type else ""
    return FoundCheckpoint(
        listed=listed,
        name=artifact.name,
        place=CheckpointPlace.ARTIFACT,
        found_by=FoundBy.RUN_FILES,
        because=f"in an artifact{kind} that the run logged",
        path_inside=each.path,
        sources=listed.files if artifact.is_offline else (),
    )


def _with_progress(listed: ListedCheckpoint, artifact: LoggedArtifact) -> ListedCheckpoint:
    """With what the artifact says of how far it is, where its files say nothing."""
    if listed.epoch is not None or listed.step is not None:
        return listed
    metadata = artifact.metadata or {}
    epoch, step = _first(metadata, _EPOCHS), _first(metadata, _STEPS)
    source = "the artifact's metadata"
    original = metadata.get("original_filename")  # Lightning's logger
    if epoch is None and step is None and isinstance(original, str):
        for named in recognised([ListedFile(path=original.rpartition("/")[2])]):
            epoch, step = named.epoch, named.step
    if epoch is None and step is None:
        source = "the artifact's aliases"
        for alias in artifact.aliases:
            progress = progress_of(alias)
            epoch = epoch if progress.epoch is None else progress.epoch
            step = step if progress.step is None else progress.step
    if epoch is None and step is None:
        return listed
    whole_step = None if step is None else int(step)
    return replace(listed, epoch=epoch, step=whole_step, progress_from=source)


def _first(metadata: Mapping[str, object], names: Sequence[str]) -> float | None:
    for name in names:
        value = metadata.get(name)
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 2**53:
            return float(value)
    return None
