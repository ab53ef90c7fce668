"""How far a checkpoint is, in the reports of its run, and whether the run had come so far."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, Final, Self

from wbtools.analysis.diagnosis.termination import Completion
from wbtools.model.progress import EPOCHS, progress_words, units_of_key, units_of_name
from wbtools.text.numbers import S_PER_H, count, hours

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from wbtools.analysis.audit import Audit, RunAudit
    from wbtools.analysis.diagnosis.budget import Budget
    from wbtools.model import Checkpoint

AFTER: Final = timedelta(minutes=2)
"""A program that was told to stop may still save; a file's time is when its writing ended."""
_LOST_S: Final = 120.0
"""Seconds of reports that the SDK may not have written when its process was killed."""
_FEWEST_LOST: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class RunLength:
    """How far a run came, and was to come.

    Attributes:
        budget: Of its sweep, which tells the reports of an epoch or step; None if unknown.
        n_full: Reports of a full run; None if unknown, or where the run came to its end.
        n_made: Reports that it made; None if unknown.
        report_s: Seconds a report; None if unknown.
    """

    budget: Budget | None = None
    n_full: int | None = None
    n_made: int | None = None
    report_s: float | None = None

    @classmethod
    def of(cls, audit: Audit, row: RunAudit) -> Self:
        """That of a run of an audit."""
        # The longest of runs that stop by themselves is no end that a checkpoint could be at.
        is_known = row.completion is not Completion.FULL and audit.budget.source != "longest"
        return cls(
            budget=audit.budget,
            n_full=row.budget if is_known else None,
            n_made=None if row.n_reports is None else row.n_reports + row.n_nonfinite,
            report_s=row.report_s,
        )

    def gone_on(self, n_more: int | None) -> Self:
        """That of a run that went on with it and made some reports more, at the most."""
        known = self.n_made is not None and n_more is not None
        return replace(self, n_made=(self.n_made or 0) + (n_more or 0) if known else None)

    @property
    def is_over(self) -> bool:
        """Whether a full run's reports were made."""
        return bool(self.n_full and self.n_made is not None and self.n_made >= self.n_full)

    def furthest_first(self, groups: Sequence[Sequence[Checkpoint]]) -> tuple[Checkpoint, ...]:
        """The checkpoints of several runs that went on with each other, in one order.

        Args:
            groups: Of each run in their order, the original's first.
        """
        newest_last = list(groups[:1]) + list(reversed(groups[1:]))
        ranked = sorted(
            enumerate(newest_last),
            key=lambda pair: (self._furthest(pair[1]), pair[0]),
            reverse=True,
        )
        together = [each for _, group in ranked for each in group]
        return tuple(sorted(together, key=lambda each: not each.is_usable))

    def _furthest(self, group: Sequence[Checkpoint]) -> int:
        best = next((each for each in group if each.is_usable), None)
        if best is None or self.budget is None:
            return 0
        return reports_in(self.budget, best) or 0

    @property
    def most_epochs(self) -> float | None:
        """What a number in a name cannot be larger than that counts epochs; None if unknown."""
        if self.n_made is None:
            return None
        full = None
        if self.budget is not None and self.n_full:
            full = self.budget.in_units(self.n_full)
        return max(self.n_made + 1, full or 0)

    def n_unrecorded(self, checkpoint: Checkpoint) -> int:
        """Reports by which a checkpoint is ahead of the run's record; 0 where nothing says."""
        n_held = None if self.budget is None else reports_in(self.budget, checkpoint)
        return 0 if n_held is None or self.n_made is None else max(n_held - self.n_made, 0)

    def doubts(self, checkpoint: Checkpoint, ended_at: datetime | None) -> tuple[str, ...]:
        """In words, that a checkpoint is further than the run came, or at its end already.

        Args:
            checkpoint: With its progress.
            ended_at: The run's last sign of life; None if unknown.
        """
        n_held = None if self.budget is None else reports_in(self.budget, checkpoint)
        if self.budget is None or n_held is None:
            return ()
        said = progress_words(checkpoint.epoch, checkpoint.step)
        if self.n_full and n_held >= self.n_full:
            full = self.budget.in_units(self.n_full)
            return (f"training was over in it: {said}" + ("" if full is None else f" of {full:g}"),)
        if self.n_made is None:
            return ()
        late = None if ended_at is None else _late(checkpoint, ended_at)
        n_lost = _FEWEST_LOST
        if late is not None:
            n_lost = 1
        elif self.report_s:
            n_lost = max(_FEWEST_LOST, math.ceil(_LOST_S / self.report_s))
        if n_held <= self.n_made + n_lost:
            return ()
        ahead = f"it is of {said}, and the run made {count(self.n_made, 'report')}"
        return (ahead if late is None else f"{ahead}; {late}: by another process that went on",)


def _late(checkpoint: Checkpoint, ended_at: datetime) -> str | None:
    """In words, that a checkpoint was written when the run had ended; None for one that was not."""
    if checkpoint.written_at is None or checkpoint.written_at <= ended_at + AFTER:
        return None
    passed = hours((checkpoint.written_at - ended_at).total_seconds() / S_PER_H)
    return f"it was written {passed} after the run had ended"


def reports_in(budget: Budget, checkpoint: Checkpoint) -> int | None:
    """Reports that had been made by a checkpoint; None where nothing translates its progress.

    Args:
        budget: Of the sweep, which tells the reports of an epoch or step.
        checkpoint: With its progress.
    """
    if budget.reports_per_unit is None:
        return None
    units = (
        *(() if budget.key is None else units_of_key(budget.key)),
        *(() if budget.progress is None else units_of_name(budget.progress)),
    )
    amount = checkpoint.epoch if EPOCHS in units else checkpoint.step
    if amount is None or not units or not math.isfinite(amount):
        return None
    return max(budget.n_before + math.floor(Fraction(amount) * budget.reports_per_unit), 0)
