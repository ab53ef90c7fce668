"""`wbtools importance`: which parameters matter, how sure that is, and where they do best."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

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
    Timeout,
    Verbose,
    form_of,
    selection_of,
)
from wbtools.cli.output import Color, ColorWhen, check_targets, make_page, write_answer
from wbtools.cli.progress import file_progress, open_session, step_progress
from wbtools.cli.sweep_in_use import sweep_in_use

if TYPE_CHECKING:
    from pathlib import Path

    from wbtools.analysis.importance import Importance


def importance(
    sweep: OptionalSweep = None,
    parameter: Annotated[
        list[str] | None,
        typer.Option(
            "--parameter",
            metavar="NAME",
            help="Look at this parameter only, as 'lr' or 'optimizer.*'; repeatable.",
        ),
    ] = None,
    without: Annotated[
        list[str] | None,
        typer.Option(
            "--without",
            metavar="NAME",
            help="Pass this one over, as 'val_loss' or 'paths.*'; repeatable.",
        ),
    ] = None,
    metric: MetricName = None,
    goal: GoalWord = None,
    early_terminate: EarlyTerminate = None,
    sweep_file: SweepFile = None,
    rank_by: RankBy = None,
    budget: Budget = None,
    all_runs: AllRuns = False,
    group: Group = None,
    tag: Tag = None,
    filters: Filter = None,
    limit: Limit = 10,
    form: FormatName = None,
    output: Output = None,
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
    """Say which parameters matter, how sure that is, and where runs do best or fail.

    Stopped runs are censored: what they would have become is drawn from the audit's projections.
    """
    from wbtools.app.importance import ImportanceOptions, find_importance
    from wbtools.app.opening.question import AuditOptions
    from wbtools.model import Goal

    del verbose  # `main` looks for it, for errors that happen before this line too
    selection = selection_of(group, tag, filters, all_runs=all_runs)
    reference = sweep_in_use(sweep, archive, selection=selection)
    check_targets(output, source=reference, force=force)
    options = AuditOptions(
        metric=metric,
        goal=None if goal is None else Goal.parse(goal),
        early_terminate=early_terminate,
        sweep_file=sweep_file,
        rank_by=rank_by,
        budget=budget,
    )
    importance_options = ImportanceOptions(
        only=tuple(parameter or ()), without=tuple(without or ())
    )
    with (
        open_session(
            quiet=quiet,
            archive=archive,
            offline=offline,
            refresh=refresh,
            timeout=timeout,
            cache=cache,
        ) as session,
        file_progress(quiet=quiet) as on_file,
        step_progress("growing forests", quiet=quiet) as on_forest,
    ):
        importance = find_importance(
            reference,
            session,
            options,
            importance_options,
            selection=selection,
            on_file=on_file,
            on_forest=on_forest,
        )
    form = form or form_of(output)
    write_answer(_render(importance, form, limit, color, output, show_secrets=show_secrets), output)


def _render(
    importance: Importance,
    form: Format,
    limit: int,
    color: Color,
    output: Path | None,
    *,
    show_secrets: bool,
) -> str:
    if form is Format.JSON:
        from wbtools.answers.importance.json_text import render_importance_json

        return render_importance_json(importance, show_secrets=show_secrets)
    if form is Format.CSV:
        from wbtools.answers.importance.csv_text import render_importance_csv

        return render_importance_csv(importance, show_secrets=show_secrets)
    from wbtools.answers.importance.text import render_importance

    sheet = make_page(color, output, form)
    return render_importance(importance, sheet, limit=limit, show_secrets=show_secrets)
