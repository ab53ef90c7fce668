"""The sweeps of a forecast as rows: what each costs and may lose, and who reaches its bands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from wbtools.answers.columns import Column, Maybe, Record, Rows
from wbtools.answers.forecast.words import (
    bands_words,
    days,
    decimal,
    ends_column,
    estimate_words,
    reports_a_run,
    runs_number,
    whole,
)
from wbtools.answers.layout import Cell
from wbtools.answers.parts import METRIC, interval_columns
from wbtools.text.numbers import percent

if TYPE_CHECKING:
    from collections.abc import Callable

    from wbtools.model.forecast import Risk, SweepForecast, SweepPlan, Total
    from wbtools.model.interval import Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """A band of a sweep, or the end of its runs.

    Attributes:
        number: From 1; None for the end.
    """

    sweep: SweepForecast
    number: int | None

    @property
    def reports(self) -> int | None:
        """Reports at which it lies; None for an unknown end."""
        plan = self.sweep.plan
        return plan.budget if self.number is None else plan.bands_within[self.number - 1]

    @property
    def epoch(self) -> float | None:
        """The same in epochs; None where that is unknown, or differs from run to run."""
        plan, reports = self.sweep.plan, self.reports
        if reports is None or (self.number is None and plan.lengths is not None):
            return None
        return plan.epoch_of(reports)

    @property
    def n_runs(self) -> Interval | None:
        """Runs that get there; None if unknown."""
        if self.number is None:
            return self.sweep.to_the_end
        return self.sweep.reached[self.number - 1] if self.sweep.reached else None


def bands_of(sweep: SweepForecast) -> list[Band]:
    """The bands at which a run can still be cut short."""
    return [Band(sweep=sweep, number=k + 1) for k in range(len(sweep.plan.bands_within))]


BAND: Final[Record[Band]] = Record(
    "Band",
    Column(
        "band",
        int,
        "Number of the band, from 1.",
        of="number",
        title="band",
        right=False,
        show=lambda band: "end" if band.number is None else str(band.number),
    ),
    Column(
        "band_reports",
        int,
        "Reports at which runs are compared at the band.",
        of="reports",
        title="reports",
        show=lambda band: (
            reports_a_run(band.sweep.plan) if band.number is None else whole(band.reports)
        ),
    ),
    Column(
        "epoch",
        float | None,
        "Epoch at which runs are compared at the band.",
        title="epoch",
        keep=2,
        show=lambda band: decimal(band.epoch),
    ),
    *interval_columns(
        "n_runs",
        "Runs that reach the band: mean of the simulated sweeps.",
        lambda band: band.n_runs,
        level="90 %",
        title="runs that get there",
        show=lambda band: estimate_words(band.n_runs, runs_number),
    ),
    ends_column(lambda band: band.n_runs, whole, keep=1),
)
"""A band at which runs can be cut short."""

_SIMULATED = "mean of the simulated sweeps."
_COSTS: Final[tuple[Column[Any], ...]] = (  # of a sweep, or of several
    *interval_columns(
        "saved_share",
        f"Share of the full cost that is saved: {_SIMULATED}",
        lambda cost: cost.saved,
        level="90 %",
        title="saved",
        show=lambda cost: Cell(estimate_words(cost.saved, percent), "bold"),
    ),
    ends_column(lambda cost: cost.saved, percent, keep=1),
    *interval_columns(
        "makespan_days",
        f"Days from the first start to the last end with the agents that there are: {_SIMULATED}",
        lambda cost: cost.days,
        level="90 %",
        title="time",
        show=lambda cost: Cell(estimate_words(cost.days, days), "bold"),
    ),
    Column(
        "full_makespan_days",
        float | None,
        "Days from the first start to the last end, were no run stopped.",
        of="full_days",
        title="all to the end",
        keep=1,
        show=lambda cost: days(cost.full_days),
    ),
    *interval_columns(
        "used_h",
        f"Hours of all runs together, one after the other: {_SIMULATED}",
        lambda cost: cost.hours,
        level="90 %",
    ),
    Column(
        "full_h", float | None, "Hours of all runs together, were no run stopped.", of="full_hours"
    ),
)

TOTAL: Final[Record[Total]] = Record(
    "Total", Column("n_runs", int | None, "Runs of all sweeps together."), *_COSTS
)
"""Several sweeps, one after the other; null where one of them is not known."""

_PLAN: Final[tuple[Column[SweepPlan], ...]] = (
    Column(
        "file",
        str,
        "The sweep file, or FILE:MEMBER of a series.",
        of="source",
        title="file",
        least=12,
    ),
    Column("sweep_name", str | None, "Name of the sweep.", of="name"),
    Column("method", str | None, "Search method of the sweep."),
    Column("metric", Maybe(METRIC), "Metric of the sweep."),
    Column(
        "rule",
        str | None,
        "Early-termination rule of the sweep in the grammar of --rule; null without one.",
    ),
    Column("rule_problem", str | None, "Why the rule stops no run; null if it can run."),
    Column(
        "n_runs",
        int | None,
        "Runs of the sweep; null if nothing says.",
        title="runs",
        keep=3,
        show=lambda plan: whole(plan.n_runs),
    ),
    Column("n_runs_from", str, "What says how many runs there are."),
    Column(
        "budget_reports",
        int | None,
        "Reports of a full run, of the longest where they differ; null if nothing says.",
        of="budget",
        title="reports a run",
        keep=5,
        show=reports_a_run,
    ),
    Column("budget_from", str, "What says how many reports a full run makes."),
    Column(
        "budget_least_reports",
        int | None,
        "Reports of the shortest full run.",
        lambda plan: plan.budget if plan.lengths is None else plan.lengths.shortest,
    ),
    Column(
        "budget_mean_reports", float | None, "Reports of a full run on average.", of="mean_budget"
    ),
    Column(
        "reports_per_epoch",
        float | None,
        "How often an epoch logs the metric; null if nothing says.",
        lambda plan: plan.reports_per_epoch and float(plan.reports_per_epoch),
    ),
    Column(
        "full_run_h",
        float | None,
        "Hours of a full run, on average where they differ; null if nothing says.",
        of="hours_per_run",
    ),
    Column("full_run_h_from", str, "What says how long a full run takes.", of="hours_from"),
    Column("series", str | None, "The description of the series of which the sweep is a member."),
    Column("narrows", str | None, "The member of the series whose results will decide the ranges."),
    Column(
        "missing",
        list[str],
        "What is not known of the sweep, each with the option that tells it.",
        lambda plan: list(map(str, plan.missing)),
        csv=False,
    ),
    Column(
        "bands_reports",
        list[int],
        "Reports at which a run can still be cut short.",
        of="bands_within",
        title="bands",
        keep=5,
        show=bands_words,
    ),
)


def _risk(
    name: str,
    about: str,
    get: Callable[[SweepForecast], Risk | None],
    **layout: Any,  # noqa: ANN401 - fields of `Column`
) -> tuple[Column[SweepForecast], ...]:
    """How often something good is stopped, and on what its interval rests."""

    def share(sweep: SweepForecast) -> Interval | None:
        return None if (risk := get(sweep)) is None else risk.share

    return (
        *interval_columns(f"{name}_share", about, share, level="90 %", **layout),
        Column(
            f"{name}_how",
            str | None,
            f"What the interval of {name}_share rests on.",
            lambda sweep: None if (risk := get(sweep)) is None else risk.how,
        ),
    )


SWEEP: Final[Record[SweepForecast]] = Record(
    "Sweep",
    *(column.inside(lambda sweep: sweep.plan) for column in _PLAN),
    Column(
        "bands",
        Rows(BAND),
        "Bands at which a run can still be cut short, and how many runs get there.",
        bands_of,
    ),
    Column(
        "n_bands_beyond",
        int,
        "Bands at or beyond the end of a run, which stop nobody.",
        lambda sweep: len(sweep.plan.bands) - len(sweep.plan.bands_within),
    ),
    *interval_columns(
        "n_to_the_end",
        f"Runs that make every report of a full run: {_SIMULATED}",
        lambda sweep: sweep.to_the_end,
        level="90 %",
        title="to the end",
        keep=4,
        show=lambda sweep: estimate_words(sweep.to_the_end, runs_number),
    ),
    *interval_columns(
        "used_reports",
        f"Reports of all runs: {_SIMULATED}",
        lambda sweep: sweep.reports,
        level="90 %",
    ),
    Column("full_reports", float | None, "Reports of all runs, were no run stopped."),
    *_COSTS,
    *_risk(
        "best_stopped",
        "Share of simulated sweeps in which the best run is stopped before its end.",
        lambda sweep: sweep.best_stopped,
        title="best stopped",
        keep=2,
        show=lambda sweep: estimate_words(sweep.best_stopped and sweep.best_stopped.share, percent),
    ),
    *_risk(
        "top_stopped",
        "Share of simulated sweeps in which a run among the best tenth is stopped before its end.",
        lambda sweep: sweep.top_stopped,
    ),
    Column(
        "risk_unknown_because",
        str | None,
        "Why nothing is known of best_stopped_share and top_stopped_share.",
        of="risk_unknown",
    ),
    Column("n_simulated", int, "Simulated sweeps on which the answer rests."),
    Column(
        "n_simulated_runs",
        int,
        "Runs in each simulated sweep; fewer than the sweep has where these are many.",
    ),
    Column(
        "n_simulated_reports",
        int,
        "Reports of a full run in a simulated sweep; fewer than the sweep has where "
        "these are many.",
        of="n_simulated_steps",
    ),
)
"""What one sweep file will cost and may lose; null where nothing can be said."""
