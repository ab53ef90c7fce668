"""Curves of public projects' runs, as banks to replay sweeps from."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from tests.training.banks import Bank

if TYPE_CHECKING:
    from pathlib import Path

_FEWEST_RUNS = 14
_FEWEST_REPORTS = 10
_MOST_REPORTS = 200
_SPARED = 0.9
"""Share of the usual length that a curve must have to count as trained to the end."""


def curves_wild(folder: Path) -> list[Bank]:
    """Sets of runs of one project, group, metric and training that are equally long.

    Where a group alone has too few, runs of all groups of a project make one set.
    """
    runs = pd.read_parquet(folder / "runs.parquet").set_index("run")
    curves = pd.read_parquet(folder / "curves.parquet").sort_values("curve")
    by_source = ["source", "task", "segment"]
    banks = []
    for (source, task, segment), part in curves.groupby(by_source):
        groups = part.groupby("group").size()
        large = groups[groups >= _FEWEST_RUNS].index.tolist()
        sets = {f"g{group}": part[part["group"] == group] for group in large}
        for name, members in (sets or {"all": part}).items():
            end = "" if segment < 0 else f"_{segment}"
            kind = members["kind"].iloc[0]
            bank = _bank(members, runs, f"s{source}_{name}_{kind}_{task}{end}")
            if bank is not None:
                banks.append(bank)
    return banks


def _bank(curves: pd.DataFrame, runs: pd.DataFrame, task: str) -> Bank | None:
    lengths = curves["value"].map(len).to_numpy()
    budget = int(np.median(lengths))
    if budget < _FEWEST_REPORTS:
        return None
    curves = curves[lengths >= _SPARED * budget].drop_duplicates("run")
    if len(curves) < _FEWEST_RUNS:
        return None
    sign = 1.0 if curves["goal"].iloc[0] == "minimize" else -1.0
    every = int(np.ceil(budget / _MOST_REPORTS))
    at = np.arange(0, budget, every)
    values = np.full((len(curves), len(at)), np.nan)
    for row, curve in enumerate(curves["value"]):
        seen = np.asarray(curve, dtype=float)[at[at < len(curve)]]
        values[row, : len(seen)] = seen
        # What a shorter curve lacks at its end is taken to be as its last value.
        values[row, len(seen) :] = seen[-1]
    values[~np.isfinite(values)] = np.nan
    return Bank(
        task=task,
        curves=sign * values,
        train_loss=np.full_like(values, np.nan),
        report_s=np.ones(len(curves)),
        configs=[json.loads(runs.loc[run, "config"]) for run in curves["run"]],
    )
