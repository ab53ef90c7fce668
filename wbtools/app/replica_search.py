"""A run that was replicated, and its replicas as they stand: found where they are, and read."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Self

from wbtools.analysis.diagnosis.diagnose import diagnose
from wbtools.analysis.question import Question, RuleInUse, RuleStatus
from wbtools.analysis.verification.folds import fold_name
from wbtools.analysis.verification.measured_runs import MeasuredRun
from wbtools.app.audit import audit_source
from wbtools.app.opening.open_sweep import open_sweep
from wbtools.app.opening.run_names import check_runs, select_run
from wbtools.app.replicas import find_runs, runs_at
from wbtools.app.replication_plans import plans_of
from wbtools.errors import UsageError
from wbtools.model import Metric
from wbtools.model.configuration import leaf
from wbtools.model.progress import EPOCHS
from wbtools.replication.changes import group_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wbtools.analysis.audit import Audit, RunAudit
    from wbtools.app.opening.question import AuditOptions
    from wbtools.app.opening.session import Session
    from wbtools.app.opening.source import SweepSource
    from wbtools.app.replication_plans import Plans
    from wbtools.model import ReplicationPlan, Sweep


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyOptions:
    """What the user says beside the sweep.

    Attributes:
        run: The run that was replicated.
        replicas: Paths that hold them, in place of their group.
        baseline: A W&B group or a path, to compare with in place of the runner-up.
        success: As for `replicate`; replaces the kept criteria.
        acceptable: Likewise.
        fold_key: The parameter that says which fold a run is of; None for one that is called so.
    """

    run: str
    replicas: tuple[Path, ...] = ()
    baseline: str | None = None
    success: tuple[str, ...] = ()
    acceptable: tuple[str, ...] = ()
    fold_key: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundReplicas:
    """The replicas of a run at one moment.

    Attributes:
        plan: The one that they are held against.
        members: The runs that were looked at; empty where there are none yet.
        question: What is asked of them.
    """

    plan: ReplicationPlan
    members: tuple[MeasuredRun, ...]
    question: Question

    @property
    def budget(self) -> int | None:
        """Reports of a full run; None if unknown."""
        return self.question.budget


@dataclass(slots=True, kw_only=True)
class ReplicaSearch:
    """A run that was replicated, and where its replicas are looked for.

    Attributes:
        audit: Of its sweep.
        row: The run.
        plans: What its replicas may be held against.
    """

    reference: str
    source: SweepSource
    audit: Audit
    row: RunAudit
    plans: Plans
    options: VerifyOptions
    session: Session

    @classmethod
    def of(
        cls, reference: str, options: VerifyOptions, audit_options: AuditOptions, session: Session
    ) -> Self:
        """Open the sweep, and audit it.

        Args:
            reference: What the user calls SWEEP.
            options: What is to be verified.
            audit_options: Metric, goal, rule and sweep file, as for an audit.
            session: How to reach W&B's servers and the archive.

        Raises:
            UsageError: The reference, the run or an option cannot be right.
            DataError: The data do not allow an answer.
        """
        source = open_sweep(reference, session)
        check_runs(source, (options.run,), audit_options)
        audit = audit_source(source, audit_options, session.observer)
        row = select_run(audit, options.run)
        plans = plans_of(audit, row, session, options.success, options.acceptable)
        return cls(
            reference=reference,
            source=source,
            audit=audit,
            row=row,
            plans=plans,
            options=options,
            session=session,
        )

    def reopen(self) -> None:
        """Find the sweep anew, after its server did not answer."""
        self.source = open_sweep(self.reference, self.session)

    @property
    def group(self) -> str | None:
        """The W&B group that is looked for; None where replicas are named."""
        return None if self.options.replicas else group_of(self.row.run.id)

    @property
    def metrics(self) -> tuple[str, ...]:
        """The metrics whose curves are wanted."""
        return tuple(
            dict.fromkeys(
                name
                for plan in self.plans.members
                for name in (plan.metric, *(criterion.metric for criterion in plan.criteria))
            )
        )

    def find(self) -> FoundReplicas:
        """The replicas as they stand now.

        Raises:
            UsageError: A path that the user names holds no run file.
            DataError: The server cannot be reached.
        """
        self.session.observer.stage("reading replicas")
        sweeps = self._sweeps()
        runs = [run for sweep in sweeps for run in sweep.runs]
        plan = self.plans.of(runs)
        if self.options.fold_key is not None:
            name = fold_name([run.config for run in runs], self.options.fold_key)
            if name is not None and name not in plan.varied:
                changed = tuple(dict.fromkeys((*plan.changed, name)))
                plan = replace(plan, changed=changed, varied=(*plan.varied, name))
        question = _replica_question(plan, self.row)
        return FoundReplicas(plan=plan, members=tuple(_of(sweeps, question)), question=question)

    def baseline(self, question: Question) -> list[MeasuredRun] | None:
        """The runs to compare with, if the user names some.

        Args:
            question: What is asked of replicas.

        Raises:
            UsageError: There are none.
        """
        named, kept = self.options.baseline, self.session.kept_reads
        if named is None:
            return None
        path = Path(named)
        if path.exists():
            return _of([runs_at(path, self.metrics, kept)], question)
        found = _of(find_runs(self.source, named, self.metrics, kept=kept), question)
        if not found:
            msg = f"--baseline {named!r} is not a path, and no run has that W&B group"
            raise UsageError(msg, "name a group such as wbtools-RUN_ID, or a folder with run files")
        return found

    def _sweeps(self) -> list[Sweep]:
        kept = self.session.kept_reads
        if self.options.replicas:
            return [runs_at(path, self.metrics, kept) for path in self.options.replicas]
        enqueued = self.plans.enqueued
        return [
            *(self.source.own_runs(enqueued, self.metrics) if enqueued else ()),
            *find_runs(self.source, group_of(self.row.run.id), self.metrics, kept=kept),
        ]


def _replica_question(plan: ReplicationPlan, row: RunAudit) -> Question:
    """What is asked of the replicas: no rule stops them, and they are to go as far as the original.

    How far that is, nothing says once the number of epochs was changed.
    """
    metric = Metric(name=plan.metric, goal=plan.goal)
    changed = any(leaf(name) in EPOCHS.keys for name in plan.changed)
    return Question(
        metric=metric,
        metric_source="the plan",
        rule=RuleInUse(status=RuleStatus.NONE, source="replicas run outside of sweeps"),
        rank_by=metric,
        budget=None if changed else row.budget,
    )


def _of(sweeps: Sequence[Sweep], question: Question) -> list[MeasuredRun]:
    """The runs of several sources, each id once."""
    members: dict[str, MeasuredRun] = {}
    for sweep in sweeps:
        completions = diagnose(sweep, question).completions
        for k, run in enumerate(sweep.runs):
            curves = {
                name: metric_curves.values[k, : metric_curves.n_reports[k]]
                for name, metric_curves in sweep.curves.items()
            }
            members.setdefault(
                run.id,
                MeasuredRun(
                    run=run,
                    curves=curves,
                    completion=completions[k],
                    is_complete=sweep.is_complete,
                    n_nonfinite={
                        name: int(metric_curves.n_nonfinite[k])
                        for name, metric_curves in sweep.curves.items()
                    },
                ),
            )
    return list(members.values())
