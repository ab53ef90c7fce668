"""A slow link is borne; an answer without end is not, however fast it comes."""

import itertools
from dataclasses import replace

import pytest

from tests.sources.wandb_api.asking import HASTY, VIEWER, credentials, download
from tests.sources.wandb_api.odd_server import talking_server
from wbtools.errors import Unreachable
from wbtools.sources.wandb_api.transport import Transport

OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
CHUNK = b"1;x=" + b"a" * 20_000 + b"\r\n \r\n"


def without_end(begun, drip):
    return lambda: itertools.chain([begun], itertools.repeat(drip))


def complaint(words, *, pause_s, ask=lambda asked: asked.ask(VIEWER, {}), **patience):
    patience = replace(HASTY, **{"read_s": 30, "answer_s": 30, **patience})
    with (
        talking_server(words, pause_s) as address,
        Transport(credentials(address), patience=patience) as asked,
        pytest.raises(Unreachable, match="3 tries") as caught,
    ):
        ask(asked)
    return caught.value.message


@pytest.mark.parametrize(
    ("begun", "drip"),
    [
        (b"", CONTINUE),
        pytest.param(b"", CONTINUE * 40, marks=pytest.mark.slow),
        pytest.param(OK, b"X", marks=pytest.mark.slow),
        (OK + b"Content-Length: 999\r\n\r\n", b" "),
        (CHUNKED, CHUNK),
    ],
    ids=["interim answers", "many of them", "a header", "a body", "marks of chunks"],
)
def test_an_answer_of_little_is_given_up(begun, drip):
    message = complaint(without_end(begun, drip), pause_s=0.05, answer_s=0.5)
    assert "an answer comes too slowly: " in message


@pytest.mark.parametrize(
    ("begun", "drip"),
    [pytest.param(b"", CONTINUE * 4_000, marks=pytest.mark.slow), (CHUNKED, CHUNK * 5)],
    ids=["interim answers", "marks of chunks"],
)
def test_what_is_no_body_has_a_most(begun, drip):
    assert "bytes beside the " in complaint(without_end(begun, drip), pause_s=0)


def test_a_body_without_end_takes_so_long_and_no_longer():
    chunk = b"1000\r\n" + b" " * 4_096 + b"\r\n"
    words = without_end(CHUNKED, chunk)
    message = complaint(words, pause_s=0.05, longest_answer_s=0.5)
    assert "an answer has no end: " in message


def test_a_file_has_longer():
    chunk = b"1000\r\n" + b" " * 4_096 + b"\r\n"
    message = complaint(
        without_end(CHUNKED, chunk),
        pause_s=0.05,
        ask=lambda asked: download(asked, asked._credentials.base_url),
        longest_answer_s=0.1,
        longest_file_s=0.5,
        file_s=0,
    )
    assert "an answer has no end: " in message
    assert "(3 tries in 0 s" not in message


@pytest.mark.parametrize("n_a_chunk", [None, 1], ids=["of a length", "in chunks of one byte"])
def test_a_slow_link_is_borne(n_a_chunk):
    """Two kilobytes a second, for twice as long as an answer of no bytes may take."""
    body = b'{"data": {"viewer": {"entity": "acme"}}}'.ljust(4_000)

    def words():
        yield CHUNKED if n_a_chunk else OK + b"Content-Length: 4000\r\n\r\n"
        for k in range(0, len(body), 100):
            piece = body[k : k + 100]
            yield b"".join(b"1\r\n%c\r\n" % sign for sign in piece) if n_a_chunk else piece
        yield b"0\r\n\r\n" if n_a_chunk else b""

    patience = replace(HASTY, read_s=30, answer_s=1.0)
    with (
        talking_server(words, 0.05) as address,
        Transport(credentials(address), patience=patience) as asked,
    ):
        answer = asked.ask(VIEWER, {})
    assert answer.data == {"viewer": {"entity": "acme"}}
    assert answer.seconds > 1.5
    assert asked.n_requests == 1


def test_chunks_of_one_byte_are_a_body():
    body = b'{"data": {"x": "' + b"y" * 250_000 + b'"}}'

    def words():
        yield CHUNKED
        yield b"".join(b"1\r\n%c\r\n" % sign for sign in body)
        yield b"0\r\n\r\n"

    with (
        talking_server(words, 0) as address,
        Transport(credentials(address), patience=replace(HASTY, read_s=30, answer_s=60)) as asked,
    ):
        assert asked.ask(VIEWER, {}).n_bytes == len(body)
