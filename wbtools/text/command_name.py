"""Which command of wbtools is at work: its note in an archive names it to those who wait."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Final

COMMAND: Final[ContextVar[str | None]] = ContextVar("command", default=None)
"""The command's name, without its arguments, which may be secret; None in another program."""
