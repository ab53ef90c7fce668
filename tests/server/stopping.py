"""Hyperband stops: this project's own rule, judged on what has been received so far."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from wbtools.model import Goal, SweepView
from wbtools.rules.hyperband import Hyperband

if TYPE_CHECKING:
    from tests.server.state import Run, State, Sweep


def reports(run: Run, metric: str) -> list[float]:
    """The finite reports of a metric so far: W&B drops NaN, infinities, texts and booleans."""
    rows = getattr(run.history, "rows", None)
    if rows is None:
        column = run.history.columns.get(metric, np.array([]))  # type: ignore[attr-defined]
        return [float(value) for value in column if math.isfinite(value)]
    values = [row[metric] for row in rows if metric in row]
    return [float(value) for value in values if _is_finite(value)]


def _is_finite(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def judge(state: State, sweep: Sweep) -> None:
    """Flag the running runs of a sweep that Hyperband stops at this moment."""
    config = sweep.config
    block = config.get("early_terminate")
    metric = config.get("metric") or {}
    if not block or "name" not in metric:
        return
    runs = state.sweep_runs(sweep)
    sign = Goal(metric.get("goal", "minimize")).sign
    curves = [[sign * value for value in reports(run, metric["name"])] for run in runs]
    width = max(map(len, curves), default=0)
    if not width:
        return
    values = np.zeros((len(runs), width))
    for row, curve in zip(values, curves, strict=True):
        row[: len(curve)] = curve
    verdict = Hyperband.from_block(block).decide(
        SweepView(
            values=values,
            n_reports=np.array(list(map(len, curves)), dtype=np.int64),
            active=np.array([run.state == "running" and not run.should_stop for run in runs]),
        )
    )
    for k in np.flatnonzero(verdict.stop):
        runs[k].should_stop = runs[k].stopped = True
        runs[k].stop_report = len(curves[k])
        runs[k].updated_at = state.now()
