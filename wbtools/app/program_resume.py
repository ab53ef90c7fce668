"""What the texts of a program and of the modules beside it say about going on."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from wbtools.app.program_files import read_program
from wbtools.app.program_modules import imported_files
from wbtools.app.working_dir import first_program
from wbtools.sources.programs.resume_options import joined_resume, read_resume_options
from wbtools.sweepfile.agent_command import module_places

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wbtools.sources.programs.resume_options import ProgramResume

_MOST_FILES: Final = 30
_MOST_PARSED: Final = 2 * 1024 * 1024
"""Of a program and its modules together, in bytes."""


def resume_of_program(words: Sequence[str], folders: Sequence[Path]) -> ProgramResume | None:
    """What a program says, with the modules that it imports from beside it; None if unread.

    Args:
        words: A file, or `-m` and a module.
        folders: Where it is looked for: the present folder as `Path()`, then others.
    """
    if not words:
        return None
    places = module_places(words[-1]) if words[0] == "-m" else (words[-1],)
    found = first_program(places, folders)
    if found is None:
        return None
    first = Path(found).absolute()
    homes = [first.parent, *(folder.absolute() for folder in folders)]
    queue, visited = deque([first]), {first}
    parts: list[ProgramResume] = []
    to_parse = _MOST_PARSED
    while queue and to_parse > 0:
        path = queue.popleft()
        data = read_program(path)
        part = None
        if data is not None:
            to_parse -= len(data)
            part = read_resume_options(data.decode("utf-8", "replace"))
        if part is None:
            if not parts:
                return None
            continue
        named = (replace(option, file=path.name) for option in part.options)
        parts.append(replace(part, options=tuple(named)))
        for place in imported_files(part.imports, path, homes):
            if place not in visited and len(visited) < _MOST_FILES:
                visited.add(place)
                queue.append(place)
    return joined_resume(parts) if parts else None
