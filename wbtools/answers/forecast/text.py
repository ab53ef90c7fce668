"""The page of `forecast`: what a sweep costs, who gets how far, what may be lost, on what it rests.

Several files share one table and a total; a file alone shows its bands.
"""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

from wbtools.answers.forecast.grounds import say_grounds
from wbtools.answers.forecast.words import BETWEEN, HEADING, range_words, whole
from wbtools.answers.layout import Cell, TextColumn
from wbtools.answers.metric_words import goal_words
from wbtools.text.numbers import count, hours, percent
from wbtools.text.sanitize import UNKNOWN, sanitize

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wbtools.answers.layout import Page
    from wbtools.model.forecast import (
        Forecast,
        Risk,
        SweepForecast,
        SweepPlan,
        Total,
    )
    from wbtools.model.interval import Interval

_MOST_BANDS = 3
_LARGEST_PLAIN_DAYS = 99.5
_COSTS = (
    TextColumn(title="", keep=0),
    TextColumn(title="expected", keep=0, right=True),
    TextColumn(title=BETWEEN, keep=2, right=True),
    TextColumn(title="all to the end", keep=1, right=True),
)
_BANDS = (
    TextColumn(title="band", keep=0),
    TextColumn(title="reports", keep=0, right=True),
    TextColumn(title="epoch", keep=2, right=True),
    TextColumn(title="runs that get there", keep=0, right=True),
    TextColumn(title=BETWEEN, keep=1, right=True),
)
_FILES = (
    TextColumn(title="file", keep=0, least=12),
    TextColumn(title="runs", keep=3, right=True),
    TextColumn(title="reports a run", keep=5, right=True),
    TextColumn(title="bands", keep=5),
    TextColumn(title="to the end", keep=4, right=True),
    TextColumn(title="saved", keep=0, right=True),
    TextColumn(title=BETWEEN, keep=1, right=True),
    TextColumn(title="time", keep=0, right=True),
    TextColumn(title="all to the end", keep=1, right=True),
    TextColumn(title="best stopped", keep=2, right=True),
)


def render_forecast(forecast: Forecast, page: Page) -> str:
    """Write the answer.

    Args:
        forecast: The answer.
        page: What to write it on, empty.
    """
    if len(forecast.sweeps) == 1:
        _alone(page, forecast.sweeps[0], forecast)
    else:
        _several(page, forecast)
    say_grounds(page, forecast)
    return str(page)


def _alone(page: Page, sweep: SweepForecast, forecast: Forecast) -> None:
    plan = sweep.plan
    page.flow(_title(plan), style=HEADING)
    page.flow(_facts(plan))
    _problems(page, plan)
    if sweep.full_reports is not None or sweep.full_hours is not None:
        page.gap()
        page.say("What it costs", style=HEADING)
        page.table(_COSTS, list(_cost_rows(sweep, forecast.n_agents)))
    if plan.bands:
        page.gap()
        page.say("Who gets how far", style=HEADING)
        page.table(_BANDS, list(_band_rows(sweep)), below=_beyond(plan))
    if sweep.best_stopped is not None or sweep.risk_unknown is not None:
        page.gap()
        page.say("What it may lose", style=HEADING)
        page.say(_loss(sweep), indent=2)


def _title(plan: SweepPlan) -> Iterator[str]:
    yield sanitize(plan.source)
    if plan.name is not None:
        yield sanitize(plan.name)
    words = [] if plan.method is None else [sanitize(plan.method)]
    if plan.metric is not None:
        words.append(goal_words(plan.metric))
    if plan.rule is not None:
        words.append(sanitize(plan.rule))
    elif plan.rule_problem is None:
        words.append("no early termination")
    yield ", ".join(words)


