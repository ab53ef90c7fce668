"""The doctor from a reference to an answer: open, find out what the sweep was meant to be, examine.

Where an audit refuses (no metric is known, no run has a value), the doctor judges what is left to
judge, and says what is not.
"""

from __future__ import annotations

from contextlib import ExitStack, suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from wbtools.analysis.health import CHECKS, Examination, SweepBackground, check_context, examine
from wbtools.analysis.health.check_context import METHOD_UNKNOWN
from wbtools.app.code_choice import check_codes
from wbtools.app.opening.context_series import read_with_context, with_summaries
from wbtools.app.opening.metric_names import near_misses
from wbtools.app.opening.open_many import open_many
from wbtools.app.opening.question import AuditOptions, own_configuration, resolve_question
from wbtools.app.opening.session import Session
from wbtools.errors import DataError, UsageError
from wbtools.findings import Codes
from wbtools.sweepfile.grid_cells import GridCells, grid_axes
from wbtools.sweepfile.kinds import is_integer
from wbtools.text.shell_words import command_line, option

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from wbtools.analysis.question import Question
    from wbtools.app.opening.selection import Selection
    from wbtools.app.opening.source import SweepSource
    from wbtools.model import Sweep
    from wbtools.sweepfile.spec import SweepSpec

RECORDING_CODES: Final = (
    *(f"WBT{number}" for number in (110, 111, 112, 113, 114, 115, 116, 118, 119, 121)),
    *(f"WBT{number}" for number in (122, 123, 124, 125, 126, 127, 128, *range(130, 136))),
)
"""Findings about the recording itself, which every source may bring along."""
LACKING_CELLS: Final = "WBD216"
"""The finding that cells of a grid lack a run, which can be written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DoctorOptions:
    """What the user says.

    Attributes:
        about: The metric, its goal, the rule, the sweep file and the budget.
        codes: Which findings count.
        selection: Runs by group, tag and filter in place of a sweep.
        rerun_command: How the user would have the lacking cells of a grid written.
    """

    about: AuditOptions = field(default_factory=AuditOptions)
    codes: Codes = field(default_factory=Codes)
    selection: Selection | None = None
    rerun_command: str | None = None


def rerun_command(reference: str, sweep_file: Path | None, where: Sequence[str]) -> str:
    """The command that writes the cells of a grid that the sweep lacks.

    Args:
        reference: What the user calls SWEEP.
        sweep_file: The sweep's own file, where the user names it.
        where: The options by which it works on what this one worked on, from `archive_words`.
    """
    named = [] if sweep_file is None else ["--", str(sweep_file)]
    words = [*option("without", reference), "--to", "sweep", "-o", "missing.yaml", *where, *named]
    return command_line(["wbtools", "expand-grid", *words])


def examine_reference(
    reference: str,
    options: DoctorOptions | None = None,
    session: Session | None = None,
    on_file: Callable[[int, int], None] | None = None,
) -> Examination:
    """Examine what the user calls SWEEP.

    Args:
        reference: A path, `PATH#SWEEP_ID`, a sweep of W&B's, `demo`; with a selection, a project.
        options: What the user says beyond that.
        session: How to reach W&B's servers; closed by the caller.
        on_file: Called with (files read, files in all) while curves are read.

    Raises:
        UsageError: The reference, the rule or a code cannot be right, or is ambiguous.
        SignInError: The sweep is on a server for which there are no credentials.
        DataError: The sweep cannot be read, or has no runs.
    """
    options = options or DoctorOptions()
    check_codes(options.codes, (*CHECKS, *RECORDING_CODES), "doctor")
    with ExitStack() as closing:
        reach = session or closing.enter_context(Session())
        (source,) = open_many([reference], reach, options.selection)
        return examine_source(source, options, on_file)


def examine_source(
    source: SweepSource, options: DoctorOptions, on_file: Callable[[int, int], None] | None = None
) -> Examination:
    """Examine a sweep that was opened.

    Raises:
        UsageError: The rule cannot be right, or several sweep files match and disagree.
        DataError: The sweep has no runs.
    """
    recorded = read_recorded(options.about, source, on_file)
    sweep, question, spec = recorded.sweep, recorded.question, recorded.spec
    if not sweep.runs:
        msg = f"the sweep {sweep.ref.sweep_id} has no runs"
        raise DataError(msg, "examine it once runs have begun")
    return examine(
        check_context(
            sweep,
            question,
            replace(
                _background(source, sweep, question, spec), rerun_command=options.rerun_command
            ),
        ),
        options.codes.want,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedSweep:
    """A sweep as far as it is known.

    Attributes:
        question: None where nothing says which metric counts.
        spec: Its own configuration; None where nothing tells.
    """

    sweep: Sweep
    question: Question | None
    spec: SweepSpec | None


def read_recorded(
    about: AuditOptions, source: SweepSource, on_file: Callable[[int, int], None] | None = None
) -> RecordedSweep:
    """Read a sweep with the curves by which it was judged, and with summaries where these matter.

    Raises:
        UsageError: The rule cannot be right, or several sweep files match and disagree.
        DataError: The sweep cannot be read.
    """
    spec = _spec(about, source)
    question = _question(about, spec, source)
    metrics = () if question is None else (question.metric.name,)
    sweep = read_with_context(source, metrics, on_file)
    if question is not None and _may_be_summarized(sweep, question.metric.name):
        sweep = with_summaries(source, sweep)
    return RecordedSweep(sweep=sweep, question=question, spec=spec)


def _spec(options: AuditOptions, source: SweepSource) -> SweepSpec | None:
    """The sweep's own configuration; files that disagree do not matter where all is said."""
    if options.says_all:
        with suppress(UsageError):
            written = own_configuration(options, source)
            return None if written is None else written.spec
        return None
    written = own_configuration(options, source)
    return None if written is None else written.spec


