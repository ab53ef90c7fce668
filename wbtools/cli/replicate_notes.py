"""What `wbtools replicate` says beside its script: what was found, its cost, what comes next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wbtools.cli.slurm_options import job_notes
from wbtools.text.shell_words import command_line, file_word, next_command

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from wbtools.app.opening.question import AuditOptions
    from wbtools.app.opening.session import Session
    from wbtools.app.replicate import Replicated
    from wbtools.model import ReplicationPlan

_MOST_LISTED: Final = 20


def notes(scripts: Replicated, *, to: str) -> Iterator[str]:
    """What was found, what was guessed and what it will cost."""
    from wbtools.answers.audit.words import run_words
    from wbtools.replication.header import called, criterion_words, effort_words
    from wbtools.text.sanitize import sanitize

    failed = [row for row in scripts.rows if row.run.id in scripts.failures]
    yield from map(sanitize, scripts.notes)
    for row in failed[:_MOST_LISTED]:
        yield sanitize(f"{called(row.run)}: {scripts.failures[row.run.id]}", limit=0)
    if len(failed) > _MOST_LISTED:
        yield f"... and {len(failed) - _MOST_LISTED} more, in the comments of the script"
    for row, plan in scripts.verifiable:
        yield run_words(scripts.audit, row)
        yield f"  {effort_words(plan, scripts.ways_of(row))}"
        for criterion in plan.criteria:
            yield f"  {sanitize(criterion_words(criterion, is_brief=True), limit=0)}"
    if to == "sweep":
        yield (
            "start it with `wandb sweep FILE`, then `wandb agent`; --to enqueue adds single runs "
            "to the sweep itself, where the server supports it"
        )
    for finding in scripts.findings:
        hint = "" if finding.hint is None else f" ({finding.hint})"
        sentence = sanitize(f"{finding.title}{hint}", limit=0)
        yield f"{finding.severity.word} {finding.code}: {sentence}"
    if scripts.job is not None:
        yield from job_notes(scripts.job)


def keep(scripts: Replicated, session: Session) -> Iterator[str]:
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
    return f"; it said {'; '.join(lost)}" if lost else ""


def started(target: str, path: Path) -> Iterator[str]:
    """How what was written is started, where it is one command."""
    starts = {"shell": ["sh"], "slurm": ["sbatch"], "sweep": ["wandb", "sweep"]}
    if target in starts:
        yield command_line([*starts[target], file_word(path)])


def afterwards(
    scripts: Replicated, reference: str, options: AuditOptions, where: list[str]
) -> Iterator[str]:
    """The other way to finish each run, and how what is written is verified once it has run."""
    from dataclasses import asdict

    from wbtools.app.opening.run_names import name_of

    for row, plan in scripts.verifiable:
        given = {"run": name_of(scripts.audit, row.run)} | asdict(options)
        if plan.continues is not None:
            yield f"or run it again: {next_command('replicate', reference, given, where)}"
        elif scripts.ways_of(row).has_more_to_go:
            line = next_command("replicate", reference, given, ["--continue", *where])
            if scripts.ways_of(row).checkpoint is not None:
                yield f"or continue it: {line}"
            elif scripts.audit.sweep.ref.base_url is not None:  # W&B may know of one
                yield f"or continue it, if it left a checkpoint: {line}"
        yield f"afterwards: {next_command('verify', reference, given, where)}"
