"""What a cell of a run table means. Nothing is guessed: what is no number stays the text it is."""

from __future__ import annotations

import math
import re
from typing import Final

from wbtools.model import RunState

_WHOLE: Final = re.compile(r"[+-]?\d{1,18}", re.ASCII)
_NUMBER: Final = re.compile(
    r"[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|inf|infinity)", re.ASCII | re.IGNORECASE
)
_WITH_COMMA: Final = re.compile(r"[+-]?\d*,\d+(?:e[+-]?\d+)?", re.ASCII | re.IGNORECASE)
_UNKNOWN: Final = frozenset({"", "nan", "null", "none"})
_EXACT: Final = 2**53
_STATES: Final = {
    "finished": RunState.FINISHED,
    "completed": RunState.FINISHED,
    "complete": RunState.FINISHED,
    "done": RunState.FINISHED,
    "success": RunState.FINISHED,
    "failed": RunState.FAILED,
    "error": RunState.FAILED,
    "crashed": RunState.CRASHED,
    "killed": RunState.KILLED,
    "terminated": RunState.KILLED,
    "stopped": RunState.KILLED,
    "pruned": RunState.KILLED,
    "early stopped": RunState.KILLED,
    "running": RunState.RUNNING,
    "pending": RunState.PENDING,
    "preempted": RunState.PREEMPTED,
    "preempting": RunState.PREEMPTING,
}


def known(cell: str, *, decimal_comma: bool) -> int | float | bool | str | None:
    """Read a cell as a whole number, a number to the last digit, a truth value or text.

    Args:
        cell: None is given for an empty one, and for `NaN`, which is how exports write a missing
            or diverged value.
        decimal_comma: `0,5` is a number.
    """
    text = cell.strip()
    if text.lower() in _UNKNOWN:
        return None
    if text.lower() in {"true", "false"}:
        return text.lower() == "true"
    if _WHOLE.fullmatch(text):
        return int(text)
    if decimal_comma and _WITH_COMMA.fullmatch(text):
        text = text.replace(",", ".")
    return float(text) if _NUMBER.fullmatch(text) else text


def whole(value: object) -> int | None:
    """Give a number that counts something, also where it is written `3.0`."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value) if abs(value) < _EXACT and value == math.floor(value) else None


def duration_s(value: object, *, unit_s: float = 1.0) -> float | None:
    """Give seconds, of a value in units of so many; None for what no run can have taken."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) * unit_s if 0 <= value < math.inf else None


def state(text: str | None) -> RunState:
    """Give the state that W&B or common use calls so."""
    return _STATES.get((text or "").lower(), RunState.UNKNOWN)
