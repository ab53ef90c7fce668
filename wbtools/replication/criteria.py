"""What a replica has to reach: as the user says, or derived from the bar and the seed noise."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, TypeGuard

from wbtools.analysis.continue_or_rerun import continue_or_rerun
from wbtools.errors import UsageError
from wbtools.model import Criterion, Expectation, ReplicationPlan
from wbtools.stats.spread import finite_or_none

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from wbtools.analysis.audit import Audit, RunAudit
    from wbtools.model import ContinuedFrom, Metric, Run
    from wbtools.replication.changes import Replica


def read_thresholds(texts: Sequence[str], option: str, default: str) -> dict[str, float]:
    """Read `0.966` and `test/acc=0.95` by metric name.

    Args:
        texts: What the user wrote.
        option: How the option is called, for complaints.
        default: The metric that a bare number is of.

    Raises:
        UsageError: One is no number, or a metric is named twice.
    """
    found: dict[str, float] = {}
    for text in texts:
        name, equals, number = text.rpartition("=")
        metric = name if equals else default
        try:
            value = float(number)
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            msg = f"{option} {text!r} is not a number"
            raise UsageError(msg, f"write {option} 0.966, or {option} METRIC=0.966")
        if metric in found:
            msg = f"{option} is given twice for {metric!r}"
            raise UsageError(msg, f"name another metric: {option} METRIC=0.966")
        found[metric] = value
    return found


def criteria_of(
    audit: Audit,
    row: RunAudit,
    success: Mapping[str, float],
    acceptable: Mapping[str, float],
) -> tuple[Criterion, ...]:
    """The criteria: those that are given, else one derived; none where runs are not judged.

    Derived, a success is as good as the bar, and what lies within one standard deviation of the
    seed noise of it is acceptable: None where no float is.

    Args:
        audit: Of the sweep.
        row: The run.
        success: By metric; the same goal as the metric that ranks.
        acceptable: By metric; without it the same as a success.

    Raises:
        UsageError: An acceptable value is better than a success, or stands alone.
    """
    metric = audit.question.rank_by
    for name in acceptable:
        if name not in success:
            msg = f"--acceptable is given for {name!r}, but --success is not"
            raise UsageError(msg, "give both")
    given = []
    for name, value in success.items():
        enough = acceptable.get(name, value)
        if enough * metric.goal.sign < value * metric.goal.sign:
            msg = f"for {name!r} the acceptable {enough:g} is better than the success {value:g}"
            raise UsageError(msg, f"the goal is to {metric.goal} it: swap the two")
        given.append(
            Criterion(
                metric=name, goal=metric.goal, success=value, acceptable=enough, source="as given"
            )
        )
    return tuple(given) or _derived(audit, row, metric)


def _derived(audit: Audit, row: RunAudit, metric: Metric) -> tuple[Criterion, ...]:
    if not audit.question.is_judged:
        return ()
    incumbent = audit.incumbent.value if audit.incumbent is not None else row.best
    if incumbent is None:
        return ()
    source = "the bar" if audit.incumbent is not None else "the run's own best, as there is no bar"
    noise = audit.outcome.seed_noise
    if not audit.outcome.seed_noise_from:
        return (
            Criterion(
                metric=metric.name,
                goal=metric.goal,
                success=incumbent,
                acceptable=incumbent,
                source=source,
            ),
        )
    acceptable = None if noise is None else finite_or_none(incumbent + noise * metric.goal.sign)
    return (
        Criterion(
            metric=metric.name,
            goal=metric.goal,
            success=incumbent,
            acceptable=acceptable,
            source=f"{source}, and within seed noise of it; the noise is estimated from "
            f"{audit.outcome.seed_noise_from}"
            + ("" if acceptable is not None else ", which is too large for a float"),
        ),
    )


def plan_of(
    audit: Audit,
    row: RunAudit,
    criteria: tuple[Criterion, ...],
    *,
    changed: Sequence[str],
    n_replicas: int,
    fallback: RunAudit | None,
    varied: Sequence[str] = (),
    share: float = 1.0,
    is_other: bool = False,
    continues: ContinuedFrom | None = None,
    remaining_h: float | None = None,
) -> ReplicationPlan:
    """The plan, with its cost at the run's own pace and what the audit promised.

    Both are unknown where nothing says by which metric runs are judged.

    Args:
        audit: Of the sweep.
        row: The run.
        criteria: What is to be reached.
        changed: Names that differ.
        n_replicas: How many there will be.
        fallback: The run to fall back to.
        varied: Those of `changed` that tell the replicas from each other.
        share: The replicas' budget as a share of the run's own. The audit's promise is for 1, and
            is left out otherwise.
        is_other: Whether they have another configuration, for which the audit promised nothing.
        continues: From where the run goes on; None for replicas, which start from scratch.
        remaining_h: Hours that it then takes, as `continue_or_rerun` has it; None if unknown.
    """
    hours_each = None
    if audit.question.is_judged:
        hours_each = _hours_each(row, row.cost_full_h if continues is None else remaining_h, share)
    is_promised = share == 1 and not is_other and audit.question.is_judged
    projection = row.projection if is_promised else None
    expectation = None
    if projection is not None:
        expectation = Expectation(
            median=projection.median,
            low=projection.low,
            high=projection.high,
            level=projection.level if projection.low is not None else None,
            p_repeat=projection.p_repeat if continues is None else None,
            p_gone_on=None if continues is None else continue_or_rerun(audit, row).p_gone_on,
            bar=None if audit.incumbent is None else audit.incumbent.value,
        )
    return ReplicationPlan(
        sweep=audit.sweep.ref.sweep_id,
        run_id=row.run.id,
        metric=audit.question.rank_by.name,
        goal=audit.question.rank_by.goal,
        criteria=criteria,
        changed=tuple(changed),
        varied=tuple(varied),
        n_replicas=n_replicas,
        fallback=None if fallback is None else fallback.run.id,
        cost_h=None if hours_each is None else hours_each * n_replicas,
        expectation=expectation,
        seed_noise=audit.outcome.seed_noise,
        continues=None
        if continues is None
        else replace(continues, n_reports=_n_reports(audit, row)),
    )


def _hours_each(row: RunAudit, own_h: float | None, share: float) -> float | None:
    """Hours of one replica, or of going on: the run's own budget, and what another adds or spares.

    Neither the start-up nor what a checkpoint holds grows with the budget.

    Args:
        row: The run.
        own_h: Hours over the run's own budget.
        share: The budget as a share of that.
    """
    if own_h is None or row.cost_full_h is None or share == 1:
        return own_h
    startup_h = row.startup_h or 0.0
    return max(own_h + (share - 1) * (row.cost_full_h - startup_h), startup_h)


def _n_reports(audit: Audit, row: RunAudit) -> int | None:
    """Finite reports that a run has made by now, those made again included; None if unknown."""
    name, sweep = audit.question.rank_by.name, audit.sweep
    curves = sweep.curves_with_repeats.get(name, sweep.curves.get(name))
    if curves is None or row.run.id not in curves.run_ids:
        return None
    return int(curves.n_reports[curves.run_ids.index(row.run.id)])


def share_of_budget(run: Run, replicas: Sequence[Replica], key: str | None) -> float:
    """The largest budget of any replica, as a share of the run's own; 1 where nothing tells."""
    budget = None if key is None else run.config.get(key)
    if key is None or not _is_amount(budget):
        return 1.0
    given = [replica.changed[key] for replica in replicas if key in replica.changed]
    amounts = [float(amount) for amount in given if _is_amount(amount)]
    return max(amounts) / float(budget) if amounts else 1.0


def _is_amount(value: object) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and value > 0
