"""How many reports a full run makes, and how we know.

W&B records no such number. In order of trust: what the user says; what each run's own
configuration says (`epochs`, `trainer.max_epochs`, …), translated into reports by what finished
runs really made of it; what the finished runs made.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from wbtools.model import RunState
from wbtools.model.configuration import leaf

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from wbtools.model import Run

EPOCH_KEYS = (
    "epochs",
    "max_epochs",
    "num_epochs",
    "n_epochs",
    "num_train_epochs",
    "total_epochs",
    "train_epochs",
    "nb_epochs",
    "n_epoch",
    "max_epoch",
    "epoch_budget",
)
STEP_KEYS = (
    "max_steps",
    "num_steps",
    "n_steps",
    "total_steps",
    "train_steps",
    "num_train_steps",
    "max_iters",
    "num_iters",
    "n_iters",
    "max_iterations",
    "num_iterations",
    "iterations",
    "n_iterations",
    "total_timesteps",
    "max_iter",
)
_FEWEST_REPORTS_PER_UNIT = Fraction(1, 10_000)  # below it, the key is not what was counted
_EXCEPTIONS = 0.1  # runs above a budget, as a share of those that show it: rows logged twice


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Budget:
    """Reports of a full run, per run.

    Attributes:
        reports: `int64 [N]`; 0 where nothing says.
        source: `option`, `config`, `completed` or `unknown`.
        key: The configuration key, where the source is `config`.
        reports_per_unit: Reports a unit of that key (reports an epoch); None if not from `config`.
        n_before: Reports before the first unit (1 where runs evaluate once before training).
        n_support: Finished runs that this translation rests on; 0 means one report a unit is
            merely assumed.
    """

    reports: NDArray[np.int64]
    source: str
    key: str | None = None
    reports_per_unit: Fraction | None = None
    n_before: int = 0
    n_support: int = 0

    def in_units(self, reports: int) -> float | None:
        """Reports as epochs (units of `key`), if the translation is known."""
        if self.reports_per_unit is None:
            return None
        return float((reports - self.n_before) / self.reports_per_unit)

    @property
    def typical(self) -> int:
        """The most common budget of a run, in reports; 0 if nothing says."""
        known = self.reports[self.reports > 0]
        return Counter(known.tolist()).most_common(1)[0][0] if len(known) else 0


def full_budget(
    runs: Sequence[Run], n_reports: NDArray[np.int64], *, option: int | None = None
) -> Budget:
    """Find the full budget of every run.

    Args:
        runs: N runs.
        n_reports: `int64 [N]` finite and non-finite reports of each run.
        option: What the user says; wins over everything.
    """
    n = len(runs)
    if option is not None:
        return Budget(reports=np.full(n, option, dtype=np.int64), source="option")
    finished = np.array([run.state is RunState.FINISHED for run in runs], dtype=bool)
    finished &= n_reports > 0
    for key in _keys(runs):
        units = np.array([_number(run.config.get(key)) for run in runs])
        found = _translation(key, units, n_reports, finished)
        if found is None:
            continue
        per_unit, before, support = found
        reports = np.where(units > 0, [round(u * per_unit) + before for u in units.tolist()], 0)
        return Budget(
            reports=reports.astype(np.int64),
            source="config",
            key=key,
            reports_per_unit=per_unit,
            n_before=before,
            n_support=support,
        )
    usual = _largest_usual(n_reports[finished].tolist())
    if usual:
        return Budget(
            reports=np.full(n, usual, dtype=np.int64),
            source="completed",
            n_support=int(finished.sum()),
        )
    return Budget(reports=np.zeros(n, dtype=np.int64), source="unknown")


def _keys(runs: Sequence[Run]) -> list[str]:
    """Configuration keys that may hold the budget, the likeliest first."""
    present = Counter(key for run in runs for key in run.config)
    ranked = []
    for rank, word in enumerate((*EPOCH_KEYS, *STEP_KEYS)):
        for key, count in present.items():
            if leaf(key) == word and any(_number(run.config.get(key)) for run in runs):
                ranked.append((-count, rank, key.count("."), key))
    return [key for *_, key in sorted(ranked)]


def _number(value: object) -> int:
    """A positive whole number as such, everything else as 0."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return 0
    return int(value) if 0 < value < 2**31 and value == int(value) else 0


def _translation(
    key: str, units: NDArray[np.int64], n_made: NDArray[np.int64], finished: NDArray[np.bool_]
) -> tuple[Fraction, int, int] | None:
    """Reports a unit, reports before the first unit, and the finished runs that agree on both.

    A finished run need not be a full one: trainers stop themselves, and a program may end with exit
    code 0 when it is told to stop. So a ratio that other runs exceed is no budget, a crooked one
    that a single run shows is no evidence, and steps are never fewer than reports. Where no ratio
    is believed, one report an epoch is assumed (support 0), unless a run made more than that; for
    steps nothing is assumed.
    """
    tally: Counter[tuple[Fraction, int]] = Counter()
    for unit, n in zip(units[finished].tolist(), n_made[finished].tolist(), strict=True):
        if unit:
            tally[Fraction(n, unit), 0] += 1
            if n > 1:
                tally[Fraction(n - 1, unit), 1] += 1
    is_epochs = leaf(key) in EPOCH_KEYS
    with_unit = units > 0
    believed = []
    for (ratio, before), support in tally.items():
        plain = 1 in {ratio.numerator, ratio.denominator}
        exceeding = int((n_made[with_unit] > units[with_unit] * float(ratio) + before + 0.5).sum())
        if (
            (plain or support > 1)
            and ratio >= _FEWEST_REPORTS_PER_UNIT
            and (is_epochs or ratio <= 1)
            and exceeding <= _EXCEPTIONS * support
        ):
            believed.append((support, plain, -before, ratio))
    if believed:
        support, _, minus_before, ratio = max(believed)
        return ratio, -minus_before, support
    if is_epochs and not (n_made > units)[with_unit].any():
        return Fraction(1), 0, 0
    return None


def _largest_usual(counts: list[int]) -> int:
    """The largest count that more than one run shows; 0 where several runs show one each.

    A single finished run is taken at its word. Of several that all differ, each ended when it was
    ready, and the longest is no measure of the others.
    """
    tally = Counter(counts)
    if len(counts) == 1:
        return counts[0]
    return max((count for count, runs in tally.items() if runs > 1), default=0)
