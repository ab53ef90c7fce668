"""Replay many sweeps and describe their stopped runs: what the model is fitted on.

`python -m tests.training.simulate --curves-dev FOLDER --taskset FOLDER --out rows.npz`
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tests.training.banks import Bank, curves_dev, taskset, varied
from tests.training.replay import draw_setting, replay
from wbtools.analysis.projection.applicability import traits
from wbtools.analysis.projection.features import candidates

SEED = 1
N_PLAIN = 100
N_VARIED = 70
"""Sweeps of a task; of the TaskSet tasks, which are much alike, two thirds of that."""
_FEWEST_RUNS = 12


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rows:
    """R stopped runs of replayed sweeps.

    Attributes:
        names: F features.
        features: `[R, F]` as `candidates` tells them.
        gain: `[R]` further gain until the end of the budget, in units.
        gap: `[R]` units that were missing to the bar.
        traits: `[R, 4]` of the sweep, as `support.traits` tells them.
        is_gem: `bool [R]`.
        weight: `[R]` unit by the sweep's mean further gain: what an error of one unit counts.
        task: `[R]`.
        sweep: `int [R]` which replay.
        is_plain: `bool [R]` whether the bank was as trained.
    """

    names: np.ndarray
    features: np.ndarray
    gain: np.ndarray
    gap: np.ndarray
    traits: np.ndarray
    is_gem: np.ndarray
    weight: np.ndarray
    task: np.ndarray
    sweep: np.ndarray
    is_plain: np.ndarray

    def only(self, keep: np.ndarray) -> Rows:
        """Some of the rows."""
        columns = {name: getattr(self, name)[keep] for name in Rows.__slots__ if name != "names"}
        return Rows(names=self.names, **columns)


def simulate(bank: Bank, rng: np.random.Generator, number: int, *, is_plain: bool) -> Rows | None:
    """Replay one sweep; None if it says nothing."""
    if len(bank.configs) < _FEWEST_RUNS:
        return None
    setting = draw_setting(rng, bank.curves.shape[1], len(bank.configs))
    replayed = replay(bank, setting, rng)
    field = replayed.field
    completed = field.full & np.isfinite(field.best)
    if not completed.any() or not (field.stopped & (field.n_reports > 0)).any():
        return None
    incumbent = float(field.best[completed].min())
    found = candidates(field, incumbent)
    final = replayed.final[found.rows]
    if found.is_log:
        final = np.log(np.maximum(final, np.exp(found.incumbent) / 100))
    gain = np.maximum(found.best - final, 0.0)
    if gain.mean() <= 0:
        return None
    n = len(found.rows)
    return Rows(
        names=np.array(found.names),
        features=found.values.astype(np.float32),
        gain=gain / found.unit,
        gap=found.gap,
        traits=np.tile(traits(field), (n, 1)),
        is_gem=replayed.final[found.rows] < incumbent,
        weight=found.unit / gain.mean(),
        task=np.full(n, bank.task),
        sweep=np.full(n, number),
        is_plain=np.full(n, is_plain),
    )


def joined(parts: list[Rows]) -> Rows:
    """Several as one."""
    names = [name for name in Rows.__slots__ if name != "names"]
    columns = {name: np.concatenate([getattr(part, name) for part in parts]) for name in names}
    return Rows(names=parts[0].names, **columns)


def read(path: Path) -> Rows:
    """What `main` wrote."""
    with np.load(path) as arrays:
        return Rows(**dict(arrays))


def main() -> None:
    """Replay and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--curves-dev", type=Path, required=True)
    parser.add_argument("--taskset", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    parts: list[Rows] = []
    for share, banks in ((3, curves_dev(given.curves_dev)), (2, taskset(given.taskset))):
        for place, bank in enumerate(banks):
            rng = np.random.default_rng((SEED, share, place))
            plain, more = N_PLAIN * share // 3, N_VARIED * share // 3
            for k in range(plain + more):
                sweep_bank = bank if k < plain else varied(bank, rng)
                part = simulate(sweep_bank, rng, len(parts), is_plain=k < plain)
                if part is not None:
                    parts.append(part)
            print(json.dumps({"task": bank.task, "sweeps": len(parts)}), flush=True)
    rows = joined(parts)
    np.savez_compressed(given.out, **{name: getattr(rows, name) for name in Rows.__slots__})


if __name__ == "__main__":
    main()
