"""Verification from a reference to an answer: find the replicas, compare, judge, remember."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from wbtools.analysis.diagnosis.termination import Completion
from wbtools.analysis.verification.curve_match import ReplicationOutcome, judge, overall
from wbtools.analysis.verification.folds import fold_name, fold_spread
from wbtools.analysis.verification.measured_runs import (
    best_of,
    best_values,
    paired_by_seed,
    without_copies,
)
from wbtools.analysis.verification.outcome import Comparator, Verification
from wbtools.app.checked_replicas import checked_replicas
from wbtools.app.opening.question import AuditOptions
from wbtools.app.opening.session import Session
from wbtools.app.replica_search import ReplicaSearch
from wbtools.errors import DataError, UsageError
from wbtools.model import Verified
from wbtools.replication.changes import group_of
from wbtools.stats.spread import mean
from wbtools.stats.student import chance_better, summarize

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wbtools.analysis.audit import Audit, RunAudit
    from wbtools.analysis.verification.curve_match import Judged
    from wbtools.analysis.verification.measured_runs import MeasuredRun
    from wbtools.analysis.verification.outcome import CheckedReplica
    from wbtools.app.replica_search import FoundReplicas, VerifyOptions
    from wbtools.model import ReplicationPlan, Run


def verify(
    reference: str,
    options: VerifyOptions,
    audit_options: AuditOptions | None = None,
    session: Session | None = None,
) -> tuple[Verification, Audit]:
    """Say whether a replication held.

    Args:
        reference: What the user calls SWEEP.
        options: What is to be verified.
        audit_options: Metric, goal, rule and sweep file, as for an audit.
        session: How to reach W&B's servers and the archive; closed by the caller.

    Raises:
        UsageError: The reference, the run or an option cannot be right.
        DataError: There are no replicas, or the data do not allow an answer.
    """
    with ExitStack() as closing:
        session = session or closing.enter_context(Session())
        search = ReplicaSearch.of(reference, options, audit_options or AuditOptions(), session)
        found = search.find()
        return judged_replicas(search, found), search.audit


def judged_replicas(search: ReplicaSearch, found: FoundReplicas) -> Verification:
    """Say whether a replication held, by its replicas as they were found.

    Raises:
        UsageError: The baseline cannot be right.
        DataError: There are no replicas, or the data do not allow an answer.
    """
    baseline = search.baseline(found.question)
    row = search.row
    continues = search.plans.continues
    if not found.members and continues is not None and continues.is_same_run:
        msg = f"run {row.run.number_or_id} was to be continued as the same run, and has not gone on"
        raise DataError(
            msg,
            "run what `wbtools replicate` writes, or wait until it has reported again; a job that "
            "still waits in a queue has written nothing yet",
        )
    if not found.members:
        msg = (
            f"no replica of run {row.run.number_or_id} was found (W&B group {group_of(row.run.id)})"
        )
        raise DataError(
            msg,
            "run what `wbtools replicate` writes, here or with W&B online, or name its files with "
            "--replica; a job that still waits in a queue has written none yet",
        )
    return _judged(search, found, baseline)


def _judged(
    search: ReplicaSearch, found: FoundReplicas, baseline: list[MeasuredRun] | None
) -> Verification:
    audit, row, options = search.audit, search.row, search.options
    plan, members = found.plan, found.members
    is_kept = search.plans.of_kind(is_continued=found.is_continued).are_kept
    checked = checked_replicas(search, found)
    of_id = {member.run.id: member for member in members}
    counted = [check for check in checked if not (check.is_other or check.is_beside)]
    replicas = [of_id[check.run.id] for check in counted]
    every = [of_id[check.run.id] for check in counted if check.ended]
    ended = without_copies(every, plan.metric)
    repeats = {member.run.id for member in every} - {member.run.id for member in ended}
    checked = tuple(replace(check, is_repeat=check.run.id in repeats) for check in checked)
    # A copy has ended too, and nothing more is to be expected of it; nor is anything of what broke
    # off and was to continue the run, once another one has.
    n_open = sum(member.completion is Completion.RUNNING for member in replicas)
    n_found = len(every) + n_open if found.is_continued else len(replicas)
    expected = max(plan.n_replicas, n_found) - (len(every) - len(ended))
    judged = tuple(
        judge(
            criterion,
            best_values(ended, criterion.metric, criterion.goal),
            expected,
            is_continued=found.is_continued,
        )
        for criterion in plan.criteria
    )
    judged = tuple(_undecided(metric_result, counted) for metric_result in judged)
    values = best_values(ended, plan.metric, plan.goal)
    expectation = plan.expectation
    within = beat = None
    if expectation is not None and expectation.low is not None and expectation.high is not None:
        within = sum(expectation.low <= value <= expectation.high for value in values)
    if expectation is not None and expectation.bar is not None:
        bar = expectation.bar * plan.goal.sign
        beat = sum(value * plan.goal.sign < bar for value in values)
    name = fold_name([member.run.config for member in replicas], options.fold_key)
    if name is None and options.fold_key is not None:
        msg = f"no replica's configuration has a value {options.fold_key!r}"
        raise UsageError(msg, "name the one that says which fold a run is of")
    by_fold = [
        (check.run, check.best)
        for check in checked
        if check.ended
        and check.best is not None
        and not (check.is_other or check.is_beside or check.is_repeat)
    ]
    return Verification(
        run=row.run,
        original_reports=len(found.original),
        original_curve=found.original,
        is_continued=found.is_continued,
        folds=None
        if name is None
        else fold_spread(name, by_fold, (row.run, best_of(found.original, plan.goal))),
        plan=plan,
        plan_is_kept=is_kept,
        group=search.group,
        replicas=checked,
        judged=judged,
        comparator=_comparator(audit, row, plan, ended, baseline, options),
        verdict=overall(judged),
        budget=found.budget,
        within=within,
        beat=beat,
        goal_is_inferred=not is_kept and audit.question.rank_by.goal_is_inferred,
        is_complete=audit.sweep.is_complete
        and all(member.is_complete for member in (*members, *(baseline or ()))),
    )


def _undecided(judged: Judged, counted: Sequence[CheckedReplica]) -> Judged:
    """Why nothing can be said, where runs are other ones than those that were asked for.

    Args:
        judged: By one criterion.
        counted: Those of the planned configuration.
    """
    if not counted:
        why = "none of the runs that were looked at has the planned configuration"
        return replace(judged, why=why)
    ended = [check for check in counted if check.ended]
    if not ended and any(check.began_anew for check in counted):
        return replace(judged, why="no run went on from the checkpoint")
    is_doubted = all(check.joined is not None and check.joined.is_doubted for check in ended)
    if ended and is_doubted and judged.verdict is ReplicationOutcome.FAILURE:
        why = "what went on may not be the run as it was"
        return replace(judged, verdict=ReplicationOutcome.UNDECIDED, why=why)
    return judged


def _comparator(
    audit: Audit,
    row: RunAudit,
    plan: ReplicationPlan,
    ended: Sequence[MeasuredRun],
    baseline: Sequence[MeasuredRun] | None,
    options: VerifyOptions,
) -> Comparator | None:
    values, sign = best_values(ended, plan.metric, plan.goal), plan.goal.sign
    if baseline is not None:
        baseline_values = best_values(baseline, plan.metric, plan.goal)
        if not baseline_values:
            msg = f"the runs of --baseline {options.baseline!r} have no value of {plan.metric!r}"
            raise DataError(msg, "name another group or path")
        pairs = paired_by_seed(ended, baseline, plan.metric, plan.goal)
        x, y = pairs or (values, baseline_values)
        return Comparator(
            name=f"baseline {options.baseline}",
            run=None,
            summary=summarize(baseline_values),
            chance=chance_better(x, y, sign=sign, paired=bool(pairs)) if values else None,
        )
    other = _runner_up(audit, row, plan)
    if other is None or other.best is None:
        return None
    return Comparator(
        name=f"run {other.run.number_or_id} ({other.run.name})",
        run=other.run,
        summary=summarize([other.best]),
        chance=chance_better(values, [other.best], sign=sign) if values else None,
    )


def _runner_up(audit: Audit, row: RunAudit, plan: ReplicationPlan) -> RunAudit | None:
    """The fallback of the plan, else the best other run that ran its course, else of all."""
    same = {row.run.id, *plan.enqueued}  # replicas in the sweep itself are no others
    others = [other for other in audit.rows if other.run.id not in same and other.rank is not None]
    named = [other for other in others if other.run.id == plan.fallback]
    full = [other for other in others if other.completion.counts]
    return min(named or full or others, key=lambda other: other.rank or 0, default=None)


def fallback_of(verification: Verification, audit: Audit) -> Run | None:
    """The run to fall back to: the plan's, else what the replicas were compared with."""
    row = next((row for row in audit.rows if row.run.id == verification.plan.fallback), None)
    if row is not None:
        return row.run
    return None if verification.comparator is None else verification.comparator.run


def outcome_of(verification: Verification) -> Verified:
    """What is to be remembered."""
    values = [replica.best for replica in verification.distinct if replica.best is not None]
    expectation = verification.expectation
    return Verified(
        sweep=verification.plan.sweep,
        run_id=verification.run.id,
        metric=verification.plan.metric,
        verdict=str(verification.verdict),
        n_replicas=len(values),
        mean=float(mean(np.array(values))) if values else None,
        p_repeat=None if expectation is None else expectation.p_repeat,
        n_beat=verification.beat,
        n_within=verification.within,
        level=None if expectation is None else expectation.level,
        is_continued=verification.is_continued,
        p_gone_on=None if expectation is None else expectation.p_gone_on,
    )
