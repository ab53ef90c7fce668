"""A sweep file as PyYAML sees it, with the line and column of every entry."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import yaml

from wbtools.sweepfile.bounded_yaml import (
    DEEPEST,
    MOST_NODES,
    YamlError,
    compose_as_client,
    compose_yaml,
    construct_yaml,
)
from wbtools.sweepfile.kinds import fits, is_integer, meant
from wbtools.sweepfile.numbers_in_yaml import as_sent

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator

    Path = tuple[Hashable, ...]

LARGEST_BYTES: Final = 1024 * 1024
TOP_KEYS: Final = (
    "name", "description", "project", "entity", "program", "command", "method", "metric",
    "metrics", "parameters", "early_terminate", "run_cap", "controller", "scheduler", "job",
    "image_uri", "apiVersion", "kind",
)  # fmt: skip
"""What W&B's schema knows at the top of a sweep file."""
_SWEEP_KEYS: Final = frozenset({"method", "metric", "parameters", "program"})
_DEEPEST_WRAPPER: Final = 3
_IGNORE = re.compile(r"#\s*wbtools:\s*ignore\s+(?P<codes>WBS\d+(?:[\s,]+WBS\d+)*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterEntry:
    """One parameter of the file.

    Attributes:
        name: Dotted, from the outermost parameter.
        body: What was written under the name, whatever it is.
    """

    path: Path
    name: str
    body: Any

    @property
    def nested(self) -> bool:
        """Whether it lies within another parameter."""
        return len(self.path) > _TOP_DEPTH

    @property
    def mapping(self) -> dict[Any, Any]:
        """The body, empty if it is no mapping."""
        return self.body if isinstance(self.body, dict) else {}

    def listed(self) -> Iterator[tuple[Path, Any]]:
        """Everything that stands under `value` and `values`, lists and mappings opened."""
        for key in ("value", "values"):
            if key in self.mapping:
                yield from leaves(self.mapping[key], (*self.path, key))


_TOP_DEPTH: Final = 2


@dataclass
class Document:
    """A file that was read, or why it was not.

    Attributes:
        data: What PyYAML makes of it; None if it could not be read.
        failure: Why it could not be read.
        repeated: Paths of keys that stand twice in one mapping, with line and column.
        keys: Line and column, from 1, of every key.
        values: The same of every value.
        plain: Every value without quotes, as it stands in the file.
    """

    data: Any = None
    failure: YamlError | None = None
    repeated: list[tuple[Path, tuple[int, int]]] = field(default_factory=list)
    keys: dict[Path, tuple[int, int]] = field(default_factory=dict)
    values: dict[Path, tuple[int, int]] = field(default_factory=dict)
    plain: dict[Path, str] = field(default_factory=dict)
    ignored_everywhere: frozenset[str] = frozenset()
    ignored_on: dict[int, frozenset[str]] = field(default_factory=dict)

    @cached_property
    def top(self) -> dict[Any, Any]:
        """The file's mapping as W&B's server reads it, `1e-5` as a number; empty if it is none."""
        return as_sent(self.data) if isinstance(self.data, dict) else {}

    def block(self, key: str) -> dict[Any, Any]:
        """The mapping under a top-level key; empty if it is none."""
        value = self.top.get(key)
        return value if isinstance(value, dict) else {}

    @cached_property
    def wrapped_at(self) -> tuple[Path, ...]:
        """Where whole sweeps lie below keys of their own; empty if this file is a sweep itself."""
        if self.top.keys() & _SWEEP_KEYS:
            return ()
        return tuple(_sweeps_below(self.top, (), _DEEPEST_WRAPPER))

    @cached_property
    def parameters(self) -> tuple[ParameterEntry, ...]:
        """All parameters, those that only hold others left out."""
        return tuple(_entries(self.block("parameters"), ("parameters",), ""))

    @cached_property
    def groups(self) -> tuple[ParameterEntry, ...]:
        """The parameters that hold others."""
        return tuple(_groups(self.block("parameters"), ("parameters",), ""))

    @property
    def swept(self) -> list[ParameterEntry]:
        """The parameters that may take more than one value."""
        return [
            parameter
            for parameter in self.parameters
            if parameter.mapping and "value" not in parameter.mapping
        ]

    @property
    def has_rule(self) -> bool:
        """Whether an `early_terminate` block of some kind is there."""
        return bool(self.block("early_terminate"))

    @property
    def has_local_controller(self) -> bool:
        """Whether a program of the user's hands out the runs, which reads no YAML 1.2."""
        return self.block("controller").get("type") == "local"

    @cached_property
    def n_cells(self) -> int | None:
        """Runs of a whole grid; None if the file is no grid, or holds what cannot be counted."""
        sizes = [_n_values(parameter) for parameter in self.parameters]
        if self.top.get("method") != "grid" or None in sizes:
            return None
        return math.prod(size for size in sizes if size is not None)

    def value_at(self, path: Path) -> Any:  # noqa: ANN401 - whatever a file holds
        """What PyYAML makes of an entry; None where there is none."""
        value = self.data
        for key in path:
            try:
                value = value[key]
            except (LookupError, TypeError):
                return None
        return value

    def place(self, path: Path, *, at_key: bool = False) -> tuple[int, int]:
        """Line and column of an entry, or of the nearest one above it that exists."""
        for end in range(len(path), 0, -1):
            ancestor = path[:end]
            found = self.keys.get(ancestor) if at_key else self.values.get(ancestor)
            found = found or self.keys.get(ancestor) or self.values.get(ancestor)
            if found is not None:
                return found
        return 1, 1


def read_document(content: bytes) -> Document:
    """Read a sweep file from any bytes."""
    document = Document()
    read_into(document, content)
    return document


def read_into(document: Document, content: bytes) -> None:
    """Read a sweep file from any bytes into a document that is still empty."""
    try:
        text = _decode(content)
        document.ignored_everywhere, document.ignored_on = _suppressions(text)
        node = compose_yaml(text, most_nodes=MOST_NODES, deepest=DEEPEST)
        node = compose_as_client(text, node)
        document.repeated = list(_repeated(node, (), set()))
        document.data = construct_yaml(node)
        if node is not None:
            _note_places(document, node, ())
    except YamlError as error:
        document.failure = error
    except RecursionError:
        document.failure = YamlError("it refers to itself", too_much=True)


def _decode(content: bytes) -> str:
    if len(content) > LARGEST_BYTES:
        msg = f"it has {len(content)} bytes, more than the {LARGEST_BYTES} that are looked at"
        raise YamlError(msg, too_much=True)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        msg = f"byte {error.start} is not UTF-8"
        raise YamlError(msg) from None


def _suppressions(text: str) -> tuple[frozenset[str], dict[int, frozenset[str]]]:
    """Codes ignored by a comment: on a line of its own everywhere, beside an entry only there."""
    everywhere: set[str] = set()
    lines: dict[int, frozenset[str]] = {}
    for number, line in enumerate(text.split("\n"), start=1):
        match = _IGNORE.search(line)
        if match is None:
            continue
        codes = frozenset(re.findall(r"WBS\d+", match["codes"]))
        if line.lstrip().startswith("#"):
            everywhere |= codes
        else:
            lines[number] = codes
    return frozenset(everywhere), lines


def leaves(value: object, path: Path) -> Iterator[tuple[Path, Any]]:
    """Everything within a value that holds nothing else, with its path."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, (*path, key))
    elif isinstance(value, list | tuple):
        for index, inner in enumerate(value):
            yield from leaves(inner, (*path, index))
    else:
        yield path, value


def _spot(node: yaml.Node) -> tuple[int, int]:
    return node.start_mark.line + 1, node.start_mark.column + 1


def _repeated(
    node: yaml.Node | None, path: Path, visited: set[int]
) -> Iterator[tuple[Path, tuple[int, int]]]:
    if node is None or id(node) in visited:
        return
    visited.add(id(node))
    if isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            yield from _repeated(item, (*path, index), visited)
    elif isinstance(node, yaml.MappingNode):
        met: set[tuple[str, str]] = set()
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode):
                if (key.tag, key.value) in met:
                    yield (*path, key.value), _spot(key)
                met.add((key.tag, key.value))
                yield from _repeated(value, (*path, key.value), visited)


def _note_places(document: Document, node: yaml.Node, path: Path) -> None:
    document.values[path] = _spot(node)
    if isinstance(node, yaml.ScalarNode) and not node.style:
        document.plain[path] = node.value
    if isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            _note_places(document, item, (*path, index))
    elif isinstance(node, yaml.MappingNode):
        for key_node, value_node in node.value:
            key = construct_yaml(key_node) if isinstance(key_node, yaml.ScalarNode) else None
            key_path = (*path, key)
            document.keys[key_path] = _spot(key_node)
            _note_places(document, value_node, key_path)


def _sweeps_below(block: dict[Any, Any], path: Path, deepest: int) -> Iterator[Path]:
    for key, inner in block.items():
        if not isinstance(inner, dict):
            continue
        if isinstance(inner.get("parameters"), dict) and len(_SWEEP_KEYS & inner.keys()) > 1:
            yield (*path, key)
        elif deepest > 1:
            yield from _sweeps_below(inner, (*path, key), deepest - 1)


def _entries(block: dict[Any, Any], path: Path, prefix: str) -> Iterator[ParameterEntry]:
    for key, body in block.items():
        entry_path, name = (*path, key), f"{prefix}{key}"
        if isinstance(body, dict) and isinstance(body.get("parameters"), dict):
            yield from _entries(body["parameters"], (*entry_path, "parameters"), f"{name}.")
        else:
            yield ParameterEntry(path=entry_path, name=name, body=body)


def _groups(block: dict[Any, Any], path: Path, prefix: str) -> Iterator[ParameterEntry]:
    for key, body in block.items():
        entry_path, name = (*path, key), f"{prefix}{key}"
        if isinstance(body, dict) and isinstance(body.get("parameters"), dict):
            yield ParameterEntry(path=entry_path, name=name, body=body)
            yield from _groups(body["parameters"], (*entry_path, "parameters"), f"{name}.")


def grid_value(value: object) -> str:
    """What W&B's grid tells values apart by: 1 and 1.0 are the same, but neither is true.

    Source: `yaml_hash` in `sweeps/grid_search.py` of `sweeps` 0.3.0, which runs equal cells once.
    """
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return json.dumps(_ordered(value), default=str)


def _ordered(value: object) -> object:
    if isinstance(value, dict):
        return {str(key): _ordered(value[key]) for key in sorted(value, key=str)}
    return [_ordered(inner) for inner in value] if isinstance(value, list) else value


def _n_values(parameter: ParameterEntry) -> int | None:
    kind, body = meant(parameter.mapping), parameter.mapping
    if kind == "constant":
        return 1
    if kind == "categorical" and isinstance(body.get("values"), list):
        return len(set(map(grid_value, body["values"])))
    if kind == "int_uniform" and is_integer(body.get("min")) and is_integer(body.get("max")):
        return max(int(body["max"] - body["min"] + 1), 0)
    if kind == "q_uniform" and fits(body):
        # The engine counts with numpy.arange, which leaves out the upper bound.
        steps = (body["max"] - body["min"]) / body.get("q", 1)
        return max(math.ceil(steps), 0) if math.isfinite(steps) else None
    return None
