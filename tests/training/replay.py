"""Sweeps that never were: fully trained runs, replayed under an early-termination rule."""

from __future__ import annotations

import bisect
import heapq
from dataclasses import dataclass

import numpy as np

from tests.training.banks import Bank, best_of
from wbtools.analysis.projection.snapshot import SweepSnapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """How a sweep was run; drawn before its outcome is seen.

    Attributes:
        kind: `hyperband`, `median` or `random`.
        bands: Reports at which Hyperband compares.
    """

    kind: str
    bands: tuple[int, ...] = ()
    eta: float = 3.0
    strict: bool = True
    grace: int = 5
    p_kill: float = 0.6
    workers: int = 4
    n_runs: int = 80
    measured: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Replayed:
    """A replayed sweep and its truth: `final [N]`, the best over the full budget."""

    field: SweepSnapshot
    final: np.ndarray


def draw_setting(rng: np.random.Generator, horizon: int, n_bank: int) -> Setting:
    """Mostly aggressive settings: gentle ones leave almost no gems."""
    kind = rng.choice(["hyperband", "median", "random"], p=[0.84, 0.08, 0.08])
    eta = float(rng.choice([2, 3, 3, 4]))
    bands: list[int] = []
    if rng.random() < 0.7:
        least = int(rng.choice([1, 1, 1, 2, 3, 5, 5, 8, 10]))
        band = least
        k = 0
        while band <= horizon:
            bands.append(band)
            k += 1
            band = int(least * eta**k)
    else:
        top = float(rng.choice([27, horizon]))
        bands = sorted({int(top / eta**k) for k in range(1, int(rng.integers(2, 5)) + 1)} - {0})
        bands = [b for b in bands if b < horizon]
    n_runs = int(rng.integers(30, 121)) if rng.random() < 0.8 else int(rng.integers(10, 40))
    if n_runs >= n_bank:
        n_runs = round(n_bank * rng.uniform(0.65, 1.0))
    return Setting(
        kind=str(kind),
        bands=tuple(dict.fromkeys(bands)) or (1,),
        eta=eta,
        strict=bool(rng.random() < 0.6),
        grace=int(rng.integers(3, 11)),
        p_kill=float(rng.uniform(0.4, 0.8)),
        workers=int(rng.choice([1, 4, 8, 8, 16])),
        n_runs=n_runs,
        measured=bool(rng.random() < 0.5),
    )


def replay(bank: Bank, setting: Setting, rng: np.random.Generator) -> Replayed:
    """Run the sweep: workers take configurations in random order, the rule stops some."""
    rows = rng.permutation(len(bank.configs))[: setting.n_runs]
    values, horizon = bank.curves[rows], bank.curves.shape[1]
    pace = bank.report_s[rows] if setting.measured else np.ones(len(rows))
    n_reports = np.zeros(len(rows), dtype=int)
    stopped = np.zeros(len(rows), dtype=bool)
    finite: list[list[float]] = [[] for _ in rows]
    at_band: dict[int, list[float]] = {band: [] for band in setting.bands}
    sums: list[list[float]] = [[] for _ in range(horizon + 1)]
    kill_at = np.where(
        rng.random(len(rows)) < setting.p_kill, rng.integers(1, horizon, len(rows)), horizon + 1
    )
    waiting = list(range(len(rows)))[::-1]
    queue: list[tuple[float, int]] = []
    for _ in range(min(setting.workers, len(rows))):
        run = waiting.pop()
        heapq.heappush(queue, (float(pace[run]), run))
    while queue:
        now, run = heapq.heappop(queue)
        value = float(values[run, n_reports[run]])
        n_reports[run] += 1
        if np.isfinite(value):
            finite[run].append(value)
            n = len(finite[run])
            if n in at_band:
                bisect.insort(at_band[n], value)
            if setting.kind == "median":
                bisect.insort(sums[n], min(finite[run]))
        stops = (
            n_reports[run] < horizon
            and bool(finite[run])
            and _stops(setting, finite[run], at_band, sums, int(n_reports[run]), int(kill_at[run]))
        )
        if stops or n_reports[run] == horizon:
            stopped[run] = stops
            if waiting:
                after = waiting.pop()
                heapq.heappush(queue, (now + float(pace[after]), after))
        else:
            heapq.heappush(queue, (now + float(pace[run]), run))
    width = max((len(c) for c in finite), default=0)
    packed = np.array([[*c, *[np.nan] * (width - len(c))] for c in finite]).reshape(-1, width)
    field = SweepSnapshot(
        values=packed,
        n_reports=np.array([len(c) for c in finite], dtype=np.int64),
        best=np.array([min(c, default=np.nan) for c in finite]),
        has_curves=True,
        full=~stopped,
        stopped=stopped,
        horizon=np.full(len(rows), horizon, dtype=np.int64),
        configs=[bank.configs[row] for row in rows],
    )
    return Replayed(field=field, final=best_of(values))


def _stops(setting, curve, at_band, sums, n_reports, kill_at) -> bool:
    n = len(curve)
    if setting.kind == "random":
        return n_reports >= kill_at
    if setting.kind == "median":
        peers = sums[n]
        return n >= setting.grace and len(peers) > 2 and min(curve) > peers[len(peers) // 2]
    band = max((b for b in setting.bands if b <= n), default=0)
    if not band:
        return False
    peers = at_band[band]
    threshold = peers[int(len(peers) / setting.eta)] if len(peers) > 1 else np.inf
    return (curve[band - 1] if setting.strict else min(curve)) > threshold
