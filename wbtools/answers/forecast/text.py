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
        SweepEstimate,
        SweepForecast,
        SweepPlan,
        Total,
    )

_HEADING = "bold"
_MOST_PROBLEMS = 5
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


def render_forecast(done: Forecast, page: Page) -> str:
    """Write the answer.

    Args:
        done: The answer.
        page: What to write it on, empty.
    """
    if len(done.sweeps) == 1:
        _alone(page, done.sweeps[0], done)
    else:
        _several(page, done)
    _grounds(page, done)
    return str(page)


def _alone(page: Page, one: SweepForecast, done: Forecast) -> None:
    plan = one.plan
    page.flow(_title(plan), style=_HEADING)
    page.flow(_facts(plan))
    _told(page, plan)
    if one.full_reports is not None or one.full_hours is not None:
        page.gap()
        page.say("What it costs", style=_HEADING)
        page.table(_COSTS, list(_cost_rows(one, done.n_agents)))
    if plan.bands:
        page.gap()
        page.say("Who gets how far", style=_HEADING)
        page.table(_BANDS, list(_band_rows(one)), below=_beyond(plan))
    if one.best_stopped is not None or one.risk_unknown is not None:
        page.gap()
        page.say("What it may lose", style=_HEADING)
        page.say(_loss(one), indent=2)


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
        yield f"budget {count(plan.budget, 'report')} ({sanitize(plan.budget_from)})"
    if plan.hours_per_run is not None:
        yield f"{hours(plan.hours_per_run)} a full run ({sanitize(plan.hours_from)})"


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
    for problem in plan.problems[:_MOST_PROBLEMS]:
        page.say(f"error {problem.code}: {sanitize(problem.title)}", style="red", hang=2)
    if len(plan.problems) > _MOST_PROBLEMS:
        page.say(f"... and {len(plan.problems) - _MOST_PROBLEMS} more: see `wbtools lint`")
    for missing in plan.missing:
        page.say(f"not known: {sanitize(missing)}", hang=2)


def _cost_rows(one: SweepForecast, n_agents: int) -> Iterator[list[Cell]]:
    if one.saved is not None and one.plan.is_stopped:
        yield _row("saved", one.saved, percent, UNKNOWN)
    if one.full_reports is not None:
        yield _row("reports", one.reports, _number, _number(one.full_reports))
    if one.full_hours is not None and one.full_days is not None:
        yield _row("run time", one.hours, hours, hours(one.full_hours))
        yield _row(f"with {count(n_agents, 'agent')}", one.days, _days, _days(one.full_days))


def _row(
    name: str, seen: SweepEstimate | None, show: Callable[[float], str], full: str
) -> list[Cell]:
    if seen is None:
        return [Cell(name), Cell(UNKNOWN), Cell(UNKNOWN), Cell(full)]
    return [Cell(name), Cell(show(seen.mean), "bold"), Cell(_range(seen, show)), Cell(full)]


def _range(seen: SweepEstimate | None, show: Callable[[float], str]) -> str:
    """Both ends; nothing where they are one."""
    if seen is None or seen.low == seen.high:
        return UNKNOWN
    return f"{show(seen.low)} … {show(seen.high)}"


def _band_rows(one: SweepForecast) -> Iterator[list[Cell]]:
    plan = one.plan
    reached = one.reached or (None,) * len(plan.bands_within)
    shown = plan.bands_within if plan.budget is not None else plan.bands_within[:_MOST_BANDS]
    for number, (band, seen) in enumerate(zip(shown, reached, strict=False), start=1):
        yield [
            Cell(str(number)),
            Cell(_number(band)),
            Cell(_epoch(plan, band)),
            Cell(UNKNOWN if seen is None else _runs(seen.mean)),
            Cell(_range(seen, _number)),
        ]
    if plan.budget is not None:
        end = one.to_the_end
        yield [
            Cell("end"),
            Cell(_number(plan.budget)),
            Cell(_epoch(plan, plan.budget)),
            Cell(UNKNOWN if end is None else _runs(end.mean)),
            Cell(_range(end, _number)),
        ]


