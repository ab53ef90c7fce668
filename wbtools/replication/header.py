"""What stands at the top of every text: which sweep, which run, which metric, which plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wbtools.model.metric import INFERRED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from wbtools.analysis.audit import Audit, RunAudit
    from wbtools.model import Criterion, ReplicationPlan, Run

_S_PER_H = 3600


def head_of(
    audit: Audit,
    row: RunAudit,
    plan: ReplicationPlan,
    fallback: RunAudit | None,
    *,
    origin: str,
    version: str,
) -> tuple[str, ...]:
    """The sentences, hostile texts still in them; `origin` is such as `sweep ab12cd34`."""
    run = row.run
    return (
        f"Run {run.number_or_id} of {origin} again: {run.name} (id {run.id})",
        *(f"{words}: {_best_words(row)}" for words in _metric_words(audit)),
        *(criterion_words(criterion) for criterion in plan.criteria),
        *(
            []
            if fallback is None
            else [f"fallback: run {fallback.run.number_or_id} ({fallback.run.id})"]
        ),
        f"replicas: {plan.n_replicas}" + cost_words([plan]),
        _written_by(version),
    )


def head_of_runs(
    audit: Audit,
    rows: Sequence[RunAudit],
    plans: Sequence[ReplicationPlan],
    failures: Mapping[str, str],
    *,
    origin: str,
    version: str,
) -> tuple[str, ...]:
    """The sentences for several runs, hostile texts still in them.

    Args:
        audit: Of the sweep.
        rows: The runs.
        plans: One a run.
        failures: Why a run is among those that failed, by its id.
        origin: Such as `sweep ab12cd34`.
        version: Of wbtools.
    """
    return (
        f"{len(rows)} runs of {origin} again",
        *_metric_words(audit),
        *(": ".join(_run_words(audit, row, failures)) for row in rows),
        f"replicas: {sum(plan.n_replicas for plan in plans)}" + cost_words(plans),
        _written_by(version),
    )


def called(run: Run) -> str:
    """`run 8, amber-sweep-8 (ab12cd34)`, without what would be said twice."""
    names = [run.number_or_id, *([] if run.name == run.id else [run.name])]
    return f"run {', '.join(names)}" + ("" if run.number_or_id == run.id else f" ({run.id})")


def _metric_words(audit: Audit) -> list[str]:
    """The metric by which runs are judged, if they are."""
    metric = audit.question.rank_by
    if not audit.question.is_judged:
        return []
    inferred = f", {INFERRED}" if metric.goal_is_inferred else ""
    return [f"metric {metric.name} ({metric.goal}{inferred})"]


def _run_words(audit: Audit, row: RunAudit, failures: Mapping[str, str]) -> list[str]:
    """What a run is called, and why it failed or else what it reached, if it is judged."""
    best = [_best_words(row)] if audit.question.is_judged else []
    return [called(row.run), *([failures[row.run.id]] if row.run.id in failures else best)]


def _best_words(row: RunAudit) -> str:
    reports = "" if row.n_reports is None else f" after {row.n_reports} reports"
    budget = f" of {row.budget}" if row.budget and row.n_reports is not None else ""
    return "no value" if row.best is None else f"best {row.best:.6g}{reports}{budget}"


def _written_by(version: str) -> str:
    return f"Written by wbtools {version}; nothing was started."


def criterion_words(criterion: Criterion, *, is_brief: bool = False) -> str:
    """`success: val/acc 0.966 or better; acceptable: 0.965 (as given)`.

    Args:
        criterion: What replicas have to reach.
        is_brief: Leave out what the seed noise was estimated from.
    """
    source = criterion.source.partition(";")[0] if is_brief else criterion.source
    enough = "no value" if criterion.acceptable is None else f"{criterion.acceptable:.6g}"
    return (
        f"success: {criterion.metric} {criterion.success:.6g} or better; "
        f"acceptable: {enough} ({source})"
    )


def cost_words(plans: Sequence[ReplicationPlan]) -> str:
    """`, about 2.0 h at the run's own pace`; empty where nothing tells of every plan."""
    known = [plan.cost_h for plan in plans if plan.cost_h is not None]
    if len(known) < len(plans):
        return ""
    cost_h = sum(known)
    seconds = cost_h * _S_PER_H
    amount = f"{cost_h:.1f} h" if cost_h >= 1 else f"{max(seconds / 60, 0.1):.1f} min"
    whose = "run's" if len(plans) == 1 else "runs'"
    return f", about {amount} at the {whose} own pace"
