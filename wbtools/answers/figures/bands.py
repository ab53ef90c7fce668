"""The bands of a sweep's rule that runs reached, and their thresholds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from wbtools.answers.audit.words import is_one_metric

if TYPE_CHECKING:
    from wbtools.analysis.audit import Audit
    from wbtools.model import Curves
    from wbtools.rules.hyperband import Hyperband


def reached_bands(audit: Audit) -> list[tuple[int, float]]:
    """The bands that some run reached, with the threshold as it stood at the end.

    Empty where the rule watches another metric than the one that ranks.
    """
    rule, question = audit.verdicts.rule, audit.question
    curves = audit.sweep.curves.get(question.metric.name)
    if rule is None or curves is None or not is_one_metric(audit):
        return []
    most = int(curves.n_reports.max(initial=0))
    sign = question.metric.goal.sign
    return [(band, _threshold(rule, curves, band, sign)) for band in rule.bands if band <= most]


def _threshold(rule: Hyperband, curves: Curves, band: int, sign: float) -> float:
    reached = np.sort(curves.values[curves.n_reports >= band, band - 1] * sign)
    return float(reached[rule.rank(len(reached))] * sign)
