"""What stands at the top of every text: which sweep, which run, which metric, which plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wbtools.analysis.audit import Audit, RunAudit
    from wbtools.model import Criterion, ReplicationPlan

_S_PER_H = 3600


def head_of(
    audit: Audit,
    row: RunAudit,
    plan: ReplicationPlan,
    fallback: RunAudit | None,
    *,
    version: str,
) -> tuple[str, ...]:
    """The sentences, hostile texts still in them."""
    run, metric = row.run, audit.question.rank_by
    reports = "" if row.n_reports is None else f" after {row.n_reports} reports"
    budget = f" of {row.budget}" if row.budget and row.n_reports is not None else ""
    best = "no value" if row.best is None else f"best {row.best:.6g}{reports}{budget}"
    return (
        f"Run {run.number_or_id} of sweep {plan.sweep} again: {run.name} (id {run.id})",
        f"metric {metric.name} ({metric.goal}): {best}",
        *(criterion_words(criterion) for criterion in plan.criteria),
        *(
            []
            if fallback is None
            else [f"fallback: run {fallback.run.number_or_id} ({fallback.run.id})"]
        ),
        f"replicas: {plan.n_replicas}" + cost_words(plan),
        f"Written by wbtools {version}; nothing was started.",
    )


def criterion_words(criterion: Criterion) -> str:
    """`success: val/acc 0.966 or better; acceptable: 0.965 (as given)`."""
    return (
        f"success: {criterion.metric} {criterion.success:.6g} or better; "
        f"acceptable: {criterion.acceptable:.6g} ({criterion.source})"
    )


def cost_words(plan: ReplicationPlan) -> str:
    """`, about 2.0 h at the run's own pace`; empty where nothing tells."""
    if plan.cost_h is None:
        return ""
    seconds = plan.cost_h * _S_PER_H
    amount = f"{plan.cost_h:.1f} h" if plan.cost_h >= 1 else f"{max(seconds / 60, 0.1):.1f} min"
    return f", about {amount} at the run's own pace"
