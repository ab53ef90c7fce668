"""The story of a report, written on a page: the verdict first, then what it rests on.

A colleague who gets the page alone is to see within a minute what the sweep was, whether a gem was
lost, what to run, and how sure that is. Every section is an answer's own words and tables.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wbtools.analysis.projection import Method
from wbtools.analysis.simulation.simulate import Setup
from wbtools.answers.audit.gem_words import QUESTION, gem_words, run_to_repeat, silent_words
from wbtools.answers.audit.page import write_ends, write_gems
from wbtools.answers.audit.stop_words import fit_words, stops_words
from wbtools.answers.audit.unrankable_words import later_words
from wbtools.answers.audit.words import (
    RunNames,
    as_of_parts,
    compute_words,
    scale_of,
    surprises,
    title_parts,
)
from wbtools.answers.findings.page import worst_first, write_findings
from wbtools.answers.importance.page import verdict_sentence as importance_sentence
from wbtools.answers.importance.page import write_importance
from wbtools.answers.rank.page import verdict_sentence as rank_sentence
from wbtools.answers.rank.page import write_ranking
from wbtools.answers.report.opening_words import gem_meaning, recorded_words
from wbtools.answers.report.origin_story import write_origin
from wbtools.answers.report.report import Refusal
from wbtools.answers.report.sections import (
    capitalized,
    refusal_words,
    show,
    title_of,
    write_commands,
)
from wbtools.answers.report.stages_story import write_stages
from wbtools.answers.simulate.page import verdict_words as simulate_words
from wbtools.answers.simulate.page import write_simulation
from wbtools.answers.table_words import table_parts
from wbtools.text.numbers import count, percent, probability

if TYPE_CHECKING:
    from wbtools.answers.audit.answer import AuditAnswer
    from wbtools.answers.report.report import SweepReport
    from wbtools.answers.report.story_page import StoryPage

SURE: Final = "How sure is that?"
BEST: Final = "Which configuration is best?"
MATTERS: Final = "Which parameters matter?"
NEXT_RULE: Final = "Which rule next time?"
WRONG: Final = "What went wrong?"
_DOT: Final = " · "


def write_story(report: SweepReport, page: StoryPage) -> None:
    """Write a report: of one sweep, or of several as one story."""
    audit = report.audit
    if audit is None:
        write_stages(report, page)
        return
    if isinstance(audit, Refusal):
        page.opening(title_of(report), QUESTION, refusal_words(audit), [])
    else:
        _open(audit, page)
    write_commands(report, page)
    _write_in_short(report, page)
    if not isinstance(audit, Refusal):
        _write_runs(report, audit, page)
    _write_ranking(report, page)
    _write_parameters(report, page)
    _write_rules(report, page)
    _write_findings(report, page)
    page.section("sources", "What does this rest on?")
    write_origin(report, page)


def _open(audit: AuditAnswer, page: StoryPage) -> None:
    names = RunNames(audit)
    sweep_id, *name, settings, ends = title_parts(audit)
    answer = " ".join(gem_words(audit, names, scale_of(audit), audit.checkpoints))
    facts = [
        gem_meaning(audit),
        _DOT.join([settings, ends, compute_words(audit), *as_of_parts(audit)]),
    ]
    facts += [
        " ".join(recorded_words(audit)),
        *later_words(audit),
        *table_parts(audit.sweep.origin, audit.sweep.table),
    ]
    facts += [*surprises(audit), silent_words(audit)]
    page.opening(
        f"Sweep {' '.join([sweep_id, *(f'({each})' for each in name)])}",
        QUESTION,
        answer,
        [fact for fact in facts if fact],
    )


def _sure_words(audit: AuditAnswer) -> str:
    """On what the chance of the first run to repeat rests; empty where none is projected."""
    row = run_to_repeat(audit) or next(iter(audit.gems), None)
    projection = None if row is None else row.projection
    if row is None or projection is None or projection.median is None:
        return ""
    scale, whom = scale_of(audit), capitalized(RunNames(audit).of(row.run.id))
    low, high = scale.apart(projection.low, projection.high)
    n = count(projection.n_support, "completed run")
    chances = ""
    if projection.p_repeat is not None:
        gone_on, again = probability(projection.p_gem), probability(projection.p_repeat)
        chances = (
            f" The chance that it would have won is {gone_on}; that it does if run again, {again}."
        )
    by = "a model that learned from other sweeps" if projection.method is Method.LEARNED else ""
    return (
        f"{whom} ended after {row.n_reports} of {row.budget} reports. Its full run is put at "
        f"{scale.show(projection.median)}, with {percent(projection.level)} between {low} and "
        f"{high}, by {by or f'the method {projection.method}'}; {n} of this sweep came "
        f"further.{chances} Only running it again can tell."
    )


def _write_in_short(report: SweepReport, page: StoryPage) -> None:
    """The other answers in a sentence each, with where to read on."""
    ranking, importance = report.ranking, report.importance
    simulation, doctor = report.simulation, report.doctor
    audit = report.audit
    said: list[tuple[str, str, str]] = []
    if audit is not None and not isinstance(audit, Refusal):
        sure = _sure_words(audit)
        said += [("gems", SURE, sure)] if sure else []
    if ranking is not None and not isinstance(ranking, Refusal):
        said.append(("leaderboard", BEST, rank_sentence(ranking)))
    if importance is not None and not isinstance(importance, Refusal):
        said.append(("parameters", MATTERS, importance_sentence(importance)))
    if simulation is not None and not isinstance(simulation, Refusal):
        words = simulate_words(simulation, simulation.advice, simulation.scale)
        said.append(("rules", NEXT_RULE, words))
    if doctor is not None and not isinstance(doctor, Refusal):
        said.append(("findings", WRONG, f"{capitalized(doctor.headline)}."))
    if said:
        page.section("short", "In short")
        page.answers(said)


def _write_runs(report: SweepReport, audit: AuditAnswer, page: StoryPage) -> None:
    """The runs: their curves, the gems, why each ended, what was found for how much compute."""
    names = RunNames(audit)
    page.section("curves", "How did the runs go?")
    show(report, page, "curves")
    page.section("gems", "Which stopped runs were gems?")
    show(report, page, "gems")
    answer = " ".join(gem_words(audit, names, scale_of(audit), audit.checkpoints))
    write_gems(page, audit, names, answer, audit.checkpoints)
    if not audit.gems:
        page.say(answer)
    page.section("ends", "Why did each run end?")
    fit = fit_words(audit, names)
    page.say(f"{capitalized(fit)}.")
    show(report, page, "timeline", "thresholds")
    write_ends(page, audit, names, [_DOT.join(stops_words(audit, names))], all_runs=True)
    page.section("race", "What was found for how much compute?")
    page.say(f"{capitalized(compute_words(audit))}.")
    show(report, page, "race", "distribution")


def _write_ranking(report: SweepReport, page: StoryPage) -> None:
    ranking = report.ranking
    if ranking is None:
        return
    page.section("leaderboard", BEST)
    if isinstance(ranking, Refusal):
        page.say(refusal_words(ranking))
        return
    show(report, page, "leaderboard")
    write_ranking(ranking, page, findings=False)


def _write_parameters(report: SweepReport, page: StoryPage) -> None:
    importance = report.importance
    page.section("parameters", MATTERS)
    if isinstance(importance, Refusal):
        page.say(refusal_words(importance))
    show(report, page, "importance", "parallel", "slices", "pairs")
    if importance is not None and not isinstance(importance, Refusal):
        write_importance(importance, page, findings=False)


def _write_rules(report: SweepReport, page: StoryPage) -> None:
    simulation = report.simulation
    if simulation is None:
        return
    page.section("rules", NEXT_RULE)
    if isinstance(simulation, Refusal):
        page.say(refusal_words(simulation))
        return
    show(report, page, "front")
    n_orders, usual = simulation.setup.n_orders, Setup().n_orders
    if n_orders < usual:
        page.say(
            f"The sweep is large: rules were replayed in {n_orders} orders of arrival, where "
            f"wbtools simulate takes {usual}."
        )
    write_simulation(simulation, page, findings=False)


def _write_findings(report: SweepReport, page: StoryPage) -> None:
    """The doctor's findings, and those of the audit that the doctor does not look for."""
    doctor, audit = report.doctor, report.audit
    page.section("findings", WRONG)
    known: set[tuple[str, str]] = set()
    if isinstance(doctor, Refusal):
        page.say(refusal_words(doctor))
    elif doctor is not None:
        doctor.on(page)
        known = {(finding.code, finding.subject) for finding in doctor.findings}
    if audit is None or isinstance(audit, Refusal):
        return
    others = [each for each in audit.findings if (each.code, each.subject) not in known]
    if others:
        page.heading("What the audit found besides")
        write_findings(page, worst_first(others), RunNames(audit).subject)