def _question(
    options: AuditOptions, spec: SweepSpec | None, source: SweepSource
) -> Question | None:
    """What an audit would be asked; None where nothing says which metric counts."""
    silent = spec is None or (spec.metric is None and not spec.objectives)
    return None if options.metric is None and silent else resolve_question(options, source)


def _may_be_summarized(sweep: Sweep, name: str) -> bool:
    """Whether a run without any report may hold the metric in its summary.

    To read the summaries takes as long as to read the curves, and runs that broke down hold none.
    """
    curves = sweep.curves.get(name)
    if curves is None:
        return False
    return any(
        is_silent and not run.state.has_failed
        for run, is_silent in zip(sweep.runs, curves.is_silent.tolist(), strict=True)
    )


def _background(
    source: SweepSource, sweep: Sweep, question: Question | None, spec: SweepSpec | None
) -> SweepBackground:
    name = None if question is None else question.metric.name
    logged: Mapping[str, int] = {}
    if name is not None and _some_are_silent(sweep, name):
        logged = source.logged()
    grid, why_no_grid = _grid(spec)
    run_cap = None if spec is None else spec.written.get("run_cap")
    return SweepBackground(
        logged=logged,
        n_looked_into=source.n_looked_into if logged else None,
        near=tuple(near_misses(name, logged)) if name is not None and logged else (),
        impute=None if spec is None else _impute(spec),
        space={} if spec is None else spec.space,
        tells_parameters=source.tells_parameters,
        grid=grid,
        why_no_grid=why_no_grid,
        lost_configs=() if grid is None else tuple(source.lost_configs().values()),
        run_cap=run_cap if is_integer(run_cap) else None,
    )


def _grid(spec: SweepSpec | None) -> tuple[GridCells | None, str | None]:
    """The cells of a sweep, or why they are not known; neither where it is no grid."""
    if spec is None or spec.method is None:
        return None, METHOD_UNKNOWN
    if spec.method != "grid":
        return None, None
    try:
        axes, _ = grid_axes(spec.written)
    except UsageError as error:
        return None, error.message
    return GridCells(axes=axes), None


def _some_are_silent(sweep: Sweep, name: str) -> bool:
    curves = sweep.curves.get(name)
    if curves is None:
        return any(run.summary.get(name) is None for run in sweep.runs)
    return bool(curves.is_silent.any())


def _impute(spec: SweepSpec) -> str:
    block = spec.written.get("metric")
    written = block.get("impute") if isinstance(block, dict) else None
    return written if isinstance(written, str) else "worst"
