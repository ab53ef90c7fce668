"""Whose a checkpoint is, whether it was cut off, and which of several to go on from.

By where it lies, by names, sizes and times: of the file, of the run, of the sweep's other runs.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import IntEnum
from statistics import median
from typing import TYPE_CHECKING, Final

from wbtools.findings import Confidence
from wbtools.model.checkpoint import Checkpoint, CheckpointLayout, CheckpointPlace
from wbtools.text.numbers import hours, listed, size
from wbtools.text.sanitize import sanitize

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from wbtools.model import Run
    from wbtools.model.checkpoint import ListedFile
    from wbtools.sources.checkpoints.layouts import ListedCheckpoint

_BEFORE: Final = timedelta(seconds=5)
_AFTER: Final = timedelta(minutes=2)
"""A program that was told to stop may still save; a file's time is when its writing ended."""
_AFTER_RIVAL: Final = timedelta(seconds=15)
_NONE: Final = timedelta()
_AT_ONCE: Final = timedelta(seconds=2)
_SMALLER: Final = 0.9
_ALIKE: Final = 1.01
_IN_ROUNDS: Final = frozenset({CheckpointLayout.XGBOOST, CheckpointLayout.LIGHTGBM})
_GENERATED: Final = re.compile(r"[a-z]+-[a-z]+-\d+")
"""Names that W&B gives: hardly two runs have one."""
_LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)
_MOST: Final = 50


class FoundBy(IntEnum):
    """What led to a checkpoint, the surest last."""

    TIME = 1
    """It lies in the project, and nothing but its time says whose it is."""
    RECORDED_PATH = 2
    """The configuration or an argument names it, or a folder that it lies in."""
    RUN_NAME = 3
    RUN_ID = 4
    RUN_FILES = 5
    """It is among the run's own files, or in an artifact that it logged."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FoundCheckpoint:
    """A checkpoint that may be a run's.

    Attributes:
        name: How people and commands call it; hostile text.
        because: In words, what led to it.
        rivals: Other runs that may have written it, if they were at work at its time.
        is_moved: Whether it lies elsewhere than a recorded path says.
        shares_id: Whether several runs have the run's id.
        path_inside: Of an artifact, the file or folder in it.
        sources: As a `Checkpoint` has them.
    """

    listed: ListedCheckpoint
    name: str
    place: CheckpointPlace
    found_by: FoundBy
    because: str
    rivals: tuple[Run, ...] = ()
    is_moved: bool = False
    shares_id: bool = False
    path_inside: str = ""
    sources: tuple[ListedFile, ...] = ()

    @property
    def folder(self) -> str:
        """Where it lies, with those of its series."""
        return self.name.rpartition("/")[0]


def judge_checkpoints(
    found: Sequence[FoundCheckpoint],
    run: Run,
    *,
    n_reports: int | None = None,
    report_s: float | None = None,
) -> tuple[Checkpoint, ...]:
    """The checkpoints of a run: those that nothing speaks against first, the newest first.

    What nothing but its time gives to the run comes after what anything else does.

    Args:
        found: Each once.
        run: The run.
        n_reports: Reports that it made; a number that is no larger may count epochs.
        report_s: Seconds a report. What is called the best counts as that much older, and so do
            weights alone.
    """
    smaller = _smaller(found)
    times = WorkTimes(run)
    others: dict[str, WorkTimes] = {}
    copied = _copied(found, times)
    judged: list[tuple[FoundCheckpoint, Checkpoint]] = []
    for each in found:
        owned = _ownership(each, run, times, others, was_copied=each in copied)
        if owned is None:
            continue
        confidence, doubts = owned
        small = [smaller[each]] if each in smaller else []
        said = (*cut_off(each.listed), *small, *doubts)
        judged.append((each, as_checkpoint(each, confidence, said, n_reports)))
    slack = timedelta(seconds=min(max(report_s or 0.0, 60.0), 86_400.0))
    moments = _moments(found, times)
    judged.sort(key=lambda pair: _order(pair[0], pair[1], moments[pair[0]], slack), reverse=True)
    return tuple(checkpoint for _, checkpoint in judged[:_MOST])


class WorkTimes:
    """When a run was at work, as far as it is known."""

    def __init__(self, run: Run) -> None:
        """By its start, its last sign of life and its runtime."""
        self.start = run.created_at
        ends = [] if run.heartbeat_at is None else [run.heartbeat_at]
        if run.created_at is not None and run.runtime_s is not None:
            ends.append(_later(run.created_at, run.runtime_s))
        self.end = max(ends, default=None)
        if run.state.is_going:
            self.end = datetime.now(UTC)

    @property
    def is_known(self) -> bool:
        """Whether both its ends are."""
        return self.start is not None and self.end is not None

    def may_have_written(self, moment: datetime | None) -> bool:
        """Whether it was at work at a moment, or just before; False where nothing says."""
        return moment is not None and self.holds(moment, _BEFORE, _AFTER)

    def holds(self, moment: datetime, before: timedelta, after: timedelta) -> bool:
        """Whether a run was at work at a moment, give or take; False where nothing says."""
        if self.start is None or self.end is None:
            return False
        return self.start - before <= moment <= self.end + after


def _later(moment: datetime, seconds: float) -> datetime:
    try:
        return moment + timedelta(seconds=seconds)
    except (OverflowError, ValueError):
        return moment


def _ownership(
    each: FoundCheckpoint,
    run: Run,
    times: WorkTimes,
    others: dict[str, WorkTimes],
    *,
    was_copied: bool,
) -> tuple[Confidence, tuple[str, ...]] | None:
    """How sure it is the run's, and what speaks against it; None for one that is not its."""
    if each.found_by >= FoundBy.RUN_ID and not each.shares_id:
        return Confidence.HIGH, ()
    moment = each.listed.written_at
    if moment is None or not times.is_known:
        return _untimed(each)
    if not times.may_have_written(moment):
        if each.found_by is FoundBy.TIME:
            return None
        is_late = times.end is not None and moment > times.end
        if is_late and each.found_by is FoundBy.RUN_NAME and _GENERATED.fullmatch(run.name):
            return Confidence.MEDIUM, ()
        return Confidence.LOW, (_outside(moment, times, was_copied=was_copied),)
    rivals = _at_work(each.rivals, moment, others, is_inside=times.holds(moment, _NONE, _NONE))
    if rivals:
        return Confidence.LOW, (_contested(rivals, each.found_by),)
    is_less_sure = each.found_by is FoundBy.TIME or each.is_moved
    if is_less_sure or (each.found_by is FoundBy.RECORDED_PATH and each.rivals):
        return Confidence.MEDIUM, ()
    return Confidence.HIGH, ()


