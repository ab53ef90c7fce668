"""What an answer, or its absence, means: data, a failure worth a retry, or the end.

Words of a server or of the HTTP client that get into a message are shortened, on one line and
clean of the key.
"""

from __future__ import annotations

import email.utils
import json
import re
import socket
import ssl
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import orjson

from wbtools.errors import FieldsUnknown, SignInError, Unreachable
from wbtools.sources.wandb_api.http_client import httpx
from wbtools.sources.wandb_api.retries import RetryableFailure, RetryReason

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wbtools.sources.wandb_api.credentials import Credentials

_MOST_QUOTED: Final = 200
_REFUSED: Final = frozenset({401, 403})
_BUSY: Final = frozenset({408, 425, 429})
_SERVER_ERROR: Final = 500
_INVALID: Final = re.compile(
    r"cannot query field|unknown (argument|field|type|fragment|directive)|is not defined by",
    re.IGNORECASE,
)
"""How GraphQL servers word a document that does not fit their schema."""
_INVALID_CODE: Final = "GRAPHQL_VALIDATION_FAILED"
_FOR_GOOD: Final = re.compile(
    r"permission|not found|could not find|forbidden|denied|unauthori[sz]ed|does not exist"
    r"|syntax error|invalid value",
    re.IGNORECASE,
)
"""Errors of the application that no retry changes."""
_UNAUTHENTICATED: Final = frozenset({"UNAUTHENTICATED", "UNAUTHORIZED"})


@dataclass(frozen=True, slots=True, kw_only=True)
class RawResponse:
    """An answer as it came.

    Attributes:
        kind: Its `Content-Type`.
        location: Where a redirect points.
        addresses: Where it was asked for, redirects that were followed included.
        seconds: From sending to the last byte.
    """

    status: int
    kind: str
    location: str
    addresses: tuple[str, ...] = field(repr=False)
    body: bytes = field(repr=False)
    seconds: float


def data_of(response: RawResponse, credentials: Credentials) -> Any | RetryableFailure:  # noqa: ANN401 - parsed JSON
    """The `data` of a GraphQL answer.

    Raises:
        FieldsUnknown: The document is invalid for this server.
        SignInError: The credentials are refused.
        Unreachable: An error that will not go away.
    """
    if response.status in _REFUSED:
        raise _refused(response, credentials)
    if httpx.codes.is_redirect(response.status):
        raise _redirected(response, credentials)
    said = _parsed(response.body, credentials)
    errors = said.errors if said else ()
    if any(error.code == _INVALID_CODE or _INVALID.search(error.words) for error in errors):
        raise FieldsUnknown(error.words for error in errors)
    if any(error.code in _UNAUTHENTICATED for error in errors):
        raise _refused(response, credentials)
    quoted = tidy("; ".join(dict.fromkeys(error.words for error in errors)))
    if response.status >= httpx.codes.BAD_REQUEST:
        words = quoted or _quote(response, credentials)
        message = f"{credentials.base_url} answered {response.status}: {words}"
        raise Unreachable(message, "is WANDB_BASE_URL the address of W&B's API?")
    if said is None:
        if "html" in response.kind:
            why = f"answered a web page instead of data: {_quote(response, credentials)}"
            return RetryableFailure(reason=RetryReason.ANSWERED, why=why)
        return RetryableFailure(reason=RetryReason.BROKEN, why="W&B's answer was cut off")
    if errors or said.data is None:
        if _FOR_GOOD.search(quoted):
            message = f"W&B refuses the request: {quoted}"
            raise Unreachable(message)
        why = f"W&B answered with an error: {quoted or 'neither data nor errors'}"
        return RetryableFailure(reason=RetryReason.ANSWERED, why=why)
    return said.data


def file_of(response: RawResponse, credentials: Credentials) -> bytes:
    """The content of a file.

    Raises:
        Unreachable: There is none at this address, or it came without TLS from a server that
            is asked with it.
    """
    if credentials.base_url.startswith("https:"):
        for address in response.addresses:
            if not address.startswith("https:"):
                message = f"a file address leads to {place_of(address)}, which has no TLS"
                raise Unreachable(message)
    if httpx.codes.is_success(response.status):
        return response.body
    message = (
        f"no file at {place_of(response.addresses[0])} (status {response.status}):"
        f" {_quote(response, credentials)}"
    )
    raise Unreachable(message, "such addresses expire: ask W&B for a new one")


