"""`wbtools replicate`: how to run a recorded run again, as a text. Nothing is started."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from wbtools.cli.argument_groups import (
    ArtifactArguments,
    NetworkArguments,
    SelectionArguments,
    SweepArguments,
)
from wbtools.cli.option_groups import takes_groups
from wbtools.cli.options import OptionalSweep, RankBy, Target
from wbtools.cli.output import write_answer
from wbtools.cli.slurm_options import SlurmArguments, job_notes
from wbtools.cli.sweep_in_use import sweep_in_use
from wbtools.text.shell_words import next_command

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wbtools.app.opening.question import AuditOptions
    from wbtools.app.opening.session import Session
    from wbtools.app.replicate import Replicated
    from wbtools.model import ReplicationPlan

_MOST_LISTED = 20
_TARGETS = "shell, slurm, sweep or yaml"


@takes_groups
def replicate(
    sweep: OptionalSweep = None,
    *,
    run: Annotated[
        list[str] | None,
        typer.Option(
            "--run",
            help="Its number, name, id or page; `best`, `gem` (the audit's first) or `gem:2`; "
            "`failed`: all that crashed, failed, were preempted or lost, or never reported; "
            "repeatable.",
        ),
    ] = None,
    to: Annotated[
        str, typer.Option("--to", metavar="TARGET", help=f"What to write: {_TARGETS}.")
    ] = "shell",
    program: Annotated[
        str | None, typer.Option("--program", help="Start this, such as train.py or '-m pkg.mod'.")
    ] = None,
    style: Annotated[
        str | None,
        typer.Option(
            "--style",
            help="How the program takes its configuration: argparse, spaced, flags, hydra, "
            "hydra-append, hydra-override, fire, absl, json, json-file, or config (from W&B).",
        ),
    ] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="Change a value; repeatable."),
    ] = None,
    unset: Annotated[
        list[str] | None,
        typer.Option("--unset", metavar="NAME", help="Leave a value out; repeatable."),
    ] = None,
    force_set: Annotated[
        bool, typer.Option("--force-set", help="Allow names that the run does not have.")
    ] = False,
    epochs: Annotated[
        int | None, typer.Option("--epochs", min=1, max=10**9, help="Train for so many epochs.")
    ] = None,
    epochs_key: Annotated[
        str | None, typer.Option("--epochs-key", help="The name that --epochs sets.")
    ] = None,
    seeds: Annotated[
        str | None, typer.Option("--seeds", help="One replica a seed, as 42,123,456.")
    ] = None,
    seed_key: Annotated[
        str | None, typer.Option("--seed-key", help="The name that --seeds sets.")
    ] = None,
    folds: Annotated[
        str | None, typer.Option("--folds", help="One replica a fold: 5 means 0 to 4; or 1,2,3.")
    ] = None,
    fold_key: Annotated[
        str | None, typer.Option("--fold-key", help="The name that --folds sets.")
    ] = None,
    name: Annotated[
        str | None,
        typer.Option(
            "--name", help="Of a replica: {name}, {id}, {number} of the run, {seed}, {fold}."
        ),
    ] = None,
    keep_early_stop: Annotated[
        bool,
        typer.Option(
            "--keep-early-stop", help="Leave early stopping on: the trainer's, and a sweep's rule."
        ),
    ] = False,
    with_code: Annotated[
        bool, typer.Option("--with-code", help="Add commit, remote and patch as comments.")
    ] = False,
    with_env: Annotated[
        bool, typer.Option("--with-env", help="Add Python, GPU and packages as comments.")
    ] = False,
    success: Annotated[
        list[str] | None,
        typer.Option("--success", metavar="[METRIC=]VALUE", help="What a success reaches."),
    ] = None,
    acceptable: Annotated[
        list[str] | None,
        typer.Option("--acceptable", metavar="[METRIC=]VALUE", help="What is still acceptable."),
    ] = None,
    fallback: Annotated[
        str | None,
        typer.Option("--fallback", help="The run to fall back to; `auto`: the best full one."),
    ] = None,
    rank_by: RankBy = None,
    target: Target = None,
    slurm: SlurmArguments,
    looked_at: SelectionArguments,
    sweep_was: SweepArguments,
    answer: ArtifactArguments,
    network: NetworkArguments,
) -> None:
    """Write how to run a recorded run again, with every value to its last digit.

    The text goes to stdout: `wbtools replicate SWEEP --run 8 | sh` runs it. Nothing is started by
    wbtools itself. The plan is kept in the archive, for `wbtools verify`. --format json, csv, md or
    html gives the plan and the words of each command in the text's place.
    """
    from wbtools.app.change_words import fold_values, one_of, seed_values, set_values
    from wbtools.app.replica_scripts import Target as Written
    from wbtools.app.replicate import ReplicateOptions, replicate
    from wbtools.app.replicate_answer import replicate_answer
    from wbtools.errors import UsageError
    from wbtools.replication.changes import Changes
    from wbtools.replication.styles import Style

    if not run:
        meant = f"did you mean --run {sweep}?" if sweep and sweep.isdecimal() else None
        msg = "no run is named"
        raise UsageError(msg, meant or "pass --run 8, --run best, --run gem, or --run failed")
    if to != Written.SLURM:
        slurm.refuse_without("--to slurm")
    selection = looked_at.selection
    options = ReplicateOptions(
        runs=tuple(run),
        selection=selection,
        target=one_of(Written, to, "--to"),
        program=program,
        style=None if style is None else one_of(Style, style, "--style"),
        changes=Changes(
            values=set_values(set_ or ()),
            unset=tuple(unset or ()),
            epochs=epochs,
            epochs_key=epochs_key,
            seeds=seed_values(seeds),
            seed_key=seed_key,
            folds=fold_values(folds),
            fold_key=fold_key,
            name=name,
            keep_early_stop=keep_early_stop,
            force_set=force_set,
        ),
        slurm=slurm.options(),
        success=tuple(success or ()),
        acceptable=tuple(acceptable or ()),
        fallback=fallback,
        with_code=with_code,
        with_env=with_env,
    )
    audit_options = sweep_was.options(rank_by=rank_by, target=target)
    reference = sweep_in_use(sweep, network.archive, selection=selection)
    answer.check(reference)
    with network.session(quiet=answer.quiet) as session:
        scripts = replicate(reference, options, audit_options, session)
        session.observer.close()
        if answer.answer_form is None:
            write_answer(scripts.text, answer.output)
        else:
            shown = answer.show_secrets
            answer.deliver(replicate_answer(scripts, options.target, show_secrets=shown))
        answer.note(*_notes(scripts, to=options.target))
        answer.note(*_keep(scripts, session))
    if not selection:
        answer.note(*_afterwards(scripts, reference, audit_options, network.words))


def _notes(scripts: Replicated, *, to: str) -> Iterator[str]:
    """What was found, what was guessed and what it will cost."""
    from wbtools.answers.audit.words import run_words
    from wbtools.replication.header import called, cost_words, criterion_words
    from wbtools.text.sanitize import sanitize

    failed = [row for row in scripts.rows if row.run.id in scripts.failures]
    yield from map(sanitize, scripts.notes)
    for row in failed[:_MOST_LISTED]:
        yield sanitize(f"{called(row.run)}: {scripts.failures[row.run.id]}", limit=0)
    if len(failed) > _MOST_LISTED:
        yield f"... and {len(failed) - _MOST_LISTED} more, in the comments of the script"
    for row, plan in scripts.verifiable:
        yield run_words(scripts.audit, row)
        yield f"  replicas: {plan.n_replicas}{cost_words([plan])}"
        for criterion in plan.criteria:
            yield f"  {sanitize(criterion_words(criterion), limit=0)}"
    if to == "sweep":
        yield (
            "start it with `wandb sweep FILE` and `wandb agent`; W&B's Sweep.enqueue_run adds "
            "single runs to a sweep where the server supports it"
        )
    for finding in scripts.findings:
        hint = "" if finding.hint is None else f" ({finding.hint})"
        sentence = sanitize(f"{finding.title}{hint}", limit=0)
        yield f"{finding.severity.word} {finding.code}: {sentence}"
    if scripts.job is not None:
        yield from job_notes(scripts.job)


def _keep(scripts: Replicated, session: Session) -> Iterator[str]:
    """Keep the plans; a folder that cannot be written is no reason to fail."""
    from wbtools.app.keep_replication import keep_plans
    from wbtools.errors import WbtoolsError
    from wbtools.text.sanitize import sanitize

    try:
        replaced = keep_plans(scripts, session)
    except WbtoolsError as error:
        yield f"the plan is not kept: {error.message}"
        return
    for (row, plan), before in zip(scripts.verifiable, replaced, strict=True):
        if before is not None:
            called = row.run.number_or_id
            words = f"the plan kept for run {called} is replaced{_lost_words(before, plan)}"
            yield sanitize(words, limit=0)


def _lost_words(before: ReplicationPlan, plan: ReplicationPlan) -> str:
    """What a plan said otherwise than the one that replaces it; empty if it said the same."""
    from wbtools.replication.header import criterion_words

    lost = [] if before.n_replicas == plan.n_replicas else [f"replicas: {before.n_replicas}"]
    if before.criteria != plan.criteria:
        lost += map(criterion_words, before.criteria) if before.criteria else ["no criterion"]
    if before.changed != plan.changed:
        lost.append(f"changed values: {', '.join(before.changed) or 'none'}")
    return f"; it said {'; '.join(lost)}" if lost else ""


def _afterwards(
    scripts: Replicated, reference: str, options: AuditOptions, where: list[str]
) -> Iterator[str]:
    """How the replicas are verified, once they have run."""
    from dataclasses import asdict

    from wbtools.app.opening.run_names import name_of

    for row, _ in scripts.verifiable:
        given = {"run": name_of(scripts.audit, row.run)} | asdict(options)
        yield f"afterwards: {next_command('verify', reference, given, where)}"
