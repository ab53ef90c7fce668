"""Hidden gems by the package's projections, in the words of a scorer of replayed sweeps.

`predict` and the others take a sweep as its user could see it after it had ended (a dictionary:
goal, budget, runs with configuration, state, history) and give, for every stopped or killed run,
the best value over the full budget as a distribution, and P(gem). `predict` uses the shipped model,
`predict_loto` the one that was fitted without the sweep's own task; the others are the plain
methods that `--method` offers.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from wbtools.analysis.gems import PRIOR_P_GEM
from wbtools.analysis.projection import Method, Projector, SweepSnapshot, Weights
from wbtools.app.model_weights import load_weights

WITHOUT = Path(__file__).parent / "without"


def field(sweep: dict) -> SweepSnapshot:
    """The sweep's runs, lower is better."""
    sign = 1.0 if sweep["goal"] == "minimize" else -1.0
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


def _packed(rows: list[list[float]], width: int) -> np.ndarray:
    """`[N, width]`, NaN to the right."""
    return np.array([[*row, *[np.nan] * (width - len(row))] for row in rows]).reshape(-1, width)


def _rate(run: dict, report: int) -> float:
    """The logged learning rate; NaN where there is none."""
    logged = run.get("lr") or []
    value = logged[report] if report < len(logged) else None
    return np.nan if value is None else value


def predictions(
    sweep: dict, method: Method = Method.LEARNED, weights: Weights | None = None
) -> dict[str, dict]:
    """A prediction by run id for every stopped or killed run."""
    sign = 1.0 if sweep["goal"] == "minimize" else -1.0
    snapshot = field(sweep)
    finals = snapshot.best[snapshot.full & np.isfinite(snapshot.best)]
    projections = {}
    if len(finals):
        projector = Projector(method=method, weights=weights)
        projections = projector.predict(snapshot, float(finals.min()))
    known = snapshot.best[np.isfinite(snapshot.best)]
    by_run = {}
    for row in np.flatnonzero(snapshot.stopped).tolist():
        if row not in projections:
            best = snapshot.best[row]
            around = np.array([best]) if np.isfinite(best) else known if len(known) else np.zeros(1)
            low, middle, high = sorted(np.quantile(around, (0.05, 0.5, 0.95)) * sign)
            by_run[sweep["runs"][row]["run_id"]] = {
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
        kept = np.unique(np.linspace(0, len(levels) - 1, 50).astype(int))
        by_run[sweep["runs"][row]["run_id"]] = {
            "p_gem": projection.p_gem,
            "mean": float(middle),
            "lo90": float(low),
            "hi90": float(high),
            "q": {str(float(levels[k])): float(values[k]) for k in kept},
        }
    return by_run


def predict(sweep: dict) -> dict[str, dict]:
    """By the shipped model."""
    return predictions(sweep, weights=load_weights())


def predict_loto(sweep: dict) -> dict[str, dict]:
    """By the model that never saw the sweep's task."""
    return predictions(sweep, weights=load_weights(WITHOUT / f"{sweep['task']}.npz"))


def catch_up(sweep: dict) -> dict[str, dict]:
    """By a share of what completed runs still gained."""
    return predictions(sweep, Method.CATCH_UP)


def empirical_gain(sweep: dict) -> dict[str, dict]:
    """By what completed runs still gained."""
    return predictions(sweep, Method.EMPIRICAL_GAIN)


def curve_fit(sweep: dict) -> dict[str, dict]:
    """By families of curves."""
    return predictions(sweep, Method.CURVE_FIT)


def last(sweep: dict) -> dict[str, dict]:
    """By no further gain."""
    return predictions(sweep, Method.LAST)
