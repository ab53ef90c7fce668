"""The demo ships whole, small, and without a fact about the machine that recorded it."""

import getpass
import re
import socket
from pathlib import Path

import pytest

import wbtools.demo

DEMO = Path(wbtools.demo.__file__).parent
FILES = sorted(path for path in DEMO.rglob("*") if path.is_file() and path.suffix != ".pyc")
RECORDED = [path for path in FILES if path.suffix == ".wandb"]
TRACES = re.compile(
    rb"/(home|Users|root|tmp|opt|usr|var|mnt|data)/|[A-Z]:\\\\|[\w.+-]+@[\w-]+\.[a-z]{2,}"
    rb"|site-packages|\b\d{1,3}(\.\d{1,3}){3}\b|WANDB_API_KEY|[0-9a-f]{40}"
)


def test_every_run_ships():
    assert len(RECORDED) == 36
    assert sum(path.stat().st_size for path in FILES) < 2_000_000


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.name)
def test_no_byte_tells_of_the_machine(path):
    # The SDK records its own build as a commit hash; nothing else may look like a key.
    data = path.read_bytes().replace(SDK_BUILD, b"")
    assert not TRACES.search(data), TRACES.search(data)
    for name in (socket.gethostname(), str(Path.home())):
        if len(name) > 3:
            assert name.encode() not in data
    user = getpass.getuser().encode()
    assert not re.search(rb"(?<![A-Za-z])" + re.escape(user) + rb"(?![A-Za-z])", data)


SDK_BUILD = re.search(rb"[0-9a-f]{40}", RECORDED[0].read_bytes())
SDK_BUILD = SDK_BUILD[0] if SDK_BUILD else b"no build"


def test_the_search_would_find_what_it_looks_for():
    assert TRACES.search(b"xx/home/somebody/train.py")
    assert TRACES.search(b"me@example.org")
    assert TRACES.search(b"0123456789abcdef0123456789abcdef01234567")
