"""How many rows of a table are shown, and the line that counts the others: `--limit`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

from wbtools.text.numbers import count

if TYPE_CHECKING:
    from collections.abc import Sequence

_SPARE_ROWS: Final = 2
"""Rows beyond the limit that are shown all the same: a line that counts them is no shorter."""

_FEWEST_ROWS: Final = 3

_T = TypeVar("_T")


def limit_rows(rows: Sequence[_T], limit: int) -> Sequence[_T]:
    """The rows that are shown: the first `limit`, or one or two more; 0 for all."""
    return rows if not limit or len(rows) <= limit + _SPARE_ROWS else rows[:limit]


def limit_of_secondary(limit: int) -> int:
    """Rows of a table that stands below the main one: fewer, so that both can be seen at once."""
    return min(limit, max(limit * 3 // 10, _FEWEST_ROWS))


def rows_left(n: int, noun: str = "") -> str:
    """How many rows beyond the limit there are, as `… and 3 more findings`; empty for none."""
    if not n:
        return ""
    more = count(n, f"more {noun}") if noun else f"{n} more"
    return f"… and {more} (--limit 0 shows all)"
