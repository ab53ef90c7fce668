"""Sweep files in a project: the one that the user names, or those whose parameters fit the runs."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from wbtools.errors import DataError, UsageError
from wbtools.sources.regular_files import read_regular
from wbtools.sweepfile.bounded_yaml import DEEPEST, MOST_NODES, YamlError, load_yaml
from wbtools.sweepfile.spec import SweepSpec, parse_spec, spec_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

_LARGEST_BYTES: Final = 256 * 1024
_MOST_FILES: Final = 1000
_MOST_ENTRIES: Final = 200_000
_NOT_SEARCHED: Final = frozenset(
    {"wandb", "node_modules", "site-packages", "dist-packages", "venv", "__pycache__"}
)
_SIGNS: Final = ("metric", "method", "program")
_SUFFIXES: Final = (".yaml", ".yml")
_LONGEST_REASON: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundSpec:
    """A sweep file and where it was read."""

    spec: SweepSpec
    path: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundSpecs:
    """What a search for sweep files gave.

    Attributes:
        matching: The files that every run's configuration fits.
        rejected: Sweep files that do not fit, or cannot be read, each with the reason in words.
    """

    matching: list[FoundSpec]
    rejected: list[tuple[Path, str]]


def read_spec(path: Path) -> FoundSpec:
    """Read the sweep file that the user names.

    Raises:
        UsageError: There is no such file, or it cannot be read.
        DataError: It is no sweep file.
    """
    try:
        text = _text(path)
    except OSError as error:
        msg = f"the sweep file {path} cannot be read: {error.strerror or error}"
        raise UsageError(msg, "check the path of --sweep-file") from None
    except YamlError as error:
        msg = f"{path} is not YAML that a sweep file could be: {error}"
        raise DataError(msg, "correct the file, or name another") from None
    return FoundSpec(spec=parse_spec(text, str(path)), path=path)


def find_specs(
    folders: Iterable[Path], configs: Iterable[Mapping[str, object]], *, deepest: int = 5
) -> FoundSpecs:
    """Find the sweep files below `folders`, and say which of them every configuration fits.

    Hidden folders, environments and `wandb/` are left out; at most 1,000 YAML files of at most
    256 KiB are looked at. One file under two names counts once.

    Args:
        folders: Project folders.
        configs: Configurations of runs, names dotted. Empty ones are passed over; with none left,
            nothing matches.
        deepest: Levels of folders that are searched below each of `folders`.
    """
    known = [config for config in configs if config]
    matching: list[FoundSpec] = []
    rejected: list[tuple[Path, str]] = []
    for path in _yaml_files(folders, deepest):
        try:
            text = _text(path)
            if "parameters" not in text and "sweep" not in path.name.lower():
                continue
            data = load_yaml(text, most_nodes=MOST_NODES, deepest=DEEPEST)
            if not isinstance(data, dict) or not isinstance(data.get("parameters"), dict):
                continue
            spec = spec_of(data, str(path))
        except (OSError, YamlError, DataError) as error:
            if "sweep" in path.name.lower():
                rejected.append((path, _shortened(f"cannot be read: {_words(error)}")))
            continue
        reason = _mismatch(spec, known)
        if reason is None:
            matching.append(FoundSpec(spec=spec, path=path))
        elif any(sign in data for sign in _SIGNS):
            rejected.append((path, _shortened(reason)))
    return FoundSpecs(matching=matching, rejected=rejected)


def _mismatch(spec: SweepSpec, configs: Sequence[Mapping[str, object]]) -> str | None:
    """Say why some run does not fit; None if all do."""
    if not configs:
        return "there is no configuration of a run to compare it with"
    try:
        reasons = (spec.mismatch(config) for config in configs)
        return next((reason for reason in reasons if reason is not None), None)
    except (OverflowError, ValueError):
        return "a run holds numbers that are too large to be compared with it"


def _words(error: Exception) -> str:
    if isinstance(error, OSError):
        return error.strerror or str(error)
    return error.message if isinstance(error, DataError) else str(error)


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST_REASON else f"{text[: _LONGEST_REASON - 1]}…"


def _yaml_files(folders: Iterable[Path], deepest: int) -> Iterator[Path]:
    """The YAML files below folders, each once, in the order of their names, as far as is looked."""
    real_paths: set[str] = set()
    n_entries = 0
    for folder in folders:
        for subfolder, names, files in os.walk(folder):
            n_entries += len(names) + len(files)
            depth = len(Path(subfolder).relative_to(folder).parts)
            names[:] = sorted(filter(_is_searched, names)) if depth < deepest else []
            yamls = sorted(name for name in files if name.lower().endswith(_SUFFIXES))
            for path in (Path(subfolder, name) for name in yamls):
                real = os.path.realpath(path)
                if real not in real_paths:
                    if len(real_paths) >= _MOST_FILES:
                        return
                    real_paths.add(real)
                    yield path
            if n_entries > _MOST_ENTRIES:
                return


def _is_searched(folder: str) -> bool:
    return not folder.startswith(".") and folder not in _NOT_SEARCHED


def _text(path: Path) -> str:
    """Read a file that is not larger than any sweep file.

    Raises:
        OSError: It cannot be read.
        YamlError: It is too large, or no text.
    """
    data = read_regular(path, _LARGEST_BYTES + 1)
    if len(data) > _LARGEST_BYTES:
        msg = "larger than any sweep file"
        raise YamlError(msg)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        msg = "not UTF-8"
        raise YamlError(msg) from None
