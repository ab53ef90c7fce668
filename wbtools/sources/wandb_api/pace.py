"""How long one answer may take: a slow link is borne, an answer that never ends is not.

A silence is noticed by the HTTP client. A byte now and then is none, nor are interim answers (100
Continue), headers and marks of chunks without end: so an answer gets more time for the bytes of its
body alone, other bytes are counted, and no answer takes longer than the longest may.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any, Final

from wbtools.sources.wandb_api.http_library import httpx

if TYPE_CHECKING:
    from collections.abc import Callable

    from wbtools.sources.wandb_api.retries import RetryPolicy

_MOST_BESIDE: Final = 2**20
"""Bytes that are no body: interim answers and headers have a few thousand, what the client has read
and not handed on yet some ten thousand."""
_BESIDE_A_BYTE: Final = 5
"""As many more for each byte of a body, as a chunk of one byte has (RFC 9112 §7.1)."""


class Pace(threading.local):
    """How fast the answer comes that this thread reads.

    Args:
        patience: `answer_s`, `least_rate` and `longest_answer_s` are taken.
        left_s: Seconds until the deadline; raises what ends everything.
    """

    def __init__(self, patience: RetryPolicy, left_s: Callable[[], float]) -> None:
        """Nothing is read yet."""
        self._patience = patience
        self._left_s = left_s
        self.start()

    def start(self, longest_s: float | None = None) -> None:
        """A request is about to be sent.

        Args:
            longest_s: However much of it comes, its answer takes no longer; None for
                `longest_answer_s`.
        """
        self._began_at = time.monotonic()
        self._longest_s = self._patience.longest_answer_s if longest_s is None else longest_s
        self._n_bytes = self._n_body_bytes = 0

    def pause(self, seconds: float) -> None:
        """So long this side did not read."""
        self._began_at += seconds

    def note_body(self, n_bytes: int) -> None:
        """Take note of how long the body is so far, as it is sent."""
        self._n_body_bytes = n_bytes

    @property
    def complaint(self) -> str:
        """That the last answer was none that could be waited for, in words; empty if it was."""
        spent_s = time.monotonic() - self._began_at
        n_beside = self._n_bytes - self._n_body_bytes
        if n_beside > _MOST_BESIDE + _BESIDE_A_BYTE * self._n_body_bytes:
            return f"an answer has {n_beside:,} bytes beside the {self._n_body_bytes:,} of its body"
        if spent_s >= self._longest_s:
            return f"an answer has no end: {self._n_body_bytes:,} bytes in {spent_s:.0f} s"
        if spent_s >= self._allowed_s:
            return f"an answer comes too slowly: {self._n_body_bytes:,} bytes in {spent_s:.0f} s"
        return ""

    def watch(self, stream: Any) -> None:  # noqa: ANN401 - httpcore's, which httpx hides
        """Hold whatever reads from a connection to the pace of its thread."""
        read = stream.read

        def paced(max_bytes: int, timeout: float | None = None) -> bytes:
            left_s = min(self._left_s(), self._began_at + self._allowed_s - time.monotonic())
            complaint = self.complaint
            if complaint or left_s <= 0:
                raise httpx.ReadTimeout(complaint)
            received: bytes = read(max_bytes, left_s if timeout is None else min(timeout, left_s))
            self._n_bytes += len(received)
            return received

        stream.read = paced

    @property
    def _allowed_s(self) -> float:
        patience = self._patience
        return min(self._longest_s, patience.answer_s + self._n_body_bytes / patience.least_rate)
