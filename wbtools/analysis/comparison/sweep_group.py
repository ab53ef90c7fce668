"""One side of a comparison: some runs of a diagnosed sweep, under one name."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from wbtools.analysis.diagnosis.diagnose import diagnose
from wbtools.analysis.text_values import text_instead
from wbtools.text.brief import one_line
from wbtools.text.numbers import S_PER_H, count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from wbtools.analysis.diagnosis.diagnose import Diagnosis
    from wbtools.analysis.diagnosis.termination import Cause
    from wbtools.analysis.question import Question
    from wbtools.model import Run, Sweep


@dataclass(frozen=True, kw_only=True, eq=False)
class SweepGroup:
    """N runs under one name, in the order in which they began, or the source's own.

    Attributes:
        name: What people call it; hostile text.
        source: The sweep that it is of, or is a part of, as the user named it; hostile text.
        diagnosis: Of the whole sweep; None where only sums are known, and no run.
        rows: `int64 [N]` the runs' rows in it.
        why_not: Why it has no values to compare; None where it has some.
    """

    name: str
    source: str
    diagnosis: Diagnosis | None
    rows: NDArray[np.int64]
    why_not: str | None

    def __repr__(self) -> str:
        """One line, as `<side cosine: 12 runs of ab12cd34>`."""
        return one_line(f"side {self.name}", f"{count(len(self.rows), 'run')} of {self.source}")

    def called(self, name: str) -> SweepGroup:
        """The same side under another name."""
        return replace(self, name=name)

    def part(self, name: str, rows: Sequence[int]) -> SweepGroup:
        """Some of the runs as a side of their own; places among its own, ascending."""
        return replace(self, name=name, rows=self.rows[np.asarray(rows, dtype=np.int64)])

    @cached_property
    def runs(self) -> tuple[Run, ...]:
        """The runs."""
        if self.diagnosis is None:
            return ()
        return tuple(self.diagnosis.outcomes.runs[row] for row in self.rows.tolist())

    @cached_property
    def causes(self) -> tuple[Cause, ...]:
        """Why each run ended; empty where only sums are known."""
        if self.diagnosis is None:
            return ()
        return tuple(self.diagnosis.terminations[row].cause for row in self.rows.tolist())

    @cached_property
    def is_short(self) -> NDArray[np.bool_]:
        """`bool [N]` runs known to have made fewer reports than a full run."""
        if self.diagnosis is None:
            return np.zeros(0, dtype=bool)
        return self.diagnosis.outcomes.is_short[self.rows]

    @property
    def best(self) -> NDArray[np.float64]:
        """`float64 [N]` best finite value of each run, metric's own units; NaN without one."""
        return np.empty(0) if self.diagnosis is None else self.diagnosis.outcomes.best[self.rows]

    @property
    def reports(self) -> NDArray[np.float64]:
        """`float64 [N]` reports that each run made; NaN where no source says."""
        if self.diagnosis is None:
            return np.empty(0)
        n_made = self.diagnosis.outcomes.n_made[self.rows]
        return np.where(n_made >= 0, n_made, np.nan)

    @property
    def hours(self) -> NDArray[np.float64]:
        """`float64 [N]` hours at work; NaN where no source says."""
        if self.diagnosis is None:
            return np.empty(0)
        return self.diagnosis.outcomes.runtime_s[self.rows] / S_PER_H

    @property
    def has_curves(self) -> bool:
        """Whether values are known report by report."""
        return self.diagnosis is not None and self.diagnosis.outcomes.rank_curves is not None

    @property
    def is_in_order(self) -> bool:
        """Whether the time of every run's beginning is known."""
        return bool(self.runs) and all(run.created_at is not None for run in self.runs)

    @cached_property
    def so_far(self) -> NDArray[np.float64]:
        """`float64 [N, T]` column k is the best of a run's first k + 1 finite reports.

        Lower is better. A run's last value stands in all columns beyond its reports; NaN for a run
        without any. Without curves T is 1, and the one value is known at the run's end.
        """
        if self.diagnosis is None:
            return np.empty((0, 1))
        outcomes, sign = self.diagnosis.outcomes, self.diagnosis.question.rank_by.goal.sign
        curves = outcomes.rank_curves
        if curves is None or not curves.values.shape[1]:
            return (self.best * sign)[:, None]
        values = curves.values[self.rows]
        signed = np.where(np.isnan(values), np.inf, values * sign)
        best = np.minimum.accumulate(signed, axis=1)
        best[self.n_finite == 0] = np.nan
        return best

    @property
    def n_finite(self) -> NDArray[np.int64]:
        """`int64 [N]` finite reports behind `so_far`."""
        curves = None if self.diagnosis is None else self.diagnosis.outcomes.rank_curves
        if curves is None or not curves.values.shape[1]:
            return np.isfinite(self.best).astype(np.int64)
        return curves.n_reports[self.rows]

    @property
    def n_logged(self) -> NDArray[np.int64]:
        """`int64 [N]` the same, with NaN and infinite ones counted."""
        curves = None if self.diagnosis is None else self.diagnosis.outcomes.rank_curves
        if curves is None or not curves.values.shape[1]:
            return np.ones(len(self.rows), dtype=np.int64)
        return curves.n_made[self.rows]


def sweep_group(name: str, source: str, sweep: Sweep, question: Question) -> SweepGroup:
    """Diagnose a sweep, all of whose runs are one side.

    Args:
        name: What the side is called.
        source: The sweep as the user named it.
        sweep: With the curves of the rule's metric and of the one that ranks, or without any.
        question: What is asked; causes rest on its rule and its budget.
    """
    diagnosis = diagnose(sweep, question)
    why_not = None
    if not np.isfinite(diagnosis.outcomes.best).any():
        metric = question.rank_by.name
        text = text_instead(sweep.runs, metric)
        why_not = f"no run has a finite value of {metric!r}"
        why_not += "" if text is None else f": {text[0]}"
    return SweepGroup(
        name=name,
        source=source,
        diagnosis=diagnosis,
        rows=np.array(_by_beginning(sweep.runs), dtype=np.int64),
        why_not=why_not,
    )


def _by_beginning(runs: Sequence[Run]) -> list[int]:
    """Rows by the time of beginning, equal ones by id; as they come where any time is unknown."""
    moments = [run.created_at.timestamp() for run in runs if run.created_at is not None]
    if len(moments) < len(runs):
        return list(range(len(runs)))
    return sorted(range(len(runs)), key=lambda row: (moments[row], runs[row].id))
