"""`wbtools audit-terminations`: why every run ended, and which stopped run deserved to live."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from wbtools.cli.argument_groups import (
    AuditAnswerArguments,
    NetworkArguments,
    SelectionArguments,
    SweepArguments,
)
from wbtools.cli.help_pages import with_examples
from wbtools.cli.option_groups import takes_groups
from wbtools.cli.options import OptionalSweep, RankBy, Target
from wbtools.cli.output import check_figure, write_figure
from wbtools.cli.sweep_in_use import sweep_in_use
from wbtools.text.numbers import count
from wbtools.text.sanitize import sanitize
from wbtools.text.shell_words import next_command

if TYPE_CHECKING:
    from wbtools.model import Run, Verified

_PANEL = "What it may change"


@with_examples(
    (
        "wbtools audit-terminations demo",
        "Try it on the recorded sweep that comes with wbtools.",
    ),
    (
        "wbtools audit-terminations ./wandb --run gem",
        "Look closely at the stopped run that is listed first.",
    ),
    (
        "wbtools audit-terminations demo -o report.html --plot curves.svg",
        "Write a page to share, and draw all curves.",
    ),
)
@takes_groups
def audit_terminations(
    sweep: OptionalSweep = None,
    *,
    run: Annotated[
        str | None,
        typer.Option(
            "--run",
            metavar="RUN",
            help="Show one run alone: by its number, name, id or page address; `best` is the one "
            "with the best value, `gem` the stopped run that the audit lists first, `gem:2` the "
            "next.",
        ),
    ] = None,
    rank_by: RankBy = None,
    target: Target = None,
    method: Annotated[
        Literal["learned", "catch-up", "empirical-gain", "curve-fit", "last"] | None,
        typer.Option(
            "--method",
            help="How to estimate what stopped runs would have reached: with the learned model, "
            "which is the default, or with a plain baseline, to see what the model adds.",
        ),
    ] = None,
    show_all_runs: Annotated[
        bool,
        typer.Option("--all-runs", help="Show the table of all runs: how each ended, and why."),
    ] = False,
    plot: Annotated[
        Path | None,
        typer.Option(
            "--plot",
            metavar="FILE",
            help="Draw all curves, Hyperband's bands and the stops: a .png, .svg or .pdf file.",
        ),
    ] = None,
    tag_gems: Annotated[
        bool,
        typer.Option(
            "--tag-gems",
            help="Say which runs would be tagged `wbtools-gem` on W&B: those that the answer "
            "advises to run again. With --yes they are.",
            rich_help_panel=_PANEL,
        ),
    ] = False,
    yes: Annotated[
        bool,
        typer.Option(
            "--yes",
            help="With --tag-gems, tag them. Without it, nothing is changed.",
            rich_help_panel=_PANEL,
        ),
    ] = False,
    looked_at: SelectionArguments,
    sweep_was: SweepArguments,
    answer: AuditAnswerArguments,
    network: NetworkArguments,
) -> None:
    """Say why every run of a sweep ended, and which stopped runs deserved to live.

    Reads sweeps from W&B's servers by way of the archive, and local W&B run files or run tables,
    which need no account and no network.
    """
    from wbtools.analysis.projection import Method
    from wbtools.answers.audit.gem_words import run_to_repeat, runs_to_repeat
    from wbtools.app import tag_gems as tagging
    from wbtools.app.audit_answer import audit_answer
    from wbtools.app.keep_replication import verified_before
    from wbtools.app.next_commands import command_to_go_on, commands_after_audit

    selection = looked_at.selection
    reference = sweep_in_use(sweep, network.archive, selection=selection)
    check_figure(plot)
    tagging.check_may_tag(None, tags=tag_gems, acts=yes)
    answer.check(reference, also=(plot,))
    options = sweep_was.options(
        rank_by=rank_by, target=target, method=None if method is None else Method(method)
    )
    with network.session(quiet=answer.quiet) as session:
        audit = audit_answer(
            reference,
            options,
            session,
            run=run,
            selection=selection,
            limit=answer.limit,
            show_secrets=answer.show_secrets,
            show_all_runs=show_all_runs,
        )
        tagging.check_may_tag(audit, tags=tag_gems, acts=yes)
        advised = None if run is not None else run_to_repeat(audit)
        verified = None
        if advised is not None and not selection:  # `verify` takes runs of sweeps alone
            verified = verified_before(audit, advised.run, session)
    if plot is not None:
        write_figure(plot, audit.plot())
    answer.deliver(audit)
    if tag_gems:
        gems = [row.run for row in runs_to_repeat(audit)]
        with network.session(quiet=answer.quiet) as session:
            tagged = tagging.tag_gems(audit, gems, session, acts=yes)
            session.observer.close()
        if tagged and not yes:
            asked = {"run": run} | asdict(options)
            where = [*selection.options(), *network.words, "--tag-gems", "--yes"]
            answer.offer(next_command("audit-terminations", reference, asked, where))
    words = [*selection.options(), *network.words]
    if audit.run is not None and audit.run.run.id in audit.checkpoints:
        answer.offer(command_to_go_on(audit, audit.run, reference, options, words).line)
    if run is None:
        if advised is not None and verified is not None:
            answer.note(_verified_words(advised.run, verified))
        is_verified = verified is not None
        commands = commands_after_audit(
            audit,
            reference,
            options,
            words,
            can_go_on=audit.checkpoints,
            is_verified=is_verified,
        )
        answer.offer(*(command.line for command in commands))


def _verified_words(run: Run, verified: Verified) -> str:
    """What is known already of the run that the answer advises to run again."""
    mean = "" if verified.mean is None else f", mean {verified.mean:.4g}"
    replicas = count(verified.n_replicas, "replica")
    called, verdict = sanitize(run.number_or_id, limit=40), sanitize(verified.verdict, limit=40)
    return f"run {called} was run again already: {verdict} ({replicas}{mean})"
