"""What lies in folders of this machine: listed once, within limits, no link leads out of them.

Files are looked at where one of their folder may belong to a checkpoint; none is opened. Not
entered are hidden folders, virtual environments, installed packages and the folders of runs.
"""

from __future__ import annotations

import os
import stat
import time
from collections import deque
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Final

from wbtools.model.checkpoint import DOWNLOADS, ListedFile
from wbtools.sources.checkpoints.layouts import recognised
from wbtools.sources.checkpoints.names import MARKERS, holds_checkpoints, may_belong
from wbtools.sources.checkpoints.run_folders import run_folders
from wbtools.sources.local.folder_walk import RUN_FOLDER
from wbtools.sources.local.taken_configurations import HOMES
from wbtools.sources.timestamps import time_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from wbtools.sources.checkpoints.layouts import ListedCheckpoint
    from wbtools.sources.checkpoints.run_folders import RunFolder

_NOT_ENTERED: Final = frozenset(
    {"node_modules", "site-packages", "dist-packages", "__pycache__", "lost+found", DOWNLOADS}
)
_NOT_OF_RUNS: Final = frozenset({"media", "code"})
"""Folders of a run's files in which W&B itself puts things."""
_DEEPEST: Final = 7
_MOST_FOLDERS: Final = 5_000
_MOST_ENTRIES: Final = 100_000
_MOST_IN_FOLDER: Final = 20_000
_MOST_S: Final = 2.0
_MOST_S_IN_ALL: Final = 10.0
_MOST_LINKS: Final = 20


@dataclass(frozen=True, kw_only=True)
class FolderListing:
    """What may belong to checkpoints in a folder.

    Attributes:
        root: What the paths of `files` begin at: the folder, or the one that holds it.
        links_out: Links to what lies outside, by their paths, with where they lead.
        is_whole: Whether everything in it was seen.
        is_told: Whether it is said of the folder that checkpoints lie there.
    """

    root: Path
    files: tuple[ListedFile, ...]
    links_out: tuple[tuple[str, str], ...] = ()
    is_whole: bool = True
    is_told: bool = False

    @cached_property
    def checkpoints(self) -> Sequence[ListedCheckpoint]:
        """What was recognised in it."""
        return recognised(self.files, is_told=self.is_told)

    def place(self, path: str) -> Path:
        """Where a file of it lies."""
        return self.root / path


class SearchedFolders:
    """Folders that were listed, so that searches for several runs walk through each once."""

    def __init__(self) -> None:
        """Start with none."""
        self._listings: dict[tuple[str, bool, bool], FolderListing] = {}
        self._run_folders: dict[str, tuple[RunFolder, ...]] = {}
        self._left_s = _MOST_S_IN_ALL

    def run_folders(self, base: Path) -> Sequence[RunFolder]:
        """The folders of runs in a project's folder."""
        key = os.path.realpath(base)
        if key not in self._run_folders:
            self._run_folders[key] = tuple(run_folders(base))
        return self._run_folders[key]

    def listing(
        self, folder: Path, *, is_told: bool = False, is_of_run: bool = False
    ) -> FolderListing:
        """What lies in a folder; empty for what is none.

        Args:
            folder: A link to one is followed, as somebody named it.
            is_told: Whether it is said to be one of checkpoints: its own name then begins the
                paths, as it may tell how far they are.
            is_of_run: Whether it holds a run's files, to which `wandb.save` makes links.
        """
        key = (os.path.realpath(folder), is_told, is_of_run)
        if key not in self._listings:
            began_s = time.monotonic()
            most_s = min(_MOST_S, self._left_s)
            walk = _Walk(folder, is_told=is_told, is_of_run=is_of_run, until_s=began_s + most_s)
            self._listings[key] = walk.listing()
            self._left_s -= time.monotonic() - began_s
        return self._listings[key]


