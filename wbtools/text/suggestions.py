"""What somebody may have meant who wrote a word that nobody knows."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def did_you_mean(near: Sequence[str]) -> str:
    """The question that offers these names; empty without any."""
    return f"did you mean {' or '.join(map(repr, near))}?" if near else ""


def suggestion(word: str, known: Iterable[str], *, most: int = 1) -> str:
    """The question that offers the known words much like a word; empty without any.

    Args:
        word: What was written.
        known: What might have been.
        most: So many are offered.
    """
    return did_you_mean(difflib.get_close_matches(word, list(known), n=most))
