"""The page of `forecast`: what a sweep costs, who gets how far, what may be lost, on what it rests.

Several files share one table and a total; a file alone shows its bands.
"""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

from wbtools.answers.forecast.curves import TASK, tasks_of
from wbtools.answers.forecast.sweeps import BAND, SWEEP, TOTAL, Band, bands_of
from wbtools.answers.forecast.words import (
    BETWEEN,
    MOST_BANDS,
    days,
    decimal,
    estimate_words,
    range_words,
    verdict_words,
    whole,
)
from wbtools.answers.layout import Cell, TextColumn
from wbtools.answers.limits import limit_rows, rows_left
from wbtools.answers.metric_words import goal_words
from wbtools.text.numbers import count, hours, percent
from wbtools.text.sanitize import UNKNOWN, sanitize

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wbtools.answers.layout import Page
    from wbtools.model.forecast import Forecast, Risk, SweepForecast, SweepPlan, Total
    from wbtools.model.interval import Interval

_COSTS = (
    TextColumn(title="", keep=0),
    TextColumn(title="expected", keep=0, right=True),
    TextColumn(title=BETWEEN, keep=2, right=True),
    TextColumn(title="all to the end", keep=1, right=True),
)


def write_forecast(forecast: Forecast, page: Page) -> None:
    """Write what the sweeps cost and may lose first, then on what that rests."""
    if len(forecast.sweeps) == 1:
        page.title(_title(forecast.sweeps[0].plan))
        page.flow(_facts(forecast.sweeps[0].plan))
    else:
        page.title([f"{count(len(forecast.sweeps), 'sweep file')}, one after the other"])
    words = verdict_words(forecast)
    page.verdict("What will it cost?", f"{words[:1].upper()}{words[1:]}")
    if len(forecast.sweeps) == 1:
        _alone(page, forecast.sweeps[0], forecast)
    else:
        _several(page, forecast)
    _grounds(page, forecast)


def _alone(page: Page, sweep: SweepForecast, forecast: Forecast) -> None:
    plan = sweep.plan
    _problems(page, plan)
    if sweep.full_reports is not None or sweep.full_hours is not None:
        page.heading("What it costs")
        page.table(_COSTS, list(_cost_rows(sweep, forecast.n_agents)))
    page.points(_sources(plan), style="dim")
    if plan.has_rule:
        page.heading("How many runs get how far")
        _bands(page, sweep)
    if sweep.best_stopped is not None or sweep.risk_unknown is not None:
        page.heading("What it may lose")
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
        yield count(plan.n_runs, "run")
    if plan.budget is not None:
        yield f"budget {_budget(plan, plan.budget)}"
    if plan.hours_per_run is not None:
        run = "a full run" if plan.lengths is None else "a full run on average"
        yield f"{hours(plan.hours_per_run)} {run}"


def _sources(plan: SweepPlan) -> str:
    """What says how many runs there are, and how long they are."""
    known = []
    if plan.n_runs is not None and plan.n_runs_from:
        known.append(f"{count(plan.n_runs, 'run')}: {sanitize(plan.n_runs_from)}")
    if plan.budget is not None and plan.budget_from:
        known.append(f"{_budget(plan, plan.budget)}: {sanitize(plan.budget_from)}")
    if plan.hours_per_run is not None and plan.hours_from:
        known.append(f"{hours(plan.hours_per_run)} a run: {sanitize(plan.hours_from)}")
    return f"({'; '.join(known)})" if known else ""


def _budget(plan: SweepPlan, budget: int) -> str:
    """Reports of a full run, in words."""
    if plan.lengths is None:
        return count(budget, "report")
    mean = decimal(plan.lengths.mean)
    return f"{whole(plan.lengths.shortest)} to {whole(budget)} reports, {mean} on average"


