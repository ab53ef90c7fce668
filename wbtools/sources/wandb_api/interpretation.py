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
from enum import Enum, auto
from itertools import islice
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urljoin, urlsplit

import orjson

from wbtools.errors import FieldsUnknown, SignInError, TooLarge, Unreachable
from wbtools.sources.wandb_api.http_library import httpx
from wbtools.sources.wandb_api.memory import HINT
from wbtools.sources.wandb_api.retries import RetryableFailure, RetryReason
from wbtools.sources.wandb_api.shapes import kind_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wbtools.sources.wandb_api.credentials import Credentials
    from wbtools.sources.wandb_api.memory import Share

_MOST_QUOTED: Final = 200
_MOST_SCANNED: Final = 4_096
_MOST_BEGUN: Final = 40
_MOST_ERRORS: Final = 20
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
_SURROGATE: Final = re.compile(rb"\\u[dD]")
_UNAUTHENTICATED: Final = frozenset({"UNAUTHENTICATED", "UNAUTHORIZED"})


@dataclass(slots=True, kw_only=True)
class RawResponse:
    """An answer as it came.

    Attributes:
        kind: Its `Content-Type`.
        location: Where a redirect points.
        addresses: Where it was asked for, redirects that were followed included.
        seconds: From sending to the last byte.
        share: Of the memory that it has.
    """

    status: int
    kind: str
    location: str
    addresses: tuple[str, ...] = field(repr=False)
    body: bytes = field(repr=False)
    seconds: float
    share: Share | None = field(default=None, repr=False)


def data_of(response: RawResponse, credentials: Credentials) -> Any | RetryableFailure:  # noqa: ANN401 - parsed JSON
    """The `data` of a GraphQL answer.

    Raises:
        FieldsUnknown: The document is invalid for this server.
        SignInError: The credentials are refused.
        TooLarge: There is no memory for what it holds.
        Unreachable: An error that will not go away.
    """
    if response.status in _REFUSED:
        raise _refused(response, credentials)
    if httpx.codes.is_redirect(response.status):
        raise _redirected(response, credentials)
    answer = _parsed(response.body, credentials)
    errors = answer.errors if isinstance(answer, _Answer) else ()
    if any(error.code == _INVALID_CODE or _INVALID.search(error.words) for error in errors):
        raise FieldsUnknown(error.words for error in errors)
    if any(error.code in _UNAUTHENTICATED for error in errors):
        raise _refused(response, credentials)
    quoted = tidy("; ".join(dict.fromkeys(error.words for error in errors)))
    if response.status >= httpx.codes.BAD_REQUEST:
        words = quoted or _quote(response, credentials)
        message = f"{credentials.base_url} answered {response.status}: {words}"
        raise Unreachable(message, "is WANDB_BASE_URL the address of W&B's API?")
    if not isinstance(answer, _Answer):
        return _no_answer(answer, response, credentials)
    if errors or answer.data is None:
        if _FOR_GOOD.search(quoted):
            message = f"W&B refuses the request: {quoted}"
            raise Unreachable(message)
        why = f"W&B answered with an error: {quoted or 'neither data nor errors'}"
        return RetryableFailure(reason=RetryReason.ANSWERED, why=why)
    if not isinstance(answer.data, dict):
        return _malformed(f"has {kind_of(answer.data)} where its data should be")
    return answer.data


def _no_answer(why: _Defect, response: RawResponse, credentials: Credentials) -> RetryableFailure:
    if why is _Defect.TOO_LARGE:
        message = f"there is no memory for an answer of {len(response.body):,} bytes"
        raise TooLarge(message, HINT)
    if why is _Defect.CUT_OFF:
        return RetryableFailure(reason=RetryReason.BROKEN, why="W&B's answer was cut off")
    if "html" in response.kind:
        words = f"answered a web page instead of data: {_quote(response, credentials)}"
        return RetryableFailure(reason=RetryReason.ANSWERED, why=words)
    return _malformed(
        f"cannot be read as a JSON object: it begins with {_beginning(response, credentials)!r}"
    )


def _malformed(what: str) -> RetryableFailure:
    """An answer that came whole and is none of W&B's."""
    return RetryableFailure(reason=RetryReason.MALFORMED, why=f"W&B's answer {what}")


