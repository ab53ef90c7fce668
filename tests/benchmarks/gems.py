"""Hidden gems by the shipped projection, in the words of the scorer of replayed sweeps.

`predict` and `predict_loto` take a sweep as its user could see it after it had ended (a dictionary:
goal, budget, runs with configuration, state, history) and give, for every stopped or killed run,
the best value over the full budget as a distribution, and P(gem).
"""

from __future__ import annotations

import numpy as np

from wbtools.analysis.gems import Field, judge_gems

LEVELS = (0.05, 0.5, 0.95)


def field(sweep: dict) -> Field:
    """The sweep's runs, lower is better."""
    sign = 1.0 if sweep["goal"] == "minimize" else -1.0
    runs = sweep["runs"]
    finite = [
        [sign * v for v in run["history"] if v is not None and np.isfinite(v)] for run in runs
    ]
    width = max(map(len, finite), default=0)
    values = np.array([[*c, *[np.nan] * (width - len(c))] for c in finite]).reshape(-1, width)
    return Field(
        values=values,
        n_reports=np.array([len(c) for c in finite], dtype=np.int64),
        best=np.array([min(c, default=np.nan) for c in finite]),
        has_curves=True,
        full=np.array([run["state"] == "finished" for run in runs]),
        stopped=np.array([run["state"] in {"stopped", "killed"} for run in runs]),
        horizon=np.full(len(runs), sweep["budget"], dtype=np.int64),
        configs=[run["config"] for run in runs],
    )


def predict(sweep: dict) -> dict[str, dict]:
    """By the shipped projection."""
    sign = 1.0 if sweep["goal"] == "minimize" else -1.0
    seen = field(sweep)
    finals = seen.best[seen.full & np.isfinite(seen.best)]
    bar = float(finals.min()) if len(finals) else None
    projections, _ = judge_gems(seen, bar, sign=sign)
    known = seen.best[np.isfinite(seen.best)]
    answer = {}
    for row, one in projections.items():
        best = float(seen.best[row]) if np.isfinite(seen.best[row]) else float(np.median(known))
        if one.median is None:
            answer[sweep["runs"][row]["run_id"]] = {
                "p_gem": one.p_gem,
                "mean": best * sign,
                "lo90": best * sign,
                "hi90": best * sign,
            }
            continue
        answer[sweep["runs"][row]["run_id"]] = {
            "p_gem": one.p_gem,
            "mean": one.median,
            "lo90": one.low,
            "hi90": one.high,
        }
    return answer


def predict_loto(sweep: dict) -> dict[str, dict]:
    """The same: the baseline has nothing that was learned from a task."""
    return predict(sweep)
