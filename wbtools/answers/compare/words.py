"""What a comparison says, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from wbtools.analysis.comparison import Over, Unit
from wbtools.analysis.comparison.compare import FEW_CUT
from wbtools.analysis.diagnosis.termination import Cause, Completion
from wbtools.answers.termination_words import unknown_end_words
from wbtools.stats.student import LEVEL
from wbtools.text.numbers import Scale, count, hours, listed, p_value, percent
from wbtools.text.sanitize import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from wbtools.analysis.comparison import AnytimeComparison, Comparison, Contrast, RunShare
    from wbtools.analysis.comparison.compare import CompareQuestion


def scale_of(comparison: Comparison) -> Scale:
    """The digits for every value of the metric."""
    every = np.concatenate([side.best for side in comparison.sides]).tolist()
    return Scale.of(every or [summary.best for summary in comparison.summaries])


def range_of(share: RunShare) -> str:
    """`12/36, 33 % (20 to 50)`."""
    if share.low is None or share.high is None:
        return f"{share.k}/{share.n}"
    ends = f"{100 * share.low:.0f} to {100 * share.high:.0f}"
    return f"{share.k}/{share.n}, {percent(share.k / share.n)} ({ends})"


def between(
    show: Callable[[float | None], str],
    value: float | None,
    low: float | None,
    high: float | None,
) -> str:
    """`0.9612 (0.9590 … 0.9634)`, or the value alone where nothing gives it an interval."""
    if value is None or low is None or high is None:
        return show(value)
    return f"{show(value)} ({show(low)} … {show(high)})"


def compute(amount: float | None, unit: Unit) -> str:
    """An amount of compute in its unit."""
    if amount is None:
        return UNKNOWN
    return hours(amount) if unit is Unit.HOURS else count(round(amount), "report")


def equal_words(race: AnytimeComparison, names: Sequence[str]) -> str:
    """How much compute is equal, and who used no more."""
    if race.equal_compute is None or race.set_by is None:
        return f"in {race.unit}: fewer than two sides can be raced"
    return f"{compute(race.equal_compute, race.unit)}, all that {names[race.set_by]} used"


def verdict(contrast: Contrast, question: CompareQuestion, least_p: float | None = None) -> str:
    """What the tests allow to say of a difference of means.

    Args:
        contrast: It, and its tests.
        question: Whose goal says which way is better.
        least_p: From `least_p_together` of all contrasts.
    """
    difference = contrast.difference
    if difference is None or difference.p_adjusted is None:
        return f"no answer: {contrast.why_not}"
    word = "better" if difference.difference * question.metric.goal.sign < 0 else "worse"
    if contrast.favored_by_stops:
        better, worse = _better_and_worse(word)
        if question.over is Over.COMPLETED:
            return f"{word}, but only completed runs count and more runs of {better} were cut short"
        return f"{word}, but runs count as far as they came and more runs of {worse} were cut short"
    if difference.shows:
        return f"{word}: the difference shows"
    if not difference.shows_by_welch:
        return "no difference shows"
    if max(difference.least_p or 0.0, least_p or 0.0) >= 1 - LEVEL:
        return f"{word} if values are normal; too few to show it without"
    permuted = p_value(difference.p_permutation_adjusted)
    return f"{word} only if values are normal (permuted, p is {permuted})"


def _better_and_worse(word: str) -> tuple[str, str]:
    """What the two sides of a contrast are called, the better one first."""
    sides = ("that side", "the baseline")
    return sides if word == "better" else sides[::-1]


def caveats(comparison: Comparison, names: Sequence[str]) -> Iterator[str]:
    """What the reader has to know to believe the numbers, and no more."""
    tested = [
        contrast.difference for contrast in comparison.contrasts if contrast and contrast.difference
    ]
    if tested:
        yield (
            "p: two-sided, by Welch's t and, below 10 values a side, by permutation too; adjusted "
            f"by Holm's method for {count(len(tested), 'comparison')}. A difference shows only if "
            "every test made says so at 5 %. Runs are taken as independent, which those of a bayes "
            "search are not."
        )
    yield from _censored(comparison, names)
    yield from _raced(comparison, names)
    if comparison.stages:
        yield (
            "Stages: hours of all runs of a stage, stopped ones included; values compare only if "
            "the stages measured the metric on the same data."
        )


def _censored(comparison: Comparison, names: Sequence[str]) -> Iterator[str]:
    shares = {
        k: summary.ended_early
        for k, summary in enumerate(comparison.summaries)
        if summary.ended_early is not None
    }
    n_unknown = sum(
        summary.n_by_completion.get(Completion.UNKNOWN, 0) for summary in comparison.summaries
    )
    if n_unknown:
        n_short = sum(summary.n_unknown_short for summary in comparison.summaries)
        yield unknown_end_words(
            n_unknown, n_short, sum(summary.n_runs for summary in comparison.summaries)
        )
    if any(Cause.OWN_EARLY_STOP in summary.causes for summary in comparison.summaries):
        yield "Runs that stopped themselves early count as completed."
    if not any(shares.values()):
        return
    most = max(shares, key=lambda k: shares[k])
    uneven = shares[most] - min(shares.values()) > FEW_CUT
    if comparison.question.over is Over.COMPLETED:
        yield (
            "Runs that were cut short or failed are censored: what they would have reached is "
            "unknown. Means leave them out and so flatter a side whose poor runs were cut short"
            + (f", most of all {names[most]} ({percent(shares[most])})." if uneven else ".")
        )
    else:
        yield (
            "Runs that were cut short or failed are censored: means take them at what they "
            "reached, which is unfair to a side of which more were"
            + (f", most of all {names[most]} ({percent(shares[most])})." if uneven else ".")
        )


def _raced(comparison: Comparison, names: Sequence[str]) -> Iterator[str]:
    if all(race.equal_compute is None for race in comparison.races):
        return
    yield (
        "Best so far: runs one after another as they began; a stopped run gives what it was seen "
        "to reach and costs what it used. Resampled: 2,000 sweeps drawn from a side's own runs, "
        "median and 95 % of them; none can beat the best run seen, so intervals at 100 % are too "
        "narrow: of equal sides in simulations they held zero in 82 % (5 runs) to 90 % (60). "
        "Ahead in: share of drawn pairs. Regret: distance from the best of any side."
    )
    unordered = [names[k] for k, side in enumerate(comparison.sides) if not side.is_in_order]
    if unordered:
        whom = "any side" if len(unordered) == len(names) else listed(unordered)
        yield f"Nothing says when runs of {whom} began: their columns show resampled medians."
    without = [names[k] for k, side in enumerate(comparison.sides) if not side.has_curves]
    if without:
        whom = "No side has" if len(without) == len(names) else f"{listed(without)} without"
        yield f"{whom} curves: a run's best counts once all of the run is paid for."
    single = [names[k] for k, side in enumerate(comparison.sides) if len(side.runs) == 1]
    if single:
        yield f"A single run cannot be resampled: {listed(single)}."
