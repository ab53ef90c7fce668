"""Checkpoints in a listing of files: which library's, how far, whole or not, by names and sizes."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from wbtools.model.checkpoint import CheckpointLayout
from wbtools.sources.checkpoints.folder_layouts import (
    NUMBERED,
    FolderContent,
    layout_of,
    needs_content,
)
from wbtools.sources.checkpoints.names import (
    NamedProgress,
    final_name,
    holds_checkpoints,
    progress_of,
    progress_of_file,
    read_name,
    series_of,
)
from wbtools.text.name_words import words_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from datetime import datetime

    from wbtools.model.checkpoint import ListedFile

_BY_NAME: Final = "its name"
_BY_FOLDER: Final = "its folder's name"
_UNFINISHED: Final = "it is called as files are that are still being written"
_IN_STEPS: Final = frozenset({CheckpointLayout.TRAINER, CheckpointLayout.ORBAX})
"""Whose numbers are steps."""
_DEEPEST: Final = 64
_SHORTEST: Final = 4
"""Characters of what a run is called; less may stand for anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedCheckpoint:
    """A checkpoint as a listing shows it.

    Attributes:
        path: From the root of the listing; empty for all of it. Hostile.
        files: Those that it is made of.
        epoch: Epochs that were complete when it was written; None if nothing says.
        step: Optimizer steps or rounds, likewise.
        number: Epochs, steps or rounds: its name does not say which.
        progress_from: In words, what says `epoch` or `step`.
        is_best: Whether it is called the best, which need not be the newest.
        series: What those have in common that a run wrote one after the other.
        is_whole: False for one that was cut off while it was written; None where nothing tells.
        lacks: In words, why it is not whole.
        has_schedule: Whether it holds the state of a learning-rate schedule; None if unknown.
    """

    path: str
    layout: CheckpointLayout
    is_folder: bool = False
    files: tuple[ListedFile, ...] = ()
    epoch: float | None = None
    step: int | None = None
    number: int | None = None
    progress_from: str = ""
    is_best: bool = False
    series: str = ""
    is_whole: bool | None = None
    lacks: str = ""
    has_schedule: bool | None = None

    @property
    def n_bytes(self) -> int | None:
        """Of all its files; None where one is unknown."""
        sizes = [file.n_bytes for file in self.files if file.n_bytes is not None]
        return sum(sizes) if sizes and len(sizes) == len(self.files) else None

    @property
    def written_at(self) -> datetime | None:
        """When its newest file was written."""
        return max((file.written_at for file in self.files if file.written_at), default=None)


def recognised(files: Sequence[ListedFile], *, is_told: bool = False) -> list[ListedCheckpoint]:
    """The checkpoints in a listing; files that are none are left out.

    Args:
        files: Of a folder, of an artifact, or of a run's files.
        is_told: Whether it is said of all of them that checkpoints lie there.
    """
    folders: dict[str, dict[str, ListedFile]] = defaultdict(dict)
    inner: dict[str, dict[str, None]] = defaultdict(dict)
    for file in files:
        if file.path.count("/") > _DEEPEST:
            continue
        parent, _, name = file.path.rpartition("/")
        folders[parent][name] = file
        while parent:
            above, _, last = parent.rpartition("/")
            if last in inner[above]:
                break
            inner[above][last] = None
            parent = above
    return list(_checkpoints(folders, inner, is_told=is_told))


def not_called(found: ListedCheckpoint, names: Sequence[str]) -> ListedCheckpoint:
    """The same, where what a run is called says nothing of how far the training had come.

    Args:
        found: As it was recognised by its path.
        names: Of the run, and its id.
    """
    telling = (name for name in names if len(name) >= _SHORTEST and not name.isdecimal())
    longest = sorted(telling, key=len, reverse=True)
    called = "|".join(map(re.escape, longest))
    path = re.sub(rf"(?<![a-z\d])(?:{called})(?![a-z\d])", " ", found.path, flags=re.IGNORECASE)
    if not longest or path == found.path:
        return found
    parent, _, last = path.rpartition("/")
    progress = progress_of(final_name(last)[0]) if found.is_folder else progress_of_file(last)
    unsaid = replace(found, epoch=None, step=None, number=None, progress_from="")
    return _with_progress(unsaid, progress, parent)


