"""Rules about words and numbers that YAML reads otherwise than their author."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Final

from wbtools.findings import Confidence, Severity
from wbtools.sweepfile.lint.rule_api import Change, Edit, Problem, name_of, rule
from wbtools.sweepfile.numbers_in_yaml import as_float, number_at_server, yaml_value
from wbtools.sweepfile.scalar_readings import (
    NULL_WORDS,
    TRUTH_WORDS,
    is_clock,
    is_failed_octal,
    is_octal,
)
from wbtools.text.masking import MASK, holds_secret
from wbtools.text.values import format_value, hide_secrets

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from wbtools.sweepfile.document import Document, Path

_ODD_GROUPS: Final = re.compile(r"[-+]?[1-9][0-9]*(?:_[0-9]+)+\Z")
_THOUSAND: Final = "000"
_THOUSANDS: Final = re.compile(r"[-+]?[0-9]{1,3}(?:_[0-9]{3})+\Z")


@rule("WBS028", Severity.INFO)
def text_value(document: Document) -> Iterator[Problem]:
    """A value such as `1e-5` is a text to PyYAML, which wants a dot: `1.0e-5`.

    W&B's server makes a number of it, with or without quotes: it reads what `wandb sweep` and
    `wandb.sweep` send as YAML 1.2. A local controller and a program that loads this file get
    the text; and what begins with 0, such as `0.5e3`, is a text everywhere.

    Bad:
        parameters: {lr: {values: [1e-5, 1e-4]}}
    Good:
        parameters: {lr: {values: [1.0e-05, 0.0001]}}
    """
    local = document.has_local_controller
    for parameter in document.parameters:
        texts = {
            path: value
            for path, value in ((path, document.value_at(path)) for path, _ in parameter.listed())
            if isinstance(value, str) and path in document.plain and _in_exponent(value)
        }
        kept = {path: value for path, value in texts.items() if number_at_server(value) is None}
        for found, stays in ((kept, True), (texts.keys() - kept.keys(), False)):
            paths = [path for path in texts if path in found]
            if not paths:
                continue
            shown = [str(hide_secrets(texts[path], parameter.name)) for path in paths]
            written = ", ".join(shown)
            numbers = {path: as_float(texts[path]) for path in paths}
            yield Problem(
                path=paths[0],
                title=f"{parameter.name}: PyYAML reads {written} as text, "
                + ("and the program gets that" if stays or local else "the server as a number"),
                hint=f"write {_right(numbers.values(), is_shown=MASK not in shown)}"
                + ("" if stays or local else ", which a local controller reads as a number too"),
                severity=Severity.WARNING if stays or local else None,
                edits=tuple(
                    Edit(change=Change.SET, path=path, value=number)
                    for path, number in numbers.items()
                ),
            )


def _right(numbers: Iterable[object], *, is_shown: bool) -> str:
    return ", ".join(map(yaml_value, numbers)) if is_shown else "the number with a dot"


def _in_exponent(text: str) -> bool:
    number = as_float(text)
    written_so = "e" in text.lower() or text.startswith(("-.", "+."))
    return written_so and number is not None and math.isfinite(number)


@rule("WBS029", Severity.WARNING, Confidence.MEDIUM)
def text_word(document: Document) -> Iterator[Problem]:
    """`None` is not a word of YAML: it is a text; write `null` for null.

    `none` and `nil` are texts too, and reported only where no other value is a text. A value in
    quotes is meant as a text.

    Bad:
        parameters: {clip: {value: None}, warmup: {values: [none, 100, 1000]}}
    Good:
        parameters: {clip: {value: null}, pooling: {values: [mean, none]}, act: {value: 'None'}}
    """
    for parameter in document.parameters:
        leaves = dict(parameter.listed())
        words = {
            path: value
            for path, value in leaves.items()
            if path in document.plain and isinstance(value, str) and value.lower() in NULL_WORDS
        }
        others = [value for path, value in leaves.items() if path not in words]
        among_texts = any(isinstance(value, str) for value in others)
        for path, value in words.items():
            if value == "None" or (others and not among_texts):
                yield Problem(
                    path=path,
                    title=f"{parameter.name}: {value} is a text in YAML, not null",
                    hint=f"write null, or {value!r} in quotes if the program wants the text",
                )


@rule("WBS031", Severity.WARNING)
def truth_word(document: Document) -> Iterator[Problem]:
    """`on`, `off`, `yes` and `no` are truth values to PyYAML, which reads YAML 1.1.

    Among texts this is hardly what was meant: of `[de, no, se]` the program gets de, False and
    se. Alone or in a pair they are fine, for a program that expects True or False.

    Bad:
        parameters: {language: {values: [de, no, se]}}
    Good:
        parameters: {language: {values: [de, 'no', se]}, amp: {values: [true, false]}}
    """
    for parameter in document.parameters:
        leaves = dict(parameter.listed())
        among_texts = any(isinstance(value, str) for value in leaves.values())
        yield from _truth_words(document, parameter.name, leaves, among_texts=among_texts)
    command = document.top.get("command")
    if isinstance(command, list):  # the agent makes a text of every word
        words: dict[Path, object] = {("command", index): word for index, word in enumerate(command)}
        yield from _truth_words(document, "command", words, among_texts=True)


def _truth_words(
    document: Document, name: str, values: Mapping[Path, object], *, among_texts: bool
) -> Iterator[Problem]:
    words = {
        path: document.plain[path]
        for path, value in values.items()
        if isinstance(value, bool) and document.plain.get(path, "").lower() in TRUTH_WORDS
    }
    if not words:
        return
    path, word = next(iter(words.items()))
    listed = ", ".join(dict.fromkeys(words.values()))
    read = ", ".join(dict.fromkeys(format_value(values[path]) for path in words))
    yield Problem(
        path=path,
        title=f"{name}: PyYAML reads {listed} as {read}"
        + (", not as texts like the others" if among_texts else ""),
        hint=f"quote what is meant as a text: '{word}'"
        if among_texts
        else f"the program gets {values[path]}; quote it if it wants the text '{word}'",
        severity=None if among_texts else Severity.INFO,
    )


@rule("WBS037", Severity.WARNING)
def odd_number(document: Document) -> Iterator[Problem]:
    """A number that YAML 1.1 reads in base 8 or 60, across underscores, or cuts at a comma.

    PyYAML reads `010` as 8, `12:30` as 750, which is 12 times 60 and 30, and `2024_01` as
    202401. `07` is a number, but `08`, which is not octal, is a text; `[1,000]` holds 1 and 0.

    Bad:
        parameters: {seed: {values: [010, 020]}, start: {value: 12:30}}
    Good:
        parameters: {seed: {values: [10, 20]}, start: {value: '12:30'}, steps: {value: 1_000}}
    """
    for path, written in document.plain.items():
        value, name = document.value_at(path), name_of(path)
        shown = MASK if holds_secret(name, value) else written
        if isinstance(value, str):
            if is_failed_octal(written) and _has_number_beside(document, path):
                title = f"PyYAML reads {shown} as a text, unlike the numbers beside it"
                yield Problem(path=path, title=title, hint="write numbers without leading zeros")
        elif written == _THOUSAND and _has_number_beside(document, path):
            title = f"PyYAML reads {written} as a value of its own: a comma ends a number"
            yield Problem(path=path, title=title, hint="write 1000 or 1_000")
        elif isinstance(value, int | float) and not isinstance(value, bool):
            base = _base(written)
            if base is not None:
                yield Problem(
                    path=path,
                    title=f"PyYAML reads {shown} as {format_value(value, name)}, {base}",
                    hint=f"quote it if a text is meant: '{shown}'",
                )


def _base(written: str) -> str | None:
    """In what way YAML 1.1 reads a number otherwise than it looks; None if it does not."""
    if is_octal(written):
        return "an octal number"
    if is_clock(written):
        return "a number of base 60"
    if _ODD_GROUPS.match(written) and not _THOUSANDS.match(written):
        return "the underscores left out"
    return None


def _has_number_beside(document: Document, path: Path) -> bool:
    above = document.value_at(path[:-1])
    return isinstance(above, list) and any(
        isinstance(value, int | float) and not isinstance(value, bool) for value in above
    )
