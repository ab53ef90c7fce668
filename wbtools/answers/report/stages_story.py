"""Several sweeps as one story: what each stage gained and cost, and what the last one validated."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wbtools.answers.compare.page import write_comparison
from wbtools.answers.compare.verdict import answer_words, question_words
from wbtools.answers.rank.page import write_ranking
from wbtools.answers.report.origin_story import write_origin
from wbtools.answers.report.report import Refusal
from wbtools.answers.report.sections import (
    capitalized,
    refusal_words,
    show,
    title_of,
    write_commands,
)

if TYPE_CHECKING:
    from wbtools.answers.report.report import SweepReport
    from wbtools.answers.report.story_page import StoryPage


def write_stages(report: SweepReport, page: StoryPage) -> None:
    """Write several sweeps as one story."""
    comparison = report.comparison
    if comparison is None or isinstance(comparison, Refusal):
        words = "" if comparison is None else refusal_words(comparison)
        page.opening(title_of(report), "What did each stage bring?", words, [])
    else:
        names = [side.label for side in comparison.rows]
        answer = f"{capitalized(answer_words(comparison, names))}."
        page.opening(title_of(report), question_words(comparison, names), answer, [])
    write_commands(report, page)
    if comparison is not None and not isinstance(comparison, Refusal):
        page.section("stages", "What did each stage bring?")
        show(report, page, "race")
        write_comparison(comparison, page)
    if report.ranking is not None:
        page.section("leaderboard", "Which configuration is best?")
        if isinstance(report.ranking, Refusal):
            page.say(refusal_words(report.ranking))
        else:
            show(report, page, "leaderboard")
            write_ranking(report.ranking, page)
    page.section("sources", "What does this rest on?")
    write_origin(report, page)
