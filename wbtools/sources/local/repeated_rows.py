"""The rows of a run over all its attempts, and which of them were logged again.

An attempt that begins at a step which the run had already reached, but not at 0, went on from a
checkpoint: its steps up to that point are left out. So does W&B, which takes no row whose step does
not rise ("steps must be monotonically increasing"). One that begins at step 0 is kept whole there:
W&B's offline mode counts from 0 again after every start, and a run that is resumed on a server goes
on counting behind its last row. Then only what a program logs itself tells which rows repeat what
had been trained before: an epoch, or a number of steps, that every row of the metric has, and that
rises from row to row. As where the server takes a run back, the rows behind the point that the
later attempt went back to are dropped, and those that were logged again stand in their place.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from wbtools.model import Series
from wbtools.model.progress import LIBRARY_NAMES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from wbtools.sources.local.run_reading import RunFile


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinedRows:
    """The rows of one metric over all attempts of a run.

    Attributes:
        rows: What the run came through: an epoch that was trained again is in it once, as it was
            trained last.
        counted: The same with every row that W&B counts; `rows` itself where none was logged again.
        counter: The logged name that counts what was trained, and so tells what was repeated; None
            where nothing does.
        restarts: A later attempt with rows counts its steps from 0 again.
    """

    rows: Series
    counted: Series
    counter: str | None = None
    restarts: bool = False

    @property
    def n_again(self) -> int:
        """Finite reports that count on W&B's server, and were made again later."""
        return _n_finite(self.counted) - _n_finite(self.rows)

    @property
    def first_shifted(self) -> int | None:
        """The first finite report, from 1, that is another one by W&B's count; None for none."""
        rows, counted = (_finite(series) for series in (self.rows, self.counted))
        n = min(len(rows), len(counted))
        differing = np.flatnonzero((rows[:n] != counted[:n]).any(axis=1))
        return int(differing[0]) + 1 if self.n_again and len(differing) else None


def joined_rows(files: Sequence[RunFile], metric: str) -> JoinedRows:
    """Put the rows of all attempts one after the other.

    Args:
        files: The attempts in the order of their start, read with `LIBRARY_NAMES`.
        metric: A metric that they were read with, too.
    """
    parts = _with_rising_steps(files, metric)
    counted = joined([rows for _, rows in parts])
    restarts = any(not file.first_step for file, _ in parts[1:])
    for name in LIBRARY_NAMES if len(parts) > 1 else ():
        known = [_progress(file, rows, name) for file, rows in parts if name != metric]
        progress = [values for values in known if values is not None]
        if len(progress) == len(parts):
            rows = _each_once([rows for _, rows in parts], progress)
            return JoinedRows(rows=rows, counted=counted, counter=name, restarts=restarts)
    return JoinedRows(rows=counted, counted=counted, restarts=restarts)


def goes_on_training(before: RunFile, after: RunFile) -> bool:
    """Whether an attempt begins further on than the earlier one began, as its steps or it says."""
    if after.first_step:
        return True
    for name in LIBRARY_NAMES:
        first, again = before.series.get(name), after.series.get(name)
        if first is not None and again is not None and len(first.values) and len(again.values):
            return bool(again.values[0] > first.values[0])
    return False


def joined(parts: Sequence[Series]) -> Series:
    """Rows one after the other; none of no part."""
    if len(parts) == 1:
        return parts[0]
    return Series(
        values=np.concatenate([np.empty(0), *(part.values for part in parts)]),
        steps=np.concatenate([np.empty(0, dtype=np.int64), *(part.steps for part in parts)]),
        times_s=np.concatenate([np.empty(0), *(part.times_s for part in parts)]),
    )


def _with_rising_steps(files: Sequence[RunFile], metric: str) -> list[tuple[RunFile, Series]]:
    """The attempts that have rows, and those rows without the steps that W&B does not take."""
    parts: list[tuple[RunFile, Series]] = []
    reached = -1
    for file in files:
        rows = file.series[metric]
        if not file.first_step:
            reached = -1
        elif file.first_step <= reached:
            rows = _only(rows, rows.steps > reached)
        reached = max(reached, int(rows.steps.max(initial=-1)))
        if len(rows.values):
            parts.append((file, rows))
    return parts


def _progress(file: RunFile, rows: Series, name: str) -> NDArray[np.float64] | None:
    """`[n]` how far the run had come at each row; None unless all tell, and it always rises."""
    logged = file.series.get(name)
    if logged is None or len(logged.values) < len(rows.values):
        return None
    at_step = dict(zip(logged.steps.tolist(), logged.values.tolist(), strict=True))
    progress = np.array([at_step.get(step, np.nan) for step in rows.steps.tolist()])
    return progress if np.isfinite(progress).all() and (np.diff(progress) > 0).all() else None


def _each_once(parts: Sequence[Series], progress: Sequence[NDArray[np.float64]]) -> Series:
    """The rows without those that a later attempt made again."""
    starts = [float(values[0]) for values in progress]
    return joined(
        [
            _only(rows, values < min(starts[place + 1 :], default=np.inf))
            for place, (rows, values) in enumerate(zip(parts, progress, strict=True))
        ]
    )


def _only(rows: Series, chosen: NDArray[np.bool_]) -> Series:
    return Series(
        values=rows.values[chosen], steps=rows.steps[chosen], times_s=rows.times_s[chosen]
    )


def _finite(rows: Series) -> NDArray[np.float64]:
    """`[n, 2]` values and times of the finite reports; an unknown time as 0."""
    finite = np.isfinite(rows.values)
    return np.column_stack([rows.values[finite], np.nan_to_num(rows.times_s[finite])])


def _n_finite(rows: Series) -> int:
    return int(np.isfinite(rows.values).sum())
