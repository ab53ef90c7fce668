"""What early-termination rules save and miss on runs that were all trained to the end.

`python -m tests.benchmarks.fronts CURVES` takes a folder of such runs (`runs.parquet`,
`curves.parquet`, `manifest.json`), makes one sweep of each task, and prints as Markdown what
`wbtools simulate` says of all of them together: the rules that no other dominates.
"""

import argparse
import json
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from wbtools.answers.simulate.text import render_simulation

from tests.benchmarks.censored import METRIC, N_WORKERS, listed, stand, sweep_of
from wbtools.analysis.simulation.recommend import recommend
from wbtools.analysis.simulation.simulate import Setup, simulate
from wbtools.answers.markdown import MarkdownPage
from wbtools.model import Goal


def main() -> None:
    """Make the sweeps, try the default grid, print."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("curves", type=Path)
    words.add_argument("--runs", type=int, default=60)
    words.add_argument("--orders", type=int, default=20)
    asked = words.parse_args()
    runs = pd.read_parquet(asked.curves / "runs.parquet")
    table = pd.read_parquet(asked.curves / "curves.parquet", columns=["run_id", "epoch", METRIC])
    curves = {
        run: rows[METRIC].to_numpy()
        for run, rows in table.sort_values(["run_id", "epoch"]).groupby("run_id")
    }
    tasks = listed(json.loads((asked.curves / "manifest.json").read_text()))
    rng = np.random.default_rng(7)
    grounds, began = [], time.monotonic()
    for task, rows in runs.groupby("task"):
        picked = rows.iloc[rng.permutation(len(rows))[: asked.runs]]
        values = np.array([curves[run] for run in picked["run_id"]])
        n, horizon = values.shape
        begun = np.repeat(np.arange(-(-n // N_WORKERS)) * float(horizon), N_WORKERS)[:n]
        configs = [json.loads(text) for text in picked["config"]]
        sweep = sweep_of(values, begun, np.full(n, horizon), configs)
        goal = Goal(next(entry["goal"] for entry in tasks if entry["task"] == task))
        grounds.append(stand(sweep, goal, "none", horizon, str(task)))
    setup = Setup(n_orders=asked.orders, n_workers=N_WORKERS)
    simulation = simulate(grounds, [], setup)
    front = replace(simulation, tried=simulation.front)
    print(render_simulation(front, recommend(simulation), MarkdownPage(), limit=0))
    print(f"{len(simulation.tried)} rules in {time.monotonic() - began:.0f} s", file=sys.stderr)


if __name__ == "__main__":
    main()
