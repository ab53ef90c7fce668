"""Keys and values as W&B's records hold them, and the nested tree that they add up to.

History, summary and configuration are lists of items: a path (`key`, or `nested_key` parts) and a
JSON text. A path of one part `a.b` and a path `a`, `b` are both shown as `a.b` by W&B.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from wbtools.sources.local.protobuf import Message, WireError, encoded_varint

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

VALUE_TAG: Final = b"\x82\x01"  # field 16, value_json, of every kind of item
KEY_TAG: Final = 0x0A
PART_TAG: Final = 0x12
LONG: Final = 0x80  # lengths from here on take two bytes
_MOST_NAME_CHARACTERS: Final = 16 * 1024 * 1024  # 32 MiB a run: configuration and summary
_MOST_LEAVES: Final = 1_000_000
_MOST_WAITING: Final = 200  # summary records that are looked at together
_DEEPEST: Final = 200  # parts of a path, and levels of a JSON value

_NO_VALUE: Final = object()

KeyPath = tuple[str, ...]


def keyed_value(item: bytes) -> tuple[KeyPath, bytes]:
    """Take one item apart: its path and its value as JSON text.

    SDK 0.31 declares typed values beside `value_json`, for history only; they are read too.
    """
    message = Message(item)
    path = message.texts(2) or (message.text(1),)
    if message.chunks(16):
        return path, message.chunks(16)[-1]
    if message.has(4):
        return path, b"true" if message.number(4) else b"false"
    if message.has(5):
        zigzag = message.number(5) & 0xFFFF_FFFF_FFFF_FFFF
        return path, str((zigzag >> 1) ^ -(zigzag & 1)).encode()
    if message.has(6):
        return path, json.dumps(message.double(6)).encode()
    if message.has(7):
        return path, json.dumps(message.text(7)).encode()
    if message.chunks(8):
        return path, message.chunks(8)[-1]
    return path, b"null"


def encoded_key(path: KeyPath, *, keyed: bool = False) -> bytes:
    """Write a path as it stands in an item, before the value."""
    tag = KEY_TAG if keyed else PART_TAG
    return b"".join(bytes([tag]) + sized(part) for part in path)


def sized(part: str) -> bytes:
    """Write one part of a path with its length in front."""
    raw = part.encode("utf-8", "surrogateescape")
    return encoded_varint(len(raw)) + raw


def json_value(text: bytes | str, *, all_floats: bool = False) -> object:
    """Read a JSON value; a text that is none, or is nested too deeply, stays a text.

    So does a whole number of more digits than Python reads, wherever it stands.

    Args:
        text: What a record or a side file holds.
        all_floats: Read whole numbers as floats too, so that -0 keeps its sign.
    """
    try:
        value: object = json.loads(text, parse_int=float if all_floats else None)
    except json.JSONDecodeError:
        value = _NO_VALUE
    except ValueError:
        # Not JSON's, but that of Python's limit of digits (`sys.set_int_max_str_digits`).
        value = _with_long_numbers(text)
    except RecursionError:
        value = _NO_VALUE
    if value is _NO_VALUE:
        return text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    if len(text) > _DEEPEST and _is_too_deep(value):
        return text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return value


def _with_long_numbers(text: bytes | str) -> object:
    """A JSON value whose longest whole numbers are texts; `_NO_VALUE` if it is none after all."""
    try:
        return json.loads(text, parse_int=_whole_or_text)
    except (ValueError, RecursionError):
        return _NO_VALUE


def _whole_or_text(digits: str) -> int | str:
    try:
        return int(digits)
    except ValueError:
        return digits


def _is_too_deep(value: object) -> bool:
    level = [value]
    for _ in range(_DEEPEST):
        level = [
            inner
            for node in level
            if isinstance(node, dict | list)
            for inner in (node.values() if isinstance(node, dict) else node)
        ]
        if not level:
            return False
    return True


class NameBudget:
    """How many characters of names may still be made for one configuration or summary.

    A short file can hold a long key with very many members, and each member's dotted name repeats
    that key. What goes beyond the budget is dropped, and so is everything after it.

    Attributes:
        exceeded: Something was dropped.
    """

    __slots__ = ("_left", "exceeded")

    def __init__(self, characters: int = _MOST_NAME_CHARACTERS) -> None:
        """Start with so many characters."""
        self._left = characters
        self.exceeded = False

    def grants(self, n: int) -> bool:
        """Take `n` characters, if there are as many left."""
        self._left = self._left - n if n <= self._left else -1
        self.exceeded = self.exceeded or self._left < 0
        return self._left >= 0


class Tree:
    """What a row of updates and removals adds up to.

    Attributes:
        root: All of it, nested.
        dropped: A path was too long to be kept.
    """

    __slots__ = ("dropped", "root")

    def __init__(self, root: dict[str, object] | None = None, *, dropped: bool = False) -> None:
        """Start with nothing, or where another tree was."""
        self.root: dict[str, object] = {} if root is None else root
        self.dropped = dropped

    def update(self, path: KeyPath, value: object) -> None:
        """Put `value` at `path`, in place of whatever was there or on the way."""
        if len(path) > _DEEPEST:
            self.dropped = True
            return
        node = self.root
        for part in path[:-1]:
            below = node.get(part)
            if not isinstance(below, dict):
                below = {}
                node[part] = below
            node = below
        node[path[-1]] = value

    def remove(self, path: KeyPath) -> None:
        """Take away `path` and everything below it, if it is there."""
        node: object = self.root
        for part in path[:-1]:
            node = node.get(part) if isinstance(node, dict) else None
        if isinstance(node, dict):
            node.pop(path[-1], None)

    def apply(self, message: Message) -> None:
        """Apply a configuration or summary record: its updates, then its removals.

        Raises:
            WireError: An item is no message; then nothing was applied.
        """
        updates = [keyed_value(item) for item in message.chunks(1)]
        removals = [keyed_value(item)[0] for item in message.chunks(2)]
        for path, value in updates:
            self.update(path, json_value(value))
        for path in removals:
            self.remove(path)

    def get(self, *path: str) -> object:
        """Give what is at `path`; None if nothing is."""
        node: object = self.root
        for part in path:
            node = node.get(part) if isinstance(node, dict) else None
        return node

    def flat(self, budget: NameBudget, *, without: str = "") -> dict[str, object]:
        """Give the leaves by dotted name, leaving out the top-level key `without`."""
        return flattened({k: v for k, v in self.root.items() if k != without}, budget)


def flattened(nested: Mapping[str, object], budget: NameBudget) -> dict[str, object]:
    """Give the leaves of nested mappings by dotted name, keys as texts.

    Where a flat key and a nested path have the same name, the flat key wins. Lists and empty
    mappings are leaves. At most a million leaves are given, with no more names than the budget
    grants.
    """
    leaves: dict[str, object] = {}
    level = list(_named(nested, "", budget))
    while level and len(leaves) < _MOST_LEAVES:
        below: list[tuple[str, object]] = []
        for name, value in level:
            if isinstance(value, dict) and value:
                below.extend(_named(value, f"{name}.", budget))
            else:
                leaves.setdefault(name, value)
        level = below
    return leaves


def _named(
    mapping: Mapping[str, object], prefix: str, budget: NameBudget
) -> Iterator[tuple[str, object]]:
    for key, value in mapping.items():
        text = str(key)
        if not budget.grants(len(prefix) + len(text)):
            return
        yield prefix + text, value


class SummaryFold:
    """The last summary, out of the thousands that a run file holds (two a step).

    Later records overwrite earlier ones key by key, so records are looked at from the last to the
    first, and one that only speaks of keys already seen is skipped without being taken apart.

    Attributes:
        malformed: Offset and size of the records that turned out to be no messages; complete only
            after `tree`.
        waiting: Offset and bytes of the records that may still matter.
        n_kept: How many of these the last thinning left.
    """

    __slots__ = ("_noticed", "malformed", "n_kept", "waiting")

    def __init__(self, waiting: Iterable[tuple[int, bytes]] = (), n_kept: int = 0) -> None:
        """Start with nothing, or where another fold was that had noticed nothing malformed."""
        self.malformed: list[tuple[int, int]] = []
        self.waiting = list(waiting)
        self.n_kept = n_kept
        self._noticed: list[tuple[int, int]] = []

    def add(self, message: bytes, offset: int) -> None:
        """Take the next summary record of the file, which lies at `offset`; never raises."""
        self.waiting.append((offset, message))
        if len(self.waiting) > _MOST_WAITING + 2 * self.n_kept:
            self.waiting, noticed = _thinned(self.waiting)
            self.n_kept = len(self.waiting)
            self._noticed += noticed

    def tree(self) -> Tree:
        """Give the summary after the last record; more may be added to the fold afterwards."""
        latest, noticed = _thinned(self.waiting)
        self.malformed = [*self._noticed, *noticed]
        tree = Tree()
        for _, message in latest:
            tree.apply(Message(message))
        return tree


def _thinned(
    waiting: Sequence[tuple[int, bytes]],
) -> tuple[list[tuple[int, bytes]], list[tuple[int, int]]]:
    """Give the records that hold the last word on some key, and where those lie that are none."""
    later_keys: set[bytes] = set()
    latest = []
    malformed = []
    for offset, message in reversed(waiting):
        if not _speaks_only_of(message, later_keys):
            try:
                keys = _keys(message)
            except WireError:
                malformed.append((offset, len(message)))
                continue
            if not later_keys.issuperset(keys):
                later_keys.update(keys)
                latest.append((offset, message))
    latest.reverse()
    return latest, malformed


def _speaks_only_of(message: bytes, later_keys: set[bytes]) -> bool:
    """Say quickly whether all keys of a summary record are among `later_keys`; False if in doubt.

    The tag of a value cannot be part of a key, as no UTF-8 character continues that way. So the
    message is split there, and each piece is: length of the value, value, tag and length of the
    next item, its key. Items longer than 127 bytes give pieces that are no such key.
    """
    pieces = message.split(VALUE_TAG)
    try:
        last = pieces[-1]
        return (
            pieces[0][2:] in later_keys
            and last[0] + 1 == len(last)
            and later_keys.issuperset([piece[piece[0] + 3 :] for piece in pieces[1:-1]])
        )
    except IndexError:
        return False


def _keys(message: bytes) -> set[bytes]:
    """Give the paths of all updates and removals, as they are written."""
    fields = Message(message)
    keys = set()
    for item in (*fields.chunks(1), *fields.chunks(2)):
        parts = Message(item)
        keys.add(encoded_key(parts.texts(2)) or encoded_key((parts.text(1),), keyed=True))
    return keys
