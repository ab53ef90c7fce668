"""The runs that were found, each against the original and the plan of its kind."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from wbtools.analysis.verification.continued_runs import names_of_resuming
from wbtools.analysis.verification.curve_match import (
    config_differences,
    curve_match,
    is_meant_to_equal,
    meant_changes,
    starts_apart,
)
from wbtools.analysis.verification.measured_runs import best_of, noise_between_seeds
from wbtools.analysis.verification.outcome import CheckedReplica
from wbtools.app.replication_plans import are_others
from wbtools.model.configuration import tells_replicates
from wbtools.model.own_words import in_words_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wbtools.analysis.verification.measured_runs import MeasuredRun
    from wbtools.app.replica_search import FoundReplicas, ReplicaSearch
    from wbtools.model import ReplicationPlan, Run


def checked_replicas(search: ReplicaSearch, found: FoundReplicas) -> tuple[CheckedReplica, ...]:
    """Each run that was found against the original, in the order in which they were found.

    Args:
        search: For them.
        found: What it found.
    """
    continued = [member for member in found.members if member.run.id in found.continued]
    plain = [member for member in found.members if member.run.id not in found.continued]
    checks = {
        check.run.id: check
        for check in (*_replicas(search, found, plain), *_continued(search, found, continued))
    }
    return tuple(checks[member.run.id] for member in found.members)


def _plan(
    search: ReplicaSearch, found: FoundReplicas, runs: Sequence[Run], *, is_continued: bool
) -> tuple[ReplicationPlan, bool]:
    """The plan of one kind, and whether it was kept."""
    plans = search.plans.of_kind(is_continued=is_continued)
    plan = found.plan if found.is_continued is is_continued else plans.of(runs)
    return plan, plans.are_kept


def _replicas(
    search: ReplicaSearch, found: FoundReplicas, members: Sequence[MeasuredRun]
) -> list[CheckedReplica]:
    """Those that began anew."""
    run, original = search.row.run, found.original
    runs = [member.run for member in members]
    plan, is_kept = _plan(search, found, runs, is_continued=False)
    meant = _meant(plan, [run, *runs], is_kept=is_kept)
    others = [
        is_other or each.id in found.strangers
        for each, is_other in zip(runs, are_others(run, runs, meant, plan.varied), strict=True)
    ]
    counted = [m for m, is_other in zip(members, others, strict=True) if not is_other]
    noise = noise_between_seeds(counted, found.plan.metric)
    checks = []
    for member, is_other in zip(members, others, strict=True):
        config = in_words_of(run, member.run)
        check = _check(member, found, config_differences(run.config, config, meant))
        curve = member.curve(found.plan.metric)
        checks.append(
            replace(
                check,
                curve_match=curve_match(original, curve, noise),
                is_other=is_other,
                is_beside=found.is_continued,
                changed=meant_changes(run.config, config, meant),
                differs_despite_seed=search.audit.sweep.is_complete
                and member.is_complete
                and starts_apart(original, curve)
                and not check.differences
                and is_meant_to_equal(run.config, config, meant),
            )
        )
    return checks


def _continued(
    search: ReplicaSearch, found: FoundReplicas, members: Sequence[MeasuredRun]
) -> list[CheckedReplica]:
    """The run itself, gone on with: how it was told to is no difference."""
    run = search.row.run
    runs = [member.run for member in members]
    plan, _ = _plan(search, found, runs, is_continued=True)
    resuming = names_of_resuming([run, *runs], plan.continues)
    meant = tuple(name for name in plan.changed if name not in resuming)
    others = are_others(run, runs, (*meant, *resuming), (*plan.varied, *resuming))
    checks = []
    for member, is_other in zip(members, others, strict=True):
        config, joined = in_words_of(run, member.run), member.joined
        changed = meant_changes(run.config, config, meant)
        differences = config_differences(run.config, config, (*meant, *resuming))
        checks.append(
            replace(
                _check(member, found, differences),
                joined=None if joined is None else replace(joined, changed=changed),
                is_other=is_other,
                is_beside=not found.is_continued,
                changed=changed,
            )
        )
    return checks


def _check(
    member: MeasuredRun, found: FoundReplicas, differences: tuple[str, ...]
) -> CheckedReplica:
    metric, curve = found.plan.metric, member.curve(found.plan.metric)
    match, best_since = curve_match(found.original[:0], curve), None
    if member.joined is not None and member.joined.joints:
        joint = member.joined.joints[0]
        match, best_since = joint.match, best_of(curve[joint.after :], found.plan.goal)
    return CheckedReplica(
        run=member.run,
        n_reports=len(curve),
        best=best_of(curve, found.plan.goal),
        completion=member.completion,
        seed=member.seed,
        curve_match=match,
        differences=differences,
        curve=curve,
        n_nonfinite=member.n_nonfinite.get(metric, 0),
        joined=member.joined,
        best_since=best_since,
    )


def _meant(plan: ReplicationPlan, runs: Sequence[Run], *, is_kept: bool) -> tuple[str, ...]:
    """Names that were to be different; where no plan was kept, seeds and folds may be."""
    if is_kept:
        return plan.changed
    known = [name for run in runs for name in run.config if tells_replicates(name)]
    return tuple(dict.fromkeys((*plan.changed, *known)))
