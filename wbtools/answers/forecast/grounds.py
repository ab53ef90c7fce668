"""On which curves a forecast rests, and how far these differ."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wbtools.answers.forecast.curves import TASK, tasks_of
from wbtools.answers.forecast.words import BETWEEN, whole
from wbtools.answers.metric_words import goal_words
from wbtools.text.numbers import count, percent
from wbtools.text.sanitize import sanitize

if TYPE_CHECKING:
    from wbtools.answers.layout import Page
    from wbtools.model.forecast import Forecast


def say_grounds(page: Page, forecast: Forecast) -> None:
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
        f"{whole(n_curves)} curves of {whose}. {BETWEEN} of them lie in the ranges. Each run "
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
        page.rows(TASK.titled, tasks_of(forecast.sweeps[0], forecast.evidence), noun="task")


def _from_to(shares: list[float]) -> str:
    low, high = percent(min(shares)), percent(max(shares))
    return low if low == high else f"{low} to {high}"


def _cut_to_length(page: Page, forecast: Forecast) -> None:
    """Say how runs of different lengths are drawn."""
    plans = [sweep.plan for sweep in forecast.sweeps if sweep.n_simulated]
    if any(plan.lengths is not None for plan in plans):
        page.say(
            "The length of each run is drawn too, as the file says; a shorter run is taken for the "
            "beginning of a longer one, and the end of each is its own.",
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
            f"{count(fewest, 'curve')} are few for {most} runs: simulated sweeps take them several "
            "times, and differ too little from each other.",
            indent=2,
            style="yellow",
        )
