"""Writes `.wandb` files the way the SDK does: protobuf messages of the SDK in LevelDB framing."""

from __future__ import annotations

import json
import struct
import zlib
from typing import TYPE_CHECKING

from wandb.proto import wandb_internal_pb2 as pb

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

HEADER = b":W&B\xe1\xbe\x00"
BLOCK = 32768
START_S = 1_700_000_000.0


def fragment(kind: int, content: bytes) -> bytes:
    crc = zlib.crc32(bytes([kind]) + content)
    return struct.pack("<IHB", crc, len(content), kind) + content


def framed(payloads: Iterable[bytes], header: bytes = HEADER) -> bytes:
    data = bytearray(header)
    for payload in payloads:
        rest = payload
        first = True
        while True:
            room = BLOCK - len(data) % BLOCK
            if room < 7:
                data += bytes(room)
                continue
            piece, rest = rest[: room - 7], rest[room - 7 :]
            data += fragment({(1, 0): 1, (1, 1): 2, (0, 1): 3, (0, 0): 4}[first, bool(rest)], piece)
            first = False
            if not rest:
                break
    return bytes(data)


def run_record(
    run_id: str = "abc12345",
    *,
    start_s: float | None = START_S,
    config: Mapping[str, object] | None = None,
    **fields: object,
) -> pb.Record:
    run = pb.RunRecord(run_id=run_id, **fields)
    if start_s is not None:
        run.start_time.seconds = int(start_s)
        run.start_time.nanos = round(start_s % 1 * 1e9)
    for key, value in (config or {}).items():
        run.config.update.add(key=key, value_json=json.dumps(value))
    return pb.Record(num=1, run=run)


def history(
    step: int | None,
    row: Mapping[str | tuple[str, ...], object],
    *,
    old: bool = False,
    time_s: float | None = None,
) -> pb.Record:
    """A row: a tuple is a nested path, bytes stand as they are, `old` writes `key`."""
    record = pb.Record(num=2)
    record.history.step.num = step or 0
    items = dict(row)
    if step is not None:
        items["_step"] = step
        items["_timestamp"] = START_S + step if time_s is None else time_s
    for key, value in items.items():
        item = record.history.item.add()
        _name(item, key, old=old)
        item.value_json = value.decode() if isinstance(value, bytes) else json.dumps(value)
    return record


def summary(
    update: Mapping[str | tuple[str, ...], object],
    remove: Iterable[str | tuple[str, ...]] = (),
    *,
    old: bool = False,
) -> pb.Record:
    record = pb.Record(num=3)
    record.summary.SetInParent()
    for key, value in update.items():
        item = record.summary.update.add(value_json=json.dumps(value))
        _name(item, key, old=old)
    for key in remove:
        _name(record.summary.remove.add(), key, old=True)
    return record


def exit_record(code: int = 0) -> pb.Record:
    return pb.Record(num=9, exit=pb.RunExitRecord(exit_code=code))


def preempting() -> pb.Record:
    return pb.Record(num=8, preempting=pb.RunPreemptingRecord())


def serialized(records: Iterable[pb.Record]) -> list[bytes]:
    return [record.SerializeToString() for record in records]


def write_run(
    home: Path,
    records: Iterable[pb.Record],
    run_id: str = "abc12345",
    stamp: str = "20240101_000000",
) -> Path:
    """Write `home/run-STAMP-ID/run-ID.wandb`."""
    folder = home / f"run-{stamp}-{run_id}"
    folder.mkdir(parents=True)
    path = folder / f"run-{run_id}.wandb"
    path.write_bytes(framed(serialized(records)))
    return path


def simple_run(
    run_id: str = "abc12345",
    values: Iterable[float] = (3.0, 2.0, 1.0),
    *,
    code: int | None = 0,
    start_s: float = START_S,
    first_step: int = 0,
    **fields: object,
) -> list[pb.Record]:
    """A run that logs `loss` every second."""
    records = [run_record(run_id, start_s=start_s, **fields)]
    for n, value in enumerate(values):
        records.append(history(first_step + n, {"loss": value}, time_s=start_s + 1 + n))
        records.append(summary({"loss": value, "_step": first_step + n}))
    return records if code is None else [*records, exit_record(code)]


def _name(item: object, key: str | tuple[str, ...], *, old: bool) -> None:
    if old and isinstance(key, str):
        item.key = key
    else:
        item.nested_key.extend([key] if isinstance(key, str) else key)
