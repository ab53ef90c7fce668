"""`wbtools expand-grid`: one configuration file for every cell of a grid, with stable names."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from wbtools.cli.argument_groups import ArtifactArguments, NetworkArguments
from wbtools.cli.option_groups import takes_groups
from wbtools.cli.output import check_targets, write_answer, write_atomically
from wbtools.cli.slurm_options import SlurmArguments, job_notes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wbtools.app.expand_grid import GridFiles
    from wbtools.app.grid_sweep_files import WrittenSweeps
    from wbtools.app.make_grid import ExpandedGrid


@takes_groups
def expand_grid(
    spec: Annotated[
        Path | None,
        typer.Argument(
            metavar="SPEC",
            help="YAML with axes: {name: [values]}, base_params:, zip: and constraint:; or a W&B "
            "sweep file whose method is grid. With --without, the sweep's own grid if left out.",
        ),
    ] = None,
    *,
    to: Annotated[
        Literal["configs", "sweep", "slurm"],
        typer.Option(
            "--to",
            help="Configuration files; a W&B grid sweep, or several if the cells are no product; "
            "or the files and a Slurm array job.",
        ),
    ] = "configs",
    out_dir: Annotated[
        Path | None, typer.Option("--out-dir", help="Folder of the files; else the spec's out_dir.")
    ] = None,
    inert: Annotated[
        list[str] | None,
        typer.Option(
            "--inert",
            metavar="RULE",
            help="'dropout when hidden_units==0': configurations that then differ in "
            "dropout alone count as one.",
        ),
    ] = None,
    zipped: Annotated[
        list[str] | None,
        typer.Option(
            "--zip",
            metavar="NAMES",
            help="'config,net': axes that advance together, as zip: in SPEC.",
        ),
    ] = None,
    where: Annotated[
        list[str] | None,
        typer.Option(
            "--where",
            metavar="CONSTRAINT",
            help="'lr * batch <= 1': only such cells, as constraint: in SPEC.",
        ),
    ] = None,
    without: Annotated[
        str | None,
        typer.Option(
            "--without",
            metavar="SWEEP",
            help="Only the cells that this sweep lacks: never run, or failed or cut short in every "
            "run. What Hyperband stopped was run.",
        ),
    ] = None,
    only: Annotated[
        str | None,
        typer.Option(
            "--only",
            metavar="KIND",
            help="With --without: never-run, or cut-short: only these cells.",
        ),
    ] = None,
    shards: Annotated[
        int | None,
        typer.Option("--shards", min=1, max=10_000, help="Share the configurations out."),
    ] = None,
    program: Annotated[
        str | None,
        typer.Option(
            "--program", help="With --to sweep: the program; else the sweep file's, or train.py."
        ),
    ] = None,
    command: Annotated[
        str | None,
        typer.Option(
            "--command",
            help="With --to slurm: what to run, {config} being the file; "
            "'python train.py --config {config}' if left out.",
        ),
    ] = None,
    slurm: SlurmArguments,
    answer: ArtifactArguments,
    network: NetworkArguments,
) -> None:
    """Write every configuration of a grid, or those that a sweep lacks.

    The first axis is the slowest; axes win over base_params. A number belongs to one configuration
    for ever: run it again with a longer axis, and the new configurations are appended. W&B crosses
    all axes: with --to sweep, cells that are no product become several sweeps. --format json, csv,
    md or html lists the cells, and writes none.
    """
    from wbtools.app.change_words import one_of
    from wbtools.app.expand_grid_answer import expand_grid_answer
    from wbtools.app.lacking_cells import LackingKind
    from wbtools.app.make_grid import GridOptions, GridTarget, make_grid

    answer.check(str(spec or without or ""), has_findings=False)
    options = GridOptions(
        target=GridTarget(to),
        out_dir=out_dir,
        inert=tuple(inert or ()),
        zipped=tuple(zipped or ()),
        where=tuple(where or ()),
        without=without,
        only=None if only is None else one_of(LackingKind, only, "--only"),
        n_shards=shards,
        program=program,
        command=command,
        slurm=slurm.options() if slurm.is_given else None,
    )
    with network.session(quiet=answer.quiet) as session:
        grid = make_grid(spec, options, session)
    paths: Sequence[Path | None] = ()
    if answer.answer_form is not None:
        answer.deliver(expand_grid_answer(grid, show_secrets=answer.show_secrets))
    elif grid.sweeps is not None:
        paths = _sweep_paths(len(grid.sweeps.texts), answer)
        for path, text in zip(paths, grid.sweeps.texts, strict=True):
            write_answer(text, path)
    elif not grid.is_empty:
        _write_configurations(grid, answer)
    answer.note(*_notes(grid, paths))


def _notes(grid: ExpandedGrid, paths: Sequence[Path | None]) -> Iterator[str]:
    """What was written, and what to know of it; that a sweep lacks no cell is well."""
    from wbtools.text.sanitize import sanitize

    if grid.is_empty and grid.lacking is not None:
        yield f"{sanitize(grid.lacking.reference)} lacks no such cell: nothing was written"
    elif grid.sweeps is not None:
        yield from _summary_of_sweeps(grid.sweeps, paths)
    elif grid.files is not None:
        yield f"{sanitize(grid.folder)}: {', '.join(_counts(grid.files))}"
    for remark in grid.remarks:
        yield f"note: {sanitize(remark, limit=0)}"
    if grid.job is not None:
        yield from job_notes(grid.job)


def _summary_of_sweeps(written: WrittenSweeps, paths: Sequence[Path | None]) -> Iterator[str]:
    """How many runs they make, where that is not every cell in a single sweep."""
    from wbtools.text.numbers import count

    n = len(written.texts)
    if n == 1 and written.n_runs == written.n_cells:
        return
    where = f" in {n} sweeps, as W&B crosses all axes" if n > 1 else ""
    if n > 1 and paths:
        where += f": {paths[0]} to {paths[-1]}"
    yield f"{count(written.n_runs, 'run')} of {count(written.n_cells, 'cell')}{where}"


def _sweep_paths(n: int, answer: ArtifactArguments) -> list[Path | None]:
    """Where so many sweeps go.

    Raises:
        UsageError: There are several, and nothing names their files; or as `check_targets`.
    """
    from wbtools.errors import UsageError

    output = answer.output
    if n <= 1:
        return [output] * n
    if output is None:
        msg = f"the cells are no product of values, and take {n} sweeps"
        raise UsageError(msg, f"pass -o sweep.yaml: they become sweep-1.yaml to sweep-{n}.yaml")
    paths = [output.with_stem(f"{output.stem}-{place}") for place in range(1, n + 1)]
    check_targets(*paths, source=str(output), force=answer.force)
    return [*paths]


def _write_configurations(grid: ExpandedGrid, answer: ArtifactArguments) -> None:
    """The files that are new, and the job that runs them, or else their names.

    A file that holds something else is not touched without --force.
    """
    from wbtools.errors import DataError

    files, folder = grid.files, grid.folder
    if files is None or folder is None:
        return
    # It may refuse: before anything is written.
    script = None if grid.job is None else str(grid.job)
    changes = files.changes(force=answer.force)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        msg = f"the folder {folder} cannot be made: {error.strerror or error}"
        raise DataError(msg, "name another --out-dir") from None
    for path, content in changes.items():
        _put(path, content)
    names = "".join(f"{folder / config.name}.yaml\n" for config in files.configs)
    write_answer(names if script is None else script, answer.output)


def _put(path: Path, content: bytes) -> None:
    write_atomically(path, lambda file: file.writelines([content]))


def _counts(files: GridFiles) -> Iterator[str]:
    from wbtools.text.numbers import count

    yield count(len(files.configs), "configuration")
    yield f"{files.n_new} new"
    left_out = {
        "left out by constraints": files.n_excluded,
        "left out as equivalent to another": files.n_collapsed,
        "left out as the sweep has them": files.n_passed_over,
        "that the spec no longer has, their numbers kept": files.n_gone,
    }
    yield from (f"{n} {why}" for why, n in left_out.items() if n)
