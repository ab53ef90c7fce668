"""How often the intervals of `compare` hold the truth where two sides really are the same.

`python -m tests.benchmarks.race_coverage` draws pairs of sweeps from one distribution, so that the
true difference is 0, and counts how often the 95 % intervals of the difference of best values hold
it: after a quarter, half and all of the equal compute, and of the gain of a stage. Beside them, as
the baseline of the same run, Welch's interval of the difference of means.
"""

import argparse

import numpy as np

from tests.analysis.comparison.sides import answer, side
from wbtools.analysis.comparison.anytime import FRACTIONS

SIZES = (5, 20, 60)
AT = (0.25, 0.5, 1.0)


def sweep_like(rng, n_runs):
    """Runs of 2 to 10 reports that drift down from a level of their own."""
    return side(
        *[
            list(rng.normal(0, 1) + np.cumsum(rng.normal(-0.05, 0.1, rng.integers(2, 11))))
            for _ in range(n_runs)
        ],
        budget=2,
    )


def covered(n_runs: int, n_pairs: int) -> list[float]:
    """Shares of pairs whose intervals hold 0: at each of `AT`, of the gain, of the means."""
    rng = np.random.default_rng(n_runs)
    held = np.zeros(len(AT) + 2)
    for _ in range(n_pairs):
        comparison = answer(
            sweep_like(rng, n_runs), sweep_like(rng, n_runs), in_stages=True, over="all"
        )
        points = comparison.races[0].lanes[1].points
        ends = [
            (
                points[FRACTIONS.index(at)].difference_low,
                points[FRACTIONS.index(at)].difference_high,
            )
            for at in AT
        ]
        means = comparison.contrasts[1].difference
        ends += [(comparison.stages[1].low, comparison.stages[1].high), (means.low, means.high)]
        held += [low is not None and low <= 0 <= high for low, high in ends]
    return (held / n_pairs).tolist()


def main() -> None:
    """Print a line a size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=400)
    n_pairs = parser.parse_args().pairs
    print(f"of {n_pairs} pairs, the 95 % interval holds 0 in")
    print("runs  " + "  ".join(f"at {at:4.0%}" for at in AT) + "     gain  means (Welch)")
    for n_runs in SIZES:
        print(f"{n_runs:4}  " + "  ".join(f"{share:7.3f}" for share in covered(n_runs, n_pairs)))


if __name__ == "__main__":
    main()
