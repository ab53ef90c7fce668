"""What stands at the top of every text: which sweep, which run, which metric, which plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wbtools.model.metric import INFERRED
from wbtools.model.progress import progress_words
from wbtools.text.numbers import hours, probability

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from wbtools.analysis.audit import Audit, RunAudit
    from wbtools.analysis.continue_or_rerun import ContinueOrRerun
    from wbtools.model import Checkpoint, Criterion, ReplicationPlan, Run


def head_of(
    audit: Audit,
    row: RunAudit,
    plan: ReplicationPlan,
    fallback: RunAudit | None,
    *,
    origin: str,
    version: str,
    ways: ContinueOrRerun,
) -> tuple[str, ...]:
    """The sentences, hostile texts still in them.

    Args:
        audit: Of the sweep.
        row: The run.
        plan: What is written.
        fallback: The run to fall back to.
        origin: Such as `sweep ab12cd34`.
        version: Of wbtools.
        ways: To go on with the run, and to run it again.
    """
    run = row.run
    return (
        f"Run {run.number_or_id} of {origin} {_how(plan)}: {run.name} (id {run.id})",
        *([] if plan.continues is None else [f"checkpoint: {plan.continues.checkpoint}"]),
        *(f"{words}: {_best_words(row)}" for words in _metric_words(audit)),
        *(criterion_words(criterion) for criterion in plan.criteria),
        *(
            []
            if fallback is None
            else [f"fallback: run {fallback.run.number_or_id} ({fallback.run.id})"]
        ),
        effort_words(plan, ways),
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
    n_continued = sum(plan.continues is not None for plan in plans)
    how = "again" if not n_continued else "continued"
    if 0 < n_continued < len(plans):
        how = f"continued ({n_continued}) or again ({len(plans) - n_continued})"
    n_begun = sum(plan.n_replicas for plan in plans)
    return (
        f"{len(rows)} runs of {origin} {how}",
        *_metric_words(audit),
        *(
            ": ".join(_run_words(audit, row, plan, failures))
            for row, plan in zip(rows, plans, strict=True)
        ),
        (f"runs: {n_begun}" if n_continued else f"replicas: {n_begun}") + cost_words(plans),
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


def _run_words(
    audit: Audit, row: RunAudit, plan: ReplicationPlan, failures: Mapping[str, str]
) -> list[str]:
    """What a run is called, why it failed or else what it reached, if it is judged, and how."""
    best = [_best_words(row)] if audit.question.is_judged else []
    return [
        called(row.run),
        *([failures[row.run.id]] if row.run.id in failures else best),
        *([] if plan.continues is None else [_how(plan)]),
    ]


def _how(plan: ReplicationPlan) -> str:
    """`again`, or `continued from epoch 12`."""
    if plan.continues is None:
        return "again"
    progress = progress_words(plan.continues.epoch, plan.continues.step)
    return f"continued from {progress or 'its checkpoint'}"


def effort_words(plan: ReplicationPlan, ways: ContinueOrRerun) -> str:
    """What is written and what it takes, and the other way where there are two.

    `continued from epoch 12, about 0.5 h at the run's own pace, 40 % had it gone on; run again:
    0.9 h, 47 % (…)`. Replicas with another configuration or budget stand alone.

    Args:
        plan: What is written.
        ways: To go on with the run, and to run it again.
    """
    is_continued, n = plan.continues is not None, plan.n_replicas
    words = (_how(plan) if is_continued else f"replicas: {n}") + cost_words([plan])
    if not ways.hold_for(plan):
        return words
    gone_on = None if ways.p_gone_on is None else f"{probability(ways.p_gone_on)} had it gone on"
    fresh = None if ways.p_repeat is None else probability(ways.p_repeat, may_be_sure=False)
    if is_continued:
        chance, other = gone_on, [f"run again: {_takes(ways.rerun_h, fresh)}"]
    else:
        chance = fresh if fresh is None or n == 1 else f"each {fresh}"
        other = []
        if ways.has_more_to_go:
            onward = _takes(ways.continue_h, gone_on)
            other = [f"continue{_from_where(ways.checkpoint)}: {onward}"]
    known = [each for each in (gone_on if other else None, fresh) if each]
    odds = f" (chance{'s' if len(known) > 1 else ''} of beating the bar)" if known else ""
    return f"{'; '.join([', '.join(filter(None, [words, chance])), *other])}{odds}"


def _from_where(checkpoint: Checkpoint | None) -> str:
    """` from epoch 12`; empty where nothing says how far the checkpoint had come."""
    if checkpoint is None:
        return " (if it left a checkpoint)"
    progress = progress_words(checkpoint.epoch, checkpoint.step)
    return f" from {progress}" if progress else ""


def _takes(amount_h: float | None, chance: str | None) -> str:
    """`0.5 h, 40 %`, as far as they are known."""
    known = [*([] if amount_h is None else [hours(amount_h)]), *filter(None, [chance])]
    return ", ".join(known) or "unknown"


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
    whose = "run's" if len(plans) == 1 else "runs'"
    amount = hours(sum(known))
    about = "" if amount.startswith("<") else "about "
    return f", {about}{amount} at the {whose} own pace"
