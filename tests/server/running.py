"""A server that runs in a thread of its own while a test works."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx
from aiohttp import web

from tests.server.app import Answering
from tests.server.faults import Faults
from tests.server.graphql_answers import GraphqlAnswers
from tests.server.loading import LoadedRun, load_runs, load_sweep
from tests.server.request_log import RequestLog
from tests.server.state import Run, State, Sweep
from tests.server.switches import Switches

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

API_KEY = "5e1f" * 10  # 40 signs, as the SDK wants them
_NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""httpx reads all certificates of the machine for each request, also where none is asked for."""
_TURNS_TO_ACCEPT = 5  # the accepting task, its protocol, its reader, what waits for both; one more
_TURNS_TO_CLOSE = 3  # a transport's end is called in the next turn, and may call another


@dataclass(slots=True, kw_only=True)
class RunningServer:
    """A server on loopback.

    Attributes:
        base_url: What goes into `WANDB_BASE_URL`.
        api_key: The only key that it accepts.
    """

    base_url: str
    state: State
    faults: Faults
    log: RequestLog
    api_key: str = field(default=API_KEY, repr=False)
    _answering: Answering = field(repr=False)

    @property
    def switches(self) -> Switches:
        """How the server behaves where the real one's behaviour is not documented."""
        return self.state.switches

    def env(self, home: Path) -> dict[str, str]:
        """Environment variables that send the SDK here, and nowhere else.

        Args:
            home: A folder for everything that the SDK writes.
        """
        return {
            "HOME": str(home),
            "NETRC": str(home / "netrc"),
            "WANDB_API_KEY": self.api_key,
            "WANDB_BASE_URL": self.base_url,
            "WANDB_CACHE_DIR": str(home / "cache"),
            "WANDB_CONFIG_DIR": str(home / "config"),
            "WANDB_DATA_DIR": str(home / "data"),
            "WANDB_DIR": str(home),
            "WANDB_ENTITY": self.state.entity,
            "WANDB_ERROR_REPORTING": "false",
        }

    def load_sweep(
        self,
        entity: str,
        project: str,
        sweep_id: str,
        *,
        runs: Iterable[LoadedRun],
        config: Mapping[str, Any] | None = None,
        sweep_state: str = "FINISHED",
    ) -> Sweep:
        """Put a sweep with its runs here (see `tests.server.loading`)."""
        return load_sweep(
            self.state,
            entity,
            project,
            sweep_id,
            runs=runs,
            config=config,
            sweep_state=sweep_state,
        )

    def load_runs(self, entity: str, project: str, runs: Iterable[LoadedRun]) -> list[Run]:
        """Put runs outside sweeps here."""
        return load_runs(self.state, entity, project, runs)

    def accept(self, api_key: str) -> None:
        """Take this key from now on, and no other."""
        self.api_key = api_key
        self._answering.accept(api_key)

    def ask(self, document: str, **variables: Any) -> httpx.Response:
        """Send one GraphQL document, as a test does to look at the server itself."""
        return httpx.post(
            f"{self.base_url}/graphql",
            verify=_NO_TLS,
            json={"query": document, "variables": variables},
            auth=("api", self.api_key),
            timeout=60,
        )


@contextlib.contextmanager
def running_server(switches: Switches | None = None) -> Iterator[RunningServer]:
    """Serve on a free port of loopback until the block ends."""
    state = State(switches=switches or Switches())
    faults, log = Faults(), RequestLog()
    answering = Answering(state, faults, log, API_KEY)
    loop = asyncio.new_event_loop()
    runner = web.AppRunner(answering.app(), access_log=None, shutdown_timeout=0.1)
    listener = socket.create_server(("127.0.0.1", 0))

    async def start() -> None:
        await runner.setup()
        await web.SockSite(runner, listener).start()

    thread = threading.Thread(target=loop.run_forever, name="wandb-protocol-server", daemon=True)
    thread.start()
    try:
        asyncio.run_coroutine_threadsafe(start(), loop).result(10)
        port = listener.getsockname()[1]
        answering.base_url = f"http://127.0.0.1:{port}"
        answering.graphql = GraphqlAnswers(state, answering.base_url, f"http://localhost:{port}")
        yield RunningServer(
            base_url=answering.base_url,
            state=state,
            faults=faults,
            log=log,
            _answering=answering,
        )
    finally:
        asyncio.run_coroutine_threadsafe(_end(runner, listener), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _end(runner: web.AppRunner, listener: socket.socket) -> None:
    """Close everything, answers that hang included.

    Connections that are being accepted are let in before the site closes: one that comes to a
    closed site, or is cancelled, leaves its socket open. That takes turns of the loop and not time,
    which a busy machine may not give. Then all are cut: a closed one would stay open until a
    client, which may be gone, has read the rest.
    """
    asyncio.get_running_loop().remove_reader(listener)
    await _turns(_TURNS_TO_ACCEPT)
    for site in list(runner.sites):
        await site.stop()
    for connection in runner.server.connections if runner.server else ():
        if connection.transport is not None:
            connection.transport.abort()
    await _turns(_TURNS_TO_CLOSE)
    await runner.cleanup()
    rest = asyncio.all_tasks() - {asyncio.current_task()}
    for task in rest:
        task.cancel()
    await asyncio.gather(*rest, return_exceptions=True)
    await _turns(_TURNS_TO_CLOSE)


async def _turns(n: int) -> None:
    """Let the loop go round, so that what has been called soon is called."""
    for _ in range(n):
        await asyncio.sleep(0)
