"""`wbtools expand-grid`: one configuration file for every cell of a grid, with stable names."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wbtools.cli.option_groups import takes_group
from wbtools.cli.options import Force, Quiet, Verbose
from wbtools.cli.output import check_targets, note, write_answer, write_atomically
from wbtools.cli.slurm_options import SlurmWords, tell_job

if TYPE_CHECKING:
    from typing import BinaryIO

    from wbtools.app.expand_grid import Expanded
    from wbtools.sweepfile.grid import GridSpec


class GridForm(StrEnum):
    """What a grid is expanded to."""

    CONFIGS = "configs"
    SWEEP = "sweep"
    SLURM = "slurm"


@takes_group("slurm", SlurmWords)
def expand_grid(
    spec: Annotated[
        Path,
        typer.Argument(metavar="SPEC", help="YAML with axes: {name: [values]} and base_params:."),
    ],
    to: Annotated[
        GridForm,
        typer.Option(
            "--to",
            help="Configuration files; one W&B grid sweep; or the files and a Slurm array job.",
        ),
    ] = GridForm.CONFIGS,
    out_dir: Annotated[
        Path | None, typer.Option("--out-dir", help="Folder of the files; else the spec's out_dir.")
    ] = None,
    inert: Annotated[
        list[str] | None,
        typer.Option(
            "--inert",
            metavar="RULE",
            help="'dropout when hidden_units==0': such configurations are one.",
        ),
    ] = None,
    shards: Annotated[
        int | None,
        typer.Option("--shards", min=1, max=10_000, help="Share the configurations out."),
    ] = None,
    program: Annotated[
        str, typer.Option("--program", help="With --to sweep: the program.")
    ] = "train.py",
    command: Annotated[
        str,
        typer.Option("--command", help="With --to slurm: what to run; {config} is the file."),
    ] = "python train.py --config {config}",
    slurm: SlurmWords = SlurmWords(),  # noqa: B008 - it cannot change
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write the sweep or the job here.")
    ] = None,
    force: Force = False,
    quiet: Quiet = False,
    verbose: Verbose = 0,
) -> None:
    """Write every configuration of a grid; the first axis is the slowest.

    Axes win over base_params. A number belongs to one configuration for ever: run it again with a
    longer axis, and the new configurations are appended.
    """
    del verbose  # `main` looks for it
    from wbtools.app.expand_grid import array_script, out_folder, read_grid
    from wbtools.app.expand_grid import expand_grid as expand
    from wbtools.sweepfile.grid import parse_inert

    check_targets(output, source=str(spec), force=force)
    if to is not GridForm.SLURM:
        slurm.refuse_without("--to slurm")
    grid = read_grid(spec)
    rules = [parse_inert(text) for text in inert or ()]
    if to is GridForm.SWEEP:
        _sweep(grid, program, output, bool(rules or shards), quiet=quiet)
        return
    folder = out_folder(grid, out_dir)
    expanded = expand(grid, folder, rules, n_shards=shards or 1)
    job = None
    if to is GridForm.SLURM:
        job = array_script(expanded, grid, folder, command, n_tasks=shards, slurm=slurm.options())
    script = None if job is None else str(job)
    _write(expanded, folder, force=force)
    if script is not None:
        write_answer(script, output)
    else:
        write_answer(
            "".join(f"{folder / config.name}.yaml\n" for config in expanded.configs), output
        )
    if not quiet:
        note(_told(expanded, folder))
        if job is not None:
            tell_job(job)


def _sweep(
    grid: GridSpec, program: str, output: Path | None, told_more: bool, *, quiet: bool
) -> None:
    from wbtools.app.check_output import check_output
    from wbtools.errors import UsageError
    from wbtools.sweepfile.draft import Draft, write_draft
    from wbtools.sweepfile.grid import as_sweep

    if told_more:
        msg = "a W&B grid knows neither --inert nor --shards"
        raise UsageError(msg, "leave them out, or write configurations and a job: --to slurm")
    head = [
        f"A grid of {grid.n_cells} runs; W&B crosses the axes in the order of their names,",
        "several agents share it.",
    ]
    text = write_draft(Draft(data=as_sweep(grid, program), head=head))
    remarks = check_output(text, str(output or "the sweep"))
    write_answer(text, output)
    if not quiet:
        note("".join(f"note: {remark}\n" for remark in remarks))


def _write(expanded: Expanded, folder: Path, *, force: bool) -> None:
    """Write what is new; a file that holds something else is not touched without --force."""
    from wbtools.app.expand_grid import MANIFEST, unchanged
    from wbtools.errors import DataError, UsageError

    todo = {
        path: content for path, content in expanded.files.items() if not unchanged(path, content)
    }
    ours = (MANIFEST,)
    for path in todo:
        if path.exists() and not force and path.name not in ours and path.suffix != ".txt":
            msg = f"{path} exists already and holds something else"
            raise UsageError(msg, "move it away, or pass --force to overwrite it")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        msg = f"the folder {folder} cannot be made: {error.strerror or error}"
        raise DataError(msg, "name another --out-dir") from None
    for path, content in todo.items():
        _put(path, content)


def _put(path: Path, content: bytes) -> None:
    def write(file: BinaryIO) -> None:
        file.write(content)

    write_atomically(path, write)


def _told(expanded: Expanded, folder: Path) -> str:
    from wbtools.text.numbers import count
    from wbtools.text.sanitize import sanitize

    parts = [
        count(len(expanded.configs), "configuration", "configurations"),
        f"{expanded.n_new} new",
    ]
    if expanded.n_collapsed:
        parts.append(f"{expanded.n_collapsed} equivalent to another left out")
    if expanded.n_gone:
        parts.append(f"{expanded.n_gone} of before not in the spec any more, their numbers kept")
    return f"{sanitize(folder)}: {', '.join(parts)}\n"
