"""What was asked of the server, and what it said."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True, kw_only=True)
class Request:
    """One request.

    Attributes:
        at: When it came, `time.monotonic()`.
        ended_at: When its answer had been sent or the connection was dropped.
        kind: `graphql`, `file_stream`, `storage` or `other`.
        operation: The GraphQL operation's name.
        status: The HTTP status, 0 where the connection was dropped.
        n_bytes: Bytes of the answer's body before any compression.
        fault: The fault that was injected.
        unknown: What was not understood.
        signed_in: Whether it carried credentials.
        n_in_flight: Requests under way when it came, itself included.
        waiting_asked: Whether it came while a 429's `Retry-After` was still running.
    """

    at: float
    method: str
    path: str
    kind: str
    ended_at: float = 0.0
    operation: str | None = None
    document: str | None = None
    variables: dict[str, Any] | None = None
    body: Any = None
    status: int = 0
    n_bytes: int = 0
    fault: str | None = None
    unknown: str | None = None
    signed_in: bool = False
    n_in_flight: int = 1
    waiting_asked: bool = False


@dataclass(slots=True)
class RequestLog:
    """All requests, oldest first; safe to read while the server works."""

    _requests: list[Request] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, request: Request) -> None:
        """Note a request when it comes; its answer is filled in later."""
        with self._lock:
            self._requests.append(request)

    def all(self, kind: str | None = None) -> list[Request]:
        """The requests so far."""
        with self._lock:
            return [request for request in self._requests if kind in {None, request.kind}]

    def operations(self) -> dict[str, int]:
        """How often each GraphQL operation was asked."""
        out: dict[str, int] = {}
        for request in self.all("graphql"):
            name = request.operation or "?"
            out[name] = out.get(name, 0) + 1
        return out

    def unknown(self) -> list[str]:
        """Everything that this server did not understand."""
        return [
            f"{request.method} {request.path}: {request.unknown}"
            for request in self.all()
            if request.unknown
        ]

    def clear(self) -> None:
        """Forget what was asked so far."""
        with self._lock:
            self._requests.clear()
