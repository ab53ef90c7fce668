"""The programs beside a sweep file: where they lie, and what their texts say.

Programs are read, bounded in number and size, and never run. Names out of a sweep file lead to no
file outside of the folders that are looked at.
"""

from __future__ import annotations

import os
import re
from collections import deque
from dataclasses import dataclass, field
from itertools import islice, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Final

from wbtools.app.program_files import exists, is_file, is_project_root, read_program
from wbtools.app.program_modules import imported_files, is_within
from wbtools.sources.programs.config_reads import read_program_text
from wbtools.sources.programs.sweep_calls import notebook_code
from wbtools.sweepfile.agent_command import command_words, module_places, starts_program
from wbtools.sweepfile.program_facts import ProgramFacts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wbtools.sources.programs.config_reads import ProgramText
    from wbtools.sweepfile.document import Document

_MOST_READ: Final = 64 * 1024 * 1024
_MOST_PARSED: Final = 4 * 1024 * 1024
"""Of all the programs that are looked at for one sweep file, in bytes."""
_MOST_MODULES: Final = 60
_MOST_ENTRIES: Final = 20_000
_MOST_SCANNED: Final = 300
_MOST_FOLDERS: Final = 100
_DEEPEST: Final = 3
_NOT_ITS_OWN: Final = frozenset({"wandb", "node_modules", "__pycache__", "site-packages", "build"})
_HIGHEST: Final = 4
_PYTHON_FILE: Final = re.compile(r"[\w./\\-]+\.py\b")