def _at_work(
    rivals: Sequence[Run], moment: datetime, others: dict[str, WorkTimes], *, is_inside: bool
) -> list[Run]:
    """Those that were at work at a moment, too.

    Args:
        rivals: Other runs.
        moment: When a checkpoint was written.
        others: When they were at work, as far as it was worked out before.
        is_inside: Whether the run itself certainly was; else they may have saved at their ends.
    """
    slack = _NONE if is_inside else _AFTER_RIVAL
    for other in rivals:
        if other.id not in others:
            others[other.id] = WorkTimes(other)
    return [other for other in rivals if others[other.id].holds(moment, slack, slack)]


def _contested(rivals: Sequence[Run], found_by: FoundBy) -> str:
    names = sanitize(listed((other.called for other in rivals), most=3))
    noun, verb = ("run", "was") if len(rivals) == 1 else ("runs", "were")
    did = f"which {verb} at work at that time too"
    if found_by is FoundBy.RECORDED_PATH:
        did = "which wrote to the same place at that time"
    return f"it may be of {noun} {names}, {did}"


def _untimed(each: FoundCheckpoint) -> tuple[Confidence, tuple[str, ...]] | None:
    if each.found_by is FoundBy.TIME:
        return None
    if each.rivals:
        said = "nothing says whether it was written while the run was at work"
        return Confidence.LOW, (said,)
    return Confidence.MEDIUM, ()


def _outside(moment: datetime, times: WorkTimes, *, was_copied: bool) -> str:
    if times.start is not None and moment < times.start:
        passed = hours((times.start - moment).total_seconds() / 3600)
        return f"it was written {passed} before the run began: by another run"
    end = times.end or moment
    passed = hours((moment - end).total_seconds() / 3600)
    said = f"it was written {passed} after the run had ended"
    if was_copied:
        return f"{said}, at the same time as others beside it: copied since, or another run's"
    return f"{said}: by another run, or it was copied since"


def _copied(found: Sequence[FoundCheckpoint], times: WorkTimes) -> set[FoundCheckpoint]:
    """Those of a folder that all have one time, though their progress differs."""
    by_folder: dict[str, list[FoundCheckpoint]] = defaultdict(list)
    for each in found:
        moment = each.listed.written_at
        if moment is not None and times.end is not None and moment > times.end:
            by_folder[each.folder].append(each)
    copied: set[FoundCheckpoint] = set()
    for together in by_folder.values():
        moments = [each.listed.written_at or _LONG_AGO for each in together]
        if len(together) > 1 and max(moments) - min(moments) <= _AT_ONCE:
            copied.update(together)
    return copied


