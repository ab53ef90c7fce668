"""Apply safe changes to a sweep file at their places; every other byte stays.

PyYAML reads the result again: what it does not read as exactly the old data with the changes is
not given back.
"""

from __future__ import annotations

import codecs
import copy
import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from wbtools.sweepfile.bounded_yaml import YamlError
from wbtools.sweepfile.lint.rule_api import Change, Edit, LintedDocument, LintOptions, read_for_lint
from wbtools.sweepfile.lint.runner import problems
from wbtools.sweepfile.lint.text_edits import EditableText, NoPlaceError, Replacement, replaced

if TYPE_CHECKING:
    from collections.abc import Callable

_MOST_ROUNDS: Final = 5
_MOST_ALONE: Final = 50
_MOST_BYTES_READ_ALONE: Final = 200_000


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
            return FixedFile(content=content, n_changes=total_changes)
        content, n_changes = _apply(document, edits, content)
        total_changes += n_changes
        if not n_changes:
            break
    changes = "1 change" if len(edits) == 1 else f"{len(edits)} changes"
    why = f"{changes} cannot be made without touching other entries; make them by hand"
    return FixedFile(content=content, n_changes=total_changes, refused=why)


def _edits(document: LintedDocument, wanted: Callable[[str], bool]) -> list[Edit]:
    found: list[Edit] = []
    for rule, problem in problems(document):
        line, _ = document.place(problem.path, at_key=problem.at_key)
        ignored = rule.code in document.ignored_everywhere
        if wanted(rule.code) and not ignored and rule.code not in document.ignored_on.get(line, ()):
            found += problem.edits
    return found


def _apply(document: LintedDocument, edits: list[Edit], content: bytes) -> tuple[bytes, int]:
    """Make the edits, at once or else one by one; what cannot be made is left out."""
    changed = _all_of(document, edits, content)
    if changed is not None:
        return changed, len(edits)
    text = EditableText(content.decode("utf-8-sig"))
    alone = [edit for edit in edits if not text.is_shared(edit.path)]
    changed = _all_of(document, alone, content) if alone else None
    if changed is not None:
        return changed, len(alone)
    n_changes = 0
    for edit in edits[: min(_MOST_ALONE, _MOST_BYTES_READ_ALONE // len(content))]:
        changed = _all_of(document, [edit], content)
        if changed is not None:
            content, n_changes = changed, n_changes + 1
            document = read_for_lint(content, document.options)
    return content, n_changes


def _all_of(document: LintedDocument, edits: list[Edit], content: bytes) -> bytes | None:
    """The content with all edits; None if PyYAML would not read just them and the old data."""
    intended = copy.deepcopy(document.data)
    replacements: set[Replacement] = set()
    try:
        text = EditableText(content.decode("utf-8-sig"))
        for edit in edits:
            _change(intended, edit)
            replacements.update(text.replacements(edit))
    except (NoPlaceError, YamlError, LookupError, AttributeError, TypeError, RecursionError):
        return None
    in_order = sorted(replacements)
    if any(left.overlaps(right) for left, right in itertools.pairwise(in_order)):
        return None
    mark = codecs.BOM_UTF8 if content.startswith(codecs.BOM_UTF8) else b""
    changed = mark + replaced(text.text, in_order).encode()
    again = read_for_lint(changed, document.options)
    return changed if again.failure is None and same(again.data, intended) else None


def _change(tree: Any, edit: Edit) -> None:  # noqa: ANN401 - whatever a file holds
    above = tree
    for key in edit.path[:-1]:
        above = above[key]
    last = edit.path[-1]
    if edit.change is Change.SET:
        above[last] = edit.value
    elif edit.change is Change.REMOVE:
        above.pop(last, None)
    else:
        above[edit.value] = above.pop(last)


def same(left: object, right: object) -> bool:
    """Whether two loaded files hold the same, `1` and `1.0` and `true` kept apart."""
    if type(left) is not type(right):
        return False
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, float) and isinstance(right, float) and math.isnan(left):
        return math.isnan(right)
    return left == right
