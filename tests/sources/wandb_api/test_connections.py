"""A stop finds all connections, those that are being made too."""

import contextlib
import threading
import weakref

from tests.sources.wandb_api.asking import credentials
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
