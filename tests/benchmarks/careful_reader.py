"""The careful reader: every needed record parsed by the SDK's own message classes.

It answers what `wbtools.sources.local.run_file.read_run_file` answers, with other means: the oracle
of the equality tests, and what the fast reader's speed is compared with. Every record is parsed,
but summaries only where they are asked for; JSON is read where it is needed, the summary's at the
end.
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


AMBIGUOUS = object()
"""The value of a name that two paths, equally deep, come to: nobody says which of them counts."""


class _Merged:
    """Updates and removals in their order; a path's latest update replaces its earlier ones."""

    def __init__(self) -> None:
        self.latest: dict[tuple[str, ...], str | None] = {}

    def apply(self, record: pb.SummaryRecord | pb.ConfigRecord) -> None:
        latest = self.latest
        for item in record.update:
            path = tuple(item.nested_key) or (item.key,)
            latest.pop(path, None)
            latest[path] = item.value_json
        for item in record.remove:
            path = tuple(item.nested_key) or (item.key,)
            latest.pop(path, None)
            latest[path] = None

    def flat(self, without: str = "") -> dict[str, object]:
        tree: dict = {}
        for (*above, last), text in self.latest.items():
            node = tree
            for part in above:
                if not isinstance(node.get(part), dict):
                    if text is None:
                        node = {}
                        break
                    node[part] = {}
                node = node[part]
            if text is None:
                node.pop(last, None)
            else:
                node[last] = _loaded(text)
        tree.pop(without, None)
        return _flat(tree)


class _Reading:
    """What the records have said so far; one method a kind of record."""

    def __init__(self, metrics: Sequence[str], *, with_summary: bool) -> None:
        self.answer = CarefulAnswer(series={metric: [] for metric in metrics})
        self.config = _Merged()
        self.summary = _Merged()
        self.with_summary = with_summary
        self.row_time: float | None = None
        self.stats_time: float | None = None

    def history(self, history: pb.HistoryRecord) -> None:
        self.answer.n_rows += 1
        time_s = _take_row(history, self.answer.series)
        self.row_time = time_s if time_s is not None else self.row_time

    def run(self, run: pb.RunRecord) -> None:
        _take_run(run, self.answer.facts)
        self.config.apply(run.config)
        self.summary.apply(run.summary)

    def exit(self, exit_: pb.RunExitRecord) -> None:
        self.answer.facts |= {"exited": True, "exit_code": exit_.exit_code}

    def preempting(self, _: pb.RunPreemptingRecord) -> None:
        self.answer.facts["preempting"] = True

    def environment(self, environment: pb.EnvironmentRecord) -> None:
        if environment.program:
            facts = {"program": environment.program, "argv": tuple(environment.args)}
            self.answer.facts |= facts

    def stats(self, stats: pb.StatsRecord) -> None:
        if stats.HasField("timestamp"):
            at_s = stats.timestamp.seconds + stats.timestamp.nanos / 1e9
            self.stats_time = max(self.stats_time or at_s, at_s)

    def finished(self) -> CarefulAnswer:
        self.answer.config = self.config.flat(without="_wandb")
        self.answer.summary = self.summary.flat() if self.with_summary else {}
        signs = [at for at in (self.row_time, self.stats_time) if at is not None]
        self.answer.last_timestamp_s = max(signs) if signs else None
        return self.answer


def read_carefully(
    path: Path, metrics: Sequence[str] = (), *, with_summary: bool = True
) -> CarefulAnswer:
    """Read a run file with the SDK's protobuf classes."""
    reading = _Reading(metrics, with_summary=with_summary)
    takers = {
        "history": reading.history,
        "summary": reading.summary.apply,
        "config": reading.config.apply,
        "run": reading.run,
        "exit": reading.exit,
        "preempting": reading.preempting,
        "environment": reading.environment,
        "stats": reading.stats,
    }
    if not with_summary:
        del takers["summary"]
    for payload in frames(path.read_bytes()):
        if not with_summary and is_summary(payload):
            continue
        record = pb.Record()
        try:
            record.ParseFromString(payload)
        except DecodeError:
            continue
        kind = record.WhichOneof("record_type")
        if kind in takers:
            takers[kind](getattr(record, kind))
    return reading.finished()


def is_summary(payload: bytes) -> bool:
    """Recognise a summary record by its beginning, `num` and then the tag; the rest are parsed."""
    at = 1
    if payload[:1] != b"\x08":
        return payload[:1] == b"\x1a"
    while payload[at : at + 1] >= b"\x80":
        at += 1
    return payload[at + 1 : at + 2] == b"\x1a"


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


def _loaded(text: str, parse_int: type = int) -> object:
    try:
        return json.loads(text, parse_int=parse_int)
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
    depths: dict[str, int] = {}
    for depth, name, value in sorted(found, key=lambda leaf: leaf[0]):
        if depths.setdefault(name, depth) == depth and name in leaves:
            leaves[name] = AMBIGUOUS
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
            step = history.step.num if own_step is None else _step(own_step)
            rows.append((value, step, math.nan if time_s is None else time_s))
    return time_s


def _step(item: pb.HistoryItem) -> int:
    """Read a step exactly; one that is no number within 64 bits counts as 0."""
    step = _loaded(item.value_json)
    if isinstance(step, bool) or not isinstance(step, int | float) or not math.isfinite(step):
        return 0
    return int(step) if abs(int(step)) < 2**63 else 0


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
            member = _member(_loaded(item.value_json, float), metric[len(name) + 1 :].split("."))
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
    text = item.value_json
    if text:
        return _loaded(text, float)
    kind = item.WhichOneof("value")
    return None if kind is None else getattr(item, kind)


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value)
    except OverflowError:
        return math.copysign(math.inf, value)
