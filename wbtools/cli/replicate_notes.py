"""What `wbtools replicate` says beside its script: what was found, its cost, what comes next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wbtools.cli.slurm_options import job_notes
from wbtools.text.shell_words import command_line, file_word, next_command

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from wbtools.app.opening.question import AuditOptions
    from wbtools.app.opening.session import Session
    from wbtools.app.replicate import Replicated
    from wbtools.model import ReplicationPlan

_MOST_LISTED: Final = 20
_LONGEST_NOTE: Final = 2000


def notes(scripts: Replicated, *, to: str) -> Iterator[str]:
    """What was found, what was guessed and what it will cost."""
    from wbtools.answers.audit.words import run_words
    from wbtools.replication.header import called, criterion_words, effort_words
    from wbtools.text.sanitize import sanitize

    failed = [row for row in scripts.rows if row.run.id in scripts.failures]
    for note in scripts.notes:
        yield sanitize(note, limit=_LONGEST_NOTE)
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
    """The other way to finish the runs, and how what is written is verified once it has run."""
    from dataclasses import asdict

    from wbtools.app.opening.run_names import name_of

    def line(command: str, names: Sequence[str], *more: str) -> str:
        given = {"run": [*names]} | asdict(options)
        return next_command(command, reference, given, [*more, *where])

    again, onward, unsure = [], [], []
    for row, plan in scripts.verifiable:
        name, ways = name_of(scripts.audit, row.run), scripts.ways_of(row)
        if plan.continues is not None:
            again.append(name)
        elif ways.has_more_to_go and ways.checkpoint is not None:
            onward.append(name)
        elif ways.has_more_to_go and scripts.audit.sweep.ref.base_url is not None:
            unsure.append(name)  # W&B may know of a checkpoint
    if again:
        yield f"or run {_it(again)} again: {line('replicate', again)}"
    if onward:
        yield f"or continue {_it(onward)}: {line('replicate', onward, '--continue')}"
    if unsure:
        command = line("replicate", unsure, "--continue")
        yield f"or continue {_it(unsure)}, if a checkpoint was left: {command}"
    for row, _ in scripts.verifiable:
        yield f"afterwards: {line('verify', [name_of(scripts.audit, row.run)])}"


def _it(names: Sequence[str]) -> str:
    return "it" if len(names) == 1 else "them"
