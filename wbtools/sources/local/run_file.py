"""One `.wandb` file as facts: who the run was, how it ended, and the metrics that are asked for."""

from __future__ import annotations

import json
import math
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

from wbtools.model import Series
from wbtools.sources.local.json_items import (
    VALUE_TAG,
    NameBudget,
    flattened,
    json_value,
    keyed_value,
)
from wbtools.sources.local.leveldb_log import ENDED_EARLY, FILE_HEADER, Damage, DamageKind, payloads
from wbtools.sources.local.metric_scan import MetricFinder, number
from wbtools.sources.local.protobuf import Message, WireError, record_body
from wbtools.sources.local.run_records import RunRecords
from wbtools.sources.regular_files import read_regular

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from wbtools.sources.local.json_items import KeyPath

HISTORY: Final = 2
SUMMARY: Final = 3

_HEAD_BYTES: Final = (64 * 1024, 256 * 1024, 16 * 1024 * 1024)
_LATEST_S: Final = 1e12  # no clock shows more Unix seconds
_LARGEST_STEP: Final = 2**63 - 1
_STEP: Final = MetricFinder("_step")
_TIMESTAMP: Final = MetricFinder("_timestamp")
_MEDIA: Final = "_type"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFile:
    """What one `.wandb` file says. Texts are as the file holds them, "" and () where it is silent.

    Attributes:
        has_run: The file holds a run record.
        run_id: From the run record, else from the name of the file.
        sweep_id: None in SDK 0.12.2 to 0.15.4, also for runs of sweeps.
        started_at_s: Unix seconds; None if unknown.
        config: Flat, names dotted, W&B's own `_wandb` left out.
        summary: Flat, names dotted, all updates and removals applied; empty if not asked for.
        exit_code: What the exit record holds; None without such a record.
        exited: The file holds an exit record.
        preempting: The run announced that it is being preempted.
        resumed: The run went on from an earlier one of the same id.
        argv: None if the file does not say; SDKs before 0.19 only write it to a side file.
        series: The rows of each wanted metric; empty series where it was never logged.
        n_rows: History rows, whatever they hold.
        first_step: The step of the first of those.
        last_timestamp_s: The last sign of life, Unix seconds: the last history row that has a
            time, or the last system statistics if those are later.
        damage: What could not be read.
    """

    has_run: bool = False
    run_id: str = ""
    display_name: str | None = None
    entity: str = ""
    project: str = ""
    sweep_id: str | None = None
    group: str = ""
    job_type: str = ""
    tags: tuple[str, ...] = ()
    host: str = ""
    sdk_version: str = ""
    started_at_s: float | None = None
    config: Mapping[str, object] = field(default_factory=dict)
    summary: Mapping[str, object] = field(default_factory=dict)
    exit_code: int | None = None
    exited: bool = False
    preempting: bool = False
    resumed: bool = False
    program: str | None = None
    argv: tuple[str, ...] | None = None
    git_commit: str | None = None
    gpu: str | None = None
    series: Mapping[str, Series] = field(default_factory=dict)
    n_rows: int = 0
    first_step: int | None = None
    last_timestamp_s: float | None = None
    damage: tuple[Damage, ...] = ()


class _Rows:
    """The rows of one metric, growing."""

    __slots__ = ("finder", "steps", "times_s", "values")

    def __init__(self, name: str) -> None:
        self.finder = MetricFinder(name)
        self.values: list[float] = []
        self.steps: list[int] = []
        self.times_s: list[float] = []

    def take(self, row: bytes) -> None:
        """Add the metric's value in `row`, if it is there and a number."""
        text = self.finder.text(row)
        if text is not None:
            value = number(text)
            if value is not None:
                time_s = number(_TIMESTAMP.text(row))
                self.steps.append(_step(row))
                self.values.append(value)
                known = time_s is not None and abs(time_s) < _LATEST_S
                self.times_s.append(time_s if time_s is not None and known else math.nan)

    def series(self) -> Series:
        """Give the rows as arrays."""
        return Series(
            values=np.array(self.values, dtype=np.float64),
            steps=np.array(self.steps, dtype=np.int64),
            times_s=np.array(self.times_s, dtype=np.float64),
        )


