"""What a comparison says, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from wbtools.analysis.comparison import Over, Unit
from wbtools.analysis.diagnosis.causes import Cause
from wbtools.stats.student import LEVEL
from wbtools.text.numbers import Scale, count, hours, listed, percent, probability
from wbtools.text.sanitize import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from wbtools.analysis.comparison import AnytimeComparison, Comparison, Contrast, RunShare
    from wbtools.model import Goal

_FEW_STOPPED = 0.1  # difference of two sides' stopped shares that is worth a word


def scale_of(done: Comparison) -> Scale:
    """The digits for every value of the metric."""
    every = np.concatenate([side.best for side in done.sides]).tolist()
    return Scale.of(every or [one.best for one in done.sums])


def ran_words(cause: Cause) -> str:
    """The cause as people write it."""
    return "interrupted" if cause is Cause.KILLED else cause.value.replace("_", " ")


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


def verdict(one: Contrast, goal: Goal) -> str:
    """What the tests allow to say of a difference of means."""
    found = one.difference
    if found is None or found.p_adjusted is None:
        return f"no answer: {one.why_not}"
    word = "better" if found.difference * goal.sign < 0 else "worse"
    if found.shows:
        return f"{word}: the difference shows"
    if not found.shows_by_welch:
        return "no difference shows"
    if (found.least_p or 0.0) >= 1 - LEVEL:
        return f"{word} if values are normal; too few to show it without"
    permuted = probability(found.p_permutation_adjusted)
    return f"{word} only if values are normal (permuted, p is {permuted})"


def caveats(done: Comparison, names: Sequence[str]) -> Iterator[str]:
    """What the reader has to know to believe the numbers, and no more."""
    tested = [one.difference for one in done.contrasts if one and one.difference]
    if tested:
        yield (
            "p: two-sided, by Welch's t and, below 10 values a side, by permutation too; adjusted "
            f"by Holm's method for {count(len(tested), 'comparison')}. A difference shows only if "
            "every test made says so at 5 %. Runs are taken as independent, which those of a bayes "
            "search are not."
        )
    yield from _censored(done, names)
    yield from _raced(done, names)
    if done.stages:
        yield (
            "Stages: hours of all runs of a stage, stopped ones included; values compare only if "
            "the stages measured the metric on the same data."
        )


def _censored(done: Comparison, names: Sequence[str]) -> Iterator[str]:
    shares = {
        k: one.n_stopped / one.n_runs
        for k, one in enumerate(done.sums)
        if one.causes and one.n_runs
    }
    n_untold = sum(one.n_untold for one in done.sums)
    if n_untold:
        whom, they = count(n_untold, "run"), "it is" if n_untold == 1 else "they are"
        yield f"Nothing says how {whom} ended: {they} taken for completed."
    if any(Cause.OWN_EARLY_STOP in one.causes for one in done.sums):
        yield "Runs that stopped themselves early count as completed."
    if not any(shares.values()):
        return
    most = max(shares, key=lambda k: shares[k])
    uneven = shares[most] - min(shares.values()) > _FEW_STOPPED
    if done.asked.over is Over.COMPLETED:
        yield (
            "Stopped runs are censored: what they would have reached is unknown. Means leave them "
            "out and so flatter a side whose poor runs were stopped"
            + (f", most of all {names[most]} ({percent(shares[most])} stopped)." if uneven else ".")
        )
    else:
        yield (
            "Stopped runs are censored: means take them at what they reached, which is unfair to a "
            "side of which more was stopped"
            + (f", most of all {names[most]} ({percent(shares[most])})." if uneven else ".")
        )


def _raced(done: Comparison, names: Sequence[str]) -> Iterator[str]:
    if all(race.equal_compute is None for race in done.races):
        return
    yield (
        "Best so far: runs one after another as they began; a stopped run gives what it was seen "
        "to reach and costs what it used. Resampled: 2,000 sweeps drawn from a side's own runs, "
        "median and 95 % of them; none can beat the best run seen, so intervals at 100 % are too "
        "narrow: of equal sides in simulations they held zero in 82 % (5 runs) to 90 % (60). "
        "Ahead in: share of drawn pairs. Regret: distance from the best of any side."
    )
    unordered = [names[k] for k, side in enumerate(done.sides) if not side.is_in_order]
    if unordered:
        whom = "any side" if len(unordered) == len(names) else listed(unordered)
        yield f"Nothing says when runs of {whom} began: their columns show resampled medians."
    without = [names[k] for k, side in enumerate(done.sides) if not side.has_curves]
    if without:
        whom = "No side has" if len(without) == len(names) else f"{listed(without)} without"
        yield f"{whom} curves: a run's best counts once all of the run is paid for."
    single = [names[k] for k, side in enumerate(done.sides) if len(side.runs) == 1]
    if single:
        yield f"A single run cannot be resampled: {listed(single)}."
