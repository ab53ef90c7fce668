"""Write a grid's configurations, its manifest, and the job that works through them."""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass
from pathlib import Path, PurePath, PureWindowsPath
from typing import TYPE_CHECKING, Any, Final

import yaml

from wbtools.errors import DataError, UsageError
from wbtools.planning.slurm import SlurmJob, SlurmOptions
from wbtools.sources.regular_files import read_regular
from wbtools.sweepfile.grid import GridSpec, Inert, Numbered, expand, number, parse_grid

if TYPE_CHECKING:
    from collections.abc import Sequence

SCHEMA: Final = "wbtools.grid/1"
MANIFEST: Final = "manifest.json"
_LARGEST_BYTES: Final = 64 * 1024 * 1024
_CONFIG_WORD: Final = "{config}"
DEFAULT_COMMAND: Final = "python train.py --config {config}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Expanded:
    """What is to be written.

    Attributes:
        files: Content by path, configurations first, the manifest last.
        configs: In the grid's order, with their numbers.
        n_new: Configurations that had no number yet.
        n_collapsed: Cells of the product that are equivalent to another.
        n_gone: Numbered before, and not in the spec any more; their numbers stay theirs.
    """

    files: dict[Path, bytes]
    configs: tuple[Numbered, ...]
    n_new: int
    n_collapsed: int
    n_gone: int


def read_grid(path: Path) -> GridSpec:
    """Read a grid spec.

    Raises:
        UsageError: There is no such file.
        DataError: It is no grid spec.
    """
    return parse_grid(_text(path, "name a grid spec"), str(path))


def out_folder(spec: GridSpec, wanted: Path | None) -> Path:
    """Where the files go: what the user says, else what the spec says if it leads nowhere odd.

    Raises:
        UsageError: Neither says, or the spec leads out of the working folder.
    """
    if wanted is not None:
        return wanted
    written = spec.out_dir
    if written is None:
        msg = "nothing says where the configurations go"
        raise UsageError(msg, "pass --out-dir, or write out_dir: in the spec")
    parts = PurePath(written).parts
    if PurePath(written).is_absolute() or PureWindowsPath(written).drive or ".." in parts:
        msg = f"the spec's out_dir {written!r} leads out of this folder"
        raise UsageError(msg, "pass --out-dir if that is meant")
    return Path(written)


def expand_grid(
    spec: GridSpec, folder: Path, inert: Sequence[Inert] = (), *, n_shards: int = 1
) -> Expanded:
    """Expand a grid; numbers in the folder's manifest stay what they are.

    Raises:
        DataError: The manifest there cannot be read, or is another grid's.
    """
    configs = expand(spec, inert)
    given = _given(folder / MANIFEST, spec.prefix)
    numbered = number(configs, spec.prefix, given, inert)
    files = {
        folder / f"{configuration.name}.yaml": _config_text(configuration).encode()
        for configuration in numbered
    }
    for place in range(n_shards if n_shards > 1 else 0):
        names = "".join(
            f"{configuration.name}.yaml\n" for configuration in numbered[place::n_shards]
        )
        files[folder / f"shard-{place + 1}-of-{n_shards}.txt"] = names.encode()
    now = {configuration.number for configuration in numbered}
    old = {configuration.number for configuration in given}
    entries = sorted(
        [
            *((configuration, True) for configuration in numbered),
            *((configuration, False) for configuration in given if configuration.number not in now),
        ],
        key=lambda entry: entry[0].number,
    )
    files[folder / MANIFEST] = _manifest(spec, entries)
    return Expanded(
        files=files,
        configs=tuple(numbered),
        n_new=len(now - old),
        n_collapsed=spec.n_cells - len(configs),
        n_gone=len(old - now),
    )


def unchanged(path: Path, content: bytes) -> bool:
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


def array_script(
    expanded: Expanded,
    spec: GridSpec,
    folder: Path,
    command: str,
    *,
    n_tasks: int | None = None,
    slurm: SlurmOptions | None = None,
) -> SlurmJob:
    """A Slurm array over the configurations; with fewer tasks than those, each takes its share.

    Args:
        expanded: The grid.
        spec: For the job's name.
        folder: Where the configurations lie.
        command: What to run, `{config}` standing for the file.
        n_tasks: Tasks of the array; None makes one a configuration.
        slurm: What the job asks Slurm for.

    Raises:
        UsageError: The command has no `{config}`, or is no line for a shell.
    """
    n = min(n_tasks or len(expanded.configs), len(expanded.configs))
    # The user's own lines, or --chdir, may change the folder that a relative path leads from.
    start = "" if folder.is_absolute() else '"${SLURM_SUBMIT_DIR:-$PWD}"/'
    body = [
        "names=(",
        *(f"  {shlex.quote(configuration.name)}" for configuration in expanded.configs),
        ")",
        f"for ((k = SLURM_ARRAY_TASK_ID; k < ${{#names[@]}}; k += {n})); do",
        '  config="$folder/${names[k]}.yaml"',
        f"  {_command(command)} || failed=1",
        "done",
        'exit "${failed:-0}"',
    ]
    return SlurmJob(
        name=spec.prefix,
        n_tasks=n,
        options=slurm or SlurmOptions(),
        before=[f"folder={start}{shlex.quote(str(folder))}"],
        body=body,
    )


def _command(command: str) -> str:
    try:
        words = shlex.split(command)
    except ValueError as error:
        msg = f"--command {command!r} is no line for a shell: {error}"
        raise UsageError(msg, f"such as {DEFAULT_COMMAND!r}") from None
    if not any(_CONFIG_WORD in word for word in words):
        msg = f"--command {command!r} does not say where the configuration goes"
        raise UsageError(msg, f"such as {DEFAULT_COMMAND!r}")
    return " ".join(
        '"$config"'.join(shlex.quote(part) if part else "" for part in word.split(_CONFIG_WORD))
        if word
        else "''"
        for word in words
    )


def _config_text(configuration: Numbered) -> str:
    return yaml.safe_dump(dict(configuration.config), sort_keys=False, allow_unicode=True)


def _manifest(spec: GridSpec, entries: Sequence[tuple[Numbered, bool]]) -> bytes:
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
    return (json.dumps(document, indent=1, default=str) + "\n").encode()


def _given(path: Path, prefix: str) -> list[Numbered]:
    if not path.exists():
        return []
    try:
        document: Any = json.loads(_text(path, "move it away"))
        kind, known = document["schema"], document["prefix"]
        given = [
            Numbered(
                number=int(entry["number"]), name=str(entry["name"]), config=dict(entry["config"])
            )
            for entry in document["configurations"]
        ]
    except (ValueError, TypeError, LookupError, RecursionError) as error:
        msg = f"{path} is no manifest of a grid: {type(error).__name__}"
        raise DataError(msg, "restore it: the numbers that were given stand in it") from None
    if (kind, known) != (SCHEMA, prefix):
        msg = f"{path} is the manifest of {known!r}, not of {prefix!r}"
        raise DataError(msg, "name another --out-dir")
    for configuration in given:
        if configuration.name != f"{prefix}_{configuration.number:03d}":
            msg = f"{path} names configuration {configuration.number} {configuration.name!r}"
            raise DataError(msg, "restore it: the numbers that were given stand in it")
    return given


def _text(path: Path, hint: str) -> str:
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
