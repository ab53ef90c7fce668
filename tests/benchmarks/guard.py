r"""Does a guard pay? Compute saved and gems lost, beside a laxer Hyperband that saves as much.

    python -m tests.benchmarks.guard DATA [--orders 20] [--quick]
    python -m tests.benchmarks.guard DATA --first 20 --only 'top k=3'

DATA holds the folders `curves-dev`, `curves-taskset` and `curves-wild`, of runs that were all
trained to the end. Sweeps of up to 60 runs are drawn from each task and replayed with four agents,
looked at 20 times while one run trains to its end. Guards that project ask the model that was
fitted without the task's family, and are dear: they are tried in the first `--projecting` orders
alone, and compared with the others in just these. Gems lost, regret and whether the best run was
stopped are those of `wbtools simulate`. Families of tasks count alike. `--first` takes sweeps that
are new, to see whether what was found in others holds.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tests.benchmarks.guard_differences import (
    SAVED,
    Estimate,
    drawn_weights,
    family_weights,
    less_ladder,
    mean_of,
    place_on,
)
from tests.benchmarks.guard_rules import FIRST_BANDS, LADDERS
from tests.benchmarks.guard_sweeps import MEASURES, MOST_OF_FAMILY, read, replayed_bank
from tests.training.score_tables import UNKNOWN, between, number, table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.benchmarks.guard_sweeps import Measured

N_DRAWS = 2000
_QUICK_DRAWS = 200
_WORDS = {
    "saved": "compute saved",
    "saved_reports": "reports saved",
    "gems_lost": "gems lost a sweep",
    "best_stopped": "best run stopped",
    "regret_share": "regret (1: the median run)",
}
_RISKS = ("gems_lost", "best_stopped", "regret_share")


class Study:
    """Measures of every rule on every task.

    Attributes:
        tasks: T names.
        names: Rules that are compared, by (what is guarded, what guards it).
    """

    def __init__(self, by_task: Mapping[str, Measured], n_draws: int) -> None:
        """Take what `replayed_bank` found, by task."""
        self.tasks = list(by_task)
        self._found = list(by_task.values())
        self._draws = drawn_weights(self.tasks, n_draws)
        self.names = [name for name in self._found[0] if name[0] not in LADDERS]

    def n_orders(self, name: tuple[str, str]) -> int:
        """Orders in which a rule was tried."""
        return len(self._found[0][name])

    def of(self, name: tuple[str, str], n_orders: int) -> np.ndarray:
        """`[T, M]` means over the first orders."""
        return np.array([found[name][:n_orders].mean(axis=0) for found in self._found])

    def means(self, name: tuple[str, str]) -> list[Estimate]:
        """Each measure's mean over families."""
        return mean_of(self.of(name, self.n_orders(name)), self.tasks, self._draws)

    def steps(self, ladder: str) -> list[str]:
        """The words of a ladder's steps."""
        return [step for name, step in self._found[0] if name == ladder]

    def less(self, name: tuple[str, str], ladder: str) -> tuple[str, list[Estimate]]:
        """Between which steps of a ladder a rule saves as much, and its measures less theirs."""
        n_orders = self.n_orders(name)
        steps = self.steps(ladder)
        measures = np.array([self.of((ladder, step), n_orders) for step in steps])
        guard = self.of(name, n_orders)
        weights = family_weights(self.tasks)
        low, high = place_on((weights @ measures)[:, SAVED], float((weights @ guard)[SAVED]))
        found = less_ladder(guard, measures, self.tasks, self._draws)
        words = steps[low] if low == high else f"{steps[high]} to {steps[low]}"
        return UNKNOWN if np.isnan(found[SAVED].value) else words, found

    def less_plain(self, name: tuple[str, str]) -> list[Estimate]:
        """A guard's measures less those of what it guards, on the same sweeps."""
        n_orders = self.n_orders(name)
        gap = self.of(name, n_orders) - self.of((name[0], ""), n_orders)
        return mean_of(gap, self.tasks, self._draws)


