"""The exceptions of wbtools, each a message that a user can act on.

    WbtoolsError
    ├── UsageError      exit 2: the line cannot be right, or its target is absent or ambiguous
    └── DataError       exit 3: the data do not allow an answer

Library code raises these and nothing else of its own; only the command line catches them, once.
"""

from __future__ import annotations

from typing import ClassVar


class WbtoolsError(Exception):
    """What was given and what would be right (`message`), and what to do about it (`hint`)."""

    exit_code: ClassVar[int] = 3

    def __init__(self, message: str, hint: str | None = None) -> None:
        """Keep both sentences apart, so that a caller can render them its own way."""
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(WbtoolsError):
    """The line cannot be right, or what it names is absent or ambiguous."""

    exit_code: ClassVar[int] = 2


class DataError(WbtoolsError):
    """The data do not allow an answer: unreadable, empty, or without what was asked for."""

    exit_code: ClassVar[int] = 3