def _problems(page: Page, plan: SweepPlan) -> None:
    """What is wrong with the file, and what is not known."""
    if plan.rule_problem is not None:
        page.say(f"The rule stops nothing: {sanitize(plan.rule_problem)}.", style="bold red")
    elif plan.has_rule and not plan.is_stopped:
        first = (
            f"its first band, {plan.bands[0]},"
            if plan.bands
            else f"report {plan.judges_from}, the first at which it can,"
        )
        page.say(
            f"The rule stops nothing: {first} is no earlier than the end of a run.",
            style="bold red",
        )
    if plan.narrows is not None:
        page.say(f"Its ranges are decided once {sanitize(plan.narrows)} has run.", hang=2)
    for missing in plan.missing:
        page.say(f"Not known: {sanitize(str(missing))}", hang=2)


def _cost_rows(sweep: SweepForecast, n_agents: int) -> Iterator[list[Cell]]:
    if sweep.saved is not None and sweep.plan.is_stopped:
        yield _row("saved", sweep.saved, percent, UNKNOWN)
    if sweep.full_reports is not None:
        yield _row("reports", sweep.reports, whole, whole(sweep.full_reports))
    if sweep.full_hours is not None and sweep.full_days is not None:
        yield _row("run time", sweep.hours, hours, hours(sweep.full_hours))
        yield _row(f"with {count(n_agents, 'agent')}", sweep.days, days, days(sweep.full_days))


def _row(
    name: str, interval: Interval | None, show: Callable[[float], str], full: str
) -> list[Cell]:
    ends = Cell(range_words(interval, show))
    return [Cell(name), Cell(estimate_words(interval, show), "bold"), ends, Cell(full)]


def _bands(page: Page, sweep: SweepForecast) -> None:
    """The first bands, and the end of a run where it is known."""
    plan, bands = sweep.plan, bands_of(sweep)
    shown = list(bands[:MOST_BANDS] if plan.budget is None else limit_rows(bands, page.limit))
    left = "" if plan.budget is None else rows_left(len(bands) - len(shown), "band")
    if plan.budget is not None:
        shown.append(Band(sweep=sweep, number=None))
    columns = BAND.titled
    cells = [[column.cell(band) for column in columns] for band in shown]
    page.table(columns, cells, below=f"{left} {_beyond(plan)}".strip())


def _beyond(plan: SweepPlan) -> str:
    """Say which bands no run will see."""
    beyond = plan.bands[len(plan.bands_within) :]
    if plan.budget is None:
        shown = [whole(band) for band in plan.bands[:MOST_BANDS]]
        return "" if len(plan.bands) <= len(shown) else "(and so on, each eta times the last)"
    if not beyond:
        return ""
    if len(beyond) == 1:
        return f"(the band at {whole(beyond[0])} lies beyond the end of a run)"
    return f"(the next band, {whole(beyond[0])}, and all others lie beyond the end of a run)"


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
    return f"{BETWEEN}: {range_words(risk.share, percent)}, {risk.how}"


def _several(page: Page, forecast: Forecast) -> None:
    plans = [sweep.plan for sweep in forecast.sweeps]
    is_one_series = len({plan.series for plan in plans}) == 1 and plans[0].series is not None
    names = [
        plan.source.removeprefix(f"{plan.series}:") if is_one_series else PurePath(plan.source).name
        for plan in plans
    ]
    if len(set(names)) < len(names):
        names = [sweep.plan.source for sweep in forecast.sweeps]
    names_by_source = {plan.source: sanitize(name) for plan, name in zip(plans, names, strict=True)}
    columns = [
        column.placed(show=lambda sweep: names_by_source[sweep.plan.source])
        if column.key == "file"
        else column
        for column in SWEEP.titled
    ]
    shown = limit_rows(forecast.sweeps, page.limit)
    cells = [[column.cell(sweep) for column in columns] for sweep in shown]
    if forecast.total is not None:
        total = _total_cells(forecast.total)
        cells.append([total.get(column.key, Cell(UNKNOWN)) for column in columns])
    left = rows_left(len(forecast.sweeps) - len(shown), "file")
    agents = count(forecast.n_agents, "agent")
    page.gap()
    time = f"(time: one sweep after the other with {agents}; alone, a file shows its bands)"
    page.table(columns, cells, below=f"{left} {time}".lstrip())
    for sweep in forecast.sweeps:
        plan = sweep.plan
        if plan.rule_problem is not None or plan.missing or plan.narrows is not None:
            page.heading(sanitize(plan.source))
            _problems(page, plan)