def _beyond(plan: SweepPlan) -> str:
    """Say which bands no run will see."""
    beyond = plan.bands[len(plan.bands_within) :]
    if plan.budget is None:
        shown = [_number(one) for one in plan.bands[:_MOST_BANDS]]
        return "" if len(plan.bands) <= len(shown) else "(and so on, each eta times the last)"
    if not beyond:
        return ""
    if len(beyond) == 1:
        return f"(the band at {_number(beyond[0])} lies beyond the end of a run)"
    return f"(the next band, {_number(beyond[0])}, and all others lie beyond the end of a run)"


def _epoch(plan: SweepPlan, reports: int) -> str:
    epoch = plan.epoch_of(reports)
    return UNKNOWN if epoch is None else f"{epoch:.1f}".removesuffix(".0")


def _loss(one: SweepForecast) -> str:
    best, top = one.best_stopped, one.top_stopped
    if best is None or top is None:
        return f"Not known: {one.risk_unknown}."
    return (
        f"The best run is stopped before its end in {percent(best.p)} of the simulated sweeps "
        f"({_ends(best)}), a run among the best tenth in {percent(top.p)} ({_ends(top)})."
    )


def _ends(risk: Risk) -> str:
    return f"{_BETWEEN}: {percent(risk.low)} … {percent(risk.high)}, {risk.how}"


def _several(page: Page, done: Forecast) -> None:
    names = [PurePath(one.plan.source).name for one in done.sweeps]
    if len(set(names)) < len(names):
        names = [one.plan.source for one in done.sweeps]
    rows = [_file_row(one, name) for one, name in zip(done.sweeps, names, strict=True)]
    if done.total is not None:
        rows.append(_total_row(done.total))
    agents = count(done.n_agents, "agent")
    page.table(
        _FILES,
        rows,
        below=f"(time: one sweep after the other with {agents}; alone, a file shows its bands)",
    )
    for one in done.sweeps:
        plan = one.plan
        if plan.rule_problem is not None or plan.problems or plan.missing:
            page.gap()
            page.say(sanitize(plan.source), style=_HEADING)
            _told(page, plan)


def _file_row(one: SweepForecast, name: str) -> list[Cell]:
    plan = one.plan
    bands = [_number(band) for band in plan.bands_within]
    saved, end = one.saved, one.to_the_end
    return [
        Cell(sanitize(name)),
        Cell(UNKNOWN if plan.n_runs is None else _number(plan.n_runs)),
        Cell(UNKNOWN if plan.budget is None else _number(plan.budget)),
        Cell(", ".join(bands[:_MOST_BANDS]) + (", …" if bands[_MOST_BANDS:] else "") or "none"),
        Cell(UNKNOWN if end is None else _runs(end.mean)),
        Cell(UNKNOWN if saved is None else percent(saved.mean), "bold"),
        Cell(_range(saved, percent)),
        Cell(UNKNOWN if one.days is None else _days(one.days.mean), "bold"),
        Cell(UNKNOWN if one.full_days is None else _days(one.full_days)),
        Cell(UNKNOWN if one.best_stopped is None else percent(one.best_stopped.p)),
    ]


def _total_row(total: Total) -> list[Cell]:
    saved = total.saved
    return [
        Cell("total", "bold"),
        Cell(UNKNOWN if total.n_runs is None else _number(total.n_runs), "bold"),
        *(Cell(UNKNOWN),) * 3,
        Cell(UNKNOWN if saved is None else percent(saved.mean), "bold"),
        Cell(_range(saved, percent)),
        Cell(UNKNOWN if total.days is None else _days(total.days.mean), "bold"),
        Cell(UNKNOWN if total.full_days is None else _days(total.full_days), "bold"),
        Cell(UNKNOWN),
    ]


