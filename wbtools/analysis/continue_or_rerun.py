"""A stopped run, continued from where it was or run again: what each takes, and each one's odds."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wbtools.analysis.checkpoint_progress import reports_in
from wbtools.text.brief import brief_repr
from wbtools.text.numbers import S_PER_H

if TYPE_CHECKING:
    from wbtools.analysis.audit import Audit, RunAudit
    from wbtools.analysis.diagnosis.budget import Budget
    from wbtools.model import Checkpoint, ReplicationPlan


@dataclass(frozen=True, slots=True, kw_only=True)
class ContinueOrRerun:
    """Both ways to finish a run. The odds are those of beating the audit's bar.

    Attributes:
        checkpoint: From where it can go on; None where none is known of.
        continue_h: Hours to go on: from the checkpoint to the end of the budget, the start-up
            included; without a checkpoint what was left when it was stopped. None if unknown.
        p_gone_on: P(it would have beaten the bar, had it gone on), which holds for a run that is
            continued with its random state, and nearly so without it; None where the audit
            abstained.
        rerun_h: Hours of a full re-run, the start-up included; None if unknown.
        p_repeat: P(a fresh run beats the bar), seed noise included; None likewise.
        is_refused: Whether it is known that it cannot go on: it left no checkpoint, or nothing says
            how its program is told of it.
    """

    __repr__ = brief_repr

    checkpoint: Checkpoint | None
    continue_h: float | None
    p_gone_on: float | None
    rerun_h: float | None
    p_repeat: float | None
    is_refused: bool = False

    @property
    def has_more_to_go(self) -> bool:
        """Whether anything is known to be left to go on with, and nothing keeps it from that."""
        return not self.is_refused and (bool(self.continue_h) or self.p_gone_on is not None)

    def hold_for(self, plan: ReplicationPlan) -> bool:
        """Whether hours and odds are those of what is planned too.

        Those of the run as it was recorded say nothing of another configuration or budget.
        """
        if plan.expectation is not None:
            return True
        own_h = self.continue_h if plan.continues is not None else self.rerun_h
        is_own_budget = (
            own_h is None
            or plan.cost_h is None
            or math.isclose(plan.cost_h, own_h * plan.n_replicas)
        )
        return is_own_budget and self.p_gone_on is None and self.p_repeat is None


def continue_or_rerun(
    audit: Audit,
    row: RunAudit,
    checkpoint: Checkpoint | None = None,
    *,
    is_refused: bool = False,
) -> ContinueOrRerun:
    """What it takes to continue a run, what to run it again, and the odds of both.

    All of it is unknown where nothing says by which metric runs are judged.

    Args:
        audit: Of the sweep.
        row: One of its runs.
        checkpoint: The one from which it would be continued; None where none is known of.
        is_refused: Whether it is known that it cannot go on.
    """
    is_judged = audit.question.is_judged
    projection = row.projection if is_judged else None
    is_projected = projection is not None and projection.abstained_because is None
    return ContinueOrRerun(
        checkpoint=checkpoint,
        continue_h=hours_to_go_on(audit.budget, row, checkpoint) if is_judged else None,
        p_gone_on=projection.p_gem if projection is not None and is_projected else None,
        rerun_h=row.cost_full_h if is_judged else None,
        p_repeat=None if projection is None else projection.p_repeat,
        is_refused=is_refused,
    )


def hours_to_go_on(budget: Budget, row: RunAudit, checkpoint: Checkpoint | None) -> float | None:
    """Hours from a checkpoint to the end of a run's budget, at the run's own pace.

    They count from the checkpoint, wherever the run was stopped: epoch 12 of 27 leaves 15 epochs.
    It may be later than the last report that is known, as a process that is killed loses its last
    ones. Where nothing says how far it had come, that is taken to be as far as the run itself came,
    so that the hours are the least that it takes.

    Args:
        budget: Of the sweep, which tells the reports of an epoch or step.
        row: The run.
        checkpoint: From which it goes on. None: what was left when the run ended, without the
            start-up of a new process.
    """
    left_h = row.cost_remaining_h
    if checkpoint is None or left_h is None or row.budget is None or row.report_s is None:
        return left_h
    n_held = reports_in(budget, checkpoint)
    if n_held is not None:
        left_h = max(row.budget - n_held, 0) * row.report_s / S_PER_H
    return (row.startup_h or 0.0) + left_h


def is_beyond_record(budget: Budget, row: RunAudit, checkpoint: Checkpoint) -> bool:
    """Whether a checkpoint holds more than a run is known to have reported."""
    if row.budget is None or row.cost_remaining_reports is None:
        return False
    n_held = reports_in(budget, checkpoint)
    return n_held is not None and n_held > row.budget - row.cost_remaining_reports
