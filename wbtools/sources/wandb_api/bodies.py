"""The bodies of answers, unpacked piece by piece: a few bytes may stand for more than any memory.

One packing is understood, gzip, and asked for; a server that packs otherwise, or twice, is not
believed (RFC 9110 §8.4: `Content-Encoding`, §12.5.3: `Accept-Encoding`).
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Final

from wbtools.errors import TooLarge
from wbtools.sources.wandb_api.memory import HINT
from wbtools.sources.wandb_api.retries import RetryableFailure, RetryReason

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

ACCEPTED: Final = "gzip"
"""What requests say in `Accept-Encoding`."""
_PLAIN: Final = frozenset({"", "identity"})
_GZIP: Final = frozenset({"gzip", "x-gzip"})
_PIECE: Final = 2**18
_GZIP_WINDOW: Final = zlib.MAX_WBITS | 16


def coding_of(response: httpx.Response) -> str | None:
    """How an answer is packed where that is not as it was asked for; else None."""
    codings: str = response.headers.get("Content-Encoding", "").strip()
    return None if codings.lower() in _PLAIN | _GZIP else codings


class SpoiltBody(Exception):  # noqa: N818 - never leaves this room
    """A body that does not come whole; it may the next time.

    Attributes:
        failure: What went wrong.
    """

    def __init__(self, failure: RetryableFailure) -> None:
        """Keep what went wrong."""
        super().__init__(failure.why)
        self.failure = failure


def pieces_of(response: httpx.Response, most_bytes: int) -> Iterator[bytes]:
    """The unpacked body of an answer that is not read yet, in pieces of at most 256 KiB or as sent.

    Args:
        response: Open; `coding_of` it is None.
        most_bytes: Of the body, packed or not.

    Raises:
        TooLarge: It is longer than that.
        SpoiltBody: Its packing is damaged or ends early.
    """
    packed = response.headers.get("Content-Encoding", "").strip().lower() in _GZIP
    n_bytes = 0
    pieces = response.iter_raw()
    for piece in _unpacked(pieces) if packed else pieces:
        n_bytes += len(piece)
        if max(n_bytes, response.num_bytes_downloaded) > most_bytes:
            message = f"an answer is longer than {most_bytes:,} bytes"
            raise TooLarge(message, HINT)
        yield piece


def drain(response: httpx.Response, most_bytes: int) -> None:
    """Read an answer that nobody needs, so that its connection can be used again, if it is short.

    Args:
        response: Open; a long one is left alone.
        most_bytes: As it is sent.
    """
    length = response.headers.get("Content-Length", "")
    # Digits without end are no number that Python would read.
    short = length.isascii() and length.isdigit() and len(length) <= len(str(most_bytes))
    if short and int(length) <= most_bytes:
        for _ in response.iter_raw():
            pass


def _unpacked(packed: Iterator[bytes]) -> Iterator[bytes]:
    """The first member of a gzip file; an empty piece where a packed one brings nothing."""
    unpacker = zlib.decompressobj(_GZIP_WINDOW)
    began = False
    try:
        for raw in packed:
            began = True
            rest, full = raw, True
            while (rest or full) and not unpacker.eof:
                piece = unpacker.decompress(rest, _PIECE)
                rest, full = unpacker.unconsumed_tail, len(piece) == _PIECE
                yield piece
            if unpacker.eof:
                yield b""
    except zlib.error:
        why = "W&B's answer is packed as gzip, and damaged"
        raise SpoiltBody(RetryableFailure(reason=RetryReason.MALFORMED, why=why)) from None
    if began and not unpacker.eof:
        why = "W&B's answer was cut off"
        raise SpoiltBody(RetryableFailure(reason=RetryReason.BROKEN, why=why))
