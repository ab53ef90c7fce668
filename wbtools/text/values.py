"""Values of other people's files for people: short, as YAML has them, and without secrets."""

from __future__ import annotations

from typing import Final

from wbtools.text.masking import MASK, holds_secret, masked_config

_LONGEST: Final = 80
_WORDS: Final = {True: "true", False: "false", None: "null"}


def hide_secrets(value: object, name: str = "") -> object:
    """A value for other people's eyes; the very value unless something of it looks like a secret.

    Args:
        value: Whatever a file holds.
        name: What it stands under in the file: a parameter's dotted name, or a key.
    """
    if not holds_secret(name, value):
        return value
    return masked_config({name: value}, exact=True)[name]


def format_value(value: object, name: str = "") -> str:
    """A value as YAML's readers know it, in at most 80 characters.

    Args:
        value: Whatever a file holds.
        name: What it stands under, by which a secret is known, as for `hide_secrets`.
    """
    shown = hide_secrets(value, name)
    if isinstance(shown, bool) or shown is None:
        return _WORDS[shown]
    text = MASK if isinstance(shown, str) and shown == MASK else repr(shown)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
