"""A stop reaches everything: connections that are being made, and files that are read."""

import contextlib
import threading
import weakref

import pytest

from tests.sources.wandb_api.asking import credentials
from tests.sources.wandb_api.test_histories import GOOD, Wandb, ask
from wbtools.errors import Interrupted
from wbtools.sources.wandb_api.transport import Transport

MADE = "connection.connect_tcp.complete"


class Stream:
    closed = False

    def read(self, *_):
        return b""

    def get_extra_info(self, _):
        return None

    def close(self):
        self.closed = True


def test_a_connection_may_be_made_while_a_stop_goes_through_them():
    kept = [Stream() for _ in range(4)]
    with Transport(credentials("http://localhost")) as asked:

        def connect():
            with contextlib.suppress(Interrupted):
                asked._note_connection(MADE, {"return_value": kept[-1]})

        connecting = threading.Thread(target=connect)

        class Connections(weakref.WeakSet):
            def __iter__(self):
                for stream in super().__iter__():
                    if not connecting.ident:
                        connecting.start()
                    connecting.join(0.2)
                    yield stream

        for stream in kept[:3]:
            asked._note_connection(MADE, {"return_value": stream})
        asked._connections = Connections(asked._connections)
        asked.stop()
        connecting.join(20)
    assert kept[-1].closed


def test_a_stop_ends_the_reading_of_an_export(monkeypatch):
    wandb = Wandb(files=[GOOD])
    check = Transport.check

    def stopped(asked):
        asked.stop()
        check(asked)

    monkeypatch.setattr(Transport, "check", stopped)
    with pytest.raises(Interrupted):
        ask(wandb)
    assert wandb.asked == ["urls", "file"]
