"""Text where a metric's numbers should be: `85%`, `0,85`, or a number that was logged as text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from wbtools.text.masking import masked_config

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wbtools.model import Run

_LONGEST: Final = 30
_NOTHING: Final = re.compile(r"\s*(?:nan|[+-]?inf(?:inity)?)?\s*", re.IGNORECASE)
"""What W&B writes for numbers that are not finite, and nothing at all."""
_PERCENT: Final = re.compile(r"\s*[+-]?[\d.,]+\s*%\s*", re.ASCII)
_COMMA: Final = re.compile(r"\s*[+-]?\d*,\d+\s*", re.ASCII)
_NUMBER: Final = re.compile(
    r"\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?\s*", re.ASCII | re.IGNORECASE
)


def text_instead(runs: Iterable[Run], name: str) -> tuple[str, str] | None:
    """What stands in place of a metric's numbers, and what to do about it; None for no text.

    Args:
        runs: With their summaries, of which none holds a finite number under the name.
        name: The metric's.

    Returns:
        The end of a message (`its values are text like '85%'`), and a hint.
    """
    value = next(
        (
            value
            for run in runs
            if isinstance(value := run.summary.get(name), str) and not _NOTHING.fullmatch(value)
        ),
        None,
    )
    if value is None:
        return None
    masked = str(masked_config({name: value}, show_secrets=False)[name])
    shown = masked if len(masked) <= _LONGEST else f"{masked[:_LONGEST]}…"
    return f"its values are text like {shown!r}", _hint(value)


def _hint(value: str) -> str:
    if _PERCENT.fullmatch(value):
        return "write plain numbers, without a percent sign"
    if _COMMA.fullmatch(value):
        return "write a decimal point, or separate the cells by ';' where numbers have a comma"
    if _NUMBER.fullmatch(value):
        return "log numbers, as by float(value): W&B does not read a text as a number"
    return "name a metric that holds numbers with --metric"
