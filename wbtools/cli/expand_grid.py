"""`wbtools expand-grid`: one configuration file for every cell of a grid, with stable names."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wbtools.cli.common import ArtifactArguments, NetworkArguments
from wbtools.cli.option_groups import takes_groups
from wbtools.cli.output import check_targets, write_answer, write_atomically
from wbtools.cli.slurm_options import SlurmArguments, job_notes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

    from wbtools.app.expand_grid import GridFiles
    from wbtools.app.grid_sweep_files import WrittenSweeps
    from wbtools.app.lacking_cells import LackingCells
    from wbtools.planning.slurm import SlurmJob
    from wbtools.sweepfile.grid import GridSpec


class GridForm(StrEnum):
    """What a grid is expanded to."""

    CONFIGS = "configs"
    SWEEP = "sweep"
    SLURM = "slurm"


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
        GridForm,
        typer.Option(
            "--to",
            help="Configuration files; a W&B grid sweep, or several if the cells are no product; "
            "or the files and a Slurm array job.",
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
    from wbtools.app.expand_grid import expand_grid as expand
    from wbtools.app.expand_grid import out_folder, read_grid
    from wbtools.app.grid_job import DEFAULT_COMMAND, array_script
    from wbtools.app.grid_sweep_files import write_sweeps
    from wbtools.app.lacking_cells import LackingKind, find_lacking
    from wbtools.errors import UsageError
    from wbtools.sweepfile.grid import parse_zip
    from wbtools.sweepfile.grid_expansion import parse_inert

    answer.check(str(spec or without or ""))
    if to is not GridForm.SLURM:
        slurm.refuse_without("--to slurm")
    _refuse_contradictions(to, is_lacking=without is not None, only=only, shards=shards)
    grid = None if spec is None else read_grid(spec)
    rules = [parse_inert(text) for text in inert or ()]
    lacking = None
    if without is not None:
        with network.session(quiet=answer.quiet) as session:
            kinds = () if only is None else (one_of(LackingKind, only, "--only"),)
            lacking = find_lacking(without, grid, session, path=spec, only=kinds, inert=rules)
        grid = lacking.spec
    if grid is None:
        msg = "no grid is named"
        raise UsageError(msg, "name its YAML file, or a sweep that was a grid: --without SWEEP")
    grid = grid.zipping(map(parse_zip, zipped or ())).where(where or ())
    wanted = _all_are_wanted if lacking is None else lacking.wanted
    if to is GridForm.SWEEP:
        head = [] if lacking is None else [lacking.head, *lacking.remarks]
        written = write_sweeps(grid, program, rules, path=spec, wanted=wanted, head=head)
        _write_sweeps(written, grid, lacking, answer)
        return
    folder = out_folder(grid, out_dir)
    files = expand(grid, folder, rules, n_shards=shards or 1, wanted=wanted)
    job = None
    if to is GridForm.SLURM and files.configs:
        job = array_script(
            files, grid, folder, command or DEFAULT_COMMAND, n_tasks=shards, slurm=slurm.options()
        )
    _write_configurations(files, grid, folder, job, lacking, answer)


def _refuse_contradictions(
    to: GridForm, *, is_lacking: bool, only: str | None, shards: int | None
) -> None:
    from wbtools.errors import UsageError

    if only is not None and not is_lacking:
        msg = "--only chooses among the cells that a sweep lacks"
        raise UsageError(msg, "name the sweep with --without")
    if to is GridForm.SWEEP and shards:
        msg = "--shards does not apply to a W&B sweep: its agents share the runs"
        raise UsageError(msg, "leave it out, or write configurations and a job: --to slurm")


def _write_configurations(
    files: GridFiles,
    grid: GridSpec,
    folder: Path,
    job: SlurmJob | None,
    lacking: LackingCells | None,
    answer: ArtifactArguments,
) -> None:
    """The files of a grid, and the job that runs them, or else their names; or the answer."""
    if not files.configs:
        answer.note(*_nothing_is_left(lacking))
    if answer.answer_form is not None:
        from wbtools.app.expand_grid_answer import answer_of_files

        shown = answer.show_secrets
        answer.deliver(answer_of_files(files, grid, folder, job, lacking, show_secrets=shown))
    elif files.configs:
        script = None if job is None else str(job)  # it may refuse: before anything is written
        _write(files, folder, force=answer.force)
        names = "".join(f"{folder / config.name}.yaml\n" for config in files.configs)
        write_answer(names if script is None else script, answer.output)
    if files.configs:
        answer.note(_summary(files, folder), *_remarks(lacking))
        answer.note(*(() if job is None else job_notes(job)))


def _all_are_wanted(_config: object) -> bool:
    return True


def _nothing_is_left(lacking: LackingCells | None) -> list[str]:
    """Nothing is written, in words: the sweep lacks no cell, which is well.

    Raises:
        UsageError: It is the constraints that leave none.
    """
    from wbtools.errors import UsageError
    from wbtools.text.sanitize import sanitize

    if lacking is None:
        msg = "no cell fulfils all constraints"
        raise UsageError(msg, "loosen one")
    lacks_none = f"{sanitize(lacking.reference)} lacks no such cell: nothing was written"
    return [lacks_none, *_remarks(lacking)]


def _remarks(lacking: LackingCells | None, more: tuple[str, ...] = ()) -> Iterator[str]:
    from wbtools.text.sanitize import sanitize

    for remark in (*more, *(() if lacking is None else lacking.remarks)):
        yield f"note: {sanitize(remark, limit=0)}"


def _write_sweeps(
    written: WrittenSweeps, grid: GridSpec, lacking: LackingCells | None, answer: ArtifactArguments
) -> None:
    """One sweep goes where it is wanted; several go into numbered files beside that name."""
    from wbtools.text.numbers import count

    n = len(written.texts)
    if not n:
        answer.note(*_nothing_is_left(lacking))
    if answer.answer_form is not None:
        from wbtools.app.expand_grid_answer import answer_of_sweeps

        shown = answer.show_secrets
        answer.deliver(answer_of_sweeps(written, grid, lacking, show_secrets=shown))
        where = f" in {n} sweeps, as W&B crosses all axes"
    else:
        paths = _sweep_paths(n, answer)
        for path, text in zip(paths, written.texts, strict=True):
            write_answer(text, path)
        where = (
            f" in {n} sweeps, as W&B crosses all axes: {paths[0]} to {paths[-1]}" if n > 1 else ""
        )
    if not n:
        return
    if n > 1 or written.n_runs < written.n_cells:
        cells = count(written.n_cells, "cell")
        answer.note(f"{count(written.n_runs, 'run')} of {cells}{where if n > 1 else ''}")
    answer.note(*_remarks(lacking, written.remarks))


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


def _write(files: GridFiles, folder: Path, *, force: bool) -> None:
    """Write what is new; a file that holds something else is not touched without --force."""
    from wbtools.errors import DataError

    changes = files.changes(force=force)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        msg = f"the folder {folder} cannot be made: {error.strerror or error}"
        raise DataError(msg, "name another --out-dir") from None
    for path, content in changes.items():
        _put(path, content)


def _put(path: Path, content: bytes) -> None:
    def write(file: BinaryIO) -> None:
        file.write(content)

    write_atomically(path, write)


def _summary(files: GridFiles, folder: Path) -> str:
    from wbtools.text.numbers import count
    from wbtools.text.sanitize import sanitize

    parts = [
        count(len(files.configs), "configuration", "configurations"),
        f"{files.n_new} new",
    ]
    if files.n_excluded:
        parts.append(f"{files.n_excluded} left out by constraints")
    if files.n_collapsed:
        parts.append(f"{files.n_collapsed} left out as equivalent to another")
    if files.n_passed_over:
        parts.append(f"{files.n_passed_over} left out as the sweep has them")
    if files.n_gone:
        parts.append(f"{files.n_gone} that the spec no longer has, their numbers kept")
    return f"{sanitize(folder)}: {', '.join(parts)}"
