"""Apply safe changes to a sweep file, comments and order kept.

PyYAML finds what is wrong; ruamel.yaml, which keeps comments, writes; and PyYAML reads the result
again: what it does not read as exactly the old data with the changes is not given back.
"""

from __future__ import annotations

import codecs
import copy
import io
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from wbtools.sweepfile.lint.rule_api import Change, Edit, LintedDocument, LintOptions, read_for_lint
from wbtools.sweepfile.lint.runner import problems
from wbtools.sweepfile.numbers_in_yaml import yaml_value

if TYPE_CHECKING:
    from collections.abc import Callable

_MOST_ROUNDS: Final = 5
_INDENT: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class FixedFile:
    """A file after its safe changes.

    Attributes:
        content: The new file; the old one if nothing was changed.
        n_changes: How many changes were made.
        refused: Why some were not, in words; None if all were.
    """

    content: bytes
    n_changes: int
    refused: str | None = None


def fix(
    content: bytes,
    *,
    options: LintOptions | None = None,
    wanted: Callable[[str], bool] = lambda _code: True,
) -> FixedFile:
    """Mend what can be mended without changing what the author meant.

    Args:
        content: The file.
        options: As for `lint`.
        wanted: Whether the findings of a code are to be mended.
    """
    total_changes = 0
    for _ in range(_MOST_ROUNDS):  # one change may uncover another
        document = read_for_lint(content, options or LintOptions())
        edits = _edits(document, wanted)
        if not edits:
            break
        changed, n_changes = _apply(content, document, edits)
        if changed is None:
            why = "the changed file would not read as meant; correct it by hand"
            return FixedFile(content=content, n_changes=total_changes, refused=why)
        content, total_changes = changed, total_changes + n_changes
    return FixedFile(content=content, n_changes=total_changes)


def _edits(document: LintedDocument, wanted: Callable[[str], bool]) -> list[Edit]:
    found: list[Edit] = []
    for rule, problem in problems(document):
        line, _ = document.place(problem.path, at_key=problem.at_key)
        ignored = rule.code in document.ignored_everywhere
        if wanted(rule.code) and not ignored and rule.code not in document.ignored_on.get(line, ()):
            found += problem.edits
    return found


def _apply(content: bytes, document: LintedDocument, edits: list[Edit]) -> tuple[bytes | None, int]:
    from ruamel.yaml import YAML  # noqa: PLC0415 - slow to import, and only fixes need it
    from ruamel.yaml.error import YAMLError  # noqa: PLC0415

    writer = YAML(typ="rt")
    writer.preserve_quotes = True
    writer.width = 2**16
    writer.allow_duplicate_keys = True
    writer.indent(mapping=_INDENT, sequence=_sequence_indent(document), offset=_offset(document))
    writer.representer.add_representer(_Written, _represent)
    text = content.decode("utf-8-sig").replace("\r\n", "\n")
    intended = copy.deepcopy(document.data)
    try:
        tree = writer.load(text)
        for edit in edits:
            _change(intended, edit, lambda value: value)
            _change(tree, edit, _written)
        stream = io.StringIO()
        writer.dump(tree, stream)
    except (YAMLError, ValueError, TypeError, LookupError, AttributeError, RecursionError):
        return None, 0
    changed = stream.getvalue().encode()
    if b"\r\n" in content:
        changed = changed.replace(b"\n", b"\r\n")
    if content.startswith(codecs.BOM_UTF8):
        changed = codecs.BOM_UTF8 + changed
    again = read_for_lint(changed, document.options)
    if again.failure is not None or not same(again.data, intended):
        return None, 0
    return changed, len(edits)


def _change(tree: Any, edit: Edit, written: Callable[[object], object]) -> None:  # noqa: ANN401
    above = tree
    for key in edit.path[:-1]:
        above = above[key]
    last = edit.path[-1]
    if edit.change is Change.SET:
        above[last] = written(edit.value)
    elif edit.change is Change.REMOVE:
        above.pop(last, None)
    elif hasattr(above, "insert"):  # ruamel's mapping keeps order and comments
        place = list(above).index(last)
        comment = above.ca.items.pop(last, None)
        above.insert(place, edit.value, above.pop(last))
        if comment is not None:
            above.ca.items[edit.value] = comment
    else:
        items = [(edit.value if key == last else key, value) for key, value in above.items()]
        above.clear()
        above.update(items)


class _Written:
    """A scalar with the very text that it is to have."""

    def __init__(self, text: str, tag: str) -> None:
        self.text = text
        self.tag = tag


def _written(value: object) -> object:
    if isinstance(value, float):
        return _Written(yaml_value(value), "tag:yaml.org,2002:float")
    return value


def _represent(representer: Any, value: _Written) -> Any:  # noqa: ANN401 - ruamel's own types
    return representer.represent_scalar(value.tag, value.text)


def same(left: object, right: object) -> bool:
    """Whether two loaded files hold the same, `1` and `1.0` and `true` kept apart."""
    if type(left) is not type(right):
        return False
    if isinstance(left, dict) and isinstance(right, dict):
        return list(left) == list(right) and all(same(left[key], right[key]) for key in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, float) and isinstance(right, float) and math.isnan(left):
        return math.isnan(right)
    return left == right


def _sequence_indent(document: LintedDocument) -> int:
    return _INDENT + _offset(document)


def _offset(document: LintedDocument) -> int:
    """How far the dashes of the first block list stand in from their key."""
    for path, (_, column) in document.values.items():
        above = document.keys.get(path[:-1])
        list_place = document.values.get(path[:-1])
        if path and path[-1] == 0 and above and list_place and list_place[0] > above[0]:
            return max(0, list_place[1] - above[1])
        del column
    return 0
