"""The tables of `rank`: columns and cells, which a page lays out as its width allows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wbtools.analysis.ranking.ranking import StoppedRuns
from wbtools.answers.layout import Cell, TextColumn
from wbtools.answers.rank.words import bound_words, p_words, runs_words
from wbtools.text.numbers import Scale, hours, probability
from wbtools.text.sanitize import UNKNOWN, sanitize

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wbtools.analysis.ranking.diversity import Pick
    from wbtools.analysis.ranking.leaderboard import Figure, Row
    from wbtools.analysis.ranking.rank_bootstrap import Stability
    from wbtools.analysis.ranking.ranking import Ranking
    from wbtools.analysis.ranking.stages import FollowedConfiguration
    from wbtools.answers.rank.words import Labels

    Table = tuple[list[TextColumn], list[list[Cell]]]

SPREAD = "± sd"
P_FIRST = "P(first)"
P = "p"
_SWEEP = TextColumn(title="sweep", keep=1, least=6)


def _configuration(labels: Labels) -> TextColumn:
    return TextColumn(title=labels.title, keep=0, least=18, wraps=True)


def scale_of(ranking: Ranking, k: int = 0) -> Scale:
    """The digits for one metric, the first unless another place is given."""
    figures = [row.figures[k] for row in ranking.board.rows]
    means = [figure.summary.mean for figure in figures if figure is not None]
    bounds = [] if k else [row.reached for row in ranking.board.rows]
    return Scale.of([*means, *bounds])


def board_table(ranking: Ranking, shown: Sequence[Row], labels: Labels) -> Table:
    """One row a configuration that has a rank."""
    metrics = ranking.question.metrics
    columns = [
        TextColumn(title="rank", keep=0, right=True),
        _SWEEP,
        _configuration(labels),
        TextColumn(title="n", keep=0, right=True),
        TextColumn(title="mean", keep=0, right=True),
        TextColumn(title=SPREAD, keep=1, right=True),
        TextColumn(title="95 % interval", keep=3),
        TextColumn(title="best", keep=5, right=True),
        TextColumn(title="worst", keep=5, right=True),
        *(
            TextColumn(title=sanitize(metric.name, limit=24), keep=2, right=True)
            for metric in metrics[1:]
        ),
        TextColumn(title=P_FIRST, keep=4, right=True),
        TextColumn(title="rank 90 %", keep=4, right=True),
        TextColumn(title="to the first", keep=3, right=True),
        TextColumn(title=P, keep=2, right=True),
        TextColumn(title="runs", keep=6, least=6),
    ]
    scales = [scale_of(ranking, k) for k in range(len(metrics))]
    return columns, [_board_row(row, ranking, labels, scales) for row in shown]


def _board_row(row: Row, ranking: Ranking, labels: Labels, scales: Sequence[Scale]) -> list[Cell]:
    firm, configuration = row.stability, row.configuration
    style = "bold green" if row.rank == 1 else ""
    runs = runs_words(configuration.counted or configuration.apart)
    if configuration.apart and configuration.counted:
        runs += f" (+{len(configuration.apart)} apart)"
    return [
        Cell(str(row.rank), style),
        _sweep_cell(ranking, row),
        Cell(labels.of(configuration.parameters), style),
        *map(Cell, _lead_cells(row, scales[0])),
        *(
            Cell(_with_spread(figure, scale))
            for figure, scale in zip(row.figures[1:], scales[1:], strict=True)
        ),
        Cell(UNKNOWN if firm is None else probability(firm.p_first, may_be_sure=False)),
        Cell(UNKNOWN if firm is None else _span(firm)),
        Cell(UNKNOWN if row.versus is None else scales[0].signed(row.versus.difference)),
        Cell(p_words(row)),
        Cell(runs),
    ]


def _lead_cells(row: Row, scale: Scale) -> tuple[str, ...]:
    """n, mean, deviation, interval, best and worst of the first metric."""
    if row.lead is None:
        hope = row.projected
        if hope is None:
            return ("0", *(UNKNOWN,) * 5)
        interval = f"~{scale.show(hope.low)} … {scale.show(hope.high)}"
        return "0", f"~{scale.show(hope.estimate)}", UNKNOWN, interval, "", ""
    summary = row.lead.summary
    n, mean = str(summary.n), scale.show(summary.mean)
    if summary.sd is None:
        return n, mean, "one run", UNKNOWN, "", ""
    interval = f"{scale.show(summary.low)} … {scale.show(summary.high)}"
    ends = scale.show(row.lead.best), scale.show(row.lead.worst)
    return n, mean, scale.show(summary.sd), interval, *ends


def board_legend(ranking: Ranking, titles: Sequence[str]) -> str:
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


def bound_table(ranking: Ranking, shown: Sequence[Row], labels: Labels) -> Table:
    """One row a configuration of which only cut-short runs have a value."""
    columns = [
        TextColumn(title="reached", keep=0, right=True),
        _SWEEP,
        _configuration(labels),
        TextColumn(title="runs", keep=2, least=6),
    ]
    metric, scale = ranking.question.metrics[0], scale_of(ranking)
    return columns, [
        [
            Cell(bound_words(row, metric, scale)),
            _sweep_cell(ranking, row),
            Cell(labels.of(row.configuration.parameters)),
            Cell(runs_words(row.configuration.apart)),
        ]
        for row in shown
    ]


def stage_table(ranking: Ranking, shown: Sequence[FollowedConfiguration], labels: Labels) -> Table:
    """One row a configuration that several sweeps ran."""
    columns = [
        _configuration(labels),
        *(
            TextColumn(title=sanitize(source.name, limit=20), keep=0, right=True)
            for source in ranking.sources
        ),
        TextColumn(title="gain", keep=0, right=True),
        TextColumn(title="95 % interval", keep=2),
    ]
    scale = scale_of(ranking)
    rows = []
    for configuration in shown:
        cells = {step.stage: _reached(step.row, ranking, scale) for step in configuration.steps}
        gain = configuration.steps[-1].gain
        interval = UNKNOWN
        if gain is not None and gain.low is not None:
            interval = f"{scale.signed(gain.low)} … {scale.signed(gain.high)}"
        rows.append(
            [
                Cell(labels.of(configuration.parameters)),
                *(Cell(cells.get(k, UNKNOWN)) for k in range(len(ranking.sources))),
                Cell(UNKNOWN if gain is None else scale.signed(gain.difference)),
                Cell(interval),
            ]
        )
    return columns, rows


def choice_table(ranking: Ranking, picks: Sequence[Pick], labels: Labels) -> Table:
    """One row a configuration that was chosen."""
    columns = [
        TextColumn(title="choice", keep=0, right=True),
        TextColumn(title="rank", keep=1, right=True),
        _SWEEP,
        _configuration(labels),
        TextColumn(title="n", keep=2, right=True),
        TextColumn(title="mean", keep=0, right=True),
        TextColumn(title="distance to those before", keep=1),
        TextColumn(title="a run took", keep=3, right=True),
    ]
    scale = scale_of(ranking)
    return columns, [
        [
            Cell(str(place)),
            Cell(str(pick.row.rank)),
            _sweep_cell(ranking, pick.row),
            Cell(labels.of(pick.row.configuration.parameters)),
            *map(Cell, _lead_cells(pick.row, scale)[:2]),
            Cell(" ".join(f"{distance:.2f}" for distance in pick.distances)),
            Cell(hours(pick.row.runtime_h)),
        ]
        for place, pick in enumerate(picks, start=1)
    ]


def _reached(row: Row, ranking: Ranking, scale: Scale) -> str:
    if row.lead is None:
        return bound_words(row, ranking.question.metrics[0], scale)
    return f"{_with_spread(row.lead, scale)} ({row.lead.summary.n})"


def _with_spread(figure: Figure | None, scale: Scale) -> str:
    if figure is None:
        return UNKNOWN
    spread = "" if figure.summary.sd is None else f" ± {scale.show(figure.summary.sd)}"
    return f"{scale.show(figure.summary.mean)}{spread}"


def _span(firm: Stability) -> str:
    return str(firm.low) if firm.low == firm.high else f"{firm.low} … {firm.high}"


def _sweep_cell(ranking: Ranking, row: Row) -> Cell:
    several = len(ranking.sources) > 1
    return Cell(sanitize(ranking.sources[row.configuration.stage].name) if several else "")
