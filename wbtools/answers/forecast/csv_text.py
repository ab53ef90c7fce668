"""One row a sweep file, for spreadsheets: columns in a fixed order, what is unknown is empty."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wbtools.answers.csv_cells import csv_table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wbtools.model.forecast import Forecast, Risk, SweepEstimate, SweepForecast

_PLAN: dict[str, Callable[[SweepForecast], object]] = {
    "file": lambda one: one.plan.source,
    "name": lambda one: one.plan.name,
    "method": lambda one: one.plan.method,
    "rule": lambda one: one.plan.rule,
    "bands_reports": lambda one: " ".join(map(str, one.plan.bands_within)),
    "n_runs": lambda one: one.plan.n_runs,
    "budget_reports": lambda one: one.plan.budget,
    "hours_per_run": lambda one: one.plan.hours_per_run,
    "full_reports": lambda one: one.full_reports,
    "full_h": lambda one: one.full_hours,
    "full_days": lambda one: one.full_days,
}
_ESTIMATES: dict[str, Callable[[SweepForecast], SweepEstimate | None]] = {
    "reports": lambda one: one.reports,
    "hours": lambda one: one.hours,
    "days": lambda one: one.days,
    "saved_fraction": lambda one: one.saved,
    "runs_to_the_end": lambda one: one.to_the_end,
}
_RISKS: dict[str, Callable[[SweepForecast], Risk | None]] = {
    "p_best_stopped": lambda one: one.best_stopped,
    "p_top_stopped": lambda one: one.top_stopped,
}
COLUMNS = (
    *_PLAN,
    *(f"{name}{end}" for name in (*_ESTIMATES, *_RISKS) for end in ("", "_low", "_high")),
    "n_simulated",
)
"""Names of the columns, in order."""


def render_forecast_csv(done: Forecast) -> str:
    """Write a row a file; the total is left to the spreadsheet."""
    return csv_table(COLUMNS, map(_cells, done.sweeps))


def _cells(one: SweepForecast) -> Iterator[object]:
    for take in _PLAN.values():
        yield take(one)
    for take_estimate in _ESTIMATES.values():
        seen = take_estimate(one)
        yield from (None,) * 3 if seen is None else (seen.mean, seen.low, seen.high)
    for take_risk in _RISKS.values():
        risk = take_risk(one)
        yield from (None,) * 3 if risk is None else (risk.p, risk.low, risk.high)
    yield one.n_simulated
