"""The page of `rank`: the leaderboard, what it allows to say, stages, a diverse choice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wbtools.answers.limits import limit_rows, rows_left
from wbtools.answers.rank.tables import (
    board_legend,
    board_table,
    bound_table,
    choice_table,
    scale_of,
    stage_table,
)
from wbtools.answers.rank.words import (
    Labels,
    counted_words,
    merged_words,
    title_parts,
    verdict_words,
)
from wbtools.text.numbers import count, listed
from wbtools.text.sanitize import sanitize

if TYPE_CHECKING:
    from wbtools.analysis.ranking.diversity import Diverse
    from wbtools.analysis.ranking.ranking import Ranking
    from wbtools.analysis.ranking.stages import Stages
    from wbtools.answers.layout import Page

_MOST_FINDINGS: Final = 3
_HEADING: Final = "bold"


def render_ranking(
    done: Ranking, page: Page, *, limit: int = 10, show_secrets: bool = False
) -> str:
    """Write a leaderboard.

    Args:
        done: The answer.
        page: What to write it on, empty.
        limit: Rows of each table (one or two more are shown rather than counted); 0 for all.
        show_secrets: Mask nothing in configurations.
    """
    labels = Labels(done.varying, show_secrets=show_secrets)
    page.flow(title_parts(done), style=_HEADING)
    page.say(" ".join(counted_words(done)))
    page.gap()
    _board(page, done, labels, limit)
    _unfinished(page, done, labels, limit)
    if done.across is not None:
        _across(page, done, done.across, labels, limit)
    if done.diverse is not None:
        _diverse(page, done, done.diverse, labels)
    _findings(page, done)
    return str(page)


def _board(page: Page, done: Ranking, labels: Labels, limit: int) -> None:
    ranked = done.board.ranked
    if not ranked:
        page.say("No configuration has a full run with a value, so none has a rank.", indent=2)
        return
    shown = limit_rows(ranked, limit)
    others = rows_left(len(ranked) - len(shown))
    titles = page.table(*board_table(done, shown, labels), below=others)
    _aside(page, board_legend(done, titles))
    for sentence in (*verdict_words(done, scale_of(done), labels), *merged_words(done)):
        page.say(sentence, indent=2, hang=2)


def _unfinished(page: Page, done: Ranking, labels: Labels, limit: int) -> None:
    """Configurations that have no full run with a value."""
    unranked = [row for row in done.board.rows if row.rank is None]
    bounded = [row for row in unranked if row.reached is not None]
    if bounded:
        page.gap()
        page.flow(["Without a full run: what they reached is a bound, no rank"], style=_HEADING)
        shown = limit_rows(bounded, limit)
        others = rows_left(len(bounded) - len(shown))
        page.table(*bound_table(done, shown, labels), below=others)
    silent = len(unranked) - len(bounded)
    if silent:
        page.gap()
        verb = "has" if silent == 1 else "have"
        page.say(f"{count(silent, 'configuration')} {verb} no value.", indent=2)


def _across(page: Page, done: Ranking, across: Stages, labels: Labels, limit: int) -> None:
    """The same configuration from stage to stage."""
    page.gap()
    page.flow(["The same configuration across stages"], style=_HEADING)
    for name, values in across.apart.items():
        told = labels.of_each(name, values)
        page.say(f"{sanitize(name)}: {' -> '.join(told)}", indent=2, hang=2)
    if not across.followed:
        page.say("No configuration was run in two of them.", indent=2)
        return
    shown = limit_rows(across.followed, limit)
    others = rows_left(len(across.followed) - len(shown))
    page.table(*stage_table(done, shown, labels), below=others)
    _aside(
        page,
        "(gain: of the last stage over the one before that ran it, positive is better; its "
        "interval, Welch's, needs two runs on both sides)",
    )


def _diverse(page: Page, done: Ranking, diverse: Diverse, labels: Labels) -> None:
    """The choice, and how far its members lie apart."""
    page.gap()
    if not diverse.picks:
        page.say("No configuration has a rank, so there is none to choose.")
        return
    page.flow([f"The best {len(diverse.picks)} that also differ"], style=_HEADING)
    page.table(*choice_table(done, diverse.picks, labels))
    names = listed(map(sanitize, diverse.names), most=6) or "no parameter"
    words = (
        f"mean distance over {names}, 0 to 1, each in its own range and scale; at least "
        f"{diverse.least:g} between two"
    )
    if diverse.n_close:
        words += f"; {count(diverse.n_close, 'better one')} passed over as too near"
    _aside(page, f"({words})")
    if len(diverse.picks) < diverse.n_asked:
        n = count(len(diverse.picks), "configuration")
        one = len(diverse.picks) == 1
        why = "has a rank" if one else "have a rank"
        if diverse.n_close:
            why = f"{'lies' if one else 'lie'} so far apart; a lower --least-distance finds more"
        page.say(f"No more than {n} {why}.", indent=2)


def _findings(page: Page, done: Ranking) -> None:
    """What was wrong with the recordings, the worst first."""
    found = [(one, source) for source in done.sources for one in source.findings]
    found.sort(key=lambda both: -both[0].severity)
    if found:
        page.gap()
    for one, source in found[:_MOST_FINDINGS]:
        subject = "" if one.subject == "sweep" else f"{sanitize(one.subject)}: "
        where = f"{one.severity.name.lower()} {one.code} in {sanitize(source.name)}"
        page.say(f"{where}: {subject}{sanitize(one.title, limit=400)}", indent=2, hang=2)
    more = len(found) - _MOST_FINDINGS
    if more > 0:
        page.say(f"… and {count(more, 'more finding')}: audit-terminations shows all", indent=2)


def _aside(page: Page, text: str) -> None:
    if text:
        page.say(text, indent=2, hang=2, style="dim")
