"""The moment at which runs are read: each at its best, at its end, or all at one step."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

import numpy as np

from wbtools.analysis.alignment import Alignment, Link, align
from wbtools.analysis.diagnosis.outcomes import best_and_last
from wbtools.errors import DataError, UsageError
from wbtools.model.progress import progress_names
from wbtools.sweepfile.kinds import finite_number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from wbtools.model import Curves, Metric, Sweep

_AT_ONCE: Final = frozenset({Link.ROW, Link.ONLY})
_STEP: Final = re.compile(r"step=(\d{1,15})")


class ReadingMoment(StrEnum):
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
class ReadAt:
    """A moment, and the `_step` where it is one."""

    moment: ReadingMoment = ReadingMoment.BEST
    step: int = 0

    def __str__(self) -> str:
        """As `--at` takes it."""
        return f"step={self.step}" if self.moment is ReadingMoment.STEP else str(self.moment)


def parse_at(text: str) -> ReadAt:
    """Read `best`, `best-each`, `last` or `step=N`.

    Raises:
        UsageError: It is none of these.
    """
    step = _STEP.fullmatch(text)
    if step is not None:
        return ReadAt(moment=ReadingMoment.STEP, step=int(step[1]))
    if text in {ReadingMoment.BEST, ReadingMoment.BEST_EACH, ReadingMoment.LAST}:
        return ReadAt(moment=ReadingMoment(text))
    msg = f"--at {text!r} is not a moment of a run"
    raise UsageError(msg, "write best, best-each, last or step=N (W&B's _step)")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Readings:
    """What runs had at a moment.

    Attributes:
        values: `float64 [N, M]` in the metrics' own units and direction; NaN where there is none.
        alignments: How the others' reports were found that belong to the first metric's best, of
            those that have curves; empty at other moments.
    """

    values: NDArray[np.float64]
    alignments: tuple[Alignment, ...] = ()


def read_at(sweep: Sweep, metrics: Sequence[Metric], at: ReadAt) -> Readings:
    """Read every metric of every run at a moment.

    At `best` the others are read where the first metric is best: see `alignment`. A metric that a
    run reported once, as a test at the end, is that value whatever the moment, except before a
    given step. A number in the summary stands in for a metric without any report, except at a step;
    where that is the first metric, the others are read at their own best.

    Args:
        sweep: With the curves of the metrics, and of counters of training where rows need them; or
            a run table.
        metrics: At least one; the first leads.
        at: The moment.

    Raises:
        DataError: A step is asked of a source without curves.
    """
    if at.moment is ReadingMoment.STEP and not sweep.curves:
        msg = f"{sweep.ref} holds one value a run, and knows no steps"
        raise DataError(
            msg, "leave --at out, or name the runs' wandb/ folder in place of the run table"
        )
    found = np.full((len(sweep.runs), len(metrics)), np.nan)
    leading = _leading(sweep, metrics, at)
    alignments = []
    for k, metric in enumerate(metrics):
        curves = sweep.curves.get(metric.name)
        if curves is not None and k and leading is not None:
            found[:, k], alignment = leading.of(curves)
            alignments.append(alignment)
        elif curves is not None:
            found[:, k] = _read(curves, metric, at)
        if at.moment is ReadingMoment.STEP:
            continue
        for row, run in enumerate(sweep.runs):
            if curves is None or not curves.n_reports[row]:
                found[row, k] = finite_number(run.summary.get(metric.name))
    return Readings(values=found, alignments=tuple(alignments))


def needs_counters(sweep: Sweep, metrics: Sequence[Metric], at: ReadAt) -> bool:
    """Whether a run's reports at the first metric's best stand in rows of their own.

    Args:
        sweep: With the metrics' curves.
        metrics: The first leads.
        at: The moment.
    """
    leading = _leading(sweep, metrics, at)
    others = [sweep.curves[metric.name] for metric in metrics[1:] if metric.name in sweep.curves]
    found = [] if leading is None else [leading.of(other)[1] for other in others]
    return any(link not in _AT_ONCE for alignment in found for link, _ in alignment.n_runs)


@dataclass(frozen=True, slots=True)
class _Leading:
    """The first metric's best reports, which say where the others are read."""

    curves: Curves
    places: NDArray[np.int64]
    counters: tuple[Curves, ...]

    def of(self, other: Curves) -> tuple[NDArray[np.float64], Alignment]:
        """`[N]` another metric there, and how its reports were found."""
        places, alignment = align(self.curves, self.places, other, self.counters)
        rows = np.arange(len(places))
        values = (
            other.values[rows, np.maximum(places, 0)]
            if other.values.size
            else np.full(len(rows), np.nan)
        )
        return np.where(places >= 0, values, np.nan), alignment


def _leading(sweep: Sweep, metrics: Sequence[Metric], at: ReadAt) -> _Leading | None:
    lead = sweep.curves.get(metrics[0].name)
    if at.moment is not ReadingMoment.BEST or lead is None:
        return None
    names = {metric.name for metric in metrics}
    counters = [sweep.curves[name] for name in progress_names(sweep.curves) if name not in names]
    _, best_at, _ = best_and_last(lead, metrics[0].goal)
    return _Leading(lead, best_at - 1, tuple(counters))


def _read(curves: Curves, metric: Metric, at: ReadAt) -> NDArray[np.float64]:
    """`[N]` one metric, whatever the others are."""
    best, _, last = best_and_last(curves, metric.goal)
    if at.moment is ReadingMoment.LAST:
        return last
    if at.moment is ReadingMoment.STEP:
        return _at_step(curves, at.step)
    return best


def _at_step(curves: Curves, step: int) -> NDArray[np.float64]:
    """`[N]` the latest report at or before a `_step`; NaN for runs that did not come so far."""
    n, width = curves.values.shape
    if not width:
        return np.full(n, np.nan)
    inside = np.arange(width) < curves.n_reports[:, None]
    place = np.where(inside & (curves.steps <= step), np.arange(width), -1).max(axis=1)
    values = curves.values[np.arange(n), np.maximum(place, 0)]
    known = (place >= 0) & (inside & (curves.steps >= step)).any(axis=1)
    return np.where(known, values, np.nan)
