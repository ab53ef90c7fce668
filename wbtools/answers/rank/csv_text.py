"""A leaderboard for spreadsheets: a row a configuration, full precision, unknown cells empty."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wbtools.answers.csv_cells import csv_table
from wbtools.text.masking import masked_config

if TYPE_CHECKING:
    from wbtools.analysis.ranking.leaderboard import Figure, Row
    from wbtools.analysis.ranking.ranking import Ranking

_FIGURE: Final = ("n", "mean", "sd", "low", "high", "best", "worst")


def render_ranking_csv(ranking: Ranking, *, show_secrets: bool = False) -> str:
    """Write the leaderboard; parameters that differ come last, as `config.NAME`.

    Args:
        ranking: The answer.
        show_secrets: Mask nothing in configurations.
    """
    metrics = [metric.name for metric in ranking.question.metrics]
    head = [
        *("rank", "status", "sweep"),
        *(f"{metric}.{name}" for metric in metrics for name in _FIGURE),
        *("reached", "projected_median", "projected_low", "projected_high"),
        *("p_first", "rank_low", "rank_high"),
        *("difference", "difference_low", "difference_high"),
        *("p", "p_adjusted", "p_permutation"),
        *("n_apart", "n_copies", "runtime_h", "run_ids"),
        *(f"config.{name}" for name in ranking.varying),
    ]
    rows = (_cells(ranking, row, show_secrets=show_secrets) for row in ranking.board.rows)
    return csv_table(head, rows)


def _cells(ranking: Ranking, row: Row, *, show_secrets: bool) -> tuple[object, ...]:
    configuration = row.configuration
    shown = masked_config(configuration.parameters, show_secrets=show_secrets, exact=True)
    return (
        row.rank,
        status(row),
        ranking.sources[configuration.stage].name,
        *(value for figure in row.figures for value in _figure(figure)),
        row.reached,
        *_of(row.projected, ("median", "low", "high")),
        *_of(row.stability, ("p_first", "low", "high")),
        *_of(row.versus, ("difference", "low", "high")),
        *_of(row.versus, ("p", "p_adjusted", "p_permutation")),
        len(configuration.apart),
        len(configuration.copies),
        row.runtime_h,
        " ".join(measurement.run.id for measurement in configuration.members),
        *(shown.get(name) for name in ranking.varying),
    )


def status(row: Row) -> str:
    """`ranked`, `projected`, `bound` (only cut-short runs have a value) or `no value`."""
    if row.lead is not None:
        return "ranked"
    if row.projected is not None:
        return "projected"
    return "no value" if row.reached is None else "bound"


def _figure(figure: Figure | None) -> tuple[object, ...]:
    if figure is None:
        return (0, *(None for _ in _FIGURE[1:]))
    return (*_of(figure.summary, _FIGURE[:-2]), figure.best, figure.worst)


def _of(facts: object, names: tuple[str, ...]) -> list[object]:
    return [getattr(facts, name, None) for name in names]
