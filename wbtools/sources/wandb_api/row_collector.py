"""The rows of one run, gathered from answers that may repeat each other's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from wbtools.model import Series
from wbtools.sources.wandb_api import decoding

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

_NO_ROWS = Series(values=np.empty(0), steps=np.empty(0, dtype=np.int64), times_s=np.empty(0))


class RowCollector:
    """Rows by metric, each step once: what came first stays.

    Args:
        metrics: Nothing is kept of others.
    """

    def __init__(self, metrics: Sequence[str]) -> None:
        """Nothing is here yet."""
        self.metrics = tuple(metrics)
        self._series: dict[str, list[Series]] = {metric: [] for metric in metrics}
        self._others: dict[str, list[NDArray[np.int64]]] = {metric: [] for metric in metrics}

    def add(self, metric: str, series: Series, others: NDArray[np.int64] | None = None) -> None:
        """Take more rows of a metric.

        Args:
            metric: One of the metrics.
            series: Rows that hold a number, in any order.
            others: `int64 [R]` steps of rows that hold something else, which the server counts too.
        """
        if len(series.steps):
            self._series[metric].append(series)
        if others is not None and len(others):
            self._others[metric].append(others)

    def add_rows(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Take rows as JSON holds them, with names flat or nested."""
        rows = tuple(rows)
        for metric in self.metrics:
            head = metric.partition(".")[0]
            held = [row for row in rows if metric in row or head in row]
            texts = [
                row[decoding.STEP]
                for row in held
                if isinstance(row.get(metric), str | bool) and type(row.get(decoding.STEP)) is int
            ]
            others = np.array([step for step in texts if abs(step) < 2**63], dtype=np.int64)
            self.add(metric, decoding.series_of(held, metric), others)

    def series(self, metric: str) -> Series:
        """The rows of a metric by step."""
        parts = self._series[metric]
        joined = _NO_ROWS
        if parts:
            joined = decoding.by_step(
                np.concatenate([part.values for part in parts]),
                np.concatenate([part.steps for part in parts]),
                np.concatenate([part.times_s for part in parts]),
            )
        # What was joined is not kept twice: histories have millions of rows.
        self._series[metric] = [joined]
        return joined

    def counted(self, counts: Mapping[str, int] | None) -> frozenset[str]:
        """The metrics that have as many rows as the server says it holds.

        Args:
            counts: By name; None where the server does not say.
        """
        if counts is None:
            return frozenset()
        return frozenset(
            metric for metric in self.metrics if self._n_held(metric) >= counts.get(metric, 0)
        )

    def _n_held(self, metric: str) -> int:
        steps = self.series(metric).steps
        others = self._others[metric]
        return len(np.unique(np.concatenate([steps, *others]))) if others else len(steps)
