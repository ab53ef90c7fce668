"""How fast local run files are read a second time: `python -m tests.benchmarks.read_again`.

Files as in `read_local` are written once into a temporary folder, then a sweep is loaded from them
with five metrics: without anything kept (the baseline), for the first time with everything kept, a
second time, and again after each file has grown. The median of the rounds counts; each has a cache
folder of its own. Before that come whole commands, as processes.
"""

from __future__ import annotations

import argparse
import os
import platform
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tests.benchmarks.read_local import METRICS, write_files
from tests.sources.local.wandb_writer import framed, history, serialized
from wbtools.sources.local.kept_reads import KeptReads
from wbtools.sources.local.kept_store import KeptStore
from wbtools.sources.local.sweeps import find_sweeps, load

if TYPE_CHECKING:
    from collections.abc import Callable

    from wbtools.sources.local.sweeps import LocalSweep

NAMES = tuple(name if isinstance(name, str) else ".".join(name) for name in METRICS)
OLD_ENOUGH_S = 2.5  # from then on the stamp of a file is believed
COMMANDS = {
    "rank": ("--metric", "train.loss:minimize"),
    "audit-terminations": (
        *("--metric", "train.loss", "--goal", "minimize"),
        *("--early-terminate", "none"),
    ),
    "doctor": ("--metric", "train.loss", "--goal", "minimize"),
}


def timed(work: Callable[[], object]) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def grow(paths: list[Path], n_rows: int) -> None:
    """Let each run log some more rows."""
    for path in paths:
        chance = random.Random(str(path))  # noqa: S311 - made-up values
        rows = [history(step, {key: chance.random() for key in METRICS}) for step in range(n_rows)]
        path.write_bytes(framed(serialized(rows), path.read_bytes()))


def in_memory(sweep: LocalSweep, paths: list[Path], folder: Path, n_rounds: int) -> None:
    """Time the function that loads a sweep."""
    n_bytes = sum(path.stat().st_size for path in paths)
    for with_summary in (False, True):
        times: dict[str, list[float]] = {}
        for _ in range(n_rounds):
            with tempfile.TemporaryDirectory(dir=folder) as place:
                kept = KeptReads(KeptStore(Path(place)))

                def read(kept: KeptReads | None, wanted: bool = with_summary) -> float:  # noqa: FBT001
                    return timed(lambda: load(sweep, NAMES, with_summary=wanted, kept=kept))

                for way in ("nothing kept", "first", "second"):
                    taken = read(None if way == "nothing kept" else kept)
                    times.setdefault(way, []).append(taken)
                held = sum(entry.stat().st_size for entry in Path(place).iterdir())
        shown(times, f"load, with_summary={with_summary}, {held / n_bytes:.2f} x the files kept")
    times = {}
    with tempfile.TemporaryDirectory(dir=folder) as place:
        kept = KeptReads(KeptStore(Path(place)))
        load(sweep, NAMES, with_summary=False, kept=kept)
        for _ in range(n_rounds):
            grow(paths, 20)
            for way, how in (("nothing kept", None), ("20 rows more a run", kept)):
                taken = timed(lambda how=how: load(sweep, NAMES, with_summary=False, kept=how))
                times.setdefault(way, []).append(taken)
    shown(times, "load, all files have grown")


def as_processes(folder: Path, n_rounds: int) -> None:
    """Time commands from start to end."""
    for command, options in COMMANDS.items():
        times: dict[str, list[float]] = {}
        for _ in range(n_rounds):
            with tempfile.TemporaryDirectory(dir=folder) as place:
                for way in ("nothing kept", "first", "second"):
                    words = [sys.executable, "-m", "wbtools", command, str(folder / "wandb")]
                    words += [*options, "--quiet", *(["--no-cache"] * (way == "nothing kept"))]
                    env = os.environ | {"WBTOOLS_CACHE": place, "WBTOOLS_ARCHIVE": place + "/a"}

                    def run(words: list[str] = words, env: dict[str, str] = env) -> object:
                        return subprocess.run(
                            words, env=env, stdout=subprocess.DEVNULL, check=False
                        )

                    times.setdefault(way, []).append(timed(run))
        shown(times, f"wbtools {command}, whole processes")


def shown(times: dict[str, list[float]], title: str) -> None:
    """Print medians and their ratios to that of the first way."""
    medians = {way: statistics.median(taken) for way, taken in times.items()}
    baseline = medians["nothing kept"]
    print(title)
    for way, median in medians.items():
        print(f"  {way:20} {median:7.3f} s  {baseline / median:6.1f} x nothing kept", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=200)
    parser.add_argument("--steps", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        (folder / "wandb").mkdir()
        paths = write_files(folder / "wandb", arguments.files, arguments.steps)
        time.sleep(OLD_ENOUGH_S)
        (sweep,) = find_sweeps(folder / "wandb")
        megabytes = sum(path.stat().st_size for path in paths) / 1e6
        print(
            f"{len(paths)} runs x {arguments.steps} rows x {len(NAMES)} metrics,"
            f" {megabytes:.0f} MB; median of {arguments.rounds};"
            f" Python {platform.python_version()},"
            f" {os.cpu_count()} cores"
        )
        as_processes(folder, arguments.rounds)
        in_memory(sweep, paths, folder, arguments.rounds)


if __name__ == "__main__":
    main()
