"""The moment at which runs are read: each at its best, at its end, or all at one step."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

import numpy as np

from wbtools.analysis.diagnosis.outcomes import best_and_last
from wbtools.errors import DataError, UsageError
from wbtools.sweepfile.kinds import finite_number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from wbtools.model import Curves, Metric, Sweep

_STEP: Final = re.compile(r"step=(\d{1,15})")


class Checkpoint(StrEnum):
    """When a run's metrics are read.

    `best`: where the first metric is best, the others at that very moment: one checkpoint.
    `best-each`: every metric at its own best, which no single checkpoint need have reached.
    `last`: every metric's last finite report.
    `step`: the latest report at or before one `_step`, of runs that came so far.
    """

    BEST = "best"
    BEST_EACH = "best-each"
    LAST = "last"
    STEP = "step"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckpointChoice:
    """A moment, and the `_step` where it is one."""

    moment: Checkpoint = Checkpoint.BEST
    step: int = 0

    def __str__(self) -> str:
        """As `--at` takes it."""
        return f"step={self.step}" if self.moment is Checkpoint.STEP else str(self.moment)


def parse_at(text: str) -> CheckpointChoice:
    """Read `best`, `best-each`, `last` or `step=N`.

    Raises:
        UsageError: It is none of these.
    """
    step = _STEP.fullmatch(text)
    if step is not None:
        return CheckpointChoice(moment=Checkpoint.STEP, step=int(step[1]))
    if text in {Checkpoint.BEST, Checkpoint.BEST_EACH, Checkpoint.LAST}:
        return CheckpointChoice(moment=Checkpoint(text))
    msg = f"--at {text!r} is no moment of a run"
    raise UsageError(msg, "write best, best-each, last or step=N (W&B's _step)")


def values_at(sweep: Sweep, metrics: Sequence[Metric], at: CheckpointChoice) -> NDArray[np.float64]:
    """Read every metric of every run at a moment.

    At `best` the others are read at the step at which the first metric is best: their report of
    that step, else the latest one before it. A metric that a run reported once, as a test at the
    end, is that value whatever the moment, except before a given step. A number in the summary
    stands in for a metric without any report, except at a step; where that is the first metric, the
    others are read at their own best.

    Args:
        sweep: With the metrics' curves, or a run table.
        metrics: At least one; the first leads.
        at: The moment.

    Returns:
        `float64 [N, M]` in the metrics' own units and direction; NaN where there is no value.

    Raises:
        DataError: A step is asked of a source without curves.
    """
    if at.moment is Checkpoint.STEP and not sweep.curves:
        msg = f"{sweep.ref} holds one value a run, and no steps"
        raise DataError(msg, "leave --at away; from a run table, name the runs' wandb/ folder")
    found = np.full((len(sweep.runs), len(metrics)), np.nan)
    lead = sweep.curves.get(metrics[0].name)
    for k, metric in enumerate(metrics):
        curves = sweep.curves.get(metric.name)
        if curves is not None:
            found[:, k] = _read(curves, metric, at, lead if k else None, metrics[0])
        if at.moment is Checkpoint.STEP:
            continue
        for row, run in enumerate(sweep.runs):
            if curves is None or not curves.n_reports[row]:
                found[row, k] = finite_number(run.summary.get(metric.name))
    return found


def _read(
    curves: Curves, metric: Metric, at: CheckpointChoice, lead: Curves | None, first: Metric
) -> NDArray[np.float64]:
    """`[N]` one metric; `lead` is the first metric's curves, None for the first itself."""
    best, _, last = best_and_last(curves, metric.goal)
    if at.moment is Checkpoint.LAST:
        return last
    if at.moment is Checkpoint.STEP:
        return _until(curves, np.full(len(best), at.step), reached=True)
    if at.moment is Checkpoint.BEST_EACH or lead is None:
        return best
    _, led_at, _ = best_and_last(lead, first.goal)
    rows = np.arange(len(best))
    place = np.maximum(led_at - 1, 0)
    steps = lead.steps[rows, place] if lead.steps.size else np.zeros_like(place)
    values = _until(curves, steps, reached=False)
    values[led_at == 0] = np.nan
    return np.where(curves.n_reports == 1, last, values)


def _until(curves: Curves, steps: NDArray[np.int64], *, reached: bool) -> NDArray[np.float64]:
    """`[N]` the latest report at or before each run's step; NaN where there is none.

    Args:
        curves: One metric's.
        steps: `[N]` W&B's `_step`.
        reached: NaN also for a run whose reports all lie before the step.
    """
    n, width = curves.values.shape
    if not width:
        return np.full(n, np.nan)
    inside = np.arange(width) < curves.n_reports[:, None]
    before = inside & (curves.steps <= steps[:, None])
    place = np.where(before, np.arange(width), -1).max(axis=1)
    values = curves.values[np.arange(n), np.maximum(place, 0)]
    known = place >= 0
    if reached:
        known &= (inside & (curves.steps >= steps[:, None])).any(axis=1)
    return np.where(known, values, np.nan)
