"""How many reports a full run makes, and how we know.

W&B records no such number, and a budget is a run's own. In order of trust: what the user says; the
end that the logged progress of a run comes to; what each run's own configuration says (`epochs`,
`trainer.max_epochs`, …), if what nearly all finished runs made of it bears it out; the amount of
training, or a parameter, whose values tell the lengths of finished runs; that configuration if few
runs bear it out; what most finished runs made, a single one taken at its word. Where all that
fails, and runs turn out to have ended by themselves, it is the longest of them.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from wbtools.analysis.diagnosis.configured_length import (
    EXCEPTIONS,
    FEWEST_FOR_A_SHARE,
    length_keys,
    reports_per_configured_unit,
    whole_number,
)
from wbtools.analysis.diagnosis.logged_progress import (
    common_rate,
    way_to_common_end,
    way_to_configured_end,
)
from wbtools.analysis.diagnosis.proportional_lengths import (
    batch_key,
    batches,
    length_of,
    proportional_length,
)
from wbtools.analysis.diagnosis.shared_lengths import group_of, shared_lengths
from wbtools.model.configuration import leaf
from wbtools.model.progress import EPOCHS, units_of_key
from wbtools.text.brief import brief_repr

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from wbtools.analysis.diagnosis.logged_progress import LoggedProgress, WayToTheEnd
    from wbtools.model import Run

_EXPLAINED_SHARE = 0.8
_USUAL_SHARE = 0.5
_MOST_PER_UNIT = 1_000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Budget:
    """Reports of a full run, per run.

    Attributes:
        reports: `int64 [N]`; 0 where nothing says.
        reached: `bool [N]` runs that are known to have come to their end.
        source: `option`, `progress` (a logged epoch, step, …), `config`, `parameter` (its values
            tell the lengths), `completed` (what most finished runs made), `longest` (runs end by
            themselves, none at a common length: the longest of them) or `unknown`.
        key: The configuration key that holds the length, where the source is `config`, or
            `progress` on the way to a configured end.
        parameters: Those that tell the lengths, where the source is `parameter`.
        progress: The logged series, where the source is `progress`.
        reports_per_unit: Reports a unit of the key or of the series (reports an epoch); None if
            not from one, or where runs differ.
        n_before: Reports before the first unit (1 where runs evaluate once before training).
        n_support: Finished runs that this rests on; 0 means that one report a unit is merely
            assumed, or that nobody has come to that end yet.
    """

    __repr__ = brief_repr

    reports: NDArray[np.int64]
    reached: NDArray[np.bool_]
    source: str
    key: str | None = None
    parameters: tuple[str, ...] = ()
    progress: str | None = None
    reports_per_unit: Fraction | None = None
    n_before: int = 0
    n_support: int = 0

    @property
    def names(self) -> frozenset[str]:
        """The parameters that set how long a run is."""
        return frozenset((*self.parameters, *(() if self.key is None else (self.key,))))

    def in_units(self, reports: int) -> float | None:
        """Reports as epochs (units of `key`), if the translation is known."""
        if self.reports_per_unit is None:
            return None
        return float((reports - self.n_before) / self.reports_per_unit)

    @property
    def typical(self) -> int:
        """The most common budget of a run, in reports; 0 if nothing says."""
        return _most_common(self.reports[self.reports > 0].tolist())


def full_budget(
    runs: Sequence[Run],
    n_reports: NDArray[np.int64],
    *,
    progress: LoggedProgress | None = None,
    option: int | None = None,
    told_to_stop: NDArray[np.bool_] | None = None,
) -> Budget:
    """Find the full budget of every run.

    Args:
        runs: N runs.
        n_reports: `int64 [N]` finite and non-finite reports of each run.
        progress: How far their training had come, if they logged it.
        option: What the user says; wins over everything.
        told_to_stop: `bool [N]` runs whose end is known not to be their own, beside those that
            W&B flags as stopped.
    """
    n = len(runs)
    if option is not None:
        return _of_lengths(np.full(n, option), n_reports, source="option")
    finished = np.array([run.has_finished for run in runs], dtype=bool)
    finished &= (n_reports > 0) & np.array([not run.stopped for run in runs], dtype=bool)
    if told_to_stop is not None:
        finished &= ~told_to_stop
    if progress is not None:
        found = _by_progress(runs, n_reports, finished, progress)
        if found is not None:
            return found
    configured = _by_configuration(runs, n_reports, finished)
    if configured is not None and configured.n_support >= _EXPLAINED_SHARE * finished.sum() > 0:
        return configured
    return (
        _by_amount(runs, n_reports, finished)
        or _by_parameter(runs, n_reports, finished)
        or configured
        or _by_usual_length(n_reports, finished)
        or Budget(
            reports=np.zeros(n, dtype=np.int64), reached=np.zeros(n, dtype=bool), source="unknown"
        )
    )


def with_longest(budget: Budget, n_reports: NDArray[np.int64], full: NDArray[np.bool_]) -> Budget:
    """The budget where runs turned out to end by themselves before any end that is known.

    A program that stops itself after 9 to 16 of 1,200 epochs would not go on to 1,200 if it were
    run again. What ran its course made all the reports that it had to make; for the others, the
    longest of those is what a full run may cost.

    Args:
        budget: As found before it was known why runs ended.
        n_reports: `int64 [N]` reports made.
        full: `bool [N]` runs that ran their course.
    """
    rows = full & (n_reports > 0)
    unreached = budget.source in {"progress", "config"} and rows.sum() >= FEWEST_FOR_A_SHARE
    if (
        not rows.any()
        or budget.reached[rows].any()
        or not (unreached or budget.source == "unknown")
    ):
        return budget
    longest = np.maximum(int(n_reports[rows].max()), n_reports)
    reports = np.where(budget.reports > 0, np.minimum(budget.reports, longest), longest)
    reports = np.where(rows, n_reports, reports)
    # The key and the pace stay: they say in which unit, if not how many, the runs count.
    return replace(budget, reports=reports, source="longest", n_support=int(rows.sum()))


def _most_common(lengths: Iterable[int]) -> int:
    """The most common of them; 0 if there is none."""
    return next((length for length, _ in Counter(lengths).most_common(1)), 0)


def _of_lengths(
    reports: NDArray[np.int64],
    n_made: NDArray[np.int64],
    *,
    source: str,
    key: str | None = None,
    parameters: tuple[str, ...] = (),
    ratio: Fraction | None = None,
    n_before: int = 0,
    n_support: int = 0,
) -> Budget:
    lengths = reports.astype(np.int64)
    return Budget(
        reports=lengths,
        reached=(lengths > 0) & (n_made >= lengths),
        source=source,
        key=key,
        parameters=parameters,
        reports_per_unit=ratio,
        n_before=n_before,
        n_support=n_support,
    )


def _by_progress(
    runs: Sequence[Run],
    n_made: NDArray[np.int64],
    finished: NDArray[np.bool_],
    progress: LoggedProgress,
) -> Budget | None:
    """By the configured end of what was logged, else by the one that all finished runs came to."""
    for key in length_keys(runs):
        if set(units_of_key(key)) & set(progress.units):
            units = np.array([whole_number(run.config.get(key)) for run in runs], dtype=float)
            way = way_to_configured_end(progress, np.where(units > 0, units, np.nan))
            if way is not None:
                return _on_the_way(way, key, n_made, finished, progress)
    way = way_to_common_end(progress, finished)
    return None if way is None else _on_the_way(way, None, n_made, finished, progress)


def _on_the_way(
    way: WayToTheEnd,
    key: str | None,
    n_made: NDArray[np.int64],
    finished: NDArray[np.bool_],
    progress: LoggedProgress,
) -> Budget:
    reports, reached = way.reports_of_a_full_run(n_made), way.reached & (n_made > 0)
    usual = _most_common(reports[reports > 0].tolist())
    rate = common_rate(progress.interval[np.isfinite(progress.interval)].tolist())
    ratio = None if rate is None else Fraction(rate).limit_denominator(_MOST_PER_UNIT)
    return Budget(
        reports=np.where(reports > 0, reports, usual),
        reached=reached,
        source="progress",
        key=key,
        progress=progress.name,
        reports_per_unit=ratio or None,
        n_before=_before_the_first(reports, way, ratio),
        n_support=int((finished & reached).sum()),
    )


def _before_the_first(reports: NDArray[np.int64], way: WayToTheEnd, ratio: Fraction | None) -> int:
    """1 where full runs make one report more than their units account for, else 0."""
    rows = way.reached & np.isfinite(way.end)
    if ratio is None or not rows.any():
        return 0
    surplus = reports[rows] - np.floor(way.end[rows] * float(ratio) + 0.5)
    return int(bool((surplus == 1).all()))


def _by_configuration(
    runs: Sequence[Run], n_made: NDArray[np.int64], finished: NDArray[np.bool_]
) -> Budget | None:
    """By the first key whose numbers finished runs bear out, or that nothing speaks against."""
    for key in length_keys(runs):
        units = np.array([whole_number(run.config.get(key)) for run in runs])
        found = reports_per_configured_unit(key, units, n_made, finished)
        if found is None:
            continue
        per_unit, before, support = found
        reports = [round(unit * per_unit) + before if unit else 0 for unit in units.tolist()]
        return _of_lengths(
            np.array(reports),
            n_made,
            source="config",
            key=key,
            ratio=per_unit,
            n_before=before,
            n_support=support,
        )
    return None


def _by_amount(
    runs: Sequence[Run], n_made: NDArray[np.int64], finished: NDArray[np.bool_]
) -> Budget | None:
    """By epochs and batch size, where reports come every so many optimizer steps."""
    configs = [run.config for run in runs]
    batch = batch_key(configs)
    if batch is None:
        return None
    epochs = next((key for key in length_keys(runs) if leaf(key) in EPOCHS.keys), None)
    amounts = [
        batches(config, batch, 1 if epochs is None else whole_number(config.get(epochs)))
        for config in configs
    ]
    known = [row for row in np.flatnonzero(finished).tolist() if amounts[row] is not None]
    factor = proportional_length([amounts[row] or 0.0 for row in known], n_made[known].tolist())
    if factor is None:
        return None
    reports = np.array([0 if each is None else length_of(factor, each) for each in amounts])
    if _is_exceeded(reports, n_made, finished):
        return None
    return _of_lengths(
        reports,
        n_made,
        source="parameter",
        parameters=(batch,) if epochs is None else (epochs, batch),
        n_support=int((reports[known] == n_made[known]).sum()),
    )


def _by_parameter(
    runs: Sequence[Run], n_made: NDArray[np.int64], finished: NDArray[np.bool_]
) -> Budget | None:
    """By a parameter whose values tell the lengths of finished runs."""
    rows = np.flatnonzero(finished).tolist()
    found = shared_lengths([runs[row].config for row in rows], n_made[rows].tolist())
    if found is None:
        return None
    grouping, lengths = found
    usual = _most_common(lengths.values())
    reports = np.array([lengths.get(group_of(grouping, run.config), usual) for run in runs])
    if _is_exceeded(reports, n_made, finished):
        return None
    return _of_lengths(
        reports,
        n_made,
        source="parameter",
        parameters=grouping,
        n_support=len(rows),
    )


def _by_usual_length(n_made: NDArray[np.int64], finished: NDArray[np.bool_]) -> Budget | None:
    counts = n_made[finished].tolist()
    usual = _usual_length(counts)
    if not usual or _is_exceeded(np.full(len(n_made), usual), n_made, finished):
        return None
    return _of_lengths(
        np.full(len(n_made), usual),
        n_made,
        source="completed",
        n_support=sum(count >= usual for count in counts),
    )


def _is_exceeded(
    reports: NDArray[np.int64], n_made: NDArray[np.int64], finished: NDArray[np.bool_]
) -> bool:
    """Whether more runs went beyond these lengths than log a row twice."""
    n_support = int((finished & (n_made == reports)).sum())
    return bool(((reports > 0) & (n_made > reports)).sum() > EXCEPTIONS * n_support)


def _usual_length(counts: list[int]) -> int:
    """What finished runs have in common; 0 where they have nothing.

    A single finished run is taken at its word. Where few lengths account for all runs, the largest
    that two of them share is a full run's. Where there are many, each run ended when it was ready,
    and two that happen to agree are no measure of the others: only a length of half the runs is.
    """
    if len(counts) == 1:
        return counts[0]
    tally = Counter(counts)
    if len(tally) <= max(2, len(counts) // 3):
        return max((count for count, n_runs in tally.items() if n_runs > 1), default=0)
    return max(
        (count for count, n_runs in tally.items() if n_runs >= _USUAL_SHARE * len(counts)),
        default=0,
    )
