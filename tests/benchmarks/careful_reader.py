"""The careful reader: every needed record parsed by the SDK's own message classes.

It answers what `wbtools.sources.wandb_records.read_run_file` answers, with other means: the oracle
of the equality tests, and what the fast reader's speed is compared with. Records that nobody asked
for (console output, statistics but their time, files) are told apart by their first bytes and
left unparsed; the last summary is worked out from all summary records in order.
"""

from __future__ import annotations

import json
import math
import struct
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from google.protobuf.message import DecodeError
from wandb.proto import wandb_internal_pb2 as pb

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

BLOCK = 32768
NEEDED = {"history", "summary", "config", "run", "exit", "preempting", "environment", "stats"}


def frames(data: bytes) -> Iterator[bytes]:
    """Yield the records of a log, written anew: block by block, nothing shared with wandb_log."""
    parts: list[bytes] | None = None
    for block_at in range(0, len(data), BLOCK):
        block = data[block_at : block_at + BLOCK]
        at = 7 if block_at == 0 else 0
        while len(block) - at >= 7:
            crc, length, kind = struct.unpack_from("<IHB", block, at)
            content = block[at + 7 : at + 7 + length]
            whole = len(content) == length and kind in {1, 2, 3, 4}
            if not whole or zlib.crc32(block[at + 6 : at + 7] + content) != crc:
                parts = None
                break
            at += 7 + length
            if kind == 1:
                parts = None
                yield content
            elif kind == 2:
                parts = [content]
            elif parts is not None:
                parts.append(content)
                if kind == 4:
                    yield b"".join(parts)
                    parts = None


@dataclass
class CarefulAnswer:
    """The part of a `RunFile` that the two readers are compared in."""

    facts: dict[str, object] = field(default_factory=dict)
    config: dict[str, object] = field(default_factory=dict)
    summary: dict[str, object] = field(default_factory=dict)
    series: dict[str, list[tuple[float, int, float]]] = field(default_factory=dict)
    n_rows: int = 0
    last_timestamp_s: float | None = None


def read_carefully(
    path: Path, metrics: Sequence[str] = (), *, with_summary: bool = True
) -> CarefulAnswer:
    """Read a run file with the SDK's protobuf classes."""
    answer = CarefulAnswer(series={metric: [] for metric in metrics})
    config: dict = {}
    summary: dict = {}
    row_time = stats_time = None
    for payload in frames(path.read_bytes()):
        record = pb.Record()
        try:
            record.ParseFromString(payload)
        except DecodeError:
            continue
        kind = record.WhichOneof("record_type")
        if kind == "history":
            answer.n_rows += 1
            time_s = _take_row(record.history, answer.series)
            row_time = time_s if time_s is not None else row_time
        elif kind == "summary":
            if with_summary:
                _apply(summary, record.summary)
        elif kind == "config":
            _apply(config, record.config)
        elif kind == "run":
            _take_run(record.run, answer.facts)
            _apply(config, record.run.config)
            _apply(summary, record.run.summary)
        elif kind == "exit":
            answer.facts |= {"exited": True, "exit_code": record.exit.exit_code}
        elif kind == "preempting":
            answer.facts["preempting"] = True
        elif kind == "environment" and record.environment.program:
            answer.facts["program"] = record.environment.program
            answer.facts["argv"] = tuple(record.environment.args)
        elif kind == "stats" and record.stats.HasField("timestamp"):
            stamp = record.stats.timestamp
            stats_time = max(stats_time or -math.inf, stamp.seconds + stamp.nanos / 1e9)
    config.pop("_wandb", None)
    answer.config = _flat(config)
    answer.summary = _flat(summary) if with_summary else {}
    signs = [at for at in (row_time, stats_time) if at is not None]
    answer.last_timestamp_s = max(signs) if signs else None
    return answer


def _take_run(run: pb.RunRecord, facts: dict[str, object]) -> None:
    given = {
        "run_id": run.run_id,
        "entity": run.entity,
        "project": run.project,
        "group": run.run_group,
        "job_type": run.job_type,
        "display_name": run.display_name,
        "tags": tuple(run.tags),
        "sweep_id": run.sweep_id,
        "host": run.host,
        "resumed": run.resumed,
    }
    facts |= {name: value for name, value in given.items() if value}
    if run.HasField("start_time"):
        facts["started_at_s"] = run.start_time.seconds + run.start_time.nanos / 1e9


def _apply(tree: dict, record: pb.SummaryRecord | pb.ConfigRecord) -> None:
    for item in record.update:
        node = tree
        *above, last = item.nested_key or [item.key]
        for part in above:
            if not isinstance(node.get(part), dict):
                node[part] = {}
            node = node[part]
        node[last] = _loaded(item.value_json)
    for item in record.remove:
        node = tree
        *above, last = item.nested_key or [item.key]
        for part in above:
            node = node.get(part, {}) if isinstance(node, dict) else {}
        if isinstance(node, dict):
            node.pop(last, None)


def _loaded(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _flat(tree: dict) -> dict[str, object]:
    found: list[tuple[int, str, object]] = []

    def walk(node: dict, above: tuple[str, ...]) -> None:
        for key, value in node.items():
            if isinstance(value, dict) and value:
                walk(value, (*above, key))
            else:
                found.append((len(above), ".".join((*above, key)), value))

    walk(tree, ())
    leaves: dict[str, object] = {}
    for _, name, value in sorted(found, key=lambda leaf: leaf[0]):
        leaves.setdefault(name, value)
    return leaves


def _take_row(
    history: pb.HistoryRecord, series: dict[str, list[tuple[float, int, float]]]
) -> float | None:
    """Add a row's wanted values to `series`; give the row's time."""
    items = {tuple(item.nested_key) or (item.key,): item for item in history.item}
    stamp = items.get(("_timestamp",))
    time_s = _number(_value(stamp)) if stamp is not None else None
    for metric, rows in series.items():
        value = _number(_wanted(items, metric))
        if value is not None:
            own_step = items.get(("_step",))
            step = json.loads(own_step.value_json) if own_step is not None else history.step.num
            rows.append((value, int(step), math.nan if time_s is None else time_s))
    return time_s


def _wanted(items: dict[tuple[str, ...], pb.HistoryItem], metric: str) -> object:
    """Find a metric: flat, fully nested, divided in another way, or inside a JSON object."""
    for path in ((metric,), tuple(metric.split("."))):
        if path in items:
            return _value(items[path])
    if "." not in metric:
        return None
    found = None
    inside = None
    for path, item in items.items():
        name = ".".join(path)
        if name == metric:
            found = item
        elif metric.startswith(f"{name}.") and item.value_json.startswith("{"):
            member = _member(_loaded(item.value_json), metric[len(name) + 1 :].split("."))
            inside = inside if member is None else member
    return _value(found) if found is not None else inside


def _member(node: object, rest: list[str]) -> object:
    if not rest:
        return node
    for n in range(len(rest), 0, -1):
        key = ".".join(rest[:n])
        if isinstance(node, dict) and key in node:
            found = _member(node[key], rest[n:])
            if found is not None and not isinstance(found, dict):
                return found
    return None


def _value(item: pb.HistoryItem) -> object:
    kind = item.WhichOneof("value")
    return _loaded(item.value_json) if item.value_json or kind is None else getattr(item, kind)


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value)
    except OverflowError:
        return math.copysign(math.inf, value)