def _facts(plan: SweepPlan) -> Iterator[str]:
    if plan.n_runs is not None:
        yield f"{count(plan.n_runs, 'run')} ({plan.n_runs_from})"
    if plan.budget is not None:
        yield f"budget {_budget(plan, plan.budget)} ({sanitize(plan.budget_from)})"
    if plan.hours_per_run is not None:
        run = "a full run" if plan.lengths is None else "a full run on average"
        yield f"{hours(plan.hours_per_run)} {run} ({sanitize(plan.hours_from)})"


def _budget(plan: SweepPlan, budget: int) -> str:
    """Reports of a full run, in words."""
    if plan.lengths is None:
        return count(budget, "report")
    mean = _decimal(plan.lengths.mean)
    return f"{whole(plan.lengths.shortest)} to {whole(budget)} reports, {mean} on average"


def _reports_a_run(plan: SweepPlan) -> str:
    """The same for a cell."""
    if plan.budget is None:
        return UNKNOWN
    if plan.lengths is None:
        return whole(plan.budget)
    return f"{whole(plan.lengths.shortest)} … {whole(plan.budget)}"


def _problems(page: Page, plan: SweepPlan) -> None:
    """What is wrong with the file, and what is not known."""
    if plan.rule_problem is not None:
        page.say(f"The rule stops nothing: {sanitize(plan.rule_problem)}.", style="bold red")
    elif plan.bands and not plan.is_stopped:
        page.say(
            f"The rule stops nothing: its first band, {plan.bands[0]}, is no earlier than the end "
            "of a run.",
            style="bold red",
        )
    if plan.narrows is not None:
        page.say(f"its ranges are decided once {sanitize(plan.narrows)} has run", hang=2)
    for missing in plan.missing:
        page.say(f"not known: {sanitize(str(missing))}", hang=2)


def _cost_rows(sweep: SweepForecast, n_agents: int) -> Iterator[list[Cell]]:
    if sweep.saved is not None and sweep.plan.is_stopped:
        yield _row("saved", sweep.saved, percent, UNKNOWN)
    if sweep.full_reports is not None:
        yield _row("reports", sweep.reports, whole, whole(sweep.full_reports))
    if sweep.full_hours is not None and sweep.full_days is not None:
        yield _row("run time", sweep.hours, hours, hours(sweep.full_hours))
        yield _row(f"with {count(n_agents, 'agent')}", sweep.days, _days, _days(sweep.full_days))


def _row(
    name: str, interval: Interval | None, show: Callable[[float], str], full: str
) -> list[Cell]:
    ends = Cell(range_words(interval, show))
    return [Cell(name), Cell(_middle(interval, show), "bold"), ends, Cell(full)]


def _middle(interval: Interval | None, show: Callable[[float], str]) -> str:
    return UNKNOWN if interval is None else show(interval.estimate)


def _band_rows(sweep: SweepForecast) -> Iterator[list[Cell]]:
    plan = sweep.plan
    reached = sweep.reached or (None,) * len(plan.bands_within)
    shown = plan.bands_within if plan.budget is not None else plan.bands_within[:_MOST_BANDS]
    for number, (band, interval) in enumerate(zip(shown, reached, strict=False), start=1):
        yield [
            Cell(str(number)),
            Cell(whole(band)),
            Cell(_epoch(plan, band)),
            Cell(_middle(interval, _runs)),
            Cell(range_words(interval, whole)),
        ]
    if plan.budget is not None:
        end = sweep.to_the_end
        yield [
            Cell("end"),
            Cell(_reports_a_run(plan)),
            Cell(_epoch(plan, plan.budget) if plan.lengths is None else UNKNOWN),
            Cell(_middle(end, _runs)),
            Cell(range_words(end, whole)),
        ]


def _beyond(plan: SweepPlan) -> str:
    """Say which bands no run will see."""
    beyond = plan.bands[len(plan.bands_within) :]
    if plan.budget is None:
        shown = [whole(band) for band in plan.bands[:_MOST_BANDS]]
        return "" if len(plan.bands) <= len(shown) else "(and so on, each eta times the last)"
    if not beyond:
        return ""
    if len(beyond) == 1:
        return f"(the band at {whole(beyond[0])} lies beyond the end of a run)"
    return f"(the next band, {whole(beyond[0])}, and all others lie beyond the end of a run)"


