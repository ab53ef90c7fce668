"""From a grid's file, or a sweep that lacks some of its cells, to all that is written of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from wbtools.app.expand_grid import expand_grid, out_folder, read_grid
from wbtools.app.grid_job import DEFAULT_COMMAND, array_script, unread_config
from wbtools.app.grid_sweep_files import write_sweeps
from wbtools.app.lacking_cells import find_lacking
from wbtools.app.slurm_settings import with_settings
from wbtools.errors import UsageError
from wbtools.sweepfile.grid import parse_zip
from wbtools.sweepfile.grid_expansion import parse_inert

if TYPE_CHECKING:
    from pathlib import Path

    from wbtools.app.expand_grid import GridFiles
    from wbtools.app.grid_sweep_files import WrittenSweeps
    from wbtools.app.lacking_cells import LackingCells, LackingKind
    from wbtools.app.opening.session import Session
    from wbtools.planning.slurm import SlurmJob, SlurmOptions
    from wbtools.sweepfile.grid import GridSpec


class GridTarget(StrEnum):
    """What a grid is expanded to."""

    CONFIGS = "configs"
    SWEEP = "sweep"
    SLURM = "slurm"


@dataclass(frozen=True, slots=True, kw_only=True)
class GridOptions:
    """What the user says beside the grid's file.

    Attributes:
        out_dir: Folder of the configurations; None for the spec's own.
        inert: Such as `dropout when hidden_units==0`.
        zipped: Such as `config,net`.
        where: Such as `lr * batch <= 1`.
        without: The sweep whose lacking cells are wanted, in place of all.
        only: Which of these; None for all.
        n_shards: Lists that share the configurations out, or tasks of the job.
        program: What W&B's sweeps start.
        command: What a task of the job runs, `{config}` standing for the file.
        slurm: What the job asks Slurm for; None where nothing is said of it.
    """

    target: GridTarget = GridTarget.CONFIGS
    out_dir: Path | None = None
    inert: tuple[str, ...] = ()
    zipped: tuple[str, ...] = ()
    where: tuple[str, ...] = ()
    without: str | None = None
    only: LackingKind | None = None
    n_shards: int | None = None
    program: str | None = None
    command: str | None = None
    slurm: SlurmOptions | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpandedGrid:
    """What is to be written of a grid; nothing is written yet.

    Attributes:
        spec: The grid, with what was said beside its file.
        folder: Where the configurations go; None where W&B's sweeps were asked for.
        files: The configurations and their manifest; None likewise.
        sweeps: The grid as W&B's sweeps, where these were asked for.
        job: A Slurm array over the configurations, where one was asked for and any are left.
        lacking: The cells that the sweep lacks, where one was named.
        remarks: What the user should know before running them.
    """

    spec: GridSpec
    folder: Path | None = None
    files: GridFiles | None = None
    sweeps: WrittenSweeps | None = None
    job: SlurmJob | None = None
    lacking: LackingCells | None = None
    remarks: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to write: the sweep lacks no cell."""
        written = self.sweeps or self.files
        return written is None or not written.configs


def make_grid(path: Path | None, options: GridOptions, session: Session) -> ExpandedGrid:
    """Expand a grid, or what a sweep lacks of it.

    Args:
        path: The grid's file; None for the grid of the sweep that is named.
        options: What the user says beside it.
        session: How to reach W&B's servers; closed by the caller.

    Raises:
        UsageError: No grid is named, a constraint leaves no cell, or options contradict each other.
        DataError: A file cannot be read, or the sweep has nothing to do with the grid.
    """
    _refuse_contradictions(options)
    grid = None if path is None else read_grid(path)
    rules = [parse_inert(text) for text in options.inert]
    lacking = None
    if options.without is not None:
        only = () if options.only is None else (options.only,)
        lacking = find_lacking(options.without, grid, session, path=path, only=only, inert=rules)
        grid = lacking.spec
    if grid is None:
        msg = "no grid is named"
        raise UsageError(msg, "name its YAML file, or a sweep that was a grid: --without SWEEP")
    grid = grid.zipping(map(parse_zip, options.zipped)).where(options.where)
    wanted = (lambda _config: True) if lacking is None else lacking.wanted
    remarks = () if lacking is None else lacking.remarks
    if options.target is GridTarget.SWEEP:
        head = [] if lacking is None else [lacking.head, *lacking.remarks]
        sweeps = write_sweeps(grid, options.program, rules, path=path, wanted=wanted, head=head)
        _refuse_nothing(is_empty=not sweeps.texts, lacking=lacking)
        remarks = (*sweeps.remarks, *remarks)
        return ExpandedGrid(spec=grid, sweeps=sweeps, lacking=lacking, remarks=remarks)
    folder = out_folder(grid, options.out_dir)
    files = expand_grid(grid, folder, rules, n_shards=options.n_shards or 1, wanted=wanted)
    _refuse_nothing(is_empty=not files.configs, lacking=lacking)
    job = None
    if options.target is GridTarget.SLURM and files.configs:
        command = options.command or DEFAULT_COMMAND
        remarks = (*remarks, *unread_config(command))
        job = array_script(
            files,
            grid,
            folder,
            command,
            n_tasks=options.n_shards,
            slurm=with_settings(options.slurm),
        )
    return ExpandedGrid(
        spec=grid, folder=folder, files=files, job=job, lacking=lacking, remarks=remarks
    )


def _refuse_contradictions(options: GridOptions) -> None:
    if options.only is not None and options.without is None:
        msg = "--only chooses among the cells that are missing from a sweep"
        raise UsageError(msg, "name the sweep with --without")
    if options.target is GridTarget.SWEEP and options.n_shards:
        msg = "--shards does not apply to a W&B sweep: its agents share the runs"
        raise UsageError(msg, "leave it out, or write configurations and a job: --to slurm")
    if options.target is not GridTarget.SLURM and options.slurm is not None:
        msg = "options of Slurm are given, but no job for it is written"
        raise UsageError(msg, "pass --to slurm, or leave them out")


def _refuse_nothing(*, is_empty: bool, lacking: LackingCells | None) -> None:
    """That constraints leave no cell is an error; that a sweep lacks none is well."""
    if is_empty and lacking is None:
        msg = "no cell meets all constraints"
        raise UsageError(msg, "loosen one")
