"""Several sweeps as one story: what each stage gained and cost, and what the last one validated."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING, Final

from wbtools.answers.audit.gem_words import gem_words
from wbtools.answers.audit.page import write_gems
from wbtools.answers.audit.words import RunNames, rule_words, scale_of
from wbtools.answers.compare.page import stage_columns, write_comparison
from wbtools.answers.compare.page import verdict_sentence as comparison_sentence
from wbtools.answers.compare.sides import SIDE
from wbtools.answers.compare.verdict import question_words
from wbtools.answers.metric_words import goal_words
from wbtools.answers.rank.page import verdict_sentence as ranking_sentence
from wbtools.answers.rank.page import write_ranking
from wbtools.answers.report.origin_story import write_origin
from wbtools.answers.report.report import Refusal
from wbtools.answers.report.sections import (
    refusal_words,
    show,
    title_of,
    write_commands,
)
from wbtools.answers.report.validation import VALIDATED, validated
from wbtools.text.numbers import count, hours, listed
from wbtools.text.sanitize import UNKNOWN, sanitize

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wbtools.answers.audit.answer import AuditAnswer
    from wbtools.answers.columns import Column
    from wbtools.answers.compare.answer import CompareAnswer
    from wbtools.answers.compare.sides import Side
    from wbtools.answers.rank.answer import RankAnswer
    from wbtools.answers.report.report import SweepReport
    from wbtools.answers.report.story_page import StoryPage

BEST: Final = "Which configuration is best?"
GEMS: Final = "gems"
HELD: Final = "Did the choice hold over seeds?"


def write_stages(report: SweepReport, page: StoryPage) -> None:
    """Write several sweeps as one story."""
    comparison, ranking = report.comparison, report.ranking
    if comparison is None or isinstance(comparison, Refusal):
        words = "" if comparison is None else refusal_words(comparison)
        page.opening(title_of(report), "What did each sweep bring?", words, [])
    else:
        _open(report, comparison, page)
    write_commands(report, page)
    _write_in_short(report, page)
    if comparison is not None and not isinstance(comparison, Refusal):
        _write_comparison(report, comparison, page)
    _write_gems(report, page)
    if ranking is not None:
        page.section("leaderboard", BEST)
        if isinstance(ranking, Refusal):
            page.say(refusal_words(ranking))
        else:
            show(report, page, "leaderboard")
            write_ranking(ranking, page)
    page.section("sources", "What does this rest on?")
    write_origin(report, page)


def _open(report: SweepReport, comparison: CompareAnswer, page: StoryPage) -> None:
    names = [side.label for side in comparison.rows]
    runs = count(sum(summary.n_runs for summary in comparison.summaries), "run")
    known = [summary.hours for summary in comparison.summaries if summary.hours is not None]
    facts = [goal_words(comparison.question.metric), f"{len(names)} {_whom(comparison)}, {runs}"]
    facts += [f"{hours(sum(known))} of compute"] if len(known) == len(names) else []
    facts += [f"baseline: {names[comparison.question.baseline]}"]
    title = f"A search in {len(names)} stages" if comparison.stages else title_of(report)
    answer = " ".join(
        filter(None, [comparison_sentence(comparison, names), _best_of_all(comparison)])
    )
    page.opening(title, question_words(comparison, names), answer, [" · ".join(facts)])


def _whom(comparison: CompareAnswer) -> str:
    return "stages" if comparison.stages else "sweeps"


def _best_of_all(comparison: CompareAnswer) -> str:
    """Which stage found the best value; empty of sweeps that are no stages."""
    best = comparison.best
    if not comparison.stages or best is None:
        return ""
    return f"The best of all is {best.scale.show(best.summary.best)}, of {best.label}."


def _write_in_short(report: SweepReport, page: StoryPage) -> None:
    """Which configuration is best, and whether each sweep lost a gem."""
    said: list[tuple[str, str, str]] = []
    if report.ranking is not None and not isinstance(report.ranking, Refusal):
        said.append(("leaderboard", BEST, ranking_sentence(report.ranking)))
    said += [
        (GEMS, f"A gem in {listed(names)}?", answer)
        for answer, names in _by_answer(report.known_audits).items()
    ]
    if said:
        page.section("short", "In short")
        page.answers(said)


def _write_comparison(report: SweepReport, comparison: CompareAnswer, page: StoryPage) -> None:
    """What each stage brought: the log, the race, the last stage's means, and all comparisons."""
    page.section("log", "Experiment log")
    logged = list(_log_columns(report, comparison))
    page.rows(logged, comparison.rows)
    page.section("race", "What was found for how much compute?")
    show(report, page, "race")
    ranking = report.ranking
    if comparison.stages and ranking is not None and not isinstance(ranking, Refusal):
        _write_validation(ranking, comparison, page)
    keys = {column.key for column in logged}
    keys |= {"used_h"} if "stage_h" in keys else set()
    page.section("comparison", f"How do the {_whom(comparison)} compare?")
    write_comparison(comparison, page, logged=keys)