def read_run_file(path: Path, metrics: Sequence[str] = (), *, with_summary: bool = True) -> RunFile:
    """Read a run file from front to back, once.

    Args:
        path: A `.wandb` file; it is opened for reading only, and may still be growing.
        metrics: Names as W&B shows them, nested keys joined with dots.
        with_summary: False skips the summary, which is more than half of a file.

    Returns:
        Always an answer: a file that is missing, empty, cut or random has `damage` and little else.
    """
    data, damage = _content(path)
    return _read(data, damage, metrics, with_summary=with_summary, name=path.stem)


def read_head(path: Path) -> RunFile:
    """Read only as far as the first history row, for the run's id, sweep, start and configuration.

    No more than 256 KiB are read, or 16 MiB where no run record came before. Configuration that
    is logged later is not in the answer. Damage is not reported: only part of the file is seen.
    """
    facts = RunRecords()
    for most_bytes in _HEAD_BYTES:
        data, _ = _content(path, most_bytes)
        facts = RunRecords()
        begun = _take_head(data, facts)
        if len(data) < most_bytes or (facts.has_run and (begun or most_bytes > _HEAD_BYTES[0])):
            break
    return RunFile(**facts.answers(with_summary=False, name=path.stem))


def _take_head(data: bytes, facts: RunRecords) -> bool:
    """Take the records before the first history row; say whether that row came."""
    for offset, payload in payloads(data, []):
        try:
            kind, start, end = record_body(payload)
            if kind == HISTORY and facts.has_run:
                return True
            facts.take(kind, payload[start:end], offset)
        except (WireError, IndexError):
            continue
    return False


def why_silent(path: Path) -> str:
    """Say in a word or two why a file's beginning tells no run: empty, damaged and so on."""
    damage: list[Damage]
    data, damage = _content(path, _HEAD_BYTES[0])
    if not damage and len(data) <= len(FILE_HEADER) and FILE_HEADER.startswith(data):
        return "header only" if data else "empty"
    for _ in payloads(data, damage):
        pass
    kinds = {entry.kind for entry in damage}
    for kind in (DamageKind.MISSING, DamageKind.UNREADABLE):
        if kind in kinds:
            return kind.value
    return "damaged" if kinds - ENDED_EARLY else "without a run record"


def _read(
    data: bytes, damage: list[Damage], metrics: Sequence[str], *, with_summary: bool, name: str
) -> RunFile:
    facts = RunRecords()
    wanted = [_Rows(metric) for metric in dict.fromkeys(metrics)]
    n_rows = 0
    first_step: int | None = None
    last_row = b""
    for offset, payload in payloads(data, damage):
        try:
            kind, start, end = record_body(payload)
            if kind == HISTORY:
                row = payload[start:end]
                if b"_timestamp" in row:
                    last_row = row
                else:
                    _check(row)
                if first_step is None:
                    first_step = _step(row)
                for rows in wanted:
                    rows.take(row)
                n_rows += 1
            elif kind == SUMMARY:
                if with_summary:
                    facts.summary.add(payload[start:end], offset)
            else:
                facts.take(kind, payload[start:end], offset)
        except (WireError, IndexError):
            damage.append(
                Damage(kind=DamageKind.CONTENT, offset=offset, n_bytes=len(payload)),
            )
    answers = facts.answers(with_summary=with_summary, name=name)
    damage += [
        Damage(kind=DamageKind.CONTENT, offset=offset, n_bytes=size)
        for offset, size in facts.summary.malformed
    ]
    if facts.dropped_names:
        damage.append(Damage(kind=DamageKind.NAMES, offset=0, n_bytes=0))
    times_s = [facts.stats_at_s, _time_s(last_row)]
    return RunFile(
        **answers,
        series={rows.finder.name: rows.series() for rows in wanted},
        n_rows=n_rows,
        first_step=first_step,
        last_timestamp_s=max(
            (at for at in times_s if at is not None and abs(at) < _LATEST_S), default=None
        ),
        damage=tuple(damage),
    )


