"""Replication from a reference to a text: open, audit, rebuild the command, write it down."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final, TypeGuard

from wbtools import __version__
from wbtools.analysis.diagnosis.termination import Completion
from wbtools.app.audit import audit_source
from wbtools.app.opening.open_sweep import open_sweep
from wbtools.app.opening.question import AuditOptions, own_configuration
from wbtools.app.opening.run_names import check_runs, select_run
from wbtools.app.opening.session import Session
from wbtools.app.reconstruct_command import LaunchEvidence, reconstruct_command
from wbtools.app.working_dir import describe_folder
from wbtools.errors import UsageError
from wbtools.findings import Confidence, Finding, Severity
from wbtools.replication.changes import Changes, make_replicas
from wbtools.replication.command_finding import command_finding
from wbtools.replication.criteria import criteria_of, plan_of, read_thresholds
from wbtools.replication.environment import (
    code_notes,
    differences,
    environment_notes,
    pinned,
)
from wbtools.replication.header import head_of
from wbtools.replication.script import Replication, all_words, group_of
from wbtools.replication.shell_target import shell_script
from wbtools.replication.slurm_target import Resources, slurm_script
from wbtools.replication.words import secrets_in, variables_in
from wbtools.replication.yaml_targets import plain_yaml, sweep_yaml
from wbtools.sources.tables.run_table import numeric_columns

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wbtools.analysis.audit import Audit, RunAudit
    from wbtools.app.opening.question import WrittenSpec
    from wbtools.app.opening.source import SweepSource
    from wbtools.model import LaunchRecord, ReplicationPlan, Run
    from wbtools.replication.changes import Replica
    from wbtools.replication.styles import Style


_AUTO: Final = "auto"


class Target(StrEnum):
    """What is written."""

    SHELL = "shell"
    SLURM = "slurm"
    SWEEP = "sweep"
    YAML = "yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplicateOptions:
    """What the user says beside the sweep.

    Attributes:
        runs: What `--run` names, in order.
        success: `0.966` or `METRIC=0.966`.
        acceptable: Likewise.
        fallback: A run, or `auto`: the best one that ran its course.
    """

    runs: tuple[str, ...]
    target: Target = Target.SHELL
    program: str | None = None
    style: Style | None = None
    changes: Changes = field(default_factory=Changes)
    resources: Resources = field(default_factory=Resources)
    success: tuple[str, ...] = ()
    acceptable: tuple[str, ...] = ()
    fallback: str | None = None
    with_code: bool = False
    with_env: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Replicated:
    """The answer.

    Attributes:
        text: What was asked for, whole.
        plans: One a run.
        findings: What the user should know, `WBR3xx`.
        notes: In words, how it was made: sources, keys that were found.
    """

    text: str
    audit: Audit
    rows: tuple[RunAudit, ...]
    plans: tuple[ReplicationPlan, ...]
    findings: tuple[Finding, ...]
    notes: tuple[str, ...]


def replicate(
    reference: str,
    options: ReplicateOptions,
    audit_options: AuditOptions | None = None,
    session: Session | None = None,
) -> Replicated:
    """Write how to run recorded runs again. Nothing is started.

    Args:
        reference: What the user calls SWEEP.
        options: What is to be written.
        audit_options: Metric, goal, rule and sweep file, as for an audit.
        session: How to reach W&B's servers; closed by the caller.

    Raises:
        UsageError: The reference, a run, a name or an option cannot be right.
        DataError: The data do not allow it, or a value cannot be said in the program's style.
    """
    audit_options = audit_options or AuditOptions()
    with ExitStack() as closing:
        source = open_sweep(reference, session or closing.enter_context(Session()))
        check_runs(source, _named(options))
        audit = audit_source(source, audit_options)
        return _written_down(source, audit, own_configuration(audit_options, source), options)


def _named(options: ReplicateOptions) -> tuple[str, ...]:
    fallback = () if options.fallback in {None, _AUTO} else (str(options.fallback),)
    return (*options.runs, *fallback)


def _written_down(
    source: SweepSource, audit: Audit, written: WrittenSpec | None, options: ReplicateOptions
) -> Replicated:
    rows = tuple(
        {id(row): row for row in (select_run(audit, name) for name in options.runs)}.values()
    )
    if len(rows) > 1 and options.target in {Target.SLURM, Target.SWEEP}:
        msg = f"--to {options.target} writes one run at a time"
        raise UsageError(msg, "call it once for each run, or pass --to shell")
    parts = [_one(source, audit, row, written, options) for row in rows]
    glue = "---\n" if options.target is Target.YAML else "\n"
    return Replicated(
        text=glue.join(part.text for part in parts),
        audit=audit,
        rows=rows,
        plans=tuple(part.plan for part in parts),
        findings=tuple(finding for part in parts for finding in part.findings),
        notes=tuple(dict.fromkeys(note for part in parts for note in part.notes)),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    text: str
    plan: ReplicationPlan
    findings: list[Finding]
    notes: list[str]


def _one(
    source: SweepSource,
    audit: Audit,
    row: RunAudit,
    written: WrittenSpec | None,
    options: ReplicateOptions,
) -> _Part:
    record = source.launch_record(row.run)
    evidence = LaunchEvidence(
        run=row.run, record=record, written=written, results=_results(source, audit)
    )
    launch, findings = reconstruct_command(
        evidence,
        program=options.program,
        style=options.style,
        is_bare=options.target is Target.YAML,
    )
    replicas = make_replicas(row.run, launch, options.changes, budget_key=audit.budget.key)
    name = audit.question.rank_by.name
    criteria = criteria_of(
        audit,
        row,
        read_thresholds(options.success, "--success", name),
        read_thresholds(options.acceptable, "--acceptable", name),
    )
    fallback = _fallback(audit, row, options.fallback)
    share = _share_of_budget(row.run, replicas.members, audit.budget.key)
    plan = plan_of(
        audit,
        row,
        criteria,
        changed=list(
            dict.fromkeys(name for replica in replicas.members for name in replica.changed)
        ),
        n_replicas=len(replicas.members),
        fallback=fallback,
        share=share,
    )
    replication = Replication(
        head=head_of(audit, row, plan, fallback, version=__version__),
        group=group_of(row.run.id),
        replicas=replicas.members,
        varied=replicas.varied,
        project=audit.sweep.ref.project,
        entity=audit.sweep.ref.entity,
        notes=tuple(_surroundings(record, row, options)),
    )
    text = _text(replication, audit, row, options)
    findings += differences(record, describe_folder(pinned(record)))
    if options.target is not Target.YAML:
        findings += _environment(replication)
    notes = [f"command: {launch.source}", *replicas.notes]
    if share != 1:
        notes.append(
            f"the replicas have {share:.3g} times the run's budget: the bar and the audit's promise"
            " are for the whole of it; --success says what they are to reach"
        )
    return _Part(text=text, plan=plan, findings=findings, notes=notes)


def _share_of_budget(run: Run, replicas: Sequence[Replica], key: str | None) -> float:
    """The largest budget of any replica, as a share of the run's own; 1 where nothing tells."""
    budget = None if key is None else run.config.get(key)
    if key is None or not _is_amount(budget):
        return 1.0
    given = [replica.changed[key] for replica in replicas if key in replica.changed]
    amounts = [float(amount) for amount in given if _is_amount(amount)]
    return max(amounts) / float(budget) if amounts else 1.0


