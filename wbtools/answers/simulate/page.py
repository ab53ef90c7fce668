"""The page of `simulate`: the rule for next time, what rules save and miss, how sure that is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import yaml

from wbtools.analysis.simulation.recommend import P_FINE
from wbtools.answers.findings.page import worst_first, write_findings
from wbtools.answers.limits import limit_rows, rows_left
from wbtools.answers.metric_words import goal_words
from wbtools.answers.simulate.rules import rule_columns, saved_share, saved_words
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

_MOST_NAMED = 2
_MOST_SWEEPS = 3


def write_simulation(answer: SimulateAnswer, page: Page, *, findings: bool = True) -> None:
    """Write the page: the rule to use first, then what each rule saves and misses.

    Args:
        answer: The answer.
        page: What to write it on.
        findings: Whether to write what is wrong with the recordings.
    """
    advice, scale = answer.advice, answer.scale
    page.title(_title(answer))
    page.flow(_tried(answer))
    page.verdict("Which rule next time?", verdict_words(answer, advice, scale))
    block = _block(advice)
    if block:
        page.gap()
        page.verbatim(block)
    page.heading("What each rule saves and misses")
    shown = _shown(answer, advice, page.limit)
    columns = rule_columns(is_timed=any(scenario.is_timed for scenario in answer.scenarios))
    cells = [[column.cell(row) for column in columns] for row in answer.rows(shown)]
    page.table(columns, cells, below=rows_left(len(answer.tried) - len(shown), "rule"))
    page.points(*_legend(answer), style="dim")
    page.heading("How was it replayed?" if advice.rule is None else "How sure is that?")
    page.points(*_caveats(answer, advice, scale), *_own(answer, advice, scale))
    for scenario in answer.scenarios if findings else ():
        if scenario.findings:
            page.heading(f"Findings in {sanitize(scenario.sweep_id)}")
            write_findings(page, worst_first(scenario.findings))


def _title(answer: SimulateAnswer) -> list[str]:
    scenarios = answer.scenarios
    if len(scenarios) == 1:
        return [
            sanitize(scenarios[0].sweep_id),
            goal_words(scenarios[0].metric),
            _runs_words(scenarios[0]),
        ]
    names = listed((sanitize(scenario.sweep_id) for scenario in scenarios), most=_MOST_SWEEPS)
    n_runs = sum(len(scenario.full) for scenario in scenarios)
    return [f"{count(len(scenarios), 'sweep')}: {names}", count(n_runs, "run")]


def _runs_words(scenario: Scenario) -> str:
    ended = ", ".join(completion_words(scenario.n_by_completion))
    return f"{count(len(scenario.full), 'run')}: {ended}"


def _tried(simulation: Simulation) -> Iterator[str]:
    yield (
        f"{count(len(simulation.tried), 'rule')} replayed in "
        f"{count(simulation.setup.n_orders, 'order')} of arrival"
    )


def verdict_words(simulation: Simulation, advice: Recommendation, scale: Scale) -> str:
    """The rule to use next time, what it would save and miss, and what the sweep's own does."""
    rule = advice.rule
    if rule is None:
        other = ""
        if advice.cheaper is not None:
            spared = percent(saved_share(advice.cheaper).estimate)
            other = f" {advice.cheaper.rule} would save {spared}, but W&B cannot run it."
        return f"No recommendation: {advice.abstained_because}.{other}"
    if rule.is_no_rule:
        if not any(_saves(tried) for tried in simulation.tried if tried.is_of_wandb):
            return "None: no rule that was tried and that W&B can run saves anything here."
        return (
            "None: every rule that W&B can run and that saves anything misses more than "
            f"{_tolerance(simulation, advice, scale)} in over {percent(1 - P_FINE)} of the replays."
        )
    saved = saved_share(rule)
    words = (
        f"{rule.rule} would save {percent(saved.estimate)} of the compute ({saved_words(saved)}) "
        f"and miss {_missed(simulation, rule, scale)}"
    )
    own_rules = _own_rules(simulation, advice)
    if len(simulation.scenarios) == 1 and own_rules:
        tried = own_rules[0][1]
        words += (
            f"; the sweep's own rule would save {percent(saved_share(tried).estimate)} and miss "
            f"{_missed(simulation, tried, scale, more='')}"
        )
    elif len(simulation.scenarios) == 1 and simulation.scenarios[0].own == rule.rule:
        words += "; it is the sweep's own"
    return f"{words}."


def _saves(rule: SimulatedRule) -> bool:
    return rule.over_orders("cost_share").estimate < 1


def _missed(
    simulation: Simulation, rule: SimulatedRule, scale: Scale, *, more: str = " on average"
) -> str:
    """What is missed on average, in the metric's units or, of several sweeps, as a share."""
    if rule.over_orders("regret_share").high == 0:
        return "nothing"
    if len(simulation.scenarios) > 1:
        share = rule.over_orders("regret_share").estimate
        return f"{percent(share)} of the distance from the median run to the best{more}"
    return scale.signed(rule.over_orders("regret").estimate).lstrip("+") + more


def _tolerance(simulation: Simulation, advice: Recommendation, scale: Scale) -> str:
    if len(simulation.scenarios) > 1:
        return "seed noise"
    return scale.signed(advice.tolerances[0]).lstrip("+")


