"""One row a sweep file, for spreadsheets: columns in a fixed order, what is unknown is empty."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wbtools.answers.csv_cells import csv_table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wbtools.model.forecast import Forecast, Risk, SweepForecast
    from wbtools.model.interval import Interval

_PLAN: dict[str, Callable[[SweepForecast], object]] = {
    "file": lambda sweep: sweep.plan.source,
    "name": lambda sweep: sweep.plan.name,
    "method": lambda sweep: sweep.plan.method,
    "rule": lambda sweep: sweep.plan.rule,
    "bands_reports": lambda sweep: " ".join(map(str, sweep.plan.bands_within)),
    "n_runs": lambda sweep: sweep.plan.n_runs,
    "budget_reports": lambda sweep: sweep.plan.budget,
    "budget_mean_reports": lambda sweep: sweep.plan.mean_budget,
    "hours_per_run": lambda sweep: sweep.plan.hours_per_run,
    "full_reports": lambda sweep: sweep.full_reports,
    "full_h": lambda sweep: sweep.full_hours,
    "full_days": lambda sweep: sweep.full_days,
}
_INTERVALS: dict[str, Callable[[SweepForecast], Interval | None]] = {
    "reports": lambda sweep: sweep.reports,
    "hours": lambda sweep: sweep.hours,
    "days": lambda sweep: sweep.days,
    "saved_fraction": lambda sweep: sweep.saved,
    "runs_to_the_end": lambda sweep: sweep.to_the_end,
    "p_best_stopped": lambda sweep: _share(sweep.best_stopped),
    "p_top_stopped": lambda sweep: _share(sweep.top_stopped),
}
COLUMNS = (
    *_PLAN,
    *(f"{name}{end}" for name in _INTERVALS for end in ("", "_low", "_high")),
    "n_simulated",
)
"""Names of the columns, in order."""


def render_forecast_csv(forecast: Forecast) -> str:
    """Write a row a file; the total is left to the spreadsheet."""
    return csv_table(COLUMNS, map(_cells, forecast.sweeps))


def _cells(sweep: SweepForecast) -> Iterator[object]:
    for take in _PLAN.values():
        yield take(sweep)
    for take_interval in _INTERVALS.values():
        interval = take_interval(sweep)
        ends = (None,) * 3 if interval is None else (interval.estimate, interval.low, interval.high)
        yield from ends
    yield sweep.n_simulated


def _share(risk: Risk | None) -> Interval | None:
    return None if risk is None else risk.share
