"""Sweep templates: the shipped ones, and users' own folders before them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Final

from wbtools.errors import DataError, UsageError
from wbtools.sources.regular_files import read_regular
from wbtools.sweepfile.document import LARGEST_BYTES
from wbtools.sweepfile.draft import Draft, read_draft

if TYPE_CHECKING:
    from collections.abc import Sequence

FOLDERS_VARIABLE: Final = "WBTOOLS_TEMPLATES"
DEFAULT: Final = "bayes-hyperband"
_FOLDER: Final = "sweep_templates"
_EXAMPLES: Final = "EXAMPLES.md"
_SUFFIXES: Final = (".yaml", ".yml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """A template's name, and where it lies."""

    name: str
    path: Path

    def read(self) -> Draft:
        """The template as a draft.

        Raises:
            DataError: It cannot be read, or is no sweep file.
        """
        try:
            content = read_regular(self.path, LARGEST_BYTES + 1)
        except OSError as error:
            msg = f"the template {self.path} cannot be read: {error.strerror or error}"
            raise DataError(msg, "`wbtools make-sweep --list` shows all templates") from None
        return read_draft(content, str(self.path))


def shipped_folder() -> Path:
    """The folder of the shipped templates: in the package of a wheel, beside that of a checkout.

    Raises:
        DataError: The installation lacks it.
    """
    package = Path(str(resources.files("wbtools")))
    for folder in (package / _FOLDER, package.parent / _FOLDER):
        if folder.is_dir():
            return folder
    msg = f"this installation of wbtools has no {_FOLDER}"
    raise DataError(msg, "install it again, or pass --template-dir")


def templates(folder: Path | None = None) -> list[Template]:
    """All templates by name; of one name that of `folder` wins, then `WBTOOLS_TEMPLATES`.

    Raises:
        UsageError: `folder` is none.
    """
    if folder is not None and not folder.is_dir():
        msg = f"--template-dir {folder} is not a folder"
        raise UsageError(msg, "name a folder that holds sweep files, name.yaml")
    folders = [
        Path(text) for text in os.environ.get(FOLDERS_VARIABLE, "").split(os.pathsep) if text
    ]
    found: dict[str, Template] = {}
    for place in (*([folder] if folder else []), *folders, shipped_folder()):
        for path in sorted(place.iterdir()) if place.is_dir() else ():
            if path.suffix in _SUFFIXES:
                found.setdefault(path.stem, Template(name=path.stem, path=path))
    return sorted(found.values(), key=lambda template: template.name)


def find_template(name: str, among: Sequence[Template]) -> Template:
    """Find a template by name, or a file by its path.

    Raises:
        UsageError: There is none.
    """
    for template in among:
        if template.name == name:
            return template
    path = Path(name)
    if path.suffix in _SUFFIXES and path.is_file():
        return Template(name=path.stem, path=path)
    msg = f"there is no template {name!r}"
    raise UsageError(msg, f"there are {', '.join(template.name for template in among)}")


def template_index(among: Sequence[Template]) -> str:
    """Every template with the head of its file, which says when to use it, and the examples."""
    parts = []
    for template in among:
        head = " ".join(line for line in template.read().head if line)
        parts.append(
            f"{template.name}{' (default)' if template.name == DEFAULT else ''}\n    {head}\n"
        )
    parts.append(f"Examples, and series of sweeps: {shipped_folder() / _EXAMPLES}\n")
    return "\n".join(parts)
