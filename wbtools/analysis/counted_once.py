"""Reports that runs made again after they had gone back to a checkpoint, counted once.

W&B's server keeps every row of a run that was resumed, with steps that go on rising: only what
counts training tells which rows repeat others. Such a run falls back once, to later than where it
began, and then goes further than it had been. A run that holds several trainings begins again, and
a last report about an earlier epoch, as of the best weights, goes no further.

Run files are joined so as they are read, attempt by attempt (`wbtools.sources.local`).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from wbtools.findings import Confidence, Finding, Severity
from wbtools.model.progress import progress_name, units_of_name
from wbtools.text.numbers import count

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from wbtools.model import Curves, Sweep

_CODE: Final = "WBT113"
_MOST_NAMED: Final = 20
_PAUSE: Final = 1.5
"""Times the usual time from report to report: who was stopped and started takes longer."""


def counted_once(sweep: Sweep, metrics: Sequence[str]) -> Sweep:
    """The sweep with the reports that runs made again counted once, as they were made last.

    `curves_with_repeats` has all of them, and a finding says whose they are.

    Args:
        sweep: With the curves of the metrics, and of what counts training.
        metrics: Logged names; the first is the one by which runs are judged.
    """
    counter = _counter(sweep, metrics)
    if counter is None:
        return sweep
    curves, with_repeats = dict(sweep.curves), dict(sweep.curves_with_repeats)
    judged: dict[str, int] = {}
    for name, of in sweep.curves.items():
        if units_of_name(name) and name not in metrics[:1]:
            continue
        kept = {
            row: mask
            for row, run_id in enumerate(of.run_ids)
            if (mask := _kept(of, row, sweep.curves[counter], run_id)) is not None
        }
        if kept:
            curves[name] = _only(of, kept)
            with_repeats.setdefault(name, of)
        if name == metrics[0]:
            judged = {of.run_ids[row]: int((~mask).sum()) for row, mask in kept.items()}
    findings = (_made_again(judged, metrics[0], counter),) if judged else ()
    return replace(
        sweep,
        curves=curves,
        curves_with_repeats=with_repeats,
        findings=(*sweep.findings, *findings),
    )


def _counter(sweep: Sweep, metrics: Sequence[str]) -> str | None:
    if not metrics or metrics[0] not in sweep.curves:
        return None
    sizes = {name: of.values.size for name, of in sweep.curves.items() if name != metrics[0]}
    return progress_name(sizes, {key for run in sweep.runs for key in run.config})


def _kept(of: Curves, row: int, counter: Curves, run_id: str) -> NDArray[np.bool_] | None:
    """`bool [n]` which reports of a run count; None where it made none again."""
    if run_id not in counter.run_ids:
        return None
    at = counter.run_ids.index(run_id)
    n, n_counts = int(of.n_reports[row]), int(counter.n_reports[at])
    steps, counted_at = of.steps[row, :n], counter.steps[at, :n_counts]
    if not n or not n_counts or (np.diff(steps) <= 0).any() or (np.diff(counted_at) <= 0).any():
        return None  # several attempts, whose steps begin again
    place = np.searchsorted(counted_at, steps, side="right") - 1
    if place[0] < 0:
        return None
    return _last_of_each(counter.values[at, :n_counts][place], of.times_s[row, :n])


def _last_of_each(
    counts: NDArray[np.float64], times_s: NDArray[np.float64]
) -> NDArray[np.bool_] | None:
    """`bool [n]` the reports that no later ones repeat; None unless it is clear that some do.

    Args:
        counts: `[n]` how far training had come at each report.
        times_s: `[n]` when each was made; NaN where unknown.
    """
    steps, took_s = np.diff(counts), np.diff(times_s)
    # The last report alone may have been made again; within an epoch there is no pause before it.
    usual_s = np.median(took_s) if len(took_s) else np.nan
    again = (steps == 0) & (took_s > _PAUSE * usual_s)
    falls = np.flatnonzero((steps < 0) | again) + 1
    if not len(falls) or ((steps == 0) & ~again).any():
        return None
    reached = np.maximum.accumulate(counts)
    goes_further = all(counts[fall:].max() > reached[fall - 1] for fall in falls.tolist())
    if not goes_further or (counts[falls] <= counts[0]).any():
        return None
    # The lowest count that comes later: what is not below it was made again.
    later = np.minimum.accumulate(counts[::-1])[::-1]
    return np.append(counts[:-1] < later[1:], True)


def _only(of: Curves, kept: Mapping[int, NDArray[np.bool_]]) -> Curves:
    """The curves with some reports of some runs alone."""
    n_reports = of.n_reports.copy()
    values, steps, times_s = of.values.copy(), of.steps.copy(), of.times_s.copy()
    for row, mask in kept.items():
        n, n_before = int(mask.sum()), len(mask)
        for array, empty in ((values, np.nan), (steps, 0), (times_s, np.nan)):
            array[row, :n] = array[row, :n_before][mask]
            array[row, n:n_before] = empty
        n_reports[row] = n
    width = int(n_reports.max(initial=0))
    return replace(
        of,
        values=values[:, :width],
        steps=steps[:, :width],
        times_s=times_s[:, :width],
        n_reports=n_reports,
    )


def _made_again(again: Mapping[str, int], metric: str, counter: str) -> Finding:
    """Say whose reports count once.

    Args:
        again: By run id, how many were made again; at least one run.
        metric: The one by which runs are judged.
        counter: What tells it.
    """
    n, is_one = sum(again.values()), len(again) == 1
    who = f"the run {next(iter(again))}" if is_one else f"{len(again)} runs"
    return Finding(
        code=_CODE,
        severity=Severity.INFO,
        confidence=Confidence.MEDIUM,
        subject=next(iter(again)) if is_one else "sweep",
        title=f"{who} went back and made {count(n, 'report')} of {metric} again: "
        f"{'it counts' if n == 1 else 'they count'} once, as the logged {counter} tells",
        evidence={
            "run_ids": list(again)[:_MOST_NAMED],
            "n_reports_again": n,
            "counter": counter,
        },
        hint="a rule that counts every row, as W&B's server does, takes what came later for reports"
        " that came later still",
    )
