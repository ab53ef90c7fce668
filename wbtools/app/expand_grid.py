"""Write a grid's configurations, its manifest, and the job that works through them."""

from __future__ import annotations

import json
import shlex
import textwrap
from dataclasses import dataclass
from pathlib import Path, PurePath, PureWindowsPath
from typing import TYPE_CHECKING, Any, Final

import yaml

from wbtools.app.check_output import check_output
from wbtools.errors import DataError, UsageError
from wbtools.planning.slurm import SlurmJob, SlurmOptions
from wbtools.sources.regular_files import read_regular
from wbtools.sweepfile.draft import Draft, read_draft, write_draft
from wbtools.sweepfile.grid import GridSpec, parse_grid
from wbtools.sweepfile.grid_expansion import Inert, Numbered, expand, number
from wbtools.sweepfile.grid_sweeps import grid_sweeps
from wbtools.text.numbers import count

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from wbtools.sweepfile.grid_sweeps import GridSweep

SCHEMA: Final = "wbtools.grid/1"
MANIFEST: Final = "manifest.json"
_LARGEST_BYTES: Final = 64 * 1024 * 1024
_WIDTH: Final = 96
_CONFIG_WORD: Final = "{config}"
DEFAULT_COMMAND: Final = "python train.py --config {config}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Expanded:
    """What is to be written.

    Attributes:
        files: Content by path, configurations first, the manifest last.
        configs: In the grid's order, with their numbers.
        n_new: Those that are written and had no number yet.
        n_excluded: Cells of the product that fulfil not all constraints.
        n_collapsed: Cells that are equivalent to another.
        n_passed_over: Configurations that are not wanted.
        n_gone: Numbered before, and not in the spec any more; their numbers stay theirs.
    """

    files: dict[Path, bytes]
    configs: tuple[Numbered, ...]
    n_new: int
    n_excluded: int
    n_collapsed: int
    n_passed_over: int
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
    spec: GridSpec,
    folder: Path,
    inert: Sequence[Inert] = (),
    *,
    n_shards: int = 1,
    wanted: Callable[[Mapping[str, Any]], bool] = lambda _config: True,
) -> Expanded:
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
    for place in range(n_shards if n_shards > 1 else 0):
        names = "".join(
            f"{configuration.name}.yaml\n" for configuration in numbered[place::n_shards]
        )
        files[folder / f"shard-{place + 1}-of-{n_shards}.txt"] = names.encode()
    now = {configuration.number for configuration in every}
    old = {configuration.number for configuration in given}
    entries = sorted(
        [
            *((configuration, True) for configuration in every),
            *((configuration, False) for configuration in given if configuration.number not in now),
        ],
        key=lambda entry: entry[0].number,
    )
    files[folder / MANIFEST] = _manifest(spec, entries)
    return Expanded(
        files=files,
        configs=tuple(numbered),
        n_new=len({configuration.number for configuration in numbered} - old),
        n_excluded=spec.n_cells - expansion.n_allowed,
        n_collapsed=expansion.n_allowed - len(every),
        n_passed_over=len(every) - len(numbered),
        n_gone=len(old - now),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenSweeps:
    """A grid as W&B sweeps.

    Attributes:
        texts: Sweep files, of which each is a whole product.
        n_runs: Runs that they make together.
        n_cells: Cells of the full product, before constraints and whatever else leaves some out.
        remarks: What the user should know of them.
    """

    texts: tuple[str, ...]
    n_runs: int
    n_cells: int
    remarks: tuple[str, ...]


def write_sweeps(
    spec: GridSpec,
    program: str | None,
    inert: Sequence[Inert] = (),
    *,
    path: Path | None = None,
    wanted: Callable[[Mapping[str, Any]], bool] = lambda _config: True,
    head: Sequence[str] = (),
) -> WrittenSweeps:
    """Write a grid as W&B sweeps: one where its configurations are a product, else several.

    Args:
        spec: The grid.
        program: What the sweeps start; None for what the grid's own sweep starts, or train.py.
        inert: What makes configurations equivalent.
        path: The sweep file that the grid is, whose comments are kept.
        wanted: Which configurations are to be run.
        head: More comment lines above all else.

    Raises:
        UsageError: They are too far from a product, or W&B would refuse the sweeps.
        DataError: There are too many.
    """
    expansion = expand(spec, inert)
    configs = [config for config in expansion.configs if wanted(config)]
    sweeps = grid_sweeps(spec, configs, program) if configs else []
    texts, remarks = [], []
    for place, sweep in enumerate(sweeps, start=1):
        crossed = [
            f"A grid of {count(sweep.n_cells, 'run')}; W&B crosses the axes in the order of their",
            "names, several agents share it.",
        ]
        if len(sweeps) > 1:
            crossed.append(
                f"Sweep {place} of {len(sweeps)}: the {len(configs)} cells are no product."
            )
        text = write_draft(_draft(sweep, path if spec.sweep is not None else None, head, crossed))
        texts.append(text)
        remarks += [f"{'.'.join(map(str, at[1::2]))}: {why}" for at, why in sweep.notes.items()]
        remarks += check_output(text, "the sweep")
        if sweep.run_cap is not None:
            remarks.append(f"run_cap: {sweep.run_cap} was left out: it would end the sweep early")
    return WrittenSweeps(
        texts=tuple(texts),
        n_runs=len(configs),
        n_cells=spec.n_cells,
        remarks=tuple(dict.fromkeys(remarks)),
    )


def _draft(
    sweep: GridSweep, path: Path | None, head: Sequence[str], crossed: Sequence[str]
) -> Draft:
    """The sweep with its comments, and those of the file that it is a part of."""
    draft = Draft(data={}) if path is None else read_draft(_text(path, "").encode(), str(path))
    notes = {at: [*lines] for at, lines in draft.notes.items()}
    for at, why in sweep.notes.items():
        notes[at] = [*notes.get(at, []), *textwrap.wrap(why, _WIDTH)]
    return Draft(data=sweep.data, head=[*draft.head, *head, *crossed], notes=notes)


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


def _config_text(spec: GridSpec, configuration: Numbered) -> str:
    return yaml.safe_dump(spec.nested(configuration.config), sort_keys=False, allow_unicode=True)


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
