"""A run that was replicated, and its replicas as they stand: found where they are, and read."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

import numpy as np

from wbtools.analysis.diagnosis.diagnose import diagnose
from wbtools.analysis.question import Question, RuleInUse, RuleStatus
from wbtools.analysis.verification.continued_runs import (
    JoiningOptions,
    Lineage,
    continued_id,
    gone_on_itself,
    gone_on_outside,
    lineage_of,
    measured,
)
from wbtools.analysis.verification.folds import fold_name
from wbtools.analysis.verification.joined_sweep import counter_of, parts_of
from wbtools.app.audit import audit_source
from wbtools.app.opening.open_sweep import open_sweep
from wbtools.app.opening.run_names import check_runs, select_run
from wbtools.app.replicas import find_later_files, find_runs, runs_at
from wbtools.app.replication_plans import plans_of
from wbtools.errors import UsageError
from wbtools.model import Metric
from wbtools.model.configuration import leaf
from wbtools.model.progress import EPOCHS
from wbtools.replication.changes import group_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from wbtools.analysis.audit import Audit, RunAudit
    from wbtools.analysis.verification.joined_sweep import RunParts
    from wbtools.analysis.verification.measured_runs import MeasuredRun
    from wbtools.app.opening.question import AuditOptions
    from wbtools.app.opening.session import Session
    from wbtools.app.opening.source import SweepSource
    from wbtools.app.replication_plans import Plans
    from wbtools.model import ReplicationPlan, Run, Sweep


_LONGEST_CHAIN: Final = 20
"""Runs that each continue the one before; more are not looked for."""


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
        original: `[n]` finite reports of the run, as far as it had come when it was replicated.
        is_continued: Whether the verdict is over the run itself, gone on with, and not over runs
            that began anew.
        continued: Ids of the members that are the run itself, gone on with.
        strangers: Ids of the members that continue another run.
    """

    plan: ReplicationPlan
    members: tuple[MeasuredRun, ...]
    question: Question
    original: NDArray[np.float64]
    is_continued: bool = False
    continued: frozenset[str] = frozenset()
    strangers: frozenset[str] = frozenset()

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
        has_looked: Whether they were looked for before, so that the audit may be out of date.
    """

    reference: str
    source: SweepSource
    audit: Audit
    row: RunAudit
    plans: Plans
    options: VerifyOptions
    session: Session
    has_looked: bool = False

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

    @property
    def counter(self) -> str | None:
        """The series that counts training, as the sweep's runs logged it; None without one."""
        return counter_of(self.audit.sweep, self.metrics)

    def find(self) -> FoundReplicas:
        """The replicas and continuations of the run, as they stand now.

        Raises:
            UsageError: A path that the user names holds no run file.
            DataError: The server cannot be reached.
        """
        self.session.observer.stage("reading replicas")
        original = self._original
        sweeps, lineage = self._sweeps_with_chains(original)
        runs = {run.id: run for sweep in sweeps for run in sweep.runs}
        gone_on = self._gone_on_itself()
        plain = [
            run for run in runs.values() if run.id not in {*lineage.parents, *lineage.strangers}
        ]
        later = [run for run in runs.values() if run.id in lineage.last]
        is_continued = bool(later or gone_on) and (
            not plain or (self.plans.are_kept and self.plans.members[0].continues is not None)
        )
        plans = self.plans.of_kind(is_continued=is_continued)
        plan = plans.of(later if is_continued else plain)
        if self.options.fold_key is not None:
            name = fold_name([run.config for run in runs.values()], self.options.fold_key)
            if name is not None and name not in plan.varied:
                changed = tuple(dict.fromkeys((*plan.changed, name)))
                plan = replace(plan, changed=changed, varied=(*plan.varied, name))
        question = _replica_question(plan, self.row)
        members = measured(sweeps, question, original, lineage, self._joining(plan))
        if gone_on is not None:
            original, itself = gone_on
            members.append(itself)
        itself_id = {self.row.run.id} if gone_on is not None else set()
        curve = original.curves.get(plan.metric)
        return FoundReplicas(
            plan=plan,
            members=tuple(members),
            question=question,
            original=np.empty(0) if curve is None else curve.values,
            is_continued=is_continued,
            continued=lineage.last | itself_id,
            strangers=lineage.strangers,
        )

    @property
    def _original(self) -> RunParts:
        sweep = self.audit.sweep
        return parts_of(sweep, self._place(sweep), self.metrics, self.counter)

    def _place(self, sweep: Sweep) -> int:
        return [run.id for run in sweep.runs].index(self.row.run.id)

    def _joining(self, plan: ReplicationPlan) -> JoiningOptions:
        ratio = self.audit.budget.reports_per_unit
        return JoiningOptions(
            metrics=self.metrics,
            counter=self.counter,
            continues=plan.continues or self.plans.continues,
            reports_per_epoch=None if ratio is None else float(ratio),
        )

    def _sweeps_with_chains(self, original: RunParts) -> tuple[list[Sweep], Lineage]:
        """What is in the run's group, and in those of runs that continue it."""
        sweeps = self._sweeps()
        looked_for = {self.row.run.id}
        while True:
            runs = [
                parts_of(sweep, k, self.metrics, self.counter)
                for sweep in sweeps
                for k in range(len(sweep.runs))
            ]
            lineage = lineage_of(original, runs, self.plans.members, self.metrics[0])
            wanted = sorted(lineage.last - looked_for)
            if self.options.replicas or not wanted or len(looked_for) > _LONGEST_CHAIN:
                return sweeps, lineage
            looked_for.update(wanted)
            for run_id in wanted:
                sweeps.extend(_that_continue(run_id, original.run, self._of_group(run_id)))

    def _gone_on_itself(self) -> tuple[RunParts, MeasuredRun] | None:
        """The run itself, where it was resumed as the same run of W&B's, and has gone on."""
        to_continue = self.plans.of_kind(is_continued=True).members[0]
        if to_continue.continues is None or not to_continue.continues.is_same_run:
            return None
        sweep, completion = self.audit.sweep, self.row.completion
        if self.has_looked:
            counters = () if self.counter is None else (self.counter,)
            self.reopen()
            sweep = self.source.read((*self.metrics, *counters))
            if self.row.run.id not in {run.id for run in sweep.runs}:
                return None
            completion = diagnose(sweep, self.audit.question).completions[self._place(sweep)]
        self.has_looked = True
        joining = self._joining(to_continue)
        within = gone_on_itself(sweep, self._place(sweep), completion, joining)
        if within is not None:
            return within
        run_id, kept = self.row.run.id, self.session.kept_reads
        later = find_later_files(self.source, run_id, self._names, kept)
        original, question = self._original, _replica_question(to_continue, self.row)
        outside = gone_on_outside(later, original, question, joining)
        return None if outside is None else (original, outside)

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
            return self._measured([runs_at(path, self.metrics, kept)], question)
        found = self._measured(find_runs(self.source, named, self.metrics, kept=kept), question)
        if not found:
            msg = f"--baseline {named!r} is not a path, and no run has that W&B group"
            raise UsageError(msg, "name a group such as wbtools-RUN_ID, or a folder with run files")
        return found

    def _measured(self, sweeps: Sequence[Sweep], question: Question) -> list[MeasuredRun]:
        """Runs that are none of the replicas, whatever they continue."""
        original = self._original
        joining = JoiningOptions(
            metrics=self.metrics, counter=None, continues=None, reports_per_epoch=None
        )
        return measured(sweeps, question, original, Lineage(original=original.run), joining)

    def _sweeps(self) -> list[Sweep]:
        if self.options.replicas:
            kept, names = self.session.kept_reads, self._names
            return [runs_at(path, names, kept) for path in self.options.replicas]
        enqueued = self.plans.enqueued
        return [
            *(self.source.own_runs(enqueued, self._names) if enqueued else ()),
            *self._of_group(self.row.run.id),
        ]

    def _of_group(self, run_id: str) -> list[Sweep]:
        group = group_of(run_id)
        return find_runs(self.source, group, self._names, kept=self.session.kept_reads)

    @property
    def _names(self) -> tuple[str, ...]:
        """What is read: the metrics, and what counts training beside them."""
        return self.metrics if self.counter is None else (*self.metrics, self.counter)


def _that_continue(run_id: str, original: Run, sweeps: Sequence[Sweep]) -> list[Sweep]:
    """The sweeps with the runs alone that say that they continue one."""
    found = []
    for sweep in sweeps:
        rows = [k for k, run in enumerate(sweep.runs) if continued_id(original, run) == run_id]
        if rows:
            found.append(sweep.of_runs(rows))
    return found


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
