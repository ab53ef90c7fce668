"""The page of `rank`: the leaderboard, what it allows to say, stages, a diverse choice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wbtools.answers.limits import limit_rows, rows_left
from wbtools.answers.rank.joined_words import joined_words
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
from wbtools.answers.table_words import table_parts
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
    ranking: Ranking, page: Page, *, limit: int = 10, show_secrets: bool = False
) -> str:
    """Write a leaderboard.

    Args:
        ranking: The answer.
        page: What to write it on, empty.
        limit: Rows of each table (one or two more are shown rather than counted); 0 for all.
        show_secrets: Mask nothing in configurations.
    """
    labels = Labels(ranking.varying, show_secrets=show_secrets)
    page.flow(title_parts(ranking), style=_HEADING)
    for source in ranking.sources:
        page.flow(table_parts(source.origin, source.table))
    page.say(" ".join(counted_words(ranking)))
    for sentence in joined_words(ranking):
        page.say(sentence)
    page.gap()
    _board(page, ranking, labels, limit)
    _unfinished(page, ranking, labels, limit)
    if ranking.across is not None:
        _across(page, ranking, ranking.across, labels, limit)
    if ranking.diverse is not None:
        _diverse(page, ranking, ranking.diverse, labels)
    _findings(page, ranking)
    return str(page)


def _board(page: Page, ranking: Ranking, labels: Labels, limit: int) -> None:
    ranked = ranking.board.ranked
    if not ranked:
        page.say("No configuration has a full run with a value, so none has a rank.", indent=2)
        return
    shown = limit_rows(ranked, limit)
    others = rows_left(len(ranked) - len(shown))
    titles = page.table(*board_table(ranking, shown, labels), below=others)
    _aside(page, board_legend(ranking, titles))
    for sentence in (*verdict_words(ranking, scale_of(ranking), labels), *merged_words(ranking)):
        page.say(sentence, indent=2, hang=2)


def _unfinished(page: Page, ranking: Ranking, labels: Labels, limit: int) -> None:
    """Configurations that have no full run with a value."""
    unranked = [row for row in ranking.board.rows if row.rank is None]
    bounded = [row for row in unranked if row.reached is not None]
    if bounded:
        page.gap()
        page.flow(["Without a full run: what they reached is a bound, no rank"], style=_HEADING)
        shown = limit_rows(bounded, limit)
        others = rows_left(len(bounded) - len(shown))
        page.table(*bound_table(ranking, shown, labels), below=others)
    silent = len(unranked) - len(bounded)
    if silent:
        page.gap()
        verb = "has" if silent == 1 else "have"
        page.say(f"{count(silent, 'configuration')} {verb} no value.", indent=2)


def _across(page: Page, ranking: Ranking, across: Stages, labels: Labels, limit: int) -> None:
    """The same configuration from stage to stage."""
    page.gap()
    page.flow(["The same configuration across stages"], style=_HEADING)
    for name, values in across.apart.items():
        texts = labels.of_each(name, values)
        page.say(f"{sanitize(name)}: {' -> '.join(texts)}", indent=2, hang=2)
    if not across.followed:
        page.say("No configuration was run in two of them.", indent=2)
        return
    shown = limit_rows(across.followed, limit)
    others = rows_left(len(across.followed) - len(shown))
    page.table(*stage_table(ranking, shown, labels), below=others)
    _aside(
        page,
        "(gain: of the last stage over the one before that ran it, positive is better; its "
        "interval, Welch's, needs two runs on both sides)",
    )


def _diverse(page: Page, ranking: Ranking, diverse: Diverse, labels: Labels) -> None:
    """The choice, and how far its members lie apart."""
    page.gap()
    if not diverse.picks:
        page.say("No configuration has a rank, so there is none to choose.")
        return
    page.flow([f"The best {len(diverse.picks)} that also differ"], style=_HEADING)
    page.table(*choice_table(ranking, diverse.picks, labels))
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
        is_single = len(diverse.picks) == 1
        why = "has a rank" if is_single else "have a rank"
        if diverse.n_close:
            verb = "lies" if is_single else "lie"
            why = f"{verb} so far apart; a lower --least-distance finds more"
        page.say(f"No more than {n} {why}.", indent=2)


def _findings(page: Page, ranking: Ranking) -> None:
    """What was wrong with the recordings, the worst first."""
    findings = [(finding, source) for source in ranking.sources for finding in source.findings]
    findings.sort(key=lambda pair: -pair[0].severity)
    if findings:
        page.gap()
    for finding, source in findings[:_MOST_FINDINGS]:
        subject = "" if finding.subject == "sweep" else f"{sanitize(finding.subject)}: "
        where = f"{finding.severity.name.lower()} {finding.code} in {sanitize(source.name)}"
        page.say(f"{where}: {subject}{sanitize(finding.title, limit=400)}", indent=2, hang=2)
    more = len(findings) - _MOST_FINDINGS
    if more > 0:
        page.say(f"… and {count(more, 'more finding')}: audit-terminations shows all", indent=2)


def _aside(page: Page, text: str) -> None:
    if text:
        page.say(text, indent=2, hang=2, style="dim")
