"""The page of `rank`: the leaderboard, what it allows to say, stages, a diverse choice."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from wbtools.analysis.ranking.ranking import StoppedRuns
from wbtools.answers.findings.page import worst_first, write_findings
from wbtools.answers.rank.records import CHOICE, CONFIGURATION, FOLLOWED, P_FIRST, SPREAD, P
from wbtools.answers.rank.rows import with_spread
from wbtools.answers.rank.words import (
    counted_words,
    joined_words,
    merged_words,
    title_parts,
    verdict_words,
)
from wbtools.answers.table_words import table_parts
from wbtools.text.numbers import count, listed
from wbtools.text.sanitize import UNKNOWN, sanitize

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from wbtools.analysis.ranking.diversity import Diverse
    from wbtools.analysis.ranking.ranking import Ranking
    from wbtools.analysis.ranking.stages import Stages
    from wbtools.answers.columns import Column
    from wbtools.answers.layout import Page
    from wbtools.answers.rank.answer import RankAnswer
    from wbtools.answers.rank.rows import Followed, Presentation, RankedConfiguration

_LONGEST_METRIC: Final = 24
_LONGEST_SOURCE: Final = 20


def write_ranking(answer: RankAnswer, page: Page) -> None:
    """Write a leaderboard."""
    shown = answer.shown
    page.title(title_parts(answer))
    for source in answer.sources:
        page.flow(table_parts(source.origin, source.table))
    page.say(" ".join(counted_words(answer)))
    for sentence in joined_words(answer):
        page.say(sentence)
    page.gap()
    _board(page, shown)
    _unfinished(page, shown)
    if answer.across is not None:
        _across(page, answer.across, shown)
    if answer.diverse is not None:
        _diverse(page, answer.diverse, shown)
    _findings(page, answer)


def _board(page: Page, shown: Presentation) -> None:
    ranking = shown.ranking
    ranked = ranking.board.ranked
    if not ranked:
        page.say("No configuration has a full run with a value, so none has a rank.", indent=2)
        return
    titles = page.rows(list(_board_columns(shown)), shown.of(ranked))
    page.points(_legend(ranking, titles), style="dim")
    verdict = verdict_words(ranking, shown.scale, shown.labels)
    page.points(*verdict, *merged_words(ranking))


def _board_columns(shown: Presentation) -> Iterator[Column[RankedConfiguration]]:
    """What the record shows, a column for each further metric among them."""
    for column in CONFIGURATION.titled:
        if column.key == "label":
            yield column.placed(title=shown.labels.title)
        elif column.key == "other_means":
            for k, metric in enumerate(shown.ranking.question.metrics[1:], start=1):
                title = sanitize(metric.name, limit=_LONGEST_METRIC)
                yield column.placed(title=title, show=_figure(k))
        else:
            yield column


def _figure(k: int) -> Callable[[RankedConfiguration], str]:
    return lambda ranked: with_spread(ranked.row.figures[k], ranked.shown.scales[k])


def _legend(ranking: Ranking, titles: Sequence[str]) -> str:
    """What those columns mean that were shown."""
    words = []
    if SPREAD in titles:
        words.append("± sd: n - 1, over seeds and folds; one run has none")
    if P_FIRST in titles:
        n = ranking.board.resampled.n_draws
        words.append(f"P(first), rank 90 %: when seeds are drawn anew, {n} times")
        if any(
            row.stability is not None and row.stability.borrowed for row in ranking.board.ranked
        ):
            words.append("one run borrows the others' noise")
    elif ranking.board.resampled.why_not and len(ranking.board.ranked) > 1:
        words.append(f"no P(first): {ranking.board.resampled.why_not}")
    if P in titles:
        words.append("p: of the difference to the first, Welch's t, after Holm")
    if ranking.question.stopped is StoppedRuns.PROJECTED:
        words.append("~: projected, with its 90 % interval; the first: of those that have runs")
    return f"({'; '.join(words)})" if words else ""


def _unfinished(page: Page, shown: Presentation) -> None:
    """Configurations that have no full run with a value."""
    unranked = [row for row in shown.ranking.board.rows if row.rank is None]
    bounded = [row for row in unranked if row.reached is not None]
    if bounded:
        page.heading("Without a full run: what they reached is a bound, no rank")
        reached = CONFIGURATION["reached"].placed(
            title="reached", show=lambda ranked: ranked.bound_text
        )
        columns = [
            reached,
            CONFIGURATION["sweep_id"],
            CONFIGURATION["label"].placed(title=shown.labels.title),
            CONFIGURATION["run_ids"].placed(keep=2),
        ]
        page.rows(columns, shown.of(bounded))
    silent = len(unranked) - len(bounded)
    if silent:
        page.gap()
        verb = "has" if silent == 1 else "have"
        page.say(f"{count(silent, 'configuration')} {verb} no value.", indent=2)


def _across(page: Page, across: Stages, shown: Presentation) -> None:
    """The same configuration from stage to stage."""
    page.heading("The same configuration across stages")
    for name, values in across.apart.items():
        texts = shown.labels.of_each(name, values)
        page.points(f"{sanitize(name)}: {' -> '.join(texts)}")
    if not across.followed:
        page.say("No configuration was run in two of them.", indent=2)
        return
    columns = [
        FOLLOWED["label"].placed(title=shown.labels.title),
        *(
            FOLLOWED["steps"].placed(
                title=sanitize(source.name, limit=_LONGEST_SOURCE), right=True, show=_at(stage)
            )
            for stage, source in enumerate(shown.ranking.sources)
        ),
        FOLLOWED["steps"].placed(title="gain", right=True, show=_gain),
        FOLLOWED["steps"].placed(title="95 % interval", keep=2, show=_gain_interval),
    ]
    page.rows(columns, shown.followed(across))
    page.points(
        "(gain: of the last stage over the one before that ran it, positive is better; its "
        "interval, Welch's, needs two runs on both sides)",
        style="dim",
    )


def _gain(followed: Followed) -> str:
    gain = followed.gain
    return UNKNOWN if gain is None else followed.shown.scale.signed(gain.difference)


def _gain_interval(followed: Followed) -> str:
    gain, scale = followed.gain, followed.shown.scale
    if gain is None or gain.low is None:
        return UNKNOWN
    return f"{scale.signed(gain.low)} … {scale.signed(gain.high)}"


def _at(stage: int) -> Callable[[Followed], str]:
    return lambda followed: followed.at(stage)


def _diverse(page: Page, diverse: Diverse, shown: Presentation) -> None:
    """The choice, and how far its members lie apart."""
    if not diverse.picks:
        page.gap()
        page.say("No configuration has a rank, so there is none to choose.")
        return
    page.heading(f"The best {len(diverse.picks)} that also differ")
    columns = [
        column.placed(title=shown.labels.title) if column.key == "label" else column
        for column in CHOICE.titled
    ]
    choices = shown.choices(diverse)
    page.table(columns, [[column.cell(choice) for column in columns] for choice in choices])
    names = listed(map(sanitize, diverse.names), most=6) or "no parameter"
    words = (
        f"mean distance over {names}, 0 to 1, each in its own range and scale; at least "
        f"{diverse.least:g} between two"
    )
    if diverse.n_close:
        words += f"; {count(diverse.n_close, 'better one')} passed over as too near"
    page.points(f"({words})", style="dim")
    if len(diverse.picks) < diverse.n_asked:
        n = count(len(diverse.picks), "configuration")
        is_single = len(diverse.picks) == 1
        why = "has a rank" if is_single else "have a rank"
        if diverse.n_close:
            verb = "lies" if is_single else "lie"
            why = f"{verb} so far apart; a lower --least-distance finds more"
        page.say(f"No more than {n} {why}.", indent=2)


def _findings(page: Page, answer: RankAnswer) -> None:
    """What is wrong with the recordings."""
    for stage, source in enumerate(answer.sources):
        if source.findings:
            page.heading(f"Findings in {sanitize(source.name)}")
            write_findings(page, worst_first(source.findings), _names(answer, stage).get)


def _names(ranking: Ranking, stage: int) -> dict[str, str]:
    """What the runs of a sweep are called, by id: by a number where only one run has it."""
    runs = [
        measured.run
        for row in ranking.board.rows
        if row.configuration.stage == stage
        for measured in row.configuration.members
    ]
    n_with = Counter(run.number for run in runs)
    return {
        run.id: f"run {sanitize(run.id if n_with[run.number] > 1 else run.number_or_id, limit=20)}"
        for run in runs
    }
