"""Edits as replacements at their places in the file's text, so that every other byte stays."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import yaml

from wbtools.sweepfile.bounded_yaml import (
    DEEPEST,
    MOST_NODES,
    YamlError,
    compose_yaml,
    construct_yaml,
)
from wbtools.sweepfile.lint.rule_api import Change, Edit
from wbtools.sweepfile.numbers_in_yaml import yaml_value

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator

    from wbtools.sweepfile.document import Path

    Entry = tuple[yaml.Node, yaml.Node]

_PROPERTIES: Final = re.compile(r"(?:[&!][^\s,\[\]{}]*[ \t]+)+")
_BREAK: Final = re.compile(r"\r\n|\r|\n")
_AFTER_FLOW_ENTRY: Final = re.compile(r"[ \t]*,[ \t]*")
_BEFORE_FLOW_ENTRY: Final = re.compile(r"[ \t]*,?[ \t]*\Z")
_INDENT: Final = "  "


class NoPlaceError(ValueError):
    """The text has no place at which an edit can be made alone; caught where the file is mended."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Replacement:
    """What takes the place of a part of the text.

    Attributes:
        start: The part's first character, from 0.
        end: The character after its last; `start` for an insertion.
    """

    start: int
    end: int
    text: str

    def overlaps(self, other: Replacement) -> bool:
        """Whether both would change the same characters; insertions side by side do not."""
        return self.start < other.end and other.start < self.end


def replaced(text: str, replacements: list[Replacement]) -> str:
    """The text with replacements that do not overlap; insertions at one place keep their order."""
    parts, at = [], 0
    for replacement in sorted(replacements, key=lambda part: (part.start, part.end)):
        parts += [text[at : replacement.start], replacement.text]
        at = replacement.end
    return "".join([*parts, text[at:]])


