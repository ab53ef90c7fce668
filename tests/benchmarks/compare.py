"""Comparing two sides of many runs: how time and memory grow with the number of runs.

`python -m tests.benchmarks.compare` prints seconds and the largest memory for 1,000, 2,000, … runs
in all, and ratios to the size before; twice the runs should cost about twice as much.
"""

import argparse
import resource
import subprocess
import sys
import time

import numpy as np

from tests.analysis.sweeps import FINISHED, question, sweep
from wbtools.analysis.comparison import CompareQuestion, compare, sweep_group
from wbtools.model import Goal, Metric

N_REPORTS = 30
SIZES = (1_000, 2_000, 4_000, 8_000, 10_000)


def measure(n_runs: int) -> tuple[float, float, float]:
    """Seconds to judge two sides, seconds to compare them, and the peak memory in MB."""
    rng = np.random.default_rng(0)
    sweeps = []
    for _ in range(2):
        lengths = rng.integers(1, N_REPORTS + 1, n_runs // 2)
        curves = [list(1 / np.arange(1, n + 1) + rng.normal(0, 0.1, n)) for n in lengths]
        sweeps.append(sweep(*curves, **FINISHED))
    begun = time.perf_counter()
    asked = question("hyperband(min_iter=3,eta=3)", budget=N_REPORTS)
    sides = [sweep_group(str(k), str(k), recorded, asked) for k, recorded in enumerate(sweeps)]
    judged = time.perf_counter()
    comparison = compare(
        sides, CompareQuestion(metric=Metric(name="loss", goal=Goal.MINIMIZE), in_stages=True)
    )
    ended = time.perf_counter()
    assert comparison.races[0].lanes[1].points[-1].difference is not None
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    return judged - begun, ended - judged, peak_mb


def main() -> None:
    """Measure every size in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--one", type=int, help="measure this size here and print three numbers")
    size = parser.parse_args().one
    if size is not None:
        print(*measure(size))
        return
    print("runs   judge s  compare s  peak MB  ratio")
    before = None
    for n_runs in SIZES:
        words = [sys.executable, "-m", "tests.benchmarks.compare", "--one", str(n_runs)]
        out = subprocess.run(words, capture_output=True, text=True, check=True).stdout
        judge_s, compare_s, peak_mb = map(float, out.split())
        ratio = (
            "" if before is None else f"{compare_s / before[1]:.2f} for {n_runs / before[0]:.2f}"
        )
        print(f"{n_runs:6}  {judge_s:6.2f}  {compare_s:9.2f}  {peak_mb:7.0f}  {ratio}")
        before = n_runs, compare_s


if __name__ == "__main__":
    main()
