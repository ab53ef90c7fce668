"""Words of a command line whose values are not all known yet: secrets, and a file of the run's own.

A word is a sequence of parts. Plain texts are data, whatever they hold; a `Secret` is the value of
an environment variable that the user sets; a `ConfigFile` is the path of a file that the script
writes. A `Variable` is read by the sweep's own command. Each target says these in its own language.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from zlib import crc32

from wbtools.text.masking import holds_secret, masked_text

CONFIG_FILE: Final = "WBTOOLS_CONFIG"
"""The variable of a script that holds the path of the run's own file."""
MARK_FILE: Final = "WBTOOLS_MARK"
"""Likewise of the file that says which run a run continues, where its program takes arguments."""
_OTHERS = re.compile(r"[^A-Z0-9_]")
_LONGEST = 60


@dataclass(frozen=True, slots=True)
class Secret:
    """What stands in an environment variable, because the run recorded something secret there.

    Attributes:
        in_json: Whether it stands inside a text of JSON, where quotes and the like are escaped.
    """

    variable: str
    in_json: bool = False


@dataclass(frozen=True, slots=True)
class Variable:
    """The value of an environment variable that the sweep's own command reads."""

    variable: str


@dataclass(frozen=True, slots=True)
class ConfigFile:
    """The path of the file that holds the run's configuration."""


Part = str | Secret | Variable | ConfigFile
Word = tuple[Part, ...]


def literal_word(text: str) -> Word:
    """A word that is known as it is."""
    return (text,)


def joined(*parts: Part) -> Word:
    """A word of several parts, neighbouring texts put together."""
    word: list[Part] = []
    for part in parts:
        if isinstance(part, str) and word and isinstance(word[-1], str):
            word[-1] += part
        elif part != "":
            word.append(part)
    return tuple(word) or ("",)


def word_text(word: Word) -> str:
    """A word as one text, for readers and not for a shell: variables and the file are `$NAME`."""
    return "".join(
        f"${CONFIG_FILE}"
        if isinstance(part, ConfigFile)
        else part
        if isinstance(part, str)
        else f"${part.variable}"
        for part in word
    )


def secrets_in(words: tuple[Word, ...]) -> tuple[str, ...]:
    """The variables that the user has to set, each once."""
    found = (part.variable for word in words for part in word if isinstance(part, Secret))
    return tuple(dict.fromkeys(found))


def secrets_in_json(words: tuple[Word, ...]) -> tuple[str, ...]:
    """Those of `secrets_in` that stand inside a text of JSON."""
    found = (part for word in words for part in word if isinstance(part, Secret))
    return tuple(dict.fromkeys(part.variable for part in found if part.in_json))


def variables_in(words: tuple[Word, ...]) -> tuple[str, ...]:
    """The variables that the sweep's own command reads, each once."""
    found = (part.variable for word in words for part in word if isinstance(part, Variable))
    return tuple(dict.fromkeys(found))


def secret_for(name: str, value: object) -> Secret | None:
    """The variable that a value is left to, if it looks like a secret.

    `SECRET_` stands before every name, so that none can be a variable that the shell itself uses.
    """
    if not holds_secret(name, value):
        return None
    variable = _OTHERS.sub("_", name.upper().replace(".", "__"))[:_LONGEST]
    same = variable == name.upper().replace(".", "__")
    return Secret(
        f"SECRET_{variable}" if same else f"SECRET_{variable}_{crc32(repr(name).encode()):08X}"
    )


def secret_text(text: str, place: int) -> Secret | None:
    """The same for a text without a name: a password in an address, `key=…` within.

    Args:
        text: A word.
        place: Which word it is, from 0.
    """
    return Secret(f"SECRET_ARGUMENT_{place + 1}") if masked_text(text) != text else None
