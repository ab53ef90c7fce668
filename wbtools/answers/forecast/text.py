"""The page of `forecast`: what a sweep costs, who gets how far, what may be lost, on what it rests.

Several files share one table and a total; a file alone shows its bands.
"""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

from wbtools.answers.layout import Cell, Column
from wbtools.model.forecast import LEVEL
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

_HEADING = "bold"
_MOST_BANDS = 3
_LARGEST_PLAIN_DAYS = 99.5
_BETWEEN = f"{100 * LEVEL:.0f} %"
_COSTS = (
    Column(title="", keep=0),
    Column(title="expected", keep=0, right=True),
    Column(title=_BETWEEN, keep=2, right=True),
    Column(title="all to the end", keep=1, right=True),
)
_BANDS = (
    Column(title="band", keep=0),
    Column(title="reports", keep=0, right=True),
    Column(title="epoch", keep=2, right=True),
    Column(title="runs that get there", keep=0, right=True),
    Column(title=_BETWEEN, keep=1, right=True),
)
_TASKS = (
    Column(title="curves of", keep=0, least=10),
    Column(title="runs", keep=3, right=True),
    Column(title="complete", keep=3, right=True),
    Column(title="saved", keep=0, right=True),
    Column(title=_BETWEEN, keep=2, right=True),
    Column(title="best stopped", keep=1, right=True),
    Column(title="top 10 % stopped", keep=1, right=True),
    Column(title="unseen", keep=4, right=True),
)
_FILES = (
    Column(title="file", keep=0, least=12),
    Column(title="runs", keep=3, right=True),
    Column(title="reports a run", keep=5, right=True),
    Column(title="bands", keep=5),
    Column(title="to the end", keep=4, right=True),
    Column(title="saved", keep=0, right=True),
    Column(title=_BETWEEN, keep=1, right=True),
    Column(title="time", keep=0, right=True),
    Column(title="all to the end", keep=1, right=True),
    Column(title="best stopped", keep=2, right=True),
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
    _grounds(page, forecast)
    return str(page)


def _alone(page: Page, sweep: SweepForecast, forecast: Forecast) -> None:
    plan = sweep.plan
    page.flow(_title(plan), style=_HEADING)
    page.flow(_facts(plan))
    _told(page, plan)
    if sweep.full_reports is not None or sweep.full_hours is not None:
        page.gap()
        page.say("What it costs", style=_HEADING)
        page.table(_COSTS, list(_cost_rows(sweep, forecast.n_agents)))
    if plan.bands:
        page.gap()
        page.say("Who gets how far", style=_HEADING)
        page.table(_BANDS, list(_band_rows(sweep)), below=_beyond(plan))
    if sweep.best_stopped is not None or sweep.risk_unknown is not None:
        page.gap()
        page.say("What it may lose", style=_HEADING)
        page.say(_loss(sweep), indent=2)


def _title(plan: SweepPlan) -> Iterator[str]:
    yield sanitize(plan.source)
    if plan.name is not None:
        yield sanitize(plan.name)
    words = [] if plan.method is None else [sanitize(plan.method)]
    if plan.metric is not None:
        words.append(f"{plan.metric.goal} {sanitize(plan.metric.name)}")
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
    return f"{_number(plan.lengths.shortest)} to {_number(budget)} reports, {mean} on average"


def _reports_a_run(plan: SweepPlan) -> str:
    """The same for a cell."""
    if plan.budget is None:
        return UNKNOWN
    if plan.lengths is None:
        return _number(plan.budget)
    return f"{_number(plan.lengths.shortest)} … {_number(plan.budget)}"


def _told(page: Page, plan: SweepPlan) -> None:
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
        yield _row("reports", sweep.reports, _number, _number(sweep.full_reports))
    if sweep.full_hours is not None and sweep.full_days is not None:
        yield _row("run time", sweep.hours, hours, hours(sweep.full_hours))
        yield _row(f"with {count(n_agents, 'agent')}", sweep.days, _days, _days(sweep.full_days))


def _row(
    name: str, interval: Interval | None, show: Callable[[float], str], full: str
) -> list[Cell]:
    ends = Cell(_range(interval, show))
    return [Cell(name), Cell(_middle(interval, show), "bold"), ends, Cell(full)]


def _middle(interval: Interval | None, show: Callable[[float], str]) -> str:
    return UNKNOWN if interval is None else show(interval.estimate)


def _range(interval: Interval | None, show: Callable[[float], str]) -> str:
    """Both ends; nothing where they are one."""
    if interval is None or interval.low == interval.high:
        return UNKNOWN
    return f"{show(interval.low)} … {show(interval.high)}"


def _band_rows(sweep: SweepForecast) -> Iterator[list[Cell]]:
    plan = sweep.plan
    reached = sweep.reached or (None,) * len(plan.bands_within)
    shown = plan.bands_within if plan.budget is not None else plan.bands_within[:_MOST_BANDS]
    for number, (band, interval) in enumerate(zip(shown, reached, strict=False), start=1):
        yield [
            Cell(str(number)),
            Cell(_number(band)),
            Cell(_epoch(plan, band)),
            Cell(_middle(interval, _runs)),
            Cell(_range(interval, _number)),
        ]
    if plan.budget is not None:
        end = sweep.to_the_end
        yield [
            Cell("end"),
            Cell(_reports_a_run(plan)),
            Cell(_epoch(plan, plan.budget) if plan.lengths is None else UNKNOWN),
            Cell(_middle(end, _runs)),
            Cell(_range(end, _number)),
        ]


def _beyond(plan: SweepPlan) -> str:
    """Say which bands no run will see."""
    beyond = plan.bands[len(plan.bands_within) :]
    if plan.budget is None:
        shown = [_number(band) for band in plan.bands[:_MOST_BANDS]]
        return "" if len(plan.bands) <= len(shown) else "(and so on, each eta times the last)"
    if not beyond:
        return ""
    if len(beyond) == 1:
        return f"(the band at {_number(beyond[0])} lies beyond the end of a run)"
    return f"(the next band, {_number(beyond[0])}, and all others lie beyond the end of a run)"


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
    return f"{_BETWEEN}: {percent(risk.share.low)} … {percent(risk.share.high)}, {risk.how}"


def _several(page: Page, forecast: Forecast) -> None:
    plans = [sweep.plan for sweep in forecast.sweeps]
    is_one_series = len({plan.series for plan in plans}) == 1
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
            page.say(sanitize(plan.source), style=_HEADING)
            _told(page, plan)


def _file_row(sweep: SweepForecast, name: str) -> list[Cell]:
    plan = sweep.plan
    bands = [_number(band) for band in plan.bands_within]
    saved, end = sweep.saved, sweep.to_the_end
    return [
        Cell(sanitize(name)),
        Cell(UNKNOWN if plan.n_runs is None else _number(plan.n_runs)),
        Cell(_reports_a_run(plan)),
        Cell(", ".join(bands[:_MOST_BANDS]) + (", …" if bands[_MOST_BANDS:] else "") or "none"),
        Cell(_middle(end, _runs)),
        Cell(_middle(saved, percent), "bold"),
        Cell(_range(saved, percent)),
        Cell(_middle(sweep.days, _days), "bold"),
        Cell(UNKNOWN if sweep.full_days is None else _days(sweep.full_days)),
        Cell(UNKNOWN if sweep.best_stopped is None else percent(sweep.best_stopped.share.estimate)),
    ]


def _total_row(total: Total) -> list[Cell]:
    saved = total.saved
    return [
        Cell("total", "bold"),
        Cell(UNKNOWN if total.n_runs is None else _number(total.n_runs), "bold"),
        *(Cell(UNKNOWN),) * 3,
        Cell(_middle(saved, percent), "bold"),
        Cell(_range(saved, percent)),
        Cell(_middle(total.days, _days), "bold"),
        Cell(UNKNOWN if total.full_days is None else _days(total.full_days), "bold"),
        Cell(UNKNOWN),
    ]


def _grounds(page: Page, forecast: Forecast) -> None:
    """Say on which curves the answer rests, and how far these differ."""
    if not forecast.evidence:
        return
    page.gap()
    page.say("What this rests on", style=_HEADING)
    n_simulated = sum(sweep.n_simulated for sweep in forecast.sweeps)
    n_curves = sum(evidence.n_curves for evidence in forecast.evidence)
    n_whole = sum(evidence.n_complete for evidence in forecast.evidence)
    whose = (
        f"{count(len(forecast.evidence), 'small task')} that ship with wbtools: yours will differ, "
        "`--like SWEEP` simulates on your own"
        if forecast.evidence[0].is_packaged
        else f"{count(len(forecast.evidence), 'recorded sweep')}"
    )
    bayes = (
        " A bayes sweep finds better runs later, and then more of them pass."
        if any(sweep.plan.method == "bayes" for sweep in forecast.sweeps)
        else ""
    )
    page.say(
        f"{_number(n_simulated)} simulated sweeps of runs drawn at random from "
        f"{_number(n_curves)} curves of {whose}. {_BETWEEN} of them lie in the ranges. Each run "
        f"is judged at each of its reports.{bayes}",
        indent=2,
    )
    _cut_to_length(page, forecast)
    _scaled(page, forecast)
    if not forecast.evidence[0].is_packaged:
        _few(page, forecast)
    lacking = [evidence.name for evidence in forecast.evidence if not evidence.is_complete]
    if lacking:
        page.say(
            f"The curves of {sanitize(', '.join(lacking))} are incomplete: reports are missing.",
            indent=2,
            style="yellow",
        )
    natural_savings = [evidence.natural_savings for evidence in forecast.evidence]
    if max(natural_savings) > 0:
        page.say(
            "Runs that crashed, failed or ended by themselves spare "
            f"{_from_to(natural_savings)} of the full cost; what is saved holds that, and only "
            "the rest is the rule's.",
            indent=2,
        )
    if n_whole < n_curves:
        unseen = max(task.unseen for sweep in forecast.sweeps for task in sweep.by_task)
        page.say(
            f"{n_curves - n_whole} of these {n_curves} runs were cut short: how they would have "
            "gone on is drawn from projections, as `audit-terminations` makes them. "
            f"{percent(unseen)} of the cost rests on such draws.",
            indent=2,
        )
    if len(forecast.sweeps) == 1:
        page.table(_TASKS, list(_task_rows(forecast)))


def _from_to(shares: list[float]) -> str:
    low, high = percent(min(shares)), percent(max(shares))
    return low if low == high else f"{low} to {high}"


def _cut_to_length(page: Page, forecast: Forecast) -> None:
    """Say how runs of different lengths are drawn."""
    plans = [sweep.plan for sweep in forecast.sweeps if sweep.n_simulated]
    if any(plan.lengths is not None for plan in plans):
        page.say(
            "How long each run is is drawn too, as the file says; a shorter run is taken for the "
            "beginning of a longer one, and the end of each is its own.",
            indent=2,
        )


def _scaled(page: Page, forecast: Forecast) -> None:
    """Say where a sweep was too large to be simulated whole."""
    parts = []
    for sweep in forecast.sweeps:
        plan = sweep.plan
        if sweep.n_simulated_runs and sweep.n_simulated_runs < (plan.n_runs or 0):
            parts.append(f"{sweep.n_simulated_runs} runs stand for {_number(plan.n_runs or 0)}")
        if sweep.n_simulated_steps and sweep.n_simulated_steps < (plan.budget or 0):
            parts.append(f"{sweep.n_simulated_steps} reports stand for {_number(plan.budget or 0)}")
    if parts:
        page.say(f"In a simulated sweep {', '.join(dict.fromkeys(parts))}.", indent=2)


def _few(page: Page, forecast: Forecast) -> None:
    """Say where simulated sweeps had to take curves several times."""
    fewest = min(evidence.n_curves for evidence in forecast.evidence)
    most = max(sweep.n_simulated_runs for sweep in forecast.sweeps)
    if most > fewest:
        page.say(
            f"{count(fewest, 'curve')} are few for {most} runs: simulated sweeps take them several "
            "times, and differ too little from each other.",
            indent=2,
            style="yellow",
        )


def _task_rows(forecast: Forecast) -> Iterator[list[Cell]]:
    for evidence, task in zip(forecast.evidence, forecast.sweeps[0].by_task, strict=True):
        whole = evidence.n_complete == evidence.n_curves
        yield [
            Cell(sanitize(task.name)),
            Cell(str(evidence.n_curves)),
            Cell(UNKNOWN if whole else str(evidence.n_complete)),
            Cell(percent(task.saved.estimate)),
            Cell(_range(task.saved, percent)),
            Cell(percent(task.p_best_stopped)),
            Cell(percent(task.p_top_stopped)),
            Cell(UNKNOWN if whole else percent(task.unseen)),
        ]


def _decimal(value: float) -> str:
    return f"{value:,.1f}".removesuffix(".0")


def _number(value: float) -> str:
    return f"{value:,.0f}"


def _runs(value: float) -> str:
    return f"{value:,.1f}".removesuffix(".0") if value < _LARGEST_PLAIN_DAYS else _number(value)


def _days(value: float) -> str:
    """Days, or hours where they are few."""
    if value < 1:
        return hours(24 * value)
    return f"{value:.1f} d" if value < _LARGEST_PLAIN_DAYS else f"{value:,.0f} d"
