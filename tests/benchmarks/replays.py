"""Sweeps whose generator recorded every stop, replayed by the fold: do the stops come out again?

`python -m tests.benchmarks.replays SWEEPS CURVES` takes the folder of replayed sweeps
(`sweeps.jsonl.gz`, `truth.jsonl.gz`) and that of the curves that they were made from
(`curves.parquet`). Each sweep's runs are given back their whole curves and the fold is to stop them
where the record says.
"""

import argparse
import gzip
import json
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd

from wbtools.analysis.simulation.replay import replay
from wbtools.analysis.simulation.trajectories import Trajectories
from wbtools.rules.hyperband import Hyperband


def read(folder: Path, name: str) -> list[dict]:
    """Rows of a file, one a sweep."""
    with gzip.open(folder / f"{name}.jsonl.gz", "rt") as file:
        return [json.loads(line) for line in file]


def curves_of(folder: Path) -> dict[str, np.ndarray]:
    """`[2, T]` the metric's value and the seconds of each epoch, by run of the bank."""
    names = ["metric", "sec"]
    table = pd.read_parquet(folder / "curves.parquet", columns=["run_id", "epoch", *names])
    table = table.sort_values(["run_id", "epoch"])
    return {str(run): rows[names].to_numpy().T for run, rows in table.groupby("run_id")}


def reports_of(sweep: dict, curves: list[np.ndarray]) -> tuple[list[int], list[int]]:
    """Reports of each run by the record and by the fold."""
    sign = 1.0 if sweep["goal"] == "minimize" else -1.0
    stopper, runs = sweep["stopper"], sweep["runs"]
    settings = {name: stopper[name] for name in stopper if name != "kind"}
    values, seconds = np.array(curves, dtype=float).transpose(1, 0, 2)
    if sweep["timing"] != "measured":
        seconds = np.ones_like(seconds)
    n, width = values.shape
    report_s = np.cumsum(seconds, axis=1)
    recorded = Trajectories(
        values=values * sign,
        n_reports=np.full(n, width),
        report_s=report_s,
        end_s=report_s[:, -1],
    )
    stagger = runs[1]["started"] - runs[0]["started"] if sweep["workers"] > 1 < n else 0.0
    replayed = replay(
        Hyperband(**settings),
        recorded,
        n_workers=sweep["workers"],
        poll_s=0.0,
        stagger_s=stagger,
    )
    return [len(run["history"]) for run in runs], replayed.n_made.tolist()


def main() -> None:
    """Replay every sweep that Hyperband stopped."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("sweeps", type=Path)
    words.add_argument("curves", type=Path)
    asked = words.parse_args()
    bank = curves_of(asked.curves)
    truth = {entry["sweep_id"]: entry["runs"] for entry in read(asked.sweeps, "truth")}
    tally: Counter[str] = Counter()
    for sweep in read(asked.sweeps, "sweeps"):
        if sweep["stopper"]["kind"] != "hyperband":
            continue
        known = truth[sweep["sweep_id"]]
        curves = [bank[known[run["run_id"]]["bank_run"]] for run in sweep["runs"]]
        recorded, replayed = reports_of(sweep, curves)
        equal = sum(a == b for a, b in zip(recorded, replayed, strict=True))
        timing = sweep["timing"]
        tally[f"sweeps, {timing}"] += 1
        tally[f"whole sweeps equal, {timing}"] += equal == len(recorded)
        tally[f"runs, {timing}"] += len(recorded)
        tally[f"runs equal, {timing}"] += equal
    for name, n in sorted(tally.items()):
        print(f"{name}: {n}")


if __name__ == "__main__":
    main()
