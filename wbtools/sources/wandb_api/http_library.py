"""httpx without its own command line, which would load click, rich and pygments: 60 ms a fetch."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def _not_to_be_found(name: str) -> Iterator[None]:
    """Let the import of a module fail, as Python does where `sys.modules` holds None of it."""
    if name in sys.modules:
        yield
        return
    sys.modules[name] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules[name]


with _not_to_be_found("httpx._main"):
    import httpx

__all__ = ["httpx"]