def _total_cells(total: Total) -> dict[str, Cell]:
    """The cells of the last row by their columns' keys."""
    known = {column.key: column.cell(total) for column in TOTAL.titled}
    return {"file": Cell("total", "bold"), "n_runs": Cell(whole(total.n_runs), "bold")} | known


def _grounds(page: Page, forecast: Forecast) -> None:
    """Say on which curves the answer rests, and how far these differ."""
    if not forecast.evidence:
        return
    page.heading("What this rests on")
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
        f"{whole(n_simulated)} simulated sweeps of runs drawn at random from "
        f"{whole(n_curves)} curves of {whose}. {BETWEEN} of them lie within the ranges. Each "
        f"run is judged at each of its reports.{bayes}",
        indent=2,
    )
    _cut_to_length(page, forecast)
    _scaled(page, forecast)
    if not forecast.evidence[0].is_packaged:
        _few(page, forecast)
    incomplete = [evidence.name for evidence in forecast.evidence if not evidence.is_complete]
    if incomplete:
        page.say(
            f"The curves of {sanitize(', '.join(incomplete))} are incomplete: reports are missing.",
            indent=2,
            style="yellow",
        )
    inferred = [
        f"{sanitize(evidence.name)}: {goal_words(evidence.metric)}"
        for evidence in forecast.evidence
        if evidence.metric is not None and evidence.metric.goal_is_inferred
    ]
    if inferred:
        page.say(f"{'; '.join(inferred)}.", indent=2)
    natural_savings = [evidence.natural_savings for evidence in forecast.evidence]
    if max(natural_savings) > 0:
        page.say(
            "Runs that crashed, failed or ended by themselves early save "
            f"{_from_to(natural_savings)} of the full cost; that is part of what is saved, and "
            "only the rest is due to the rule.",
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
        page.rows(TASK.titled, tasks_of(forecast.sweeps[0], forecast.evidence), noun="task")


def _from_to(shares: list[float]) -> str:
    low, high = percent(min(shares)), percent(max(shares))
    return low if low == high else f"{low} to {high}"


def _cut_to_length(page: Page, forecast: Forecast) -> None:
    """Say how runs of different lengths are drawn."""
    plans = [sweep.plan for sweep in forecast.sweeps if sweep.n_simulated]
    if any(plan.lengths is not None for plan in plans):
        page.say(
            "The length of each run is drawn too, from those in the file; a shorter run is the "
            "beginning of a longer one, which ends at its own last report.",
            indent=2,
        )


def _scaled(page: Page, forecast: Forecast) -> None:
    """Say where a sweep was too large to be simulated whole."""
    parts = []
    for sweep in forecast.sweeps:
        plan = sweep.plan
        if sweep.n_simulated_runs and sweep.n_simulated_runs < (plan.n_runs or 0):
            parts.append(f"{sweep.n_simulated_runs} runs stand for {whole(plan.n_runs or 0)}")
        if sweep.n_simulated_steps and sweep.n_simulated_steps < (plan.budget or 0):
            parts.append(f"{sweep.n_simulated_steps} reports stand for {whole(plan.budget or 0)}")
    if parts:
        page.say(f"In a simulated sweep {', '.join(dict.fromkeys(parts))}.", indent=2)


def _few(page: Page, forecast: Forecast) -> None:
    """Say where simulated sweeps had to take curves several times."""
    fewest = min(evidence.n_curves for evidence in forecast.evidence)
    most = max(sweep.n_simulated_runs for sweep in forecast.sweeps)
    if most > fewest:
        page.say(
            f"{count(fewest, 'curve')} are few for {most} runs: simulated sweeps use each several "
            "times, and so differ too little from each other.",
            indent=2,
            style="yellow",
        )
