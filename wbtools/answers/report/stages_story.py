"""Several sweeps as one story: what each stage gained and cost, and what the last one validated."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wbtools.answers.audit.gem_words import gem_words
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
from wbtools.text.numbers import count, hours
from wbtools.text.sanitize import UNKNOWN, sanitize

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wbtools.answers.columns import Column
    from wbtools.answers.compare.answer import CompareAnswer
    from wbtools.answers.compare.sides import Side
    from wbtools.answers.rank.answer import RankAnswer
    from wbtools.answers.report.report import SweepReport
    from wbtools.answers.report.story_page import StoryPage

BEST: Final = "Which configuration is best?"
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
    whom = "stages" if comparison.stages else "sweeps"
    runs = count(sum(summary.n_runs for summary in comparison.summaries), "run")
    known = [summary.hours for summary in comparison.summaries if summary.hours is not None]
    facts = [goal_words(comparison.question.metric), f"{len(names)} {whom}, {runs}"]
    facts += [f"{hours(sum(known))} of compute"] if len(known) == len(names) else []
    facts += [f"baseline: {names[comparison.question.baseline]}"]
    title = f"A search in {len(names)} stages" if comparison.stages else title_of(report)
    answer = comparison_sentence(comparison, names)
    page.opening(title, question_words(comparison, names), answer, [" · ".join(facts)])


def _write_in_short(report: SweepReport, page: StoryPage) -> None:
    """Which configuration is best, and whether each sweep lost a gem."""
    said: list[tuple[str, str, str]] = []
    if report.ranking is not None and not isinstance(report.ranking, Refusal):
        said.append(("leaderboard", BEST, ranking_sentence(report.ranking)))
    for audit in report.known_audits:
        answer = " ".join(gem_words(audit, RunNames(audit), scale_of(audit)))
        said.append(("log", f"A gem in {sanitize(audit.sweep.ref.sweep_id)}?", answer))
    if said:
        page.section("short", "In short")
        page.answers(said)


def _write_comparison(report: SweepReport, comparison: CompareAnswer, page: StoryPage) -> None:
    """What each stage brought: the log, the race, the last stage's means, and all comparisons."""
    page.section("log", "Experiment log")
    page.rows(list(_log_columns(report, comparison)), comparison.rows)
    page.section("race", "What was found for how much compute?")
    show(report, page, "race")
    ranking = report.ranking
    if comparison.stages and ranking is not None and not isinstance(ranking, Refusal):
        _write_validation(ranking, comparison, page)
    page.section("comparison", "How do the sweeps compare?")
    write_comparison(comparison, page, gains=False)


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
    yield SIDE["completed_share"]
    yield SIDE["mean"]
    if comparison.stages:
        _, *others = stage_columns()
        yield from others
    else:
        yield from SIDE.pick("best", "used_h")


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
    page.say(f"{names[-1]}, the last stage, against all full runs of {_baseline(comparison)}.")
    page.rows(VALIDATED, rows)
    page.points("p: by Welch's t, Holm-corrected; ± sd: over the runs of a configuration (n - 1)")


def _baseline(comparison: CompareAnswer) -> str:
    return comparison.rows[comparison.question.baseline].label
