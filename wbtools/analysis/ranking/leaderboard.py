"""Configurations as a leaderboard: means with their spread, and ties broken by the next metric."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from wbtools.analysis.ranking.rank_bootstrap import BootstrappedRanks, Stability, resample
from wbtools.model.configuration import canonical
from wbtools.stats.differences import Difference, difference, together
from wbtools.stats.student import Summary, summarize
from wbtools.text.brief import one_line
from wbtools.text.numbers import S_PER_H, count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wbtools.analysis.ranking.configurations import (
        Configuration,
        RunMeasurement,
    )
    from wbtools.model import Metric
    from wbtools.model.interval import Interval

_TIE_DIGITS: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One metric of one configuration, metric's own units and direction.

    Attributes:
        summary: Of its counted runs that have a value.
        n_missing: Counted runs that have none.
        best: The best single run.
        worst: The worst.
    """

    summary: Summary
    n_missing: int
    best: float
    worst: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One configuration.

    Attributes:
        rank: From 1, the same for rows that tie in every metric; None where no full run has a
            value of the first metric, and nothing is projected.
        figures: One a metric; None where no counted run has a value.
        reached: Best value of the first metric that its stopped and running runs have reached so
            far, which is a bound and no result; None without any.
        projected: The best projection of its stopped runs, where it ranks by that.
        versus: This row against the first, on the first metric, adjusted for all such comparisons;
            None for the first itself and where either has no values. The first was chosen by the
            very values that are compared, which flatters its lead; no test here corrects for that.
        stability: None where nothing tells; see `Leaderboard.resampled`.
        runtime_h: Mean hours of its counted runs; None if unknown.
    """

    rank: int | None
    configuration: Configuration
    figures: tuple[Figure | None, ...]
    reached: float | None = None
    projected: Interval | None = None
    versus: Difference | None = None
    stability: Stability | None = None
    runtime_h: float | None = None

    def __repr__(self) -> str:
        """One line, as `<rank 1: mean 0.57, run 8 (amber-sweep-8)>`."""
        members = [measured.run.called for measured in self.configuration.members]
        return one_line(
            "no rank" if self.rank is None else f"rank {self.rank}",
            "no value" if self.lead is None else f"mean {self.lead.summary.mean:.6g}",
            f"{'run' if len(members) == 1 else 'runs'} {', '.join(members)}",
        )

    @property
    def lead(self) -> Figure | None:
        """The first metric's figure."""
        return self.figures[0]

    @property
    def is_behind(self) -> bool | None:
        """Whether it is worse than the first at 5 %, by Welch's t; None where no test can say."""
        known = self.versus is not None and self.versus.p_adjusted is not None
        return self.versus.shows_by_welch if known and self.versus is not None else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaderboard:
    """All configurations: those with a rank, then those of which only a bound or nothing is known.

    Attributes:
        n_compared: Comparisons with the first that a test could judge.
        resampled: How firm the ranks are, or why nothing tells.
    """

    rows: tuple[Row, ...]
    n_compared: int
    resampled: BootstrappedRanks

    def __repr__(self) -> str:
        """One line, as `<leaderboard: 30 of 36 configurations ranked>`."""
        return one_line(
            "leaderboard",
            f"{len(self.ranked)} of {count(len(self.rows), 'configuration')} ranked",
        )

    @property
    def ranked(self) -> list[Row]:
        """The rows that have a rank."""
        return [row for row in self.rows if row.rank is not None]


def leaderboard(found: Sequence[Configuration], metrics: Sequence[Metric]) -> Leaderboard:
    """Rank configurations.

    Args:
        found: In any order.
        metrics: The first decides, the next break its ties; values that agree to twelve
            significant digits tie.
    """
    rows = [_row(configuration, metrics) for configuration in found]
    placed = {id(row): _place(row, metrics) for row in rows}
    said = {id(row): _said(row) for row in rows}
    rows.sort(key=lambda row: (placed[id(row)], _bound(row, metrics), said[id(row)]))
    ranked: list[Row] = []
    rank, last = 0, None
    for n, row in enumerate(rows, start=1):
        place = placed[id(row)]
        if math.isinf(place[0]):
            ranked.append(row)
            continue
        rank, last = (rank if place == last else n), place
        ranked.append(replace(row, rank=rank))
    return _judged(ranked, metrics[0])


