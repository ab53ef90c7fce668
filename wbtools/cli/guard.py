"""`wbtools guard`: end the runs of a running sweep early, and spare those that deserve to live."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from wbtools.cli.argument_groups import ServerArguments, SweepArguments, WholeAnswerArguments
from wbtools.cli.help_pages import with_examples
from wbtools.cli.option_groups import takes_groups
from wbtools.cli.options import OptionalSweep
from wbtools.cli.rule_option import RuleCommand
from wbtools.cli.sigterm import INTERRUPTED, answering_sigterm
from wbtools.cli.sweep_in_use import sweep_in_use
from wbtools.text.shell_words import next_command

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from wbtools.answers.guard.answer import GuardAnswer

COMMAND_CLASS = RuleCommand
"""What `wbtools.cli.app` makes of this command in place of typer's own class."""

_POLL_S = 30.0
_PANEL = "What it may do"


@with_examples(
    (
        (
            "wbtools guard my-team/vision/t3xtur35 "
            "--rule 'preserve(top(hyperband(min_iter=10,eta=3),k=3),value=0.965)'"
        ),
        "See whom a rule would stop, in a dry run.",
    ),
    (
        "wbtools guard my-team/vision/t3xtur35 --rule 'median(grace=5)' --yes",
        "Stop runs by a rule that W&B does not have.",
    ),
    (
        "wbtools guard my-team/vision/t3xtur35",
        "Watch a sweep that W&B terminates itself: whom it stops next, and who should not be.",
    ),
)
@takes_groups
def guard(
    sweep: OptionalSweep = None,
    *,
    rule: Annotated[
        str | None,
        typer.Option(
            "--rule",
            metavar="RULE",
            help="Stop runs by this rule, in the words of `wbtools simulate`. Without it, the "
            "sweep's own rule is watched, by which W&B stops them.",
        ),
    ] = None,
    stop_diverged: Annotated[
        bool,
        typer.Option(
            "--stop-diverged", help="Stop a run at its first NaN or infinity, whatever the rule."
        ),
    ] = False,
    yes: Annotated[
        bool,
        typer.Option(
            "--yes",
            help="Stop runs. Without it, it is only said which would be.",
            rich_help_panel=_PANEL,
        ),
    ] = False,
    annotate: Annotated[
        bool,
        typer.Option(
            "--annotate",
            help="Tag runs with what was decided of them, where --yes is given.",
            rich_help_panel=_PANEL,
        ),
    ] = False,
    scheduler: Annotated[
        bool,
        typer.Option(
            "--scheduler",
            help="Be the sweep's scheduler too: propose its runs by the engine that its file names "
            "in `scheduler`, as `wandb sweep-scheduler` does, and stop them by the rule.",
            rich_help_panel=_PANEL,
        ),
    ] = False,
    batch_size: Annotated[
        int | None,
        typer.Option(
            "--batch-size",
            metavar="NUMBER",
            min=1,
            max=10_000,
            help="With --scheduler, keep so many runs under way; 10 without it.",
            rich_help_panel=_PANEL,
        ),
    ] = None,
    poll: Annotated[
        float,
        typer.Option(
            "--poll",
            metavar="SECONDS",
            min=1,
            max=86_400,
            help="Look at the sweep so often. Runs send their reports every 15 s, unless "
            "WANDB_X_FILE_STREAM_TRANSMIT_INTERVAL says otherwise to them.",
        ),
    ] = _POLL_S,
    once: Annotated[
        bool, typer.Option("--once", help="Look once, decide, and end: for cron.")
    ] = False,
    sweep_was: SweepArguments,
    answer: WholeAnswerArguments,
    network: ServerArguments,
) -> None:
    """End the runs of a running sweep early by any rule, and spare those that deserve to live.

    It looks at the sweep again and again until that is over, and stops runs as the button in their
    page does. Every decision is kept in the archive, with its numbers. It is a dry run unless --yes
    is given; Ctrl-C ends it, and the same command goes on from there.
    """
    from wbtools.answers.guard.answer import GuardAnswer
    from wbtools.live.command import GuardWords, guard_reference

    reference = sweep_in_use(sweep, network.archive)
    answer.check(reference, has_findings=False)
    words = GuardWords(
        rule=rule,
        stop_diverged=stop_diverged,
        acts=yes,
        annotate=annotate,
        scheduler=scheduler,
        poll_s=poll,
        batch_size=batch_size,
        once=once,
    )
    with answering_sigterm(), network.session(quiet=answer.quiet) as session:
        outcome = guard_reference(reference, words, sweep_was.options(), session)
    found = GuardAnswer.of(outcome)
    answer.deliver(found)
    if found.error is not None:
        raise found.error
    given: dict[str, object] = {
        "rule": rule,
        "metric": sweep_was.metric,
        "goal": sweep_was.goal,
        "early_terminate": sweep_was.early_terminate,
        "sweep_file": sweep_was.sweep_file,
        "budget": sweep_was.budget,
        "poll": None if poll == _POLL_S else f"{poll:g}",
    }
    flags = {"--stop-diverged": stop_diverged, "--once": once, "--scheduler": scheduler}
    more = [*network.words, *(flag for flag, is_set in flags.items() if is_set)]
    answer.offer(*_next(found, reference, given, more))
    if found.was_interrupted:
        raise typer.Exit(INTERRUPTED)


def _next(
    found: GuardAnswer, reference: str, given: Mapping[str, object], more: Sequence[str]
) -> Iterator[str]:
    """How to do what a dry run found, go on after an interruption, or see what became of runs."""
    if found.would_stop:
        yield next_command("guard", reference, given, [*more, "--yes"])
    elif found.was_interrupted:
        yield next_command("guard", reference, given, [*more, *(["--yes"] if found.acts else [])])
    elif found.decisions or found.stopped_by_wandb:
        as_judged = {name: given[name] for name in ("metric", "goal", "sweep_file", "budget")}
        where = [word for word in more if not word.startswith("--") or word == "--archive"]
        yield next_command("audit-terminations", reference, as_judged, where)
