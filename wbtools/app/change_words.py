"""What the command line says of changes, as values: `NAME=VALUE`, `42,123`, `5`."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING, TypeVar

from wbtools.errors import UsageError
from wbtools.sweepfile.bounded_yaml import YamlError, load_yaml
from wbtools.text.suggestions import suggestion

if TYPE_CHECKING:
    from collections.abc import Sequence

_Word = TypeVar("_Word", bound=StrEnum)
_FLOAT = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)[eE][+-]?\d+")
_SPAN = re.compile(r"(\d{1,9})(?:-|\.\.|:)(\d{1,9})")
_MOST_SHOWN = 20
_MOST_NODES = 1000
_DEEPEST = 20
_MOST_FOLDS = 1000


def one_of(kind: type[_Word], text: str, option: str) -> _Word:
    """One of a few words.

    Raises:
        UsageError: It is none of them.
    """
    try:
        return kind(text)
    except ValueError:
        words = [str(member) for member in kind]
        msg = f"{option} {text!r} is not one of {', '.join(words)}"
        raise UsageError(msg, suggestion(text, words) or None) from None


def set_values(texts: Sequence[str]) -> dict[str, object]:
    """Values by name; each is read as YAML, and `1e-5` is the number that people mean.

    Raises:
        UsageError: One has no `=`, or a name is set twice.
    """
    values: dict[str, object] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name:
            msg = f"--set {text!r} is not of the form NAME=VALUE"
            raise UsageError(msg, "write --set lr=0.001")
        if name in values:
            msg = f"--set gives {name!r} twice"
            raise UsageError(msg, "give it once")
        values[name] = _value(value)
    return values


def _value(text: str) -> object:
    if _FLOAT.fullmatch(text):
        return float(text)
    try:
        read = load_yaml(text, most_nodes=_MOST_NODES, deepest=_DEEPEST)
    except YamlError:
        return text
    # A date, or anything else that only YAML knows, is meant as it was typed.
    known = read is None or isinstance(read, bool | int | float | str | list | dict)
    return read if known and (read is not None or text in {"null", "~", ""}) else text


def seed_values(text: str | None) -> tuple[object, ...]:
    """`42,123,456`.

    Raises:
        UsageError: It names none, or a range.
    """
    if text is None:
        return ()
    values = tuple(_value(part.strip()) for part in text.split(",") if part.strip())
    if not values:
        msg = "--seeds names no seed"
        raise UsageError(msg, "write --seeds 42,123,456")
    for value in values:
        if isinstance(value, str) and (span := _SPAN.fullmatch(value)):
            first, last = int(span[1]), int(span[2])
            shown = ",".join(map(str, range(first, min(last, first + _MOST_SHOWN) + 1)))
            msg = f"--seeds {value} is a range, and seeds are listed"
            raise UsageError(msg, f"write --seeds {shown or '42,123,456'}")
    return values


def fold_values(text: str | None) -> tuple[object, ...]:
    """`5` for folds 0 to 4, or the folds themselves.

    Raises:
        UsageError: It names none, or more than anyone has.
    """
    if text is None or not text.strip().isdecimal():
        return _named_folds(text)
    n = int(text) if len(text) < 10 else 0  # noqa: PLR2004 - digits of any sensible number
    if not 0 < n <= _MOST_FOLDS:
        msg = f"--folds {text} is not a number of folds"
        raise UsageError(msg, f"give 1 to {_MOST_FOLDS}, or name them: --folds 1,2,3")
    return tuple(range(n))


def _named_folds(text: str | None) -> tuple[object, ...]:
    if text is None:
        return ()
    values = tuple(_value(part.strip()) for part in text.split(",") if part.strip())
    if not values:
        msg = "--folds names no fold"
        raise UsageError(msg, "write --folds 5, or --folds 1,2,3")
    return values
