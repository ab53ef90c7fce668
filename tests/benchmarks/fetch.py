"""How fast a sweep is fetched: `python -m tests.benchmarks.fetch`.

The protocol server of `tests/server/` runs in a process of its own and adds 50 ms to every answer.
`wbtools fetch` into a new archive and the other ways to read the same runs
(`tests/benchmarks/wandb_readers.py`) each run as a process of their own, by turns, and every time
counts from the start of the process to its end; the loops of the SDK take a minute and run once.
The last ratio leaves the starts of both processes out. `--against CHECKOUT` times another version
of wbtools in the same turns, `--busy 2` all of it beside so many processes that never rest.

`--grow`: how requests and memory grow with the number of runs.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np

from tests.benchmarks.wandb_readers import METRICS, PLACE
from tests.server.history import ColumnHistory
from tests.server.loading import LoadedRun
from tests.server.running import API_KEY, running_server

if TYPE_CHECKING:
    from collections.abc import Sequence
    from multiprocessing.connection import Connection

LATENCY_S = 0.05
HERE = Path(__file__).parents[2]
FETCH = """
import sys
from wbtools.cli.app import main
main()
"""
FETCH_ALONE = """
import sys, time
import pydantic  # for typer
import wbtools.app.fetching.reference, wbtools.sources.wandb_api.transport
from wbtools.cli.app import main
began = time.perf_counter()
try:
    main()
finally:
    print("seconds", time.perf_counter() - began, file=sys.stderr)
