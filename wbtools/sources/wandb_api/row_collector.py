"""The rows of one run, gathered from answers that may repeat each other's."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from wbtools.model import NO_ROWS, Series
from wbtools.sources.wandb_api import decoding

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray


class RowCollector:
    """Rows by metric, each once, in the order of `decoding.in_order`.

    Rows that share a step in one answer all stay. Where only answers together bring several, and
    more than the server counts, they contradict each other (an export was written before its run
    was taken back): then the row that was logged last stays of each step. Rows behind the run's
    last step are none of it any more, or not yet.

    Args:
        metrics: Nothing is kept of others.
        expected: In how many rows the server says that each stands; None where it does not say.
        last_step: Of the run, when it was counted; None if unknown.

    Attributes:
        n_values: How many were taken, repeated ones too.
    """

    def __init__(
        self,
        metrics: Sequence[str],
        expected: Mapping[str, int | None] | None = None,
        last_step: int | None = None,
    ) -> None:
        """Nothing is here yet."""
        self._last_step = last_step
        self._sharing: set[str] = set()
        self.metrics = tuple(metrics)
        self.n_values = 0
        self._expected = expected or {}
        self._series: dict[str, list[Series]] = {metric: [] for metric in metrics}
        self._others: dict[str, list[NDArray[np.int64]]] = {metric: [] for metric in metrics}

    def add(self, metric: str, series: Series, others: NDArray[np.int64] | None = None) -> None:
        """Take more rows of a metric.

        Args:
            metric: One of the metrics.
            series: Rows that hold a number, in any order.
            others: `int64 [R]` steps of rows that hold something else, which the server counts too.
        """
        self.n_values += len(series.steps) + (0 if others is None else len(others))
        if self._last_step is not None and (series.steps > self._last_step).any():
            kept = series.steps <= self._last_step
            series = Series(
                values=series.values[kept], steps=series.steps[kept], times_s=series.times_s[kept]
            )
        if len(series.steps):
            self._series[metric].append(series)
            if (np.diff(series.steps) == 0).any():
                self._sharing.add(metric)
        if others is not None and len(others):
            self._others[metric].append(others)

    def add_rows(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Take rows as JSON holds them, with names flat or nested."""
        rows = tuple(rows)
        for metric in self.metrics:
            head = metric.partition(".")[0]
            held = [row for row in rows if metric in row or head in row]
            steps = [
                row[decoding.STEP]
                for row in held
                if isinstance(row.get(metric), str | bool) and type(row.get(decoding.STEP)) is int
            ]
            within = [step for step in steps if abs(step) <= decoding.LARGEST_INT]
            others = np.array(within, dtype=np.int64)
            self.add(metric, decoding.series_of(held, metric), others)

    def add_all(self, collected: RowCollector) -> None:
        """Take what was collected elsewhere of the same metrics."""
        for metric in self.metrics:
            self._series[metric] += collected._series[metric]
            self._others[metric] += collected._others[metric]
        self._sharing |= collected._sharing

    def series(self, metric: str) -> Series:
        """The rows of a metric that hold a number, by step."""
        series = self._joined(metric)
        if not self._contradicts(metric, series):
            return series
        last = np.append(np.diff(series.steps) != 0, np.True_)
        return Series(
            values=series.values[last], steps=series.steps[last], times_s=series.times_s[last]
        )

    def holds(self, metric: str, rows: Series) -> bool:
        """Whether these rows of a metric, by step, are among the collected ones."""
        series = self.series(metric)
        first = np.searchsorted(series.steps, rows.steps, side="left")
        behind = np.searchsorted(series.steps, rows.steps, side="right")
        return all(
            value in series.values[begin:end]
            or (math.isnan(value) and np.isnan(series.values[begin:end]).any())
            for value, begin, end in zip(
                rows.values.tolist(), first.tolist(), behind.tolist(), strict=True
            )
        )

    def whole(self) -> frozenset[str]:
        """The metrics that have as many rows as the server says it holds, and not too many."""
        return frozenset(metric for metric in self.metrics if self._is_whole(metric))

    def _is_whole(self, metric: str) -> bool:
        n_expected = self._expected.get(metric)
        if n_expected is None:
            return False
        series = self._joined(metric)
        n_rows, n_steps = self._n_rows(metric, series), self._n_steps(metric, series)
        # A run that goes on has more rows by now; where some share steps, they may be of two minds.
        return n_rows == n_expected or n_steps >= n_expected

    def _contradicts(self, metric: str, series: Series) -> bool:
        """Whether there are more rows than the server counts, and one of each step suffices."""
        n_expected = self._expected.get(metric)
        if n_expected is None or metric in self._sharing:
            return False
        return self._n_rows(metric, series) > n_expected <= self._n_steps(metric, series)

    def _joined(self, metric: str) -> Series:
        """All different rows of a metric that hold a number."""
        parts = self._series[metric]
        joined = NO_ROWS
        if parts:
            joined = decoding.in_order(
                np.concatenate([part.values for part in parts]),
                np.concatenate([part.steps for part in parts]),
                np.concatenate([part.times_s for part in parts]),
            )
        # What was joined is not kept twice: histories have millions of rows.
        self._series[metric] = [joined]
        return joined

    def _n_steps(self, metric: str, series: Series) -> int:
        if not self._others[metric]:
            return min(1, len(series.steps)) + int(np.count_nonzero(np.diff(series.steps)))
        return len(np.unique(np.concatenate([series.steps, *self._others[metric]])))

    def _n_rows(self, metric: str, series: Series) -> int:
        """With those that hold something else: of these, one a step is counted."""
        if not self._others[metric]:
            return len(series.steps)
        others = np.unique(np.concatenate([NO_ROWS.steps, *self._others[metric]]))
        return len(series.steps) + int((~np.isin(others, series.steps)).sum())
