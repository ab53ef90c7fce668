"""A small server that speaks enough of W&B's protocol for the real SDK, on loopback."""

from tests.server.faults import Faults
from tests.server.history import ColumnHistory, RowHistory
from tests.server.loading import LoadedRun
from tests.server.running import RunningServer, running_server
from tests.server.switches import StopThrough, Switches

__all__ = [
    "ColumnHistory",
    "Faults",
    "LoadedRun",
    "RowHistory",
    "RunningServer",
    "StopThrough",
    "Switches",
    "running_server",
]
