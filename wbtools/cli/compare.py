"""`wbtools compare`: sweeps, groups or stages of a search side by side."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from wbtools.cli.argument_groups import (
    NetworkArguments,
    PlainAnswerArguments,
    SelectionArguments,
    SweepArguments,
)
from wbtools.cli.help_pages import with_examples
from wbtools.cli.option_groups import takes_groups
from wbtools.cli.options import RankBy, Sweeps
from wbtools.cli.output import check_figure, write_figure
from wbtools.cli.sweep_in_use import sweep_in_use


@with_examples(
    (
        "wbtools compare demo --group-by schedule",
        "Compare the runs of one sweep by a parameter.",
    ),
    (
        "wbtools compare demo ./wandb --baseline demo",
        "Compare a sweep with another.",
    ),
    (
        "wbtools compare demo --group-by hidden --plot race.svg",
        "Draw which side is ahead after how much compute.",
    ),
)
@takes_groups
def compare(
    sweeps: Sweeps = None,
    *,
    group_by: Annotated[
        str | None,
        typer.Option(
            "--group-by",
            metavar="NAME",
            help="Compare the runs that have each value of a parameter or a column, or of W&B's "
            "group, job_type, host, gpu or state.",
        ),
    ] = None,
    baseline: Annotated[
        str | None,
        typer.Option(
            "--baseline",
            metavar="NAME",
            help="Compare the others with this sweep or value. Without it, with the first sweep "
            "that has a mean, or the group with the most completed runs.",
        ),
    ] = None,
    stages: Annotated[
        bool,
        typer.Option(
            "--stages",
            help="Take the sweeps as stages of one search: show what each gained, also per hour.",
        ),
    ] = False,
    stopped: Annotated[
        Literal["apart", "as-is"],
        typer.Option(
            "--stopped",
            help="What to do with runs that were cut short: apart keeps them out of every mean; "
            "as-is takes them as if they were full runs.",
        ),
    ] = "apart",
    rank_by: RankBy = None,
    plot: Annotated[
        Path | None,
        typer.Option(
            "--plot",
            metavar="FILE",
            help="Draw the best value so far against the compute used: a .png, .svg or .pdf file.",
        ),
    ] = None,
    looked_at: SelectionArguments,
    sweep_was: SweepArguments,
    answer: PlainAnswerArguments,
    network: NetworkArguments,
) -> None:
    """Put sweeps, or groups of runs, side by side: what each found, at what cost, and what shows.

    Means are tested, best values are raced over equal compute, and stopped runs count as censored.
    """
    from wbtools.analysis.comparison import Over
    from wbtools.answers.compare.answer import CompareAnswer
    from wbtools.app.compare import CompareOptions, compare_references
    from wbtools.app.next_commands import commands_after_comparison

    selection = looked_at.selection
    references = sweeps or [sweep_in_use(None, network.archive, selection=selection)]
    check_figure(plot)
    answer.check(*references, also=(plot,), has_findings=False)
    options = CompareOptions(
        question=sweep_was.options(rank_by=rank_by),
        by=group_by,
        baseline=baseline,
        over=Over.COMPLETED if stopped == "apart" else Over.ALL,
        in_stages=stages,
    )
    with network.session(quiet=answer.quiet) as session:
        comparison = CompareAnswer.of(compare_references(references, options, session, selection))
    if plot is not None:
        write_figure(plot, comparison.plot())
    answer.deliver(comparison)
    if not selection:
        commands = commands_after_comparison(comparison, options.question, network.words)
        answer.offer(*(command.line for command in commands))
