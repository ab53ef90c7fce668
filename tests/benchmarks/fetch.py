"""How fast a sweep is fetched: `python -m tests.benchmarks.fetch`.

The protocol server of `tests/server/` runs in a process of its own and adds 50 ms to every answer.
The same runs are then read by the unmodified SDK in the ways people write (a loop of `run.history`,
a loop of `scan_history`, 16 threads of `run.history`), by the bare batched requests (50 runs each,
eight at a time, parsed and thrown away: no cheaper way is known), and by `wbtools fetch`'s own
function into a new archive on disk. Last, a large sweep: how requests and memory grow.
"""

from __future__ import annotations

import argparse
import base64
import json
import multiprocessing
import os
import resource
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import httpx
import numpy as np
import orjson

from tests.server.history import ColumnHistory
from tests.server.loading import LoadedRun
from tests.server.running import API_KEY, running_server

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection

METRICS = ("loss", "val/acc", "lr")
PLACE = ("acme", "bench", "benchmrk")
LATENCY_S = 0.05


def serve(pipe: Connection, n_runs: int, n_rows: int) -> None:
    """Serve until the other end hangs up; every message is answered with the log, then cleared."""
    dice = np.random.default_rng(0)
    with running_server() as server:
        server.load_sweep(
            *PLACE,
            runs=[
                LoadedRun(
                    name=f"r{k:05}",
                    config={"lr": 0.1 * k, "width": k},
                    history=ColumnHistory(
                        {
                            **{metric: dice.random(n_rows) for metric in METRICS},
                            "_timestamp": 1.7e9 + np.arange(n_rows) * 1.25,
                        }
                    ),
                )
                for k in range(n_runs)
            ],
        )
        server.faults.latency_s = LATENCY_S
        pipe.send(server.base_url)
        while pipe.recv():
            asked = server.log.all("graphql")
            pipe.send((len(asked), max((request.n_bytes for request in asked), default=0)))
            server.log.clear()


class Serving:
    """The server's process."""

    def __init__(self, n_runs: int, n_rows: int) -> None:
        spawn = multiprocessing.get_context("spawn")
        self.pipe, theirs = spawn.Pipe()
        self._process = spawn.Process(target=serve, args=(theirs, n_runs, n_rows), daemon=True)
        self._process.start()
        self.base_url = self.pipe.recv()

    def log(self) -> tuple[int, int]:
        """Requests since the last call, and the longest answer in bytes."""
        self.pipe.send("log")
        asked: tuple[int, int] = self.pipe.recv()
        return asked

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.pipe.send("")
        self._process.join()


def history_loop(base_url: str) -> int:
    """`for run in sweep.runs: run.history(...)`."""
    return sum(len(_history(run)) for run in _sweep(base_url).runs)


def scan_loop(base_url: str) -> int:
    """`for run in sweep.runs: list(run.scan_history(...))`."""
    return sum(len(list(run.scan_history(keys=list(METRICS)))) for run in _sweep(base_url).runs)


def history_threads(base_url: str) -> int:
    """16 threads of `run.history(...)`."""
    with ThreadPoolExecutor(16) as pool:
        return sum(len(rows) for rows in pool.map(_history, _sweep(base_url).runs))


def bare_batches(base_url: str) -> int:
    """Pages of 50 runs with their sampled curves, eight requests at a time, parsed."""
    key = base64.b64encode(f"api:{API_KEY}".encode()).decode()
    specs = [
        json.dumps({"keys": ["_step", "_timestamp", metric], "samples": 100_000})
        for metric in METRICS
    ]
    document = """
    query Bare($filters: JSONString, $specs: [JSONString!]!) {
      project(name: "bench", entityName: "acme") {
        runs(filters: $filters, first: 50) {
          edges { node { name displayName state config summaryMetrics historyKeys
            historyLineCount exitcode stopped shouldStop sampledHistory(specs: $specs) } }
        }
      }
    }"""
    listing = """
    query Names { project(name: "bench", entityName: "acme") {
      runs(first: 1000) { edges { node { name } } } } }"""
    with httpx.Client(
        base_url=base_url, headers={"Authorization": f"Basic {key}"}, timeout=60
    ) as client:

        def ask(text: str, variables: dict[str, Any]) -> Any:
            body = {"query": text, "variables": variables}
            return orjson.loads(client.post("/graphql", json=body).content)["data"]["project"]

        edges = ask(listing, {})["runs"]["edges"]
        ids = [edge["node"]["name"] for edge in edges]
        pages = [ids[at : at + 50] for at in range(0, len(ids), 50)]

        def page(some: list[str]) -> int:
            filters = json.dumps({"name": {"$in": some}})
            got = ask(document, {"filters": filters, "specs": specs})
            return sum(len(edge["node"]["sampledHistory"][0]) for edge in got["runs"]["edges"])

        with ThreadPoolExecutor(8) as pool:
            return sum(pool.map(page, pages))


