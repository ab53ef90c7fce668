"""Sweeps in which runs that continue another one hold the curves of both, one after the other."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from wbtools.analysis.verification.joined_curve import (
    CurvePart,
    JoinedPart,
    JoinedRun,
    Joint,
)
from wbtools.analysis.verification.joint_place import place_joint
from wbtools.model.progress import progress_name
from wbtools.text.brief import brief_repr

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from wbtools.model import ContinuedFrom, Curves, Run, Sweep


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RunParts:
    """One run with its curves, as it was logged or joined.

    Attributes:
        curves: By metric.
        n_nonfinite: Reports that were NaN or infinite, by metric.
        joined: Of the metric that ranks; None for a run that continues none.
    """

    __repr__ = brief_repr

    run: Run
    curves: Mapping[str, CurvePart]
    n_nonfinite: Mapping[str, int]
    joined: JoinedRun | None = None


def parts_of(
    sweep: Sweep,
    row: int,
    metrics: Sequence[str],
    counter: str | None,
    *,
    with_repeats: bool = False,
) -> RunParts:
    """One run of a sweep with its curves.

    Args:
        sweep: With `curves` of the metrics.
        row: Which run.
        metrics: Names.
        counter: The series that counts training; None without one.
        with_repeats: Take the reports that were made again, too.
    """
    curves = dict(sweep.curves) | (dict(sweep.curves_with_repeats) if with_repeats else {})
    found: dict[str, CurvePart] = {}
    for name in metrics:
        if name in curves:
            values, steps = _reports(curves[name], row)
            progress = None
            if counter is not None and counter in curves:
                progress = _progress(*_reports(curves[counter], row), steps)
            found[name] = CurvePart(
                values=values,
                steps=steps,
                counter="" if progress is None else counter or "",
                progress=progress,
            )
    return RunParts(
        run=sweep.runs[row],
        curves=found,
        n_nonfinite={name: int(curves[name].n_nonfinite[row]) for name in found},
    )


def counter_of(sweep: Sweep, metrics: Sequence[str]) -> str | None:
    """The series among a sweep's curves that counts training; None without one.

    Args:
        sweep: With curves.
        metrics: Those that count nothing.
    """
    sizes = {name: of.values.size for name, of in sweep.curves.items() if name not in metrics}
    return progress_name(sizes, {key for run in sweep.runs for key in run.config})


def _reports(curves: Curves, row: int) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    n = curves.n_reports[row]
    return curves.values[row, :n], curves.steps[row, :n]


def _progress(
    counts: NDArray[np.float64], counted_at: NDArray[np.int64], steps: NDArray[np.int64]
) -> NDArray[np.float64] | None:
    """`[n]` the count at each report: that of its step, or the last one before it."""
    if not len(counts):
        return None
    if (np.diff(counted_at) < 0).any() or (np.diff(steps) < 0).any():
        # `_step` began again: only rows that hold both can be matched.
        return counts if np.array_equal(counted_at, steps) else None
    at = np.searchsorted(counted_at, steps, side="right") - 1
    return np.where(at < 0, np.nan, counts[np.maximum(at, 0)])


def joined_run(
    before: RunParts,
    after: RunParts,
    metric: str,
    continues: ContinuedFrom | None = None,
    reports_per_epoch: float | None = None,
) -> RunParts:
    """A run that goes on with another one, with the curves of both.

    Args:
        before: What is continued; may itself be joined.
        after: What continues it.
        metric: By which runs are ranked.
        continues: What is known of the checkpoint; None if nothing.
        reports_per_epoch: Reports that an epoch makes; None if unknown.
    """
    curves: dict[str, CurvePart] = {}
    joints: dict[str, Joint] = {}
    for name, later in after.curves.items():
        earlier = before.curves.get(name, later.before(0))
        joints[name] = place_joint(earlier, later, continues, reports_per_epoch)
        curves[name] = earlier.before(joints[name].after).and_then(later)
    joint = joints.get(metric)
    n_nonfinite = {
        name: n + before.n_nonfinite.get(name, 0) for name, n in after.n_nonfinite.items()
    }
    joined = None
    if joint is not None:
        earlier_parts = (
            before.joined.parts
            if before.joined is not None
            else (JoinedPart(run=before.run, n_reports=_n_reports(before, metric)),)
        )
        parts = _cut(earlier_parts, joint.after)
        n_missing = joint.n_missing + (parts[-1].first + parts[-1].n_reports - 1 - joint.after)
        part = JoinedPart(
            run=after.run,
            n_reports=len(after.curves[metric].values),
            first=joint.after + n_missing + 1,
        )
        earlier_joints = () if before.joined is None else before.joined.joints
        joined = JoinedRun(parts=(*parts, part), joints=(*earlier_joints, joint))
    return RunParts(run=after.run, curves=curves, n_nonfinite=n_nonfinite, joined=joined)


def _n_reports(parts: RunParts, metric: str) -> int:
    curve = parts.curves.get(metric)
    return 0 if curve is None else len(curve.values)


def _cut(parts: Sequence[JoinedPart], n: int) -> tuple[JoinedPart, ...]:
    """The parts of a curve, of whose reports only the first `n` count."""
    cut = []
    for part in parts:
        taken = min(part.n_reports, n)
        cut.append(replace(part, n_reports=taken))
        n -= taken
    return tuple(cut)


def with_curves(sweep: Sweep, members: Mapping[int, RunParts], metrics: Sequence[str]) -> Sweep:
    """The sweep with other curves of some runs, and with no others than these metrics'.

    Args:
        sweep: With curves.
        members: By row. Their times are not known, as they are not those of one run.
        metrics: Names.
    """
    curves = {
        name: _with_rows(of, {row: parts for row, parts in members.items() if name in parts.curves})
        for name, of in sweep.curves.items()
        if name in metrics
    }
    runs = tuple(
        replace(run, attempts=run.attempts + 1) if row in members else run
        for row, run in enumerate(sweep.runs)
    )
    return replace(sweep, runs=runs, curves=curves, curves_with_repeats={})


def _with_rows(curves: Curves, members: Mapping[int, RunParts]) -> Curves:
    if not members:
        return curves
    name, n = curves.metric, curves.n_reports.copy()
    n_nonfinite = curves.n_nonfinite.copy()
    for row, parts in members.items():
        n[row] = len(parts.curves[name].values)
        n_nonfinite[row] = parts.n_nonfinite.get(name, 0)
    shape = (len(n), int(n.max(initial=0)))
    values, times_s = np.full(shape, np.nan), np.full(shape, np.nan)
    steps = np.zeros(shape, dtype=np.int64)
    for row, length in enumerate(n.tolist()):
        if row in members:
            part = members[row].curves[name]
            values[row, :length], steps[row, :length] = part.values, part.steps
        else:
            values[row, :length] = curves.values[row, :length]
            steps[row, :length] = curves.steps[row, :length]
            times_s[row, :length] = curves.times_s[row, :length]
    return replace(
        curves,
        values=values,
        steps=steps,
        times_s=times_s,
        n_reports=n,
        n_nonfinite=n_nonfinite,
    )
