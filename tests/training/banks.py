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
        variant: How the bank was varied.
        curves: `[R, H]` metric by report, NaN where it was not finite.
        train_loss: `[R, H]`, NaN where unknown.
        report_s: `[R]` seconds a report.
        configs: R configurations.
    """

    task: str
    variant: str
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
                variant="as trained",
                curves=sign * _matrix(part, ids, "metric", width),
                train_loss=_matrix(part, ids, "train_loss", width),
                report_s=(mine["sec_total"] / mine["epochs"]).to_numpy(float),
                configs=[json.loads(text) for text in mine["config"]],
            )
        )
    return banks


def taskset(folder: Path) -> list[Bank]:
    """The six tasks of the TaskSet sample, without the report before training."""
    runs = pd.read_parquet(folder / "runs.parquet")
    curves = pd.read_parquet(folder / "curves.parquet").sort_values(["run_id", "report"])
    curves = curves[curves["report"] > 0]
    banks = []
    for task, mine in runs.groupby("task"):
        part, ids = curves[curves["task"] == task], list(mine["run_id"])
        names = [n for n in mine.columns if n not in {"run_id", "task", "n_finite", "best"}]
        bank = Bank(
            task=str(task),
            variant="as trained",
            curves=_matrix(part, ids, "valid_loss", 50),
            train_loss=_matrix(part, ids, "train_loss", 50),
            report_s=np.ones(len(ids)),
            configs=mine[names].to_dict("records"),
        )
        banks.append(_kept(bank, np.isfinite(bank.curves).any(axis=1), "as trained"))
    return banks


def _kept(bank: Bank, keep: np.ndarray, variant: str) -> Bank:
    return replace(
        bank,
        variant=variant,
        curves=bank.curves[keep],
        train_loss=bank.train_loss[keep],
        report_s=bank.report_s[keep],
        configs=[c for c, k in zip(bank.configs, keep, strict=True) if k],
    )


def best_of(values: np.ndarray) -> np.ndarray:
    """`[R]` best over the full budget; infinite without a finite report."""
    return np.where(np.isnan(values), np.inf, values).min(axis=1, initial=np.inf)


def varied(bank: Bank, rng: np.random.Generator) -> Bank:
    """The same runs with a shorter budget, rarer reports, a better or a narrower space."""
    kind = rng.choice(["short", "rare", "top", "box", "train", "short top"])
    if kind == "train" and np.isfinite(bank.train_loss).all(axis=1).sum() >= 60:
        keep = np.isfinite(bank.train_loss).any(axis=1)
        return replace(
            _kept(bank, keep, "train"),
            curves=bank.train_loss[keep],
            train_loss=np.full_like(bank.train_loss[keep], np.nan),
        )
    if "top" in kind:
        best = best_of(bank.curves)
        bank = _kept(bank, best <= np.quantile(best, rng.uniform(0.45, 0.8)), "top")
    if "short" in kind:
        bank = _short(bank, rng.uniform(0.3, 0.8))
    if kind == "rare":
        every, width = int(rng.integers(2, 4)), bank.curves.shape[1]
        at = np.arange(every - 1, width, every)
        bank = replace(
            bank,
            variant="rare",
            curves=bank.curves[:, at],
            train_loss=bank.train_loss[:, at],
            report_s=bank.report_s * every,
        )
    if kind == "box":
        names = [n for n, v in bank.configs[0].items() if isinstance(v, float)]
        name = str(rng.choice(names))
        column = np.array([c.get(name, np.nan) for c in bank.configs], dtype=float)
        low = rng.uniform(0, 0.4)
        a, b = np.nanquantile(column, [low, low + 0.6])
        bank = _kept(bank, (column >= a) & (column <= b), "box")
    keep = np.isfinite(bank.curves).any(axis=1)
    return _kept(bank, keep, bank.variant)


def _short(bank: Bank, share: float) -> Bank:
    width = max(round(bank.curves.shape[1] * share), 8)
    ratio = width / bank.curves.shape[1]
    configs = []
    for config in bank.configs:
        shortened = dict(config)
        for name in ("t_max_frac", "step_frac", "warmup_frac"):
            if name in shortened:
                shortened[name] = shortened[name] / ratio
        if shortened.get("schedule") == "wsd" and ratio < 0.82:
            shortened["schedule"] = "constant"
        configs.append(shortened)
    return replace(
        bank,
        variant="short",
        curves=bank.curves[:, :width],
        train_loss=bank.train_loss[:, :width],
        configs=configs,
    )
