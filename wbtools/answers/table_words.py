"""How a run table was read: which tool wrote it, and which columns were taken for results."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wbtools.text.sanitize import sanitize

if TYPE_CHECKING:
    from wbtools.model import TableReading

_MOST_NAMED: Final = 8


def table_parts(origin: str, table: TableReading | None) -> list[str]:
    """What was read, where that was a run table; nothing of other sources.

    Args:
        origin: The sweep's own sentence about that.
        table: How its columns were read.
    """
    if table is None:
        return []
    names = table.not_parameters
    if not names:
        return [sanitize(origin, limit=0)]
    shown = ", ".join(sanitize(name) for name in names[:_MOST_NAMED])
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return [f"{sanitize(origin, limit=0)}; taken for results, not parameters: {shown}{more}"]
