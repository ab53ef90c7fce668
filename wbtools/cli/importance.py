"""`wbtools importance`: which parameters matter, how sure that is, and where they do best."""

from __future__ import annotations

from typing import Annotated

import typer

from wbtools.cli.argument_groups import (
    AnswerArguments,
    NetworkArguments,
    SelectionArguments,
    SweepArguments,
)
from wbtools.cli.help_pages import with_examples
from wbtools.cli.option_groups import takes_groups
from wbtools.cli.options import OptionalSweep, RankBy
from wbtools.cli.sweep_in_use import sweep_in_use


@with_examples(
    (
        "wbtools importance demo",
        "Which parameters mattered in the recorded sweep that comes with wbtools.",
    ),
    (
        "wbtools importance demo --parameter lr --parameter hidden",
        "Look at two parameters alone.",
    ),
    (
        "wbtools importance runs.csv --metric val/acc:max",
        "The same for a table of runs.",
    ),
)
@takes_groups
def importance(
    sweep: OptionalSweep = None,
    *,
    parameter: Annotated[
        list[str] | None,
        typer.Option(
            "--parameter",
            metavar="NAME",
            help="Look only at this parameter, such as 'lr' or 'optimizer.*'; repeatable.",
        ),
    ] = None,
    without: Annotated[
        list[str] | None,
        typer.Option(
            "--without",
            metavar="NAME",
            help="Leave this parameter out, such as 'val_loss' or 'paths.*'; repeatable.",
        ),
    ] = None,
    rank_by: RankBy = None,
    looked_at: SelectionArguments,
    sweep_was: SweepArguments,
    answer: AnswerArguments,
    network: NetworkArguments,
) -> None:
    """Say which parameters matter, how sure that is, and where runs do best or fail.

    Stopped runs are censored: what they would have become is drawn from the audit's projections.
    """
    from wbtools.answers.importance.answer import ImportanceAnswer
    from wbtools.app.importance import ImportanceOptions, find_importance

    selection = looked_at.selection
    reference = sweep_in_use(sweep, network.archive, selection=selection)
    answer.check(reference)
    with network.session(quiet=answer.quiet) as session:
        found = find_importance(
            reference,
            session,
            sweep_was.options(rank_by=rank_by),
            ImportanceOptions(only=tuple(parameter or ()), without=tuple(without or ())),
            selection=selection,
        )
    answer.deliver(ImportanceAnswer.of(found, show_secrets=answer.show_secrets))
