"""Which W&B server is meant, and with what to sign in there.

The configured server is signed in to as W&B's own client does it. Any other host, which a pasted
page address may name, gets only what netrc holds for exactly that host: never the configured
server's key, never `WANDB_API_KEY`, never netrc's `default` entry.
"""

from __future__ import annotations

import configparser
import contextlib
import io
import ipaddress
import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from wbtools.errors import SignInError, UsageError
from wbtools.sources.settings_file import project_settings
from wbtools.sources.wandb_api.api_keys import (
    KEY_VARIABLE,
    TOKEN_VARIABLE,
    ApiKey,
    IdentityToken,
    RequestSecret,
    key_from_environment,
    key_from_netrc,
    key_of_session,
    netrc_path,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from urllib.parse import SplitResult

_SECTION: Final = "default"
_CLOUD: Final = "https://api.wandb.ai"
_FORGE: Final = "https://api.forge.coreweave.com"
_CLOUD_HOSTS: Final = {
    "wandb.ai": _CLOUD,
    "www.wandb.ai": _CLOUD,
    "app.wandb.ai": _CLOUD,
    "api.wandb.ai": _CLOUD,
    "forge.coreweave.com": _FORGE,
    "api.forge.coreweave.com": _FORGE,
}
"""Hosts of W&B's one public cloud, with the API address of each: `FORGE_HOSTS` and
`DEFAULT_BASE_URL` in wandb 0.31's `wandb.sdk.lib.urls`."""
_DEFAULT_PORTS: Final = frozenset({None, 80, 443})
_HOST: Final = re.compile(r"[A-Za-z0-9._-]+|[0-9a-fA-F:.]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """What signs requests to one server.

    Attributes:
        base_url: Address of its API, without a slash at the end and without credentials in it.
        source: Where they were found, for people.
        secret: Signs requests.
        how_to_sign_in: A hint for people.
        proxy: W&B's own proxy setting for this server; None leaves it to the environment.
    """

    base_url: str
    source: str
    secret: RequestSecret = field(repr=False)
    how_to_sign_in: str | None = None
    proxy: str | None = field(default=None, repr=False)

    @property
    def secrets(self) -> tuple[str, ...]:
        """All forms of the secret, to be masked wherever they appear."""
        return self.secret.forms


@dataclass(frozen=True, slots=True, kw_only=True)
class WandbSettings:
    """Which server is meant, and whose project where a reference does not say.

    Attributes:
        base_url: Address of the API, without a slash at the end.
        entity: None where nothing says it; W&B then takes the key's own.
        sources: Where entity and project were read, by these names.
    """

    base_url: str
    entity: str | None
    project: str | None
    sources: Mapping[str, str] = field(default_factory=dict)


def settings() -> WandbSettings:
    """W&B's settings: its environment variables, `./wandb/settings`, the user's settings file.

    The project's own settings name an entity and a project too: after the environment, and before
    W&B's files. They never name the server.

    Raises:
        UsageError: The configured address is none, or the project's settings cannot be read.
    """
    names = {name: _place(name) for name in ("entity", "project")}
    return WandbSettings(
        base_url=_normal(_setting("base_url") or _default_base_url()),
        entity=names["entity"][0],
        project=names["project"][0],
        sources={name: source for name, (_, source) in names.items() if source is not None},
    )


def base_url_source() -> str | None:
    """Where the server's address is read; None for W&B's own default."""
    return _with_source("base_url")[1]


def _place(name: str) -> tuple[str | None, str | None]:
    """Whose sweeps, or in which project, and where that was read."""
    if not os.environ.get(_variable(name)):
        project = project_settings()
        if (text := project.text(name)) is not None:
            return text, project.words(name)
    return _with_source(name)


def credentials_for(base_url: str) -> Credentials:
    """What signs requests to a server.

    Args:
        base_url: Address of its API, as `settings` or `api_url` gives it.

    Raises:
        SignInError: There is nothing for this server, or it is malformed.
        UsageError: The address is none, or would carry the key over an open line.
    """
    address = _normal(base_url)
    parts = urlsplit(address)
    configured = settings().base_url
    if address == configured:
        hint = f"sign in with `wandb login --host={address}`, or set {KEY_VARIABLE}"
        found = _configured(address)
    elif parts.scheme == "http" and not _is_loopback(parts.hostname or ""):
        message = f"{address} has no TLS: a key sent there can be read on the way"
        raise UsageError(
            message, f"use https://, or set WANDB_BASE_URL={address} if that is your server"
        )
    else:
        hint = (
            f"sign in with `wandb login --host={address}`;"
            f" {KEY_VARIABLE} is taken for {configured} only"
        )
        found = _from_netrc(parts.netloc, default_too=False)
    if isinstance(found, _Nothing):
        message = f"not signed in to {address}"
        raise SignInError(f"{message}: {found.why}" if found.why else message, hint)
    secret, source = found
    problem = secret.problem if isinstance(secret, ApiKey) else None
    if problem is not None:
        message = f"the W&B key for {address} from {source} is malformed: {problem}"
        raise SignInError(message, hint)
    return Credentials(
        base_url=address,
        source=source,
        secret=secret,
        how_to_sign_in=hint,
        proxy=_setting(f"{parts.scheme}_proxy"),
    )


def sign_in_at(base_url: str) -> tuple[bool, str]:
    """Whether there is anything to sign in with at the configured server; nobody is asked.

    Args:
        base_url: Of the configured server, as `settings` gives it.

    Returns:
        Whether there is, and where it was found or why there is none: never the secret itself.
    """
    found = _configured(base_url, exchange=False)
    if isinstance(found, _Nothing):
        hint = f"`wandb login --host={base_url}` or {KEY_VARIABLE} would do it"
        return False, f"{found.why}; {hint}" if found.why else hint
    secret, source = found
    problem = secret.problem if isinstance(secret, ApiKey) else None
    return problem is None, source if problem is None else f"{source} is malformed: {problem}"


def api_url(page_url: str) -> str:
    """Address of the API behind a page's address.

    Args:
        page_url: Any page of a W&B server, for example a sweep's.

    Returns:
        The configured address where the page is that server's; else the page's own host, which
        then gets none of the configured server's credentials.

    Raises:
        UsageError: That is no address of a page.
    """
    page = urlsplit(_normal(page_url))
    host = page.hostname or ""
    configured = settings().base_url
    base = urlsplit(configured)
    if host in _CLOUD_HOSTS:
        return configured if base.hostname in _CLOUD_HOSTS else _CLOUD_HOSTS[host]
    if host in _hosts_of(base) and (
        page.port == base.port or {page.port, base.port} <= _DEFAULT_PORTS
    ):
        return configured
    return f"{page.scheme}://{page.netloc}"


def is_page_of(page_url: str, base_url: str) -> bool:
    """Whether a page belongs to the server whose API is at this address; asks no settings.

    Raises:
        UsageError: That is no address of a page.
    """
    page, base = urlsplit(_normal(page_url)), urlsplit(base_url)
    if page.hostname in _CLOUD_HOSTS:
        return base.hostname in _CLOUD_HOSTS
    same_port = page.port == base.port or {page.port, base.port} <= _DEFAULT_PORTS
    return page.hostname in {base.hostname, *_hosts_of(base)} and same_port


@dataclass(frozen=True, slots=True)
class _Nothing:
    """No credentials, and what was wrong on the way, if anything."""

    why: str | None


_Found = tuple[RequestSecret, str] | _Nothing


def _configured(address: str, *, exchange: bool = True) -> _Found:
    """As `authenticate_session` looks: this process, the environment, netrc, settings.

    Args:
        address: Of the configured server.
        exchange: Ask W&B for an access token where there is an identity token.
    """
    if (key := key_of_session(address)) is not None:
        return key, "wandb.login()"
    key, token_file = key_from_environment(), os.environ.get(TOKEN_VARIABLE)
    if key is not None and token_file:
        return _Nothing(f"{KEY_VARIABLE} and {TOKEN_VARIABLE} are both set, W&B allows one")
    if key is not None:
        return key, KEY_VARIABLE
    if token_file:
        return _from_identity_token(address, token_file, exchange=exchange)
    found = _from_netrc(urlsplit(address).netloc, default_too=True)
    if isinstance(found, _Nothing) and address == _FORGE:
        # Signed in by a client older than 0.31, which knew the same cloud by its other name.
        found = _from_netrc(urlsplit(_CLOUD).netloc, default_too=True)
    if isinstance(found, _Nothing) and (key := _key_from_settings()) is not None:
        return key, "W&B's settings file"
    return found


def _from_netrc(machine: str, *, default_too: bool) -> _Found:
    key, problem = key_from_netrc(machine, default_too=default_too)
    return _Nothing(problem) if key is None else (key, str(netrc_path()))


def _from_identity_token(address: str, token_file: str, *, exchange: bool) -> _Found:
    secret = IdentityToken(
        base_url=address,
        token_file=Path(token_file),
        credentials_file=Path(_setting("credentials_file") or "~/.config/wandb/credentials.json"),
    )
    source = f"identity token file {token_file}"
    if not exchange:
        return secret, source
    # W&B's client tells on stderr what it loads.
    with contextlib.redirect_stderr(io.StringIO()), contextlib.redirect_stdout(io.StringIO()):
        signed = secret.header()
    return (secret, source) if signed else _Nothing(f"W&B gave no access token for {source}")


def _key_from_settings() -> ApiKey | None:
    text = _setting("api_key")
    return ApiKey(text) if text else None


def _setting(name: str) -> str | None:
    """One of W&B's settings; empty is none."""
    return _with_source(name)[0]


def _variable(name: str) -> str:
    return f"WANDB_{name.upper()}"


def _with_source(name: str) -> tuple[str | None, str | None]:
    """One of W&B's settings, and the variable or the file that says it."""
    if named := os.environ.get(_variable(name)):
        return named, _variable(name)
    for path in _settings_files():
        parser = configparser.ConfigParser()
        # A file that W&B could not read is one that it does without.
        with contextlib.suppress(OSError, UnicodeDecodeError, configparser.Error):
            parser.read(path, encoding="utf-8")
            if text := parser.get(_SECTION, name, fallback=""):
                return text, str(path)
    return None, None


def _settings_files() -> Iterator[Path]:
    """The working folder's, then the user's: the first that says something wins."""
    hidden = Path(".wandb")
    yield (hidden if hidden.exists() else Path("wandb")) / "settings"
    yield Path(os.environ.get("WANDB_CONFIG_DIR") or "~/.config/wandb").expanduser() / "settings"


def _default_base_url() -> str:
    """The installed client's default: the same cloud has had another name since 0.31."""
    try:
        from wandb.sdk.lib.urls import DEFAULT_BASE_URL  # noqa: PLC0415 - takes 0.7 s
    except ImportError:
        return _CLOUD
    return DEFAULT_BASE_URL


def _normal(address: str) -> str:
    """Scheme, host, port and path: no credentials, no query, no slash at the end.

    Raises:
        UsageError: It is no address of a server.
    """
    parts = _split(address.strip())
    if parts is None or not parts.hostname or not _HOST.fullmatch(parts.hostname):
        # It is not quoted: it may hold a password, or be a key in the wrong place.
        message = "that is not an address of a W&B server"
        raise UsageError(message, "an address is like https://api.wandb.ai or https://HOST:PORT")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    port = f":{parts.port}" if parts.port is not None else ""
    path = parts.path.rstrip("/")
    if host == "forge.coreweave.com" and path == "/api/wandb":
        return _FORGE
    return f"{parts.scheme}://{host}{port}{path}"


def _split(address: str) -> SplitResult | None:
    try:
        parts = urlsplit(address)
        port_is_one = parts.port is None or parts.port >= 0
    except ValueError:
        return None
    return parts if parts.scheme in {"http", "https"} and port_is_one else None


def _hosts_of(base: SplitResult) -> frozenset[str]:
    """Hosts of a server's API and of its pages (`api_to_app_url` in `wandb.util`)."""
    host = base.hostname or ""
    hosts = {host}
    if host.startswith("api."):
        hosts.add(f"app.{host.removeprefix('api.')}")
        if host.startswith("api.wandb."):
            hosts.add(host.removeprefix("api."))
    pages = _split(_setting("app_url") or "")
    if pages is not None and pages.hostname:
        hosts.add(pages.hostname)
    return frozenset(hosts)


def _is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