def _row(configuration: Configuration, metrics: Sequence[Metric]) -> Row:
    figures = tuple(
        _figure([run.values[k] for run in configuration.counted], metric)
        for k, metric in enumerate(metrics)
    )
    sign = metrics[0].goal.sign
    so_far = [run.values[0] for run in configuration.apart if run.values[0] is not None]
    hours = [
        run.run.runtime_s / S_PER_H
        for run in configuration.counted
        if run.run.runtime_s is not None
    ]
    projected = None
    if figures[0] is None:
        hopes = [run.projected for run in configuration.apart if run.projected is not None]
        projected = min(hopes, key=lambda hope: hope.estimate * sign, default=None)
    return Row(
        rank=None,
        configuration=configuration,
        figures=figures,
        reached=min(so_far, key=lambda value: value * sign, default=None),
        projected=projected,
        runtime_h=math.fsum(hours) / len(hours) if hours else None,
    )


def _figure(values: Sequence[float | None], metric: Metric) -> Figure | None:
    # Sorted, so that the order of runs does not show in the last digit of a sum.
    known = sorted(value for value in values if value is not None)
    if not known:
        return None
    ends = (known[0], known[-1])
    best, worst = ends if metric.goal.sign > 0 else ends[::-1]
    return Figure(
        summary=summarize(known), n_missing=len(values) - len(known), best=best, worst=worst
    )


def _place(row: Row, metrics: Sequence[Metric]) -> tuple[float, ...]:
    """What rows are sorted by: lower is better, infinite where nothing is known."""
    means = [None if figure is None else figure.summary.mean for figure in row.figures]
    if means[0] is None and row.projected is not None:
        means[0] = row.projected.estimate
    return tuple(
        math.inf if mean is None else float(f"{mean * metric.goal.sign:.{_TIE_DIGITS}g}")
        for mean, metric in zip(means, metrics, strict=True)
    )


def _bound(row: Row, metrics: Sequence[Metric]) -> float:
    return math.inf if row.reached is None else row.reached * metrics[0].goal.sign


def _said(row: Row) -> tuple[str, int]:
    """The order of what ties in everything: by its parameters."""
    parameters = row.configuration.parameters
    said = sorted((name, canonical(value)) for name, value in parameters.items())
    return repr(said), row.configuration.stage


def _judged(rows: list[Row], metric: Metric) -> Leaderboard:
    """Add what tests and resampling say of the first metric."""
    measured = [k for k, row in enumerate(rows) if row.lead is not None]
    values = [values_of(rows[k]) for k in measured]
    compared = together([difference(config_values, values[0]) for config_values in values[1:]])
    versus: list[Difference | None] = [None, *compared] if measured else []
    sign = metric.goal.sign
    if any(row.rank is not None and row.lead is None for row in rows):
        # Seeds of a projected row cannot be drawn, and ranks without it would be others than shown.
        resampled = BootstrappedRanks(rows=(), why_not="a configuration ranks by a projection")
    else:
        resampled = resample(
            [[value * sign for value in config_values] for config_values in values]
        )
    stability = resampled.rows or (None,) * len(measured)
    judged = list(rows)
    for k, against, firm in zip(measured, versus, stability, strict=True):
        judged[k] = replace(rows[k], versus=against, stability=firm)
    return Leaderboard(
        rows=tuple(judged),
        n_compared=sum(comparison.p_adjusted is not None for comparison in compared),
        resampled=resampled,
    )


def values_of(row: Row) -> list[float]:
    """The counted values of the first metric, in rising order."""
    counted = row.configuration.counted
    return sorted(value for run in counted if (value := run.values[0]) is not None)


def representative(row: Row, metric: Metric) -> RunMeasurement:
    """The run that stands for a configuration: its best full one, else the furthest stopped one."""
    configuration = row.configuration
    known = [run for run in configuration.counted if run.values[0] is not None]
    known = known or [run for run in configuration.members if run.values[0] is not None]
    sign = metric.goal.sign
    return min(
        known or configuration.members,
        key=lambda run: math.inf if run.values[0] is None else run.values[0] * sign,
    )
