"""What reports that runs made again did to a rule that counts them, as finding WBT129.

The tables count an epoch once. W&B's server counts every row: a run that went back and logged
epochs again came to its next bands early, and was compared there by values of earlier epochs.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from wbtools.analysis.diagnosis.outcomes import run_outcomes
from wbtools.analysis.diagnosis.rule_verdicts import judge_by_rule
from wbtools.analysis.diagnosis.termination import Cause
from wbtools.findings import Confidence, Finding, Severity
from wbtools.text.numbers import count, listed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wbtools.analysis.diagnosis.diagnose import Diagnosis
    from wbtools.analysis.diagnosis.explain import Explanation
    from wbtools.model import Curves, Sweep

_MOST_NAMED = 20


def judge_repeats(sweep: Sweep, diagnosis: Diagnosis) -> Iterator[Finding]:
    """Say which bands such reports shift, and whom they may have stopped.

    Args:
        sweep: As it was diagnosed.
        diagnosis: Of its runs' own curves.
    """
    question, rule = diagnosis.question, diagnosis.verdicts.rule
    counted = sweep.curves_with_repeats.get(question.metric.name)
    if counted is None or rule is None or diagnosis.curves is None:
        return
    shifted = [row for row, _ in enumerate(sweep.runs) if _repeats(diagnosis.curves, counted, row)]
    bands = sorted(
        {
            band
            for row in shifted
            for band in rule.bands
            if _value(counted, row, band) not in {None, _value(diagnosis.curves, row, band)}
        }
    )
    if not bands:
        return
    by_rows = run_outcomes(
        replace(sweep, curves={**sweep.curves, question.metric.name: counted}), question
    )
    as_counted = judge_by_rule(by_rows, by_rows.observations(question.metric.goal), question)
    doubtful = [
        run.id
        for run, ended_early, explanation, explanation_by_rows in zip(
            sweep.runs,
            (diagnosis.might_have_gone_on & ~diagnosis.caused_by(Cause.GUARD)).tolist(),
            diagnosis.verdicts.explanations,
            as_counted.explanations,
            strict=True,
        )
        if ended_early
        and not _says_stop(explanation, strict=rule.strict)
        and _says_stop(explanation_by_rows, strict=rule.strict)
    ]
    n_again = int((counted.n_reports - diagnosis.curves.n_reports).sum())
    whom = (
        f"; {count(len(doubtful), 'run')} may have been stopped by a value that came early"
        if doubtful
        else ""
    )
    yield Finding(
        code="WBT129",
        severity=Severity.WARNING if doubtful else Severity.INFO,
        confidence=Confidence.MEDIUM,
        subject="sweep",
        title=f"{count(len(shifted), 'run')} logged {count(n_again, 'report')} twice: W&B's "
        f"{'band' if len(bands) == 1 else 'bands'} {listed(map(str, bands))} saw earlier values"
        f"{whom}",
        evidence={
            "n_reports_again": n_again,
            "bands_reports": bands,
            "shifted_run_ids": [sweep.runs[row].id for row in shifted[:_MOST_NAMED]],
            "run_ids": doubtful[:_MOST_NAMED],
        },
        hint="the tables count an epoch once; W&B's server counts every row that it is sent",
    )


def _repeats(curves: Curves, counted: Curves, row: int) -> bool:
    return bool(counted.n_reports[row] > curves.n_reports[row])


def _value(curves: Curves, row: int, report: int) -> tuple[float, float] | None:
    """Value and time of a report, from 1; None where the run did not come so far."""
    if report > curves.n_reports[row]:
        return None
    time_s = float(np.nan_to_num(curves.times_s[row, report - 1]))
    return float(curves.values[row, report - 1]), time_s


def _says_stop(explanation: Explanation | None, *, strict: bool) -> bool:
    return explanation is not None and explanation.judged(strict=strict).ruling.may_stop
