"""The answer of `compare` as CSV, one row a side; curves are in the JSON answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wbtools.analysis.diagnosis.termination import Cause
from wbtools.answers.csv_cells import csv_table

if TYPE_CHECKING:
    from wbtools.analysis.comparison import Comparison


def render_comparison_csv(comparison: Comparison) -> str:
    """Write the sides in their order; columns are never left out, what is unknown is empty."""
    rows = [_row(comparison, k) for k in range(len(comparison.sides))]
    return csv_table(rows[0], (row.values() for row in rows))


def _row(comparison: Comparison, k: int) -> dict[str, object]:
    side, summaries, contrast = (
        comparison.sides[k],
        comparison.summaries[k],
        comparison.contrasts[k],
    )
    difference = None if contrast is None else contrast.difference
    row: dict[str, object] = {
        "side": side.name,
        "source": side.source,
        "is_baseline": k == comparison.question.baseline,
        "n_runs": summaries.n_runs,
        "n_completed": summaries.completed.k,
        "n_ended": summaries.completed.n,
        "completed_low": summaries.completed.low,
        "completed_high": summaries.completed.high,
        **{
            f"n_{cause}": summaries.causes.get(cause, 0) if summaries.causes else None
            for cause in Cause
        },
        "best": summaries.best,
        "best_run_id": None if summaries.best_run is None else summaries.best_run.id,
        "mean_n": 0 if summaries.mean is None else summaries.mean.n,
        **{name: getattr(summaries.mean, name, None) for name in ("mean", "sd")},
        "mean_low": None if summaries.mean is None else summaries.mean.low,
        "mean_high": None if summaries.mean is None else summaries.mean.high,
        "hours": summaries.hours,
        "n_timed": summaries.n_timed,
        "reports": summaries.reports,
        "n_counted": summaries.n_counted,
    }
    for name in _TESTED:
        row[f"difference_{name}".removesuffix("_difference")] = getattr(difference, name, None)
    row["why_not"] = side.why_not or (None if contrast is None else contrast.why_not)
    for race in comparison.races:
        points = race.lanes[k].points
        row[f"equal_{race.unit}"] = race.equal_compute
        for name in _RACED:
            row[f"{name}_at_equal_{race.unit}"] = getattr(points[-1], name) if points else None
    stage = comparison.stages[k] if comparison.stages else None
    for name in _STAGED:
        row[f"stage_{name}"] = getattr(stage, name, None)
    return row


_TESTED = (
    "difference",
    "low",
    "high",
    "p",
    "p_adjusted",
    "p_permutation",
    "p_permutation_adjusted",
)
_RACED = (
    "recorded",
    "typical",
    "low",
    "high",
    "regret",
    "difference",
    "difference_low",
    "difference_high",
    "p_better",
)
_STAGED = ("gain", "low", "high", "hours", "gain_per_h", "hours_so_far")
