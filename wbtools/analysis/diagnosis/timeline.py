"""What the rule would have answered about a run, at every moment that could change the answer.

No fold: each moment is judged on what was really observed by then. Between two moments (a report of
the run itself, or another run's first arrival at the run's current band) nothing that Hyperband
looks at changes, so its answer is a step function of time and these steps are all of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from wbtools.text.brief import brief_repr

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wbtools.rules.hyperband import Hyperband


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Observations:
    """What was reported when. Lower is better: the goal's sign is already applied.

    Attributes:
        values: `float64 [N, T]` finite reports, left-packed; NaN from `n_reports` on.
        times_s: `float64 [N, T]` when each report was made, one clock for all runs.
        n_reports: `int64 [N]`.
        end_s: `float64 [N]` last sign of life of each run, on the same clock.
    """

    __repr__ = brief_repr

    values: NDArray[np.float64]
    times_s: NDArray[np.float64]
    n_reports: NDArray[np.int64]
    end_s: NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RunTimeline:
    """One run's M moments, from reaching its first band to its end, both strict modes side by side.

    Attributes:
        since_s: `float64 [M]` when each moment begins; it lasts until the next one.
        band: `int64 [M]` highest band reached by then, in reports.
        at_band: `float64 [M]` the run's value at that band (what strict compares).
        best: `float64 [M]` its best value so far (what lenient compares).
        threshold: `float64 [M]` the threshold that held.
        n_peers: `int64 [M]` runs that had reached the band by then, itself included.
        set_by: `int64 [M]` row of the run whose value was the threshold (the earliest of equals).
    """

    since_s: NDArray[np.float64]
    band: NDArray[np.int64]
    at_band: NDArray[np.float64]
    best: NDArray[np.float64]
    threshold: NDArray[np.float64]
    n_peers: NDArray[np.int64]
    set_by: NDArray[np.int64]

    def stop(self, *, strict: bool) -> NDArray[np.bool_]:
        """`[M]` whether the rule would have stopped the run at each moment."""
        return (self.at_band if strict else self.best) > self.threshold


class RuleTimeline:
    """One rule over one sweep: each band's arrivals in time order, sorted once for all runs."""

    def __init__(self, rule: Hyperband, observations: Observations) -> None:
        """Sort the arrivals at every band that some run has reached.

        Args:
            rule: The bands and eta; its `strict` does not matter here.
            observations: What was reported when, with known times.
        """
        self._seen = observations
        most = int(observations.n_reports.max(initial=0))
        self._bands = tuple(band for band in rule.bands if band <= most)
        self._arrivals = [_Arrivals.at(band, rule, observations) for band in self._bands]

    def of(self, row: int) -> RunTimeline:
        """The moments of the run in `row`; M is 0 for a run that reached no band."""
        observations, parts = self._seen, []
        n = int(observations.n_reports[row])
        own_times, own_values = observations.times_s[row, :n], observations.values[row, :n]
        best = np.minimum.accumulate(own_values)
        for k, (band, arrivals) in enumerate(zip(self._bands, self._arrivals, strict=True)):
            if band > n:
                break
            last_report = min(n, self._bands[k + 1] - 1 if k + 1 < len(self._bands) else n)
            is_last = last_report == n
            begin = own_times[band - 1]
            end = (
                max(observations.end_s[row], own_times[n - 1])
                if is_last
                else own_times[last_report]
            )
            if not is_last and begin == end:
                continue  # it was in this band for no time at all, or the times are unknown
            reports_s = own_times[band - 1 : last_report]
            # The next band begins with its own report, so this end is open; the run's own end is
            # closed, for the poll that stopped it may have seen everything up to then.
            until = arrivals.times_s <= end if is_last else arrivals.times_s < end
            others = arrivals.times_s[until & (arrivals.times_s > begin)]
            since = np.unique(np.concatenate((reports_s, others)))
            known = np.searchsorted(arrivals.times_s, since, side="right") - 1
            reports = np.searchsorted(own_times, since, side="right")
            parts.append(
                (
                    since,
                    np.full(len(since), band),
                    np.full(len(since), own_values[band - 1]),
                    best[np.minimum(reports, last_report) - 1],
                    arrivals.thresholds[known],
                    known + 1,
                    arrivals.set_by[known],
                )
            )
        columns = [np.concatenate(column) for column in zip(*parts, strict=True)] or [
            np.empty(0)
        ] * len(RunTimeline.__slots__)
        since, bands, at_band, so_far, threshold, n_peers, set_by = columns
        return RunTimeline(
            since_s=since,
            band=bands.astype(np.int64),
            at_band=at_band,
            best=so_far,
            threshold=threshold,
            n_peers=n_peers.astype(np.int64),
            set_by=set_by.astype(np.int64),
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Arrivals:
    """The runs that reached one band, M of them, in the order in which they did."""

    times_s: NDArray[np.float64]
    thresholds: NDArray[np.float64]
    set_by: NDArray[np.int64]

    @classmethod
    def at(cls, band: int, rule: Hyperband, observations: Observations) -> _Arrivals:
        rows = np.flatnonzero(observations.n_reports >= band)
        rows = rows[np.argsort(observations.times_s[rows, band - 1], kind="stable")]
        values = observations.values[rows, band - 1]
        thresholds = rule.thresholds(values)
        earliest: dict[float, int] = {}
        for row, value in zip(rows, values, strict=True):
            earliest.setdefault(float(value), int(row))
        return cls(
            times_s=observations.times_s[rows, band - 1],
            thresholds=thresholds,
            set_by=np.array([earliest[float(value)] for value in thresholds], dtype=np.int64),
        )
