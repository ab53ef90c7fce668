"""Fit the shipped model, and the models that are scored, each without one task.

`python -m tests.training.fit --rows rows.npz` writes `wbtools/app/weights/projection.npz`, a
JSON file beside it that says how it was made, and `tests/benchmarks/without/TASK.npz`.

The tasks fall into groups at random; each member of the ensemble is fitted without one group. What
the members say of the tasks that they did not see then fits the rest: how far quantiles must be
stretched to hold their share, how the log-odds are put together, and how far P(at least one gem)
may be trusted. The networks learn from all replays, the trees and the rest from those of unvaried
banks. Every task counts the same.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from pathlib import Path

import numpy as np

from tests.training.banks import DEV_TASKS
from tests.training.network import Learner
from tests.training.simulate import Rows, read
from tests.training.trees import N_FITS, SETTINGS, fit_trees
from wbtools.analysis.projection.applicability import TRAITS
from wbtools.analysis.projection.weights import (
    LEVELS,
    MIDDLE,
    log_odds,
    probability,
    share_above,
    squeezed,
    stretched,
    unpacked,
)

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "wbtools" / "app" / "weights" / "projection.npz"
WITHOUT = ROOT / "tests" / "benchmarks" / "without"
SEED = 5
N_GROUPS = 6
N_NETWORKS = 1
EPOCHS = 8
_MOST_GAIN, _MOST_WEIGHT, _LEAST_WEIGHT = 20.0, 8.0, 0.1
_LEVEL = 0.9
_BLEND_BEFORE = np.array([0.3, 0.4, 0.2, 0.0])
_HOLD = 1e-3
_WIDEST, _NARROWEST = 3.0, 0.4


def fitted(rows: Rows, seed: int) -> dict[str, np.ndarray]:
    """The model's arrays from the rows of some tasks."""
    tasks = sorted(set(rows.task.tolist()))
    order = np.random.default_rng(seed).permutation(len(tasks))
    arrays: dict[str, np.ndarray] = {"names": rows.names}
    n = len(rows.gain)
    quantiles, odds = np.zeros((n, len(LEVELS))), np.zeros((n, 2))
    features = squeezed(rows.features.astype(float))
    for member in range(N_GROUPS):
        group = [tasks[k] for k in order[member::N_GROUPS]]
        unseen = np.isin(rows.task, group)
        arrays |= _member(rows.only(~unseen), features[~unseen], member, seed * 100 + member)
    loose = arrays | {
        "widening": np.ones(len(LEVELS)),
        "interval": np.array([0.05, 0.95]),
        "blend": np.zeros(4),
        "any_blend": np.zeros(2),
        "support.low": np.zeros(4),
        "support.high": np.ones(4),
    }
    for member, model in enumerate(unpacked(loose).members):
        group = [tasks[k] for k in order[member::N_GROUPS]]
        unseen = np.isin(rows.task, group)
        quantiles[unseen], odds[unseen, 0], odds[unseen, 1] = model(features[unseen])
    plain = rows.is_plain
    arrays |= {"support.low": rows.traits.min(axis=0), "support.high": rows.traits.max(axis=0)}
    return arrays | _corrections(rows.only(plain), quantiles[plain], odds[plain])


def _member(rows: Rows, features: np.ndarray, member: int, seed: int) -> dict[str, np.ndarray]:
    mean, sd = np.nanmean(features, axis=0), np.nanstd(features, axis=0) + 1e-6
    inputs = np.nan_to_num(np.clip((features - mean) / sd, -4, 4)).astype(np.float32)
    even = _even(rows.task)
    counts = (np.minimum(rows.weight, _MOST_WEIGHT) + _LEAST_WEIGHT) * even
    arrays = {
        f"{member}.mean": mean,
        f"{member}.sd": sd,
        f"{member}.n_networks": np.int64(N_NETWORKS),
    }
    for k in range(N_NETWORKS):
        learner = Learner(inputs.shape[1], LEVELS, np.random.default_rng((seed, k)))
        learner.fit(
            inputs,
            np.minimum(rows.gain, _MOST_GAIN).astype(np.float32),
            rows.is_gem.astype(np.float32),
            (counts / counts.mean()).astype(np.float32),
            even.astype(np.float32),
            epochs=EPOCHS,
        )
        arrays |= learner.arrays(f"{member}.network{k}")
    plain = rows.is_plain
    return arrays | fit_trees(
        features[plain], rows.is_gem[plain].astype(int), _even(rows.task[plain]), str(member), seed
    )


def _even(task: np.ndarray) -> np.ndarray:
    """`[R]` weights, mean 1, that make every task count the same."""
    _, which, counts = np.unique(task, return_inverse=True, return_counts=True)
    return len(task) / len(counts) / counts[which]


