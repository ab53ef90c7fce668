"""A grid's configuration files, its manifest, and lists of the configurations."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path, PurePath, PureWindowsPath
from typing import TYPE_CHECKING, Any, Final

from wbtools.errors import DataError, UsageError
from wbtools.sources.regular_files import read_regular
from wbtools.sweepfile.grid import GridSpec, parse_grid
from wbtools.sweepfile.grid_expansion import IrrelevanceRule, NumberedConfiguration, expand, number
from wbtools.sweepfile.numbers_in_yaml import yaml_document

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

SCHEMA: Final = "wbtools.grid/1"
MANIFEST: Final = "manifest.json"
_LARGEST_BYTES: Final = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class GridFiles:
    """What is to be written.

    Attributes:
        files: Content by path, configurations first, the manifest last.
        replaceable: Those of the paths that say what the grid is now, and are written anew each
            time: the manifest, and the lists of a folder that had one.
        configs: In the grid's order, with their numbers.
        numbered_before: Numbers that the folder's manifest had given.
        n_excluded: Cells of the product that fulfil not all constraints.
        n_collapsed: Cells that are equivalent to another.
        n_passed_over: Configurations that are not wanted.
        n_gone: Numbered before, and not in the spec any more; their numbers stay theirs.
    """

    files: dict[Path, bytes]
    replaceable: frozenset[Path]
    configs: tuple[NumberedConfiguration, ...]
    numbered_before: frozenset[int]
    n_excluded: int
    n_collapsed: int
    n_passed_over: int
    n_gone: int

    @property
    def n_new(self) -> int:
        """Those that are written and had no number yet."""
        return len({config.number for config in self.configs} - self.numbered_before)

    def changes(self, *, force: bool = False) -> dict[Path, bytes]:
        """The files that are not there yet, or hold something else.

        Args:
            force: Whether a configuration's file that holds something else may be overwritten.

        Raises:
            UsageError: There is such a file, and it may not.
            DataError: A file cannot be read.
        """
        changed = {path: data for path, data in self.files.items() if not _holds(path, data)}
        for path in changed:
            if path not in self.replaceable and not force and path.exists():
                msg = f"{path} exists already and holds something else"
                raise UsageError(msg, "move it away, or pass --force to overwrite it")
        return changed


def read_grid(path: Path) -> GridSpec:
    """Read a grid spec.

    Raises:
        UsageError: There is no such file.
        DataError: It is no grid spec.
    """
    return parse_grid(read_grid_text(path, "name a grid spec"), str(path))


def out_folder(spec: GridSpec, wanted: Path | None) -> Path:
    """Where the files go: what the user says, else what the spec says if it leads nowhere odd.

    Raises:
        UsageError: Neither says, or the spec leads out of the working folder.
    """
    if wanted is not None:
        return wanted
    written = spec.out_dir
    if written is None:
        msg = "no folder for the configurations is named"
        raise UsageError(msg, "pass --out-dir, or write out_dir: in the spec")
    parts = PurePath(written).parts
    if PurePath(written).is_absolute() or PureWindowsPath(written).drive or ".." in parts:
        msg = f"the spec's out_dir {written!r} leads out of this folder"
        raise UsageError(msg, "pass --out-dir if that is meant")
    return Path(written)


def expand_grid(
    spec: GridSpec,
    folder: Path,
    inert: Sequence[IrrelevanceRule] = (),
    *,
    n_shards: int = 1,
    wanted: Callable[[Mapping[str, Any]], bool] = lambda _config: True,
) -> GridFiles:
    """Expand a grid; numbers in the folder's manifest stay what they are.

    Args:
        spec: The grid.
        folder: Where its configurations go.
        inert: What makes configurations equivalent.
        n_shards: Lists of configurations that share them out.
        wanted: Which configurations are written; the others have their numbers all the same.

    Raises:
        UsageError: A constraint or an inert rule cannot be worked out.
        DataError: The manifest there cannot be read, or is another grid's.
    """
    expansion = expand(spec, inert)
    given = _given(folder / MANIFEST, spec.prefix)
    every = number(expansion.configs, spec.prefix, given, inert)
    numbered = [configuration for configuration in every if wanted(configuration.config)]
    files = {
        folder / f"{configuration.name}.yaml": _config_text(spec, configuration).encode()
        for configuration in numbered
    }
    shards = _shards(folder, numbered, n_shards) if n_shards > 1 else {}
    now = {configuration.number for configuration in every}
    old = {configuration.number for configuration in given}
    entries = sorted(
        [
            *((configuration, True) for configuration in every),
            *((configuration, False) for configuration in given if configuration.number not in now),
        ],
        key=lambda entry: entry[0].number,
    )
    manifest = folder / MANIFEST
    return GridFiles(
        files={**files, **shards, manifest: _manifest(spec, entries)},
        replaceable=frozenset([manifest, *(shards if manifest.exists() else ())]),
        configs=tuple(numbered),
        numbered_before=frozenset(old),
        n_excluded=spec.n_cells - expansion.n_allowed,
        n_collapsed=expansion.n_allowed - len(every),
        n_passed_over=len(every) - len(numbered),
        n_gone=len(old - now),
    )


def _shards(
    folder: Path, configs: Sequence[NumberedConfiguration], n_shards: int
) -> dict[Path, bytes]:
    """Lists of the files of configurations, which share them out."""
    return {
        folder / f"shard-{place + 1}-of-{n_shards}.txt": "".join(
            f"{configuration.name}.yaml\n" for configuration in configs[place::n_shards]
        ).encode()
        for place in range(n_shards)
    }


def _config_text(spec: GridSpec, configuration: NumberedConfiguration) -> str:
    return yaml_document(spec.nested(configuration.config))


def _manifest(spec: GridSpec, entries: Sequence[tuple[NumberedConfiguration, bool]]) -> bytes:
    document = {
        "schema": SCHEMA,
        "prefix": spec.prefix,
        "axes": {name: list(values) for name, values in spec.axes.items()},
        "configurations": [
            {
                "number": configuration.number,
                "name": configuration.name,
                "file": f"{configuration.name}.yaml",
                "in_spec": present,
                "config": dict(configuration.config),
            }
            for configuration, present in entries
        ],
    }
    return (json.dumps(document, indent=1) + "\n").encode()


def _given(path: Path, prefix: str) -> list[NumberedConfiguration]:
    if not path.exists():
        return []
    try:
        document: Any = json.loads(read_grid_text(path, "move it away"))
        kind, known = document["schema"], document["prefix"]
        given = [
            NumberedConfiguration(
                number=int(entry["number"]), name=str(entry["name"]), config=dict(entry["config"])
            )
            for entry in document["configurations"]
        ]
    except (ValueError, TypeError, LookupError, RecursionError) as error:
        msg = f"{path} is not a manifest of a grid: {type(error).__name__}"
        raise DataError(msg, "restore it: it records the numbers that were given out") from None
    if (kind, known) != (SCHEMA, prefix):
        msg = f"{path} is the manifest of {known!r}, not of {prefix!r}"
        raise DataError(msg, "name another --out-dir")
    for configuration in given:
        if configuration.name != f"{prefix}_{configuration.number:03d}":
            msg = f"{path} names configuration {configuration.number} {configuration.name!r}"
            raise DataError(msg, "restore it: it records the numbers that were given out")
    return given


def read_grid_text(path: Path, hint: str) -> str:
    """Read a grid spec, a sweep file or a manifest.

    Raises:
        UsageError: There is no such file, or it cannot be read.
        DataError: It is too large, or no UTF-8.
    """
    try:
        data = read_regular(path, _LARGEST_BYTES + 1)
        if len(data) > _LARGEST_BYTES:
            msg = f"{path} is larger than {_LARGEST_BYTES // 2**20} MiB"
            raise DataError(msg, hint)
        return data.decode("utf-8-sig")
    except OSError as error:
        msg = f"{path} cannot be read: {error.strerror or error}"
        raise UsageError(msg, hint) from None
    except UnicodeDecodeError:
        msg = f"{path} is not UTF-8"
        raise DataError(msg, hint) from None


def _holds(path: Path, content: bytes) -> bool:
    """Whether a file holds that already.

    Raises:
        DataError: It cannot be read.
    """
    if not path.exists():
        return False
    try:
        return read_regular(path, len(content) + 1) == content
    except OSError as error:
        msg = f"{path} cannot be read: {error.strerror or error}"
        raise DataError(msg, "move it away, or name another --out-dir") from None