def _smaller(found: Sequence[FoundCheckpoint]) -> Mapping[FoundCheckpoint, str]:
    """Those that are much smaller than others of their series, in words.

    A series may grow, as trees are added: so one is held against the older ones, and against all
    others only where those are of one size.
    """
    by_series: dict[tuple[str, str], list[FoundCheckpoint]] = defaultdict(list)
    for each in found:
        if each.listed.n_bytes is not None and each.listed.is_whole is not False:
            by_series[each.folder, each.listed.series].append(each)
    smaller: dict[FoundCheckpoint, str] = {}
    for series in by_series.values():
        for each in series:
            others = [other.listed.n_bytes or 0 for other in series if other is not each]
            older = [
                other.listed.n_bytes or 0
                for other in series
                if other is not each and _age(other.listed) < _age(each.listed)
            ]
            if len(others) > 1 and max(others) <= _ALIKE * min(others):
                older = others
            usual = median(older) if older else 0.0
            n_bytes = each.listed.n_bytes or 0
            if n_bytes < _SMALLER * usual:
                smaller[each] = (
                    f"it has {size(n_bytes)} where others of its kind have {size(int(usual))}:"
                    " it may be cut off"
                )
    return smaller


def _moments(
    found: Sequence[FoundCheckpoint], times: WorkTimes
) -> Mapping[FoundCheckpoint, datetime]:
    """When each was written. Copies have their times in the order of their names: mended here."""
    moments = {each: each.listed.written_at or _LONG_AGO for each in found}
    by_series: dict[tuple[str, str], list[FoundCheckpoint]] = defaultdict(list)
    for each in found:
        if times.end is not None and moments[each] > times.end + _AFTER:
            by_series[each.folder, each.listed.series].append(each)
    for series in by_series.values():
        in_order = sorted(series, key=lambda each: _progress(each.listed))
        in_time = sorted(moments[each] for each in series)
        moments.update(zip(in_order, in_time, strict=True))
    return moments


def _progress(listed: ListedCheckpoint) -> float:
    return next(
        (float(n) for n in (listed.step, listed.epoch, listed.number) if n is not None), -1.0
    )


def _age(listed: ListedCheckpoint) -> tuple[datetime, int]:
    return listed.written_at or _LONG_AGO, listed.step or listed.number or 0


def cut_off(listed: ListedCheckpoint) -> Sequence[str]:
    """In words, that a checkpoint was cut off; empty where nothing says so."""
    return [f"it is cut off: {listed.lacks}"] if listed.is_whole is False else []


def as_checkpoint(
    each: FoundCheckpoint,
    confidence: Confidence,
    doubts: tuple[str, ...],
    n_reports: int | None = None,
) -> Checkpoint:
    """A checkpoint with what was judged of it.

    Args:
        each: As it was found.
        confidence: How sure it is the run's.
        doubts: In words, what speaks against it.
        n_reports: As for `judge_checkpoints`.
    """
    seen = each.listed
    epoch, step, progress_from = seen.epoch, seen.step, seen.progress_from
    if seen.number is not None and epoch is None and step is None:
        if seen.layout in _IN_ROUNDS:
            step, progress_from = seen.number, "its name"
        elif n_reports is not None:
            is_epoch = seen.number <= n_reports + 1
            epoch, step = (float(seen.number), None) if is_epoch else (None, seen.number)
            progress_from = "its name"
    because = each.because
    if seen.is_best:
        because += "; called the best, which need not be the last"
    return Checkpoint(
        name=each.name,
        place=each.place,
        layout=seen.layout,
        path_inside=each.path_inside,
        is_folder=seen.is_folder,
        n_bytes=seen.n_bytes,
        written_at=seen.written_at,
        epoch=epoch,
        step=step,
        progress_from=progress_from,
        is_whole=seen.is_whole,
        because=because,
        confidence=confidence,
        doubts=doubts,
        has_schedule=seen.has_schedule,
        sources=each.sources,
    )


def _order(
    each: FoundCheckpoint, checkpoint: Checkpoint, moment: datetime, slack: timedelta
) -> tuple[bool, bool, datetime, bool, float, float, int]:
    """By time, where that is the same by progress; larger is better."""
    is_less = each.listed.is_best or checkpoint.has_schedule is False
    if is_less and moment > _LONG_AGO + slack:
        moment -= slack
    return (
        checkpoint.is_usable,
        each.found_by is not FoundBy.TIME,
        moment,
        not is_less,
        float(checkpoint.step or 0),
        checkpoint.epoch or each.listed.number or 0.0,
        int(checkpoint.confidence),
    )
