"""The page of `rank`: the leaderboard, what it allows to say, stages, a diverse choice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

from wbtools.analysis.ranking.ranking import Stopped
from wbtools.hostile.safe_text import UNKNOWN, visible
from wbtools.report.layout import Cell, Column
from wbtools.report.numbers import Scale, count, hours, listed, probability
from wbtools.report.rank_words import (
    Labels,
    bound_words,
    counted_words,
    merged_words,
    p_words,
    runs_words,
    title_parts,
    verdict_words,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wbtools.analysis.ranking.leaderboard import Figure, Row
    from wbtools.analysis.ranking.ranking import Ranking
    from wbtools.analysis.ranking.stability import Stability
    from wbtools.analysis.ranking.stages import Stages
    from wbtools.report.layout import Page

_SPARE_ROWS: Final = 2
_MOST_FINDINGS: Final = 3
_HEADING: Final = "bold"
_T = TypeVar("_T")


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
    scale = _scale(done, 0)
    page.flow(title_parts(done), style=_HEADING)
    page.say(" ".join(counted_words(done)))
    page.gap()
    _board(page, done, labels, limit)
    for sentence in (*verdict_words(done, scale, labels), *merged_words(done)):
        page.say(sentence, indent=2, hang=2)
    _unfinished(page, done, labels, limit)
    if done.across is not None:
        _across(page, done, done.across, labels, limit)
    if done.diverse is not None:
        _diverse(page, done, labels)
    _findings(page, done)
    return str(page)


def _scale(done: Ranking, k: int) -> Scale:
    """The digits for one metric."""
    figures = [row.figures[k] for row in done.board.rows]
    means = [one.summary.mean for one in figures if one is not None]
    bounds = [row.reached for row in done.board.rows] if not k else []
    return Scale.of([*means, *bounds])


def _board(page: Page, done: Ranking, labels: Labels, limit: int) -> None:
    ranked, metrics = done.board.ranked, done.question.metrics
    if not ranked:
        page.say("No configuration has a full run with a value.", indent=2, hang=2)
        return
    columns = [
        Column(title="rank", keep=0, right=True),
        Column(title="sweep", keep=1, least=6),
        Column(title="configuration", keep=0, least=18, wraps=True),
        Column(title="n", keep=0, right=True),
        Column(title="mean", keep=0, right=True),
        Column(title="± sd", keep=1, right=True),
        Column(title="95 % interval", keep=3),
        Column(title="best", keep=5, right=True),
        Column(title="worst", keep=5, right=True),
        *(Column(title=visible(one.name, limit=24), keep=2, right=True) for one in metrics[1:]),
        Column(title="P(first)", keep=4, right=True),
        Column(title="rank 90 %", keep=4, right=True),
        Column(title="to the first", keep=3, right=True),
        Column(title="p", keep=2, right=True),
        Column(title="runs", keep=6, least=6),
    ]
    scales = [_scale(done, k) for k in range(len(metrics))]
    shown = _first(ranked, limit)
    rows = [_row(row, done, labels, scales) for row in shown]
    titles = page.table(columns, rows, below=_rest(len(ranked) - len(shown)))
    page.say(_legend(done, titles), indent=2, hang=2, style="dim")


def _row(row: Row, done: Ranking, labels: Labels, scales: Sequence[Scale]) -> list[Cell]:
    scale, lead, firm = scales[0], row.lead, row.stability
    configuration = row.configuration
    style = "bold green" if row.rank == 1 else ""
    beside = len(configuration.apart)
    runs = runs_words(configuration.counted or configuration.apart)
    if beside and configuration.counted:
        runs += f" (+{beside} apart)"
    if lead is None:
        hope = row.projected
        told = ["0", UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN]
        if hope is not None:
            told[1] = f"~{scale.show(hope.median)}"
            told[3] = f"~{scale.show(hope.low)} … {scale.show(hope.high)}"
    else:
        summary = lead.summary
        interval = UNKNOWN
        if summary.low is not None:
            interval = f"{scale.show(summary.low)} … {scale.show(summary.high)}"
        told = [
            str(summary.n),
            scale.show(summary.mean),
            "one run" if summary.sd is None else scale.show(summary.sd),
            interval,
            *((scale.show(lead.best), scale.show(lead.worst)) if summary.n > 1 else ("", "")),
        ]
    return [
        Cell(str(row.rank), style),
        Cell(visible(done.sources[configuration.stage].name) if len(done.sources) > 1 else ""),
        Cell(labels.of(configuration.parameters), style),
        *map(Cell, told),
        *(
            Cell(_with_spread(one, its))
            for one, its in zip(row.figures[1:], scales[1:], strict=True)
        ),
        Cell(UNKNOWN if firm is None else probability(firm.p_first, may_be_sure=False)),
        Cell(UNKNOWN if firm is None else _span(firm)),
        Cell(UNKNOWN if row.versus is None else scale.signed(row.versus.difference)),
        Cell(p_words(row.p_holm)),
        Cell(runs),
    ]


def _span(firm: Stability) -> str:
    return str(firm.low) if firm.low == firm.high else f"{firm.low} … {firm.high}"


def _with_spread(figure: Figure | None, scale: Scale) -> str:
    if figure is None:
        return UNKNOWN
    spread = "" if figure.summary.sd is None else f" ± {scale.show(figure.summary.sd)}"
    return f"{scale.show(figure.summary.mean)}{spread}"


def _legend(done: Ranking, titles: Sequence[str]) -> str:
    """What the columns mean that are shown."""
    words = []
    if "± sd" in titles:
        words.append("± sd: n - 1, over seeds; one run has none")
    if "P(first)" in titles:
        n = done.board.resampled.n_draws
        words.append(f"P(first), rank 90 %: in {n} draws of the seeds anew")
    elif done.board.resampled.why_not and len(done.board.ranked) > 1:
        words.append(f"no P(first): {done.board.resampled.why_not}")
    if "p" in titles:
        words.append("p: of the difference to the first, Welch's t, after Holm")
    if done.question.stopped is Stopped.PROJECTED:
        words.append("~: projected, with its 90 % interval")
    return f"({'; '.join(words)})" if words else ""


def _unfinished(page: Page, done: Ranking, labels: Labels, limit: int) -> None:
    """Configurations that have no full run with a value."""
    rest = [row for row in done.board.rows if row.rank is None]
    bounded = [row for row in rest if row.reached is not None]
    metric, scale = done.question.metrics[0], _scale(done, 0)
    if bounded:
        page.gap()
        page.flow(["Without a full run: what they reached is a bound, no rank"], style=_HEADING)
        shown = _first(bounded, limit)
        columns = [
            Column(title="reached", keep=0, right=True),
            Column(title="sweep", keep=1, least=6),
            Column(title="configuration", keep=0, least=18, wraps=True),
            Column(title="runs", keep=2, least=6),
        ]
        rows = [
            [
                Cell(bound_words(row, metric, scale)),
                Cell(_sweep(done, row)),
                Cell(labels.of(row.configuration.parameters)),
                Cell(runs_words(row.configuration.apart)),
            ]
            for row in shown
        ]
        page.table(columns, rows, below=_rest(len(bounded) - len(shown)))
    silent = len(rest) - len(bounded)
    if silent:
        page.gap()
        page.say(
            f"{count(silent, 'configuration')} {'has' if silent == 1 else 'have'} no value.",
            indent=2,
            hang=2,
        )


def _across(page: Page, done: Ranking, across: Stages, labels: Labels, limit: int) -> None:
    """The same configuration from stage to stage."""
    page.gap()
    page.flow(["The same configuration across stages"], style=_HEADING)
    for name, values in across.apart.items():
        told = " -> ".join(UNKNOWN if one is None else visible(one, limit=24) for one in values)
        page.say(f"{visible(name)}: {told}", indent=2, hang=2)
    if not across.followed:
        page.say("No configuration was run in two of them.", indent=2, hang=2)
        return
    scale = _scale(done, 0)
    columns = [
        Column(title="configuration", keep=0, least=18, wraps=True),
        *(Column(title=visible(one.name, limit=20), keep=0, right=True) for one in done.sources),
        Column(title="gain", keep=0, right=True),
        Column(title="95 % interval", keep=2),
    ]
    shown = _first(across.followed, limit)
    rows = []
    for one in shown:
        cells = {step.stage: _reached(step.row, done, scale) for step in one.steps}
        last = one.steps[-1].gain
        interval = UNKNOWN
        if last is not None and last.low is not None:
            interval = f"{scale.signed(last.low)} … {scale.signed(last.high)}"
        rows.append(
            [
                Cell(labels.of(one.parameters)),
                *(Cell(cells.get(k, UNKNOWN)) for k in range(len(done.sources))),
                Cell(UNKNOWN if last is None else scale.signed(last.difference)),
                Cell(interval),
            ]
        )
    page.table(columns, rows, below=_rest(len(across.followed) - len(shown)))
    page.say(
        "(gain: of the last stage over the one before that ran it, positive is better; its "
        "interval, Welch's, needs two runs on both sides)",
        indent=2,
        hang=2,
        style="dim",
    )


def _reached(row: Row, done: Ranking, scale: Scale) -> str:
    if row.lead is None:
        return bound_words(row, done.question.metrics[0], scale)
    return f"{_with_spread(row.lead, scale)} ({row.lead.summary.n})"


def _diverse(page: Page, done: Ranking, labels: Labels) -> None:
    """The choice, with what lies between."""
    diverse = done.diverse
    if diverse is None:
        return
    page.gap()
    page.flow([f"The best {len(diverse.picks)} that also differ"], style=_HEADING)
    scale = _scale(done, 0)
    columns = [
        Column(title="choice", keep=0, right=True),
        Column(title="rank", keep=1, right=True),
        Column(title="configuration", keep=0, least=18, wraps=True),
        Column(title="mean", keep=0, right=True),
        Column(title="n", keep=2, right=True),
        Column(title="distance to those before", keep=1),
        Column(title="a run", keep=3, right=True),
    ]
    rows = []
    for place, pick in enumerate(diverse.picks, start=1):
        lead, hope = pick.row.lead, pick.row.projected
        value = UNKNOWN if hope is None else f"~{scale.show(hope.median)}"
        rows.append(
            [
                Cell(str(place)),
                Cell(str(pick.row.rank)),
                Cell(labels.of(pick.row.configuration.parameters)),
                Cell(value if lead is None else scale.show(lead.summary.mean)),
                Cell("0" if lead is None else str(lead.summary.n)),
                Cell(" ".join(f"{one:.2f}" for one in pick.distances)),
                Cell(hours(pick.row.runtime_h)),
            ]
        )
    page.table(columns, rows)
    names = listed(map(visible, diverse.names), most=6) or "no parameter"
    words = (
        f"(mean distance over {names}, 0 to 1, each in its own range and scale; at least "
        f"{diverse.least:g} between two"
    )
    if diverse.n_close:
        words += f"; {count(diverse.n_close, 'better one')} passed over as too near"
    page.say(f"{words})", indent=2, hang=2, style="dim")
    if len(diverse.picks) < diverse.n_asked:
        page.say(
            f"No more than {len(diverse.picks)} lie so far apart; a smaller --apart finds more.",
            indent=2,
            hang=2,
        )


def _findings(page: Page, done: Ranking) -> None:
    """What was wrong with the recordings, the worst first."""
    found = sorted(
        ((one, source) for source in done.sources for one in source.findings),
        key=lambda both: -both[0].severity,
    )
    for one, source in found[:_MOST_FINDINGS]:
        page.gap() if one is found[0][0] else None
        subject = "" if one.subject == "sweep" else f"{visible(one.subject)}: "
        page.say(
            f"{one.severity.name.lower()} {one.code} in {visible(source.name)}: {subject}"
            f"{visible(one.title, limit=400)}",
            indent=2,
            hang=2,
        )
    more = len(found) - _MOST_FINDINGS
    if more > 0:
        page.say(f"… and {count(more, 'more finding')} (audit-terminations shows all)", indent=2)


def _sweep(done: Ranking, row: Row) -> str:
    several = len(done.sources) > 1
    return visible(done.sources[row.configuration.stage].name) if several else ""


def _first(rows: Sequence[_T], limit: int) -> Sequence[_T]:
    return rows if not limit or len(rows) <= limit + _SPARE_ROWS else rows[:limit]


def _rest(n: int) -> str:
    return f"… and {n} more (--limit 0 shows all)" if n else ""
