"""What an object shows of itself in a console: one line, below 200 characters."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any, Final

from wbtools.text.sanitize import sanitize

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

MOST: Final = 199
_LONGEST_TEXT: Final = 40


def one_line(noun: str, *facts: str) -> str:
    """Such as `<sweep ab12cd34: 36 runs, curves of acc>`.

    Args:
        noun: What it is, with its name; may hold hostile text.
        facts: What is to be said of it; likewise, and empty ones are left out.
    """
    about = ", ".join(filter(None, facts))
    return f"<{sanitize(f'{noun}: {about}' if about else noun, limit=MOST - 2)}>"


def brief_repr(self: DataclassInstance) -> str:
    """The `__repr__` of a data class that holds much: arrays by shape, collections by size."""
    parts = ", ".join(f"{each.name}={_brief(getattr(self, each.name))}" for each in fields(self))
    return f"{sanitize(f'{type(self).__name__}({parts}', limit=MOST - 1)})"


def _brief(value: Any) -> str:  # noqa: ANN401 - whatever a field holds
    if hasattr(value, "dtype") and hasattr(value, "shape"):
        return f"<{value.dtype} {list(value.shape)}>"
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, str):
        return sanitize(value, limit=_LONGEST_TEXT)
    if is_dataclass(value):
        return f"<{type(value).__name__}>"
    if isinstance(value, Collection):
        return f"<{len(value)}>"
    return sanitize(value, limit=_LONGEST_TEXT)
