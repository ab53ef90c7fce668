"""One row a run, for spreadsheets and data frames.

RFC 4180 with full precision. Columns come in a fixed order and are never left out; what is unknown
is empty.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wbtools.answers.csv_cells import csv_table

if TYPE_CHECKING:
    from collections.abc import Callable

    from wbtools.analysis.audit import Audit, RunAudit

_RUN: dict[str, Callable[[RunAudit], object]] = {
    "run_number": lambda row: row.run.number,
    "run_id": lambda row: row.run.id,
    "run_name": lambda row: row.run.name,
    "state": lambda row: str(row.run.state),
    "created_at": lambda row: row.run.created_at,
    "runtime_s": lambda row: row.run.runtime_s,
    "rank": lambda row: row.rank,
    "gem_rank": lambda row: row.gem_rank,
    "cause": lambda row: str(row.termination.cause),
    "confidence": lambda row: row.termination.confidence.name.lower(),
    "because": lambda row: row.termination.because,
    "n_reports": lambda row: row.n_reports,
    "n_nonfinite": lambda row: row.n_nonfinite,
    "budget_reports": lambda row: row.budget,
    "best": lambda row: row.best,
    "best_at_report": lambda row: row.best_at,
    "last": lambda row: row.last,
}
_RULE = (
    "band_reports",
    "band_step",
    "band_units",
    "value",
    "threshold",
    "threshold_low",
    "threshold_high",
    "margin",
    "n_peers",
    "set_by_run_id",
    "ruling",
    "ruling_strict",
    "ruling_lenient",
)
_PROJECTED = {
    "projected_median": "median",
    "projected_low": "low",
    "projected_high": "high",
    "projected_level": "level",
    "p_gem": "p_gem",
    "p_repeat": "p_repeat",
    "expected_gain": "expected_gain",
    "n_support": "n_support",
    "abstained_because": "abstained_because",
}
_COST: dict[str, Callable[[RunAudit], object]] = {
    "report_s": lambda row: row.report_s,
    "cost_remaining_reports": lambda row: row.cost_remaining_reports,
    "cost_remaining_h": lambda row: row.cost_remaining_h,
    "cost_full_h": lambda row: row.cost_full_h,
    "gain_per_h": lambda row: row.gain_per_h,
}
COLUMNS = (*_RUN, *_RULE, *_PROJECTED, *_COST)
"""Names of the columns, in order. `value`, `margin` and `ruling` are of the strict mode in use."""


def render_csv(audit: Audit, *, run: RunAudit | None = None) -> str:
    """Write an audit as CSV, one row a run in the sweep's order.

    Args:
        audit: The answer.
        run: The one run that is asked for; it then comes alone.
    """
    rows = audit.rows if run is None else (run,)
    return csv_table(COLUMNS, (_cells(audit, row) for row in rows))


def _cells(audit: Audit, row: RunAudit) -> tuple[object, ...]:
    return (
        *(take(row) for take in _RUN.values()),
        *_rule_cells(audit, row),
        *(getattr(row.projection, name, None) for name in _PROJECTED.values()),
        *(take(row) for take in _COST.values()),
    )


def _rule_cells(audit: Audit, row: RunAudit) -> tuple[object, ...]:
    rule, explanation = audit.verdicts.rule, row.explanation
    if rule is None or explanation is None:
        return (None,) * len(_RULE)
    judged = explanation.judged(strict=rule.strict)
    return (
        explanation.band,
        explanation.band_step,
        explanation.band_epoch,
        judged.value,
        explanation.threshold,
        explanation.threshold_low,
        explanation.threshold_high,
        explanation.margin(strict=rule.strict, sign=audit.question.metric.goal.sign),
        explanation.n_peers,
        explanation.set_by,
        str(judged.ruling),
        str(explanation.strict.ruling),
        str(explanation.lenient.ruling),
    )