"""


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


def fetch_words(folder: Path, program: str = FETCH) -> list[str]:
    """`wbtools fetch` of all metrics into an archive, as one process."""
    metrics = [word for metric in METRICS for word in ("--metric", metric)]
    words = [sys.executable, "-c", program, "fetch", "/".join(PLACE), *metrics]
    return [*words, "--archive", str(folder)]


class Contest:
    """Processes that take turns.

    Attributes:
        times: By name, the seconds of each whole process, and of its work after its start.
    """

    def __init__(self, serving: Serving, folder: Path, n_rows: int) -> None:
        self.times: dict[str, list[tuple[float, float]]] = {}
        self._serving, self._folder, self._n_rows, self._n_archives = serving, folder, n_rows, 0

    def fetch(self, name: str, checkout: Path, archive: Path | None = None) -> None:
        """One fetch by a version of wbtools; into a new archive unless one is named."""
        self._n_archives += 1
        program = FETCH_ALONE if checkout == HERE else FETCH
        words = fetch_words(archive or self._folder / f"archive{self._n_archives}", program)
        finished = self._timed(name, words, checkout)
        n_rows = self._n_rows * len(METRICS)
        expected = "nothing new" if archive else f"{n_rows:,} rows"
        if expected not in finished.stdout:
            message = f"{name}: {finished.stdout} instead of {expected}"
            raise SystemExit(message)

    def read(self, name: str) -> None:
        """One of the other ways."""
        words = [sys.executable, "-m", "tests.benchmarks.wandb_readers", name]
        finished = self._timed(name, words, HERE)
        n_rows = int(finished.stdout.split()[-2])
        # scan_history leaves out the last row of each run.
        if n_rows != self._n_rows and name != "scan_history":
            message = f"{name}: {n_rows} rows of {self._n_rows}"
            raise SystemExit(message)

    def _timed(
        self, name: str, words: Sequence[str], checkout: Path
    ) -> subprocess.CompletedProcess[str]:
        self._serving.log()
        environment = os.environ | {"PYTHONPATH": str(checkout)}
        began = time.perf_counter()
        finished = subprocess.run(
            words, env=environment, cwd=checkout, capture_output=True, text=True, check=False
        )
        seconds = time.perf_counter() - began
        if finished.returncode:
            raise SystemExit(finished.stderr)
        said = finished.stderr if "-c" in words else finished.stdout
        work = float(said.split()[-1]) if FETCH not in words else seconds
        n_requests, longest = self._serving.log()
        self.times.setdefault(name, []).append((seconds, work))
        print(
            f"{name:30} {seconds:7.2f} s ({work:.2f} s after its start)  {n_requests:5} requests"
            f"  longest {longest / 1e6:6.2f} MB",
            flush=True,
        )
        return finished

    def seconds(self, name: str, *, started: bool = False) -> float:
        """The median over the rounds, without the start of the process if that is `started`."""
        return statistics.median(work if started else whole for whole, work in self.times[name])


def compare(
    n_runs: int,
    n_rows: int,
    folder: Path,
    against: Path | None,
    *,
    n_rounds: int,
    loops: bool,
) -> None:
    """Every way to read one sweep, and how much faster wbtools is."""
    with Serving(n_runs, n_rows) as serving:
        os.environ["WANDB_BASE_URL"] = serving.base_url
        print(f"{n_runs} runs x {n_rows} rows x {len(METRICS)} metrics, {LATENCY_S * 1e3:.0f} ms")
        contest = Contest(serving, folder, n_runs * n_rows)
        # The server writes each history out once; nobody's time should hold that.
        contest.fetch("warming up", HERE)
        for _ in range(n_rounds):
            contest.fetch("wbtools fetch", HERE)
            if against is not None:
                contest.fetch("the other wbtools fetch", against)
            contest.read("bare batched requests")
            contest.read("the bare bytes, unparsed")
            if loops:
                contest.read("16 threads of run.history")
        kept = folder / "archive1"
        contest.fetch("wbtools fetch, unchanged", HERE, kept)
        if loops:
            contest.read("run.history")
            contest.read("scan_history")
    ours = contest.seconds("wbtools fetch")
    for name in contest.times:
        if name not in {"warming up", "wbtools fetch"} and "unchanged" not in name:
            print(f"wbtools fetch is {contest.seconds(name) / ours:5.2f} x as fast as {name}")
    ratio = contest.seconds("wbtools fetch", started=True) / contest.seconds(
        "bare batched requests", started=True
    )
    print(f"after their starts it takes {ratio:.2f} x the bare batched requests")


def never_rests() -> None:
    """A process that wants a core for itself."""
    while True:
        pass


def grow(n_rows: int, folder: Path) -> None:
    """How time, requests and memory grow with the number of runs, each in a new process."""
    print(f"growth, {n_rows} rows x {len(METRICS)} metrics each")
    for n_runs in (1_250, 2_500, 5_000):
        with Serving(n_runs, n_rows) as serving:
            os.environ["WANDB_BASE_URL"] = serving.base_url
            serving.log()
            began = time.perf_counter()
            subprocess.run(
                fetch_words(folder / f"grow{n_runs}"), check=True, capture_output=True, cwd=HERE
            )
            seconds = time.perf_counter() - began
            n_requests, longest = serving.log()
            # The largest of all children so far, and each round's is larger than the last.
            peak_kib = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
            print(
                f"{n_runs:6} runs {seconds:7.2f} s  {n_requests:5} requests"
                f"  longest {longest / 1e6:6.2f} MB  peak {peak_kib / 1024:6.0f} MiB",
                flush=True,
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--rows", type=int, default=1_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--against", type=Path, help="another checkout of wbtools")
    parser.add_argument("--busy", type=int, default=0, help="processes that never rest")
    parser.add_argument("--no-loops", action="store_true", help="leave the SDK's ways out")
    parser.add_argument("--grow", action="store_true", help="also up to 5,000 runs x 500 rows")
    arguments = parser.parse_args()
    with ExitStack() as ending:
        folder = Path(ending.enter_context(tempfile.TemporaryDirectory()))
        os.environ |= {
            "HOME": str(folder),
            "NETRC": str(folder / "netrc"),
            "WANDB_API_KEY": API_KEY,
            "WANDB_ENTITY": PLACE[0],
            "WANDB_SILENT": "true",
            "WANDB_ERROR_REPORTING": "false",
        }
        for _ in range(arguments.busy):
            busy = multiprocessing.get_context("spawn").Process(target=never_rests, daemon=True)
            busy.start()
            ending.callback(busy.kill)
        against = arguments.against.resolve() if arguments.against else None
        compare(
            arguments.runs,
            arguments.rows,
            folder,
            against,
            n_rounds=arguments.rounds,
            loops=not arguments.no_loops,
        )
        if arguments.grow:
            grow(500, folder)


if __name__ == "__main__":
    main()
