"""Bodies that nobody needs are read, if they are short."""

import httpx
import pytest

from wbtools.sources.wandb_api.bodies import drain


@pytest.mark.parametrize(
    ("length", "is_read"),
    [
        ("0", True),
        ("9999", True),
        ("65536", True),
        ("65537", False),
        ("99999", False),
        ("9" * 5_000, False),
        ("-1", False),
        ("٣", False),
        ("", False),
    ],
)
def test_an_answer_nobody_needs_is_read_up_to_a_length(length, is_read):
    pieces = []

    def body():
        pieces.append(1)
        yield b"x"

    response = httpx.Response(503, headers=[(b"Content-Length", length.encode())], content=body())
    response.headers.pop("Transfer-Encoding", None)
    drain(response, 2**16)
    assert bool(pieces) == is_read
