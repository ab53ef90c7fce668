"""Runs that hold several trainings one after the other, which are not one curve.

A program that tries several settings, folds or tasks within one `wandb.init` logs them all into one
run. Its epoch falls back to the first one again and again, each training lasts about as long, and
the metric begins anew. A run that was resumed goes back once, a few epochs, to where it had been; a
count of batches that begins again in every epoch leaves the metric where it was.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from wbtools.findings import Confidence, Finding, Severity
from wbtools.model.progress import units_of_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from wbtools.model import Curves, Sweep

    Floats = NDArray[np.float64]

CODE: Final = "WBT135"
_FEWEST: Final = 3
"""Trainings: a run that began again once may have been started again."""
_FEWEST_REPORTS: Final = 2
_MOST: Final = 0.75
"""Share of the trainings that have to be as long as others, and to begin anew."""
_AS_LONG: Final = 2.0
"""How many times as long as the middle one a training may be, or the other way round."""
_ERRORS: Final = 2.0
"""Standard errors that the mean gain of a training is from none."""
_LOST: Final = 0.5
"""Share of what a training had come to that is gone where the next one begins anew."""


@np.errstate(over="ignore", invalid="ignore")  # 1e308 is a value too
def several_trainings(sweep: Sweep, metrics: Sequence[str]) -> tuple[Finding, ...]:
    """Find the runs that hold several trainings.

    Args:
        sweep: With the curves of the metrics, and of what counts training beside them.
        metrics: Logged names by which it is judged.

    Returns:
        One finding about all such runs, or none.
    """
    if any(finding.code == CODE for finding in sweep.findings):
        return ()
    counters = [name for name in sweep.curves if name not in metrics and units_of_name(name)]
    n_by_run: dict[str, int] = {}
    counted_by = judged = ""
    for metric in metrics:
        for counter in counters if metric in sweep.curves else ():
            found = _by_run(sweep.curves[metric], sweep.curves[counter])
            if len(found) > len(n_by_run):
                n_by_run, counted_by, judged = found, counter, metric
    if not n_by_run:
        return ()
    least, most = min(n_by_run.values()), max(n_by_run.values())
    each = f"{most}" if least == most else f"{least} to {most}"
    runs = "it holds" if len(n_by_run) == 1 else f"{len(n_by_run)} runs hold"
    title = (
        f"{runs} {each} trainings one after the other, not one curve: "
        f"{counted_by!r} begins again and {judged!r} begins anew"
    )
    return (
        Finding(
            code=CODE,
            severity=Severity.WARNING,
            confidence=Confidence.MEDIUM,
            subject=next(iter(n_by_run)) if len(n_by_run) == 1 else "sweep",
            title=title,
            evidence={
                "n": len(sweep.runs),
                "counter": counted_by,
                "n_trainings": dict(n_by_run),
                "run_ids": list(n_by_run),
            },
            hint="a best value is that of its best training; begin a run (`wandb.init`) for each",
        ),
    )


def _by_run(curves: Curves, counter: Curves) -> dict[str, int]:
    """Trainings of each run that holds several."""
    row_of = {run_id: row for row, run_id in enumerate(counter.run_ids)}
    found = {}
    for row, run_id in enumerate(curves.run_ids):
        at, n = row_of.get(run_id), int(curves.n_reports[row])
        if at is None:
            continue
        n_counted = int(counter.n_reports[at])
        trainings = _trainings(
            curves.values[row, :n],
            curves.steps[row, :n],
            counter.values[at, :n_counted],
            counter.steps[at, :n_counted],
        )
        if trainings > 1:
            found[run_id] = trainings
    return found


def _trainings(
    values: Floats, steps: NDArray[np.int64], counts: Floats, counted_at: NDArray[np.int64]
) -> int:
    """How many trainings one after the other a run surely holds; 1 where nothing says so.

    Args:
        values: `[n]` reports of the metric.
        steps: `[n]` `_step` of each.
        counts: `[m]` what counted training.
        counted_at: `[m]` `_step` of each.
    """
    if len(counts) < _FEWEST * _FEWEST_REPORTS:
        return 1
    # Steps that fall are those of several attempts: the run was started again.
    if (np.diff(steps) < 0).any() or (np.diff(counted_at) < 0).any():
        return 1
    falls = np.flatnonzero(np.diff(counts) < 0) + 1
    if len(falls) + 1 < _FEWEST or (counts[falls] != counts[0]).any():
        return 1
    places = np.searchsorted(steps, counted_at[falls], side="left")
    ends = np.array([*places, len(values)])
    begins = np.array([0, *places])
    lengths = ends - begins
    if (lengths < 1).any() or np.median(lengths) < _FEWEST_REPORTS:
        return 1
    middle = float(np.median(lengths))
    # The last one may still have been going on.
    whole = lengths[:-1]
    as_long = (whole <= _AS_LONG * middle) & (whole * _AS_LONG >= middle)
    first, last = values[begins], values[ends - 1]
    gained, lost = last - first, last[:-1] - first[1:]
    anew = np.sign(gained[:-1]) * lost >= _LOST * np.abs(gained[:-1])
    anew &= gained[:-1] != 0
    # What trainings gain is no noise: they mostly agree in which way it goes.
    goes = abs(gained.mean()) >= _ERRORS * gained.std(ddof=1) / np.sqrt(len(gained))
    is_so = (
        as_long.mean() >= _MOST
        and lengths[-1] <= _AS_LONG * middle
        and anew.mean() >= _MOST
        and goes
    )
    return len(lengths) if is_so else 1
