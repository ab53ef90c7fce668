"""Curves of runs that were trained to the end, to replay sweeps from."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from pathlib import Path

DEV_TASKS = (
    "cartpole_pg",
    "charlm_gru",
    "digits_mlp",
    "friedman_lgbm",
    "parity_mlp",
    "spirals_mlp",
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Bank:
    """R fully trained runs of one task; lower is better.

    Attributes:
        task: What it was trained on; varied banks keep the name, so that it can be left out.
        curves: `[R, H]` metric by report, NaN where it was not finite.
        train_loss: `[R, H]`, NaN where unknown.
        report_s: `[R]` seconds a report.
        configs: R configurations.
    """

    task: str
    curves: np.ndarray
    train_loss: np.ndarray
    report_s: np.ndarray
    configs: list[dict]


def _matrix(curves: pd.DataFrame, ids: list[str], column: str, width: int) -> np.ndarray:
    by_run = {run: part[column].to_numpy(float) for run, part in curves.groupby("run_id")}
    matrix = np.full((len(ids), width), np.nan)
    for row, run in enumerate(ids):
        matrix[row, : len(by_run[run])] = by_run[run][:width]
    matrix[~np.isfinite(matrix)] = np.nan
    return matrix


def curves_dev(folder: Path) -> list[Bank]:
    """The six tasks of curves-dev."""
    runs = pd.read_parquet(folder / "runs.parquet")
    curves = pd.read_parquet(folder / "curves.parquet").sort_values(["run_id", "epoch"])
    tasks = json.loads((folder / "manifest.json").read_text())["tasks"]
    banks = []
    for task, facts in tasks.items():
        mine = runs[runs["task"] == task]
        part, ids = curves[curves["task"] == task], list(mine["run_id"])
        sign = 1.0 if facts["goal"] == "minimize" else -1.0
        width = facts["epochs"]
        banks.append(
            Bank(
                task=task,
                curves=sign * _matrix(part, ids, "metric", width),
                train_loss=_matrix(part, ids, "train_loss", width),
                report_s=(mine["sec_total"] / mine["epochs"]).to_numpy(float),
                configs=[json.loads(text) for text in mine["config"]],
            )
        )
    return banks


def taskset(folder: Path, *, with_first: bool) -> list[Bank]:
    """The six tasks of the TaskSet sample.

    Args:
        folder: Of the sample.
        with_first: Whether the report before any training is the first one, else it is left out.
    """
    runs = pd.read_parquet(folder / "runs.parquet")
    curves = pd.read_parquet(folder / "curves.parquet").sort_values(["run_id", "report"])
    curves = curves if with_first else curves[curves["report"] > 0]
    width = 51 if with_first else 50
    banks = []
    for task, mine in runs.groupby("task"):
        part, ids = curves[curves["task"] == task], list(mine["run_id"])
        names = [n for n in mine.columns if n not in {"run_id", "task", "n_finite", "best"}]
        bank = Bank(
            task=str(task),
            curves=_matrix(part, ids, "valid_loss", width),
            train_loss=_matrix(part, ids, "train_loss", width),
            report_s=np.ones(len(ids)),
            configs=mine[names].to_dict("records"),
        )
        banks.append(kept(bank, np.isfinite(bank.curves).any(axis=1)))
    return banks


def kept(bank: Bank, keep: np.ndarray) -> Bank:
    return replace(
        bank,
        curves=bank.curves[keep],
        train_loss=bank.train_loss[keep],
        report_s=bank.report_s[keep],
        configs=[c for c, k in zip(bank.configs, keep, strict=True) if k],
    )


def best_of(values: np.ndarray) -> np.ndarray:
    """`[R]` best over the full budget; infinite without a finite report."""
    return np.where(np.isnan(values), np.inf, values).min(axis=1, initial=np.inf)
