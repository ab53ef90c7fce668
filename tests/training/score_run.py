"""Predictions for replayed sweeps by the package's `Projector`, as the scorer takes them.

A sweep is what its user could see after it had ended: goal, budget, runs with configuration, state
and history. A record holds, for every stopped or killed run, the best value over the full budget as
a distribution, and P(gem); and whether an audit would rank the sweep's runs at all.
"""

from __future__ import annotations

import gzip
import json
import time
from typing import TYPE_CHECKING

import numpy as np

from wbtools.analysis.gems import PRIOR_P_GEM
from wbtools.analysis.projection import SweepSnapshot
from wbtools.analysis.rankability import judge_rankability

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from wbtools.analysis.projection import ProjectedBest, Projections, Projector

_MOST_QUANTILES = 50


def read(path: Path) -> list[dict]:
    """The lines of a JSONL file, which may be compressed."""
    with gzip.open(path, "rt") if path.suffix == ".gz" else path.open() as file:
        return [json.loads(line) for line in file if line.strip()]


def write(path: Path, records: Iterable[Mapping]) -> None:
    """A line a record."""
    with path.open("w") as file:
        for record in records:
            file.write(json.dumps(record) + "\n")


def run(sweeps: Iterable[Mapping], projector_of: Callable[[Mapping], Projector]) -> Iterator[dict]:
    """A record for each sweep, by the projector that is meant for it."""
    for sweep in sweeps:
        projector = projector_of(sweep)
        begun = time.perf_counter()
        projections = project(sweep, projector)
        predictions = predictions_of(sweep, projections)
        yield {
            "sweep_id": sweep["sweep_id"],
            "seconds": time.perf_counter() - begun,
            "can_rank": can_rank(sweep, projections),
            "predictions": predictions,
        }


def predict(sweep: Mapping, projector: Projector) -> dict[str, dict]:
    """A prediction by run id for every stopped or killed run."""
    return predictions_of(sweep, project(sweep, projector))


def snapshot_of(sweep: Mapping) -> SweepSnapshot:
    """The sweep's runs, lower is better."""
    sign = _sign(sweep)
    runs = sweep["runs"]
    kept = [
        [k for k, v in enumerate(r["history"]) if v is not None and np.isfinite(v)] for r in runs
    ]
    finite = [[sign * run["history"][k] for k in at] for run, at in zip(runs, kept, strict=True)]
    width = max(map(len, finite), default=0)
    return SweepSnapshot(
        values=_packed(finite, width),
        n_reports=np.array([len(c) for c in finite], dtype=np.int64),
        best=np.array([min(c, default=np.nan) for c in finite]),
        has_curves=width > 0,
        full=np.array([run["state"] == "finished" for run in runs]),
        stopped=np.array([run["state"] in {"stopped", "killed"} for run in runs]),
        horizon=np.full(len(runs), sweep["budget"], dtype=np.int64),
        configs=[run["config"] for run in runs],
        rates=_packed(
            [[_rate(run, k) for k in at] for run, at in zip(runs, kept, strict=True)], width
        ),
    )


def project(sweep: Mapping, projector: Projector) -> Projections | dict[int, ProjectedBest]:
    """Projections by row; none without a finished run."""
    snapshot = snapshot_of(sweep)
    bar = _bar(snapshot)
    return {} if bar is None else projector.predict(snapshot, bar)


def can_rank(sweep: Mapping, projections: Projections) -> bool:
    """Whether an audit would rank the runs by these projections; not where there are none."""
    snapshot = snapshot_of(sweep)
    bar = _bar(snapshot)
    if bar is None or not projections:
        return False
    ranking = judge_rankability(snapshot, projections, bar, method=projections.method)
    return ranking is None or not ranking.is_impossible


def predictions_of(
    sweep: Mapping, projections: Mapping[int, ProjectedBest]
) -> dict[str, dict[str, object]]:
    """Projections in the metric's own units, by run id; of runs without one, a prior."""
    sign, snapshot = _sign(sweep), snapshot_of(sweep)
    known = snapshot.best[np.isfinite(snapshot.best)]
    by_run: dict[str, dict[str, object]] = {}
    for row in np.flatnonzero(snapshot.stopped).tolist():
        run_id = sweep["runs"][row]["run_id"]
        if row not in projections:
            best = snapshot.best[row]
            around = np.array([best]) if np.isfinite(best) else known if len(known) else np.zeros(1)
            low, middle, high = sorted(np.quantile(around, (0.05, 0.5, 0.95)) * sign)
            by_run[run_id] = {
                "p_gem": PRIOR_P_GEM,
                "mean": float(middle),
                "lo90": float(low),
                "hi90": float(high),
            }
            continue
        projection = projections[row]
        levels, values = projection.levels, projection.quantiles * sign
        inside = np.array(projection.interval)
        if sign < 0:
            levels, values, inside = 1 - levels[::-1], values[::-1], 1 - inside[::-1]
        low, middle, high = np.interp((inside[0], 0.5, inside[1]), levels, values)
        kept = np.unique(np.linspace(0, len(levels) - 1, _MOST_QUANTILES).astype(int))
        by_run[run_id] = {
            "p_gem": projection.p_gem,
            "mean": float(middle),
            "lo90": float(low),
            "hi90": float(high),
            "q": {str(float(levels[k])): float(values[k]) for k in kept},
        }
    return by_run


def _bar(snapshot: SweepSnapshot) -> float | None:
    finals = snapshot.best[snapshot.full & np.isfinite(snapshot.best)]
    return float(finals.min()) if len(finals) else None


def _sign(sweep: Mapping) -> float:
    return 1.0 if sweep["goal"] == "minimize" else -1.0


def _packed(rows: list[list[float]], width: int) -> np.ndarray:
    """`[N, width]`, NaN to the right."""
    return np.array([[*row, *[np.nan] * (width - len(row))] for row in rows]).reshape(-1, width)


def _rate(run: Mapping, report: int) -> float:
    """The logged learning rate; NaN where there is none."""
    logged = run.get("lr") or []
    value = logged[report] if report < len(logged) else None
    return np.nan if value is None else value
