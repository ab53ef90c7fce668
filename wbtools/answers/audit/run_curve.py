"""The curve on the page about one run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from wbtools.answers.audit.terminal_curve import Level, Mark, draw_curve
from wbtools.answers.audit.words import is_one_metric, scale_of
from wbtools.text.sanitize import sanitize

if TYPE_CHECKING:
    from wbtools.analysis.audit import Audit, RunAudit
    from wbtools.answers.layout import Page

_WIDEST_CURVE = 76
_CURVE_LINES = 12
_FEW = 8


def write_curve(page: Page, audit: Audit, row: RunAudit) -> None:
    """Write the run's curve with the bar, the bands and their thresholds; nothing without one."""
    curves = audit.sweep.curves.get(audit.question.rank_by.name)
    if curves is None:
        return
    place = curves.run_ids.index(row.run.id)
    values = curves.values[place, : int(curves.n_reports[place])]
    if not len(values):
        return
    scale = scale_of(audit)
    levels = []
    if audit.incumbent is not None:
        levels.append(
            Level(value=audit.incumbent.value, label=f"bar {scale.show(audit.incumbent.value)}")
        )
    marks = _marks(audit, row)
    ticks = [mark.value for mark in marks if mark.value is not None]
    shown = np.array([*values, *(level.value for level in levels), *ticks])
    low, high = float(shown.min()), float(shown.max())
    lines = draw_curve(
        values,
        last=(row.budget if is_one_metric(audit) else None) or len(values),
        levels=levels,
        marks=marks,
        low=low,
        high=high,
        low_label=scale.show(low),
        high_label=scale.show(high),
        width=min(page.width, _WIDEST_CURVE),
        height=_CURVE_LINES,
        unicode=page.unicode,
    )
    if not lines:
        return
    page.gap()
    page.verbatim(lines)
    by = "report" if is_one_metric(audit) else "its own report"
    legend = f"{sanitize(audit.question.rank_by.name)} by {by}"
    if marks:
        tick = "┿" if page.unicode else "+"
        legend += f"; upright lines: bands, {tick} the threshold at the run's end"
    page.say(legend, style="dim")


def _marks(audit: Audit, row: RunAudit) -> list[Mark]:
    rule, explanation = audit.verdicts.rule, row.explanation
    if rule is None or not is_one_metric(audit):
        return []
    most = max(row.budget or 0, row.n_reports or 0)
    bands = [band for band in rule.bands if band <= most]
    return [
        Mark(
            report=band,
            label=str(band),
            value=explanation.threshold
            if explanation is not None and explanation.band == band
            else None,
        )
        for band in bands[-_FEW:]
    ]
