"""Figures of a forecast in words, as each of its parts writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wbtools.model.forecast import LEVEL
from wbtools.text.sanitize import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Callable

    from wbtools.model.interval import Interval

HEADING = "bold"
BETWEEN = f"{100 * LEVEL:.0f} %"
"""What stands above both ends of an interval."""


def range_words(interval: Interval | None, show: Callable[[float], str]) -> str:
    """Both ends; nothing where they are one."""
    if interval is None or interval.low == interval.high:
        return UNKNOWN
    return f"{show(interval.low)} … {show(interval.high)}"


def whole(value: float) -> str:
    """A number without its decimals."""
    return f"{value:,.0f}"
