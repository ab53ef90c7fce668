"""The sweeps of a forecast as rows: what each costs and may lose, and who reaches its bands."""

from __future__ import annotations

from dataclasses import dataclass
from operator import attrgetter
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
    (
        Column(
            "band",
            int,
            "From 1.",
            lambda band: band.number,
            title="band",
            right=False,
            show=lambda band: "end" if band.number is None else str(band.number),
        ),
        Column(
            "reports",
            int,
            "Reports at which runs are compared there.",
            title="reports",
            show=lambda band: (
                reports_a_run(band.sweep.plan) if band.number is None else whole(band.reports)
            ),
        ),
        Column(
            "epoch",
            float | None,
            "The same in epochs.",
            title="epoch",
            keep=2,
            show=lambda band: decimal(band.epoch),
        ),
        *interval_columns(
            "n_runs",
            "Runs that get there: mean of the simulated sweeps, and where 90 % of them lie.",
            lambda band: band.n_runs,
            title="runs that get there",
            show=lambda band: estimate_words(band.n_runs, runs_number),
        ),
        ends_column(lambda band: band.n_runs, whole, keep=1),
    ),
)
"""A band at which runs can be cut short."""

_SIMULATED = "mean of the simulated sweeps, and where 90 % of them lie."
_COSTS: Final[tuple[Column[Any], ...]] = (  # of a sweep, or of several
    *interval_columns(
        "saved_share",
        f"Share of the full cost that is saved: {_SIMULATED}",
        lambda cost: cost.saved,
        title="saved",
        show=lambda cost: Cell(estimate_words(cost.saved, percent), "bold"),
    ),
    ends_column(lambda cost: cost.saved, percent, keep=1),
    *interval_columns(
        "makespan_days",
        f"Days from the first start to the last end with the agents that there are: {_SIMULATED}",
        lambda cost: cost.days,
        title="time",
        show=lambda cost: Cell(estimate_words(cost.days, days), "bold"),
    ),
    Column(
        "full_makespan_days",
        float | None,
        "The same, were no run stopped.",
        lambda cost: cost.full_days,
        title="all to the end",
        keep=1,
        show=lambda cost: days(cost.full_days),
    ),
    *interval_columns(
        "used_h",
        f"Hours of all runs together, one after the other: {_SIMULATED}",
        lambda cost: cost.hours,
    ),
    Column("full_h", float | None, "The same, were no run stopped.", lambda cost: cost.full_hours),
)

TOTAL: Final[Record[Total]] = Record(
    "Total", (Column("n_runs", int | None, "Runs of all."), *_COSTS)
)
"""Several sweeps, one after the other; null where one of them is not known."""

_PLAN: Final[tuple[Column[SweepPlan], ...]] = (
    Column(
        "file",
        str,
        "The sweep file, or FILE:MEMBER of a series.",
        attrgetter("source"),
        title="file",
        least=12,
    ),
    Column("sweep_name", str | None, "Its name.", attrgetter("name")),
    Column("method", str | None, "Its method."),
    Column("metric", Maybe(METRIC), "Its metric."),
    Column(
        "rule", str | None, "Its early-termination rule in the grammar of --rule; null without one."
    ),
    Column("rule_problem", str | None, "Why that rule stops no run; null if it can run."),
    Column(
        "n_runs",
        int | None,
        "Its runs; null if nothing says.",
        title="runs",
        keep=3,
        show=lambda plan: whole(plan.n_runs),
    ),
    Column("n_runs_from", str, "What says so."),
    Column(
        "budget_reports",
        int | None,
        "Reports of a full run, of the longest where they differ; null if nothing says.",
        lambda plan: plan.budget,
        title="reports a run",
        keep=5,
        show=reports_a_run,
    ),
    Column("budget_from", str, "What says so."),
    Column(
        "budget_least_reports",
        int | None,
        "Reports of the shortest full run.",
        lambda plan: plan.budget if plan.lengths is None else plan.lengths.shortest,
    ),
    Column(
        "budget_mean_reports",
        float | None,
        "Reports of a full run on average.",
        lambda plan: plan.mean_budget,
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
        lambda plan: plan.hours_per_run,
    ),
    Column("full_run_h_from", str, "What says so.", lambda plan: plan.hours_from),
    Column("series", str | None, "The description of a series of which it is a member."),
    Column("narrows", str | None, "The member whose results will decide its ranges."),
    Column(
        "missing",
        list[str],
        "What is not known, each with the option that tells it.",
        lambda plan: list(map(str, plan.missing)),
        csv=False,
    ),
    Column(
        "bands_reports",
        list[int],
        "Reports at which a run can still be cut short.",
        lambda plan: plan.bands_within,
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
        *interval_columns(f"p_{name}", about, share, **layout),
        Column(
            f"{name}_how",
            str | None,
            "On what that interval rests.",
            lambda sweep: None if (risk := get(sweep)) is None else risk.how,
        ),
    )


SWEEP: Final[Record[SweepForecast]] = Record(
    "Sweep",
    (
        *(column.inside(lambda sweep: sweep.plan) for column in _PLAN),
        Column("bands", Rows(BAND), "The same bands, and who gets there.", bands_of),
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
            title="to the end",
            keep=4,
            show=lambda sweep: estimate_words(sweep.to_the_end, runs_number),
        ),
        *interval_columns(
            "used_reports", f"Reports of all runs: {_SIMULATED}", lambda sweep: sweep.reports
        ),
        Column("full_reports", float | None, "The same, were no run stopped."),
        *_COSTS,
        *_risk(
            "best_stopped",
            "How often the best run is stopped before its end, and the ends of its 90 % interval.",
            lambda sweep: sweep.best_stopped,
            title="best stopped",
            keep=2,
            show=lambda sweep: estimate_words(
                sweep.best_stopped and sweep.best_stopped.share, percent
            ),
        ),
        *_risk(
            "top_stopped",
            "How often a run among its best tenth is, and the ends of its 90 % interval.",
            lambda sweep: sweep.top_stopped,
        ),
        Column(
            "risk_unknown_because",
            str | None,
            "Why nothing is known of these.",
            lambda sweep: sweep.risk_unknown,
        ),
        Column("n_simulated", int, "Simulated sweeps on which the answer rests."),
        Column(
            "n_simulated_runs",
            int,
            "Runs in each of them; fewer than there are where these are many.",
        ),
        Column(
            "n_simulated_reports",
            int,
            "Reports of a full run in them; likewise.",
            lambda sweep: sweep.n_simulated_steps,
        ),
    ),
)
"""What one sweep file will cost and may lose; null where nothing can be said."""
