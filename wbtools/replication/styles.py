"""How programs want their arguments: a configuration as words, in each of the styles.

Each value is written so that the style's own parser gives it back: floats with every digit, and
what could be taken for something else quoted in the style's way. `argparse`, `spaced`, `flags`,
`hydra`, `hydra-append`, `hydra-override`, `json` and `json-file` are what W&B's agent makes of the
macros `${args}`, `${args_no_equals}`, `${args_no_boolean_flags}`, `${args_no_hyphens}`,
`${args_append_hydra}`, `${args_override_hydra}`, `${args_json}` and `${args_json_file}`.
"""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from wbtools.errors import DataError
from wbtools.replication.hydra_values import hydra_key, hydra_value
from wbtools.replication.words import ConfigFile, Part, Secret, Word, joined, secret_for

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


class Style(StrEnum):
    """A way in which a program takes its configuration."""

    ARGPARSE = "argparse"
    SPACED = "spaced"
    FLAGS = "flags"
    HYDRA = "hydra"
    HYDRA_APPEND = "hydra-append"
    HYDRA_OVERRIDE = "hydra-override"
    FIRE = "fire"
    ABSL = "absl"
    JSON = "json"
    JSON_FILE = "json-file"
    CONFIG = "config"


HYDRA_MARKS: Final = {Style.HYDRA: "", Style.HYDRA_APPEND: "+", Style.HYDRA_OVERRIDE: "++"}
_IDENTIFIER: Final = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_PYTHON_WORDS: Final = frozenset({"True", "False", "None"})


def words_of(style: Style, values: Mapping[str, object]) -> tuple[Word, ...]:
    """Write a configuration as arguments.

    Args:
        style: What the program understands. `config` takes no arguments: W&B hands it over.
        values: By name; nested mappings as W&B's agent would have them.

    Raises:
        DataError: A name or a value cannot be said in that style.
    """
    if style is Style.CONFIG:
        return ()
    if style is Style.JSON_FILE:
        return ((ConfigFile(),),)
    if style is Style.JSON:
        return (json_word(values),)
    return tuple(word for name, value in values.items() for word in _said(style, name, value))


def value_words(style: Style, name: str, value: object) -> tuple[Word, ...]:
    """One argument.

    Raises:
        DataError: It cannot be said in that style.
    """
    return tuple(_said(style, name, value))


def _said(style: Style, name: str, value: object) -> Iterator[Word]:
    secret = secret_for(name, value)
    if style in HYDRA_MARKS:
        text: Part = secret or hydra_value(value, name)
        yield _carried(joined(HYDRA_MARKS[style], hydra_key(name), "=", text), name)
        return
    _check_name(name, style)
    if secret is None and style is Style.FLAGS and isinstance(value, bool):
        if value:
            yield _carried((f"--{name}",), name)
        return
    if value is None and style is Style.ABSL:
        return
    text = secret or _text(style, value)
    if style is Style.SPACED and (isinstance(text, Secret) or not text.startswith("-")):
        yield _carried((f"--{name}",), name)
        yield _carried((text,), name)
        return
    yield _carried(joined(f"--{name}=", text), name)


def _text(style: Style, value: object) -> str:
    if style is Style.FIRE:
        return _python(value)
    if style is Style.ABSL:
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, list | tuple):
            return _comma_separated([_text(style, item) for item in value])
    return str(value)  # as W&B's agent does: every digit of a float, lists as Python writes them


def _python(value: object) -> str:
    """A value as Fire reads it: a Python literal, a bare word being a text."""
    if isinstance(value, str):
        bare = _IDENTIFIER.fullmatch(value) and value not in _PYTHON_WORDS
        return value if bare else ascii(value)
    return _literal(value)


def _literal(value: object) -> str:
    if isinstance(value, dict):
        inside = (f"{_literal(key)}: {_literal(item)}" for key, item in value.items())
        return f"{{{', '.join(inside)}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_literal, value))}]"
    if isinstance(value, float) and value in {float("inf"), float("-inf")}:
        return "1e999" if value > 0 else "-1e999"
    return ascii(value)


def _comma_separated(texts: list[str]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(texts)
    return line.getvalue() if texts != [""] else '""'


def _check_name(name: str, style: Style) -> None:
    if (
        not name
        or "=" in name
        or name.startswith("-")
        or any(character.isspace() for character in name)
    ):
        msg = f"the configuration's {name!r} cannot be an option's name in the style {style}"
        raise DataError(msg, "leave it out with --unset, or pass --style json or --to yaml")


def _carried(word: Word, name: str) -> Word:
    """Refuse what no command line can carry."""
    for part in word:
        if isinstance(part, str):
            check_text(part, name)
    return word


def check_text(text: str, name: str) -> None:
    """Refuse a text that no command line can carry: programs get bytes that end with a NUL.

    Raises:
        DataError: It holds a NUL, or half a surrogate pair.
    """
    try:
        text.encode("utf-8", "surrogateescape")
        held = "a NUL" if "\0" in text else None
    except UnicodeEncodeError:
        held = "half a surrogate pair"
    if held is not None:
        msg = f"the value of {name!r} holds {held}, which no command line can carry"
        raise DataError(msg, "change it with --set, or pass --style json or --to yaml")


def json_word(values: Mapping[str, object], *, wrapped: bool = False) -> Word:
    """A configuration as one JSON text, secrets at its top level left open.

    Args:
        values: By name.
        wrapped: As `{name: {"value": value}}`, which W&B reads as a configuration file. Numbers
            are then written so that YAML 1.1, in which `1e-05` is a text, reads them too.
    """
    parts: list[Part] = ["{"]
    for k, (name, value) in enumerate(values.items()):
        secret = secret_for(name, value)
        text = yaml_flow(value) if wrapped else json.dumps(value, default=str)
        value_parts: list[Part] = [text]
        if secret is not None:
            value_parts = ['"', replace(secret, in_json=True), '"']
        before, after = ('{"value": ', "}") if wrapped else ("", "")
        key = yaml_flow(name) if wrapped else json.dumps(name)
        parts += [", " if k else "", f"{key}: {before}", *value_parts, after]
    return joined(*parts, "}")


def yaml_flow(value: object) -> str:
    """A value on one line, for readers of YAML 1.1 and 1.2 alike."""
    if isinstance(value, dict):
        inside = (f"{yaml_flow(str(key))}: {yaml_flow(item)}" for key, item in value.items())
        return f"{{{', '.join(inside)}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(yaml_flow, value))}]"
    if value is None or isinstance(value, bool | int):
        return json.dumps(value)
    if isinstance(value, float):
        return _yaml_float(value)
    return '"' + "".join(map(_yaml_character, str(value))) + '"'


def _yaml_float(value: float) -> str:
    if value != value:  # noqa: PLR0124 - only NaN differs from itself
        return ".nan"
    text = repr(value)
    if "inf" in text:
        return text.replace("inf", ".inf")
    return text.replace("e", ".0e") if "e" in text and "." not in text else text


def _yaml_character(character: str) -> str:
    code = ord(character)
    if character in '"\\':
        return f"\\{character}"
    if character.isascii() and character.isprintable():
        return character
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"  # noqa: PLR2004 - Unicode's
