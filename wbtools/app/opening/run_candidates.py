"""The runs that a text may mean, told apart: by id, by when they began, by their best values."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Final

import numpy as np

from wbtools.analysis.diagnosis.outcomes import best_and_last
from wbtools.app.opening.question import resolve_question
from wbtools.errors import WbtoolsError
from wbtools.sweepfile.kinds import finite_number
from wbtools.text.numbers import Scale

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from wbtools.app.opening.question import AuditOptions
    from wbtools.app.opening.run_names import Named
    from wbtools.app.opening.source import SweepSource

_MOST_CANDIDATES: Final = 12


def candidates(runs: Sequence[Named], bests: Mapping[str, float | None]) -> str:
    """`amber-sweep-8 (id a1b2c3, began 2026-01-31 12:00:00 UTC, best 0.92), …`, at most a dozen.

    Args:
        runs: Those that may be meant.
        bests: Best values of the metric by run id, as far as they are known.
    """
    shown = runs[:_MOST_CANDIDATES]
    values = Scale.of(bests.values()).apart(*(bests.get(run.id) for run in shown))
    more = len(runs) - len(shown)
    each = ", ".join(map(_candidate, shown, values))
    return each + (f" and {more} more" if more else "")


def known_bests(source: SweepSource, options: AuditOptions) -> dict[str, float]:
    """The best values of the ranking metric by run id, as far as no server has to be asked.

    It helps to tell runs apart, so nothing is refused: where the metric is not known, nor what the
    runs logged, there are none. Where curves tell nothing, the summary's value counts.
    """
    source = source.offline()
    try:
        metric = resolve_question(options, source).rank_by
        sweep = source.read_summaries((metric.name,))
    except (
        WbtoolsError
    ):  # what is wrong with the metric is said once it is clear which run is meant
        return {}
    values = np.array([finite_number(run.summary.get(metric.name)) for run in sweep.runs])
    curves = sweep.curves.get(metric.name)
    if curves is not None:
        best, _, _ = best_and_last(curves, metric.goal)
        values = np.where(np.isnan(best), values, best)
    return {
        run.id: value
        for run, value in zip(sweep.runs, values.tolist(), strict=True)
        if np.isfinite(value)
    }


def _candidate(run: Named, best: str) -> str:
    facts = [] if run.name == run.id else [f"id {run.id}"]
    if run.created_at is not None:
        facts.append(f"began {run.created_at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC")
    return f"{run.name} ({', '.join([*facts, f'best {best}'])})"
