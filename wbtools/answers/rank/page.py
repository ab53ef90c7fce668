"""The page of `rank`: the leaderboard, what it allows to say, stages, a diverse choice."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from wbtools.analysis.ranking.ranking import StoppedRuns
from wbtools.answers.findings.page import worst_first, write_findings
from wbtools.answers.layout import Cell
from wbtools.answers.limits import limit_of_secondary, limit_rows
from wbtools.answers.rank.chosen import CHOICE
from wbtools.answers.rank.records import CONFIGURATION, FOLLOWED, P_FIRST, SPREAD, P
from wbtools.answers.rank.rows import ChosenConfiguration, with_spread
from wbtools.answers.rank.tradeoff import against_title, against_words, front_words
from wbtools.answers.rank.verdict import test_words, verdict_words
from wbtools.answers.rank.words import (
    completion_notes,
    counted_parts,
    joined_words,
    merged_words,
    title_parts,
)
from wbtools.answers.table_words import table_parts
from wbtools.model import Goal
from wbtools.text.numbers import count, listed
from wbtools.text.sanitize import UNKNOWN, sanitize

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import TypeVar

    from wbtools.analysis.ranking.diversity import Diverse
    from wbtools.analysis.ranking.pareto import Tradeoff
    from wbtools.analysis.ranking.ranking import Ranking
    from wbtools.analysis.ranking.stages import Stages
    from wbtools.answers.columns import Column
    from wbtools.answers.layout import Page
    from wbtools.answers.rank.answer import RankAnswer
    from wbtools.answers.rank.rows import Followed, Presentation, RankedConfiguration

    R = TypeVar("R", RankedConfiguration, ChosenConfiguration)

_LONGEST_METRIC: Final = 24
_LONGEST_SOURCE: Final = 20
_MOST_PARAMETERS: Final = 8
_ESSENTIAL: Final = 2
"""Columns that are kept as long stand beside the parameters, or these share one column."""


def write_ranking(answer: RankAnswer, page: Page, *, findings: bool = True) -> None:
    """Write a leaderboard.

    Args:
        answer: The answer.
        page: What to write it on.
        findings: Whether to write what is wrong with the recordings.
    """
    shown = answer.shown
    page.title(title_parts(answer))
    page.flow(counted_parts(answer))
    page.verdict("Which configuration is best?", verdict_sentence(answer))
    page.gap()
    _board(page, shown)
    page.points(*completion_notes(answer), *joined_words(answer), *merged_words(answer))
    for source in answer.sources:
        page.points(*table_parts(source.origin, source.table))
    _unfinished(page, shown)
    if answer.tradeoff is not None:
        _tradeoff(page, answer.tradeoff, shown)
    if answer.across is not None:
        _across(page, answer.across, shown)
    if answer.diverse is not None:
        _diverse(page, answer.diverse, shown)
    if findings:
        _findings(page, answer)


def verdict_sentence(answer: RankAnswer) -> str:
    """Which configuration is best, as a sentence; a parameter's name stays as it is written."""
    words = verdict_words(answer, answer.shown.scale, answer.shown.labels)
    if words.startswith(("no ", "run ", "runs ")):
        words = f"{words[0].upper()}{words[1:]}"
    measured = [row for row in answer.board.ranked if row.lead is not None]
    is_open = len(measured) > 1 and measured[0].rank == 1 and not answer.board.n_compared
    return f"{words}.{' More seeds can tell: replicate --seeds.' if is_open else ''}"


def _board(page: Page, shown: Presentation) -> None:
    rows = shown.of(shown.ranking.board.ranked)
    if not rows:
        return
    columns = _by_parameter(page, shown, list(_board_columns(shown, rows)), rows, page.limit)
    titles = page.rows(columns, rows)
    page.points(*_legend(shown.ranking, titles), style="dim")
    page.points(*test_words(shown.ranking, shown.scale))


def _board_columns(
    shown: Presentation, rows: Sequence[RankedConfiguration]
) -> Iterator[Column[RankedConfiguration]]:
    """What the record shows, a column for each further metric among them."""
    is_repeated = any(row.row.lead is not None and row.row.lead.summary.n > 1 for row in rows)
    for column in CONFIGURATION.titled:
        if column.key == "other_means":
            for k, metric in enumerate(shown.ranking.question.metrics[1:], start=1):
                title = sanitize(metric.name, limit=_LONGEST_METRIC)
                yield column.placed(title=title, show=_figure(k))
        elif is_repeated or column.key not in {"n_values", "mean", "sd"}:
            yield column
        elif column.key == "mean":
            yield column.placed(title="value")


def _by_parameter(
    page: Page, shown: Presentation, columns: Sequence[Column[R]], rows: Sequence[R], limit: int
) -> list[Column[R]]:
    """Columns with one for each parameter where these fit, else with all in one."""
    in_one = [
        column.placed(title=shown.labels.title) if column.key == "label" else column
        for column in columns
    ]
    names = shown.labels.titles
    if not 1 < len(names) <= _MOST_PARAMETERS:
        return in_one
    apart: list[Column[R]] = []
    for column in columns:
        if column.key == "label":
            apart += [
                column.placed(title=name, keep=1, least=None, wraps=False, show=_value_of(name))
                for name in names
            ]
        else:
            apart.append(column)
    essential = [column for column in apart if column.keep <= _ESSENTIAL]
    cells = [[column.cell(row) for column in essential] for row in limit_rows(rows, limit)]
    return apart if page.fits(essential, cells) else in_one


