"""`wbtools expand-grid`: one configuration file for every cell of a grid, with stable names."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from wbtools.cli import completion
from wbtools.cli.argument_groups import ArtifactArguments, NetworkArguments
from wbtools.cli.help_pages import with_examples
from wbtools.cli.option_groups import takes_groups
from wbtools.cli.output import check_targets, write_answer, write_atomically
from wbtools.cli.slurm_options import SlurmArguments, job_notes
from wbtools.text.shell_words import command_line, file_word

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wbtools.app.expand_grid import GridFiles
    from wbtools.app.grid_sweep_files import WrittenSweeps
    from wbtools.app.make_grid import ExpandedGrid


_WHICH = "Which configurations"


@with_examples(
    ("wbtools expand-grid grid.yaml --out-dir configs", "Write a file for every configuration."),
    (
        "wbtools expand-grid grid.yaml --to sweep --where 'lr * batch_size <= 1' -o sweep.yaml",
        "Make a W&B sweep of some of them.",
    ),
    (
        "wbtools expand-grid grid.yaml --out-dir configs --format md",
        "Show the configurations, and write nothing.",
    ),
)
@takes_groups
def expand_grid(
    spec: Annotated[
        Path | None,
        typer.Argument(
            metavar="SPEC",
            help="A YAML file with axes: {name: [values]}, base_params:, zip: and constraint:; or "
            "a W&B sweep file whose method is grid. With --without it may be left out: then the "
            "sweep's own grid is meant.",
            show_default=False,
        ),
    ] = None,
    *,
    to: Annotated[
        Literal["configs", "sweep", "slurm"],
        typer.Option(
            "--to",
            help="What to write: configuration files; a W&B grid sweep, or several if the "
            "configurations are no product of values; or the files and a Slurm array job.",
        ),
    ] = "configs",
    out_dir: Annotated[
        Path | None,
        typer.Option(
            "--out-dir",
            metavar="FOLDER",
            help="Write the files into this folder. Without it, into the spec's out_dir.",
        ),
    ] = None,
    inert: Annotated[
        list[str] | None,
        typer.Option(
            "--inert",
            metavar="RULE",
            help="'dropout when hidden_units==0' counts configurations as one that differ in "
            "dropout alone where it has no effect; repeatable.",
            rich_help_panel=_WHICH,
        ),
    ] = None,
    zipped: Annotated[
        list[str] | None,
        typer.Option(
            "--zip",
            metavar="NAMES",
            help="'config,net' lets these axes advance together, as zip: does in SPEC; repeatable.",
            rich_help_panel=_WHICH,
        ),
    ] = None,
    where: Annotated[
        list[str] | None,
        typer.Option(
            "--where",
            metavar="CONSTRAINT",
            help="'lr * batch <= 1' keeps only such configurations, as constraint: does in SPEC; "
            "repeatable.",
            rich_help_panel=_WHICH,
        ),
    ] = None,
    without: Annotated[
        str | None,
        typer.Option(
            "--without",
            metavar="SWEEP",
            help="Keep only the configurations that this sweep lacks: those never run, and those "
            "that failed or were cut short in every run. What a rule stopped counts as run.",
            autocompletion=completion.sweeps,
            rich_help_panel=_WHICH,
        ),
    ] = None,
    only: Annotated[
        Literal["never-run", "cut-short"] | None,
        typer.Option(
            "--only",
            help="With --without: keep only those never-run, or only those cut-short.",
            rich_help_panel=_WHICH,
        ),
    ] = None,
    shards: Annotated[
        int | None,
        typer.Option(
            "--shards",
            metavar="NUMBER",
            min=1,
            max=10_000,
            help="Divide the configurations into so many lists, or tasks of the job.",
        ),
    ] = None,
    program: Annotated[
        str | None,
        typer.Option(
            "--program",
            metavar="PROGRAM",
            help="With --to sweep: the program to run. Without it, the file's own, else train.py.",
        ),
    ] = None,
    command: Annotated[
        str | None,
        typer.Option(
            "--command",
            metavar="LINE",
            help="With --to slurm: the command to run, in which {config} is the file "
            "that the program has to read. Without it, 'python train.py --config {config}'.",
        ),
    ] = None,
    slurm: SlurmArguments,
    answer: ArtifactArguments,
    network: NetworkArguments,
) -> None:
    """Write every configuration of a grid, or those that a sweep lacks.

    The last axis varies fastest, and axes win over base_params. A number belongs to one
    configuration for ever: run it again with a longer axis, and the new configurations get the next
    numbers. W&B combines every value with every other: with --to sweep, configurations that are no
    such product become several sweeps. --format json, csv, md or html lists the configurations and
    writes none of them.
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
    if grid.job is not None and answer.answer_form is None and answer.output is not None:
        answer.offer(command_line(["sbatch", file_word(answer.output)]))


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