def _write_gems(report: SweepReport, page: StoryPage) -> None:
    """The likeliest gems of each sweep, and the command that says all of them."""
    if not report.known_audits:
        return
    page.section(GEMS, "Which stopped runs were gems?")
    without: list[AuditAnswer] = []
    for audit, command in zip_longest(report.audits, report.audit_commands):
        if audit is None or isinstance(audit, Refusal):
            continue
        if not audit.gems:
            without.append(audit)
            continue
        page.heading(_name_of(audit))
        names = RunNames(audit)
        answer = " ".join(gem_words(audit, names, scale_of(audit), audit.checkpoints))
        page.verdict("", answer)
        write_gems(page, audit, names, answer, audit.checkpoints)
        if command is not None:
            page.command(command.line, command.purpose)
    for answer, whom in _by_answer(without).items():
        page.heading(listed(whom))
        page.verdict("", answer)


def _by_answer(audits: Sequence[AuditAnswer]) -> dict[str, list[str]]:
    """The sweeps of which the same is said about gems."""
    said: dict[str, list[str]] = {}
    for audit in audits:
        answer = " ".join(gem_words(audit, RunNames(audit), scale_of(audit), audit.checkpoints))
        said.setdefault(answer, []).append(_name_of(audit))
    return said


def _name_of(audit: AuditAnswer) -> str:
    return sanitize(audit.sweep.ref.sweep_id)


def _log_columns(report: SweepReport, comparison: CompareAnswer) -> Iterator[Column[Side]]:
    """A row a sweep: what was searched and how, what it found, and at what cost."""

    def how(side: Side) -> str:
        audit = report.audits[side.k] if side.k < len(report.audits) else None
        if audit is None or isinstance(audit, Refusal):
            return UNKNOWN
        method = audit.question.method
        return ", ".join([*([sanitize(method)] if method else []), rule_words(audit)])

    yield SIDE["side"].placed(title="stage" if comparison.stages else "sweep")
    yield SIDE["source"].placed(title="search", show=how)
    yield SIDE["n_runs"]
    if comparison.stages:
        _, *others = stage_columns()
        yield from others
    else:
        yield from SIDE.pick("best", "used_h")
    yield SIDE["best_run_name"].placed(title="best run")
    yield from SIDE.pick("completed_share", "mean", "n_values")


def _write_validation(ranking: RankAnswer, comparison: CompareAnswer, page: StoryPage) -> None:
    """The last stage's means over seeds, where it repeated anything."""
    rows = validated(ranking, comparison)
    page.section("validation", HELD)
    names = [side.label for side in comparison.rows]
    if not any(row.n_values > 1 for row in rows):
        page.say(
            f"Nobody can tell: {names[-1]}, the last stage, ran no configuration twice to its end. "
            "rank --diverse --plan writes the commands that do."
        )
        return
    base = names[comparison.question.baseline]
    if any(row.against is not None for row in rows):
        page.say(f"{names[-1]}, the last stage, against all full runs of {base}.")
    elif base == names[-1]:
        page.say(f"{base}, the last stage, is the baseline itself: --baseline names another one.")
    else:
        page.say(f"{names[-1]}, the last stage; {base}, the baseline, has no full run.")
    page.rows(VALIDATED, rows)
    is_tested = any(row.against is not None and row.against.p_adjusted is not None for row in rows)
    tests = "p: by Welch's t, Holm-corrected; " if is_tested else ""
    page.points(f"{tests}± sd: over the runs of a configuration (n - 1)")
