"""Secrets: where W&B's own client keeps them, and how a request is signed with one.

The rules are those of wandb 0.31 (`wandb.sdk.lib.wbauth`), which a test compares with these. They
are written down here rather than called there: that module is private, came with 0.24, could not
be asked without a prompt before 0.30, gives the key of one host to any other, and quotes a broken
netrc file on stderr, keys included.
"""

from __future__ import annotations

import base64
import contextlib
import netrc
import os
import re
import sys
import threading
import time
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Final, final

KEY_VARIABLE: Final = "WANDB_API_KEY"
TOKEN_VARIABLE: Final = "WANDB_IDENTITY_TOKEN_FILE"  # noqa: S105 - a name
_LEAST_CHARACTERS: Final = 40
_JWT: Final = re.compile(r"[\w-]+\.[\w-]+\.[\w-]+")
_ASK_AGAIN_S: Final = 60.0
_EXCHANGE_S: Final = 30.0


class RequestSecret(ABC):
    """What signs requests; its `repr` says nothing."""

    @abstractmethod
    def header(self) -> str:
        """The value of the `Authorization` header."""

    @abstractmethod
    def renew(self) -> bool:
        """Get another one, since the server refused this one; False if there is no other."""

    @property
    @abstractmethod
    def forms(self) -> tuple[str, ...]:
        """All forms that it may appear in, to be masked wherever they do."""

    @final
    def __repr__(self) -> str:
        """Nothing that anybody could use."""
        return f"<{type(self).__name__}>"


@final
class ApiKey(RequestSecret):
    """A key, as `wandb login` stores it."""

    def __init__(self, key: str) -> None:
        """Take any text: `problem` says what is wrong with it."""
        self._key = key

    @property
    def problem(self) -> str | None:
        """Why W&B's client would not take it, without quoting it."""
        if _JWT.fullmatch(self._key):
            return None
        if any(character.isspace() for character in self._key):
            return "it contains spaces or line ends"
        secret = self._key.partition("-")[2] or self._key
        if not re.fullmatch(r"[\w-]+", secret):
            return "it contains other characters than letters, digits, dashes and underscores"
        if len(secret) < _LEAST_CHARACTERS:
            return f"it has {len(secret)} characters, a key has {_LEAST_CHARACTERS} or more"
        return None

    def header(self) -> str:
        """Basic, for the user `api`."""
        return f"Basic {self._basic()}"

    def renew(self) -> bool:
        """A key stays what it is."""
        return False

    @property
    def forms(self) -> tuple[str, ...]:
        """Bare, and as it stands in the header."""
        return (self._basic(), self._key)

    def _basic(self) -> str:
        return base64.b64encode(f"api:{self._key}".encode()).decode()


@final
class IdentityToken(RequestSecret):
    """A file with a token of an identity provider, which W&B exchanges for an access token.

    W&B's client does the exchange, keeps the result in its credentials file and renews it when it
    expires; it is asked once a minute.
    """

    def __init__(self, *, base_url: str, token_file: Path, credentials_file: Path) -> None:
        """Exchange nothing yet."""
        self._base_url = base_url
        self._token_file = token_file.expanduser().absolute()
        self._credentials_file = credentials_file.expanduser().absolute()
        self._lock = threading.Lock()
        self._tokens: list[str] = []
        self._asked_at = -_ASK_AGAIN_S
        self._renewed_at = -_ASK_AGAIN_S

    def header(self) -> str:
        """Bearer; empty if no access token was ever given."""
        with self._lock:
            if time.monotonic() - self._asked_at >= _ASK_AGAIN_S:
                self._ask()
            return f"Bearer {self._tokens[-1]}" if self._tokens else ""

    def renew(self) -> bool:
        """Ask W&B's client again, at most once a minute."""
        with self._lock:
            if time.monotonic() - self._renewed_at < _ASK_AGAIN_S:
                return False
            self._renewed_at = time.monotonic()
            before = self._tokens[-1:]
            self._ask()
            return self._tokens[-1:] != before

    @property
    def forms(self) -> tuple[str, ...]:
        """Every access token so far."""
        return tuple(self._tokens)

    def _ask(self) -> None:
        self._asked_at = time.monotonic()
        # An expired token that stays is refused by the server, in its own words.
        token = _access_token(self._base_url, self._token_file, self._credentials_file)
        if token and token not in self._tokens:
            self._tokens.append(token)


def key_from_environment() -> ApiKey | None:
    """The key of `WANDB_API_KEY`; empty is none, as W&B takes it."""
    text = os.environ.get(KEY_VARIABLE)
    return ApiKey(text) if text else None


def key_of_session(base_url: str) -> ApiKey | None:
    """The key of a `wandb.login(...)` in this process, for exactly this server."""
    login = sys.modules.get("wandb.sdk.lib.wbauth")
    known = getattr(login, "session_credentials", None)
    key = getattr(known(host=base_url), "api_key", None) if known else None
    return ApiKey(key) if isinstance(key, str) else None


def netrc_path() -> Path:
    """The netrc file that W&B reads: `NETRC`, `~/.netrc` or `~/_netrc`."""
    if named := os.environ.get("NETRC"):
        return Path(named).expanduser()
    usual, windows = Path("~/.netrc").expanduser(), Path("~/_netrc").expanduser()
    return windows if not usual.exists() and windows.exists() else usual


def key_from_netrc(machine: str, *, default_too: bool) -> tuple[ApiKey | None, str | None]:
    """The key of a machine, and what is wrong with the file.

    Args:
        machine: Host, with its port where one is written.
        default_too: Take the file's `default` entry where there is none for the machine.
    """
    path = netrc_path()
    try:
        known = netrc.netrc(str(path))
    except FileNotFoundError:
        return None, None
    except netrc.NetrcParseError as error:
        # Its message may quote the key.
        return None, f"{path} cannot be read as a netrc file: line {error.lineno}"
    except (OSError, UnicodeDecodeError) as error:
        return None, f"{path} cannot be read: {getattr(error, 'strerror', None) or 'no text'}"
    entry = known.authenticators(machine) if default_too else known.hosts.get(machine)
    return (ApiKey(entry[2]) if entry and entry[2] else None), None


def _access_token(base_url: str, token_file: Path, credentials_file: Path) -> str | None:
    """What W&B's client gets for an identity token; None where it gets nothing."""
    import wandb  # noqa: PLC0415 - takes 0.7 s, and few need it

    try:
        from wandb.apis.public.service_api import ServiceApi  # noqa: PLC0415
        from wandb.sdk.lib.service.service_connection import (  # noqa: PLC0415
            WandbApiFailedError,
        )

        exchange = ServiceApi.access_token
    except (ImportError, AttributeError):
        return None  # a client older than 0.30
    settings = wandb.Settings(
        base_url=base_url,
        identity_token_file=str(token_file),
        credentials_file=str(credentials_file),
    )
    with contextlib.suppress(WandbApiFailedError, OSError, wandb.Error):
        return exchange(ServiceApi(settings=settings), timeout=_EXCHANGE_S)
    return None
