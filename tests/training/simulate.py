"""Replay many sweeps and describe their stopped runs: what the model is fitted on.

`python -m tests.training.simulate --curves-dev FOLDER --taskset FOLDER --curves-wild FOLDER
--out rows.npz`
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tests.training.banks import Bank, curves_dev, taskset
from tests.training.folds import family, fold
from tests.training.priors import KINDS, prior
from tests.training.replay import draw_setting, replay
from tests.training.views import varied
from tests.training.wild import curves_wild
from wbtools.analysis.projection.applicability import traits
from wbtools.analysis.projection.features import candidates

SEED = 1
N_PLAIN = 60
N_VARIED = 90
"""Sweeps of a task of curves-dev."""
N_PRIORS = 400
"""Synthetic tasks of each kind."""
_MOST_OF_FAMILY = 3
_FEWEST_OF_TASK = 6
_FEWEST_RUNS = 12
_MOST_SWEEPS = 1000
_MOST_FEATURE = 1e30


@dataclass(frozen=True, slots=True)
class Job:
    """A bank, and how many sweeps are replayed from it as it is and from what is made of it."""

    bank: Bank
    n_plain: int
    n_varied: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rows:
    """R stopped runs of replayed sweeps.

    Attributes:
        names: F features.
        features: `[R, F]` as `candidates` tells them.
        gain: `[R]` further gain until the end of the budget, in units.
        gap: `[R]` units that were missing to the bar.
        traits: `[R, 4]` of the sweep, as `applicability.traits` tells them.
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

    @property
    def fold(self) -> np.ndarray:
        """`int [R]` fold of each row's task, -1 of priors."""
        tasks, which = np.unique(self.task, return_inverse=True)
        return np.array([fold(str(task)) for task in tasks])[which]

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
        features=np.clip(found.values, -_MOST_FEATURE, _MOST_FEATURE).astype(np.float32),
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


def jobs(curves_dev_at: Path, taskset_at: Path, wild_at: Path) -> list[Job]:
    """What is replayed, in an order that is always the same."""
    dev, short = curves_dev(curves_dev_at), taskset(taskset_at, with_first=False)
    long, wild = taskset(taskset_at, with_first=True), curves_wild(wild_at)
    found = [Job(bank, N_PLAIN, N_VARIED) for bank in dev]
    for bank, before in zip(short, long, strict=True):
        found += [Job(bank, N_PLAIN // 2, N_VARIED // 3), Job(before, 0, N_VARIED // 3)]
    sizes = Counter(family(bank.task) for bank in wild)
    for bank in wild:
        share = min(_MOST_OF_FAMILY / sizes[family(bank.task)], 1.0)
        n_plain, n_varied = (max(round(n * share), _FEWEST_OF_TASK) for n in (N_PLAIN, N_VARIED))
        found.append(Job(bank, n_plain, n_varied))
    for kind in KINDS:
        found += [Job(prior(kind, number, SEED), 1, number % 2) for number in range(N_PRIORS)]
    return found


def replayed(place: int, job: Job) -> list[Rows]:
    """All sweeps of one bank; the draws depend on its place alone."""
    rng = np.random.default_rng((SEED, place))
    parts: list[Rows] = []
    for k in range(job.n_plain + job.n_varied):
        is_plain = k < job.n_plain
        bank = job.bank if is_plain else varied(job.bank, rng)
        part = simulate(bank, rng, place * _MOST_SWEEPS + k, is_plain=is_plain)
        if part is not None:
            parts.append(part)
    return parts


def main() -> None:
    """Replay and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--curves-dev", type=Path, required=True)
    parser.add_argument("--taskset", type=Path, required=True)
    parser.add_argument("--curves-wild", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--processes", type=int, default=2)
    given = parser.parse_args()
    todo = jobs(given.curves_dev, given.taskset, given.curves_wild)
    with ProcessPoolExecutor(given.processes) as pool:
        found = pool.map(replayed, range(len(todo)), todo, chunksize=1)
        parts = [part for some in found for part in some]
    rows = joined(parts)
    counts = {"sweeps": len(parts), "runs": len(rows.gain), "gems": int(rows.is_gem.sum())}
    print(json.dumps(counts))
    np.savez_compressed(given.out, **{name: getattr(rows, name) for name in Rows.__slots__})


if __name__ == "__main__":
    main()