def _checkpoints(
    folders: Mapping[str, Mapping[str, ListedFile]],
    inner: Mapping[str, Collection[str]],
    *,
    is_told: bool,
) -> Iterator[ListedCheckpoint]:
    """From the outermost folders inwards: what is in a checkpoint is no checkpoint of its own."""
    waiting = [""]
    while waiting:
        path = waiting.pop()
        last, is_temporary = final_name(path.rpartition("/")[2])
        folder = FolderContent(
            path=path,
            last=last,
            names=folders.get(path, {}),
            inner=inner.get(path, ()),
            folders=folders,
        )
        as_folder = _as_folder(folder, is_temporary=is_temporary)
        below = sorted(folder.inner, reverse=True)
        if as_folder is not None:
            yield as_folder
            # The Trainer's checkpoints lie in the folder of its last model.
            below = [name for name in below if NUMBERED.fullmatch(name)]
        else:
            is_said = is_told or any(map(holds_checkpoints, path.split("/")[-2:]))
            yield from _single_files(folder, is_told=is_said)
        waiting += [f"{path}/{name}" if path else name for name in below]


def _single_files(folder: FolderContent, *, is_told: bool) -> Iterator[ListedCheckpoint]:
    for name, file in folder.names.items():
        facts = read_name(name, is_told=is_told)
        if facts is None:
            continue
        lacks = "it is empty" if file.n_bytes == 0 else _UNFINISHED if facts.is_temporary else ""
        yield _with_progress(
            ListedCheckpoint(
                path=file.path,
                layout=facts.layout,
                files=(file,),
                is_best=facts.is_best,
                series=f"{folder.path}/{facts.layout}/{facts.series}",
                is_whole=False if lacks else None,
                lacks=lacks,
                # Lightning's may be weights alone (save_weights_only), which its name does not say.
                has_schedule=False if facts.is_weights else None,
            ),
            facts.progress,
            folder.path,
        )


def _as_folder(folder: FolderContent, *, is_temporary: bool) -> ListedCheckpoint | None:
    """The folder as one checkpoint; None where it is none."""
    found = layout_of(folder)
    if found is None:
        return None
    parent = folder.path.rpartition("/")[0]
    names = [file.path.rpartition("/")[2] for file in found.files if file.n_bytes == 0]
    empty = next(filter(needs_content, names), None)
    lacks = found.lacks or ("" if empty is None else f"{empty} in it is empty")
    if is_temporary:
        lacks = _UNFINISHED
    return _with_progress(
        ListedCheckpoint(
            path=folder.path,
            layout=found.layout,
            is_folder=True,
            files=found.files,
            is_best="best" in words_of(folder.last),
            series=f"{parent}/{found.layout}/{series_of(folder.last)}",
            is_whole=not lacks,
            lacks=lacks,
            has_schedule=found.has_schedule,
        ),
        progress_of(folder.last),
        parent,
    )


def _with_progress(
    found: ListedCheckpoint, progress: NamedProgress, parent: str
) -> ListedCheckpoint:
    """With what its name says of how far it is; where that is no noun, its folder's name."""
    source = _BY_NAME
    if progress.epoch is None and progress.step is None:
        above = progress_of(parent.rpartition("/")[2])
        if above.epoch is not None or above.step is not None:
            progress, source = above, _BY_FOLDER
    epoch, step, number = progress.epoch, progress.step, progress.number
    if epoch is not None and found.layout is CheckpointLayout.LIGHTNING:
        epoch += 1  # it names the epoch that is at its end, from 0
    if step is None and found.layout in _IN_STEPS:
        step, number = number, None
    says = epoch is not None or step is not None
    return replace(
        found, epoch=epoch, step=step, number=number, progress_from=source if says else ""
    )