def check_file(response: RawResponse, credentials: Credentials) -> None:
    """Whether what was received is a file.

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
        return
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
            "your organisation's certificate belongs in the operating system's store, or in a file"
            " that SSL_CERT_FILE or REQUESTS_CA_BUNDLE names; verification cannot be turned off",
        )
    if not answered and any(
        isinstance(cause, socket.gaierror) and cause.errno == socket.EAI_NONAME for cause in causes
    ):
        return Unreachable(f"no such host: {host}", "WANDB_BASE_URL sets the address of W&B")
    if not answered and isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
        is_refused = any(isinstance(cause, ConnectionRefusedError) for cause in causes)
        reason = RetryReason.REFUSED if is_refused else RetryReason.UNREACHED
        return RetryableFailure(reason=reason, why=f"no connection: {words}")
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


def retry_after_s(text: str | None, date: str | None = None) -> float | None:
    """Seconds that `Retry-After` asks for: a number, or a moment.

    Args:
        text: The header; None where there is none.
        date: The answer's own `Date`: a moment is told by the server's clock, which may be another
            than this machine's.
    """
    if text is None:
        return None
    seconds = number(text)
    if seconds is not None:
        return seconds
    until = _moment(text)
    if until is None:
        return None
    now = _moment(date) or datetime.now(UTC)
    return max(0.0, (until - now).total_seconds())


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = email.utils.parsedate_to_datetime(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def number(text: str | None) -> float | None:
    """A header's plain decimal number, None for anything else; infinite where it is beyond all."""
    if text is None or not re.fullmatch(r"\s*\d+(\.\d*)?\s*", text, re.ASCII):
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
    begun = text[:_MOST_SCANNED]
    line = " ".join(
        "".join(character if character.isprintable() else " " for character in begun).split()
    )
    return line if len(line) <= _MOST_QUOTED else f"{line[: _MOST_QUOTED - 1]}…"


def clean(text: str, credentials: Credentials) -> str:
    """One short line without the key."""
    return tidy(_masked(text, credentials))


def _masked(text: str, credentials: Credentials) -> str:
    for secret in credentials.secrets:
        text = text.replace(secret, "***")
    return text


def oddly_packed(coding: str, credentials: Credentials) -> Unreachable:
    """An answer's `Content-Encoding` is none that was asked for."""
    message = (
        f"{credentials.base_url} answers packed as {clean(coding, credentials)!r},"
        " and only gzip was asked for"
    )
    return Unreachable(message, "something on the way, such as a proxy, may have packed it")


def _quote(response: RawResponse, credentials: Credentials) -> str:
    words = _masked(response.body[:_MOST_SCANNED].decode(errors="replace"), credentials)
    if len(response.body) > _MOST_SCANNED:
        # The first half of a secret may stand at the end.
        words = words[: -max(map(len, credentials.secrets), default=0) or None]
    return tidy(words) or "no words"


def _beginning(response: RawResponse, credentials: Credentials) -> str:
    words = _quote(response, credentials)
    return words if len(words) <= _MOST_BEGUN else f"{words[:_MOST_BEGUN]}…"


def _refused(response: RawResponse, credentials: Credentials) -> SignInError:
    message = (
        f"{credentials.base_url} refused the credentials from {credentials.source}"
        f" (status {response.status}): {_quote(response, credentials)}"
    )
    return SignInError(message, credentials.how_to_sign_in)


def _redirected(response: RawResponse, credentials: Credentials) -> Unreachable:
    try:
        # A redirect may leave out scheme, host and the beginning of the path (RFC 9110 §10.2.2).
        target = place_of(urljoin(response.addresses[0], response.location))
    except ValueError:
        target = "an address that cannot be read"
    message = (
        f"{credentials.base_url} redirects to {clean(target, credentials)},"
        " where credentials are not taken along"
    )
    return Unreachable(message, "if that is W&B's API address, set WANDB_BASE_URL to it")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Error:
    words: str
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    """A GraphQL answer."""

    data: Any = field(repr=False)
    errors: tuple[_Error, ...]


class _Defect(Enum):
    """Why a body is no GraphQL answer."""

    CUT_OFF = auto()
    MALFORMED = auto()
    TOO_LARGE = auto()


def _parsed(body: bytes, credentials: Credentials) -> _Answer | _Defect:
    """A GraphQL answer, its first errors clean of the key."""
    try:
        answer = _json(body)
    except MemoryError:
        return _Defect.TOO_LARGE
    if isinstance(answer, _Defect):
        return answer
    if not isinstance(answer, dict):
        return _Defect.MALFORMED
    errors = answer.get("errors")
    listed = islice(errors, _MOST_ERRORS) if isinstance(errors, list) else ()
    words = tuple(_error(error, credentials) for error in listed)
    return _Answer(data=answer.get("data"), errors=words)


def _json(body: bytes) -> object:
    """JSON, or why it is none."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        if not body or error.msg == "unexpected end of data":
            return _Defect.CUT_OFF
    try:
        body.decode()
    except UnicodeDecodeError as error:
        at_end = error.reason == "unexpected end of data"
        return _Defect.CUT_OFF if at_end else _Defect.MALFORMED
    # Half a surrogate pair JSON allows, and orjson refuses.
    if _SURROGATE.search(body) is None:
        return _Defect.MALFORMED
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return _Defect.MALFORMED


def _error(error: object, credentials: Credentials) -> _Error:
    facts = error if isinstance(error, dict) else {"message": error}
    extensions = facts.get("extensions")
    code = extensions.get("code") if isinstance(extensions, dict) else None
    message = facts.get("message")
    words = clean(message, credentials) if isinstance(message, str) else ""
    return _Error(words=words or "no words", code=code if isinstance(code, str) else "")


def _causes(error: BaseException) -> Iterator[BaseException]:
    visited: set[int] = set()
    cause: BaseException | None = error
    while cause is not None and id(cause) not in visited:
        visited.add(id(cause))
        yield cause
        cause = cause.__cause__ or cause.__context__
