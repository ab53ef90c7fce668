"""Run the checks on a sweep and give findings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from wbtools.analysis.health import (
    curve_checks,
    grid_checks,
    locations,
    logging_checks,
    missing_metric,
    run_states,
    search_checks,
    unequal_bands,
)
from wbtools.analysis.health.checks import Check, NotJudged
from wbtools.findings import Confidence, Finding

if TYPE_CHECKING:
    from collections.abc import Callable

    from wbtools.analysis.health.check_context import CheckContext
    from wbtools.analysis.health.checks import CheckResult

_MODULES: Final = (
    missing_metric,
    logging_checks,
    search_checks,
    grid_checks,
    unequal_bands,
    curve_checks,
    run_states,
    locations,
)
CHECKS: Final[dict[str, Check]] = {
    check.code: check
    for check in sorted(
        (
            check
            for module in _MODULES
            for check in vars(module).values()
            if isinstance(check, Check)
        ),
        key=lambda check: check.code,
    )
}
"""Every check by its code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unjudged:
    """A check that could not look, and why."""

    code: str
    about: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Examination:
    """What the doctor says of a sweep.

    Attributes:
        findings: The worst first; those of the recording itself among them.
        unjudged: What could not be judged.
        n_checks: Checks that were made or tried.
    """

    context: CheckContext
    findings: tuple[Finding, ...]
    unjudged: tuple[Unjudged, ...]
    n_checks: int


@np.errstate(over="ignore", invalid="ignore")  # 1e308 is a value too; what overflows is unknown
def examine(
    context: CheckContext,
    wanted: Callable[[str], bool] = lambda _code: True,
    on_progress: Callable[[int, int], None] | None = None,
) -> Examination:
    """Make the checks.

    Args:
        context: What is known of the sweep.
        wanted: Which codes count.
        on_progress: Called with (checks made, checks in all).
    """
    found = [finding for finding in context.sweep.findings if wanted(finding.code)]
    unjudged: list[Unjudged] = []
    chosen = [check for code, check in CHECKS.items() if wanted(code)]
    for n_made, check in enumerate(chosen):
        if on_progress is not None:
            on_progress(n_made, len(chosen))
        for answer in check.look(context):
            if isinstance(answer, NotJudged):
                unjudged.append(Unjudged(code=check.code, about=check.title, why=answer.why))
            else:
                found.append(_finding(check, answer, context))
    found.sort(key=lambda finding: (-finding.severity, -finding.confidence, finding.code))
    return Examination(
        context=context, findings=tuple(found), unjudged=tuple(unjudged), n_checks=len(chosen)
    )


def _finding(check: Check, symptom: CheckResult, context: CheckContext) -> Finding:
    confidence, evidence = symptom.confidence or check.confidence, dict(symptom.evidence)
    if check.counts_reports and context.at_least():
        confidence, evidence["reports"] = Confidence.LOW, "more than counted, as rows are missing"
    return Finding(
        code=check.code,
        severity=symptom.severity or check.severity,
        confidence=confidence,
        subject=symptom.subject,
        title=" ".join(symptom.title.split()),
        evidence=evidence,
        hint=symptom.hint,
    )
