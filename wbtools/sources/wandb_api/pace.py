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

    Attributes:
        why: That the last answer came too slowly, in words; empty if it did not.
    """

    def __init__(self, patience: RetryPolicy, left_s: Callable[[], float]) -> None:
        """Nothing is read yet."""
        self._patience = patience
        self._left_s = left_s
        self.start()

    def start(self) -> None:
        """A request is about to be sent."""
        self.why = ""
        self._began_at = time.monotonic()
        self._n_bytes = 0

    def pause(self, seconds: float) -> None:
        """So long this side did not read."""
        self._began_at += seconds

    def watch(self, stream: Any) -> None:  # noqa: ANN401 - httpcore's, which httpx hides
        """Hold whatever reads from a connection to the pace of its thread."""
        read = stream.read

        def paced(max_bytes: int, timeout: float | None = None) -> bytes:
            left_s = self._rest_s()
            received: bytes = read(max_bytes, left_s if timeout is None else min(timeout, left_s))
            self._n_bytes += len(received)
            return received

        stream.read = paced

    def _rest_s(self) -> float:
        """Seconds that the answer has left, after what came of it.

        Raises:
            httpx.ReadTimeout: None.
        """
        policy, spent_s = self._patience, time.monotonic() - self._began_at
        rest_s = policy.answer_s + self._n_bytes / policy.least_rate - spent_s
        if rest_s <= 0:
            self.why = f"an answer comes too slowly: {self._n_bytes:,} bytes in {spent_s:.0f} s"
            raise httpx.ReadTimeout(self.why)
        return min(rest_s, self._left_s())
