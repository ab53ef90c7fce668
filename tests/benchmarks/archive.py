"""One metric of many runs out of the archive, against `np.load` of the same arrays, in one run.

`python -m tests.benchmarks.archive [--runs 1000] [--steps 2000] [--metrics 3]` prints seconds and
the ratio. Both end in the same `Curves` inputs: values, steps and times of every run.
"""

import argparse
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np

from wbtools.archive import Archive, ArchivedRun, ArchiveWriter, SeriesPage, SweepHeader, SweepKey
from wbtools.model import Curves, Run, Series

KEY = SweepKey(base_url="https://api.wandb.ai", entity="e", project="p", name="abcdefgh")
PAGE = 50
ROUNDS = 5


def seconds(work) -> float:
    """Median seconds of a few goes."""
    taken = []
    for _ in range(ROUNDS):
        begin = time.perf_counter()
        work()
        taken.append(time.perf_counter() - begin)
    return statistics.median(taken)


def main() -> None:
    """Write, read, compare."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--runs", type=int, default=1000)
    words.add_argument("--steps", type=int, default=2000)
    words.add_argument("--metrics", type=int, default=3)
    asked = words.parse_args()
    rng = np.random.default_rng(0)
    shape = (asked.runs, asked.steps)
    values = np.cumsum(rng.normal(-0.01, 0.05, (asked.metrics, *shape)), axis=2)
    steps = np.tile(np.arange(asked.steps), (asked.runs, 1))
    times_s = np.round(1.7e9 + np.cumsum(rng.random(shape) + 0.5, axis=1), 6)
    names = [f"run{row}" for row in range(asked.runs)]
    raw = asked.metrics * values[0].nbytes + steps.nbytes + times_s.nbytes

    with tempfile.TemporaryDirectory() as text:
        folder = Path(text) / ".wbtools"
        begin = time.perf_counter()
        with ArchiveWriter.open(folder) as archive:
            archive.begin(SweepHeader(key=KEY))
            for at in range(0, asked.runs, PAGE):
                rows = range(at, min(at + PAGE, asked.runs))
                archive.put_page(
                    KEY,
                    [
                        ArchivedRun(
                            run=Run(id=names[row], name=names[row], number=1, number_from="order")
                        )
                        for row in rows
                    ],
                    [
                        SeriesPage(
                            run_id=names[row],
                            metric=f"m{metric}",
                            rows=Series(
                                values=values[metric, row], steps=steps[row], times_s=times_s[row]
                            ),
                        )
                        for row in rows
                        for metric in range(asked.metrics)
                    ],
                    cursor=str(at),
                )
            archive.finish(KEY)
        write_s = time.perf_counter() - begin
        size = sum(path.stat().st_size for path in folder.iterdir())

        saved = Path(text) / "one.npz"
        np.savez(saved, values=values[0], steps=steps, times_s=times_s)

        def from_numpy() -> Curves:
            with np.load(saved) as file:
                arrays = {name: file[name] for name in file.files}
            return Curves.pack(
                "m0",
                [
                    (name, Series(**{part: array[row] for part, array in arrays.items()}))
                    for row, name in enumerate(names)
                ],
            )

        def from_archive() -> Curves:
            with Archive.open(folder) as archive:
                return archive.load(KEY, ["m0"]).curves["m0"]

        loaded = {name: row for row, name in enumerate(from_archive().run_ids)}
        order = [loaded[name] for name in names]
        equal = np.array_equal(from_archive().values[order], from_numpy().values)
        print(
            f"{asked.runs} x {asked.steps}, {asked.metrics} metrics: written in {write_s:.2f} s "
            f"({raw / write_s / 1e6:.0f} MB/s), {size / 1e6:.1f} MB of {raw / 1e6:.1f}"
        )
        theirs, ours = seconds(from_numpy), seconds(from_archive)
        print(
            f"one metric as Curves: np.load {theirs:.3f} s, archive {ours:.3f} s: "
            f"{ours / theirs:.1f} times; equal: {equal}"
        )


if __name__ == "__main__":
    main()
