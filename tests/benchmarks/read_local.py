"""How fast local run files are read: `python -m tests.benchmarks.read_local`.

Files like those of SDK 0.31 (two summary records a step, nested keys, random order of keys) are
written once into a temporary folder; each reader then reads all of them on one core, three times,
and the best time counts. The ratio is to the careful reader, which parses every needed record with
the SDK's protobuf classes. Memory is the most that Python held at once while all files were read,
one after the other, as a multiple of the largest file.
"""

from __future__ import annotations

import argparse
import os
import platform
import random
import resource
import tempfile
import time
import tracemalloc
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

from tests.benchmarks.careful_reader import read_carefully
from tests.sources.local.wandb_writer import (
    START_S,
    exit_record,
    framed,
    history,
    run_record,
    serialized,
    summary,
)
from wbtools.sources.local.run_file import read_run_file

if TYPE_CHECKING:
    from collections.abc import Callable

METRICS = ("loss", ("train", "loss"), "val/accuracy", ("train", "acc", "top1"), "grad_norm")


def write_files(folder: Path, n_files: int, n_steps: int) -> list[Path]:
    """Write files with the mix of records that SDK 0.31 writes."""
    paths = []
    for n in range(n_files):
        chance = random.Random(n)  # noqa: S311 - made-up values
        records = [run_record(f"run{n:05d}", sweep_id="s1", config={"lr": 0.1, "seed": n})]
        for step in range(n_steps):
            row = {key: chance.random() for key in METRICS}
            row |= {"_runtime": step * 0.01, "epoch": step // 10}
            items = list(row.items())
            chance.shuffle(items)
            records.append(history(step, dict(items)))
            runtime = int(step * 0.01)
            records.append(summary({("_wandb", "runtime"): runtime, "_runtime": runtime}))
            chance.shuffle(items)
            records.append(summary({**dict(items), "_step": step, "_timestamp": START_S + step}))
        path = folder / f"run-run{n:05d}.wandb"
        path.write_bytes(framed(serialized([*records, exit_record()])))
        paths.append(path)
    return paths


def best_time(read: Callable[[Path], object], paths: list[Path]) -> float:
    """Give the best of three times over all files, in seconds."""
    times = []
    for _ in range(3):
        start = time.perf_counter()
        for path in paths:
            read(path)
        times.append(time.perf_counter() - start)
    return min(times)


def peak_bytes(read: Callable[[Path], object], paths: list[Path]) -> int:
    """Give the largest amount of Python memory held while all files are read, one at a time."""
    tracemalloc.start()
    for path in paths:
        read(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=100)
    parser.add_argument("--steps", type=int, default=2000)
    arguments = parser.parse_args()
    metric = ["train.loss"]
    readers: dict[str, Callable[[Path], object]] = {
        "floor: read + crc32": lambda path: zlib.crc32(path.read_bytes()),
        "careful, full": lambda path: read_carefully(path, metric),
        "careful, no summary": lambda path: read_carefully(path, metric, with_summary=False),
        "fast, full": lambda path: read_run_file(path, metric),
        "fast, no summary": lambda path: read_run_file(path, metric, with_summary=False),
    }
    with tempfile.TemporaryDirectory() as folder:
        paths = write_files(Path(folder), arguments.files, arguments.steps)
        megabytes = sum(path.stat().st_size for path in paths) / 1e6
        largest = max(path.stat().st_size for path in paths)
        print(
            f"{len(paths)} files, {arguments.steps} steps and {len(METRICS)} metrics each,"
            f" {megabytes:.0f} MB in all, the largest {largest / 1e6:.2f} MB; metric {metric[0]};"
            f" one process on one of {os.cpu_count()} cores, Python {platform.python_version()};"
            " best of three passes over all files, peak over one pass over all files"
        )
        careful = 0.0
        for name, read in readers.items():
            seconds = best_time(read, paths)
            careful = seconds if name == "careful, full" else careful
            ratio = f"{careful / seconds:5.1f} x careful, full" if careful else ""
            peak = peak_bytes(read, paths)
            print(
                f"{name:22} {seconds:6.2f} s  {megabytes / seconds:7.0f} MB/s"
                f"  peak {peak / 1e6:5.1f} MB, {peak / largest:4.1f} x file  {ratio}",
                flush=True,
            )
    peak_rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"largest resident size of this process: {peak_rss:.0f} MiB")


if __name__ == "__main__":
    main()
