"""What speaks for and against a stopped run, as facts that can be said in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from wbtools.analysis.projection.annealing import course_of

if TYPE_CHECKING:
    from wbtools.analysis.projection.features import Candidates
    from wbtools.analysis.projection.snapshot import SweepSnapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class Reasons:
    """Facts behind a learned projection.

    Attributes:
        n_peers: Runs that made as many reports, itself included.
        place: Its place among them by best value so far, from 1.
        n_further: Completed runs that went further.
        n_enough: Of these, those that gained as much after the same report as it would need.
        n_overtaken: Of these, those that stood worse than it at the same report.
        rate_of_peak: Learning rate at its last report as a share of the peak before; None if it
            was not logged and the configuration names no schedule.
        rate_is_logged: Whether that was logged; otherwise it is what the configuration tells.
        rate_least: Lowest learning rate still to come by the configuration, as a share of the same
            peak; None if it names no schedule, or another one than was logged.
        is_warming: Whether its warm-up was still on.
        place_by_config: Its place among the stopped runs by what like configurations became.
    """

    n_peers: int
    place: int
    n_further: int
    n_enough: int
    n_overtaken: int
    rate_of_peak: float | None
    rate_is_logged: bool
    rate_least: float | None
    is_warming: bool
    place_by_config: int


def reasons(field: SweepSnapshot, found: Candidates, incumbent: float) -> dict[int, Reasons]:
    """State the facts for every candidate, by row.

    Args:
        field: The sweep.
        found: Its candidates, described.
        incumbent: Lower is better, in the field's own units.
    """
    by_config = found.values[:, found.names.index("config_rank")]
    facts: dict[int, Reasons] = {}
    best = np.minimum.accumulate(np.where(np.isnan(field.values), np.inf, field.values), axis=1)
    for place, row in enumerate(found.rows.tolist()):
        report = int(field.n_reports[row])
        own_best = float(best[row, report - 1])
        peers = best[field.n_reports >= report, report - 1]
        further = np.flatnonzero(field.full & (field.n_reports > report))
        then = best[further, report - 1]
        gained = then - best[further, -1]
        rate = course_of(
            field.configs[row],
            report,
            max(int(field.horizon[row]), report),
            None if field.rates is None else field.rates[row, :report],
        )
        facts[row] = Reasons(
            n_peers=len(peers),
            place=1 + int((peers < own_best).sum()),
            n_further=len(further),
            n_enough=int((own_best - gained < incumbent).sum()),
            n_overtaken=int((then > own_best).sum()),
            rate_of_peak=rate.of_peak if rate.is_logged or rate.is_planned else None,
            rate_is_logged=rate.is_logged,
            rate_least=rate.least_of_peak if rate.is_planned else None,
            is_warming=rate.is_warming,
            place_by_config=1 + int((by_config < by_config[place]).sum()),
        )
    return facts
