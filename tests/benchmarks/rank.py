"""A leaderboard of a long run table against what a notebook does with it, in one run.

`python -m tests.benchmarks.rank` prints seconds, and ratios to pandas reading the same file and
averaging it by configuration, without tests, resampling or any word; then how the time grows from
10,000 runs to 40,000.
"""

import statistics
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

from wbtools.app.opening.session import Session
from wbtools.app.rank import RankOptions, rank_references

SEEDS, ROUNDS = 4, 3
PARAMETERS = ["lr", "weight_decay", "hidden", "optimizer"]


def write(path: Path, n_runs: int) -> None:
    """Configurations with four seeds each, their noise a fifth of what lies between them."""
    rng = np.random.default_rng(0)
    n = n_runs // SEEDS
    frame = pd.DataFrame(
        {
            "lr": 10 ** rng.uniform(-4, -1, n),
            "weight_decay": 10 ** rng.uniform(-6, -2, n),
            "hidden": rng.choice([32, 64, 128], n),
            "optimizer": rng.choice(["adam", "sgd"], n),
            "level": rng.normal(0.5, 0.1, n),
        }
    )
    frame = frame.loc[frame.index.repeat(SEEDS)].reset_index(drop=True)
    frame["seed"] = np.tile(np.arange(SEEDS), n)
    frame["acc"] = frame.pop("level") + rng.normal(0, 0.02, len(frame))
    frame.insert(0, "name", [f"amber-sweep-{k}" for k in range(1, len(frame) + 1)])
    frame.insert(1, "state", "finished")
    frame.to_csv(path, index=False)


def by_pandas(path: Path) -> float:
    """Seconds of a notebook's line, with its answer checked against ours."""
    begin = time.perf_counter()
    means = pd.read_csv(path).groupby(PARAMETERS)["acc"].agg(["mean", "std", "count"])
    means.sort_values("mean", ascending=False)
    return time.perf_counter() - begin


def by_us(path: Path, n_diverse: int = 0) -> float:
    """Seconds of the whole answer."""
    begin = time.perf_counter()
    options = RankOptions(metrics=("acc:maximize",), n_diverse=n_diverse)
    with Session() as session:
        ranking = rank_references([str(path)], options, session)
    taken = time.perf_counter() - begin
    best = pd.read_csv(path).groupby(PARAMETERS)["acc"].mean().max()
    assert abs(ranking.board.rows[0].lead.summary.mean - best) < 1e-12
    return taken


def main() -> None:
    """Take turns, so that a busy moment of the machine hits all of them."""
    with tempfile.TemporaryDirectory() as folder:
        short, long = (Path(folder) / f"runs{n}.csv" for n in (10_000, 40_000))
        write(short, 10_000)
        write(long, 40_000)
        ways = {
            "pandas groupby, 10,000 runs": lambda: by_pandas(short),
            "rank, 10,000 runs": lambda: by_us(short),
            "rank --diverse 5, 10,000 runs": lambda: by_us(short, 5),
            "rank, 40,000 runs": lambda: by_us(long),
        }
        times: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(ROUNDS):
            for name, way in ways.items():
                times[name].append(way())
    medians = {name: statistics.median(taken) for name, taken in times.items()}
    baseline, *_ = medians.values()
    for name, median in medians.items():
        print(f"{name:32} {median:7.2f} s   {median / baseline:6.1f} x pandas")
    print(f"4 x the runs: {medians['rank, 40,000 runs'] / medians['rank, 10,000 runs']:.1f} x")


if __name__ == "__main__":
    main()
