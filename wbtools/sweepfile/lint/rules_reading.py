"""Rules about the file as a whole: whether it can be read, and whether it is a sweep."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from wbtools.findings import Severity
from wbtools.sweepfile.document import leaves
from wbtools.sweepfile.lint.rule_api import Problem, rule
from wbtools.text.values import format_value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wbtools.sweepfile.document import Document


@rule("WBS001")
def unreadable(document: Document) -> Iterator[Problem]:
    """The file is not YAML that PyYAML can read.

    `wandb sweep` reads the file with PyYAML and gives up.

    Bad:
        method: random
        parameters: {lr: {value: 0.1}
    Good:
        method: random
        parameters: {lr: {value: 0.1}}
    """
    failure = document.failure
    if failure is not None and not failure.too_much:
        place = (failure.line, failure.column)
        is_question = "'?'" in str(failure)
        hint = "put a text that holds a question mark in quotes" if is_question else None
        yield Problem(path=(), title=f"this is not YAML: {failure}", place=place, hint=hint)


@rule("WBS002", certain="wbtools reads no more than that; no real sweep file is as large")
def too_large(document: Document) -> Iterator[Problem]:
    """The file is larger or more deeply nested than sweep files are, aliases written out.

    A file of more than 1 MiB, of more than 100,000 values or of more than 40 levels is not
    loaded: a few bytes of aliases can expand to more than any memory holds.

    Bad:
        a: &a [x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x]
        b: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a, *a, *a, *a, *a, *a, *a, *a]
        c: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b, *b, *b, *b, *b, *b, *b, *b]
        d: [*c, *c, *c, *c, *c, *c, *c, *c, *c, *c, *c, *c, *c, *c, *c, *c, *c, *c, *c, *c]
    Good:
        parameters: {a: {value: [[1]]}}
    """
    failure = document.failure
    if failure is not None and failure.too_much:
        place = (failure.line, failure.column)
        yield Problem(path=(), title=f"this is not looked at: {failure}", place=place)


@rule("WBS003")
def no_mapping(document: Document) -> Iterator[Problem]:
    """The file is empty, or not a mapping of keys to values.

    Bad:
        - method: random
    Good:
        method: random
    """
    if document.failure is None and not (isinstance(document.data, dict) and document.data):
        content = "empty" if not document.data else f"a {type(document.data).__name__}"
        yield Problem(path=(), title=f"a sweep file is a mapping; this is {content}")


@rule("WBS004", Severity.WARNING)
def repeated_key(document: Document) -> Iterator[Problem]:
    """A key is given twice in one mapping.

    PyYAML keeps the last one without a word.

    Bad:
        method: random
        method: bayes
    Good:
        method: bayes
    """
    for path, place in document.repeated:
        title = f"{format_value(path[-1])} is given twice; the last one counts"
        yield Problem(path=path, title=title, place=place)


@rule("WBS005", Severity.WARNING)
def odd_key(document: Document) -> Iterator[Problem]:
    """A key that PyYAML does not read as a text.

    YAML 1.1 reads `on`, `yes` and `no` as truth values and `1` as a number.

    Bad:
        parameters: {on: {value: 1}}
    Good:
        parameters: {"on": {value: 1}}
    """
    for path in document.keys:
        if not isinstance(path[-1], str):
            title = f"PyYAML reads the key as {format_value(path[-1])}, which is not a text"
            yield Problem(path=path, title=title, hint="quote the key", at_key=True)


@rule("WBS006")
def not_json(document: Document) -> Iterator[Problem]:
    """A value is of a kind that JSON does not have.

    The client sends the file as JSON and fails on dates, sets and bytes.

    Bad:
        parameters: {since: {value: 2024-05-01}}
    Good:
        parameters: {since: {value: "2024-05-01"}}
    """
    for path, value in leaves(document.data, ()):
        if isinstance(value, dt.date | set | bytes):
            title = f"PyYAML reads this as a {type(value).__name__}, which W&B's client cannot send"
            yield Problem(path=path, title=title, hint="quote it")


@rule("WBS086")
def wrapped(document: Document) -> Iterator[Problem]:
    """The whole sweep is nested below a key of its own.

    `wandb sweep` wants `method`, `metric` and `parameters` at the top of the file. A program
    may unpack such a file itself; to check what is below the key, put it into a file of its
    own. No other rule looks at such a file.

    Bad:
        sweep_config:
          method: random
          parameters: {lr: {values: [0.1, 0.2]}}
    Good:
        method: random
        parameters: {lr: {values: [0.1, 0.2]}}
    """
    paths = document.wrapped_at
    if paths:
        keys = " and ".join(".".join(map(str, path)) for path in paths)
        several = len(paths) > 1
        yield Problem(
            path=paths[0],
            title=f"{f'{len(paths)} sweeps lie' if several else 'the sweep lies'} below {keys}, "
            "where W&B does not look",
            hint="write each into a file of its own, its keys at the top"
            if several
            else "remove the key and move the rest to the left",
            at_key=True,
        )
