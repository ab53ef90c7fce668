"""`wbtools audit-terminations`: why every run ended, and which stopped run deserved to live."""

from __future__ import annotations

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

if TYPE_CHECKING:
    from wbtools.model import Run, Verified


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
    from wbtools.answers.audit.answer import AuditAnswer
    from wbtools.answers.audit.gem_words import run_to_repeat
    from wbtools.app.audit import audit_reference
    from wbtools.app.keep_replication import verified_before
    from wbtools.app.next_commands import commands_after_audit
    from wbtools.app.opening.run_names import select_run

    selection = looked_at.selection
    reference = sweep_in_use(sweep, network.archive, selection=selection)
    check_figure(plot)
    answer.check(reference, also=(plot,))
    options = sweep_was.options(
        rank_by=rank_by, target=target, method=None if method is None else Method(method)
    )
    with network.session(quiet=answer.quiet) as session:
        found = audit_reference(reference, options, session, run=run, selection=selection)
        advised = None if run is not None else run_to_repeat(found)
        verified = None
        if advised is not None and not selection:  # `verify` takes runs of sweeps alone
            verified = verified_before(found, advised.run, session)
    audit = AuditAnswer.of(
        found,
        run=None if run is None else select_run(found, run),
        show_secrets=answer.show_secrets,
        show_all_runs=show_all_runs,
    )
    if plot is not None:
        write_figure(plot, audit.plot())
    answer.deliver(audit)
    if run is None:
        words = [*selection.options(), *network.words]
        if advised is not None and verified is not None:
            answer.note(_verified_words(advised.run, verified))
        is_verified = verified is not None
        commands = commands_after_audit(audit, reference, options, words, is_verified=is_verified)
        answer.offer(*(command.line for command in commands))


def _verified_words(run: Run, verified: Verified) -> str:
    """What is known already of the run that the answer advises to run again."""
    mean = "" if verified.mean is None else f", mean {verified.mean:.4g}"
    replicas = count(verified.n_replicas, "replica")
    called, verdict = sanitize(run.number_or_id, limit=40), sanitize(verified.verdict, limit=40)
    return f"run {called} was run again already: {verdict} ({replicas}{mean})"
