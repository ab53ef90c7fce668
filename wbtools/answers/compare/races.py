"""Best so far over equal compute, as data: a race a unit, a lane a side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wbtools.analysis.comparison import Unit
from wbtools.analysis.comparison.anytime import DRAWS, FRACTIONS
from wbtools.answers.columns import Column, Record, Rows

if TYPE_CHECKING:
    from wbtools.analysis.comparison import AnytimeComparison, AnytimeCurve, Point, SweepGroup

POINT: Final[Record[Point]] = Record(
    "Point",
    Column(
        "recorded",
        float | None,
        "Best so far, runs in the order in which they began; null where nothing says when.",
    ),
    Column("typical", float | None, "Median best so far of sweeps resampled from the runs."),
    Column("typical_low", float | None, "2.5 % of those sweeps lie below.", of="low"),
    Column("typical_high", float | None, "2.5 % of those sweeps lie above.", of="high"),
    Column("regret", float | None, "Distance from the best value of any side, 0 or more."),
    Column("difference", float | None, "`typical` less the baseline's."),
    Column("difference_low", float | None, "Lower end of its 95 % interval (percentiles)."),
    Column("difference_high", float | None, "Upper end of the same."),
    Column("p_better", float | None, "Share of resampled pairs in which the side is ahead."),
)

_POINT_OF_LANE: Final[Record[tuple[float, Point]]] = Record(
    "PointOfLane",
    Column("fraction", float, "Of the equal compute, above 0 and up to 1.", lambda row: row[0]),
    *(column.inside(lambda row: row[1]) for column in POINT.columns),
)

_LANE: Final[Record[tuple[SweepGroup, AnytimeCurve]]] = Record(
    "Lane",
    Column("side", str, "What the side is called.", lambda row: row[0].name),
    Column(
        "total", float | None, "Compute of all its runs, in the unit.", lambda row: row[1].total
    ),
    Column("why_not", str | None, "Why it is not in the race.", lambda row: row[1].why_not),
    Column(
        "points",
        Rows(_POINT_OF_LANE),
        "Values in the metric's units, at every twentieth of the equal compute.",
        lambda row: list(zip(FRACTIONS, row[1].points, strict=False)),
    ),
    Column(
        "improvements",
        list[list[float]],
        "As recorded, over all its compute: compute spent and best value so far, each time.",
        lambda row: row[1].improvements,
    ),
)

RACE: Final[Record[tuple[AnytimeComparison, tuple[SweepGroup, ...]]]] = Record(
    "Race",
    Column("unit", Unit, "What compute is counted in.", lambda row: row[0].unit),
    Column(
        "equal_compute",
        float | None,
        "Compute of the side in the race that used least; null with fewer than two.",
        lambda row: row[0].equal_compute,
    ),
    Column(
        "set_by",
        str | None,
        "The side that used no more than that.",
        lambda row: None if row[0].set_by is None else row[1][row[0].set_by].name,
    ),
    Column("n_draws", int, "Sweeps drawn from the runs of each side.", lambda _row: DRAWS),
    Column(
        "lanes",
        Rows(_LANE),
        "One a side.",
        lambda row: list(zip(row[1], row[0].lanes, strict=True)),
    ),
)
