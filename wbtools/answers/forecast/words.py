"""Figures of a forecast in words, as each of its parts writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wbtools.answers.columns import Column
from wbtools.model.forecast import LEVEL
from wbtools.text.numbers import count, hours, listed, percent
from wbtools.text.sanitize import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Callable

    from wbtools.model.forecast import Forecast, SweepForecast, SweepPlan, Total
    from wbtools.model.interval import Interval

BETWEEN = percent(LEVEL)
"""What stands above both ends of an interval."""
MOST_BANDS = 3
"""Bands that a cell names, or a page where nothing says how long a run is."""
_LARGEST_WITH_DECIMALS = 99.5


def ends_column(
    get: Callable[[Any], Interval | None], show: Callable[[float], str], keep: int
) -> Column[Any]:
    """Both ends of an interval in one column of a page."""
    return Column(
        "ends",
        str,
        "Both ends.",
        title=BETWEEN,
        keep=keep,
        right=True,
        data=False,
        show=lambda row: range_words(get(row), show),
    )


def estimate_words(interval: Interval | None, show: Callable[[float], str]) -> str:
    """The estimate alone."""
    return UNKNOWN if interval is None else show(interval.estimate)


def range_words(interval: Interval | None, show: Callable[[float], str]) -> str:
    """Both ends; nothing where they are one."""
    if interval is None or interval.low == interval.high:
        return UNKNOWN
    low, high = show(interval.low), show(interval.high)
    unit = high.rpartition(" ")[2]
    return f"{low.removesuffix(f' {unit}')} … {high}"


def whole(value: float | None) -> str:
    """A number without its decimals."""
    return UNKNOWN if value is None else f"{value:,.0f}"


def decimal(value: float | None) -> str:
    """A number with one decimal, if that says anything."""
    return UNKNOWN if value is None else f"{value:,.1f}".removesuffix(".0")


def runs_number(value: float) -> str:
    """How many runs on average."""
    return decimal(value) if value < _LARGEST_WITH_DECIMALS else whole(value)


def days(value: float | None) -> str:
    """Days, or hours where they are few."""
    if value is None:
        return UNKNOWN
    if value < 1:
        return hours(24 * value)
    return f"{value:.1f} d" if value < _LARGEST_WITH_DECIMALS else f"{whole(value)} d"


def reports_a_run(plan: SweepPlan) -> str:
    """Reports of a full run, for a cell."""
    shortest = "" if plan.lengths is None else f"{whole(plan.lengths.shortest)} … "
    return f"{shortest}{whole(plan.budget)}"


def bands_words(plan: SweepPlan) -> str:
    """The first bands, for a cell."""
    bands = [whole(band) for band in plan.bands_within]
    return ", ".join(bands[:MOST_BANDS]) + (", …" if bands[MOST_BANDS:] else "") or "none"


def verdict_words(forecast: Forecast) -> str:
    """What the sweeps will cost, in one sentence or two."""
    n_agents = forecast.n_agents
    if forecast.total is not None:
        return _total_words(forecast, forecast.total, n_agents)
    sweep = forecast.sweeps[0]
    words = f"{_cost_words(sweep)}{_savings_words(sweep)}"
    if n_agents > 1 and sweep.days is not None:
        words += f"; {days(sweep.days.estimate)} with {count(n_agents, 'agent')}"
    best = sweep.best_stopped
    if best is None:
        return f"{words}."
    risk = percent(best.share.estimate)
    return f"{words}. The best run is stopped early in {risk} of simulated sweeps."


def _cost_words(sweep: SweepForecast) -> str:
    plan = sweep.plan
    runs = "" if plan.n_runs is None else f" for {count(plan.n_runs, 'run')}"
    if sweep.hours is not None:
        return f"about {_around(sweep.hours, hours)} of run time{runs}"
    if sweep.full_hours is not None:
        return f"at most {hours(sweep.full_hours)} of run time{runs}"
    if sweep.reports is not None:
        return f"about {_around(sweep.reports, whole)} reports{runs}"
    if sweep.full_reports is not None:
        return f"at most {whole(sweep.full_reports)} reports{runs}"
    return f"not known{_without(plan)}"


def _without(plan: SweepPlan) -> str:
    """The options that tell what is missing."""
    options = [f"{lack.option} {lack.value}" for lack in plan.missing]
    return f" without {listed(options)}" if options else ""


def _savings_words(sweep: SweepForecast) -> str:
    plan = sweep.plan
    if sweep.full_hours is None and sweep.full_reports is None:
        return ""
    if plan.rule_problem is not None or (plan.has_rule and not plan.is_stopped):
        return "; the rule can stop no run"
    if not plan.has_rule:
        return "; without early termination, every run goes to its end"
    if sweep.saved is None:
        return f"; what the rule saves is not known{_without(plan)}"
    return f", {percent(sweep.saved.estimate)} less than all runs in full"


def _total_words(forecast: Forecast, total: Total, n_agents: int) -> str:
    if total.days is None:
        unknown = [sweep.plan.source for sweep in forecast.sweeps if sweep.days is None]
        return f"not known: nothing says what {count(len(unknown), 'file')} will take."
    words = f"about {_around(total.days, days)} with {count(n_agents, 'agent')}"
    if total.n_runs is not None:
        words += f" for {count(total.n_runs, 'run')}"
    if total.saved is not None:
        words += f", {percent(total.saved.estimate)} less than all runs in full"
    return f"{words}."


def _around(interval: Interval, show: Callable[[float], str]) -> str:
    """The estimate, and both ends where they differ."""
    ends = range_words(interval, show)
    return show(interval.estimate) + ("" if ends == UNKNOWN else f" ({ends})")
