"""`wbtools rank`: a leaderboard of configurations, how firm it is, and which to validate."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal

import typer

from wbtools.cli import completion
from wbtools.cli.argument_groups import (
    AnswerArguments,
    NetworkArguments,
    SelectionArguments,
    SweepArguments,
)
from wbtools.cli.help_pages import with_examples
from wbtools.cli.option_groups import takes_groups
from wbtools.cli.options import Sweeps
from wbtools.cli.output import write_answer
from wbtools.cli.sweep_in_use import sweep_in_use
from wbtools.text.shell_words import command_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wbtools.analysis.ranking.ranking import Ranking


_CHOICE: Final = "Which to validate"


@dataclass(frozen=True, slots=True, kw_only=True)
class _SweepArguments(SweepArguments):
    """What the sweep was; several metrics may be ranked by, which the command's own option says."""

    metric: str | None = field(default=None, init=False)


@with_examples(
    (
        "wbtools rank demo",
        "Rank the configurations of the recorded sweep that comes with wbtools.",
    ),
    (
        "wbtools rank demo --diverse 5 --plan validate.sh",
        "Choose five good configurations that differ, and write how to validate them.",
    ),
    (
        "wbtools rank runs.csv --metric val/acc:max --seed-key seed",
        "Rank the runs of a table; those that differ in the seed alone are one configuration.",
    ),
)
@takes_groups
def rank(
    sweeps: Sweeps = None,
    *,
    metric: Annotated[
        list[str] | None,
        typer.Option(
            "--metric",
            metavar="NAME[:GOAL]",
            help="Rank by this metric, such as 'ood/f1:max'; repeated, the next one breaks ties. "
            "Without it, by the sweep's own.",
            autocompletion=completion.metrics,
        ),
    ] = None,
    at: Annotated[
        str,
        typer.Option(
            "--at",
            metavar="MOMENT",
            help="Which moment of a run counts: best is where the first metric is best, with the "
            "other metrics at that moment; best-each takes each metric at its own best; last is "
            "the last report; step=N is W&B's _step.",
        ),
    ] = "best",
    seed_key: Annotated[
        list[str] | None,
        typer.Option(
            "--seed-key",
            metavar="NAME",
            help="Take runs that differ in this parameter alone as one configuration; seed, fold "
            "and the like are taken so anyway; repeatable.",
        ),
    ] = None,
    group_by: Annotated[
        list[str] | None,
        typer.Option(
            "--group-by",
            metavar="NAME",
            help="Take runs that are equal in this parameter as one configuration, whatever else "
            "differs; `group` is W&B's group too; repeatable.",
        ),
    ] = None,
    stopped: Annotated[
        Literal["apart", "as-is", "projected"],
        typer.Option(
            "--stopped",
            help="What to do with runs that were cut short: apart keeps them out of every mean; "
            "as-is takes them as if they were full runs; projected takes what the audit estimates "
            "they would have reached.",
        ),
    ] = "apart",
    against: Annotated[
        str | None,
        typer.Option(
            "--against",
            metavar="NAME[:GOAL]",
            help="Set the value against a cost or a size, and show the Pareto front: cost is the "
            "hours of a run; else the name of a further --metric, of a parameter, or of a number "
            "in the runs' summaries, such as 'n_parameters'. Less of it is better, unless GOAL "
            "says max.",
        ),
    ] = None,
    diverse: Annotated[
        int,
        typer.Option(
            "--diverse",
            metavar="K",
            min=0,
            help="Choose K of the best configurations that also differ from each other; 0: none.",
            rich_help_panel=_CHOICE,
        ),
    ] = 0,
    least_distance: Annotated[
        float,
        typer.Option(
            "--least-distance",
            min=0.0,
            max=1.0,
            help="With --diverse: how far apart two choices must be, as a share of the search "
            "space from 0 to 1.",
            metavar="SHARE",
            rich_help_panel=_CHOICE,
        ),
    ] = 0.1,
    seeds: Annotated[
        str,
        typer.Option(
            "--seeds",
            metavar="LIST",
            help="With --diverse: the seeds with which each choice is to be validated.",
            rich_help_panel=_CHOICE,
        ),
    ] = "42,123,456",
    plan: Annotated[
        Path | None,
        typer.Option(
            "--plan",
            metavar="FILE",
            help="With --diverse: write the commands that validate the choices as a shell script.",
            rich_help_panel=_CHOICE,
        ),
    ] = None,
    looked_at: SelectionArguments,
    sweep_was: _SweepArguments,
    answer: AnswerArguments,
    network: NetworkArguments,
) -> None:
    """Rank configurations by their mean over seeds and folds, and say how firm the order is.

    Several sweeps are taken as the stages of one search: a configuration that more than one of them
    ran is shown with its gain.
    """
    from wbtools.analysis.ranking.ranking import StoppedRuns
    from wbtools.analysis.ranking.reading_moment import parse_at
    from wbtools.answers.rank.answer import RankAnswer
    from wbtools.app.change_words import seed_values
    from wbtools.app.rank import RankOptions, rank_references
    from wbtools.app.validation_commands import validation_commands
    from wbtools.errors import UsageError
    from wbtools.model import Goal

    selection = looked_at.selection
    references = sweeps or [sweep_in_use(None, network.archive, selection=selection)]
    answer.check(*references, also=(plan,))
    seed_values(seeds)  # refused now, and not by the commands that it becomes a part of
    if plan is not None and not diverse:
        msg = "--plan holds the choice of --diverse, which is not asked for"
        raise UsageError(msg, "pass --diverse 5 too")
    options = RankOptions(
        metrics=tuple(metric or ()),
        goal=None if sweep_was.goal is None else Goal.parse(sweep_was.goal),
        at=parse_at(at),
        seed_keys=tuple(seed_key or ()),
        group_by=tuple(group_by or ()),
        stopped=StoppedRuns(stopped),
        sweep_file=sweep_was.sweep_file,
        early_terminate=sweep_was.early_terminate,
        budget=sweep_was.budget,
        n_diverse=diverse,
        against=against,
        least_distance=least_distance,
    )
    with network.session(quiet=answer.quiet) as session:
        ranking = rank_references(references, options, session, selection)
    where = [*selection.options(), *network.words]
    commands = validation_commands(ranking, options, seeds, where)
    answer.deliver(RankAnswer.of(ranking, commands=commands, show_secrets=answer.show_secrets))
    if plan is not None:
        _write_plan(ranking, seeds, commands, plan)
    else:
        answer.offer(*commands)


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
