"""One `.wandb` file, read whole or in part, with nothing known of it before."""

from __future__ import annotations

import json
import math
from collections import Counter
from typing import TYPE_CHECKING, Final

from wbtools.sources.local.json_items import (
    VALUE_TAG,
    NameBudget,
    flattened,
    json_value,
    keyed_value,
)
from wbtools.sources.local.leveldb_log import ENDED_EARLY, FILE_HEADER, Damage, DamageKind, payloads
from wbtools.sources.local.metric_scan import number
from wbtools.sources.local.protobuf import Message, WireError, record_body
from wbtools.sources.local.run_reading import HISTORY, RunFile, RunReading
from wbtools.sources.local.run_records import RunRecords
from wbtools.sources.regular_files import read_regular

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from wbtools.sources.local.json_items import KeyPath

_HEAD_BYTES: Final = (64 * 1024, 256 * 1024, 16 * 1024 * 1024)
_MEDIA: Final = "_type"


def read_run_file(path: Path, metrics: Sequence[str] = (), *, with_summary: bool = True) -> RunFile:
    """Read a run file from front to back, once.

    Args:
        path: A `.wandb` file; it is opened for reading only, and may still be growing.
        metrics: Names as W&B shows them, nested keys joined with dots.
        with_summary: False skips the summary, which is more than half of a file.

    Returns:
        Always an answer: a file that is missing, empty, cut or random has `damage` and little else.
    """
    reading = RunReading(metrics, with_summary=with_summary)
    data, damage = _content(path)
    reading.take(data)
    reading.damage = damage or reading.damage
    return reading.answer(metrics, with_summary=with_summary, name=path.stem)


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


def metric_names(path: Path) -> dict[str, int]:
    """Count the finite reports of every numeric history key, by dotted name.

    Names that begin with `_` are W&B's own and left out, and so is what belongs to media.
    """
    return names_in(_content(path)[0])


def names_in(data: bytes) -> dict[str, int]:
    """Do as `metric_names`, with the whole content of a file."""
    budget = NameBudget()
    counts: Counter[KeyPath] = Counter()
    media: set[KeyPath] = set()
    paths: dict[bytes, KeyPath] = {}
    for _, payload in payloads(data, []):
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
