"""`wbtools rank`: a leaderboard of configurations, how firm it is, and which to validate."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from wbtools.cli.argument_groups import (
    AnswerArguments,
    NetworkArguments,
    SelectionArguments,
    SweepArguments,
)
from wbtools.cli.option_groups import takes_groups
from wbtools.cli.options import Sweeps
from wbtools.cli.output import write_answer
from wbtools.cli.sweep_in_use import sweep_in_use
from wbtools.text.shell_words import command_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wbtools.analysis.ranking.ranking import Ranking


@dataclass(frozen=True, slots=True, kw_only=True)
class _SweepArguments(SweepArguments):
    """What the sweep was; several metrics may be ranked by, which the command's own option says."""

    metric: str | None = field(default=None, init=False)


@takes_groups
def rank(
    sweeps: Sweeps = None,
    *,
    metric: Annotated[
        list[str] | None,
        typer.Option(
            "--metric",
            metavar="NAME[:GOAL]",
            help="What is ranked by, as 'ood/f1:max'; repeatable: the next breaks ties. Without "
            "it, the sweep's own.",
        ),
    ] = None,
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
    looked_at: SelectionArguments,
    sweep_was: _SweepArguments,
    answer: AnswerArguments,
    network: NetworkArguments,
) -> None:
    """Rank configurations by the mean over their seeds and folds, and say how firm that is.

    Several sweeps are the stages of one search: a configuration that more than one of them ran is
    shown with its gain.
    """
    from wbtools.analysis.ranking.checkpoint import parse_at
    from wbtools.analysis.ranking.ranking import StoppedRuns
    from wbtools.answers.rank.answer import RankAnswer
    from wbtools.app.rank import RankOptions, rank_references
    from wbtools.app.validation_commands import validation_commands
    from wbtools.errors import UsageError
    from wbtools.model import Goal

    selection = looked_at.selection
    references = sweeps or [sweep_in_use(None, network.archive, selection=selection)]
    answer.check(*references, also=(plan,))
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
