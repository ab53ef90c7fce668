"""Where the modules lie that a program imports, as far as they lie in folders that may be read."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final

from wbtools.app.program_files import is_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from wbtools.sources.programs.config_reads import Module

_MOST_IMPORTS: Final = 500


def imported_files(
    modules: Iterable[Module], path: Path, folders: Sequence[Path]
) -> Iterator[Path]:
    """The files of imported modules, as far as they lie in the folders.

    Args:
        modules: What a program imports.
        path: Of the program.
        folders: Nothing outside of them is given.
    """
    absolute = (path.parent, *folders, *(folder / "src" for folder in folders))
    for module in islice(modules, _MOST_IMPORTS):
        relative = (path, *path.parents)[min(module.level, len(path.parents))]
        for base in (relative,) if module.level else absolute:
            place = _module_file(base, module.name)
            if place is not None and is_within(place, folders):
                yield place
                break


def is_within(path: Path, folders: Iterable[Path]) -> bool:
    """Whether a path leads into one of the folders."""
    return any(path.is_relative_to(folder) for folder in folders)


def _module_file(base: Path, name: str) -> Path | None:
    path = base.joinpath(*name.split(".")) if name else base
    places = [path / "__init__.py", *([path.with_name(f"{path.name}.py")] if name else [])]
    return next((place for place in places if is_file(place)), None)
