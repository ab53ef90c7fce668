"""Find the sweep file that a project's runs came from: the one YAML whose parameters match them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from wbtools.errors import DataError, UsageError
from wbtools.sweepfile.spec import SweepSpec, parse_spec

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from wbtools.model import Run

_LARGEST_BYTES = 256 * 1024
_MOST_FILES = 1000
_DEEPEST = 5
_NOT_SEARCHED = frozenset({"wandb", "node_modules", "site-packages", "venv", "__pycache__"})


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundSpec:
    """A sweep file and where it was read."""

    spec: SweepSpec
    path: Path


def read_spec(path: Path) -> FoundSpec:
    """Read the sweep file that the user names.

    Raises:
        UsageError: There is no such file, or it cannot be read.
        DataError: It is no sweep file.
    """
    try:
        text = _read(path)
    except OSError as error:
        msg = f"the sweep file {path} cannot be read: {error.strerror or error}"
        raise UsageError(msg, "check the path of --sweep-file") from None
    return FoundSpec(spec=parse_spec(text, str(path)), path=path)


def find_specs(folders: Iterable[Path], runs: Sequence[Run]) -> list[FoundSpec]:
    """All sweep files below `folders` that every run's configuration fits.

    Args:
        folders: Project folders; searched five levels deep, hidden folders and `wandb/` left out,
            at most 1,000 YAML files of at most 256 KiB each.
        runs: Runs without any configuration are passed over; with none left, nothing matches.
    """
    configs = [run.config for run in runs if run.config]
    found: list[FoundSpec] = []
    for count, path in enumerate(_yaml_files(folders)):
        if count >= _MOST_FILES:
            break
        try:
            spec = parse_spec(_read(path), str(path))
        except (OSError, DataError):
            continue  # most YAML files of a project are no sweep files
        if configs and all(spec.matches(config) for config in configs):
            found.append(FoundSpec(spec=spec, path=path))
    return found


def _yaml_files(folders: Iterable[Path]) -> Iterator[Path]:
    seen: set[str] = set()
    for folder in folders:
        for here, names, files in os.walk(folder):
            depth = len(Path(here).relative_to(folder).parts)
            names[:] = sorted(
                name
                for name in names
                if depth < _DEEPEST and not name.startswith(".") and name not in _NOT_SEARCHED
            )
            for name in sorted(files):
                path = Path(here, name)
                real = os.path.realpath(path)
                if path.suffix.lower() in {".yaml", ".yml"} and real not in seen:
                    seen.add(real)
                    yield path


def _read(path: Path) -> str:
    with path.open("rb") as file:
        data = file.read(_LARGEST_BYTES + 1)
    if len(data) > _LARGEST_BYTES:
        msg = f"{path} is larger than any sweep file"
        raise DataError(msg, "look whether it is the file you meant")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        msg = f"{path} is not UTF-8"
        raise DataError(msg, "save it as UTF-8") from None
