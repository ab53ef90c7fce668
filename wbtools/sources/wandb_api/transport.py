"""How a document reaches W&B, and an answer or a file comes back.

One pool of connections for all threads. What goes wrong on the way is tried again (`retries.py`),
when it is allowed to (`concurrency.py`); what comes out is an answer or one of the project's
exceptions, made of plain words: none carries a request, a header or an exception of the HTTP client
along, since those know the key.
"""

from __future__ import annotations

import contextlib
import io
import random
import socket
import threading
import time
import weakref
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final, Self, TypeVar

import orjson

from wbtools.errors import Interrupted, TimeUp, TooLarge, Unreachable
from wbtools.sources.wandb_api import bodies, interpretation
from wbtools.sources.wandb_api.concurrency import ConcurrencyGate
from wbtools.sources.wandb_api.http_client import new_client, send
from wbtools.sources.wandb_api.http_library import httpx
from wbtools.sources.wandb_api.interpretation import RawResponse
from wbtools.sources.wandb_api.memory import LARGEST_SHARE, LONGEST_ANSWER, MemoryBudget, Share
from wbtools.sources.wandb_api.pace import Pace
from wbtools.sources.wandb_api.retries import (
    NEVER_REACHED,
    PATIENT,
    RetryableFailure,
    RetryExhausted,
    RetryPolicy,
    RetryReason,
    with_retries,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType
    from typing import BinaryIO

    from wbtools.sources.wandb_api.credentials import Credentials

T = TypeVar("T")
_MOST_REFUSAL_BYTES: Final = 2**16
"""Of a refusal some hundred characters are quoted; a longer one is not worth its reading."""
_NOT_REACHED: Final = "is WANDB_BASE_URL right, and the proxy, if there is one? Else try later"
_SPREAD: Final = 0.1
"""Of a wait that a server asks for: so much of it, at most, is waited beyond it."""
_READ_BESIDE: Final = 2**23
"""Bodies up to here are read side by side; a longer one needs its share of the memory first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """What W&B said.

    Attributes:
        data: The parsed `data` of the answer.
        n_bytes: Length of its body, unpacked.
        seconds: From sending to the last byte, of the attempt that succeeded.
        share: Of the memory, to be released before this thread asks for more: when the data, or
            what was made of them, are dropped.
    """

    data: Any
    n_bytes: int
    seconds: float
    share: Share = field(repr=False, compare=False)


class Transport:
    """Asks one W&B server, from any number of threads.

    Args:
        credentials: Of that server; no other host is ever shown them.
        timeout_s: Seconds from now after which everything ends with `TimeUp`.
        on_wait: Told the seconds and the reason, from any thread, whenever requests are held back
            or tried again.
        most_at_once: The most requests under way.
        patience: How long to wait for what.

    Attributes:
        n_requests: Attempts that were sent.
    """

    def __init__(
        self,
        credentials: Credentials,
        *,
        timeout_s: float | None = None,
        on_wait: Callable[[float, str], None] | None = None,
        most_at_once: int = 8,
        patience: RetryPolicy = PATIENT,
    ) -> None:
        """Start the clock of the deadline; nothing is sent yet."""
        self._credentials = credentials
        self._patience = patience
        self._gate = ConcurrencyGate(
            most_at_once=most_at_once,
            timeout_s=timeout_s,
            longest_wait_s=patience.longest_wait_s,
            on_wait=on_wait,
        )
        self._pace = Pace(patience, self._gate.left_s)
        self._memory = MemoryBudget()
        self._counting = threading.Lock()
        self._answered = False
        self._connections: weakref.WeakSet[Any] = weakref.WeakSet()
        # Reentrant: a signal may stop the thread that holds it.
        self._connecting = threading.RLock()
        self.n_requests = 0
        self._client = new_client(credentials.proxy, most_at_once)

    def __enter__(self) -> Self:
        """The transport itself, closed at the end of the block."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close all connections."""
        self.stop()
        self._client.close()

    def stop(self) -> None:
        """End everything that waits or is under way, at once, with `Interrupted`."""
        self._gate.stop()
        with self._connecting:
            streams = list(self._connections)
        for stream in streams:
            # A thread that reads is woken by a shutdown, not by a close.
            with contextlib.suppress(OSError, AttributeError):
                stream.get_extra_info("socket").shutdown(socket.SHUT_RDWR)

    def check(self) -> None:
        """Go on, or not: for what is made of an answer or a file.

        Raises:
            Interrupted: `stop` was called.
            TimeUp: The deadline has passed.
        """
        self._gate.left_s()

    def ask(
        self,
        document: str,
        variables: Mapping[str, Any],
        *,
        most_bytes: int | None = None,
        patience: RetryPolicy | None = None,
    ) -> Response:
        """Ask a GraphQL document.

        Args:
            document: One operation.
            variables: Plain data.
            most_bytes: Of the unpacked answer; a longer one is not read to its end. None takes
                what fits into the memory.
            patience: In place of the transport's own.

        Raises:
            FieldsUnknown: The server finds the document invalid.
            SignInError: It refuses the credentials.
            Interrupted: `stop` was called.
            TimeUp: The deadline has passed, or will before the server wants to be asked again.
            TooLarge: The answer is longer than `most_bytes`, or would take too much memory.
            Unreachable: All retries failed, or the server refuses for good.
        """
        content = orjson.dumps({"query": document, "variables": dict(variables)})
        address = f"{self._credentials.base_url}/graphql"

        def attempt() -> Response | RetryableFailure:
            response = self._exchange(
                "POST",
                address,
                content=content,
                headers={"Content-Type": "application/json"},
                signed=True,
                most_bytes=LONGEST_ANSWER if most_bytes is None else most_bytes,
            )
            if isinstance(response, RetryableFailure):
                return response
            share = self._memory.share_for(response.body, response.share, self._gate.left_s)
            # Not left to the collector: a traceback may hold on to it, and others wait for it.
            with contextlib.ExitStack() as unless_it_is_data:
                unless_it_is_data.callback(share.release)
                data = interpretation.data_of(response, self._credentials)
                if isinstance(data, RetryableFailure):
                    return data
                unless_it_is_data.pop_all()
            return Response(
                data=data, n_bytes=len(response.body), seconds=response.seconds, share=share
            )

        return self._persistently(attempt, address, patience or self._patience)

    def download(self, url: str, into: BinaryIO, *, most_bytes: int) -> None:
        """Fetch a signed file address: never with the key, through redirects too.

        Args:
            url: As W&B gave it.
            into: Gets the file, from its present place on; what is behind that is cut off.
            most_bytes: Of the unpacked file; a longer one is not read to its end.

        Raises:
            Interrupted: `stop` was called.
            TimeUp: The deadline has passed, or will before the server wants to be asked again.
            TooLarge: The file is longer than `most_bytes`.
            Unreachable: All retries failed, or the address is not (any more) valid.
            OSError: It cannot be written.
        """
        begin = into.tell()

        def attempt() -> bool | RetryableFailure:
            into.seek(begin)
            into.truncate()
            response = self._exchange("GET", url, into=into, most_bytes=most_bytes)
            if isinstance(response, RetryableFailure):
                return response
            interpretation.check_file(response, self._credentials)
            return True

        give_up_after_s = min(self._patience.file_s, self._patience.give_up_after_s)
        patience = replace(self._patience, give_up_after_s=give_up_after_s)
        self._persistently(attempt, url, patience)

    def _persistently(
        self, attempt: Callable[[], T | RetryableFailure], address: str, patience: RetryPolicy
    ) -> T:
        result = with_retries(attempt, gate=self._gate, patience=patience)
        if isinstance(result, RetryExhausted):
            message = (
                f"{interpretation.place_of(address)}: {result.why}"
                f" ({result.n_tries} tries in {result.seconds:.0f} s)"
            )
            hint = _NOT_REACHED if result.reason in NEVER_REACHED else "try again later"
            raise Unreachable(message, hint)
        return result

    def _exchange(
        self,
        method: str,
        address: str,
        *,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        signed: bool = False,
        into: BinaryIO | None = None,
        most_bytes: int,
    ) -> RawResponse | RetryableFailure:
        """Send one request and read its answer, however it ends."""
        with self._gate.turn() as entered_at:
            with self._counting:
                self.n_requests += 1
            failure: RetryableFailure | Unreachable
            try:
                request = self._client.build_request(
                    method,
                    address,
                    content=content,
                    headers=headers,
                    timeout=self._timeouts(),
                    extensions={"trace": self._note_connection},
                )
                return self._listen(
                    request, signed=signed, into=into, most_bytes=most_bytes, entered_at=entered_at
                )
            except bodies.SpoiltBody as spoilt:
                failure = spoilt.failure
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                failure = interpretation.failure_of(
                    error, self._credentials, answered=self._answered
                )
            # Raised out here, an exception of ours has no context that could know the key.
            self._gate.left_s()
            if not isinstance(failure, RetryableFailure):
                try:
                    raise failure
                finally:
                    del failure  # of this frame, which its traceback holds
            if failure.reason is RetryReason.BUSY:
                self._gate.bad(entered_at)
                if self._pace.complaint:
                    return RetryableFailure(reason=RetryReason.SLOW, why=self._pace.complaint)
            return failure

    def _listen(
        self,
        request: httpx.Request,
        *,
        signed: bool,
        into: BinaryIO | None,
        most_bytes: int,
        entered_at: float,
    ) -> RawResponse | RetryableFailure:
        began = time.monotonic()
        secret = self._credentials.secret if signed else None
        longest_s = self._patience.longest_answer_s
        if into is not None:
            longest_s = self._patience.longest_file_s
        response, addresses = send(
            self._client, request, secret, lambda: self._pace.start(longest_s)
        )
        with contextlib.closing(response):
            self._answered = True
            if signed:
                self._note_limit(response)
            failure = self._refusal(response, entered_at)
            if failure is not None:
                bodies.drain(response, _MOST_REFUSAL_BYTES)  # or it could not be used again
                return failure
            coding = bodies.coding_of(response)
            if coding is not None:
                raise interpretation.oddly_packed(coding, self._credentials)
            self._gate.good(entered_at)
            # Unlike a bytearray it gives its content without a copy.
            body, share = io.BytesIO(), None
            if response.is_success:
                share = self._read(response, body if into is None else into, most_bytes)
            else:
                with contextlib.suppress(TooLarge):
                    self._read(response, body, _MOST_REFUSAL_BYTES)
        return RawResponse(
            status=response.status_code,
            kind=response.headers.get("Content-Type", ""),
            location=response.headers.get("Location", ""),
            addresses=addresses,
            body=body.getvalue(),
            seconds=time.monotonic() - began,
            share=share,
        )

    def _read(self, response: httpx.Response, into: BinaryIO, most_bytes: int) -> Share | None:
        """Read a body; a long one that goes into the memory has its share of that first."""
        share, n_bytes = None, 0
        with contextlib.ExitStack() as unless_it_is_read:
            for piece in bodies.pieces_of(response, most_bytes):
                n_bytes += len(piece)
                self._pace.note_body(response.num_bytes_downloaded)
                self._gate.left_s()
                if share is None and n_bytes > _READ_BESIDE and isinstance(into, io.BytesIO):
                    began = time.monotonic()
                    share = self._memory.take(LARGEST_SHARE, self._gate.left_s)
                    unless_it_is_read.callback(share.release)
                    self._pace.pause(time.monotonic() - began)
                into.write(piece)
            unless_it_is_read.pop_all()
        return share

    def _refusal(self, response: httpx.Response, entered_at: float) -> RetryableFailure | None:
        """A busy server's answer, whose body nobody needs; it holds the gate at once."""
        status = response.status_code
        if not interpretation.is_busy(status):
            return None
        why = f"W&B answered {status} {interpretation.tidy(response.reason_phrase)}".rstrip()
        self._gate.bad(entered_at)
        wait_s = interpretation.retry_after_s(
            response.headers.get("Retry-After"), response.headers.get("Date")
        )
        if wait_s is None:
            return RetryableFailure(reason=RetryReason.BROKEN, why=why)
        # Not all clients of a server should come back in the same moment.
        spread_s = min(wait_s, self._patience.longest_wait_s) * _SPREAD * random.random()  # noqa: S311
        self._gate.hold(wait_s, spread_s, why)
        return RetryableFailure(reason=RetryReason.TOLD_TO_WAIT, why=why)

    def _note_limit(self, response: httpx.Response) -> None:
        n_left = interpretation.number(response.headers.get("RateLimit-Remaining"))
        reset_s = interpretation.number(response.headers.get("RateLimit-Reset"))
        if n_left is not None and reset_s is not None:
            self._gate.note_left(n_left, reset_s)

    def _timeouts(self) -> httpx.Timeout:
        left_s = self._gate.left_s()
        silence_s = min(self._patience.read_s, left_s)
        return httpx.Timeout(silence_s, connect=min(self._patience.connect_s, left_s))

    def _note_connection(self, event: str, facts: Mapping[str, Any]) -> None:
        """Remember each connection that is made, so that `stop` finds it (httpcore's `trace`)."""
        if event.endswith(("connect_tcp.complete", "start_tls.complete")):
            stream = facts["return_value"]
            with self._connecting:
                self._connections.add(stream)
            self._pace.watch(stream)
            try:
                # One that is made while `stop` goes through them may have been missed there.
                self._gate.left_s()
            except (Interrupted, TimeUp):
                stream.close()  # httpcore does not own it before this hook returns
                raise
