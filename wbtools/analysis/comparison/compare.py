"""The whole comparison of two sides or more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from wbtools.analysis.comparison.anytime import AnytimeComparison, Unit, anytime_comparison
from wbtools.analysis.comparison.group_summary import GroupSummary, Over, sum_up, values_of
from wbtools.analysis.comparison.stages import Stage, find_stages
from wbtools.stats.differences import Difference, difference, together
from wbtools.text.brief import brief_repr

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wbtools.analysis.comparison.sweep_group import SweepGroup
    from wbtools.model import Metric

FEW_CUT: Final = 0.1
"""By what two sides' shares of runs that ended early may differ before it is worth a word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CompareQuestion:
    """What a comparison is asked.

    Attributes:
        metric: The one by which sides are compared.
        over: Whose best values means are over.
        baseline: Index of the side with which the others are compared.
        baseline_has_most: It was chosen as the first of those with most values in their means.
        in_stages: Whether the sides are stages of one search, in their order.
    """

    __repr__ = brief_repr

    metric: Metric
    over: Over = Over.COMPLETED
    baseline: int = 0
    baseline_has_most: bool = False
    in_stages: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Contrast:
    """The mean of one side less the baseline's, metric's own units.

    Attributes:
        difference: Its p values are adjusted for all contrasts made together; None without one.
        why_not: Why there is none, or no p value; None where there is.
        favored_by_stops: Whether it shows, and uneven stops speak for the side that looks better:
            of completed runs, where more of its runs were cut short; of all, where fewer were.
    """

    __repr__ = brief_repr

    difference: Difference | None = None
    why_not: str | None = None
    favored_by_stops: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Comparison:
    """Everything about the sides.

    Attributes:
        sides: Two or more; one where only its race is asked for.
        summaries: One a side.
        contrasts: One a side; None for the baseline.
        races: Best so far against reports, and against hours.
        stages: One a side, where the sides are stages; else empty.
        notes: What was left out before, in words.
    """

    question: CompareQuestion
    sides: tuple[SweepGroup, ...]
    summaries: tuple[GroupSummary, ...]
    contrasts: tuple[Contrast | None, ...]
    races: tuple[AnytimeComparison, ...]
    stages: tuple[Stage, ...]
    notes: tuple[str, ...] = ()


@np.errstate(over="ignore", invalid="ignore")  # 1e308 is a value too; what overflows is unknown
def compare(
    sides: Sequence[SweepGroup], question: CompareQuestion, notes: Sequence[str] = ()
) -> Comparison:
    """Compare two sides or more, or follow a single one.

    Args:
        sides: All judged by `asked.metric`.
        question: What is asked.
        notes: What was left out before, in words.
    """
    goal = question.metric.goal
    summaries = tuple(sum_up(side, goal, question.over) for side in sides)
    return Comparison(
        question=question,
        sides=tuple(sides),
        summaries=summaries,
        contrasts=_contrasts(sides, summaries, question),
        races=tuple(anytime_comparison(sides, unit, goal, question.baseline) for unit in Unit),
        stages=find_stages(sides, summaries, goal) if question.in_stages else (),
        notes=tuple(notes),
    )


def _contrasts(
    sides: Sequence[SweepGroup], summaries: Sequence[GroupSummary], question: CompareQuestion
) -> tuple[Contrast | None, ...]:
    values = [values_of(side, question.over).tolist() for side in sides]
    base = values[question.baseline]
    found = {
        k: difference(group_values, base)
        for k, group_values in enumerate(values)
        if k != question.baseline and group_values and base
    }
    tested = dict(zip(found, together(list(found.values())), strict=True))
    what = "completed run" if question.over is Over.COMPLETED else "run with a value"
    contrasts: list[Contrast | None] = []
    for k, side_values in enumerate(values):
        if k == question.baseline:
            contrasts.append(None)
        elif k not in tested:
            whose, side = (
                ("it", sides[k]) if not side_values else ("the baseline", sides[question.baseline])
            )
            nothing = "value" if side.why_not is not None else what
            contrasts.append(Contrast(why_not=f"{whose} has no {nothing}"))
        else:
            baseline = summaries[question.baseline]
            contrasts.append(
                Contrast(
                    difference=tested[k],
                    why_not=_why_no_test(tested[k], what),
                    favored_by_stops=_is_favored(tested[k], summaries[k], baseline, question),
                )
            )
    return tuple(contrasts)


def _is_favored(
    found: Difference, side: GroupSummary, baseline: GroupSummary, question: CompareQuestion
) -> bool:
    cut, cut_of_baseline = side.ended_early, baseline.ended_early
    if not found.shows or cut is None or cut_of_baseline is None:
        return False
    more = cut - cut_of_baseline
    is_better = found.difference * question.metric.goal.sign < 0
    flattering = more if is_better == (question.over is Over.COMPLETED) else -more
    return flattering > FEW_CUT


def _why_no_test(found: Difference, what: str) -> str | None:
    if found.p is not None:
        return None
    if min(found.n, found.n_other) == 1:
        whose = "it has" if found.n == 1 else "the baseline has"
        return f"{whose} one {what}, which has no spread"
    return "neither side has any spread"
