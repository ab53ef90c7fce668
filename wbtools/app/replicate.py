"""Replication from a reference to a text: open, audit, rebuild the command, write it down."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from wbtools import __version__
from wbtools.answers.audit.unrankable_words import lottery_words
from wbtools.app.audit import audit_source
from wbtools.app.chosen_runs import ChosenRuns, choose_runs
from wbtools.app.enqueue import check_on_server
from wbtools.app.fallback_run import AUTO
from wbtools.app.find_checkpoints import found_checkpoints
from wbtools.app.opening.context_series import with_summaries
from wbtools.app.opening.open_many import open_one
from wbtools.app.opening.question import AuditOptions, own_configuration
from wbtools.app.opening.run_names import asks_for_failed, check_runs, needs_audit
from wbtools.app.opening.selection import Selection
from wbtools.app.opening.session import Session
from wbtools.app.replica_scripts import (
    SweepBlocks,
    Target,
    replica_script,
    target_findings,
)
from wbtools.app.replicated_run import RunReplicator
from wbtools.errors import UsageError
from wbtools.planning.slurm import SlurmOptions
from wbtools.replication.changes import Changes
from wbtools.replication.header import head_of_runs
from wbtools.replication.script import joined_replications

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from wbtools.analysis.audit import Audit, RunAudit
    from wbtools.analysis.continue_or_rerun import ContinueOrRerun
    from wbtools.app.continue_run import ContinuedRun, ContinueOptions
    from wbtools.app.opening.question import WrittenSpec
    from wbtools.app.opening.source import SweepSource
    from wbtools.findings import Finding
    from wbtools.model import ReplicationPlan
    from wbtools.planning.slurm import SlurmJob
    from wbtools.replication.changes import Replica
    from wbtools.replication.styles import Style


_OFFLINE: Final = (
    "recorded offline: where nobody is signed in to W&B, WANDB_MODE=offline in the environment "
    "lets the program log so again"
)
_NO_PLAN: Final = (
    "nothing says which metric the runs are judged by, so no plan is kept for `wbtools verify`; "
    "--metric NAME:max or NAME:min makes one"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplicateOptions:
    """What the user says beside the sweep.

    Attributes:
        runs: What `--run` names, in order; `failed` names all runs that failed.
        selection: Runs in place of a sweep's.
        success: `0.966` or `METRIC=0.966`.
        acceptable: Likewise.
        fallback: A run, or `auto`: the best one that ran its course.
        continues: How runs go on where they were stopped; None to run them again from the start.
    """

    runs: tuple[str, ...]
    selection: Selection = field(default_factory=Selection)
    target: Target = Target.SHELL
    program: str | None = None
    style: Style | None = None
    changes: Changes = field(default_factory=Changes)
    slurm: SlurmOptions = field(default_factory=SlurmOptions)
    success: tuple[str, ...] = ()
    acceptable: tuple[str, ...] = ()
    fallback: str | None = None
    with_code: bool = False
    with_env: bool = False
    continues: ContinueOptions | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Replicated:
    """The answer.

    Attributes:
        text: What was asked for, whole.
        plans: One a run; where nothing says by which metric runs are judged, and of runs that
            failed, they hold nothing that could be verified.
        failures: In words, why a run is among those that failed, by its id.
        replicas: Those of each run.
        findings: What the user should know, `WBR3xx`.
        notes: In words, how it was made: sources, keys that were found.
        job: The same as a job for Slurm, where it is one.
        continued: How each run goes on; None where that was not asked for.
        ways: To go on with each run, and to run it again.
    """

    text: str
    audit: Audit
    rows: tuple[RunAudit, ...]
    plans: tuple[ReplicationPlan, ...]
    failures: Mapping[str, str]
    replicas: tuple[tuple[Replica, ...], ...]
    findings: tuple[Finding, ...]
    notes: tuple[str, ...]
    job: SlurmJob | None = None
    continued: tuple[ContinuedRun | None, ...] = ()
    ways: tuple[ContinueOrRerun, ...] = ()

    @property
    def verifiable(self) -> list[tuple[RunAudit, ReplicationPlan]]:
        """The runs with their plans where replicas have something to reach: none that failed."""
        if not self.audit.question.is_judged:
            return []
        pairs = zip(self.rows, self.plans, strict=True)
        return [(row, plan) for row, plan in pairs if row.run.id not in self.failures]

    def ways_of(self, row: RunAudit) -> ContinueOrRerun:
        """To go on with a run, and to run it again."""
        return self.ways[self.rows.index(row)]


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
    if options.continues is not None:
        options.continues.check(options.changes, len(options.runs))
    with ExitStack() as closing:
        session = session or closing.enter_context(Session())
        source = open_one(reference, session, options.selection)
        of_failed = [text for text in options.runs if asks_for_failed(source, text)]
        named = (text for text in _named(options) if text not in of_failed)
        check_runs(source, named, audit_options)
        if of_failed and options.continues is not None and options.continues.checkpoint is not None:
            msg = "--checkpoint names one checkpoint, and --run failed may mean several runs"
            raise UsageError(msg, "name one run with --run")
        if of_failed and (options.success or options.acceptable or options.fallback):
            msg = "--success, --acceptable and --fallback make a plan, but a failed run gets none"
            raise UsageError(msg, "leave them out, or name one run with --run")
        audit = audit_source(
            source,
            audit_options,
            session.observer,
            needs_values=not of_failed,
            needs_metric=_needs_metric(source, options, of_failed),
        )
        if options.target is Target.ENQUEUE:
            check_on_server(audit)
        if of_failed and any(row.n_reports == 0 for row in audit.rows):
            # What logged other numbers did not fail because it lacks the metric.
            audit = replace(audit, sweep=with_summaries(source, audit.sweep))
        written = own_configuration(audit_options, source)
        names_program = written is not None and (written.spec.program or written.spec.command)
        origin = _origin(reference, audit, options.selection)
        chosen = choose_runs(
            audit,
            options.runs,
            origin,
            source.lost_configs,
            can_start=bool(names_program or options.program or options.target.is_bare),
            is_of_sweep=source.is_of_sweep,
        )
        session.observer.stage("looking for the program")
        return _written_down(source, audit, written, chosen, options, origin, reference)


def _needs_metric(source: SweepSource, options: ReplicateOptions, of_failed: list[str]) -> bool:
    """Whether runs have to be judged: to find some, or to say what replicas are to reach.

    A new sweep's rule judges too. Which runs of a sweep failed depends on its rule; what a bare
    table's parameters are, on which of its columns is the metric.
    """
    return bool(
        options.success
        or options.acceptable
        or options.fallback
        or (options.changes.keep_early_stop and options.target is Target.SWEEP)
        or (of_failed and source.is_of_sweep)
        or not source.tells_parameters
        or any(needs_audit(source, text) for text in options.runs)
    )


def _named(options: ReplicateOptions) -> tuple[str, ...]:
    fallback = () if options.fallback in {None, AUTO} else (str(options.fallback),)
    return (*options.runs, *fallback)


def _written_down(
    source: SweepSource,
    audit: Audit,
    written: WrittenSpec | None,
    chosen: ChosenRuns,
    options: ReplicateOptions,
    origin: str,
    reference: str,
) -> Replicated:
    rows, failures = chosen.rows, chosen.failures
    all_have_files = all(row.has_run_file for row in rows)
    taken = {} if all_have_files else source.taken_configurations()
    replicator = RunReplicator(
        source=source,
        audit=audit,
        written=written,
        options=options,
        origin=origin,
        reference=reference,
        checkpoints={} if options.continues else found_checkpoints(source, audit, rows),
    )
    parts = [
        replicator.replicate(row, taken=taken.get(row.run.id), has_failed=row.run.id in failures)
        for row in rows
    ]
    replication = parts[0].replication
    if len(parts) > 1:
        runs = [row.run for row in rows]
        replication = joined_replications(
            [part.replication for part in parts],
            head_of_runs(
                audit,
                rows,
                [part.plan for part in parts],
                failures,
                origin=origin,
                version=__version__,
            ),
            [f"run {run.number_or_id}" for run in runs],
        )
    script = replica_script(
        replication, options.target, options.slurm, _sweep_blocks(audit, rows, options, origin)
    )
    findings = [finding for part in parts for finding in part.findings]
    findings += target_findings(options.target, replication, source.spec)
    return Replicated(
        text=script.text,
        job=script.job,
        audit=audit,
        rows=rows,
        plans=tuple(part.plan for part in parts),
        failures=failures,
        replicas=tuple(part.replication.replicas for part in parts),
        continued=tuple(part.continued for part in parts),
        ways=tuple(part.ways for part in parts),
        findings=tuple({(finding.code, finding.title): finding for finding in findings}.values()),
        notes=(
            *chosen.remarks,
            *lottery_words(audit, rows),
            *([_OFFLINE] if any(source.was_offline(row.run) for row in rows) else []),
            *([] if audit.question.is_judged else [_NO_PLAN]),
            *dict.fromkeys(note for part in parts for note in part.notes),
        ),
    )


def _origin(reference: str, audit: Audit, selection: Selection) -> str:
    """What the runs are of, in words: `sweep ab12cd34`, or `acme/ocr (--group=g1)`."""
    if selection:
        return f"{reference} ({' '.join(selection.options())})"
    return f"sweep {audit.sweep.ref.sweep_id}"


def _sweep_blocks(
    audit: Audit, rows: Sequence[RunAudit], options: ReplicateOptions, origin: str
) -> SweepBlocks:
    metric, rule = audit.question.metric, audit.question.rule.settings
    keeps_rule = options.changes.keep_early_stop and rule is not None
    several = f"{len(rows)} runs of {origin} again"
    return SweepBlocks(
        name=f"{rows[0].run.name}-replica" if len(rows) == 1 else several,
        metric=(
            {"name": metric.name, "goal": str(metric.goal)} if audit.question.is_judged else None
        ),
        early_terminate=rule.as_block() if keeps_rule and rule is not None else None,
    )
