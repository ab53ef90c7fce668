"""The page of `simulate`: what to use next time, what the rules cost and miss, what it rests on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import yaml

from wbtools.analysis.simulation.recommend import P_FINE
from wbtools.answers.findings.page import worst_first, write_findings
from wbtools.answers.limits import limit_rows, rows_left
from wbtools.answers.metric_words import goal_words
from wbtools.answers.simulate.rules import percents, rule_columns, saved_share
from wbtools.answers.termination_words import completion_words
from wbtools.text.numbers import count, listed, percent
from wbtools.text.sanitize import sanitize

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wbtools.analysis.simulation.recommend import Recommendation
    from wbtools.analysis.simulation.scenario import Scenario
    from wbtools.analysis.simulation.simulate import SimulatedRule, Simulation
    from wbtools.answers.layout import Page
    from wbtools.answers.simulate.answer import SimulateAnswer
    from wbtools.text.numbers import Scale

_MUCH_UNSEEN = 0.25
_MOST_NAMED = 2


def write_simulation(answer: SimulateAnswer, page: Page) -> None:
    """Write the page: the rule to use first, then what each rule saves and misses."""
    advice, scale = answer.advice, answer.scale
    for scenario in answer.scenarios:
        page.title(_title(scenario))
    page.flow(_setup(answer))
    page.heading("What to use next time")
    for sentence in (*_advice(answer, advice, scale), *_own(answer, advice, scale)):
        page.say(sentence, indent=2, hang=2)
    block = _block(advice)
    if block:
        page.gap()
        page.verbatim(block)
    page.heading("What each rule saves and misses")
    shown = _shown(answer, advice, page.limit)
    columns = rule_columns(is_timed=any(scenario.is_timed for scenario in answer.scenarios))
    cells = [[column.cell(row) for column in columns] for row in answer.rows(shown)]
    page.table(columns, cells, below=rows_left(len(answer.tried) - len(shown), "rule"))
    for sentence in _legend(answer):
        page.say(sentence, indent=2, hang=2, style="dim")
    for scenario in answer.scenarios:
        if scenario.findings:
            page.heading(f"Findings in {sanitize(scenario.sweep_id)}")
            write_findings(page, worst_first(scenario.findings))


def _title(scenario: Scenario) -> list[str]:
    ended = ", ".join(completion_words(scenario.n_by_completion))
    parts = [
        sanitize(scenario.sweep_id),
        goal_words(scenario.metric),
        f"{count(len(scenario.full), 'run')}: {ended}",
    ]
    if scenario.n_left_out:
        parts.append(f"{scenario.n_left_out} without a report left out")
    if not scenario.is_complete:
        parts.append("its curves are incomplete: reports are missing")
    if not scenario.is_timed:
        parts.append("no times: a report counts as one second")
    return parts


def _setup(simulation: Simulation) -> list[str]:
    setup = simulation.setup
    workers = sorted({setup.n_workers or scenario.n_workers for scenario in simulation.scenarios})
    at_once = "-".join(str(n) for n in dict.fromkeys((workers[0], workers[-1])))
    recorded = "" if setup.n_workers else ", as recorded"
    every = f"every {setup.poll_s:g} s" if setup.poll_s else "at every report of any run"
    return [
        count(len(simulation.tried), "rule"),
        f"{count(setup.n_orders, 'arrival order')}",
        f"{at_once} at a time{recorded}",
        f"W&B looks {every}",
    ]


def _advice(simulation: Simulation, advice: Recommendation, scale: Scale) -> Iterator[str]:
    if advice.rule is None or advice.p_fine is None:
        yield f"Nothing: {advice.abstained_because}."
        if advice.cheaper is not None:
            yield f"Fine, but nothing that W&B can run: {advice.cheaper.rule}."
        return
    rule = advice.rule
    saved, regret = saved_share(rule), rule.over_orders("regret")
    miss = _tolerance_words(simulation, advice, scale)
    n_replays = count(rule.n_orders * len(simulation.scenarios), "replay")
    yield (
        f"{rule.rule} saves {percent(saved.estimate)} of the compute "
        f"({percents(saved)} over {count(rule.n_orders, 'order')}) and misses the best run's "
        f"value by no more than {miss} in {percent(advice.p_fine)} of {n_replays}."
        if not rule.is_no_rule
        else f"No rule: none that W&B can run and that saves anything misses no more than {miss} "
        f"in {percent(P_FINE)} of the replays."
    )
    if not rule.is_no_rule and len(simulation.scenarios) == 1 and regret.high > 0:
        yield (
            f"It misses {scale.signed(regret.estimate).lstrip('+')} on average, "
            f"{scale.signed(regret.high).lstrip('+')} in the worst twentieth of orders; it stops "
            f"the best run in {percent(rule.over_orders('best_stopped').estimate)}."
        )
    runs = count(sum(len(scenario.full) for scenario in simulation.scenarios), "run")
    yield (
        f"All replays are of the same {runs} in other orders, and the rule "
        "was chosen by them: on another sweep it may save less and miss more."
        if not rule.is_no_rule
        else f"All replays are of the same {runs} in other orders; another sweep may differ."
    )
    unseen = rule.over_orders("unseen_share").estimate
    if unseen > 0:
        weight = "Much" if unseen > _MUCH_UNSEEN else "Part"
        yield (
            f"{weight} of this is not recorded: {percent(unseen)} of its reports are of runs that "
            "were really cut short, drawn from their projections."
        )
    if advice.cheaper is not None:
        cheaper = advice.cheaper
        yield (
            f"Cheaper and as good, but W&B cannot run it: {cheaper.rule} "
            f"({percent(saved_share(cheaper).estimate)} saved)."
        )


def _tolerance_words(simulation: Simulation, advice: Recommendation, scale: Scale) -> str:
    if len(simulation.scenarios) > 1:
        return "what hardly matters on its sweep"
    scenario, tolerance = simulation.scenarios[0], advice.tolerances[0]
    why = (
        f"seed noise, by {sanitize(scenario.noise_from)}"
        if scenario.noise
        else "a twentieth of the distance from the median run to the best"
    )
    return f"{scale.signed(tolerance).lstrip('+')} ({why})"


def _own(simulation: Simulation, advice: Recommendation, scale: Scale) -> Iterator[str]:
    """What the sweep's own rule saved and missed, where that is not what is advised."""
    for k, scenario in enumerate(simulation.scenarios):
        tried = next(
            (candidate for candidate in simulation.tried if candidate.rule == scenario.own), None
        )
        if scenario.own is None or tried is None or tried is advice.rule:
            continue
        used, regret = (tried.over_orders(name, sweep=k) for name in ("cost_share", "regret"))
        whose = (
            "The sweep's" if len(simulation.scenarios) == 1 else f"{sanitize(scenario.sweep_id)}'s"
        )
        missed = (
            f"{scale.signed(regret.estimate).lstrip('+')} on average"
            if len(simulation.scenarios) == 1
            else f"{tried.over_orders('regret_share', sweep=k).estimate:.3f} of the distance from "
            "the median run to the best"
        )
        stops = percent(tried.over_orders("best_stopped", sweep=k).estimate)
        yield (
            f"{whose} own rule, {tried.rule}, saves {percent(1 - used.estimate)}, "
            f"misses {missed} and stops the best run in {stops}."
        )


