"""What a stopped run looks like beside its sweep, in numbers without a unit.

Nothing here changes when the metric is scaled, when runs are renamed or come in another order, or
when values and goal are negated together. Lengths are measured in the run's own `unit`: its way to
the bar and a part of what completed runs still gained after the same report.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from wbtools.analysis.projection.annealing import annealing
from wbtools.analysis.projection.gaussian_process import GPPosterior, gp_posterior
from wbtools.analysis.projection.peer_slice import PeerSlice, rank, scaled_sweep
from wbtools.analysis.projection.sweep_kind import of_slice, of_sweep

if TYPE_CHECKING:
    from collections.abc import Callable

    from wbtools.analysis.projection.peer_slice import Floats, Rows
    from wbtools.analysis.projection.snapshot import SweepSnapshot

_CHAIN_STEPS = 8


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Candidates:
    """M stopped runs with a report, as the model sees them.

    Attributes:
        rows: `int64 [M]` their rows in the field.
        names: F names of features.
        values: `[M, F]`; NaN where a feature cannot be told.
        unit: `[M]` the length in which a run's further gain is told; of the logarithm if `is_log`.
        best: `[M]` best so far, likewise.
        incumbent: Likewise.
        is_log: Whether lengths are taken between logarithms of the metric.
    """

    rows: Rows
    names: tuple[str, ...]
    values: Floats
    unit: Floats
    best: Floats
    incumbent: float
    is_log: bool

    @property
    def gap(self) -> Floats:
        """`[M]` units that a run must still gain to reach the bar."""
        return (self.best - self.incumbent) / self.unit


def candidates(
    snapshot: SweepSnapshot,
    incumbent: float,
    on_progress: Callable[[int, int], None] | None = None,
) -> Candidates:
    """Describe every stopped run that made a report.

    Args:
        snapshot: With at least one run that ran its course.
        incumbent: What a gem must beat, lower is better.
        on_progress: Called with (parts of the projection done, parts in all).
    """
    sweep = scaled_sweep(snapshot, incumbent)
    rows = np.flatnonzero(snapshot.stopped & (snapshot.n_reports > 0))
    if not len(rows):
        none = np.empty(0)
        return Candidates(
            rows=rows,
            names=(),
            values=np.empty((0, 0)),
            unit=none,
            best=none,
            incumbent=sweep.incumbent,
            is_log=sweep.is_log,
        )
    ends = gp_posterior(
        sweep.best,
        sweep.n_reports,
        snapshot.configs,
        rows,
        horizon=int(np.median(sweep.horizon[rows])),
        incumbent=sweep.incumbent,
        on_progress=on_progress,
    )
    place = np.empty(len(sweep.n_reports), dtype=np.int64)
    place[rows] = np.arange(len(rows))
    kind = of_sweep(sweep)
    parts: list[tuple[Rows, Floats, dict[str, Floats]]] = []
    for report in np.unique(snapshot.n_reports[rows]).tolist():
        cut = sweep.cut(rows[snapshot.n_reports[rows] == report], report)
        features = {
            **_when(cut),
            **_standing(cut),
            **_completed(cut),
            **_going_on(cut),
            **_shape(cut),
            **annealing(
                [snapshot.configs[row] for row in cut.rows.tolist()],
                report,
                cut.horizon,
                None if snapshot.rates is None else snapshot.rates[cut.rows, :report],
            ),
            **_learning_rate(cut),
            **_fates(cut, ends, place[cut.rows]),
            **_sweep(cut),
            **of_slice(cut),
            **{name: cut.same(value) for name, value in kind.items()},
        }
        parts.append((cut.rows, cut.unit, features))
    names = tuple(parts[0][2])
    order = np.argsort(np.concatenate([part[0] for part in parts]))
    values = np.concatenate([np.column_stack([part[2][name] for name in names]) for part in parts])
    return Candidates(
        rows=rows,
        names=names,
        values=values[order],
        unit=np.concatenate([part[1] for part in parts])[order],
        best=sweep.ends[rows],
        incumbent=sweep.incumbent,
        is_log=sweep.is_log,
    )


def _when(cut: PeerSlice) -> dict[str, Floats]:
    """How far the run is, and how much there is to compare with."""
    used, n = cut.report / cut.horizon, len(cut.scaled.n_reports)
    n_full = int(cut.scaled.full.sum())
    return {
        "used": used,
        "log_report": cut.same(np.log(cut.report)),
        "log_left": np.log(np.maximum(1 - used, 1e-3)),
        "log_full": cut.same(np.log1p(n_full)),
        "log_runs": cut.same(np.log(n)),
        "full_share": cut.same(n_full / n),
        "peer_share": cut.same(len(cut.peers) / n),
    }


def _standing(cut: PeerSlice) -> dict[str, Floats]:
    """How it stood, beside the bar and beside the peers that reached the same report."""
    sweep = cut.scaled
    gap = cut.own - sweep.incumbent
    return {
        "gap_sweep": gap / sweep.spread,
        "gap_full": gap / sweep.spread_full,
        "gap_peers": gap / cut.spread,
        "gap": gap / cut.unit,
        "rank_best": rank(cut.own, cut.peers_best),
        "rank_last": rank(cut.last, cut.peers_last),
        "rank_sweep": rank(cut.own, sweep.ends[sweep.n_reports > 0]),
    }


def _completed(cut: PeerSlice) -> dict[str, Floats]:
    """How completed runs stood at the same report, and what they still gained."""
    then, gained, end, unit = cut.full_then, cut.full_gained, cut.full_end, cut.unit
    n, sweep = len(then), cut.scaled
    behind = np.greater.outer(then, cut.own).sum(axis=0)
    features = {
        "gain": cut.gain / unit,
        "beats_full": (behind + 0.5) / (n + 1),
        "n_beaten": np.log1p(behind),
        "n_ahead": np.log1p(np.less.outer(then, cut.own).sum(axis=0)),
    }
    if not n:
        return features | {name: np.zeros(len(cut.rows)) for name in _OF_COMPLETED}
    apart = np.abs(np.subtract.outer(cut.own, then))
    nearest = apart.argmin(axis=1)
    from_behind = np.where(then[None, :] >= cut.own[:, None], gained[None, :], 0.0).max(axis=1)
    needed = np.maximum(gained[None, :], cut.own[:, None] - end[None, :])
    least = 1e-3 * sweep.spread
    closed = np.median(gained / np.maximum(then - sweep.incumbent + least, least))
    found = (
        (cut.own - then[int(np.argmin(end))]) / unit,
        (cut.own - then.min()) / unit,
        (cut.own - np.median(then)) / unit,
        (cut.own - then.min()) / cut.spread,
        gained.min() / unit,
        gained.max() / unit,
        np.median(gained) / unit,
        gained.std() / unit,
        (cut.own[:, None] - gained[None, :] < sweep.incumbent).sum(axis=1) / (n + 1),
        gained[nearest] / unit,
        apart[np.arange(len(nearest)), nearest] / unit,
        from_behind / unit,
        np.median(needed, axis=1) / unit,
        cut.same(float(closed)),
    )
    return features | dict(zip(_OF_COMPLETED, found, strict=True))


_OF_COMPLETED = (
    "beside_winner",
    "beside_first",
    "beside_median",
    "beside_first_peers",
    "gain_least",
    "gain_most",
    "gain_median",
    "gain_sd",
    "gain_share_enough",
    "gain_of_nearest",
    "nearest_apart",
    "gain_from_behind",
    "catch_up",
    "gap_closed",
)


def _going_on(cut: PeerSlice) -> dict[str, Floats]:
    """What runs that were still alive gained from stretch to stretch, linked to the end."""
    sweep, unit = cut.scaled, cut.unit
    width = sweep.best.shape[1]
    last = max(min(int(np.median(cut.horizon)), width), cut.report)
    stops = np.unique(np.round(np.geomspace(cut.report, last, _CHAIN_STEPS)).astype(int))
    gain, ratio, floor = 0.0, 1.0, sweep.incumbent - 0.1 * sweep.spread
    for begin, end in zip(stops[:-1].tolist(), stops[1:].tolist(), strict=True):
        alive = sweep.n_reports >= end
        if not alive.any():
            break
        before, after = sweep.best[alive, begin - 1], sweep.best[alive, end - 1]
        gain += float(np.mean(before - after))
        least = 0.05 * sweep.spread
        way = np.maximum(after - floor, least) / np.maximum(before - floor, least)
        ratio *= float(np.exp(np.mean(np.log(way))))
    left = np.maximum(cut.own - floor, 0) * ratio - (sweep.incumbent - floor)
    return {"chain_gain": gain / unit, "chain_ratio": cut.same(ratio), "chain_gap": left / unit}


def _shape(cut: PeerSlice) -> dict[str, Floats]:
    """The run's own curve: how it fell, whether it still does, how noisy it is."""
    n, values, unit = cut.report, cut.curves, cut.unit
    peers, sweep = cut.peers, cut.scaled
    left = cut.horizon - n
    at = {share: max(round(n * share), 1) for share in (0.75, 0.5)}
    late, half = (sweep.best[cut.rows, at[share] - 1] - cut.own for share in (0.75, 0.5))
    rise = values[:, 0] - cut.own
    zero, middle = np.zeros(len(cut.rows)), np.full(len(cut.rows), 0.5)
    unknown = np.full(len(cut.rows), np.nan)
    tail = values[:, n // 2 :]
    noise = trend = unknown
    if tail.shape[1] > 2:  # noqa: PLR2004 - a slope and something around it
        jumps = np.diff(tail, axis=1)
        noise = np.median(np.abs(jumps - np.median(jumps, axis=1, keepdims=True)), axis=1) / unit
        x = np.arange(tail.shape[1]) - (tail.shape[1] - 1) / 2
        trend = (tail * x).sum(axis=1) / (x**2).sum() * left / unit
    alone = n == 1
    peers_half = sweep.best[peers, at[0.5] - 1] - cut.peers_best
    peers_rise = sweep.values[peers, 0] - cut.peers_best
    slope = late / unit * left / max(n - at[0.75], 1)
    return {
        "gained_late": late / unit,
        "gained_half": half / unit,
        "gained": rise / unit,
        "gained_last": (sweep.best[cut.rows, max(n - 2, 0)] - cut.own) / unit,
        "rank_first": rank(values[:, 0], sweep.values[sweep.n_reports > 0, 0]),
        "log_slope": zero
        if alone
        else half / unit / np.log(2) * np.log(np.maximum(cut.horizon / n, 1)),
        "slope": zero if alone else np.clip(slope, -50, 50),
        "best_age": (n - 1 - (values <= cut.own[:, None]).argmax(axis=1)) / n,
        "last_gap": (cut.last - cut.own) / unit,
        "noise": noise,
        "trend": trend,
        "rank_speed": middle if alone else rank(-half, -peers_half),
        "rank_rise": middle if alone else rank(-rise, -peers_rise),
    }


def _learning_rate(cut: PeerSlice) -> dict[str, Floats]:
    rates = cut.scaled.log_rate
    mine = rates[cut.rows]
    ranks = rank(np.nan_to_num(mine), rates[np.isfinite(rates)])
    return {"rank_rate": np.where(np.isfinite(mine), ranks, np.nan)}


def _fates(cut: PeerSlice, ends: GPPosterior, place: Rows) -> dict[str, Floats]:
    """What the process over configurations and time expects."""
    score = (ends.mean - ends.incumbent) / ends.sd
    return {
        "fate_score": score[place],
        "fate_gain": (cut.own - np.minimum(ends.value[place], cut.own)) / cut.unit,
        "fate": ends.mean[place],
        "fate_gap": ends.mean[place] - ends.incumbent,
        "fate_sd": ends.sd[place],
        "fate_rank": rank(ends.mean[place], ends.mean),
        "fate_score_rank": rank(score[place], score),
        "config_gap": ends.by_config[place] - ends.incumbent,
        "config_rank": rank(ends.by_config[place], ends.by_config),
        "n_parameters": cut.same(np.log1p(ends.n_parameters)),
        "worth_of_config": cut.same(ends.settings.each + ends.settings.together),
        "worth_of_run": cut.same(ends.settings.own),
        "noise_of_process": cut.same(ends.settings.noise),
    }


def _sweep(cut: PeerSlice) -> dict[str, Floats]:
    """What kind of sweep it is."""
    sweep = cut.scaled
    return {
        "lead": cut.same(sweep.lead),
        "full_spread": cut.same(sweep.spread_full / sweep.spread),
        "keeps_order": cut.same(cut.keeps_order),
        "gain_peers": cut.same(cut.gain / cut.spread),
        "gain_sweep": cut.same(cut.gain / sweep.spread),
        "peers_spread": cut.same(cut.spread / sweep.spread),
    }