def rules_table(study: Study) -> str:
    """A row a rule: what it saves and loses."""
    rows = [
        [_called(name), str(study.n_orders(name)), *(_cell(x) for x in study.means(name))]
        for name in study.names
    ]
    return table(["rule", "orders", *_WORDS.values()], rows)


def plain_table(study: Study) -> str:
    """A row a guard: its difference from what it guards."""
    rows = [
        [_called(name), *(_cell(x, signed=True) for x in study.less_plain(name))]
        for name in study.names
        if name[1]
    ]
    return table(["guard less plain Hyperband", *_WORDS.values()], rows)


def steps_table(study: Study) -> str:
    """A row a step of a ladder: what it saves and loses."""
    rows = [
        [f"{ladder}: {step}", *(_cell(x) for x in study.means((ladder, step)))]
        for ladder in LADDERS
        for step in study.steps(ladder)
    ]
    return table(["laxer Hyperband", *_WORDS.values()], rows)


def ladder_table(study: Study) -> str:
    """A row a guard and ladder: its difference from laxer Hyperbands that save as much."""
    rows = []
    for name in study.names:
        if name[1] or name[0] not in FIRST_BANDS:
            for ladder in LADDERS:
                words, found = study.less(name, ladder)
                risks = [found[MEASURES.index(risk)] for risk in _RISKS]
                rows.append([_called(name), ladder, words, *(_cell(x, signed=True) for x in risks)])
    risk_words = [_WORDS[risk] for risk in _RISKS]
    return table(["guard less laxer Hyperband", "laxer by", "step", *risk_words], rows)


def _called(name: tuple[str, str]) -> str:
    base, guard = name
    return f"{base}: {guard}" if guard else base


def _cell(estimate: Estimate, *, signed: bool = False) -> str:
    text = number(estimate.value)
    sign = "+" if signed and estimate.value > 0 and float(text) > 0 else ""
    mark = " *" if signed and estimate.is_clear else ""
    return f"{sign}{text}{between(estimate.low, estimate.high)}{mark}"


def report(name: str, study: Study) -> str:
    """All tables of some tasks."""
    return "\n".join(
        [
            f"## {name}: {len(study.tasks)} tasks\n",
            rules_table(study),
            plain_table(study),
            steps_table(study),
            ladder_table(study),
        ]
    )


def main(words: Sequence[str] | None = None) -> None:
    """Replay and tell."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("--orders", type=int, default=20, help="sweeps drawn from each task")
    parser.add_argument("--projecting", type=int, default=5, help="of them for `projected`")
    parser.add_argument("--first", type=int, default=0, help="number of the first order")
    parser.add_argument("--only", action="append", default=[], help="guards that are tried")
    parser.add_argument("--quick", action="store_true", help="few orders and no projections")
    given = parser.parse_args(words)
    n_orders = min(given.orders, 4) if given.quick else given.orders
    n_projecting = 0 if given.quick else min(given.projecting, n_orders)
    orders = range(given.first, given.first + n_orders)
    n_draws = _QUICK_DRAWS if given.quick else N_DRAWS
    print(
        f"At most {MOST_OF_FAMILY} tasks a family, orders {orders[0]} to {orders[-1]}, `projected` "
        f"in {n_projecting}; intervals: 90 % of {n_draws} bootstrap draws of families; *: without 0"
        "\n"
        "Step: between which laxer Hyperbands the saving lies; -: none saves as much.\n"
        + "".join(f"{name}: first band at {share:.0%}\n" for name, share in FIRST_BANDS.items())
    )
    begin, everything = time.perf_counter(), {}
    studies = []
    for data, banks in read(given.data).items():
        found = {bank.task: replayed_bank(bank, orders, n_projecting, given.only) for bank in banks}
        everything |= found
        studies.append((data, Study(found, n_draws)))
    for name, study in [*studies, ("all", Study(everything, n_draws))]:
        print(report(name, study), flush=True)
    print(f"{time.perf_counter() - begin:.0f} s")


if __name__ == "__main__":
    main()
