"""How commands that wait are ended early: by Ctrl-C, or by SIGTERM as Slurm sends it."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

INTERRUPTED: Final = 130
"""The exit code of a command that somebody ended."""


@contextmanager
def answering_sigterm() -> Iterator[None]:
    """Let SIGTERM, as Slurm sends it, end a command as Ctrl-C does: with its answer."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
