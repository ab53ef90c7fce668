"""Best so far over equal compute, as data: a comparison a unit, a curve a side."""

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
    Column("typical_low", float | None, "2.5 % of the resampled sweeps lie below.", of="low"),
    Column("typical_high", float | None, "2.5 % of the resampled sweeps lie above.", of="high"),
    Column("regret", float | None, "Distance from the best value of any side, 0 or more."),
    Column("difference", float | None, "`typical` of the side less the baseline's."),
    Column(
        "difference_low",
        float | None,
        "Lower end of the 95 % interval of difference (percentiles).",
    ),
    Column(
        "difference_high",
        float | None,
        "Upper end of the 95 % interval of difference (percentiles).",
    ),
    Column("p_better", float | None, "Share of resampled pairs in which the side is ahead."),
)

_ANYTIME_POINT: Final[Record[tuple[float, Point]]] = Record(
    "AnytimePoint",
    Column(
        "compute_share",
        float,
        "Share of the equal compute at which the values are read, above 0 and up to 1.",
        lambda row: row[0],
    ),
    *(column.inside(lambda row: row[1]) for column in POINT.columns),
)

_ANYTIME_CURVE: Final[Record[tuple[SweepGroup, AnytimeCurve]]] = Record(
    "AnytimeCurve",
    Column("side", str, "What the side is called.", lambda row: row[0].name),
    Column(
        "total",
        float | None,
        "Compute of all runs of the side, in the unit.",
        lambda row: row[1].total,
    ),
    Column(
        "left_out_because",
        str | None,
        "Why the side has no curve here.",
        lambda row: row[1].why_not,
    ),
    Column(
        "points",
        Rows(_ANYTIME_POINT),
        "Values in the metric's units, at every twentieth of the equal compute.",
        lambda row: list(zip(FRACTIONS, row[1].points, strict=False)),
    ),
    Column(
        "improvements",
        list[list[float]],
        "Improvements as recorded, over all compute of the side: compute spent and "
        "best value so far, each time.",
        lambda row: row[1].improvements,
    ),
)

ANYTIME: Final[Record[tuple[AnytimeComparison, tuple[SweepGroup, ...]]]] = Record(
    "AnytimeComparison",
    Column("unit", Unit, "What compute is counted in.", lambda row: row[0].unit),
    Column(
        "equal_compute",
        float | None,
        "Compute of the side that used least, of those compared; null with fewer than two.",
        lambda row: row[0].equal_compute,
    ),
    Column(
        "set_by",
        str | None,
        "The side that used least, which sets the equal compute.",
        lambda row: None if row[0].set_by is None else row[1][row[0].set_by].name,
    ),
    Column("n_draws", int, "Sweeps drawn from the runs of each side.", lambda _row: DRAWS),
    Column(
        "curves",
        Rows(_ANYTIME_CURVE),
        "Curves of the sides, one each.",
        lambda row: list(zip(row[1], row[0].lanes, strict=True)),
    ),
)