def _is_amount(value: object) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and value > 0


def _text(replication: Replication, audit: Audit, row: RunAudit, options: ReplicateOptions) -> str:
    if options.target is Target.SHELL:
        return shell_script(replication)
    if options.target is Target.SLURM:
        return slurm_script(replication, options.resources)
    if options.target is Target.YAML:
        return plain_yaml(replication)
    metric, rule = audit.question.metric, audit.question.rule.settings
    keeps_rule = options.changes.keep_early_stop and rule is not None
    return sweep_yaml(
        replication,
        sweep_name=f"{row.run.name}-replica",
        metric={"name": metric.name, "goal": str(metric.goal)},
        early_terminate=rule.as_block() if keeps_rule and rule is not None else None,
    )


def _results(source: SweepSource, audit: Audit) -> frozenset[str]:
    """Columns of a table that are surely results: those that the audit is about."""
    if source.tells_parameters:
        return frozenset()
    about = {audit.question.metric.name, audit.question.rank_by.name}
    return frozenset(about & numeric_columns(audit.sweep).keys())


def _fallback(audit: Audit, row: RunAudit, text: str | None) -> RunAudit | None:
    if text is None:
        return None
    if text != _AUTO:
        chosen = select_run(audit, text)
        if chosen.run.id == row.run.id:
            msg = f"run {row.run.number_or_id} cannot be its own fallback"
            raise UsageError(msg, "name another run, or --fallback auto")
        return chosen
    if audit.incumbent is None or audit.incumbent.run_id in {None, row.run.id}:
        others = [
            other
            for other in audit.rows
            if other.completion is Completion.FULL
            and other.rank is not None
            and other.run.id != row.run.id
        ]
        return min(others, key=lambda other: other.rank or 0, default=None)
    return next(other for other in audit.rows if other.run.id == audit.incumbent.run_id)


def _surroundings(record: LaunchRecord, row: RunAudit, options: ReplicateOptions) -> Iterator[str]:
    if options.with_code:
        yield from code_notes(record)
    if options.with_env:
        yield from environment_notes(record, row.run)


def _environment(replication: Replication) -> Iterator[Finding]:
    """The variables that a user has to set."""
    words = all_words(replication)
    kinds = (
        (
            "WBR305",
            Severity.WARNING,
            Confidence.MEDIUM,
            "values that look like secrets are left to the environment",
            secrets_in(words),
        ),
        (
            "WBR308",
            Severity.INFO,
            Confidence.HIGH,
            "the sweep's command reads the environment",
            variables_in(words),
        ),
    )
    for code, severity, confidence, title, names in kinds:
        if names:
            yield command_finding(
                code,
                f"{title}: {', '.join(f'${name}' for name in names)}",
                "set them before the script is run",
                severity=severity,
                confidence=confidence,
                evidence={"names": list(names)},
            )
