"""What a comparison says, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from wbtools.analysis.comparison import Over, Unit
from wbtools.analysis.comparison.anytime import DRAWS
from wbtools.analysis.comparison.compare import FEW_CUT
from wbtools.analysis.diagnosis.termination import Cause, Completion
from wbtools.answers.termination_words import unknown_end_words
from wbtools.text.numbers import Scale, count, hours, listed, percent
from wbtools.text.sanitize import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from wbtools.analysis.comparison import AnytimeComparison, Comparison, RunShare


def scale_of(comparison: Comparison) -> Scale:
    """The digits for every value of the metric."""
    every = np.concatenate([side.best for side in comparison.sides]).tolist()
    return Scale.of(every or [summary.best for summary in comparison.summaries])


def share_words(share: RunShare) -> str:
    """`12 of 36 (33 %)`."""
    return f"{share.k} of {share.n} ({percent(share.k / share.n)})" if share.n else UNKNOWN


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
        return f"in {race.unit}: fewer than two sides can be compared"
    return f"{compute(race.equal_compute, race.unit)}, all that {names[race.set_by]} used"


def test_notes(comparison: Comparison, titles: Sequence[str]) -> Iterator[str]:
    """How differences of means were tested.

    Args:
        comparison: What was compared.
        titles: Of the columns that were shown.
    """
    tested = [
        contrast.difference for contrast in comparison.contrasts if contrast and contrast.difference
    ]
    if not tested:
        return
    tests = {
        "p": "p: two-sided, by Welch's t",
        "permuted": "permuted: p by a permutation test, made below 10 values a side",
    }
    shown = [words for title, words in tests.items() if title in titles]
    if shown:
        corrected = f"Holm-corrected for {count(len(tested), 'comparison')}"
        yield f"{'; '.join(shown)}; {'both ' if len(shown) > 1 else ''}{corrected}"
    yield (
        "a difference shows if every test made gives less than 5 %; runs are taken as independent, "
        "which those of a bayes search are not"
    )


def race_notes(titles: Sequence[str]) -> Iterator[str]:
    """What the columns of a race mean, of those that were shown."""
    if any(title.endswith(" %") for title in titles):
        yield (
            "25 % … 100 %: best value after that share of it; runs count in the order in which "
            "they began, a stopped one with what it reached and used"
        )
    if {"resampled (95 %)", "vs baseline (95 %)"} & set(titles):
        yield (
            f"95 %: over {DRAWS:,} sweeps drawn from a side's own runs (resampled: their median); "
            "too narrow, as no draw beats the best run seen: of simulated equal sides they held "
            "zero in 82 % (5 runs) to 90 % (60 runs)"
        )
    if "ahead" in titles:
        yield "ahead: share of drawn pairs in which the side is ahead of the baseline"
    if "regret" in titles:
        yield "regret: distance from the best value of any side"


def caveats(comparison: Comparison, names: Sequence[str]) -> Iterator[str]:
    """What the reader has to know to believe the numbers, and no more."""
    yield from _censored(comparison, names)
    yield from _raced(comparison, names)
    if comparison.stages:
        yield (
            "Stages: the hours are those of all runs of a stage, stopped ones included. Values can "
            "only be compared if the stages measured the metric on the same data."
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
        yield "Runs that ended by their own early stopping count as completed."
    if not any(shares.values()):
        return
    most = max(shares, key=lambda k: shares[k])
    uneven = shares[most] - min(shares.values()) > FEW_CUT
    whose = f", most of all {names[most]} ({percent(shares[most])})" if uneven else ""
    yield (
        "Runs that were cut short or failed are censored: what they would have reached is unknown. "
        + (
            "Means leave them out, which flatters a side whose poor runs were cut short"
            if comparison.question.over is Over.COMPLETED
            else "Means take them at what they reached, which is unfair to a side with many of them"
        )
        + f"{whose}."
    )


def _raced(comparison: Comparison, names: Sequence[str]) -> Iterator[str]:
    if all(race.equal_compute is None for race in comparison.races):
        return
    unordered = [names[k] for k, side in enumerate(comparison.sides) if not side.is_in_order]
    if unordered:
        whom = "all sides" if len(unordered) == len(names) else listed(unordered)
        yield (
            f"When the runs of {whom} began is not known: best so far is the median of resampled "
            "sweeps."
        )
    without = [names[k] for k, side in enumerate(comparison.sides) if not side.has_curves]
    if without:
        whom = "any side" if len(without) == len(names) else listed(without)
        yield f"There are no curves of {whom}: a run's best counts at its end."
    single = [names[k] for k, side in enumerate(comparison.sides) if len(side.runs) == 1]
    if single:
        yield f"Sides with a single run cannot be resampled: {listed(single)}."
