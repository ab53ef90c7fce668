"""Where a continuation begins in the curve of what it continues.

Which report of the original comes before the continuation's first is said, the best evidence first,
by what both logged of how far training had come; by what the checkpoint says of itself; by reports
that both made and that are equal bit for bit; by W&B's own `_step`, where a program sets it. Where
nothing says it, the continuation is taken to begin after the last report.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from wbtools.analysis.verification.curve_match import CurveMatch, curve_match
from wbtools.analysis.verification.joined_curve import CurvePart, Joint, JointEvidence
from wbtools.model.progress import EPOCHS, units_of_name
from wbtools.stats.spread import finite_or_none

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wbtools.model import ContinuedFrom

_FEWEST_EQUAL: Final = 3
"""Reports that have to be equal bit for bit to say where a continuation begins."""
_MOST_MISSING: Final = 2**31
_NEIGHBOURS: Final = 9
"""Steps from report to report before a joint, with which that at it is compared: those after it
may be large themselves, as a run that lost its optimizer's state soon catches up."""
_FEWEST_NEIGHBOURS: Final = 3
_NEAR: Final = 0.25
"""Of the way that the original had come: so near its first report a curve has fallen back to it."""


@np.errstate(over="ignore", invalid="ignore")  # 1e308 is a value too
def place_joint(
    before: CurvePart,
    after: CurvePart,
    continues: ContinuedFrom | None = None,
    reports_per_epoch: float | None = None,
) -> Joint:
    """Find where a continuation begins.

    Args:
        before: What is continued.
        after: What continues it.
        continues: What is known of the checkpoint; None if nothing.
        reports_per_epoch: Reports that an epoch makes; None if unknown.
    """
    if not len(before.values):
        return _joint(before, after, 0, JointEvidence.NO_REPORTS)
    restarts = _counter_restarts(before, after)
    if _begins_anew(before, after, continues, reports_per_epoch, restarts=restarts):
        return _joint(before, after, 0, JointEvidence.OVERLAP, is_anew=True)
    if before.progress is not None and after.progress is not None and not restarts:
        place = _by_counter(before, after)
        if place is not None:
            n, n_missing = place
            return _joint(
                before,
                after,
                n,
                JointEvidence.COUNTER,
                counter=before.counter,
                n_missing=n_missing,
                is_unrecorded=n_missing > 0 and _reaches_the_gap(before, after, continues),
            )
    ways = (
        (JointEvidence.CHECKPOINT, _by_checkpoint(before, continues, reports_per_epoch)),
        (JointEvidence.OVERLAP, _by_overlap(before.values, after.values)),
        (JointEvidence.STEP, _by_step(before.steps, after.steps)),
        (JointEvidence.ASSUMED, len(before.values)),
    )
    n, evidence = next((found, evidence) for evidence, found in ways if found is not None)
    joint = _joint(before, after, n, evidence, counter_restarts=restarts)
    if joint.falls_back:  # and no count of training speaks against it
        return _joint(before, after, 0, JointEvidence.OVERLAP, is_anew=True)
    return joint


def _joint(
    before: CurvePart,
    after: CurvePart,
    n: int,
    evidence: JointEvidence,
    *,
    counter: str = "",
    n_missing: int = 0,
    is_unrecorded: bool = False,
    is_anew: bool = False,
    counter_restarts: bool = False,
) -> Joint:
    matched = curve_match(before.values[n:], after.values)
    at = (matched.first_difference, matched.largest_at)
    first, largest_at = (None if report is None else report + n for report in at)
    jump = usual = None
    if n and len(after.values) and not n_missing:
        jump = finite_or_none(after.values[0] - before.values[n - 1])
        steps = np.abs(np.diff(before.values[:n][-_NEIGHBOURS - 1 :]))
        if len(steps) >= _FEWEST_NEIGHBOURS:
            usual = finite_or_none(steps.max())
    joint = Joint(
        after=n,
        evidence=evidence,
        counter=counter,
        n_missing=n_missing,
        is_unrecorded=is_unrecorded,
        match=CurveMatch(
            n_compared=matched.n_compared,
            first_difference=first,
            largest=matched.largest,
            largest_at=largest_at,
        ),
        jump=jump,
        usual_jump=usual,
        is_anew=is_anew,
        counter_restarts=counter_restarts,
    )
    return replace(joint, falls_back=joint.has_large_jump and _falls_back(before.values[:n], after))


def _falls_back(old: NDArray[np.float64], after: CurvePart) -> bool:
    """Whether a first report lies near the original's first, and far from the one before it."""
    back = abs(after.values[0] - old[0])
    return bool(back <= _NEAR * abs(old[-1] - old[0]))


def _counter_restarts(before: CurvePart, after: CurvePart) -> bool:
    """Whether the continuation counts from where the original began, and not from where it was."""
    old, new = before.progress, after.progress
    if old is None or new is None or len(old) < 2 or not len(new):  # noqa: PLR2004 - one is no way
        return False
    return bool(new[0] <= old[0] < old[-1])


def _begins_anew(
    before: CurvePart,
    after: CurvePart,
    continues: ContinuedFrom | None,
    reports_per_epoch: float | None,
    *,
    restarts: bool,
) -> bool:
    """Whether the continuation is the original once more, from report 1.

    Its first reports equal the original's; or its count of training begins again, and its first
    report lies nearer to the original's first than to the one that it is to follow.
    """
    old, new = before.values, after.values
    if len(old) < 2 or not len(new):  # noqa: PLR2004 - one report is its own first and last
        return False
    n = _by_checkpoint(before, continues, reports_per_epoch)
    if n == 0:
        return False
    last = old[(len(old) if n is None else n) - 1]
    n_both = min(len(old), len(new))
    if np.array_equal(old[:n_both], new[:n_both]) and (n_both >= _FEWEST_EQUAL or restarts):
        return bool((old[:n_both] != old[0]).any()) or restarts
    return restarts and bool(abs(new[0] - old[0]) < abs(new[0] - last))


