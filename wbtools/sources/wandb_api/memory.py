"""How much of the memory answers may take: what they hold once parsed, all threads together.

Three bytes of JSON (`[],`) are eighty of objects. So before an answer is parsed its brackets and
commas are counted; each thread takes as large a share of one budget as that may come to, and waits
for it where others hold too much.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

import numpy as np

from wbtools.errors import TooLarge
from wbtools.text.numbers import size

if TYPE_CHECKING:
    from collections.abc import Callable

LONGEST_ANSWER: Final = 2**26
"""Bytes of JSON: 100,000 rows of a metric, the most that is asked for at once, are 6 to 30 MB."""
LARGEST_SHARE: Final = 2**28
"""What one answer may come to."""
HINT: Final = "what was fetched is kept; if this is W&B, ask for fewer metrics at a time"
_BUDGET: Final = 2 * LARGEST_SHARE
_UNCOUNTED: Final = 2**18
"""Bodies up to here are parsed whoever else does: what they come to is small."""
_NEXT_LOOK_S: Final = 0.2
# Bytes of CPython 3.11 to 3.14 with orjson's own tree beside the objects, each rounded up.
_COSTS: Final = {ord("["): 112, ord("{"): 350, ord(","): 190}
_BACKSLASH, _UNICODE = ord("\\"), ord("u")
_PIECE: Final = 2**18
"""Fits into a processor's cache; so NumPy is several times as fast as `bytes.count`."""
_PER_ESCAPE: Final = 120
_COPIES: Final = 2
_COPIES_OF_UNICODE: Final = 8
"""A text with one sign beyond 16 bits takes four bytes for every sign, and may be read twice."""


def bytes_parsed(body: bytes) -> int:
    """At most how many bytes a JSON text and all that is made of it take.

    JSON texts within it are parsed too, so their brackets and commas count like its own, and each
    escaped sign like any of them.
    """
    signs = np.frombuffer(body, dtype=np.uint8)
    n_bytes = n_escapes = 0
    for at in range(0, len(signs), _PIECE):
        piece = signs[at : at + _PIECE]
        n_bytes += sum(int(np.count_nonzero(piece == x)) * cost for x, cost in _COSTS.items())
        behind = np.flatnonzero(piece == _BACKSLASH) + at + 1
        n_escapes += int(np.count_nonzero(signs[behind[behind < len(signs)]] == _UNICODE))
    ascii_alone = not n_escapes and body.isascii()
    copies = _COPIES if ascii_alone else _COPIES_OF_UNICODE
    return n_bytes + n_escapes * _PER_ESCAPE + copies * len(body)


class Share:
    """A part of the budget, until it is released, or nothing refers to it any more."""

    def __init__(self, budget: MemoryBudget, n_bytes: int) -> None:
        """It has been taken already."""
        self._budget = budget
        self._n_bytes = n_bytes

    def shrink(self, n_bytes: int) -> None:
        """Give back what is beyond that."""
        surplus = max(0, self._n_bytes - n_bytes)
        self._n_bytes -= surplus
        self._budget.give_back(surplus)

    def release(self) -> None:
        """Give it back: what it stood for is dropped."""
        self.shrink(0)

    def __del__(self) -> None:
        """Nobody holds what it stood for."""
        self.release()


class MemoryBudget:
    """Bytes that answers may take at one time, whichever thread holds them."""

    def __init__(self) -> None:
        """Nobody holds anything."""
        # Reentrant: a share may be dropped, by the collector of cycles, anywhere.
        self._changed = threading.Condition(threading.RLock())
        self._left = _BUDGET

    def take(self, n_bytes: int, go_on: Callable[[], object]) -> Share:
        """Wait for a share; whoever waits must hold none.

        Args:
            n_bytes: At most `LARGEST_SHARE`.
            go_on: Called now and then; what it raises ends the wait.
        """
        with self._changed:
            while self._left < n_bytes:
                go_on()
                self._changed.wait(_NEXT_LOOK_S)
            self._left -= n_bytes
        return Share(self, n_bytes)

    def share_for(self, body: bytes, share: Share | None, go_on: Callable[[], object]) -> Share:
        """The share of an answer that is about to be parsed, empty for a short one.

        Args:
            body: JSON.
            share: What was taken for it already; released if it may not be parsed.
            go_on: As in `take`.

        Raises:
            TooLarge: It may come to more than any one may have.
        """
        n_bytes = 0 if len(body) <= _UNCOUNTED else bytes_parsed(body)
        if n_bytes > LARGEST_SHARE:
            if share is not None:
                share.release()
            message = (
                f"an answer of {len(body):,} bytes could take {size(n_bytes)} of memory,"
                f" and {size(LARGEST_SHARE)} are the most"
            )
            raise TooLarge(message, HINT)
        if share is None:
            return self.take(n_bytes, go_on)
        share.shrink(n_bytes)
        return share

    def give_back(self, n_bytes: int) -> None:
        """For others to take."""
        with self._changed:
            self._left += n_bytes
            self._changed.notify_all()