def _corrections(rows: Rows, quantiles: np.ndarray, odds: np.ndarray) -> dict[str, np.ndarray]:
    even = _even(rows.task)
    widening = np.array(
        [_stretch(quantiles, rows.gain, even, place) for place in range(len(LEVELS))]
    )
    wide = stretched(quantiles, widening)
    inputs = np.column_stack((odds, log_odds(share_above(wide, rows.gap)), np.ones(len(rows.gain))))
    blend = _logistic(inputs, rows.is_gem.astype(float), even, _BLEND_BEFORE)
    p = probability(inputs @ blend)
    sweeps, which = np.unique(rows.sweep, return_inverse=True)
    none = np.exp(np.bincount(which, np.log1p(-np.minimum(p, 1 - 1e-9)), len(sweeps)))
    has = np.bincount(which, rows.is_gem, len(sweeps)) > 0
    task = rows.task[np.unique(rows.sweep, return_index=True)[1]]
    any_told = np.column_stack((log_odds(1 - none), np.ones(len(sweeps))))
    return {
        "widening": widening,
        "interval": np.array([0.05, _upper(wide, rows.gain, even)]),
        "blend": blend,
        "any_blend": _logistic(any_told, has.astype(float), _even(task), np.array([1.0, 0.0])),
    }


def _stretch(quantiles: np.ndarray, gain: np.ndarray, w: np.ndarray, place: int) -> float:
    """By how much a quantile must move from the median to hold its share of the unseen tasks."""
    level, middle = float(LEVELS[place]), quantiles[:, MIDDLE]
    away = quantiles[:, place] - middle

    def share(factor: float, *, closed: bool) -> float:
        edge = np.maximum(middle + factor * away, 0.0)
        return float(np.average(gain <= edge + 1e-9 if closed else gain < edge - 1e-9, weights=w))

    if place == MIDDLE or share(1, closed=False) <= level <= share(1, closed=True):
        return 1.0
    low, high = _NARROWEST, _WIDEST
    for _ in range(30):
        factor = (low + high) / 2
        if place < MIDDLE:
            is_short = share(factor, closed=False) > level
        else:
            is_short = share(factor, closed=True) < level
        low, high = (factor, high) if is_short else (low, factor)
    return (low + high) / 2


def _upper(quantiles: np.ndarray, gain: np.ndarray, w: np.ndarray) -> float:
    """The level up to which, from 0.05 on, nine tenths of the truth lie."""
    low, high = 0.8, 0.99
    bottom = quantiles[:, LEVELS.tolist().index(0.05)]
    for _ in range(30):
        level = (low + high) / 2
        top = np.array([np.interp(level, LEVELS, row) for row in quantiles])
        held = np.average((gain >= bottom - 1e-9) & (gain <= top + 1e-9), weights=w)
        low, high = (level, high) if held < _LEVEL else (low, level)
    return (low + high) / 2


def _logistic(
    inputs: np.ndarray, is_so: np.ndarray, w: np.ndarray, before: np.ndarray
) -> np.ndarray:
    """Logistic regression by Newton's method, held near `before`."""
    blend, w = before.copy(), w / w.sum()
    for _ in range(50):
        p = probability(inputs @ blend)
        slope = inputs.T @ (w * (p - is_so)) + _HOLD * (blend - before)
        curve = (inputs * (w * p * (1 - p))[:, None]).T @ inputs + _HOLD * np.eye(len(blend))
        step = np.linalg.solve(curve, slope)
        blend -= step * min(1.0, 1.0 / float(np.abs(step).max()))  # far steps overshoot
        if np.abs(step).max() < 1e-8:
            break
    return blend


def main() -> None:
    """Fit all and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=Path, required=True)
    parser.add_argument("--only", help="leave out just this task, or `none` for the shipped model")
    given = parser.parse_args()
    rows = read(given.rows)
    SHIPPED.parent.mkdir(exist_ok=True)
    WITHOUT.mkdir(exist_ok=True)
    for task in (*DEV_TASKS, "none"):
        if given.only not in {None, task}:
            continue
        arrays = fitted(rows.only(rows.task != task), SEED)
        path = SHIPPED if task == "none" else WITHOUT / f"{task}.npz"
        np.savez_compressed(path, **arrays)
        print(task, *(np.round(arrays[k], 2) for k in ("interval", "blend", "any_blend")))
        print(np.round(arrays["widening"], 2), path.stat().st_size, flush=True)
    provenance = {
        "made_by": "python -m tests.training.simulate, then python -m tests.training.fit",
        "seed": SEED,
        "tasks": sorted(set(rows.task.tolist())),
        "n_sweeps": int(rows.sweep.max()) + 1,
        "n_stopped_runs": len(rows.gain),
        "n_gems": int(rows.is_gem.sum()),
        "n_members": N_GROUPS,
        "networks": {"n": N_NETWORKS, "epochs": EPOCHS},
        "trees": {"n_fits": N_FITS, **SETTINGS},
        "support": {
            name: [float(low), float(high)]
            for name, low, high in zip(
                TRAITS, rows.traits.min(axis=0), rows.traits.max(axis=0), strict=True
            )
        },
        "rows_sha256": hashlib.sha256(given.rows.read_bytes()).hexdigest(),
    }
    SHIPPED.with_suffix(".json").write_text(json.dumps(provenance, indent=2) + "\n")


if __name__ == "__main__":
    main()