class EditableText:
    """The text of a YAML file and the nodes that PyYAML finds in it."""

    def __init__(self, text: str) -> None:
        """Parse the text.

        Raises:
            YamlError: It is no YAML, or too much of it.
        """
        self.text = text
        self._root = compose_yaml(text, most_nodes=MOST_NODES, deepest=DEEPEST)
        self._entries: dict[int, dict[tuple[type, Hashable], Entry]] = {}
        found = _BREAK.search(text)
        self._line_break = found[0] if found else "\n"

    def replacements(self, edit: Edit) -> list[Replacement]:
        """The places of the text that an edit changes, and how.

        Raises:
            NoPlaceError: It cannot be made without laying out other entries anew.
        """
        above = self._node(edit.path[:-1])
        last = edit.path[-1]
        if isinstance(above, yaml.SequenceNode) and edit.change is Change.SET:
            return [self._set(self._node(edit.path), edit.value)]
        if not isinstance(above, yaml.MappingNode):
            raise NoPlaceError
        entry = self._entry(above, last)
        if edit.change is Change.SET:
            if entry is None:
                return [self._add(above, f"{last}: {yaml_value(edit.value)}")]
            return self._set_entry(entry, edit.value)
        if entry is None:
            raise NoPlaceError
        if edit.change is Change.REMOVE:
            return [self._remove(above, entry)]
        return [self._set(entry[0], edit.value)]

    def is_shared(self, path: Path) -> bool:
        """Whether an entry stands elsewhere in the file, and an alias leads there."""
        nodes = list(self._nodes(path))
        starts = [node.start_mark.index for node in nodes if node is not None]
        return any(inner < outer for outer, inner in itertools.pairwise(starts))

    def _nodes(self, path: Path) -> Iterator[yaml.Node | None]:
        """The nodes from the top down to an entry; None where there is none."""
        node = self._root
        yield node
        for key in path:
            if isinstance(node, yaml.MappingNode):
                entry = self._entry(node, key)
                node = None if entry is None else entry[1]
            elif isinstance(node, yaml.SequenceNode) and isinstance(key, int):
                node = node.value[key]
            else:
                node = None
            yield node

    def _node(self, path: Path) -> yaml.Node:
        *_, node = self._nodes(path)
        if node is None:
            raise NoPlaceError
        return node

    def _entry(self, above: yaml.MappingNode, key: Hashable) -> Entry | None:
        """The key and the value that count: the last of those that stand there."""
        entries = self._entries.get(id(above))
        if entries is None:
            entries = self._entries[id(above)] = _by_key(above)
        return entries.get((type(key), key))

    def _set(self, node: yaml.Node, value: object) -> Replacement:
        if not isinstance(node, yaml.ScalarNode):
            raise NoPlaceError
        return Replacement(
            start=_begin(self.text, node), end=_end(node), text=self._written(node, value)
        )

    def _written(self, node: yaml.Node, value: object) -> str:
        """A value as YAML; one that only goes a level deeper keeps its writing."""
        if isinstance(value, dict) and len(value) == 1:
            ((key, inner),) = value.items()
            as_it_stands = self.text[_begin(self.text, node) : _end(node)]
            wrapped = f"{{{key}: {as_it_stands}}}"
            if _reads_as(wrapped, {key: inner}):
                return wrapped
        written = yaml_value(value)
        quote = node.style if isinstance(node, yaml.ScalarNode) else None
        if isinstance(value, str) and quote in {"'", '"'} and written == value:
            return f"{quote}{value}{quote}"
        return written

    def _set_entry(self, entry: Entry, value: object) -> list[Replacement]:
        key, node = entry
        if isinstance(node, yaml.SequenceNode) and isinstance(value, dict) and len(value) == 1:
            return self._deeper(key, node, str(next(iter(value))), value)
        if _begin(self.text, node) == _end(node):
            colon = self.text.find(":", _end(key))
            if colon < 0:
                raise NoPlaceError
            return [Replacement(start=colon + 1, end=colon + 1, text=f" {yaml_value(value)}")]
        return [self._set(node, value)]

    def _deeper(
        self, key: yaml.Node, node: yaml.SequenceNode, name: str, value: object
    ) -> list[Replacement]:
        """Put a list below a new key."""
        start = _begin(self.text, node)
        if node.flow_style:
            text = self._written(node, value)
            return [Replacement(start=start, end=_end(node), text=text)]
        first = self._line_start(start)
        indent = self.text[first:start]
        if indent.strip():
            raise NoPlaceError
        heading = f"{indent}{name}:{self._line_break}"
        if node.start_mark.column > key.start_mark.column:
            return [Replacement(start=first, end=first, text=heading)]
        end = max(_end(leaf) for leaf in _leaves(node))
        lines = [found.end() for found in _BREAK.finditer(self.text, first, end)]
        return [
            Replacement(start=first, end=first, text=f"{_INDENT}{heading}{_INDENT}"),
            *(Replacement(start=place, end=place, text=_INDENT) for place in lines),
        ]

    def _add(self, above: yaml.MappingNode, entry: str) -> Replacement:
        """Write an entry behind the last one of a mapping, in the mapping's own way."""
        if above.flow_style and above.value:
            key, node = above.value[-1]
            in_place = _end(key) <= _begin(self.text, node)  # an alias has its anchor's place
            at = _end(node) if in_place else _end(above) - 1
            return Replacement(start=at, end=at, text=f", {entry}")
        indent = " " * above.start_mark.column
        for key, node in reversed(above.value):
            if _end(key) <= _begin(self.text, node) and key.start_mark.line == node.end_mark.line:
                return self._insert_line(self._line_end(_end(node)), f"{indent}{entry}")
        first = self._line_start(_begin(self.text, above))
        if self.text[first : _begin(self.text, above)].strip():
            raise NoPlaceError
        return Replacement(start=first, end=first, text=f"{indent}{entry}{self._line_break}")

    def _insert_line(self, after: int, line: str) -> Replacement:
        """A new line behind the one that ends at a place, its line break counted."""
        has_break = after > 0 and self.text[after - 1] in "\r\n"
        text = f"{line}{self._line_break}" if has_break else f"{self._line_break}{line}"
        return Replacement(start=after, end=after, text=text)

    def _remove(self, above: yaml.MappingNode, entry: Entry) -> Replacement:
        key, node = entry
        start, end = key.start_mark.index, max(_end(key), _end(node))
        if len(above.value) == 1 or node.start_mark.index < _end(key):
            raise NoPlaceError
        if above.flow_style:
            if _begin(self.text, node) == _end(node):
                colon = self.text.find(":", _end(key), _end(node))
                end = max(end, colon + 1)
            after = _AFTER_FLOW_ENTRY.match(self.text, end)
            if after:
                return Replacement(start=start, end=after.end(), text="")
            before = _BEFORE_FLOW_ENTRY.search(self.text, 0, start)
            return Replacement(start=before.start() if before else start, end=end, text="")
        first, last = (
            self._line_start(start),
            self._line_end(max(_end(leaf) for leaf in _leaves(node))),
        )
        if self.text[first:start].strip():
            raise NoPlaceError
        if self.text[last - 1] not in "\r\n":  # the file's last line, and it stays without a break
            first = len(self.text[:first].removesuffix("\n").removesuffix("\r"))
        return Replacement(start=first, end=last, text="")

    def _line_start(self, place: int) -> int:
        return max(self.text.rfind("\n", 0, place), self.text.rfind("\r", 0, place)) + 1

    def _line_end(self, place: int) -> int:
        found = _BREAK.search(self.text, place)
        return found.end() if found else len(self.text)


def _by_key(above: yaml.MappingNode) -> dict[tuple[type, Hashable], Entry]:
    entries: dict[tuple[type, Hashable], Entry] = {}
    for key_node, value_node in above.value:
        if isinstance(key_node, yaml.ScalarNode):
            try:
                key: Any = construct_yaml(key_node)
            except YamlError:
                continue
            entries[type(key), key] = key_node, value_node
    return entries


def _begin(text: str, node: yaml.Node) -> int:
    """Where a value begins, behind its anchor and its tag."""
    start: int = node.start_mark.index
    properties = _PROPERTIES.match(text, start)
    return properties.end() if properties else start


def _end(node: yaml.Node) -> int:
    end: int = node.end_mark.index
    return end


def _leaves(node: yaml.Node) -> Iterator[yaml.Node]:
    """What has an end of its own: PyYAML ends block collections where the next entry begins."""
    if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        for inner in node.value:
            for part in inner if isinstance(inner, tuple) else (inner,):
                yield from _leaves(part)
    else:
        yield node


def _reads_as(text: str, value: object) -> bool:
    try:
        node = compose_yaml(text, most_nodes=MOST_NODES, deepest=DEEPEST)
        return construct_yaml(node) == value
    except YamlError:
        return False