def _epoch(plan: SweepPlan, reports: int) -> str:
    epoch = plan.epoch_of(reports)
    return UNKNOWN if epoch is None else _decimal(epoch)


def _loss(sweep: SweepForecast) -> str:
    best, top = sweep.best_stopped, sweep.top_stopped
    if best is None or top is None:
        return f"Not known: {sweep.risk_unknown}."
    p_best, p_top = percent(best.share.estimate), percent(top.share.estimate)
    return (
        f"The best run is stopped before its end in {p_best} of the simulated sweeps "
        f"({_ends(best)}), a run among the best tenth in {p_top} ({_ends(top)})."
    )


def _ends(risk: Risk) -> str:
    return f"{BETWEEN}: {percent(risk.share.low)} … {percent(risk.share.high)}, {risk.how}"


def _several(page: Page, forecast: Forecast) -> None:
    plans = [sweep.plan for sweep in forecast.sweeps]
    is_one_series = len({plan.series for plan in plans}) == 1 and plans[0].series is not None
    names = [
        plan.source.removeprefix(f"{plan.series}:") if is_one_series else PurePath(plan.source).name
        for plan in plans
    ]
    if len(set(names)) < len(names):
        names = [sweep.plan.source for sweep in forecast.sweeps]
    rows = [_file_row(sweep, name) for sweep, name in zip(forecast.sweeps, names, strict=True)]
    if forecast.total is not None:
        rows.append(_total_row(forecast.total))
    agents = count(forecast.n_agents, "agent")
    page.table(
        _FILES,
        rows,
        below=f"(time: one sweep after the other with {agents}; alone, a file shows its bands)",
    )
    for sweep in forecast.sweeps:
        plan = sweep.plan
        if plan.rule_problem is not None or plan.missing or plan.narrows is not None:
            page.gap()
            page.say(sanitize(plan.source), style=HEADING)
            _problems(page, plan)


def _file_row(sweep: SweepForecast, name: str) -> list[Cell]:
    plan = sweep.plan
    bands = [whole(band) for band in plan.bands_within]
    saved, end = sweep.saved, sweep.to_the_end
    return [
        Cell(sanitize(name)),
        Cell(UNKNOWN if plan.n_runs is None else whole(plan.n_runs)),
        Cell(_reports_a_run(plan)),
        Cell(", ".join(bands[:_MOST_BANDS]) + (", …" if bands[_MOST_BANDS:] else "") or "none"),
        Cell(_middle(end, _runs)),
        Cell(_middle(saved, percent), "bold"),
        Cell(range_words(saved, percent)),
        Cell(_middle(sweep.days, _days), "bold"),
        Cell(UNKNOWN if sweep.full_days is None else _days(sweep.full_days)),
        Cell(UNKNOWN if sweep.best_stopped is None else percent(sweep.best_stopped.share.estimate)),
    ]


def _total_row(total: Total) -> list[Cell]:
    saved = total.saved
    return [
        Cell("total", "bold"),
        Cell(UNKNOWN if total.n_runs is None else whole(total.n_runs), "bold"),
        *(Cell(UNKNOWN),) * 3,
        Cell(_middle(saved, percent), "bold"),
        Cell(range_words(saved, percent)),
        Cell(_middle(total.days, _days), "bold"),
        Cell(UNKNOWN if total.full_days is None else _days(total.full_days), "bold"),
        Cell(UNKNOWN),
    ]


def _decimal(value: float) -> str:
    return f"{value:,.1f}".removesuffix(".0")


def _runs(value: float) -> str:
    return _decimal(value) if value < _LARGEST_PLAIN_DAYS else whole(value)


def _days(value: float) -> str:
    """Days, or hours where they are few."""
    if value < 1:
        return hours(24 * value)
    return f"{value:.1f} d" if value < _LARGEST_PLAIN_DAYS else f"{value:,.0f} d"
