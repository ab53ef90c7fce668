"""Which running runs W&B's own Hyperband stops at its next look, or at their next band.

What a run will report nobody knows, so that of a band ahead the question is what holds now: were
the run's present value its value at that band, would it be among the survivors?
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from wbtools.rules.running import best_so_far

if TYPE_CHECKING:
    from wbtools.model import SweepView
    from wbtools.rules.hyperband import Hyperband


@dataclass(frozen=True, slots=True, kw_only=True)
class RunAtRisk:
    """A running run that the rule stops now, or at its next band unless it improves.

    Attributes:
        row: The run.
        is_condemned: Whether the rule stops it by what it has reported already.
        n_reports: Finite reports made.
        band: The band at which it is judged, in reports: reached already if it is condemned.
        value: What is compared (lower is better): its value at that band, or its best, as the rule
            has it; of a band ahead, its last value or its best.
        is_best: Whether it is the run's best value, as a rule that is not strict compares.
        threshold: What it must not exceed, by the runs that have reached the band.
        n_peers: Runs whose values set the threshold, itself included.
    """

    row: int
    is_condemned: bool
    n_reports: int
    band: int
    value: float
    is_best: bool
    threshold: float
    n_peers: int

    @property
    def lacks(self) -> float:
        """By how much its value has to improve, in the metric's own units."""
        return self.value - self.threshold


def runs_at_risk(rule: Hyperband, view: SweepView) -> list[RunAtRisk]:
    """The active runs that the rule stops, or would stop at their next band as they are now.

    Args:
        rule: As W&B's engine resolves it (`Hyperband.resolved`).
        view: What can be known now.

    Returns:
        Those that are stopped first; then by the reports that are left.
    """
    verdict = rule.decide(view)
    best = best_so_far(view.values, view.n_reports)
    found = []
    for row in np.flatnonzero(view.active & (view.n_reports > 0)).tolist():
        n_reports, is_condemned = int(view.n_reports[row]), bool(verdict.stop[row])
        if is_condemned:
            band, value = int(verdict.band[row]), float(verdict.value[row])
            threshold, n_peers = float(verdict.threshold[row]), int(verdict.n_peers[row])
        else:
            next_band = next((band for band in rule.bands if band > n_reports), None)
            if next_band is None or next_band > view.values.shape[1]:
                continue
            band = next_band
            value = float(view.values[row, n_reports - 1] if rule.strict_used else best[row])
            at_band = np.append(view.values[view.n_reports >= band, band - 1], value)
            n_peers, place = len(at_band), rule.rank(len(at_band))
            threshold = float(np.partition(at_band, place)[place])
            if value <= threshold:
                continue
        found.append(
            RunAtRisk(
                row=row,
                is_condemned=is_condemned,
                n_reports=n_reports,
                band=band,
                value=value,
                is_best=not rule.strict_used,
                threshold=threshold,
                n_peers=n_peers,
            )
        )
    return sorted(found, key=lambda run: (not run.is_condemned, run.band - run.n_reports))
