"""`wbtools compare`: sweeps, groups or stages of a search side by side."""

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
    Output,
    Quiet,
    RankBy,
    Refresh,
    SweepFile,
    Sweeps,
    Tag,
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
    from wbtools.analysis.comparison import Comparison
    from wbtools.answers.layout import Page
    from wbtools.app.opening.question import AuditOptions


def compare(
    sweeps: Sweeps = None,
    group_by: Annotated[
        str | None,
        typer.Option(
            "--group-by",
            metavar="NAME",
            help="Make a side of every value of a column or a parameter, or of W&B's own group, "
            "job_type, host, gpu or state.",
        ),
    ] = None,
    baseline: Annotated[
        str | None,
        typer.Option(
            "--baseline",
            metavar="SIDE",
            help="Compare the others with this side; else the first that has a mean.",
        ),
    ] = None,
    stages: Annotated[
        bool,
        typer.Option("--stages", help="Sides are stages of one search: the gain of each, and/h."),
    ] = False,
    stopped: Annotated[
        Literal["apart", "as-is"],
        typer.Option(
            "--stopped",
            help="Runs that were cut short: apart, in no mean; as-is, as if they were full runs.",
        ),
    ] = "apart",
    all_runs: AllRuns = False,
    group: Group = None,
    tag: Tag = None,
    filters: Filter = None,
    metric: MetricName = None,
    goal: GoalWord = None,
    rank_by: RankBy = None,
    early_terminate: EarlyTerminate = None,
    sweep_file: SweepFile = None,
    budget: Budget = None,
    limit: Limit = 10,
    form: FormatName = None,
    output: Output = None,
    plot: Annotated[
        Path | None,
        typer.Option("--plot", help="Draw best so far against compute (.png, .svg, .pdf)."),
    ] = None,
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
    """Put sweeps, or groups of runs, side by side: what each found, at what cost, and what shows.

    Means are tested, best values are raced over equal compute, and stopped runs count as censored.
    """
    from wbtools.analysis.comparison import Over
    from wbtools.app.compare import CompareOptions, compare_references
    from wbtools.app.opening.question import AuditOptions
    from wbtools.model import Goal

    del verbose  # `main` looks for it, for errors that happen before this line too
    selection = selection_of(group, tag, filters, all_runs=all_runs)
    references = sweeps or [sweep_in_use(None, archive, selection=selection)]
    for reference in references:
        check_targets(output, plot, source=reference, force=force)
    options = CompareOptions(
        question=AuditOptions(
            metric=metric,
            goal=None if goal is None else Goal.parse(goal),
            early_terminate=early_terminate,
            sweep_file=sweep_file,
            rank_by=rank_by,
            budget=budget,
        ),
        by=group_by,
        baseline=baseline,
        over=Over.COMPLETED if stopped == "apart" else Over.ALL,
        in_stages=stages,
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
        comparison = compare_references(references, options, session, selection, on_file)
    if plot is not None:
        _plot(comparison, plot)
    form = form or form_of(output)
    write_answer(_render(comparison, form, limit, make_page(color, output, form)), output)
    if not quiet and not selection:
        _offer(comparison, options.question, archive_words(archive, offline=offline))


def _offer(comparison: Comparison, question: AuditOptions, where: list[str]) -> None:
    """Say on stderr how to look at the best run of all: whole, ready to paste."""
    sign = comparison.question.metric.goal.sign
    known = [
        (summary.best * sign, k)
        for k, summary in enumerate(comparison.summaries)
        if summary.best is not None and summary.best_run is not None
    ]
    if not known:
        return
    _, k = min(known)
    run = comparison.summaries[k].best_run
    given = {"run": None if run is None else run.id} | asdict(question)
    note(f"next: {next_command('audit-terminations', comparison.sides[k].source, given, where)}\n")


def _render(comparison: Comparison, form: Format, limit: int, page: Page) -> str:
    if form is Format.JSON:
        from wbtools.answers.compare.json_text import render_comparison_json

        return render_comparison_json(comparison)
    if form is Format.CSV:
        from wbtools.answers.compare.csv_text import render_comparison_csv

        return render_comparison_csv(comparison)
    from wbtools.answers.compare.text import render_comparison

    return render_comparison(comparison, page, limit=limit)


def _plot(comparison: Comparison, path: Path) -> None:
    from wbtools.answers.compare.race_draw import draw_anytime
    from wbtools.answers.compare.race_figure import anytime_figure

    data, kind = anytime_figure(comparison), path.suffix.lstrip(".") or "none"
    write_atomically(path, lambda file: draw_anytime(data, file, file_format=kind))
