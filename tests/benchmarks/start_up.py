"""What it costs to start: `wbtools --help` and `--version` against `wandb --help`, in one run.

`python -m tests.benchmarks.start_up` prints the median seconds of each and the ratio.
"""

import statistics
import subprocess
import sys
import time
from pathlib import Path

BIN = Path(sys.executable).parent
ROUNDS = 9


def seconds(*words: str) -> float:
    """One start of a program, output thrown away."""
    begin = time.perf_counter()
    subprocess.run([BIN / words[0], *words[1:]], stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - begin


def main() -> None:
    """Take turns, so that a busy moment of the machine hits all of them."""
    programs = [("wandb", "--help"), ("wbtools", "--help"), ("wbtools", "--version")]
    times: dict[tuple[str, ...], list[float]] = {words: [] for words in programs}
    for _ in range(ROUNDS):
        for words in programs:
            times[words].append(seconds(*words))
    baseline = statistics.median(times[programs[0]])
    for words, taken in times.items():
        median = statistics.median(taken)
        print(f"{' '.join(words):20} {median:.2f} s   {median / baseline:.2f} of wandb --help")


if __name__ == "__main__":
    main()