def wbtools_fetch(base_url: str, folder: Path) -> int:
    """What `wbtools fetch` does."""
    del base_url  # from the environment, as for the SDK
    from wbtools.app.fetching.reference import fetch_reference
    from wbtools.app.opening.session import Session

    with Session(archive=folder) as session:
        (fetched,) = fetch_reference("/".join(PLACE), session, metrics=METRICS)
    return fetched.n_rows // len(METRICS)


def _sweep(base_url: str) -> Any:
    import wandb

    return wandb.Api(overrides={"base_url": base_url}, timeout=60).sweep("/".join(PLACE))


def _history(run: Any) -> list[Any]:
    rows: list[Any] = run.history(samples=100_000, keys=list(METRICS), pandas=False)
    return rows


def timed(name: str, serving: Serving, work: Callable[[], int], n_rows: int) -> float:
    """Run it once, say how long it took and how much was asked; a wrong count of rows is fatal."""
    serving.log()
    began = time.perf_counter()
    got = work()
    seconds = time.perf_counter() - began
    n_requests, longest = serving.log()
    # scan_history leaves out the last row of each run.
    if got != n_rows and "scan_history" not in name:
        message = f"{name}: {got} rows of {n_rows}"
        raise SystemExit(message)
    print(f"{name:34} {seconds:7.2f} s  {n_requests:5} requests  longest {longest / 1e6:6.2f} MB")
    return seconds


def compare(n_runs: int, n_rows: int, folder: Path) -> None:
    """Every way to read one sweep, and how much faster wbtools is."""
    total = n_runs * n_rows
    with Serving(n_runs, n_rows) as serving:
        url = serving.base_url
        os.environ["WANDB_BASE_URL"] = url
        print(f"{n_runs} runs x {n_rows} rows x {len(METRICS)} metrics, {LATENCY_S * 1e3:.0f} ms")
        # The server writes each history out once; nobody's time should hold that.
        wbtools_fetch(url, folder / "warm")
        bare_batches(url)
        ours = min(
            timed(
                f"wbtools fetch, new archive ({k + 1})",
                serving,
                lambda k=k: wbtools_fetch(url, folder / f"new{k}"),
                total,
            )
            for k in range(3)
        )
        again = timed(
            "wbtools fetch, unchanged", serving, lambda: wbtools_fetch(url, folder / "new0"), 0
        )
        bare = min(
            timed(f"bare batched requests ({k + 1})", serving, lambda: bare_batches(url), total)
            for k in range(3)
        )
        others = {
            "16 threads of run.history": timed(
                "SDK: 16 threads of run.history", serving, lambda: history_threads(url), total
            ),
            "run.history": timed(
                "SDK: loop of run.history", serving, lambda: history_loop(url), total
            ),
            "scan_history": timed(
                "SDK: loop of scan_history", serving, lambda: scan_loop(url), total
            ),
        }
    for name, seconds in others.items():
        print(f"wbtools is {seconds / ours:5.1f} x as fast as {name}")
    print(f"wbtools takes {ours / bare:.2f} x the bare batched requests, unchanged {again:.2f} s")


def grow(n_rows: int, folder: Path) -> None:
    """How time, requests and memory grow with the number of runs, each in a new process."""
    print(f"growth, {n_rows} rows x {len(METRICS)} metrics each")
    for n_runs in (1_250, 2_500, 5_000):
        with Serving(n_runs, n_rows) as serving:
            os.environ["WANDB_BASE_URL"] = serving.base_url
            spawn = multiprocessing.get_context("spawn")
            mine, theirs = spawn.Pipe()
            process = spawn.Process(
                target=_measured, args=(theirs, serving.base_url, folder / f"grow{n_runs}")
            )
            serving.log()
            process.start()
            n_got, seconds, peak = mine.recv()
            process.join()
            n_requests, longest = serving.log()
            assert n_got == n_runs * n_rows
            print(
                f"{n_runs:6} runs {seconds:7.2f} s  {n_requests:5} requests"
                f"  longest {longest / 1e6:6.2f} MB  peak {peak / 2**20:6.0f} MiB",
                flush=True,
            )


def _measured(pipe: Connection, base_url: str, folder: Path) -> None:
    began = time.perf_counter()
    n_rows = wbtools_fetch(base_url, folder)
    seconds = time.perf_counter() - began
    pipe.send((n_rows, seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--rows", type=int, default=1_000)
    parser.add_argument("--grow", action="store_true", help="also up to 5,000 runs x 500 rows")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as text:
        folder = Path(text)
        os.environ |= {
            "HOME": text,
            "NETRC": str(folder / "netrc"),
            "WANDB_API_KEY": API_KEY,
            "WANDB_ENTITY": PLACE[0],
            "WANDB_SILENT": "true",
            "WANDB_ERROR_REPORTING": "false",
        }
        compare(arguments.runs, arguments.rows, folder)
        if arguments.grow:
            grow(500, folder)


if __name__ == "__main__":
    main()
