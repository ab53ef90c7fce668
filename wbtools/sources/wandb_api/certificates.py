"""Whom to trust: verification is never off.

What W&B's own client honours: its Go part `SSL_CERT_FILE` and `SSL_CERT_DIR`, its Python part
`REQUESTS_CA_BUNDLE` and `CURL_CA_BUNDLE`. httpx knows only the first two. Without any of them the
operating system's store counts, where companies install their proxy's certificate: truststore asks
the keychain of macOS and the store of Windows, and looks where Linux distributions keep theirs.
certifi's stands beside it, since a container may have no store at all.
"""

from __future__ import annotations

import os
import ssl
from pathlib import Path
from typing import Final

import certifi
import truststore

from wbtools.errors import UsageError

_VARIABLES: Final = ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


def tls_context() -> ssl.SSLContext:
    """The settings of every connection with TLS.

    Raises:
        UsageError: A variable names certificates that cannot be read.
    """
    for variable in _VARIABLES:
        if named := os.environ.get(variable):
            return _trusting(variable, Path(named).expanduser())
    context = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(certifi.where())
    return context


def _trusting(variable: str, path: Path) -> ssl.SSLContext:
    try:
        if path.is_dir():
            return ssl.create_default_context(capath=str(path))
        return ssl.create_default_context(cafile=str(path))
    except OSError as error:  # ssl.SSLError is one: not a certificate
        message = f"{variable} names {path}, which is not a readable file of certificates: {error}"
    raise UsageError(message, f"unset {variable}, or let it name a PEM file")