Texts = dict[Path, "ProgramText | None"]
"""What was seen of programs, by their files; None for what is no Python."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NearbyPrograms:
    """Where the programs of a sweep file are looked for.

    Attributes:
        folders: Where one that the file names may lie, the likeliest first; nothing outside of
            them is read.
        project: Those of them that are the sweep file's folder, or its project's.
        is_root: Whether the agent will certainly be started in the first one.
        texts: What was seen of programs already; more is put in.
    """

    folders: tuple[Path, ...]
    project: tuple[Path, ...]
    is_root: bool = False
    texts: Texts = field(default_factory=dict)

    def __call__(self, document: Document) -> ProgramFacts:
        """What is known for a file."""
        top, reader = document.top, _Reader(self.texts)
        names_none = not {"program", "command"} & top.keys()
        return ProgramFacts(
            is_there=self._is_there(top.get("program")),
            reads_config=self._reads_config(document, reader) if "command" in top else None,
            served_by=tuple(self._serving(reader)) if names_none else (),
        )

    def _is_there(self, program: object) -> bool | None:
        if not isinstance(program, str):
            return None
        if self.is_root:
            return is_file(self.folders[0] / program)
        return True if self._place(program) is not None else None

    def _reads_config(self, document: Document, reader: _Reader) -> bool | None:
        """Whether the program, or what it imports, does; None where neither was to be read."""
        queue: deque[Path] = deque()
        for name in _started(document):
            path = self._place(name)
            if path is not None and path not in queue:
                queue.append(path)
        visited, knows_wandb = set(queue), False
        while queue:
            path = queue.popleft()
            text = reader.read(path)
            if text is None:
                continue
            if text.reads_config:
                return True
            knows_wandb = knows_wandb or text.knows_wandb
            for place in imported_files(text.imports, path, self.folders):
                if place not in visited and len(visited) < _MOST_MODULES:
                    visited.add(place)
                    queue.append(place)
        # Where nothing names the SDK, what speaks to W&B lies elsewhere; and no end was seen
        # where there was too much.
        is_whole = len(visited) < _MOST_MODULES and not reader.is_exhausted
        return False if knows_wandb and is_whole else None

    def _place(self, name: str) -> Path | None:
        """Where a program lies that the file names."""
        for folder in self.folders:
            path = Path(os.path.normpath(folder / name))
            if self._is_within(path) and is_file(path):
                return path
        return None

    def _is_within(self, path: Path) -> bool:
        return is_within(path, self.folders)

    def _serving(self, reader: _Reader) -> Iterator[str]:
        """The first program or notebook that calls `wandb.agent` with a function."""
        searched = [place for folder in self.project for place in _programs_in(folder)]
        if is_project_root(self.project[-1]):
            searched += _programs_below(self.project[-1])
        for path in dict.fromkeys(searched):
            text = reader.read(path, must_mention=(b"wandb", b"agent"))
            if text is not None and text.hands_function:
                yield path.name
                return


class _Reader:
    """Reads programs until enough was read."""

    def __init__(self, texts: Texts) -> None:
        self._texts = texts
        self._to_read, self._to_parse = _MOST_READ, _MOST_PARSED

    @property
    def is_exhausted(self) -> bool:
        """Whether enough was read."""
        return min(self._to_read, self._to_parse) <= 0

    def read(self, path: Path, *, must_mention: Sequence[bytes] = ()) -> ProgramText | None:
        """What one says; None where it is no Python, too large, or one too many.

        Args:
            path: A program or a notebook.
            must_mention: Without these it is not looked at.
        """
        if path in self._texts or self.is_exhausted:
            return self._texts.get(path)
        data = read_program(path)
        if data is None:
            return None
        self._to_read -= len(data)
        if not all(word in data for word in must_mention):
            return None
        source = data.decode("utf-8", "replace")
        if path.suffix == ".ipynb":
            code = notebook_code(source)
            source = "" if code is None else code[0]
        self._to_parse -= len(source)
        self._texts[path] = read_program_text(source)
        return self._texts[path]


def nearby_programs(name: Path | None, root: Path | None, texts: Texts) -> NearbyPrograms | None:
    """Where the programs of a sweep file are looked for; None where there is nowhere to look.

    One that the file names: beside the file and in the folders above it, from one of which the
    agent is started. Others: beside it and in its repository or project.

    Args:
        name: The file; None for stdin.
        root: The folder in which the agent will be started, if the user says it.
        texts: What was seen of programs already.
    """
    folders = [] if root is None else [_absolute(root)]
    project = list(folders)
    if name is not None:
        folder = _absolute(name).parent
        above = [folder, *folder.parents][: _HIGHEST + 1]
        top = next((k for k, place in enumerate(above) if is_project_root(place)), 0)
        folders += above
        project += above[: top + 1]
    if not folders:
        return None
    return NearbyPrograms(
        folders=tuple(dict.fromkeys(folders)),
        project=tuple(dict.fromkeys(project)),
        is_root=root is not None,
        texts=texts,
    )


def _absolute(path: Path) -> Path:
    return Path(os.path.normpath(path.absolute()))


def _started(document: Document) -> Iterator[str]:
    """Files that a command may start, by their names in it; modules by the places of theirs."""
    top, words = document.top, command_words(document.top)
    program = top.get("program")
    named = program if isinstance(program, str) and starts_program(words) else ""
    for before, word in pairwise(
        ["", *(named if word == "${program}" else word for word in words)]
    ):
        if before == "-m":
            yield from module_places(word)
        if word == named:
            yield word
        yield from _PYTHON_FILE.findall(word)


def _programs_in(folder: Path) -> list[Path]:
    """The programs in a folder, in order; of a very full folder some."""
    names = [entry.name for entry in _entries(folder) if entry.name.endswith((".py", ".ipynb"))]
    return [folder / name for name in sorted(names)[:_MOST_SCANNED]]


def _programs_below(root: Path) -> list[Path]:
    """The programs in the folders of a project, some levels deep; links are not followed."""
    found: list[Path] = []
    level = [root]
    for _ in range(_DEEPEST):
        level = [inner for folder in level for inner in _folders_in(folder)][:_MOST_FOLDERS]
        found += [path for folder in level for path in _programs_in(folder)]
    return found[:_MOST_SCANNED]


def _folders_in(folder: Path) -> list[Path]:
    """The folders in one that may hold programs of the project's own."""
    names = []
    for entry in _entries(folder):
        is_own = not entry.name.startswith(".") and entry.name not in _NOT_ITS_OWN
        if is_own and entry.is_dir(follow_symlinks=False):
            names.append(entry.name)
    inner = [folder / name for name in sorted(names)]
    return [path for path in inner if not exists(path / "pyvenv.cfg")]


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(islice(entries, _MOST_ENTRIES))
    except OSError:
        return []
