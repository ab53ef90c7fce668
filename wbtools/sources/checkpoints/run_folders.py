"""Folders of runs that lie beside each other, and when their processes were at work."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Final

from wbtools.sources.local.folder_walk import RUN_FOLDER
from wbtools.sources.local.taken_configurations import HOMES
from wbtools.sources.regular_files import read_regular
from wbtools.sources.timestamps import time_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_WRITTEN_FIRST: Final = (
    "files/requirements.txt",
    "files/wandb-metadata.json",
    "logs/debug-core.log",
)
_STAMP: Final = "%Y%m%d_%H%M%S"
_MOST_FOLDERS: Final = 20_000
_LONG: Final = 40
"""Characters of a text that stands in no other word; the byte before it counts them."""
_MOST_BYTES: Final = 1024 * 1024
"""Of a run file, whose beginning holds the configuration."""


@dataclass(frozen=True, eq=False)
class RunFolder:
    """The folder of one process of a run.

    Attributes:
        run_id: As its name has it; hostile text.
    """

    path: Path
    run_id: str

    @cached_property
    def began_at(self) -> datetime | None:
        """By what is written first; else by its name, which has the machine's own time."""
        for name in _WRITTEN_FIRST:
            moment = _written_at(self.path / name)
            if moment is not None:
                return moment
        stamp = self.path.name.removeprefix("offline-").removeprefix("run-")
        try:
            return datetime.strptime(stamp[:15], _STAMP).astimezone()
        except (ValueError, OverflowError, OSError):
            return None

    @cached_property
    def ended_at(self) -> datetime | None:
        """The last record of its run file."""
        return _written_at(self._file)

    def mentions(self, text: str) -> bool:
        """Whether a text stands in its configuration or arguments; True where it cannot be read."""
        word = re.escape(text.encode(errors="surrogatepass"))
        if len(text) < _LONG:
            word = rb"(?<![\w-])" + word + rb"(?![\w-])"
        try:
            return re.search(word, read_regular(self._file, _MOST_BYTES)) is not None
        except OSError:
            return True

    @property
    def _file(self) -> Path:
        return self.path / f"run-{self.run_id}.wandb"


def run_folders(base: Path) -> Iterator[RunFolder]:
    """Those in a project's folder and in W&B's own folders there.

    Args:
        base: Of a project.
    """
    n = 0
    for home in (base, *(base / name for name in sorted(HOMES))):
        try:
            names = sorted(path.name for path in home.iterdir())
        except (OSError, ValueError):
            continue
        for name in names:
            match = RUN_FOLDER.fullmatch(name)
            if match is not None and n < _MOST_FOLDERS:
                n += 1
                yield RunFolder(home / name, match["id"])


def _written_at(path: Path) -> datetime | None:
    try:
        return time_of(path.stat().st_mtime)
    except (OSError, ValueError):
        return None
