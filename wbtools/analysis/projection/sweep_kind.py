"""What kind of sweep it is: what first reports are, whether standing lasts, noise, jumps, ceilings.

Models that were learned on sweeps of one kind mislead on another: where report 1 is an evaluation
before training, a run that was stopped on it tells nothing; where rewards are noise, standing tells
nothing; where few runs ever leave chance level, the mean gain is made by few. These numbers tell
the kinds apart. None has a unit, and none changes when the metric is scaled.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from wbtools.analysis.projection.catch_up import catch_up
from wbtools.analysis.projection.peer_slice import order_kept, rank, spread
from wbtools.analysis.projection.remaining_improvement import RemainingImprovement

if TYPE_CHECKING:
    from wbtools.analysis.projection.peer_slice import Floats, PeerSlice, ScaledSweep

_FEWEST = 4
_SHARES = {"tenth": 0.1, "quarter": 0.25, "half": 0.5}
_FIRST = 5
_MIDDLE, _ALIKE = (0.1, 0.9), 1e-3
_NO_GAIN, _BIG_GAIN, _JUMP = 0.05, 0.25, 0.5
_LONG = 0.25
_GAINS = (0.1, 0.25, 0.75, 0.9)
_MOST_COMPARED = 50


def of_sweep(sweep: ScaledSweep) -> dict[str, float]:
    """Traits of the sweep as a whole; NaN where too few runs tell."""
    return {
        **_first_report(sweep),
        **_lasting_order(sweep),
        **_gains_of_long(sweep),
        **_curves(sweep),
    }


def _first_report(sweep: ScaledSweep) -> dict[str, float]:
    """Whether report 1 looks like an evaluation before training."""
    rows = np.flatnonzero(sweep.n_reports > 2)  # noqa: PLR2004 - a first one and two after it
    if len(rows) < _FEWEST:
        return dict.fromkeys(("first_gap", "first_alike", "first_rank", "first_worst"), np.nan)
    first, second = sweep.values[rows, 0], sweep.values[rows, 1]
    after = np.nanmax(sweep.values[rows, 1:_FIRST], axis=1)
    wide = spread(np.nanmin(sweep.values[rows, 1:_FIRST], axis=1))
    low, high = np.quantile(first, _MIDDLE)
    return {
        "first_gap": float(np.median(first - second)) / wide,
        "first_alike": float(np.log(max((high - low) / wide, _ALIKE))),
        "first_rank": order_kept(first, second),
        "first_worst": float((first >= after).mean()),
    }


def _lasting_order(sweep: ScaledSweep) -> dict[str, float]:
    """Rank correlation between standing at a report and the end, among completed runs."""
    rows = np.flatnonzero(sweep.full)
    names = ("first", "second", *_SHARES)
    if len(rows) < _FEWEST:
        return {f"order_{name}": np.nan for name in names}
    length = int(np.median(sweep.n_reports[rows]))
    reports = (1, 2, *(round(share * length) for share in _SHARES.values()))
    end = sweep.best[rows, -1]
    return {
        f"order_{name}": order_kept(sweep.best[rows, min(max(report, 1), length) - 1], end)
        for name, report in zip(names, reports, strict=True)
    }


def _gains_of_long(sweep: ScaledSweep) -> dict[str, float]:
    """How many never leave chance level, and how many jump, of runs that had time to.

    A run that was stopped early gained little for that reason alone, so only those count that made
    a quarter of the reports of the longest.
    """
    rows = np.flatnonzero(sweep.n_reports > max(_LONG * sweep.n_reports.max(), 1))
    if len(rows) < _FEWEST:
        return {"chance_share": np.nan, "jump_share": np.nan}
    best = sweep.best[rows]
    gained = sweep.values[rows, 0] - sweep.ends[rows]
    most = float(gained.max())
    steps = (best[:, :-1] - best[:, 1:]).max(axis=1)
    has_jumped = (steps > _JUMP * gained) & (gained > _BIG_GAIN * most)
    return {
        "chance_share": float((gained <= _NO_GAIN * most).mean()),
        "jump_share": float(has_jumped.mean()),
    }


def _curves(sweep: ScaledSweep) -> dict[str, float]:
    """Noise and ceilings; of completed runs, when the best came and what was lost again."""
    values = sweep.values
    jumps = np.abs(np.diff(values, axis=1))
    jumps = jumps[np.isfinite(jumps)]
    traits = {
        "noise_of_sweep": float(np.median(jumps)) / sweep.spread if len(jumps) else np.nan,
        "tied_at_bar": float((sweep.ends[sweep.full] <= sweep.incumbent).sum()),
    }
    full = np.flatnonzero(sweep.full & (sweep.n_reports > 2))  # noqa: PLR2004 - a course
    if not len(full):
        return traits | dict.fromkeys(("best_at", "early_best_share", "falls_back"), np.nan)
    n = sweep.n_reports[full]
    reached = (values[full] <= sweep.ends[full][:, None]).argmax(axis=1) + 1
    last = values[full, n - 1]
    rise = np.maximum(values[full, 0], last) - sweep.ends[full]
    falls = (last - sweep.ends[full]) / np.where(rise > 0, rise, 1.0)
    return traits | {
        "best_at": float(np.median(reached / n)),
        "early_best_share": float((reached <= n / 2).mean()),
        "falls_back": float(np.median(falls)),
    }


def of_slice(cut: PeerSlice) -> dict[str, Floats]:
    """Traits of each of M runs beside its peers, and what plain methods say; `[M]` each."""
    return {**_since_second(cut), **_level(cut), **_gains(cut), **_plain(cut)}


def _since_second(cut: PeerSlice) -> dict[str, Floats]:
    """Standing and gain without the first report."""
    sweep, unknown = cut.scaled, cut.same(np.nan)
    if cut.report == 1:
        return {"rank_later": unknown, "gained_later": unknown, "first_drop": unknown}
    later = np.nanmin(cut.curves[:, 1:], axis=1)
    peers = np.nanmin(sweep.values[cut.peers, 1 : cut.report], axis=1)
    return {
        "rank_later": rank(later, peers),
        "gained_later": (cut.curves[:, 1] - later) / cut.unit,
        "first_drop": (cut.curves[:, 0] - cut.curves[:, 1]) / cut.unit,
    }


def _level(cut: PeerSlice) -> dict[str, Floats]:
    """The mean of the last third, which noise moves less than the best."""
    sweep = cut.scaled
    begin = cut.report - max(cut.report // 3, 1)
    tail = cut.curves[:, begin:]
    level = tail.mean(axis=1)
    peers = sweep.values[cut.peers, begin : cut.report].mean(axis=1)
    scatter = np.abs(np.diff(tail, axis=1)).mean(axis=1) if tail.shape[1] > 1 else cut.same(np.nan)
    left = np.maximum(cut.horizon - cut.report, 0)
    return {
        "rank_level": rank(level, peers),
        "level_gap": (level - cut.own) / cut.unit,
        "luck_left": scatter * np.sqrt(2 * np.log1p(left)) / cut.unit,
    }


def _gains(cut: PeerSlice) -> dict[str, Floats]:
    """Quantiles of what completed runs gained after the same report."""
    names = [f"gain_{round(100 * level)}" for level in _GAINS]
    if not len(cut.full_gained):
        return dict.fromkeys((*names, "gain_none"), cut.same(np.nan))
    found = np.quantile(cut.full_gained, _GAINS)
    none = (cut.full_gained <= 1e-4 * cut.scaled.spread).mean()
    return {
        **{name: gain / cut.unit for name, gain in zip(names, found, strict=True)},
        "gain_none": cut.same(float(none)),
    }


def _plain(cut: PeerSlice) -> dict[str, Floats]:
    """What catching up and what completed runs' own gains say of a gem, as log-odds."""
    by_end = np.lexsort((cut.full_gained, cut.full_end))
    n_compared = min(len(by_end), _MOST_COMPARED)
    rows = by_end[np.linspace(0, len(by_end) - 1, n_compared).astype(int)]
    gains = RemainingImprovement(own=cut.full_gained[rows], final=cut.full_end[rows])
    sweep = cut.scaled
    n, beat, middle, far = len(rows), [], [], []
    for best in cut.own.tolist():
        ends = catch_up(best, gains, spread=sweep.spread_full)
        beat.append((np.searchsorted(ends, sweep.incumbent) + 0.5) / (len(ends) + 1))
        low, median = np.quantile(ends, (0.05, 0.5))
        middle.append(best - median)
        far.append(best - low)
    share = np.array(beat)
    past = (cut.own[:, None] - gains.own[None, :] < sweep.incumbent).sum(axis=1)
    other = (past + 0.2) / (n + 1)
    return {
        "catch_up_odds": np.log(share / (1 - share)),
        "catch_up_gain": np.array(middle) / cut.unit,
        "catch_up_most": np.array(far) / cut.unit,
        "gain_odds": np.log(other / (1 - other)),
    }