def failure_of(
    error: httpx.HTTPError | httpx.InvalidURL, credentials: Credentials, *, answered: bool
) -> RetryableFailure | Unreachable:
    """What an exception of the HTTP client means, in plain words.

    Args:
        error: Is not kept: it knows the request.
        credentials: Whose secrets must not be quoted.
        answered: Whether the server was ever reached: then its name is right.
    """
    words = clean(str(error), credentials) or type(error).__name__
    host = place_of(credentials.base_url)
    causes = tuple(_causes(error))
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
        return Unreachable(
            f"the TLS certificate is not trusted: {words}",
            "SSL_CERT_FILE or REQUESTS_CA_BUNDLE may name a file with your organisation's"
            " certificates; verification cannot be turned off",
        )
    if not answered and any(
        isinstance(cause, socket.gaierror) and cause.errno == socket.EAI_NONAME for cause in causes
    ):
        return Unreachable(f"no such host: {host}", "WANDB_BASE_URL sets the address of W&B")
    if not answered and isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
        return RetryableFailure(reason=RetryReason.UNREACHED, why=f"no connection: {words}")
    if isinstance(error, httpx.TimeoutException):
        phase = "no connection" if isinstance(error, httpx.ConnectTimeout) else "no answer"
        return RetryableFailure(reason=RetryReason.BUSY, why=f"{phase} in time from {host}")
    if isinstance(error, httpx.ProxyError):
        if words.startswith("407"):
            return Unreachable(
                f"the proxy refuses: {words}", "HTTPS_PROXY may hold http://USER:PASSWORD@HOST:PORT"
            )
        return RetryableFailure(reason=RetryReason.BROKEN, why=f"the proxy failed: {words}")
    if isinstance(error, httpx.TransportError | httpx.DecodingError) and not isinstance(
        error, httpx.UnsupportedProtocol | httpx.LocalProtocolError
    ):
        return RetryableFailure(reason=RetryReason.BROKEN, why=f"the connection broke: {words}")
    return Unreachable(f"cannot be asked: {words}")


def is_busy(status: int) -> bool:
    """Whether a status says that the same request may succeed later."""
    return status in _BUSY or status >= _SERVER_ERROR


def retry_after_s(text: str | None) -> float | None:
    """Seconds that `Retry-After` asks for: a number, or a date."""
    if text is None:
        return None
    seconds = number(text)
    if seconds is not None:
        return seconds
    try:
        until = email.utils.parsedate_to_datetime(text)
    except ValueError:
        return None
    if until.tzinfo is None:
        until = until.replace(tzinfo=UTC)
    return max(0.0, (until - datetime.now(UTC)).total_seconds())


def number(text: str | None) -> float | None:
    """A header's plain decimal number, None for anything else."""
    if text is None or not re.fullmatch(r"\s*\d{1,9}(\.\d{0,9})?\s*", text, re.ASCII):
        return None
    return float(text)


def place_of(address: str) -> str:
    """Scheme, host and path of an address: its query may be a signature, its user a secret."""
    try:
        parts = urlsplit(address)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "an address that cannot be read"
    return tidy(f"{parts.scheme}://{parts.hostname}{port}{parts.path}") if parts.hostname else ""


def tidy(text: str) -> str:
    """One short line."""
    line = " ".join(
        "".join(character if character.isprintable() else " " for character in text).split()
    )
    return line if len(line) <= _MOST_QUOTED else f"{line[: _MOST_QUOTED - 1]}…"


def clean(text: str, credentials: Credentials) -> str:
    """One short line without the key."""
    for secret in credentials.secrets:
        text = text.replace(secret, "***")
    return tidy(text)


def _quote(response: RawResponse, credentials: Credentials) -> str:
    return clean(response.body.decode(errors="replace"), credentials) or "no words"


def _refused(response: RawResponse, credentials: Credentials) -> SignInError:
    message = (
        f"{credentials.base_url} refused the credentials from {credentials.source}"
        f" (status {response.status}): {_quote(response, credentials)}"
    )
    return SignInError(message, credentials.how_to_sign_in)


def _redirected(response: RawResponse, credentials: Credentials) -> Unreachable:
    message = (
        f"{credentials.base_url} redirects to {place_of(response.location) or 'another path'},"
        " where credentials are not taken along"
    )
    return Unreachable(message, "if that is W&B's API address, set WANDB_BASE_URL to it")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Error:
    words: str
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    data: Any = field(repr=False)
    errors: tuple[_Error, ...]


def _parsed(body: bytes, credentials: Credentials) -> _Said | None:
    """A GraphQL answer, its errors clean of the key; None for anything else."""
    try:
        said = orjson.loads(body)
    except orjson.JSONDecodeError:
        said = _with_odd_text(body)
    if not isinstance(said, dict):
        return None
    errors = said.get("errors")
    return _Said(
        data=said.get("data"),
        errors=tuple(
            _error(error, credentials) for error in (errors if isinstance(errors, list) else ())
        ),
    )


def _with_odd_text(body: bytes) -> object:
    """An answer with half a surrogate pair, which JSON allows and orjson refuses; else None."""
    if b"\\ud" not in body.lower():
        return None
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _error(error: object, credentials: Credentials) -> _Error:
    facts = error if isinstance(error, dict) else {"message": error}
    extensions = facts.get("extensions")
    code = extensions.get("code") if isinstance(extensions, dict) else None
    return _Error(words=clean(str(facts.get("message") or "no words"), credentials), code=str(code))


def _causes(error: BaseException) -> Iterator[BaseException]:
    visited: set[int] = set()
    cause: BaseException | None = error
    while cause is not None and id(cause) not in visited:
        visited.add(id(cause))
        yield cause
        cause = cause.__cause__ or cause.__context__
