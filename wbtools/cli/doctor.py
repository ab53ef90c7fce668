"""`wbtools doctor`: what quietly went wrong in a sweep."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from wbtools.cli.options import (
    AllRuns,
    ArchiveFolder,
    Budget,
    Cache,
    EarlyTerminate,
    FailOn,
    Filter,
    Force,
    Format,
    GoalWord,
    Group,
    Ignore,
    Limit,
    MetricName,
    Offline,
    OptionalSweep,
    Output,
    Quiet,
    Refresh,
    Select,
    SweepFile,
    Tag,
    Timeout,
    Verbose,
    codes_of,
    form_of,
    selection_of,
)
from wbtools.cli.output import Color, ColorWhen, check_targets, make_page, note, write_answer
from wbtools.cli.progress import file_progress, open_session
from wbtools.cli.shell_words import archive_words, command_line, next_command, option
from wbtools.cli.sweep_in_use import sweep_in_use

if TYPE_CHECKING:
    from pathlib import Path

    from wbtools.analysis.health import Examination

_GITHUB = "github"


def doctor(
    sweep: OptionalSweep = None,
    all_runs: AllRuns = False,
    group: Group = None,
    tag: Tag = None,
    filters: Filter = None,
    metric: MetricName = None,
    goal: GoalWord = None,
    early_terminate: EarlyTerminate = None,
    sweep_file: SweepFile = None,
    budget: Budget = None,
    select: Select = "",
    ignore: Ignore = "",
    fail_on: Annotated[
        FailOn, typer.Option("--fail-on", help="Exit with 1 from this severity on.")
    ] = FailOn.NEVER,
    limit: Limit = 10,
    form: Annotated[
        Literal["text", "json", "csv", "md", "github"] | None,
        typer.Option("--format", help="The form of the answer; else by the suffix of --output."),
    ] = None,
    output: Output = None,
    force: Force = False,
    color: ColorWhen = Color.AUTO,
    offline: Offline = False,
    refresh: Refresh = False,
    timeout: Timeout = None,
    cache: Cache = True,
    archive: ArchiveFolder = None,
    quiet: Quiet = False,
    verbose: Verbose = 0,
) -> None:
    """Say what quietly went wrong in a sweep: names, bands, states, curves, machines, bounds.

    Every finding comes with its numbers; what cannot be judged is listed with the reason.
    `wbtools rule WBD212` explains one. The exit code is 0 whatever is found, unless --fail-on asks
    for a gate; suspicions of low confidence never close it.
    """
    from wbtools.app.doctor import LACKING_CELLS, DoctorOptions, examine_reference
    from wbtools.app.opening.question import AuditOptions
    from wbtools.findings import Codes, Severity, gate
    from wbtools.model import Goal

    del verbose  # `main` looks for it
    selection = selection_of(group, tag, filters, all_runs=all_runs)
    reference = sweep_in_use(sweep, archive, selection=selection)
    check_targets(output, source=reference, force=force)
    options = DoctorOptions(
        about=AuditOptions(
            metric=metric,
            goal=None if goal is None else Goal.parse(goal),
            early_terminate=early_terminate,
            sweep_file=sweep_file,
            budget=budget,
        ),
        codes=Codes(select=codes_of(select), ignore=codes_of(ignore)),
        selection=selection,
        rerun_command=_rerun(reference, sweep_file, archive_words(archive, offline=offline))
        if not selection
        else None,
    )
    with (
        file_progress(quiet=quiet) as on_file,
        open_session(
            quiet=quiet,
            archive=archive,
            offline=offline,
            refresh=refresh,
            timeout=timeout,
            cache=cache,
        ) as session,
    ):
        examination = examine_reference(reference, options, session, on_file)
    write_answer(_render(examination, form, limit, color, output), output)
    if not quiet and examination.findings:
        note(f"next: wbtools rule {examination.findings[0].code}\n")
        if examination.context.curves is not None:
            words = [*selection.options(), *archive_words(archive, offline=offline)]
            given = {"metric": metric, "goal": goal, "sweep_file": sweep_file, "budget": budget}
            note(f"next: {next_command('audit-terminations', reference, given, words)}\n")
    lacking = any(finding.code == LACKING_CELLS for finding in examination.findings)
    if not quiet and lacking and options.rerun_command is not None:
        note(f"next: {options.rerun_command}\n")
    if fail_on is not FailOn.NEVER and gate(examination.findings, Severity[fail_on.name]):
        raise typer.Exit(1)


def _rerun(reference: str, sweep_file: Path | None, where: list[str]) -> str:
    """The command that writes the cells of a grid that the sweep lacks."""
    named = [] if sweep_file is None else ["--", str(sweep_file)]
    words = [*option("without", reference), "--to", "sweep", "-o", "missing.yaml", *where, *named]
    return command_line(["wbtools", "expand-grid", *words])


def _render(
    examination: Examination, form: str | None, limit: int, color: Color, output: Path | None
) -> str:
    if form == _GITHUB:
        from wbtools.answers.findings.github_log import render_examination_github

        return render_examination_github(examination)
    kind = form_of(output) if form is None else Format(form)
    if kind is Format.JSON:
        from wbtools.answers.findings.doctor_json_text import render_examination_json

        return render_examination_json(examination)
    if kind is Format.CSV:
        from wbtools.answers.findings.doctor_csv_text import render_examination_csv

        return render_examination_csv(examination)
    from wbtools.answers.findings.doctor_text import render_examination

    return render_examination(examination, make_page(color, output, kind), limit=limit)
