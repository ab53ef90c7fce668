"""What `rank` holds of the configurations that it chooses because they also differ."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from wbtools.answers.columns import Column, Record, Rows
from wbtools.answers.rank.records import CONFIGURATION

if TYPE_CHECKING:
    from wbtools.analysis.ranking.diversity import Diverse
    from wbtools.answers.rank.rows import ChosenConfiguration, Presentation


def _of_ranked(key: str, **place: Any) -> Column[ChosenConfiguration]:  # noqa: ANN401 - fields of `Column`
    column: Column[ChosenConfiguration] = CONFIGURATION[key].inside(lambda choice: choice.ranked)
    return column.placed(**place)


CHOICE: Final[Record[ChosenConfiguration]] = Record(
    "Choice",
    Column("choice", int, "Number of the choice, from 1.", title="choice"),
    _of_ranked("rank", keep=1),
    _of_ranked("sweep_id"),
    _of_ranked("digest"),
    _of_ranked("label"),
    _of_ranked("n_values", keep=2),
    _of_ranked("mean"),
    Column(
        "distances",
        list[float],
        "Distances to each of the choices before, from 0 to 1.",
        title="distances to earlier ones",
        keep=1,
        right=False,
        show=lambda choice: " ".join(f"{distance:.2f}" for distance in choice.distances),
    ),
    _of_ranked("runtime_h", title="a run took", keep=3),
)

DIVERSE: Final[Record[tuple[Diverse, Presentation]]] = Record(
    "Diverse",
    Column(
        "n_asked",
        int,
        "How many diverse configurations were asked for.",
        lambda row: row[0].n_asked,
    ),
    Column(
        "n_passed_over",
        int,
        "Better configurations that are too near to a chosen one.",
        lambda row: row[0].n_close,
    ),
    Column("least_distance", float, "Least distance of two.", lambda row: row[0].least),
    Column("names", list[str], "Parameters that make up the distances.", lambda row: row[0].names),
    Column("choices", Rows(CHOICE), "Choices, the best first.", lambda row: row[1].choices(row[0])),
)
