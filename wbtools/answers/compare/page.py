"""The page of `compare`: what each side found, what it cost, and whether a lead is more than luck.

Every value is in the metric's own units; a difference is a side less the baseline.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

import numpy as np

from wbtools.analysis.comparison import Over
from wbtools.analysis.diagnosis.termination import Cause, Completion
from wbtools.answers.compare.sides import SIDE, SUFFIX, Side
from wbtools.answers.compare.verdict import answer_words, least_p, question_words, verdict
from wbtools.answers.compare.words import (
    between,
    caveats,
    compute,
    equal_words,
    race_notes,
    test_notes,
)
from wbtools.answers.limits import limit_rows
from wbtools.answers.metric_words import goal_words
from wbtools.answers.termination_words import end_words
from wbtools.text.numbers import count, listed, p_value, probability
from wbtools.text.sanitize import UNKNOWN, sanitize

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from wbtools.analysis.comparison import AnytimeComparison, AnytimeCurve, Comparison
    from wbtools.answers.columns import Column
    from wbtools.answers.compare.answer import CompareAnswer
    from wbtools.answers.layout import Page
    from wbtools.stats.differences import Difference

_SHOWN: Final = {4: "25 %", 9: "50 %", 14: "75 %", 19: "100 %"}
"""Which of `FRACTIONS` have a column, and its title."""
_LESS_OFTEN_SHOWN: Final = {4, 14}
_LONGEST_SOURCE: Final = 40


def write_comparison(
    answer: CompareAnswer, page: Page, *, logged: Collection[str] = frozenset()
) -> None:
    """Write a comparison.

    Args:
        answer: The answer.
        page: Where to.
        logged: Keys of the sides that a table above shows: they are not shown again.
    """
    rows = answer.rows
    names = [side.label for side in rows]
    base = names[answer.question.baseline]
    page.title(
        [
            *_common_source(answer),
            count(len(rows), "side"),
            goal_words(answer.question.metric),
            f"means over {_over(answer)}",
            f"baseline: {base}{_why_baseline(answer)}",
        ]
    )
    if not logged or any(summary.causes for summary in answer.summaries):
        page.flow(_run_parts(answer))
    page.verdict(question_words(answer, names), verdict_sentence(answer, names))
    page.gap()
    if not logged:
        page.rows(SIDE.titled, rows)
    elif beyond := _beyond(logged, rows):
        page.rows([SIDE["side"], *beyond], rows)
    if answer.stages and "gain" not in logged:
        page.heading("Gain by stage", "over the stage before, positive is better")
        page.rows(list(stage_columns()), rows)
    if any(side.why_not is None for side in answer.sides):
        page.heading("Do the means differ?", f"{_over(answer)}, each side less {base}")
        others = [side for side in rows if side.contrast is not None]
        titles = page.rows(list(_contrast_columns(answer)), others)
        page.points(*test_notes(answer, titles), style="dim")
        _races(page, answer, names)
    notes = [*caveats(answer, names), *(sanitize(note, limit=0) for note in answer.notes)]
    if notes:
        page.heading("What limits this")
        page.points(*notes)


def _beyond(logged: Collection[str], rows: Sequence[Side]) -> list[Column[Side]]:
    """The columns that a table above does not show, of those in which something is known."""
    return [
        column
        for column in SIDE.titled
        if column.key not in logged
        and any(column.cell(row).text not in {"", UNKNOWN} for row in rows)
    ]


def _why_baseline(answer: CompareAnswer) -> str:
    """Why this side is the baseline, where the user did not name it."""
    if not answer.question.baseline_has_most:
        return ""
    is_all = answer.question.over is Over.ALL
    return " (most runs)" if is_all else f" (most {_over(answer)})"


def verdict_sentence(answer: CompareAnswer, names: Sequence[str]) -> str:
    """The answer as a sentence; a side's name stays as it is written.

    Args:
        answer: The answer.
        names: What its sides are called.
    """
    words = answer_words(answer, names)
    is_name = any(words.startswith(name) for name in names)
    return f"{words if is_name else words[0].upper() + words[1:]}."


def _common_source(answer: CompareAnswer) -> list[str]:
    """The sweep whose groups the sides are, where they are of one."""
    sources = {side.source for side in answer.sides}
    if len(sources) > 1 or len(answer.sides) == 1:
        return []
    last = min(sources).rstrip("/").rpartition("/")[2]
    return [sanitize(last, limit=_LONGEST_SOURCE)] if last else []


def _run_parts(answer: CompareAnswer) -> list[str]:
    """How many runs there are in all, and how they ended."""
    ends = Counter[Cause]()
    for summary in answer.summaries:
        ends.update(summary.causes)
    n = sum(summary.n_runs for summary in answer.summaries)
    return [": ".join(filter(None, [count(n, "run"), ", ".join(end_words(ends))]))]


def _races(page: Page, answer: CompareAnswer, names: Sequence[str]) -> None:
    """Best so far over equal reports, and over equal hours where these say anything else."""
    first, *others = answer.races
    shown = [first, *(race for race in others if not page.limit or _differs(race, first))]
    explained: set[str] = set()
    for race in shown:
        page.heading("Best so far with the same budget", equal_words(race, names))
        titles: list[str] = []
        if race.equal_compute is not None:
            titles = page.rows(list(_race_columns(race)), answer.rows)
        notes = [note for note in race_notes(titles) if note not in explained]
        explained |= set(notes)
        page.points(*notes, style="dim")
        _not_raced(page, race, names)
    for race in others:
        if race in shown:
            continue
        if race.equal_compute is None:
            page.points(f"Nor can they be compared over the same {race.unit}.")
        else:
            budget = compute(race.equal_compute, race.unit)
            page.points(f"Over the same {race.unit} ({budget}) nothing changes: see --limit 0.")


def _differs(race: AnytimeComparison, other: AnytimeComparison) -> bool:
    """Whether a race says anything else than another: who is ahead, and whether it may be luck."""
    return [_message(lane) for lane in race.lanes] != [_message(lane) for lane in other.lanes]


def _message(lane: AnytimeCurve) -> tuple[bool, float, float]:
    if not lane.points:
        return (False, 0.0, 0.0)
    last = lane.points[-1]
    ends = [end or 0.0 for end in (last.difference_low, last.difference_high)]
    return (True, float(np.sign(last.difference or 0.0)), float(np.sign(ends).sum()))


def _over(comparison: Comparison) -> str:
    """Which runs the means are over: those of unknown end count as completed ones do."""
    if comparison.question.over is Over.ALL:
        return "all runs with a value"
    counted = Counter[Completion]()
    for summary in comparison.summaries:
        counted.update(summary.n_by_completion)
    if not counted[Completion.UNKNOWN]:
        return "completed runs"
    if not counted[Completion.FULL]:
        return "runs of unknown end"
    return "runs completed or of unknown end"


def stage_columns() -> Iterator[Column[Side]]:
    """What each stage gained over the one before, and its hours."""
    yield SIDE["side"]
    yield SIDE["best"]
    yield SIDE["gain"].placed(
        title="gain (95 %)",
        right=False,
        show=lambda side: (
            UNKNOWN
            if side.stage is None
            else between(side.scale.signed, side.stage.gain, side.stage.low, side.stage.high)
        ),
    )
    yield SIDE["gain_per_h"].placed(
        title="gain/h",
        keep=1,
        show=lambda side: side.scale.signed(None if side.stage is None else side.stage.gain_per_h),
    )
    yield SIDE["stage_h"].placed(title="hours", keep=1)
    yield SIDE["so_far_h"].placed(title="hours so far", keep=2)


def _contrast_columns(comparison: Comparison) -> Iterator[Column[Side]]:
    """Whether means differ."""
    least = least_p(comparison)

    def tested(text: Callable[[Side, Difference], str]) -> Callable[[Side], str]:
        def cell(side: Side) -> str:
            if side.contrast is None:
                return ""
            difference = side.contrast.difference
            return UNKNOWN if difference is None else text(side, difference)

        return cell

    def judged(side: Side) -> str:
        return "" if side.contrast is None else verdict(side.contrast, comparison.question, least)

    yield SIDE["side"]
    yield SIDE["difference"].placed(
        title="difference (95 %)",
        right=False,
        show=tested(lambda side, x: between(side.scale.signed, x.difference, x.low, x.high)),
    )
    yield SIDE["n_values"].placed(keep=2, show=tested(lambda _side, x: f"{x.n} / {x.n_other}"))
    yield SIDE["p_welch_adjusted"].placed(
        title="p", keep=1, show=tested(lambda _side, x: p_value(x.p_adjusted))
    )
    yield SIDE["p_permutation_adjusted"].placed(
        title="permuted",
        keep=3,
        show=tested(lambda _side, x: p_value(x.p_permutation_adjusted)),
    )
    yield SIDE["shows"].placed(title="verdict", least=20, wraps=True, show=judged)


def _race_columns(race: AnytimeComparison) -> Iterator[Column[Side]]:
    """Best so far after parts of the equal compute, and what stands at its end."""
    unit, suffix = race.unit, SUFFIX[race.unit]

    def raced(text: Callable[[Side, AnytimeCurve], str]) -> Callable[[Side], str]:
        def cell(side: Side) -> str:
            lane = race.lanes[side.k]
            return text(side, lane) if lane.points else UNKNOWN

        return cell

    def reached(k: int) -> Callable[[Side, AnytimeCurve], str]:
        def text(side: Side, lane: AnytimeCurve) -> str:
            is_recorded = any(point.recorded is not None for point in lane.points)
            point = lane.points[k]
            return side.scale.show(point.recorded if is_recorded else point.typical)

        return text

    def between_ends(side: Side, lane: AnytimeCurve) -> str:
        last = lane.points[-1]
        return between(side.scale.show, last.typical, last.low, last.high)

    def against(side: Side, lane: AnytimeCurve) -> str:
        last = lane.points[-1]
        ends = last.difference_low, last.difference_high
        return between(side.scale.signed, last.difference, *ends)

    yield SIDE["side"]
    for k, title in _SHOWN.items():
        yield SIDE[f"recorded_at_equal_{suffix}"].placed(
            title=title, keep=4 if k in _LESS_OFTEN_SHOWN else 2, show=raced(reached(k))
        )
    yield SIDE[f"typical_at_equal_{suffix}"].placed(
        title="resampled (95 %)", keep=1, right=False, show=raced(between_ends)
    )
    yield SIDE[f"difference_at_equal_{suffix}"].placed(
        title="vs baseline (95 %)", right=False, show=raced(against)
    )
    yield SIDE[f"p_better_at_equal_{suffix}"].placed(
        title="ahead",
        keep=3,
        show=raced(lambda _side, lane: probability(lane.points[-1].p_better, may_be_sure=False)),
    )
    yield SIDE[f"regret_at_equal_{suffix}"].placed(
        title="regret",
        keep=5,
        show=raced(lambda side, lane: side.scale.signed(lane.points[-1].regret).lstrip("+")),
    )
    yield SIDE[f"used_{suffix}"].placed(
        title="used", keep=6, show=raced(lambda _side, lane: compute(lane.total, unit))
    )


def _not_raced(page: Page, race: AnytimeComparison, names: Sequence[str]) -> None:
    """Why sides that are shown are not in a race."""
    reasons: dict[str, list[str]] = {}
    for k in limit_rows(range(len(names)), page.limit):
        why = race.lanes[k].why_not
        if why is not None:
            reasons.setdefault(why, []).append(names[k])
    for why, of in reasons.items():
        whom = "all sides" if len(of) == len(names) else listed(of)
        page.points(f"Not compared, {whom}: {sanitize(why, limit=0)}.")
