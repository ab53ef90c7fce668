"""Whose a checkpoint is, whether it was cut off, and which of several to go on from.

By where it lies, by names, sizes and times: of the file, of the run, of the sweep's other runs.
"""

from __future__ import annotations

import re
from bisect import insort
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import IntEnum
from itertools import groupby
from typing import TYPE_CHECKING, Final

from wbtools.analysis.checkpoint_progress import AFTER
from wbtools.analysis.work_times import OtherRuns, WorkTimes
from wbtools.findings import Confidence
from wbtools.model.checkpoint import Checkpoint, CheckpointLayout, CheckpointPlace
from wbtools.text.numbers import S_PER_H, hours, listed, size
from wbtools.text.sanitize import sanitize

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from wbtools.analysis.checkpoint_progress import RunLength
    from wbtools.model import Run
    from wbtools.model.checkpoint import ListedFile
    from wbtools.sources.checkpoints.layouts import ListedCheckpoint

_AT_ONCE: Final = timedelta(seconds=2)
_SMALLER: Final = 0.9
_SMALLER_THAN_ONE: Final = 0.95
_TWO: Final = 2
_ALIKE: Final = 1.01
_LEAST_SPREAD: Final = 0.005
"""Of sizes: a counter has more digits, a compressed array fewer bytes."""
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
    as_of: datetime,
    length: RunLength,
) -> tuple[Checkpoint, ...]:
    """The checkpoints of a run: those that nothing speaks against first, the newest first.

    What nothing but its time gives to the run comes after what anything else does.

    Args:
        found: Each once.
        run: The run.
        as_of: Up to when its recording speaks.
        length: How far the run came: a number that is no larger may count epochs. What is called
            the best counts as a report older, and so do weights alone.
    """
    smaller = _smaller(found)
    times = WorkTimes(run, as_of)
    others = OtherRuns(as_of)
    copied = _copied(found, times)
    counts_epochs = _that_count_epochs(found, length)
    judged: list[tuple[FoundCheckpoint, Checkpoint]] = []
    for each in found:
        owned = _ownership(each, run, times, others, was_copied=each in copied)
        if owned is None:
            continue
        confidence, doubts = owned
        small = [smaller[each]] if each in smaller else []
        said = (*_cut_off(each.listed), *small, *doubts)
        checkpoint = _as_checkpoint(
            each, confidence, said, counts_epochs=counts_epochs.get(_series(each))
        )
        beyond = length.doubts(checkpoint, times.end)
        if each.found_by is FoundBy.TIME and length.n_made == 0:
            beyond = (*beyond, "the run made no report, and nothing but the time says it is its")
        judged.append((each, replace(checkpoint, doubts=(*said, *beyond))))
    slack = timedelta(seconds=min(max(length.report_s or 0.0, 60.0), 86_400.0))
    moments = _moments(found, times)
    judged.sort(key=lambda pair: _order(pair[0], pair[1], moments[pair[0]], slack), reverse=True)
    return tuple(checkpoint for _, checkpoint in judged[:_MOST])


def _ownership(
    each: FoundCheckpoint,
    run: Run,
    times: WorkTimes,
    others: OtherRuns,
    *,
    was_copied: bool,
) -> tuple[Confidence, tuple[str, ...]] | None:
    """How sure it is the run's, and what speaks against it; None for one that is not its."""
    moment = each.listed.written_at
    if each.found_by >= FoundBy.RUN_ID and not each.shares_id:
        if moment is not None and times.was_before(moment):
            return Confidence.LOW, (_outside(moment, times, was_copied=False),)
        return Confidence.HIGH, ()
    if moment is None or not times.is_known:
        return _untimed(each)
    if each.found_by is FoundBy.TIME and not times.wrote_by_time(moment):
        return None
    if not times.may_have_written(moment):
        if each.found_by is FoundBy.RECORDED_PATH and others.at_work(
            each.rivals, moment, is_inside=True
        ):
            return None  # one of those that were told the same place wrote it
        is_late = times.end is not None and moment > times.end
        if is_late and each.found_by is FoundBy.RUN_NAME and _GENERATED.fullmatch(run.name):
            return Confidence.MEDIUM, ()
        return Confidence.LOW, (_outside(moment, times, was_copied=was_copied),)
    is_inside = times.holds(moment)
    rivals = others.at_work(each.rivals, moment, is_inside=is_inside)
    if rivals:
        return Confidence.LOW, (_contested(rivals, each.found_by, is_inside=is_inside),)
    is_less_sure = each.found_by is FoundBy.TIME or each.is_moved
    if is_less_sure or (each.found_by is FoundBy.RECORDED_PATH and each.rivals):
        return Confidence.MEDIUM, ()
    return Confidence.HIGH, ()


