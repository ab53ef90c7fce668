"""Value against cost or size: the configurations that no other beats in both (the Pareto front)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

import numpy as np

from wbtools.stats.student import Summary, summarize
from wbtools.text.brief import brief_repr

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from wbtools.analysis.ranking.leaderboard import Row
    from wbtools.model import Goal, Metric

_TIE_DIGITS: Final = 12


class AgainstSource(StrEnum):
    """Where the other quantity is read: the runs' time, a ranked metric, or what runs hold."""

    COST = "cost"
    METRIC = "metric"
    CONFIG = "config"
    SUMMARY = "summary"


@dataclass(frozen=True, slots=True, kw_only=True)
class Against:
    """What values are set against.

    Attributes:
        name: As the user names it; `cost` is hours of a run.
        goal: Whether less of it is better, which it is unless the user says otherwise.
        source: Where it is read.
    """

    name: str
    goal: Goal
    source: AgainstSource


@dataclass(frozen=True, slots=True, kw_only=True)
class Tradeoff:
    """Value against cost or size, over the means of configurations.

    Attributes:
        against: What values are set against.
        summaries: One a row of the leaderboard, over its counted runs; None where unknown.
        on_front: One a row: whether no other is at least as good in both and better in one; None
            where either mean is unknown.
    """

    __repr__ = brief_repr

    against: Against
    summaries: tuple[Summary | None, ...]
    on_front: tuple[bool | None, ...]

    @property
    def n_on_front(self) -> int:
        """How many configurations no other beats."""
        return sum(each is True for each in self.on_front)

    @property
    def n_compared(self) -> int:
        """How many have both means."""
        return sum(each is not None for each in self.on_front)


def weigh(rows: Sequence[Row], against: Against, metric: Metric) -> Tradeoff:
    """Set the value of each configuration against another quantity.

    Args:
        rows: Of the leaderboard.
        against: What; each run's is its `RunMeasurement.against`.
        metric: The first one, by which values are judged.
    """
    summaries = [_summary(row) for row in rows]
    losses = np.array(
        [
            (np.nan, np.nan)
            if row.lead is None or summary is None
            else (row.lead.summary.mean * metric.goal.sign, summary.mean * against.goal.sign)
            for row, summary in zip(rows, summaries, strict=True)
        ],
        dtype=np.float64,
    ).reshape(-1, 2)
    known = [bool(np.isfinite(point).all()) for point in losses]
    front: list[bool] = pareto_front(losses).tolist()
    return Tradeoff(
        against=against,
        summaries=tuple(summaries),
        on_front=tuple(
            each if is_known else None for each, is_known in zip(front, known, strict=True)
        ),
    )


def pareto_front(losses: NDArray[np.float64]) -> NDArray[np.bool_]:
    """`[N]` which points no other beats: is at least as good in all, and better in one.

    Equal points do not beat each other. Numbers that agree to twelve significant digits are equal.

    Args:
        losses: `[N, K]` lower is better; a point with a NaN or an infinity is not on the front.
    """
    rounded = np.array(
        [[float(f"{x:.{_TIE_DIGITS}g}") for x in point] for point in losses.tolist()]
    ).reshape(losses.shape)
    known = np.isfinite(rounded).all(axis=1)
    points = rounded[known]
    front = np.zeros(len(losses), dtype=bool)
    front[known] = [
        not ((points <= point).all(axis=1) & (points < point).any(axis=1)).any() for point in points
    ]
    return front


def _summary(row: Row) -> Summary | None:
    values = [run.against for run in row.configuration.counted]
    known = sorted(value for value in values if value is not None)
    return summarize(known) if known else None
