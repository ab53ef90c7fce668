"""A pool of agents that start runs, and a server that stops them by Hyperband."""

from __future__ import annotations

import heapq
import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from wbtools.model import SweepView

if TYPE_CHECKING:
    from tests.benchmarks.courses.program import Row
    from wbtools.rules.hyperband import Hyperband

FLUSH_S = 15.0
"""The SDK sends and writes its rows so often; an agent asks every `POLL_S` which runs to stop."""
POLL_S = 5.0


@dataclass(frozen=True)
class Life:
    """When a run started, when it ended, on the sweep's clock, and whether the rule ended it."""

    start_s: float
    end_s: float
    stopped: bool


@dataclass(frozen=True)
class Reports:
    """The rule's metric of one run: finite values, lower is better.

    A report is sent `sent_s` after the run's start, or at the run's end if that comes sooner.
    """

    values: np.ndarray
    times_s: np.ndarray
    sent_s: np.ndarray

    @classmethod
    def of(cls, rows: list[Row], metric: str, sign: float) -> Reports:
        sent_s = sending_times(rows)
        kept = [k for k, row in enumerate(rows) if math.isfinite(row.data.get(metric, math.nan))]
        return cls(
            np.array([sign * rows[k].data[metric] for k in kept]),
            np.array([rows[k].time_s for k in kept]),
            sent_s[kept],
        )


def sending_times(rows: list[Row]) -> np.ndarray:
    """When the SDK sends and writes each row, in seconds after the run's start."""
    complete_s = [
        after.time_s if row.is_given else row.time_s
        for row, after in zip(rows, [*rows[1:], *rows[-1:]], strict=True)
    ]
    return np.ceil(np.array(complete_s) / FLUSH_S) * FLUSH_S


def run_pool(
    reports: list[Reports],
    lengths_s: list[float],
    rule: Hyperband | None,
    n_workers: int,
    rng: np.random.Generator,
) -> list[Life]:
    """Run all runs in order on `n_workers` agents; where `rule` is None, nothing stops them.

    `reports` and `lengths_s` are what each run makes and takes if it is left alone.
    """
    pool = _Pool(reports, lengths_s, rule, rng)
    for worker in range(min(n_workers, len(reports))):
        pool.start(worker * rng.uniform(0.5, 5.0))
    pool.run()
    lives = zip(pool.starts_s.tolist(), pool.ends_s.tolist(), pool.stopped.tolist(), strict=True)
    return [Life(*life) for life in lives]


class _Pool:
    """What has started and ended by now, and the events to come."""

    def __init__(
        self,
        reports: list[Reports],
        lengths_s: list[float],
        rule: Hyperband | None,
        rng: np.random.Generator,
    ) -> None:
        n, width = len(reports), max((len(each.values) for each in reports), default=0)
        self._reports, self._lengths_s, self._rule, self._rng = reports, lengths_s, rule, rng
        self.starts_s, self.ends_s = np.full(n, np.inf), np.full(n, np.inf)
        self.stopped = np.zeros(n, dtype=bool)
        self._values = np.full((n, max(width, 1)), np.nan)
        for row, each in enumerate(reports):
            self._values[row, : len(each.values)] = each.values
        self._arrivals_s = [np.full(len(each.values), np.inf) for each in reports]
        self._waiting = list(range(n))[::-1]
        self._queue: list[tuple[float, int, int | None]] = []
        self._numbers = itertools.count()

    def start(self, now_s: float) -> None:
        """Start the next run, if one waits: it ends when it will, its rows arrive in parcels."""
        if not self._waiting:
            return
        row = self._waiting.pop()
        self.starts_s[row] = now_s
        self._end(row, now_s + self._lengths_s[row])
        self._arrivals_s[row] = now_s + self._reports[row].sent_s
        if self._rule is not None:
            for time_s in np.unique(self._arrivals_s[row]).tolist():
                self._push(time_s + self._rng.uniform(0, POLL_S), None)

    def run(self) -> None:
        while self._queue:
            now_s, _, row = heapq.heappop(self._queue)
            if row is None:
                self._poll(now_s)
            elif now_s == self.ends_s[row]:
                made_s = self.starts_s[row] + self._reports[row].times_s
                arrived_s = np.minimum(self._arrivals_s[row], now_s)
                self._arrivals_s[row] = np.where(made_s <= now_s, arrived_s, np.inf)
                self.start(now_s + self._rng.uniform(2.0, 12.0))

    def _poll(self, now_s: float) -> None:
        n_seen = np.array([int((times_s <= now_s).sum()) for times_s in self._arrivals_s])
        if self._rule is None or not n_seen.any():
            return
        active = (self.starts_s <= now_s) & (self.ends_s > now_s) & ~self.stopped
        view = SweepView(values=self._values, n_reports=n_seen.astype(np.int64), active=active)
        for row in np.flatnonzero(self._rule.decide(view).stop).tolist():
            stop_s = now_s + self._rng.uniform(0.3, 6.0)
            if stop_s < self.ends_s[row]:
                self.stopped[row] = True
                self._end(row, stop_s)

    def _end(self, row: int, time_s: float) -> None:
        self.ends_s[row] = time_s
        self._push(time_s, row)

    def _push(self, time_s: float, row: int | None) -> None:
        heapq.heappush(self._queue, (time_s, next(self._numbers), row))