def _grounds(page: Page, done: Forecast) -> None:
    """Say on which curves the answer rests, and how far these differ."""
    if not done.evidence:
        return
    page.gap()
    page.say("What this rests on", style=_HEADING)
    n_simulated = sum(one.n_simulated for one in done.sweeps)
    n_curves = sum(one.n_curves for one in done.evidence)
    n_whole = sum(one.n_complete for one in done.evidence)
    whose = (
        f"{count(len(done.evidence), 'small task')} that ship with wbtools: yours will differ, "
        "`--like SWEEP` simulates on your own"
        if done.evidence[0].is_packaged
        else f"{count(len(done.evidence), 'recorded sweep')}"
    )
    bayes = (
        " A bayes sweep finds better runs later, and then more of them pass."
        if any(one.plan.method == "bayes" for one in done.sweeps)
        else ""
    )
    page.say(
        f"{_number(n_simulated)} simulated sweeps of runs drawn at random from "
        f"{_number(n_curves)} curves of {whose}. {_BETWEEN} of them lie in the ranges. Each run "
        f"is judged at each of its reports.{bayes}",
        indent=2,
    )
    _scaled(page, done)
    if not done.evidence[0].is_packaged:
        _few(page, done)
    lacking = [evidence.name for evidence in done.evidence if not evidence.is_complete]
    if lacking:
        page.say(
            f"The curves of {sanitize(', '.join(lacking))} are incomplete: reports are missing.",
            indent=2,
            style="yellow",
        )
    spared = [one.spared for one in done.evidence]
    if max(spared) > 0:
        page.say(
            f"Runs that crashed, failed or ended by themselves spare {_from_to(spared)} of the "
            "full cost; what is saved holds that, and only the rest is the rule's.",
            indent=2,
        )
    if n_whole < n_curves:
        unseen = max(task.unseen for one in done.sweeps for task in one.by_task)
        page.say(
            f"{n_curves - n_whole} of these {n_curves} runs were cut short: how they would have "
            "gone on is drawn from projections, as `audit-terminations` makes them. "
            f"{percent(unseen)} of the cost rests on such draws.",
            indent=2,
        )
    if len(done.sweeps) == 1:
        page.table(_TASKS, list(_task_rows(done)))


def _from_to(shares: list[float]) -> str:
    low, high = percent(min(shares)), percent(max(shares))
    return low if low == high else f"{low} to {high}"


def _scaled(page: Page, done: Forecast) -> None:
    """Say where a sweep was too large to be simulated whole."""
    parts = []
    for one in done.sweeps:
        plan = one.plan
        if one.n_simulated_runs and one.n_simulated_runs < (plan.n_runs or 0):
            parts.append(f"{one.n_simulated_runs} runs stand for {_number(plan.n_runs or 0)}")
        if one.n_simulated_steps and one.n_simulated_steps < (plan.budget or 0):
            parts.append(f"{one.n_simulated_steps} reports stand for {_number(plan.budget or 0)}")
    if parts:
        page.say(f"In a simulated sweep {', '.join(dict.fromkeys(parts))}.", indent=2)


def _few(page: Page, done: Forecast) -> None:
    """Say where simulated sweeps had to take curves several times."""
    fewest = min(one.n_curves for one in done.evidence)
    most = max(one.n_simulated_runs for one in done.sweeps)
    if most > fewest:
        page.say(
            f"{count(fewest, 'curve')} are few for {most} runs: simulated sweeps take them several "
            "times, and differ too little from each other.",
            indent=2,
            style="yellow",
        )


def _task_rows(done: Forecast) -> Iterator[list[Cell]]:
    for seen, one in zip(done.evidence, done.sweeps[0].by_task, strict=True):
        whole = seen.n_complete == seen.n_curves
        yield [
            Cell(sanitize(one.name)),
            Cell(str(seen.n_curves)),
            Cell(UNKNOWN if whole else str(seen.n_complete)),
            Cell(percent(one.saved.mean)),
            Cell(_range(one.saved, percent)),
            Cell(percent(one.p_best_stopped)),
            Cell(percent(one.p_top_stopped)),
            Cell(UNKNOWN if whole else percent(one.unseen)),
        ]


def _number(value: float) -> str:
    return f"{value:,.0f}"


def _runs(value: float) -> str:
    return f"{value:,.1f}".removesuffix(".0") if value < _LARGEST_PLAIN_DAYS else _number(value)


def _days(value: float) -> str:
    """Days, or hours where they are few."""
    if value < 1:
        return hours(24 * value)
    return f"{value:.1f} d" if value < _LARGEST_PLAIN_DAYS else f"{value:,.0f} d"
