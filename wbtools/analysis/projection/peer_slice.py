"""A sweep as it stood at one report: the runs that were stopped there, and those beside them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from wbtools.analysis.projection.annealing import peak_rate
from wbtools.rules.running import running_best
from wbtools.stats.correlation import rank_correlation

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wbtools.analysis.projection.snapshot import SweepSnapshot

    Floats = NDArray[np.float64]
    Rows = NDArray[np.int64]

_WIDE_SPAN = 3.0
_Z90 = 1.2816
_OF_GAIN, _OF_RESULTS, _OF_SWEEP = 0.5, 0.1, 0.02


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ScaledSweep:
    """N runs in the scale of the model. Lower is better.

    Attributes:
        values: `[N, T]` reports, NaN after the last one; logarithms if `is_log`.
        best: `[N, T]` best so far, carried on to the right.
        ends: `[N]` best of each run.
        full: `bool [N]` runs that ran their course and have a value.
        horizon: `[N]` reports of a full run, guessed where unknown.
        log_rate: `[N]` logarithm of the configured learning rate; NaN if unknown.
        spread: Spread of all runs' bests, positive.
        spread_full: The same of those that ran their course.
        lead: From the best completed run to the next one, in spreads; 1 if there is no other.
    """

    values: Floats
    best: Floats
    ends: Floats
    n_reports: Rows
    full: NDArray[np.bool_]
    horizon: Floats
    log_rate: Floats
    incumbent: float
    is_log: bool
    spread: float
    spread_full: float
    lead: float

    def cut(self, rows: Rows, report: int) -> PeerSlice:
        """Look at the sweep at one report.

        Args:
            rows: Runs that made exactly so many.
            report: From 1.
        """
        peers = np.flatnonzero(self.n_reports >= report)
        full = np.flatnonzero(self.full & (self.n_reports > report))
        horizon = self.horizon[rows]
        last = min(max(int(np.median(horizon)), report), self.best.shape[1]) - 1
        then, end = self.best[full, report - 1], self.best[full, last]
        gained = then - end
        gain = float(gained.mean()) if len(gained) else 0.0
        own_best = self.best[rows, report - 1]
        peers_best = self.best[peers, report - 1]
        unit = np.maximum(own_best - self.incumbent, 0.0) + _OF_GAIN * gain
        unit += _OF_RESULTS * min(self.spread, self.spread_full) + _OF_SWEEP * self.spread
        return PeerSlice(
            scaled=self,
            report=report,
            rows=rows,
            horizon=horizon,
            own=own_best,
            last=self.values[rows, report - 1],
            curves=self.values[rows, :report],
            unit=unit,
            peers=peers,
            peers_best=peers_best,
            peers_last=self.values[peers, report - 1],
            spread=spread(peers_best) if len(peers) > 1 else self.spread,
            full_then=then,
            full_end=end,
            full_gained=gained,
            gain=gain,
            keeps_order=order_kept(then, end),
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PeerSlice:
    """M runs that were stopped after the same number of reports, and what stood beside them.

    Attributes:
        rows: `int64 [M]`.
        horizon: `[M]` reports of a full run.
        own: `[M]` best so far.
        last: `[M]` last value.
        curves: `[M, report]`.
        unit: `[M]` the length in which the runs' further gain is told.
        peers: `int64 [P]` runs with at least so many reports.
        peers_best: `[P]` their best so far.
        peers_last: `[P]` their values.
        spread: Spread of the peers' best so far, positive.
        full_then: `[C]` best so far of the completed runs that went further.
        full_end: `[C]` their best over the horizon.
        full_gained: `[C]` the difference.
        gain: Its mean; 0 without any.
        keeps_order: Rank correlation between `full_then` and `full_end`; 0.5 if unknown.
    """

    scaled: ScaledSweep
    report: int
    rows: Rows
    horizon: Floats
    own: Floats
    last: Floats
    curves: Floats
    unit: Floats
    peers: Rows
    peers_best: Floats
    peers_last: Floats
    spread: float
    full_then: Floats
    full_end: Floats
    full_gained: Floats
    gain: float
    keeps_order: float

    def same(self, value: float) -> Floats:
        """`[M]` one value for all."""
        return np.full(len(self.rows), float(value))


def scaled_sweep(snapshot: SweepSnapshot, incumbent: float) -> ScaledSweep:
    """Bring a sweep into the scale of the model.

    Args:
        snapshot: With at least one run that ran its course.
        incumbent: Lower is better.
    """
    values, ends = snapshot.values, snapshot.best
    has = snapshot.n_reports > 0
    is_log = _takes_log(ends[has], incumbent)
    if is_log:
        least = float(ends[has].min())
        values = np.log(np.maximum(values, least))
        ends, incumbent = np.log(np.maximum(ends, least)), float(np.log(incumbent))
    best = running_best(values)
    full = snapshot.full & has
    finals = np.sort(ends[full])
    wide = spread(ends[has])
    known = np.where(full, snapshot.n_reports, 0).max(initial=1)
    horizon = np.where(snapshot.horizon > 0, snapshot.horizon, known)
    rates = np.array([peak_rate(config) for config in snapshot.configs])
    return ScaledSweep(
        values=values,
        best=best,
        ends=ends,
        n_reports=snapshot.n_reports,
        full=full,
        horizon=np.maximum(horizon, snapshot.n_reports).astype(float),
        log_rate=np.log(rates),
        incumbent=incumbent,
        is_log=is_log,
        spread=wide,
        spread_full=spread(finals) if len(finals) > 1 else wide,
        lead=float(finals[1] - finals[0]) / wide if len(finals) > 1 else 1.0,
    )


def _takes_log(ends: Floats, incumbent: float) -> bool:
    """Whether results are positive and differ by factors rather than by amounts."""
    if len(ends) < 2 or ends.min() <= 0 or incumbent <= 0:  # noqa: PLR2004 - a range
        return False
    low, high = np.quantile(ends, (0.1, 0.9))
    return bool(high / low >= _WIDE_SPAN)


def spread(values: Floats) -> float:
    """A positive scale: from the 10th to the 90th percentile as standard deviations of a normal.

    Where those are equal, the standard deviation, else a thousandth of the largest value.
    """
    low, high = np.quantile(values, (0.1, 0.9))
    wide = (high - low) / (2 * _Z90)
    return float(wide or np.std(values) or 1e-3 * np.abs(values).max() or 1.0)


def rank(values: Floats, pool: Floats) -> Floats:
    """`[M]` share of the pool that is lower; equal ones count by half. One half without a pool."""
    if not len(pool):
        return np.full(len(values), 0.5)
    ordered = np.sort(pool)
    below = np.searchsorted(ordered, values, side="left")
    upto = np.searchsorted(ordered, values, side="right")
    shares: Floats = (below + upto) / (2 * len(pool))
    return shares


def order_kept(then: Floats, end: Floats) -> float:
    """Rank correlation between two standings of the same runs; 0.5 where too few tell."""
    if len(then) < 3:  # noqa: PLR2004 - two are in order or not
        return 0.5
    a, b = rank(then, then), rank(end, end)
    if not a.std() or not b.std():
        return 0.5
    return rank_correlation(a, b)
