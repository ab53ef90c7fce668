"""Parameters in W&B's own words on one line, such as `lr=log_uniform_values(1e-4,1e-2)`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from wbtools.errors import UsageError
from wbtools.sweepfile.kinds import KINDS, fits, is_number
from wbtools.sweepfile.numbers_in_yaml import refuse_texts_sent_as_numbers, yaml_value
from wbtools.sweepfile.scalar_readings import NULL_WORDS
from wbtools.sweepfile.typed_values import (
    ask_about_exponents,
    ask_about_text,
    call_of_python,
    no_secret_in_errors,
    read_typed,
)
from wbtools.text.suggestions import suggestion
from wbtools.text.values import format_value

_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*\Z")
_CALL: Final = re.compile(r"\s*(?P<kind>[A-Za-z_][\w.]*)\s*\((?P<args>.*)\)\s*\Z", re.DOTALL)
_WORD: Final = re.compile(r"[A-Za-z_][\w./-]*\Z")
_KEYWORD: Final = re.compile(r"(?P<key>[a-z]+)\s*=\s*(?P<value>.+)\Z", re.DOTALL)
EXAMPLE: Final = "write it like 'lr=log_uniform_values(1e-4,1e-2)', 'seed=[42,123]' or 'epochs=50'"


def parse_parameter(text: str) -> tuple[str, dict[str, Any]]:
    """Read one parameter: its dotted name, and its body as a sweep file has it.

    `name=KIND(…)` takes W&B's distributions, arguments in the order of its schema or by name;
    `name=[…]` lists values, `name={…}` is the body itself, anything else a constant. A number such
    as `1e-4` is a number here. `name=constant([…])` is a constant that is a list.

    Raises:
        UsageError: It cannot be read, is plainly meant otherwise, or W&B's schema would refuse it.
    """
    name, equals, words = text.partition("=")
    name = name.strip()
    if not equals or not _NAME.match(name):
        msg = f"{format_value(text)} is not a parameter of the form NAME=VALUES"
        raise UsageError(msg, EXAMPLE)
    with no_secret_in_errors(name, words):
        call = _CALL.match(words)
        if call is not None and (call["kind"] in KINDS or not words.strip().startswith(("[", "{"))):
            return name, _call(name, call["kind"], call["args"])
        return name, _body(name, _read(words, name))


def parameter_in_file(name: str, value: Any) -> dict[str, Any]:  # noqa: ANN401 - what YAML holds
    """The body of a parameter that a description of sweeps holds in short.

    A text such as `uniform(0, 1)` is W&B's distribution, a list holds values, a mapping is the body
    itself, anything else is a constant.

    Raises:
        UsageError: As `parse_parameter`.
    """
    if not _NAME.match(name):
        msg = f"{format_value(name)} is not a name that a parameter can have"
        raise UsageError(msg, EXAMPLE)
    with no_secret_in_errors(name, value):
        call = _CALL.match(value) if isinstance(value, str) else None
        if call is not None:
            return _call(name, call["kind"], call["args"])
        if isinstance(value, str):
            ask_about_text(value, name)
        refuse_texts_sent_as_numbers(value, f"{name}: ")
        return _body(name, value)


def parameter_words(name: str, body: Mapping[str, Any]) -> str:
    """A parameter as `parse_parameter` reads it back."""
    if set(body) == {"value"}:
        value = body["value"]
        text = _flow(value)
        return f"{name}=constant({text})" if isinstance(value, list | dict) else f"{name}={text}"
    return f"{name}={_flow(body['values'] if set(body) == {'values'} else body)}"


def _flow(value: object) -> str:
    """A value on one line, every text in quotes about which somebody might be asked."""
    if isinstance(value, list):
        return f"[{', '.join(map(_flow, value))}]"
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{_flow(key)}: {_flow(inner)}' for key, inner in value.items())}}}"
    text = yaml_value(value)
    if not isinstance(value, str) or text.startswith(("'", '"')):
        return text
    is_word = _WORD.match(text) and text.lower() not in NULL_WORDS
    return text if is_word else "'" + value.replace("'", "''") + "'"


def _body(name: str, value: Any) -> dict[str, Any]:  # noqa: ANN401 - whatever the YAML holds
    if isinstance(value, list):
        if not value:
            msg = f"{name} has an empty list of values"
            raise UsageError(msg, EXAMPLE)
        return {"values": value}
    if isinstance(value, dict):
        if value and all(inner is None for inner in value.values()):
            msg = f"{name}: braces hold a parameter's own keys, such as min and max"
            listed = yaml_value(list(value))
            raise UsageError(msg, f"a list is {name}={listed}")
        return _checked(name, value)
    return {"value": value}


def _call(name: str, kind: str, args: str) -> dict[str, Any]:
    if kind not in KINDS:
        msg = f"{name}: W&B has no distribution {kind!r}"
        hint = suggestion(kind, KINDS) or f"it has {', '.join(KINDS)}"
        raise UsageError(msg, call_of_python(kind, _split(args, name), name) or hint)
    keys = KINDS[kind].keys
    body: dict[str, Any] = {}
    for place, word in enumerate(_split(args, name)):
        keyword = _KEYWORD.match(word)
        if keyword is not None and keyword["key"] in keys:
            key, written = keyword["key"], keyword["value"]
        elif place < len(keys):
            key, written = keys[place], word
        else:
            msg = f"{name}: {kind} takes {', '.join(keys)}, and {word!r} is one more"
            raise UsageError(msg, EXAMPLE)
        if key in body:
            msg = f"{name}: {kind} is given {key} twice"
            raise UsageError(msg, EXAMPLE)
        body[key] = _read(written, name)
    if kind.startswith("q_") and "q" not in body:
        msg = f"{name}: {kind} needs its step q, or it rounds to whole numbers"
        raise UsageError(msg, f"write {kind}({','.join(keys)})")
    ask_about_exponents(kind, body, name)
    return _checked(
        name, body if "value" in keys or "values" in keys else {"distribution": kind, **body}
    )


def _checked(name: str, body: dict[str, Any]) -> dict[str, Any]:
    low, high = body.get("min"), body.get("max")
    if is_number(low) and is_number(high) and high < low:
        turned = {**body, "min": high, "max": low}
        if fits(turned):
            msg = f"{name}: the bounds are swapped: min is {low}, max {high}"
            raise UsageError(msg, f"write min {high} and max {low}")
    wrong = not fits(body)
    if not wrong and low is not None and high is not None:
        wrong = not low < high
    if wrong:
        shown = ", ".join(f"{key} {format_value(value, name)}" for key, value in body.items())
        msg = f"{name}: W&B's schema takes no parameter with {shown}"
        raise UsageError(msg, EXAMPLE)
    return body


def _split(args: str, name: str) -> list[str]:
    """Arguments between commas that stand in no bracket and no quotes."""
    words, depth, quote, word = [], 0, "", ""
    for character in args:
        if quote:
            quote = "" if character == quote else quote
        elif character in "'\"":
            quote = character
        elif character in "[{(":
            depth += 1
        elif character in "]})":
            depth -= 1
        if character == "," and not quote and depth == 0:
            words.append(word)
            word = ""
        else:
            word += character
    words.append(word)
    words = [word.strip() for word in words]
    if words == [""]:
        return []
    if not all(words):
        msg = f"{name}: an argument is missing in ({args})"
        raise UsageError(msg, EXAMPLE)
    return words


def _read(text: str, name: str) -> Any:  # noqa: ANN401 - whatever the user typed
    return read_typed(text, name, EXAMPLE)
