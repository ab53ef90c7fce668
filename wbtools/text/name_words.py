"""The words that a name is made of."""

from __future__ import annotations

import re
from typing import Final

_WORD: Final = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")


def name_words(text: str) -> list[str]:
    """The words of a name, in lower case and in order: `bestModel_v2` is `best`, `model`, `v`."""
    return [word.lower() for word in _WORD.findall(text)]


def words_of(text: str) -> frozenset[str]:
    """The same, each once."""
    return frozenset(name_words(text))
