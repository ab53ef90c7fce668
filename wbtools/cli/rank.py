"""`wbtools rank`: a leaderboard of configurations, how firm it is, and which to validate."""

from __future__ import annotations

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
    Offline,
    Output,
    Quiet,
    Refresh,
    ShowSecrets,
    SweepFile,
    Sweeps,
    Tag,
    Timeout,
    Verbose,
    form_of,
    selection_of,
)
from wbtools.cli.output import Color, ColorWhen, check_targets, make_page, note, write_answer
from wbtools.cli.progress import file_progress, open_session
from wbtools.cli.shell_words import archive_words, command_line, next_command
from wbtools.cli.sweep_in_use import sweep_in_use

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from wbtools.analysis.ranking.ranking import Ranking
    from wbtools.answers.layout import Page


def rank(
    sweeps: Sweeps = None,
    metric: Annotated[
        list[str] | None,
        typer.Option(
            "--metric",
            metavar="NAME[:GOAL]",
            help="What is ranked by, as 'ood/f1:max'; repeatable: the next breaks ties. Without "
            "it, the sweep's own.",
        ),
    ] = None,
    goal: GoalWord = None,
    at: Annotated[
        str,
        typer.Option(
            "--at",
            metavar="MOMENT",
            help="best: where the first metric is best, the others at that moment, joined by row, "
            "epoch or count; best-each: each at its own best; last; or step=N, W&B's _step.",
        ),
    ] = "best",
    seed_key: Annotated[
        list[str] | None,
        typer.Option(
            "--seed-key",
            metavar="NAME",
            help="Runs that differ in this only are one configuration, as in seed, fold "
            "and the like anyway; repeatable.",
        ),
    ] = None,
    group_by: Annotated[
        list[str] | None,
        typer.Option(
            "--group-by",
            metavar="NAME",
            help="Runs that are equal in this are one configuration, whatever else differs; "
            "`group` is the W&B group too; repeatable.",
        ),
    ] = None,
    stopped: Annotated[
        Literal["apart", "as-is", "projected"],
        typer.Option(
            "--stopped",
            help="Runs that were cut short: apart, in no mean; as-is, as if they were full runs; "
            "projected, ranked by what the audit says they would have come to.",
        ),
    ] = "apart",
    diverse: Annotated[
        int,
        typer.Option("--diverse", metavar="K", min=0, help="Choose the best K that also differ."),
    ] = 0,
    least_distance: Annotated[
        float,
        typer.Option(
            "--least-distance",
            min=0.0,
            max=1.0,
            help="With --diverse: least distance between two, as a share of the space.",
        ),
    ] = 0.1,
    seeds: Annotated[
        str, typer.Option("--seeds", help="With --diverse: the seeds of the validation plan.")
    ] = "42,123,456",
    plan: Annotated[
        Path | None,
        typer.Option("--plan", help="With --diverse: write the commands that validate it here."),
    ] = None,
    all_runs: AllRuns = False,
    group: Group = None,
    tag: Tag = None,
    filters: Filter = None,
    sweep_file: SweepFile = None,
    early_terminate: EarlyTerminate = None,
    budget: Budget = None,
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
    """Rank configurations by the mean over their seeds and folds, and say how firm that is.

    Several sweeps are the stages of one search: a configuration that more than one of them ran is
    shown with its gain.
    """
    from wbtools.analysis.ranking.checkpoint import parse_at
    from wbtools.analysis.ranking.ranking import StoppedRuns
    from wbtools.app.rank import RankOptions, rank_references
    from wbtools.errors import UsageError
    from wbtools.model import Goal

    del verbose  # `main` looks for it, for errors that happen before this line too
    selection = selection_of(group, tag, filters, all_runs=all_runs)
    references = sweeps or [sweep_in_use(None, archive, selection=selection)]
    for reference in references:
        check_targets(output, plan, source=reference, force=force)
    if plan is not None and not diverse:
        msg = "--plan holds the choice of --diverse, which is not asked for"
        raise UsageError(msg, "pass --diverse 5 too")
    options = RankOptions(
        metrics=tuple(metric or ()),
        goal=None if goal is None else Goal.parse(goal),
        at=parse_at(at),
        seed_keys=tuple(seed_key or ()),
        group_by=tuple(group_by or ()),
        stopped=StoppedRuns(stopped),
        sweep_file=sweep_file,
        early_terminate=early_terminate,
        budget=budget,
        n_diverse=diverse,
        least_distance=least_distance,
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
        ranking = rank_references(references, options, session, selection, on_file)
    lead = ranking.question.metrics[0]
    given: dict[str, object] = {
        "seeds": seeds,
        "seed_key": seed_key[0] if seed_key else None,
        "metric": lead.option_text if metric or goal else None,
        "sweep_file": sweep_file,
    }
    where = [*selection.options(), *archive_words(archive, offline=offline)]
    commands = _plan(ranking, given, where)
    form = form or form_of(output)
    sheet = make_page(color, output, form)
    write_answer(_render(ranking, form, limit, sheet, commands, show_secrets=show_secrets), output)
    if plan is not None:
        _write_plan(ranking, seeds, commands, plan)
    elif not quiet:
        for command in commands:
            note(f"next: {command}\n")


def _plan(ranking: Ranking, given: Mapping[str, object], where: Sequence[str]) -> list[str]:
    """A whole command for each configuration of the diverse choice."""
    from wbtools.app.rank import run_to_repeat

    if ranking.diverse is None:
        return []
    lines = []
    for pick in ranking.diverse.picks:
        reference = ranking.sources[pick.row.configuration.stage].reference
        run_option = {"run": run_to_repeat(ranking, pick.row)}
        lines.append(next_command("replicate", reference, run_option | dict(given), where))
    return lines


def _render(
    ranking: Ranking,
    form: Format,
    limit: int,
    sheet: Page,
    commands: Sequence[str],
    *,
    show_secrets: bool,
) -> str:
    if form is Format.JSON:
        from wbtools.answers.rank.json_text import render_ranking_json

        return render_ranking_json(ranking, commands, show_secrets=show_secrets)
    if form is Format.CSV:
        from wbtools.answers.rank.csv_text import render_ranking_csv

        return render_ranking_csv(ranking, show_secrets=show_secrets)
    from wbtools.answers.rank.text import render_ranking

    return render_ranking(ranking, sheet, limit=limit, show_secrets=show_secrets)


def _write_plan(ranking: Ranking, seeds: str, commands: Sequence[str], path: Path) -> None:
    """Write the commands as a file that says what it is; each writes a script, none starts one."""
    from wbtools.text.numbers import count, hours

    picks = () if ranking.diverse is None else ranking.diverse.picks
    n_seeds = len(seeds.split(","))
    known = [pick.row.runtime_h for pick in picks if pick.row.runtime_h is not None]
    cost = f", about {hours(sum(known) * n_seeds)}" if len(known) == len(picks) else ""
    head = [
        "#!/bin/sh",
        f"# Validation: {count(len(picks), 'configuration')} x {count(n_seeds, 'seed')}{cost}.",
        "# Each line writes how to run one again, with each seed; nothing is started by it:",
        f"#   {command_line(['sh', path.name])} > validate.sh",
    ]
    write_answer("\n".join([*head, *commands]), path)