def _contested(rivals: Sequence[Run], found_by: FoundBy, *, is_inside: bool) -> str:
    names = sanitize(listed((other.called for other in rivals), most=3))
    noun, verb = ("run", "was") if len(rivals) == 1 else ("runs", "were")
    did = f"which {verb} at work at that time too"
    if found_by is FoundBy.RECORDED_PATH:
        did = "which wrote to the same place " + (
            "at that time" if is_inside else "about that time"
        )
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
        passed = hours((times.start - moment).total_seconds() / S_PER_H)
        return f"it was written {passed} before the run began: by another run"
    end = times.end or moment
    passed = hours((moment - end).total_seconds() / S_PER_H)
    said = f"it was written {passed} after the run had ended"
    if was_copied:
        return f"{said}, at the same time as others beside it: copied since, or another run's"
    return f"{said}: by another run, or it was copied since"


def _series(each: FoundCheckpoint) -> tuple[str, str]:
    return each.folder, each.listed.series


def _that_count_epochs(
    found: Sequence[FoundCheckpoint], length: RunLength
) -> Mapping[tuple[str, str], bool]:
    """By series, whether its numbers count epochs: whether none is larger than those can be."""
    if length.most_epochs is None:
        return {}
    largest: dict[tuple[str, str], int] = defaultdict(int)
    for each in found:
        largest[_series(each)] = max(largest[_series(each)], each.listed.number or 0)
    return {series: number <= length.most_epochs for series, number in largest.items()}


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
            by_series[_series(each)].append(each)
    smaller: dict[FoundCheckpoint, str] = {}
    for series in by_series.values():
        for each, usual, share in _usual_sizes(series):
            n_bytes = each.listed.n_bytes or 0
            if n_bytes < share * usual:
                smaller[each] = (
                    f"it has {size(n_bytes)} where others of its kind have {size(int(usual))}:"
                    " it may be cut off"
                )
    return smaller


def _usual_sizes(
    series: Sequence[FoundCheckpoint],
) -> Iterator[tuple[FoundCheckpoint, float, float]]:
    """Bytes that each of a series should have, and the least share of them that is no wonder."""
    every = sorted(each.listed.n_bytes or 0 for each in series)
    older: list[int] = []
    in_time = sorted(series, key=lambda each: _age(each.listed))
    for _, moment in groupby(in_time, key=lambda each: _age(each.listed)):
        together = list(moment)
        for each in together:
            n_bytes = each.listed.n_bytes or 0
            least = every[1] if n_bytes == every[0] and len(every) > 1 else every[0]
            most = every[-2] if n_bytes == every[-1] and len(every) > 1 else every[-1]
            if len(every) > _TWO and most <= _ALIKE * least:
                yield each, least, 1.0 - max(3 * (most / max(least, 1) - 1.0), _LEAST_SPREAD)
            elif older:
                middle = len(older) // 2
                usual = (older[middle] + older[~middle]) / 2
                yield each, usual, _SMALLER_THAN_ONE if len(every) == _TWO else _SMALLER
        for each in together:
            insort(older, each.listed.n_bytes or 0)


def _moments(
    found: Sequence[FoundCheckpoint], times: WorkTimes
) -> Mapping[FoundCheckpoint, datetime]:
    """When each was written. Copies have their times in the order of their names: mended here."""
    moments = {each: each.listed.written_at or _LONG_AGO for each in found}
    by_series: dict[tuple[str, str], list[FoundCheckpoint]] = defaultdict(list)
    for each in found:
        if times.end is not None and moments[each] > times.end + AFTER:
            by_series[_series(each)].append(each)
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


def _cut_off(listed: ListedCheckpoint) -> Sequence[str]:
    """In words, that a checkpoint was cut off; empty where nothing says so."""
    return [f"it is cut off: {listed.lacks}"] if listed.is_whole is False else []


def _as_checkpoint(
    each: FoundCheckpoint,
    confidence: Confidence,
    doubts: tuple[str, ...],
    *,
    counts_epochs: bool | None = None,
) -> Checkpoint:
    """A checkpoint with what was judged of it.

    Args:
        each: As it was found.
        confidence: How sure it is the run's.
        doubts: In words, what speaks against it.
        counts_epochs: Whether a number without a noun counts epochs, else steps; None if unknown.
    """
    seen = each.listed
    epoch, step, progress_from = seen.epoch, seen.step, seen.progress_from
    if seen.number is not None and epoch is None and step is None:
        if seen.layout in _IN_ROUNDS:
            step, progress_from = seen.number, "its name"
        elif counts_epochs is not None:
            epoch, step = (float(seen.number), None) if counts_epochs else (None, seen.number)
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