def _by_counter(before: CurvePart, after: CurvePart) -> tuple[int, int] | None:
    """Reports before the joint and reports missing there, by what counts training."""
    old, new = before.progress, after.progress
    if old is None or new is None or not len(new) or np.isnan(new[0]) or np.isnan(old).any():
        return None
    if (np.diff(old) < 0).any():
        return None
    fewest, most = (int(np.searchsorted(old, new[0], side=side)) for side in ("left", "right"))
    if fewest < len(old):
        # Several reports have one count: an epoch that was begun may have been gone on with.
        for n in range(fewest, min(most, len(old) - 1) + 1):
            if curve_match(before.values[n:], after.values).first_difference is None:
                return n, 0
        return (most if _goes_on_within(old, new, most - fewest) else fewest), 0
    n_missing = _n_missing(old, new)
    return None if n_missing is None else (len(old), n_missing)


def _goes_on_within(old: NDArray[np.float64], new: NDArray[np.float64], n_old: int) -> bool:
    """Whether both together made the reports of the epoch in which the original ended.

    Args:
        old: `[n]` count of training at each report of the original.
        new: `[m]` likewise of the continuation.
        n_old: Reports of the original with the count with which the continuation begins.
    """
    n_new = int((new == new[0]).sum())
    per_unit = max(Counter(old.tolist()).values())
    return 0 < n_old < per_unit and n_old + n_new == per_unit and bool((new > new[0]).any())


def _n_missing(old: NDArray[np.float64], new: NDArray[np.float64]) -> int | None:
    """Reports between the last of the original and the first of the continuation.

    None where there would be more than any run makes: both count different things.
    """
    counts = Counter(old.tolist())
    values = np.array(sorted({*old.tolist(), *new[~np.isnan(new)].tolist()}))
    usual = float(np.median(np.diff(values))) if len(values) > 2 else 1.0  # noqa: PLR2004 - two have one distance, which may be the gap
    units = float(new[0] - old[-1]) / usual if usual > 0 else 0.0
    per_unit = max(counts.values())
    if not units * per_unit < _MOST_MISSING:
        return None
    n_units = max(0, round(units) - 1)
    if per_unit == 1:
        return n_units
    return n_units * per_unit + per_unit - counts[float(old[-1])]


def _reaches_the_gap(before: CurvePart, after: CurvePart, continues: ContinuedFrom | None) -> bool:
    """Whether the checkpoint is of the last report that is missing: the run had come so far.

    What a program logs shortly before it is killed, W&B may not have written.
    """
    old, new = before.progress, after.progress
    if continues is None or continues.is_doubted or old is None or new is None:
        return False
    counts_epochs = EPOCHS in units_of_name(before.counter)
    complete = continues.epoch if counts_epochs else continues.step
    if complete is None:
        return False
    from_zero = _counts_from_zero(old)
    distances = np.diff(np.unique(np.concatenate([old, new])))
    usual = float(np.median(distances)) if len(distances) else 1.0
    last_missing = float(new[0]) - usual + (1 if from_zero else 0)
    return float(old[-1]) < complete and abs(complete - last_missing) < usual


def _counts_from_zero(counts: NDArray[np.float64]) -> bool:
    """Whether an epoch is called 0 while it runs, and is complete as the first."""
    return bool(counts[0] == 0 and (counts == np.floor(counts)).all())


def _by_checkpoint(
    before: CurvePart, continues: ContinuedFrom | None, reports_per_epoch: float | None
) -> int | None:
    """Reports that had been made when the checkpoint was written, by what it says of itself."""
    if continues is None:
        return None
    epoch, step, n = continues.epoch, continues.step, len(before.values)
    counts = before.progress
    if counts is not None and not np.isnan(counts).any() and len(counts):
        if EPOCHS in units_of_name(before.counter):
            if epoch is not None:
                is_before = counts < epoch if _counts_from_zero(counts) else counts <= epoch
                return int(is_before.sum())
        elif step is not None:
            return int((counts <= step).sum())
    if epoch is not None and reports_per_epoch is not None:
        return min(n, round(epoch * reports_per_epoch))
    return None


def _by_overlap(old: NDArray[np.float64], new: NDArray[np.float64]) -> int | None:
    """Where the original's last reports and the continuation's first are equal bit for bit."""
    for n in range(1, len(old) - _FEWEST_EQUAL + 1):
        n_both = min(len(old) - n, len(new))
        if n_both < _FEWEST_EQUAL:
            return None
        repeated = old[n : n + n_both]
        if np.array_equal(repeated, new[:n_both]) and (repeated != repeated[0]).any():
            return n
    return None


def _by_step(old: NDArray[np.int64], new: NDArray[np.int64]) -> int | None:
    """By `_step`, where a program sets it.

    One in the original's first half may count rows of another kind, such as one that says that the
    run went on.
    """
    if not len(old) or not len(new) or new[0] <= old[len(old) // 2] or (np.diff(old) < 0).any():
        return None
    return int(np.searchsorted(old, new[0], side="left"))
