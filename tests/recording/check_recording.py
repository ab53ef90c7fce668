"""Read a recorded `.wandb` file back, and search it for facts about the recording machine."""

from __future__ import annotations

import getpass
import json
import re
import socket
import sys
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

from wandb.proto import wandb_internal_pb2 as pb

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

FILE_HEADER, CHUNK_HEADER, BLOCK = 7, 7, 32768
FULL, FIRST, MIDDLE, LAST = 1, 2, 3, 4
PRIVATE = re.compile(
    rb"/(?:home|root|Users|tmp|var|usr|opt|work|mnt|workspace)\b|[\w.]+@[\w-]+\.\w|site-packages"
    rb"|bin/python|\b(?:\d{1,3}\.){3}\d{1,3}\b|BEGIN [A-Z ]*KEY"
)


def records(path: Path) -> Iterator[bytes]:
    """Yield a file's records, each as its protobuf bytes.

    Raises:
        ValueError: where a checksum is wrong.
    """
    data, at, parts = path.read_bytes(), FILE_HEADER, b""
    while at + CHUNK_HEADER <= len(data):
        left = BLOCK - at % BLOCK
        if left < CHUNK_HEADER:
            at += left
            continue
        crc = int.from_bytes(data[at : at + 4], "little")
        size = int.from_bytes(data[at + 4 : at + 6], "little")
        kind = data[at + 6]
        chunk = data[at + CHUNK_HEADER : at + CHUNK_HEADER + size]
        if zlib.crc32(chunk, zlib.crc32(bytes([kind]))) != crc:
            message = f"{path}: wrong checksum at byte {at}"
            raise ValueError(message)
        at += CHUNK_HEADER + size
        parts = chunk if kind in {FULL, FIRST} else parts + chunk
        if kind in {FULL, LAST}:
            yield parts


def read_recording(path: Path, metric: str) -> list[float]:
    """Give the values of a metric, in the order in which they were logged."""
    return [
        json.loads(item.value_json)
        for raw in records(path)
        for item in pb.Record.FromString(raw).history.item
        if (item.key or ".".join(item.nested_key)) == metric
    ]


def leaks(path: Path, more: Iterable[str] = ()) -> list[str]:
    """List what in a file's bytes tells of the machine or the person that recorded it."""
    names = {str(Path.home()), getpass.getuser(), socket.gethostname(), sys.executable}
    names |= {sys.prefix, sys.base_prefix, socket.getfqdn(), *more}
    found = [match.group().decode() for match in PRIVATE.finditer(path.read_bytes())]
    for raw in records(path):  # once more without the framing, which can cut a word in two
        found += [match.group().decode() for match in PRIVATE.finditer(raw)]
        found += [w for w in names if re.search(rb"(?<!\w)%b(?!\w)" % re.escape(w.encode()), raw)]
    return sorted(set(found))


if __name__ == "__main__":
    for argument in sys.argv[1:]:
        print(argument, leaks(Path(argument)))
