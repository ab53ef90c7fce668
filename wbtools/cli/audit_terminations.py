"""`wbtools audit-terminations`: why every run ended, and which stopped run deserved to live."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from wbtools.cli.options import (
    AllRuns,
    ArchiveFolder,
    Budget,
    Cache,
    EarlyTerminate,
    Filter,
    Force,
    Format,
    FormatName,
    GoalWord,
    Group,
    Limit,
    MetricName,
    Offline,
    OptionalSweep,
    Output,
    Quiet,
    RankBy,
    Refresh,
    ShowSecrets,
    SweepFile,
    Tag,
    Target,
    Timeout,
    Verbose,
    form_of,
    selection_of,
)
from wbtools.cli.output import (
    Color,
    ColorWhen,
    check_targets,
    make_page,
    note,
    write_answer,
    write_atomically,
)
from wbtools.cli.progress import file_progress, open_session
from wbtools.cli.shell_words import archive_words, next_command
from wbtools.cli.sweep_in_use import sweep_in_use

if TYPE_CHECKING:
    from wbtools.analysis.audit import Audit, RunAudit
    from wbtools.answers.layout import Page
    from wbtools.app.opening.question import AuditOptions


def audit_terminations(
    sweep: OptionalSweep = None,
    run: Annotated[
        str | None,
        typer.Option(
            "--run", help="Show one run: its number, name, id or page, `best`, `gem` or `gem:2`."
        ),
    ] = None,
    all_runs: AllRuns = False,
    group: Group = None,
    tag: Tag = None,
    filters: Filter = None,
    metric: MetricName = None,
    goal: GoalWord = None,
    early_terminate: EarlyTerminate = None,
    sweep_file: SweepFile = None,
    rank_by: RankBy = None,
    target: Target = None,
    budget: Budget = None,
    method: Annotated[
        Literal["learned", "catch-up", "empirical-gain", "curve-fit", "last"] | None,
        typer.Option(
            "--method",
            help="How stopped runs are projected: by the learned model, or, to see what that adds, "
            "by a plain baseline.",
        ),
    ] = None,
    limit: Limit = 10,
    form: FormatName = None,
    output: Output = None,
    plot: Annotated[
        Path | None,
        typer.Option("--plot", help="Draw all curves, bands and stops (.png, .svg, .pdf)."),
    ] = None,
    force: Force = False,
    show_secrets: ShowSecrets = False,
    color: ColorWhen = Color.AUTO,
    offline: Offline = False,
    refresh: Refresh = False,
    timeout: Timeout = None,
    cache: Cache = True,
    archive: ArchiveFolder = None,
    quiet: Quiet = False,
    verbose: Verbose = 0,
) -> None:
    """Say why every run of a sweep ended, and which stopped runs deserved to live.

    Reads sweeps from W&B's servers by way of the archive, and local W&B run files or run tables,
    which need no account and no network.
    """
    from wbtools.analysis.projection import Method
    from wbtools.app.audit import audit_reference
    from wbtools.app.opening.question import AuditOptions
    from wbtools.app.opening.run_names import select_run
    from wbtools.model import Goal

    del verbose  # `main` looks for it, for errors that happen before this line too
    selection = selection_of(group, tag, filters, all_runs=all_runs)
    reference = sweep_in_use(sweep, archive, selection=selection)
    check_targets(output, plot, source=reference, force=force)
    options = AuditOptions(
        metric=metric,
        goal=None if goal is None else Goal.parse(goal),
        early_terminate=early_terminate,
        sweep_file=sweep_file,
        rank_by=rank_by,
        target=target,
        budget=budget,
        method=None if method is None else Method(method),
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
        audit = audit_reference(reference, options, session, on_file, run=run, selection=selection)
    row = None if run is None else select_run(audit, run)
    if plot is not None:
        _plot(audit, row, plot)
    form = form or form_of(output)
    sheet = make_page(color, output, form)
    write_answer(_render(audit, row, form, limit, sheet, show_secrets=show_secrets), output)
    if not quiet and row is None:
        where = [*selection.options(), *archive_words(archive, offline=offline)]
        _offer(audit, reference, options, where)


def _render(
    audit: Audit, row: RunAudit | None, form: Format, limit: int, page: Page, *, show_secrets: bool
) -> str:
    """The answer as text; only JSON holds configurations and command lines, and so secrets."""
    if form is Format.JSON:
        from wbtools.answers.audit.json_text import render_json

        return render_json(audit, run=row, show_secrets=show_secrets)
    if form is Format.CSV:
        from wbtools.answers.audit.csv_text import render_csv

        return render_csv(audit, run=row)
    from wbtools.answers.audit.run_text import render_run_text
    from wbtools.answers.audit.text import render_text

    if row is not None:
        return render_run_text(audit, row, page)
    return render_text(audit, page, limit=limit)


def _plot(audit: Audit, row: RunAudit | None, path: Path) -> None:
    from wbtools.answers.audit.draw import draw
    from wbtools.answers.audit.figure import figure

    data, kind = figure(audit, row), path.suffix.lstrip(".") or "none"
    write_atomically(path, lambda file: draw(data, file, file_format=kind))


def _offer(audit: Audit, sweep: str, options: AuditOptions, where: list[str]) -> None:
    """Say on stderr which commands to run next: whole, ready to paste, and meaning that run."""
    from wbtools.answers.audit.gem_words import is_worth_rerunning
    from wbtools.answers.audit.words import run_to_zoom
    from wbtools.app.opening.run_names import name_of

    run = run_to_zoom(audit)
    if run is None:
        return
    given = {"run": name_of(audit, run)} | asdict(options)
    note(f"next: {next_command('audit-terminations', sweep, given, where)}\n")
    is_candidate = any(row.run.id == run.id for row in audit.gems) and is_worth_rerunning(audit)
    if is_candidate and (run.program is not None or audit.question.has_command):
        note(f"next: {next_command('replicate', sweep, given, where)}\n")
