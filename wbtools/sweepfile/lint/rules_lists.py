"""Rules about lists of values that YAML cuts, or W&B counts, otherwise than their author."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from wbtools.findings import Severity
from wbtools.sweepfile.document import grid_value
from wbtools.sweepfile.lint.rule_api import Problem, rule
from wbtools.sweepfile.numbers_in_yaml import as_float, yaml_value
from wbtools.sweepfile.scalar_readings import NUMBER, calculation, is_range, is_steps
from wbtools.sweepfile.space import is_rate
from wbtools.text.masking import MASK, holds_secret
from wbtools.text.values import format_value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wbtools.sweepfile.document import Document, ParameterEntry, Path

_TWICE: Final = 2
_NUMBERS: Final = re.compile(rf"{NUMBER}(?:\s*[,;|]\s*{NUMBER}|\s+{NUMBER})+\Z")
_SEPARATOR: Final = re.compile(r"[\s,;|]+")
_IN_BRACKETS: Final = re.compile(rf"\(\s*{NUMBER}(?:\s*,\s*{NUMBER})+\s*,?\s*\)\Z")
_CALL: Final = re.compile(r"(?:list|tuple|range|(?:np|numpy|torch)\.\w+)\(.*\)\Z", re.DOTALL)
_LOOP: Final = re.compile(r".+ for \w+ in .+\Z", re.DOTALL)
_CLOSES: Final = {"(": ")", "[": "]", "{": "}"}


@rule("WBS039", Severity.WARNING)
def repeated_value(document: Document) -> Iterator[Problem]:
    """A value is given twice in `values`.

    Random search draws it twice as often, bayes sees two choices, and a grid runs it once.
    Write weights under `probabilities`.

    Bad:
        method: random
        parameters: {width: {values: [32, 64, 64]}}
    Good:
        method: random
        parameters: {width: {values: [32, 64, 128]}}
    """
    grid = document.top.get("method") == "grid"
    for parameter in document.parameters:
        values = parameter.mapping.get("values")
        if not isinstance(values, list):
            continue
        keys = [grid_value(value) for value in values]
        counts = Counter(key for key in keys if key.count("(") == key.count(")"))  # no cut tuples
        for key, n in counts.items():
            if n == 1:
                continue
            again = [index for index, other in enumerate(keys) if other == key][1]
            times = f"{n} times" if n > _TWICE else "twice"
            shown = format_value(values[again], parameter.name)
            on_purpose = grid or n > _TWICE or "probabilities" in parameter.mapping
            yield Problem(
                path=(*parameter.path, "values", again),
                title=f"{parameter.name}: {shown} stands here {times}; "
                + ("a grid runs it once" if grid else f"it is drawn {times} as often"),
                hint="leave it out, or give it its weight under probabilities",
                severity=Severity.INFO if on_purpose else None,
            )


@rule("WBS087", certain="no program accepts half of a pair as a value")
def split_tuple(document: Document) -> Iterator[Problem]:
    """YAML has no tuples: it cuts `[(3, 3), (3, 5)]` at every comma.

    PyYAML reads four texts, and a run gets `(3` or `5)`. A pair is a list, or a text in quotes
    where the program reads it. In a list with a value a line, `(3, 3)` stays whole, as one text.

    Bad:
        parameters: {kernel: {values: [(3, 3), (3, 5)]}}
    Good:
        parameters: {kernel: {values: [[3, 3], [3, 5]]}, stride: {values: ['(1, 1)', '(2, 2)']}}
    """
    for parameter in document.parameters:
        pieces: set[Path] = set()
        for path, items in _lists(parameter):
            written = [document.plain.get((*path, index)) for index in range(len(items))]
            groups = _cut_groups(written)
            if not groups:
                continue
            pieces.update((*path, index) for group in groups for index in group)
            cut = ", ".join(format_value(written[index], parameter.name) for index in groups[0])
            is_secret = any(holds_secret(parameter.name, written[k]) for g in groups for k in g)
            lists = "lists" if is_secret else _as_lists(items, written, groups)
            yield Problem(
                path=(*path, groups[0].start),
                title=f"{parameter.name}: YAML has no tuples and reads the values {cut}",
                hint=f"write {lists}, or put quotes around each",
            )
        for path, value in parameter.listed():
            if not isinstance(value, str) or path in pieces:
                continue
            if _is_torn(value):
                title = (
                    f"{parameter.name}: {format_value(value, parameter.name)} is missing a bracket"
                )
                yield Problem(path=path, title=title, severity=Severity.WARNING)
            elif path in document.plain and _IN_BRACKETS.match(value):
                is_secret = holds_secret(parameter.name, value)
                shown, listed = (MASK, "a list") if is_secret else (value, f"[{value[1:-1]}]")
                yield Problem(
                    path=path,
                    title=f"{parameter.name}: YAML reads {shown} as one text, not as a list",
                    hint=f"write {listed} if the program wants a list",
                    severity=Severity.INFO,
                )


def _lists(parameter: ParameterEntry) -> Iterator[tuple[Path, list[Any]]]:
    """The list under `value` or `values`, and every list in it."""
    waiting: list[tuple[Path, object]] = [
        ((*parameter.path, key), parameter.mapping[key])
        for key in ("value", "values")
        if key in parameter.mapping
    ]
    while waiting:
        path, value = waiting.pop()
        if isinstance(value, list):
            yield path, value
            waiting += [((*path, index), inner) for index, inner in enumerate(value)]


def _cut_groups(written: list[str | None]) -> list[range]:
    """The runs of neighbours without quotes that only together close their round brackets."""
    groups, depth, first = [], 0, 0
    for index, text in enumerate(written):
        if text is None:  # in quotes, or a list: no piece of anything
            depth = 0
            continue
        if depth == 0:
            first = index
        depth = max(depth + text.count("(") - text.count(")"), 0)
        if depth == 0 and first < index:
            groups.append(range(first, index + 1))
    return groups


def _as_lists(items: list[Any], written: list[str | None], groups: list[range]) -> str:
    """The list as it was meant, tuples written as lists."""
    parts, start = [], 0
    for group in [*groups, range(len(items), len(items))]:
        parts += [written[at] or yaml_value(items[at]) for at in range(start, group.start)]
        whole = ", ".join(written[at] or "" for at in group)
        if whole:
            parts.append(f"[{whole[1:-1]}]" if whole.startswith("(") else yaml_value(whole))
        start = group.stop
    return f"[{', '.join(parts)}]"


def _is_torn(text: str) -> bool:
    """Whether a text of numbers begins with a bracket that never closes."""
    close = _CLOSES.get(text[:1])
    return (
        close is not None
        and text.count(text[0]) > text.count(close)
        and any(character.isdigit() for character in text)
    )


@rule("WBS088", Severity.WARNING)
def lost_comma(document: Document) -> Iterator[Problem]:
    """A text among numbers holds two numbers: a comma or a dash is missing.

    Where every value is such a text, as for an option that takes several numbers, it is meant,
    and there is no finding.

    Bad:
        parameters: {lr: {values: [0.1, 0.01 0.001]}}
    Good:
        parameters: {lr: {values: [0.1, 0.01, 0.001]}, widths: {values: [256 256, 512 512 512]}}
    """
    for parameter in document.parameters:
        for path, items in _lists(parameter):
            texts = {
                index: item
                for index, item in enumerate(items)
                if isinstance(item, str)
                and (*path, index) in document.plain
                and _NUMBERS.match(item)
            }
            singles = [item for index, item in enumerate(items) if index not in texts]
            n_numbers = sum(as_float(item) is not None for item in singles)
            for index, text in texts.items():
                whole = all(part.lstrip("+-").isdigit() for part in _SEPARATOR.split(text))
                certain = n_numbers and (not whole or (n_numbers > 1 and len(texts) == 1))
                if n_numbers < len(singles) or not (certain or is_rate(parameter.name)):
                    continue
                numbers = "a comma between the numbers"
                if not holds_secret(parameter.name, text):
                    numbers = ", ".join(_SEPARATOR.split(text))
                shown = format_value(text, parameter.name)
                yield Problem(
                    path=(*path, index),
                    title=f"{parameter.name}: {shown} is one text, not several numbers",
                    hint=f"write {numbers}",
                )


@rule("WBS089", Severity.WARNING)
def python_text(document: Document) -> Iterator[Problem]:
    """YAML does not calculate: `range(5)`, `2**-3`, `1/3`, `50%` and `1e-4..1e-2` are texts.

    A value in quotes is meant as a text.

    Bad:
        parameters: {layers: {values: [range(5)]}, rate: {values: [2**-3, 2**-5]}}
    Good:
        parameters: {layers: {values: [0, 1, 2, 3, 4]}, rate: {values: [0.125, 0.03125]}}
    """
    for parameter in document.parameters:
        leaves = dict(parameter.listed())
        numbers = any(not isinstance(value, str | bool) for value in leaves.values())
        for path, value in leaves.items():
            if not isinstance(value, str) or path not in document.plain:
                continue
            sign = calculation(value)
            code = _CALL.match(value) or _LOOP.match(value) or sign == "**" or is_range(value)
            if code or sign or is_steps(value):
                shown = format_value(value, parameter.name)
                yield Problem(
                    path=path,
                    title=f"{parameter.name}: {shown} is a text: YAML does not calculate",
                    hint="write the numbers themselves",
                    severity=None if code or numbers else Severity.INFO,
                )
