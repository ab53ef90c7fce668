"""What stands out in a sweep's terminations, as findings `WBT1xx`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from wbtools.analysis.diagnosis.termination import (
    PERHAPS_BY_RULE,
    PERHAPS_BY_UNKNOWN_RULE,
    Cause,
)
from wbtools.analysis.question import RuleStatus
from wbtools.findings import Confidence, Finding, Severity
from wbtools.text.numbers import count

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wbtools.analysis.diagnosis.diagnose import Diagnosis
    from wbtools.analysis.rankability import Rankability

FIRST_REPORTS: Final = "WBT138"
_MOST_NAMED = 20


def judge_terminations(diagnosis: Diagnosis, known: Sequence[Finding] = ()) -> tuple[Finding, ...]:
    """Find what a reader must know before trusting the tables.

    Args:
        diagnosis: Of the sweep.
        known: Findings of the recording itself; what they say in more detail is not said again.
    """
    codes = {finding.code for finding in known}
    return (
        *_about_the_rule(diagnosis),
        *_about_the_bar(diagnosis),
        *(found for found in _about_the_data(diagnosis) if found.code not in codes),
    )


def judge_first_reports(
    diagnosis: Diagnosis, rankability: Rankability | None
) -> tuple[Finding, ...]:
    """Find runs that a rule, W&B's or a guard's, may have stopped on a report before training.

    A known rule stops none there whose first band comes later.

    Args:
        diagnosis: Of the sweep.
        rankability: What its first reports look like; None without curves.
    """
    question, rule = diagnosis.question, diagnosis.verdicts.rule
    is_known = question.rule.settings is not None
    may_be_the_rule = question.rule.status is not RuleStatus.NONE and (
        not is_known or (rule is not None and rule.bands[0] == 1)
    )
    is_counted = question.metric.name == question.rank_by.name  # report 1 of both is the same
    if rankability is None or not rankability.n_before_training or not is_counted:
        return ()
    by_the_rule = PERHAPS_BY_RULE if is_known else PERHAPS_BY_UNKNOWN_RULE
    causes = (Cause.GUARD, *(by_the_rule if may_be_the_rule else ()))
    n_reports = diagnosis.outcomes.n_reports[
        diagnosis.might_have_gone_on & diagnosis.caused_by(*causes)
    ]
    n, n_stopped = int((n_reports == 1).sum()), int((n_reports > 0).sum())
    if not n:
        return ()
    finding = _finding(
        FIRST_REPORTS,
        Severity.WARNING,
        f"{n} of {count(n_stopped, 'stopped run')} ended on a report made before training",
        "set min_iter to 2 or more: report 1 looks like an evaluation before training, which says "
        "nothing about the reports after it",
        Confidence.MEDIUM,
        n_before_training=n,
        n_stopped=n_stopped,
    )
    return (finding,)


def _about_the_rule(diagnosis: Diagnosis) -> Iterator[Finding]:
    settings, verdicts = diagnosis.question.rule.settings, diagnosis.verdicts
    if settings is not None and verdicts.rule is None and diagnosis.curves is not None:
        yield _finding(
            "WBT101",
            Severity.ERROR,
            f"the rule cannot run: {verdicts.why_not}",
            "W&B stops no run with such settings; every short run ended for another reason",
            settings=str(settings),
        )
    if verdicts.rule is not None and verdicts.strict_written is None:
        mode = "strict" if verdicts.rule.strict else "lenient"
        yield _finding(
            "WBT102",
            Severity.INFO,
            f"strict is not written in {settings}; the {mode} mode is shown, both were judged",
            "W&B's engine fills in true since April 2024, its manual says false; write it out",
            Confidence.MEDIUM,
            settings=str(settings),
        )
    if verdicts.rule is not None and not any(
        explanation is not None and explanation.band is not None
        for explanation in verdicts.explanations
    ):
        yield _finding(
            "WBT103",
            Severity.WARNING,
            f"no run reached the first band, {count(verdicts.rule.bands[0], 'report')}",
            "a band counts finite reports of the metric, not steps",
            most_reports=int(diagnosis.outcomes.n_reports.max(initial=0)),
        )


def _about_the_bar(diagnosis: Diagnosis) -> Iterator[Finding]:
    question, outcomes = diagnosis.question, diagnosis.outcomes
    if not diagnosis.full.any() and question.target is None:
        yield _finding(
            "WBT104",
            Severity.WARNING,
            "no run ran to its end, so there is no bar, and no gem can be judged",
            "set a bar with --target, let one run complete, or give a table a column `state`",
        )
    n_short = int((diagnosis.might_have_gone_on & ~diagnosis.caused_by(Cause.GUARD)).sum())
    if question.rule.status is RuleStatus.NONE and n_short:
        yield _finding(
            "WBT105",
            Severity.INFO,
            f"the sweep has no early_terminate, yet {count(n_short, 'run')} ended before "
            f"{'its' if n_short == 1 else 'their'} time",
            "people, schedulers, crashes or lost machines end runs too",
            Confidence.MEDIUM,
            n_short=n_short,
        )
    if outcomes.budget.source == "config" and not outcomes.budget.n_support:
        yield _finding(
            "WBT106",
            Severity.INFO,
            f"one report a unit of {outcomes.budget.key} is assumed: no finished run shows it",
            "give the full budget in reports with --budget",
            Confidence.MEDIUM,
            key=outcomes.budget.key,
        )
    beyond = [
        run.id
        for run, n_made, budget in zip(
            outcomes.runs, outcomes.n_made.tolist(), outcomes.budget.reports.tolist(), strict=True
        )
        if 0 < budget < n_made
    ]
    if beyond:
        yield _finding(
            "WBT120",
            Severity.WARNING,
            f"{len(beyond)} of {count(len(outcomes.runs), 'run')} made more reports than "
            "the budget",
            "they count as completed; give the full budget in reports with --budget",
            Confidence.MEDIUM,
            run_ids=beyond[:_MOST_NAMED],
        )
    unknown = int(diagnosis.caused_by(Cause.COMPLETED).sum())
    if outcomes.budget.source == "unknown" and unknown:
        yield _finding(
            "WBT107",
            Severity.WARNING,
            "nothing says how many reports a full run makes",
            "give it with --budget",
            n_taken_as_completed=unknown,
        )


def _about_the_data(diagnosis: Diagnosis) -> Iterator[Finding]:
    curves, question = diagnosis.curves, diagnosis.question
    if curves is None:
        yield _finding(
            "WBT108",
            Severity.WARNING,
            "the source holds no curves: no rule can be judged and no gain projected",
            "for those, point wbtools at the runs' wandb/ folder",
            origin="run table",
        )
        return
    n = len(curves.n_reports)
    silent = int(diagnosis.silent.sum())
    if silent:
        yield _finding(
            "WBT109",
            Severity.WARNING,
            f"{silent} of {count(n, 'run')} hold no report of {question.metric.name!r}",
            "Hyperband never stops such runs, and bayes learns nothing from them",
            n_silent=silent,
        )
    if len(curves.values) and np.isnan(curves.times_s[curves.n_reports > 0, :1]).any():
        yield _finding(
            "WBT117",
            Severity.WARNING,
            "some reports have no time; their runs are judged on everything that was ever reported",
            "the order of arrival decides Hyperband's thresholds",
            Confidence.MEDIUM,
            metric=question.metric.name,
        )
    if not curves.complete:
        yield _finding(
            "WBT116",
            Severity.WARNING,
            f"the curves of {question.metric.name!r} are not complete",
            "a missing report shifts every later one against the bands",
            metric=question.metric.name,
        )


def _finding(
    code: str,
    severity: Severity,
    title: str,
    hint: str,
    confidence: Confidence = Confidence.HIGH,
    **evidence: object,
) -> Finding:
    return Finding(
        code=code,
        severity=severity,
        confidence=confidence,
        subject="sweep",
        title=title,
        evidence=evidence,
        hint=hint,
    )
