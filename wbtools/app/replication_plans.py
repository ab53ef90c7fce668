"""Which plan the replicas of a run are held against: of those kept, the one that they match."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from wbtools.analysis.continue_or_rerun import continue_or_rerun
from wbtools.analysis.verification.curve_match import (
    config_differences,
    contradictions,
    meant_changes,
)
from wbtools.archive import kept_plans
from wbtools.errors import UsageError
from wbtools.model.configuration import other_parameters, tells_replicates
from wbtools.model.metric import goal_hint
from wbtools.model.own_words import in_words_of
from wbtools.replication.criteria import criteria_of, plan_of, read_thresholds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wbtools.analysis.audit import Audit, RunAudit
    from wbtools.analysis.continue_or_rerun import ContinueOrRerun
    from wbtools.app.opening.session import Session
    from wbtools.model import ContinuedFrom, ReplicationPlan, Run


@dataclass(frozen=True, slots=True, kw_only=True)
class Plans:
    """The plans that replicas of a run may belong to.

    Attributes:
        members: At least one, the latest first.
        are_kept: Whether they were written when the run was replicated, criteria included.
        enqueued: Ids of the replicas that agents of the sweep were given.
        chances: What the audit says of the run, gone on with and run again.
    """

    original: Run
    members: tuple[ReplicationPlan, ...]
    are_kept: bool
    chances: ContinueOrRerun
    enqueued: frozenset[str] = frozenset()

    @property
    def continues(self) -> ContinuedFrom | None:
        """What the latest plan to continue the run says; None without one."""
        return next((plan.continues for plan in self.members if plan.continues is not None), None)

    def of_kind(self, *, is_continued: bool) -> Plans:
        """The plans to continue the run alone, or those to run it again.

        Where there are none of that kind, one is made up with the criteria of the latest.
        """
        members = tuple(
            plan for plan in self.members if (plan.continues is not None) is is_continued
        )
        if members:
            return replace(self, members=members)
        latest, promised = self.members[0], self.members[0].expectation
        made_up = replace(
            latest,
            changed=(),
            varied=(),
            n_replicas=1,
            cost_h=None,
            expectation=None
            if promised is None
            else replace(
                promised,
                p_gone_on=self.chances.p_gone_on if is_continued else None,
                p_repeat=None if is_continued else self.chances.p_repeat,
            ),
            continues=None,
        )
        # Nobody said which names were to be different: of replicas, seeds and folds may be.
        return replace(self, members=(made_up,), are_kept=self.are_kept and is_continued)

    def of(self, replicas: Sequence[Run]) -> ReplicationPlan:
        """The plan that most of the replicas match, then most closely, then the latest."""
        configs = [in_words_of(self.original, run) for run in replicas]

        def fit(plan: ReplicationPlan) -> tuple[int, int]:
            others = are_others(self.original, replicas, plan.changed, plan.varied)
            unmeant = sum(
                len(config_differences(self.original.config, config, plan.changed))
                for config, is_other in zip(configs, others, strict=True)
                if not is_other
            )
            return sum(others), unmeant

        return min(self.members, key=fit)


def plans_of(
    audit: Audit,
    row: RunAudit,
    session: Session,
    success: Sequence[str],
    acceptable: Sequence[str],
) -> Plans:
    """The kept plans, unless the user gives criteria or asks for another metric.

    Args:
        audit: Of the sweep.
        row: The run that was replicated.
        session: Where the archive is.
        success: `0.966` or `METRIC=0.966`; replaces the kept criteria.
        acceptable: Likewise.

    Raises:
        UsageError: The kept goal is not the one that the metric's name suggests.
    """
    judged_by = audit.question.rank_by
    name = judged_by.name
    folder = session.place(write=False).path
    plans = kept_plans(folder, audit.sweep.ref.sweep_id, row.run.id)
    chances = continue_or_rerun(audit, row)
    given = criteria_of(
        audit,
        row,
        read_thresholds(success, "--success", name),
        read_thresholds(acceptable, "--acceptable", name),
    )
    of_metric = [plan for plan in plans if plan.metric == name]
    same_goal = [plan for plan in of_metric if plan.goal is judged_by.goal]
    if of_metric and not same_goal and judged_by.goal_is_inferred:
        kept = f"the plan kept for run {row.run.number_or_id} says to {of_metric[0].goal} {name!r}"
        msg = f"{kept}, but the metric's name suggests {judged_by.goal}"
        raise UsageError(msg, goal_hint(name))
    enqueued = frozenset(run_id for plan in plans for run_id in plan.enqueued)
    if same_goal and not success:
        members = tuple(same_goal)
        return Plans(
            original=row.run, members=members, are_kept=True, chances=chances, enqueued=enqueued
        )
    shapes = dict.fromkeys(
        (plan.changed, plan.varied, plan.n_replicas, plan.continues) for plan in plans
    )
    members = tuple(
        replace(
            plan_of(
                audit,
                row,
                given,
                changed=changed,
                varied=varied,
                n_replicas=n_replicas,
                fallback=None,
                is_other=bool(other_parameters(changed, varied)),
                continues=continues,
            ),
            enqueued=() if continues is not None else tuple(sorted(enqueued)),
        )
        for changed, varied, n_replicas, continues in shapes or {((), (), 1, None): None}
    )
    return Plans(
        original=row.run, members=members, are_kept=False, chances=chances, enqueued=enqueued
    )


def are_others(
    original: Run, replicas: Sequence[Run], changed: Sequence[str], varied: Sequence[str]
) -> list[bool]:
    """Whether each has another configuration than planned, and so is no replica.

    That is one whose values contradict the original's, or that lacks a change that other replicas
    have.

    Args:
        original: The run that was replicated.
        replicas: Runs that may be its replicas.
        changed: Names that replicas were to have different.
        varied: Those of them that tell the replicas from each other.
    """
    telling = [name for name in changed if not tells_replicates(name, varied)]
    configs = [in_words_of(original, run) for run in replicas]
    differing = [meant_changes(original.config, config, telling) for config in configs]
    wanted = {
        name
        for config, names in zip(configs, differing, strict=True)
        for name in names
        if name in config
    }
    return [
        bool(contradictions(original.config, config, changed) or wanted - {*names})
        for config, names in zip(configs, differing, strict=True)
    ]
