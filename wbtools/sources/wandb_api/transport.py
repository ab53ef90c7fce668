"""How a document reaches W&B: the only module that knows.

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
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Self, TypeVar

import orjson

from wbtools import __version__
from wbtools.errors import Interrupted, TimeUp, TooLarge, Unreachable, UsageError
from wbtools.sources.wandb_api import interpretation
from wbtools.sources.wandb_api.certificates import tls_context
from wbtools.sources.wandb_api.concurrency import ConcurrencyGate
from wbtools.sources.wandb_api.http_client import httpx
from wbtools.sources.wandb_api.interpretation import RawResponse
from wbtools.sources.wandb_api.retries import (
    PATIENT,
    RetryableFailure,
    RetryExhausted,
    RetryPolicy,
    RetryReason,
    with_retries,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping
    from types import TracebackType

    from wbtools.sources.wandb_api.api_keys import RequestSecret
    from wbtools.sources.wandb_api.credentials import Credentials

T = TypeVar("T")
_MOST_REDIRECTS: Final = 5
_MOST_REFUSAL_BYTES: Final = 2**16
_SPREAD: Final = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """What W&B said.

    Attributes:
        data: The parsed `data` of the answer.
        n_bytes: Length of its body, unpacked.
        seconds: From sending to the last byte, of the attempt that succeeded.
    """

    data: Any
    n_bytes: int
    seconds: float


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
            most_at_once=most_at_once, timeout_s=timeout_s, on_wait=on_wait
        )
        self._counting = threading.Lock()
        self._signature = _Signature(credentials.secret)
        self._answered = False
        self._connections: weakref.WeakSet[Any] = weakref.WeakSet()
        self.n_requests = 0
        self._client = _client(credentials.proxy, most_at_once)

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
        for stream in list(self._connections):
            # A thread that reads is woken by a shutdown, not by a close.
            with contextlib.suppress(OSError, AttributeError):
                stream.get_extra_info("socket").shutdown(socket.SHUT_RDWR)

    def ask(
        self, document: str, variables: Mapping[str, Any], *, most_bytes: int | None = None
    ) -> Response:
        """Ask a GraphQL document.

        Args:
            document: One operation.
            variables: Plain data.
            most_bytes: Of the unpacked answer; a longer one is not read to its end.

        Raises:
            FieldsUnknown: The server finds the document invalid.
            SignInError: It refuses the credentials.
            Interrupted: `stop` was called.
            TimeUp: The deadline has passed, or will before the server wants to be asked again.
            TooLarge: The answer is longer than `most_bytes`.
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
                auth=self._signature,
                most_bytes=most_bytes,
            )
            if isinstance(response, RetryableFailure):
                return response
            data = interpretation.data_of(response, self._credentials)
            if isinstance(data, RetryableFailure):
                return data
            return Response(data=data, n_bytes=len(response.body), seconds=response.seconds)

        return self._persistently(attempt, address, self._patience)

    def download(self, url: str, *, most_bytes: int | None = None) -> bytes:
        """Fetch a signed file address: never with the key, through redirects too.

        Args:
            url: As W&B gave it.
            most_bytes: Of the unpacked file; a longer one is not read to its end.

        Raises:
            Interrupted: `stop` was called.
            TimeUp: The deadline has passed, or will before the server wants to be asked again.
            TooLarge: The file is longer than `most_bytes`.
            Unreachable: All retries failed, or the address is not (any more) valid.
        """

        def attempt() -> bytes | RetryableFailure:
            response = self._exchange("GET", url, most_bytes=most_bytes)
            if isinstance(response, RetryableFailure):
                return response
            return interpretation.file_of(response, self._credentials)

        give_up_after_s = min(self._patience.file_s, self._patience.give_up_after_s)
        patience = replace(self._patience, give_up_after_s=give_up_after_s)
        return self._persistently(attempt, url, patience)

    def _persistently(
        self, attempt: Callable[[], T | RetryableFailure], address: str, patience: RetryPolicy
    ) -> T:
        result = with_retries(attempt, gate=self._gate, patience=patience)
        if isinstance(result, RetryExhausted):
            message = (
                f"{interpretation.place_of(address)}: {result.why}"
                f" ({result.n_tries} tries in {result.seconds:.0f} s)"
            )
            raise Unreachable(message, "try again later")
        return result

    def _exchange(
        self,
        method: str,
        address: str,
        *,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        auth: httpx.Auth | None = None,
        most_bytes: int | None,
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
                    request, auth=auth, most_bytes=most_bytes, entered_at=entered_at
                )
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                failure = interpretation.failure_of(
                    error, self._credentials, answered=self._answered
                )
            # Raised out here, an exception of ours has no context that could know the key.
            self._gate.left_s()
            if not isinstance(failure, RetryableFailure):
                raise failure
            if failure.reason is RetryReason.BUSY:
                self._gate.bad(entered_at)
            return failure

    def _listen(
        self,
        request: httpx.Request,
        *,
        auth: httpx.Auth | None,
        most_bytes: int | None,
        entered_at: float,
    ) -> RawResponse | RetryableFailure:
        began = time.monotonic()
        response = self._client.send(request, auth=auth, follow_redirects=auth is None, stream=True)
        with contextlib.closing(response):
            self._answered = True
            if auth is not None:
                self._note_limit(response)
            failure = self._refusal(response, entered_at)
            if failure is not None:
                length = interpretation.number(response.headers.get("Content-Length"))
                if length is not None and length <= _MOST_REFUSAL_BYTES:
                    response.read()  # or the connection could not be used again
                return failure
            self._gate.good(entered_at)
            # Unlike a bytearray it gives its content without a copy: files may be large.
            body = io.BytesIO()
            limit = most_bytes if response.is_success else _MOST_REFUSAL_BYTES
            for chunk in response.iter_bytes():
                body.write(chunk)
                self._gate.left_s()
                if limit is not None and body.tell() > limit:
                    if not response.is_success:
                        break
                    message = f"an answer is longer than {limit:,} bytes"
                    raise TooLarge(message, "ask for less at once")
        return RawResponse(
            status=response.status_code,
            kind=response.headers.get("Content-Type", ""),
            location=response.headers.get("Location", ""),
            addresses=tuple(str(hop.url) for hop in (*response.history, response)),
            body=body.getvalue(),
            seconds=time.monotonic() - began,
        )

    def _refusal(self, response: httpx.Response, entered_at: float) -> RetryableFailure | None:
        """A busy server's answer, whose body nobody needs; it holds the gate at once."""
        status = response.status_code
        if not interpretation.is_busy(status):
            return None
        why = f"W&B answered {status} {interpretation.tidy(response.reason_phrase)}".rstrip()
        self._gate.bad(entered_at)
        wait_s = interpretation.retry_after_s(response.headers.get("Retry-After"))
        if wait_s is None:
            return RetryableFailure(reason=RetryReason.BROKEN, why=why)
        # Not all clients of a server should come back in the same moment.
        self._gate.hold(wait_s * (1 + _SPREAD * random.random()), why)  # noqa: S311
        return RetryableFailure(reason=RetryReason.TOLD_TO_WAIT, why=why)

    def _note_limit(self, response: httpx.Response) -> None:
        n_left = interpretation.number(response.headers.get("RateLimit-Remaining"))
        reset_s = interpretation.number(response.headers.get("RateLimit-Reset"))
        if n_left is not None and reset_s is not None:
            self._gate.note_left(int(n_left), reset_s)

    def _timeouts(self) -> httpx.Timeout:
        left_s = self._gate.left_s()
        silence_s = min(self._patience.read_s, left_s)
        return httpx.Timeout(silence_s, connect=min(self._patience.connect_s, left_s))

    def _note_connection(self, event: str, facts: Mapping[str, Any]) -> None:
        """Remember each connection that is made, so that `stop` finds it (httpcore's `trace`)."""
        if event.endswith(("connect_tcp.complete", "start_tls.complete")):
            stream = facts["return_value"]
            self._connections.add(stream)
            try:
                # One that is made while `stop` goes through them may have been missed there.
                self._gate.left_s()
            except (Interrupted, TimeUp):
                stream.close()  # httpcore does not own it before this hook returns
                raise


def _client(proxy: str | None, most_at_once: int) -> httpx.Client:
    context = tls_context()
    with contextlib.suppress(ValueError):
        return httpx.Client(
            verify=context,
            proxy=proxy,
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=most_at_once),
            headers={"User-Agent": f"wbtools/{__version__}"},
            max_redirects=_MOST_REDIRECTS,
        )
    # Neither the setting nor the client's words are quoted: the address may hold a password.
    message = "the proxy settings (HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, WANDB_HTTPS_PROXY) are wrong"
    raise UsageError(message, "a proxy is like http://HOST:PORT or socks5://HOST:PORT")


class _Signature(httpx.Auth):
    """Signs requests; a refused access token is exchanged anew once."""

    def __init__(self, secret: RequestSecret) -> None:
        self._secret = secret

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers["Authorization"] = self._secret.header()
        response = yield request
        if response.status_code == httpx.codes.UNAUTHORIZED and self._secret.renew():
            request.headers["Authorization"] = self._secret.header()
            yield request