class _Walk:
    def __init__(self, folder: Path, *, is_told: bool, is_of_run: bool, until_s: float) -> None:
        self._top = os.path.realpath(folder)
        self._folder, self._is_told, self._is_of_run = folder, is_told, is_of_run
        self._has_own_name = is_told and folder.name not in {"", ".."}
        self._until_s = until_s
        self._n_folders = self._n_entries = 0
        self._links: list[tuple[str, str]] = []
        self._is_whole = True

    def listing(self) -> FolderListing:
        return FolderListing(
            root=self._folder.parent if self._has_own_name else self._folder,
            files=tuple(self._files()),
            links_out=tuple(self._links),
            is_whole=self._is_whole,
            is_told=self._is_told,
        )

    def _files(self) -> Iterator[ListedFile]:
        """Level by level: where there is too much, what lies deepest is left out."""
        waiting = deque([(self._folder.name if self._has_own_name else "", 0, False)])
        while waiting:
            path, depth, is_marked = waiting.popleft()
            if self._is_over():
                self._is_whole = False
                return
            self._n_folders += 1
            entries = self._entries(path)
            folders: list[os.DirEntry[str]] = []
            others: list[os.DirEntry[str]] = []
            for entry in entries:
                (folders if _is_folder(entry) else others).append(entry)
            is_marked = is_marked or any(entry.name in MARKERS for entry in others)
            is_told = self._is_told or any(map(holds_checkpoints, path.split("/")[-2:]))
            if is_marked or any(may_belong(entry.name, is_told=is_told) for entry in others):
                yield from self._listed(path, others)
            self._links += self._links_of(path, entries, is_told=is_told)
            if depth >= _DEEPEST:
                self._is_whole = self._is_whole and not folders
                continue
            waiting += [
                (_joined(path, entry.name), depth + 1, is_marked)
                for entry in folders
                if self._enters(entry, at_top=depth == 0)
            ]

    def _is_over(self) -> bool:
        return (
            self._n_folders >= _MOST_FOLDERS
            or self._n_entries >= _MOST_ENTRIES
            or time.monotonic() > self._until_s
        )

    def _entries(self, path: str) -> list[os.DirEntry[str]]:
        try:
            with os.scandir(self._at(path)) as entries:
                found = list(islice(entries, _MOST_IN_FOLDER + 1))
        except OSError:
            return []
        if len(found) > _MOST_IN_FOLDER:
            self._is_whole = False
        self._n_entries += len(found)
        return sorted(found[:_MOST_IN_FOLDER], key=lambda entry: entry.name)

    def _at(self, path: str) -> Path:
        root = self._folder.parent if self._has_own_name else self._folder
        return root / path

    def _enters(self, entry: os.DirEntry[str], *, at_top: bool) -> bool:
        name = entry.name
        if self._is_of_run and at_top and name in _NOT_OF_RUNS:
            return False
        if name.startswith(".") or name in _NOT_ENTERED or name in HOMES or RUN_FOLDER.match(name):
            return False
        return not os.path.lexists(f"{entry.path}/pyvenv.cfg")

    def _listed(self, path: str, entries: Sequence[os.DirEntry[str]]) -> Iterator[ListedFile]:
        for entry in entries:
            inner = _joined(path, entry.name)
            try:
                is_link = entry.is_symlink()
                if is_link and not self._was_saved(entry, inner):
                    continue
                facts = entry.stat(follow_symlinks=is_link)
            except (OSError, ValueError):
                continue
            if stat.S_ISREG(facts.st_mode):
                written_at = time_of(facts.st_mtime)
                yield ListedFile(path=inner, n_bytes=facts.st_size, written_at=written_at)

    def _was_saved(self, entry: os.DirEntry[str], inner: str) -> bool:
        """Whether `wandb.save` may have made a link: it leads to a file of the same name."""
        return self._is_of_run and os.path.realpath(entry.path).endswith(f"{os.sep}{inner}")

    def _links_of(
        self, path: str, entries: Sequence[os.DirEntry[str]], *, is_told: bool
    ) -> Iterator[tuple[str, str]]:
        """Links out of the folder that are called like checkpoints or like folders of them."""
        for entry in entries:
            if not entry.is_symlink() or len(self._links) >= _MOST_LINKS:
                continue
            inner, target = _joined(path, entry.name), os.path.realpath(entry.path)
            is_inside = target.startswith(self._top.rstrip(os.sep) + os.sep)
            is_called_so = holds_checkpoints(entry.name) or may_belong(entry.name, is_told=is_told)
            if is_called_so and not is_inside and not self._was_saved(entry, inner):
                yield inner, target


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir(follow_symlinks=False)
    except OSError:
        return False


def _joined(path: str, name: str) -> str:
    return f"{path}/{name}" if path else name