def _block(advice: Recommendation) -> list[str]:
    """What to paste into the sweep file; empty where W&B cannot run the rule."""
    if advice.early_terminate is None:
        return []
    text: str = yaml.safe_dump({"early_terminate": advice.early_terminate}, sort_keys=False)
    return text.splitlines()


def _shown(simulation: Simulation, advice: Recommendation, limit: int) -> Sequence[SimulatedRule]:
    """The front first, then the others, the cheapest first; the recommended one is among them."""
    ranked = [
        *simulation.front,
        *(candidate for candidate in simulation.tried if not candidate.on_front),
    ]
    shown = limit_rows(ranked, limit)
    if advice.rule is None or advice.rule in shown:
        return shown
    return [*shown[:-1], advice.rule]


def _legend(simulation: Simulation) -> Iterator[str]:
    several = len(simulation.scenarios) > 1
    regret_unit = (
        "of the distance from the sweep's median run to its best"
        if several
        else f"in {sanitize(simulation.scenarios[0].metric.name)}"
    )
    yield (
        "(*: the front, no rule tried is both cheaper and misses less; saved: of the work of all "
        f"runs in full; misses: how much better the best run would have been, {regret_unit}, on "
        "average and in the worst twentieth of orders; best lost: the best run is stopped; unseen: "
        "reports that were drawn, not recorded)"
    )
    if several:
        yield (
            "(regret in the metric's own units is not averaged over sweeps: --format json and csv "
            "hold it sweep by sweep)"
        )
    few = [
        candidate
        for candidate in simulation.tried
        if candidate.n_orders < simulation.setup.n_orders
    ]
    if few:
        yield f"(rules that project were tried in {few[0].n_orders} orders)"
    if any(not candidate.is_of_wandb for candidate in simulation.front):
        outside = [
            str(candidate.rule) for candidate in simulation.front if not candidate.is_of_wandb
        ]
        yield (
            "(W&B's engine has only hyperband, and no guard: "
            f"{listed(outside, most=_MOST_NAMED)} cannot be pasted into a sweep file)"
        )