def _caveats(simulation: Simulation, advice: Recommendation, scale: Scale) -> Iterator[str]:
    rule = advice.rule
    if rule is not None and advice.p_fine is not None:
        yield from _fine_words(simulation, advice, rule, scale)
        runs = count(sum(len(scenario.full) for scenario in simulation.scenarios), "run")
        yield (
            f"All replays are of the same {runs}, and the rule was chosen by them: on another "
            "sweep it may save less and miss more."
            if not rule.is_no_rule
            else f"All replays are of the same {runs}; another sweep may differ."
        )
        unseen = rule.over_orders("unseen_share").estimate
        if unseen > 0:
            yield (
                f"{percent(unseen)} of its reports were never recorded, as the runs were really "
                "cut short: they are drawn from projections."
            )
        if advice.cheaper is not None:
            yield (
                f"Cheaper and as good, but W&B cannot run it: {advice.cheaper.rule} "
                f"({percent(saved_share(advice.cheaper).estimate)} saved)."
            )
    several = len(simulation.scenarios) > 1
    for scenario in simulation.scenarios:
        name = f"{sanitize(scenario.sweep_id)}: " if several else ""
        if several:
            yield f"{name}{goal_words(scenario.metric)}, {_runs_words(scenario)}."
        if scenario.n_left_out:
            yield f"{name}{count(scenario.n_left_out, 'run')} without a report left out."
        if not scenario.is_complete:
            yield f"{name}its curves are incomplete: reports are missing."
        if not scenario.is_timed:
            yield f"{name}no times are recorded: every report counts as one second."
    yield _setup(simulation)


def _fine_words(
    simulation: Simulation, advice: Recommendation, rule: SimulatedRule, scale: Scale
) -> Iterator[str]:
    replays = count(rule.n_orders * len(simulation.scenarios), "replay")
    if len(simulation.scenarios) > 1:
        yield (
            f"In {percent(advice.p_fine or 0.0)} of {replays} it misses no more than hardly "
            "matters on the sweep: its seed noise, or a twentieth of the distance from the median "
            "run to the best."
        )
        return
    scenario = simulation.scenarios[0]
    why = (
        f"seed noise, estimated from {sanitize(scenario.noise_from)}"
        if scenario.noise
        else "a twentieth of the distance from the median run to the best"
    )
    words = (
        f"It misses at most {_tolerance(simulation, advice, scale)} in "
        f"{percent(advice.p_fine or 0.0)} of {replays} ({why})"
    )
    regret = rule.over_orders("regret")
    if regret.high > 0:
        words += (
            f", and {scale.signed(regret.high).lstrip('+')} in the worst 5 %; it stops the "
            f"best run in {percent(rule.over_orders('best_stopped').estimate)}"
        )
    yield f"{words}."


def _setup(simulation: Simulation) -> str:
    setup = simulation.setup
    workers = sorted({setup.n_workers or scenario.n_workers for scenario in simulation.scenarios})
    at_once = "-".join(str(n) for n in dict.fromkeys((workers[0], workers[-1])))
    recorded = "" if setup.n_workers else ", as recorded"
    every = f"every {setup.poll_s:g} s" if setup.poll_s else "at every report of any run"
    noun = "run is" if at_once == "1" else "runs are"
    return f"{at_once} {noun} trained at a time{recorded}; W&B looks {every}."


def _own_rules(simulation: Simulation, advice: Recommendation) -> list[tuple[int, SimulatedRule]]:
    """The rules that the sweeps had, by place, where they were tried and are not the advice."""
    found = []
    for k, scenario in enumerate(simulation.scenarios):
        tried = next((rule for rule in simulation.tried if rule.rule == scenario.own), None)
        if scenario.own is not None and tried is not None and tried is not advice.rule:
            found.append((k, tried))
    return found


def _own(simulation: Simulation, advice: Recommendation, scale: Scale) -> Iterator[str]:
    """What a sweep's own rule saved and missed, where that is not what is advised."""
    several = len(simulation.scenarios) > 1
    for k, tried in _own_rules(simulation, advice):
        used, regret = (tried.over_orders(name, sweep=k) for name in ("cost_share", "regret"))
        missed = (
            f"{percent(tried.over_orders('regret_share', sweep=k).estimate)} of the distance from "
            "the median run to the best"
            if several
            else f"{scale.signed(regret.estimate).lstrip('+')} on average"
        )
        stops = percent(tried.over_orders("best_stopped", sweep=k).estimate)
        whose = f"{sanitize(simulation.scenarios[k].sweep_id)}'s" if several else "The sweep's"
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
        "as a share of the distance from the sweep's median run to its best"
        if several
        else f"in {sanitize(simulation.scenarios[0].metric.name)}"
    )
    yield (
        "(saved: share of the compute that all runs in full would take; 90 %: where it lies in "
        "nine of ten orders; misses: how much better the best run of all would have been, "
        f"{regret_unit}, on average and in the worst 5 % of the orders; best lost: the best run "
        "is stopped; gems lost: stopped runs that would have beaten every run of the rule's; "
        "unseen: reports that are drawn, not recorded; *: no other rule is both cheaper and misses "
        "less)"
    )
    if several:
        yield (
            "(in the metric's own units, what is missed stands sweep by sweep in --format json "
            "and csv)"
        )
    few = [
        candidate
        for candidate in simulation.tried
        if candidate.n_orders < simulation.setup.n_orders
    ]
    if few:
        yield f"(rules that project were tried in {few[0].n_orders} orders only)"
    outside = [str(candidate.rule) for candidate in simulation.front if not candidate.is_of_wandb]
    if outside:
        yield (
            "(W&B can run hyperband only, without a guard: "
            f"{listed(outside, most=_MOST_NAMED)} cannot be pasted into a sweep file; `wbtools "
            "guard` stops runs by any rule)"
        )
