"""A sweep file that is being written: its data, and the comments that stand above its keys."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from wbtools.errors import DataError
from wbtools.sweepfile.document import read_document
from wbtools.sweepfile.numbers_in_yaml import yaml_value
from wbtools.text.sanitize import sanitize

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wbtools.sweepfile.document import Path

ORDER: Final = (
    "name", "description", "project", "entity", "program", "command", "job", "image_uri", "method",
    "metric", "metrics", "run_cap", "early_terminate", "parameters", "controller", "scheduler",
)  # fmt: skip
_INDENT: Final = 2
_LONGEST_NOTE: Final = 1000


@dataclass(slots=True, kw_only=True)
class Draft:
    """A sweep file as data with comments.

    Attributes:
        data: What the file says.
        head: Comment lines at its top, without `#`.
        notes: Comment lines above a key, by the key's path.
    """

    data: dict[str, Any]
    head: list[str] = field(default_factory=list)
    notes: dict[Path, list[str]] = field(default_factory=dict)


def read_draft(content: bytes, source: str) -> Draft:
    """Take a sweep file with the comments that stand on lines of their own.

    Raises:
        DataError: It is no mapping in YAML.
    """
    document = read_document(content)
    if document.failure is not None or not document.top:
        why = document.failure or "it is not a mapping"
        msg = f"{source} is not a sweep file: {why}"
        raise DataError(msg, "correct the file, or name another")
    lines = content.decode("utf-8-sig").split("\n")
    first = min(line for line, _ in document.keys.values())
    head = [line.strip() for line in lines[: first - 1]]
    notes = {
        path: found
        for path, (line, _) in document.keys.items()
        if line > first and (found := list(_above(lines, line)))
    }
    return Draft(
        data=document.data, head=[_bare(line) for line in head if line.startswith("#")], notes=notes
    )


def _above(lines: list[str], line: int) -> Iterator[str]:
    begin = line - 1
    while begin > 0 and lines[begin - 1].lstrip().startswith("#"):
        begin -= 1
    return map(_bare, lines[begin : line - 1])


def _bare(line: str) -> str:
    return line.strip().removeprefix("#").removeprefix(" ")


def write_draft(draft: Draft) -> str:
    """Write a sweep file: comments, keys in the usual order, numbers that PyYAML reads as such."""
    known = [key for key in ORDER if key in draft.data]
    keys = [*known, *(key for key in draft.data if key not in known)]
    data = {key: draft.data[key] for key in keys}
    lines = [_comment(text, 0) for text in draft.head]
    return "\n".join([*lines, *_mapping(data, (), draft.notes), ""])


def _mapping(
    block: Mapping[str, Any], path: Path, notes: Mapping[Path, list[str]]
) -> Iterator[str]:
    indent = _INDENT * len(path)
    for key, value in block.items():
        entry_path = (*path, key)
        yield from (_comment(text, indent) for text in notes.get(entry_path, ()))
        name = f"{' ' * indent}{yaml_value(key)}:"
        if isinstance(value, dict) and value and _is_structure(entry_path):
            yield name
            yield from _mapping(value, entry_path, notes)
        else:
            yield f"{name} {yaml_value(value)}"


def _is_structure(path: Path) -> bool:
    """Whether a mapping there is the sweep file's own, and not a parameter's value."""
    return not (path[0] == "parameters" and path[-1] in {"value", "values"} and len(path) % 2)


def _comment(text: str, indent: int) -> str:
    """One comment line, whatever the text holds."""
    return f"{' ' * indent}# {sanitize(text, limit=_LONGEST_NOTE)}".rstrip()