def _value_of(name: str) -> Callable[[RankedConfiguration | ChosenConfiguration], Cell]:
    def show(row: RankedConfiguration | ChosenConfiguration) -> Cell:
        ranked = row.ranked if isinstance(row, ChosenConfiguration) else row
        return Cell(ranked.values.get(name, UNKNOWN), ranked.style)

    return show


def _figure(k: int) -> Callable[[RankedConfiguration], str]:
    return lambda ranked: with_spread(ranked.row.figures[k], ranked.shown.scales[k])


def _legend(ranking: Ranking, titles: Sequence[str]) -> Iterator[str]:
    """What those columns mean that were shown, a line each."""
    resampled, rows = ranking.board.resampled, ranking.board.ranked
    if SPREAD in titles:
        yield "± sd: standard deviation over the runs of a configuration (n - 1)"
    if P_FIRST in titles:
        borrowed = any(row.stability is not None and row.stability.borrowed for row in rows)
        lent = "; unknown of one run, which is drawn with the others' spread" if borrowed else ""
        yield (
            f"P(first), rank 90 %: in {resampled.n_draws:,} bootstrap draws of each "
            f"configuration's runs{lent}; with so few runs too sure of itself"
        )
    elif SPREAD in titles and resampled.why_not:
        yield f"no P(first): {resampled.why_not}"
    if P in titles:
        n = count(ranking.board.n_compared, "comparison")
        yield (
            f"p: of the difference to the first, Welch's t, Holm-corrected for {n}; the first was "
            "chosen by the same values, which flatters it"
        )
    if ranking.question.stopped is StoppedRuns.PROJECTED:
        yield (
            "~: projected from a run that was cut short, with its 90 % interval; differences are "
            "to the first that has full runs"
        )


def _unfinished(page: Page, shown: Presentation) -> None:
    """Configurations that have no full run with a value."""
    unranked = [row for row in shown.ranking.board.rows if row.rank is None]
    bounded = shown.of(row for row in unranked if row.reached is not None)
    if bounded:
        page.heading("Without a full run", "no rank: what they reached is only a bound")
        reached = CONFIGURATION["reached"].placed(
            title="reached", show=lambda ranked: ranked.bound_text
        )
        columns = [
            reached,
            CONFIGURATION["sweep_id"],
            CONFIGURATION["label"],
            CONFIGURATION["run_ids"],
        ]
        limit = limit_of_secondary(page.limit)
        page.rows(_by_parameter(page, shown, columns, bounded, limit), bounded, limit=limit)
    silent = len(unranked) - len(bounded)
    if silent:
        page.gap()
        verb = "has" if silent == 1 else "have"
        page.say(f"{count(silent, 'configuration')} {verb} no value.", indent=2)


def _tradeoff(page: Page, tradeoff: Tradeoff, shown: Presentation) -> None:
    """The configurations that no other beats in both, from the least of it on."""
    against = tradeoff.against
    better = "less" if against.goal is Goal.MINIMIZE else "more"
    page.heading(f"Value against {against_title(against)}", f"{better} of it is better")
    page.say(front_words(tradeoff), indent=2)
    front = [ranked for ranked in shown.of(shown.ranking.board.rows) if ranked.is_on_front]
    front.sort(key=lambda ranked: ranked.against.mean if ranked.against is not None else 0.0)
    if not front:
        return
    columns = [
        CONFIGURATION["rank"],
        CONFIGURATION["sweep_id"],
        CONFIGURATION["label"],
        CONFIGURATION["mean"].placed(title="value", show=_figure(0)),
        CONFIGURATION["against_mean"].placed(
            title=against_title(against), right=True, show=against_words
        ),
        CONFIGURATION["run_ids"],
    ]
    page.rows(_by_parameter(page, shown, columns, front, page.limit), front)
    page.points("by the means; their spread is not weighed", style="dim")


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
        "gain: of the last stage over the one before that ran it, positive is better; its interval "
        "(Welch's t) needs two runs on both sides",
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
    page.heading(f"The best {len(diverse.picks)} that differ from each other")
    choices = shown.choices(diverse)
    columns = _by_parameter(page, shown, CHOICE.titled, choices, 0)
    page.table(columns, [[column.cell(choice) for column in columns] for choice in choices])
    names = listed(map(sanitize, diverse.names), most=6) or "no parameter"
    words = (
        f"distance: mean over {names}, each in its own range and scale, 0 to 1; at least "
        f"{diverse.least:g} between any two"
    )
    if diverse.n_close:
        were = "is" if diverse.n_close == 1 else "are"
        words += f"; {count(diverse.n_close, 'better one')} {were} too close to one chosen"
    page.points(words, style="dim")
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