def _check(row: bytes) -> None:
    """Take apart a row such as no SDK writes, without a time; the search may pass over its faults.

    Raises:
        WireError: It is no message.
    """
    for item in Message(row).chunks(1):
        Message(item)


def metric_names(path: Path) -> dict[str, int]:
    """Count the finite reports of every numeric history key, by dotted name.

    Names that begin with `_` are W&B's own and left out, and so is what belongs to media.
    """
    data, damage = _content(path)
    budget = NameBudget()
    counts: Counter[KeyPath] = Counter()
    media: set[KeyPath] = set()
    paths: dict[bytes, KeyPath] = {}
    for _, payload in payloads(data, damage):
        try:
            kind, start, end = record_body(payload)
            if kind == HISTORY:
                for item in Message(payload[start:end]).chunks(1):
                    key, _, rest = item.partition(VALUE_TAG)
                    if len(item) < 128 and key in paths:  # noqa: PLR2004 - lengths of one byte
                        key_path, value = paths[key], rest[1:]
                    else:
                        key_path, value = keyed_value(item)
                        paths[key] = key_path
                    _count(key_path, value, counts, media, budget)
        except (WireError, IndexError):
            continue
    names: Counter[str] = Counter()
    budget = NameBudget()
    for key_path, n in counts.items():
        if not key_path[0].startswith("_") and key_path[:-1] not in media:
            if not budget.grants(sum(map(len, key_path)) + len(key_path)):
                break
            names[".".join(key_path)] += n
    return dict(names)


def _count(
    path: KeyPath,
    value: bytes,
    counts: Counter[KeyPath],
    media: set[KeyPath],
    budget: NameBudget,
) -> None:
    """Count one item: a finite number, or the numbers in an object that is no media object."""
    if path[-1] == _MEDIA:
        media.add(path[:-1])
    if value[:1] == b"{":
        inside = json_value(value)
        if isinstance(inside, dict) and _MEDIA not in inside:
            for name, leaf in flattened(inside, NameBudget()).items():
                key_path = (*path, name)
                if _is_finite(json.dumps(leaf).encode()) and (
                    key_path in counts or budget.grants(len(name))
                ):
                    counts[key_path] += 1
    elif _is_finite(value):
        counts[path] += 1


def _is_finite(text: bytes) -> bool:
    value = number(text)
    return value is not None and math.isfinite(value)


def _content(path: Path, most_bytes: int | None = None) -> tuple[bytes, list[Damage]]:
    """Read the file, or its first bytes; what hinders is damage, never an exception."""
    try:
        return read_regular(path, most_bytes), []
    except FileNotFoundError:
        return b"", [Damage(kind=DamageKind.MISSING, offset=0, n_bytes=0)]
    except OSError:
        return b"", [Damage(kind=DamageKind.UNREADABLE, offset=0, n_bytes=0)]


def _step(row: bytes) -> int:
    """Give a row's step: the `_step` item, else `history.step.num`, which is absent for 0."""
    text = _STEP.text(row)
    if text is not None:
        try:
            step = int(text)
        except ValueError:
            value = number(text)
            step = int(value) if value is not None and math.isfinite(value) else 0
    else:
        step = Message(row).message(2).number(1)
    return step if -_LARGEST_STEP <= step <= _LARGEST_STEP else 0


def _time_s(row: bytes) -> float | None:
    """Give the timestamp of the last row that has one."""
    try:
        return number(_TIMESTAMP.text(row))
    except (WireError, IndexError):
        return None
