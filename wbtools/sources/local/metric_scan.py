"""One metric in history rows: searched by its bytes, taken apart only where that is not enough.

A metric is called by the name W&B shows, `train.loss`. In a row it can be a key `train.loss`, a
path `train`, `loss`, any other division at the dots, or (SDK 0.17 and older) a member of a JSON
object under `train`. If several are there, the first of these counts. A row holds a path once.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from wbtools.sources.local.json_items import (
    KEY_TAG,
    LONG,
    PART_TAG,
    VALUE_TAG,
    encoded_key,
    json_value,
    keyed_value,
    sized,
)
from wbtools.sources.local.protobuf import Message

if TYPE_CHECKING:
    from wbtools.sources.local.json_items import KeyPath

_NEVER_ESCAPED: Final = frozenset(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 _-+=@:;,.()[]{}#$%^*|~!?"
)
_FLAT: Final = 4
_NESTED: Final = 3
_MIXED: Final = 2
_IN_JSON: Final = 1


class MetricFinder:
    """Finds one metric in the bytes of `HistoryRecord`s."""

    __slots__ = (
        "_flat",
        "_gates",
        "_likely",
        "_n_likely",
        "_nested",
        "_sized_name",
        "name",
        "parts",
    )

    def __init__(self, name: str, *, is_nested: bool = False) -> None:
        """Prepare the byte patterns for `name`, and expect a nested path first if it is one."""
        self.name = name
        self.parts: KeyPath = tuple(name.split("."))
        self._sized_name = sized(name)
        self._flat = self._sized_name + VALUE_TAG
        dotted = len(self.parts) > 1
        self._nested = encoded_key(self.parts)[1:] + VALUE_TAG if dotted else b""
        endings = [".".join(self.parts[at:]) for at in range(len(self.parts))]
        gates = [sized(ending) for ending in endings]
        if dotted:
            gates += [f'"{ending}"'.encode(errors="surrogateescape") for ending in endings[1:]]
        if not name or (dotted and not _NEVER_ESCAPED.issuperset(self.parts[-1])):
            gates = [b""]  # an empty key is not written, and JSON may write the last part otherwise
        self._gates = gates
        self._expect(self._nested if is_nested and dotted else self._flat)

    @property
    def is_nested(self) -> bool:
        """Whether a nested path was found last, and is searched for first."""
        return self._likely is not self._flat

    def _expect(self, pattern: bytes) -> None:
        """Search for this pattern first, in the rows to come."""
        self._likely = pattern
        self._n_likely = len(pattern)

    def text(self, row: bytes) -> bytes | None:
        """Give the metric's value in a row as JSON text; None if the row does not hold it.

        A pattern's last hit counts if item, path and value begin and end where their lengths say.
        JSON texts cannot hold the tags' control characters, so a text that looks like a metric is
        no hit.
        """
        likely = self._likely
        at = row.rfind(likely)
        while at > 2:  # noqa: PLR2004 - tag and length of the item, tag of the key
            length = row[at - 2]
            value = at + self._n_likely
            n_value = row[value]
            if (
                at + length == value + n_value + 2
                and length < LONG
                and row[at - 3] == KEY_TAG
                and (row[at - 1] == PART_TAG or row[at - 1] == KEY_TAG)
            ):
                if likely is not self._flat and self._sized_name in row:
                    break
                return row[value + 1 : value + 1 + n_value]
            at = row.rfind(likely, 0, at)
        for gate in self._gates:
            if gate in row:
                return self._walked(row)
        return None

    def _walked(self, row: bytes) -> bytes | None:
        """Do as `text`, by taking the whole row apart."""
        best = 0
        found = None
        for item in Message(row).chunks(1):
            path, value = keyed_value(item)
            rank = self._rank(path, value)
            if rank >= max(best, _IN_JSON):
                inside = value if rank > _IN_JSON else self._member(path, value)
                if inside is not None:
                    best, found = rank, inside
        if best == _FLAT:
            self._expect(self._flat)
        elif best == _NESTED:
            self._expect(self._nested)
        return found

    def _rank(self, path: KeyPath, value: bytes) -> int:
        if path == (self.name,):
            return _FLAT
        if path == self.parts:
            return _NESTED
        joined = ".".join(path)
        if joined == self.name:
            return _MIXED
        return _IN_JSON if value[:1] == b"{" and self.name.startswith(f"{joined}.") else 0

    def _member(self, path: KeyPath, value: bytes) -> bytes | None:
        """Give the member of a JSON object that the rest of the name leads to."""
        rest = self.name[len(".".join(path)) + 1 :].split(".")
        return member_text(json_value(value, all_floats=True), rest)


def member_text(value: object, rest: list[str]) -> bytes | None:
    """Follow `rest` into nested objects, the longest key first; give the leaf as JSON text."""
    if not rest:
        return None if isinstance(value, dict) else json.dumps(value).encode()
    if isinstance(value, dict):
        for n in range(len(rest), 0, -1):
            key = ".".join(rest[:n])
            if key in value:
                found = member_text(value[key], rest[n:])
                if found is not None:
                    return found
    return None


def number(text: bytes | None) -> float | None:
    """Read a JSON number, exact to the last bit; None for anything else.

    NaN, Infinity and -Infinity, which Python and Go write without quotes, are numbers here.
    """
    if text is None:
        return None
    try:
        return float(text)
    except ValueError:
        return None
