"""The HTTP client, and what it does until an answer's body begins.

Its own ways of signing and of following redirects read what they pass by whole, however long that
is, so neither is used.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Final

from wbtools import __version__
from wbtools.errors import Unreachable, UsageError
from wbtools.sources.wandb_api import bodies, interpretation
from wbtools.sources.wandb_api.certificates import tls_context
from wbtools.sources.wandb_api.http_library import httpx

if TYPE_CHECKING:
    from collections.abc import Callable

    from wbtools.sources.wandb_api.api_keys import RequestSecret

_MOST_REDIRECTS: Final = 5
"""A signed file address redirects once or twice, from W&B to a store and within that."""


def new_client(proxy: str | None, most_at_once: int) -> httpx.Client:
    """A client with a pool of connections.

    Args:
        proxy: The address of one; None leaves it to the environment.
        most_at_once: So many connections are kept.

    Raises:
        UsageError: The proxy's address is none.
    """
    context = tls_context()
    with contextlib.suppress(ValueError):
        return httpx.Client(
            verify=context,
            proxy=proxy,
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=most_at_once),
            headers={
                "User-Agent": f"wbtools/{__version__}",
                "Accept-Encoding": bodies.ACCEPTED,
            },
        )
    # Neither the setting nor the client's words are quoted: the address may hold a password.
    message = "the proxy settings (HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, WANDB_HTTPS_PROXY) are wrong"
    raise UsageError(message, "a proxy is like http://HOST:PORT or socks5://HOST:PORT")


def send(
    client: httpx.Client,
    request: httpx.Request,
    secret: RequestSecret | None,
    on_send: Callable[[], None],
) -> tuple[httpx.Response, tuple[str, ...]]:
    """Send a request; its answer's body is not read yet.

    Args:
        client: From `new_client`.
        request: Built by it.
        secret: Signs it, and once more if it is refused and there is another; then redirects are
            not followed. None for a request that is never signed.
        on_send: Called before each request.

    Returns:
        The answer, and the addresses that were asked for it, in order.

    Raises:
        Unreachable: There are too many redirects.
    """
    if secret is not None:
        response = _signed(client, request, secret, on_send)
        if response.status_code == httpx.codes.UNAUTHORIZED and secret.renew():
            response.close()
            response = _signed(client, request, secret, on_send)
        return response, (str(request.url),)
    addresses = [str(request.url)]
    response = _sent(client, request, on_send)
    while response.next_request is not None:
        response.close()
        addresses.append(str(response.next_request.url))
        if len(addresses) > _MOST_REDIRECTS + 1:
            message = f"{interpretation.place_of(addresses[0])} redirects again and again"
            raise Unreachable(message)
        response = _sent(client, response.next_request, on_send)
    return response, tuple(addresses)


def _signed(
    client: httpx.Client,
    request: httpx.Request,
    secret: RequestSecret,
    on_send: Callable[[], None],
) -> httpx.Response:
    request.headers["Authorization"] = secret.header()
    return _sent(client, request, on_send)


def _sent(
    client: httpx.Client, request: httpx.Request, on_send: Callable[[], None]
) -> httpx.Response:
    on_send()
    return client.send(request, auth=None, follow_redirects=False, stream=True)
