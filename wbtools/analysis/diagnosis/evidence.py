"""What is known about one run's end: the evidence from which its cause is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wbtools.analysis.diagnosis.habits import SweepHabits, WayOfEnding
    from wbtools.analysis.diagnosis.termination import Decision
    from wbtools.model import GuardDecision, Run


@dataclass(frozen=True, slots=True, kw_only=True)
class TerminationEvidence:
    """What is known about one run's end.

    Attributes:
        n_reports: Finite and non-finite reports made; None where no source says.
        budget: Reports of a full run; 0 if unknown.
        reached: Whether the run made the reports of a full run.
        is_end_certain: Whether that end is its own, by its configuration, its logged progress or
            the user's word, and not what other runs came to.
        has_configured_end: Whether its budget is an end that its own configuration gives.
        reports_since_best: Reports of the rule's metric after its best one; None without a curve.
        reports_per_epoch: To compare a trainer's patience, in epochs, with reports.
        age_s: Seconds from the run's start to the moment the recording speaks of; None where that
            is unknown.
        silence_s: The same from its last sign of life after the start.
        report_interval_s: Typical seconds between two reports of the run; None if unknown.
        ruling: What the rule says in the mode that was chosen; None if no rule can be judged.
        is_before_a_band: Whether one report more would have taken it to a band of the rule.
        is_at_a_band: Whether it made just the reports of a band.
        has_rule: Whether the sweep has, or may have, a rule that can stop this run.
        habits: How this sweep's runs end.
        way: How those of them fared that ended as this one did.
        guard_stop: The decision on which `wbtools guard` asked W&B to stop the run; None if the
            source holds none.
        silent_before_guard_s: Seconds without a sign of life when the guard decided that; None if
            unknown.
    """

    run: Run
    n_reports: int | None
    budget: int
    reached: bool
    is_end_certain: bool
    has_configured_end: bool
    reports_since_best: int | None
    reports_per_epoch: float
    age_s: float | None
    silence_s: float | None
    report_interval_s: float | None
    ruling: Decision | None
    is_before_a_band: bool
    is_at_a_band: bool
    has_rule: bool
    habits: SweepHabits
    way: WayOfEnding
    guard_stop: GuardDecision | None
    silent_before_guard_s: float | None
