"""The exceptions of wbtools, each a message that a user can act on.

    WbtoolsError
    ├── UsageError          exit 2: the line cannot be right, or its target is absent or ambiguous
    │   └── AmbiguousSweep  what is called a sweep means several, and nobody says which
    ├── SignInError         exit 4: no credentials for a W&B server, or it refused them
    └── DataError           exit 3: the data do not allow an answer
        ├── FieldsUnknown   a W&B server does not know what was asked for: ask for less
        ├── TooLarge        an answer was longer than its asker wanted: ask for less at once
        ├── TimeUp          the time that a user allowed is over
        ├── Interrupted     someone asked for an end while requests were under way
        ├── Unreachable     W&B cannot be reached, or refuses for good
        └── BusyError       another process writes to the archive

Library code raises these and nothing else of its own; only the command line catches them, once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


class WbtoolsError(Exception):
    """What was given and what would be right (`message`), and what to do about it (`hint`).

    The hint is a note too (PEP 678), so that tracebacks end with it: in a notebook or a log.
    """

    exit_code: ClassVar[int] = 3

    def __init__(self, message: str, hint: str | None = None) -> None:
        """Keep both sentences apart, so that a caller can render them its own way."""
        super().__init__(message)
        self.message = message
        self.hint = hint
        if hint:
            self.add_note(f"hint: {hint}")

    def reword(self, reworded: Callable[[str], str]) -> None:
        """Say message and hint in other words."""
        if self.hint is not None:
            self.__notes__.remove(f"hint: {self.hint}")
        hint = None if self.hint is None else reworded(self.hint)
        WbtoolsError.__init__(self, reworded(self.message), hint)


class UsageError(WbtoolsError):
    """The line cannot be right, or what it names is absent or ambiguous."""

    exit_code: ClassVar[int] = 2


class AmbiguousSweep(UsageError):  # noqa: N818 - as those below
    """What is called a sweep means several different ones; the hint names each."""


class SignInError(WbtoolsError):
    """No credentials for a W&B server, or it refused them."""

    exit_code: ClassVar[int] = 4


class DataError(WbtoolsError):
    """The data do not allow an answer: unreadable, empty, or without what was asked for."""

    exit_code: ClassVar[int] = 3


class FieldsUnknown(DataError):  # noqa: N818 - a fact about the server, which its asker works around
    """A W&B server found a document invalid: it is older (or newer) than what was asked for."""

    def __init__(self, messages: Iterable[str]) -> None:
        """Keep the server's messages, which name the fields."""
        self.messages = tuple(messages)
        super().__init__(f"the W&B server does not know what was asked: {'; '.join(self.messages)}")


class TooLarge(DataError):  # noqa: N818 - as above
    """An answer was longer than its asker wanted."""


class TimeUp(DataError):  # noqa: N818 - as above
    """The time that a user allowed is over, or would be before the next request may be sent."""


class Interrupted(DataError):  # noqa: N818 - as above
    """Someone asked for an end while requests were under way."""


class Unreachable(DataError):  # noqa: N818 - as above
    """W&B cannot be reached, or refuses for good."""


class BusyError(DataError):
    """Another process writes to the archive; it can be read meanwhile."""
