"""How long one answer may take: a slow link is borne, an answer that never ends is not.

A silence is noticed by the HTTP client. A byte now and then is none, nor are interim answers (100
Continue), headers and marks of chunks without end: so what counts is what the connection brings,
whatever it means.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

import httpx

if TYPE_CHECKING:
    from collections.abc import Callable

    from wbtools.sources.wandb_api.retries import RetryPolicy


class Pace(threading.local):
    """How fast the answer comes that this thread reads.

    Args:
        patience: `answer_s` and `least_rate` are taken.
        left_s: Seconds until the deadline; raises what ends everything.
    """

    def __init__(self, patience: RetryPolicy, left_s: Callable[[], float]) -> None:
        """Nothing is read yet."""
        self._patience = patience
        self._left_s = left_s
        self.start()

    def start(self) -> None:
        """A request is about to be sent."""
        self._began_at = time.monotonic()
        self._n_bytes = 0

    def pause(self, seconds: float) -> None:
        """So long this side did not read."""
        self._began_at += seconds

    @property
    def complaint(self) -> str:
        """That the last answer came too slowly, in words; empty if it did not."""
        spent_s = time.monotonic() - self._began_at
        if spent_s < self._allowed_s:
            return ""
        return f"an answer comes too slowly: {self._n_bytes:,} bytes in {spent_s:.0f} s"

    def watch(self, stream: Any) -> None:  # noqa: ANN401 - httpcore's, which httpx hides
        """Hold whatever reads from a connection to the pace of its thread."""
        read = stream.read

        def paced(max_bytes: int, timeout: float | None = None) -> bytes:
            left_s = min(self._left_s(), self._began_at + self._allowed_s - time.monotonic())
            if left_s <= 0:
                raise httpx.ReadTimeout(self.complaint)
            received: bytes = read(max_bytes, left_s if timeout is None else min(timeout, left_s))
            self._n_bytes += len(received)
            return received

        stream.read = paced

    @property
    def _allowed_s(self) -> float:
        return self._patience.answer_s + self._n_bytes / self._patience.least_rate
