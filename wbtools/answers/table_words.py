"""How a run table was read: which tool wrote it, and which columns were taken for results."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wbtools.text.sanitize import sanitize

if TYPE_CHECKING:
    from wbtools.model import Sweep


def table_parts(sweep: Sweep) -> list[str]:
    """What was read, where that was a run table; nothing of other sources."""
    return [] if sweep.table is None else [sanitize(sweep.origin, limit=0)]
