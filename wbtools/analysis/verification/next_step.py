"""What to do after a verification: it follows from what was found, and contradicts none of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from itertools import chain, count
from typing import TYPE_CHECKING, Final

from wbtools.analysis.diagnosis.termination import Completion
from wbtools.analysis.verification.curve_match import ReplicationOutcome
from wbtools.model.configuration import canonical
from wbtools.stats.student import LEVEL
from wbtools.text.brief import brief_repr

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wbtools.analysis.verification.curve_match import Judged
    from wbtools.analysis.verification.outcome import CheckedReplica, Comparator, Verification

MOST_SEEDS: Final = 50
"""More seeds than this of one configuration are not worth it."""
_USUAL_SEEDS: Final = (42, 123, 456)


class NextStepKind(StrEnum):
    """What to do."""

    GO_ON = "go_on"
    TRY_SEEDS = "try_seeds"
    """The run held as it went on, which says nothing of other seeds."""
    LOOK_AT_PROGRAM = "look_at_program"
    TAKE_COMPARATOR = "take_comparator"
    NAME_CRITERION = "name_criterion"
    WAIT = "wait"
    RUN_AGAIN = "run_again"
    CONTINUE_AGAIN = "continue_again"
    RUN_PLANNED = "run_planned"
    MORE_SEEDS = "more_seeds"
    TOO_MANY_SEEDS = "too_many_seeds"
    FALL_BACK = "fall_back"
    NO_FALL_BACK = "no_fall_back"


@dataclass(frozen=True, slots=True, kw_only=True)
class NextStep:
    """One step.

    Attributes:
        seeds: To be run: those that broke off, or so many as are missing, none of them used before.
        n_seeds: Seeds that are needed in all; None where that is not asked, or more than any number
            that was tried.
        n_missing: Replicas that were planned and are missing; None where none is.
    """

    __repr__ = brief_repr

    step: NextStepKind
    seeds: tuple[object, ...] = ()
    n_seeds: int | None = None
    n_missing: int | None = None


def next_step(verification: Verification) -> NextStep:
    """Say what follows from a verification."""
    if verification.verdict in {ReplicationOutcome.SUCCESS, ReplicationOutcome.ACCEPTABLE}:
        is_doubted = any(replica.is_doubted for replica in verification.counted)
        if is_doubted or verification.mixed_parameters:
            return NextStep(step=NextStepKind.LOOK_AT_PROGRAM)
        worse = _is_certain(verification.comparator, better=False)
        if verification.is_continued and not worse:
            is_seeded = any(replica.seed is not None for replica in verification.counted)
            seeds = _unused(verification.counted, len(_USUAL_SEEDS)) if is_seeded else ()
            return NextStep(step=NextStepKind.TRY_SEEDS, seeds=seeds)
        return NextStep(step=NextStepKind.TAKE_COMPARATOR if worse else NextStepKind.GO_ON)
    if verification.verdict is ReplicationOutcome.FAILURE:
        comparator = verification.comparator
        is_fallback = comparator is not None and comparator.run is not None
        better = is_fallback and _is_certain(comparator, better=True)
        return NextStep(step=NextStepKind.NO_FALL_BACK if better else NextStepKind.FALL_BACK)
    if not verification.judged:
        return NextStep(step=NextStepKind.NAME_CRITERION)
    return _more(verification)


def _more(verification: Verification) -> NextStep:
    """What could decide what is undecided."""
    replicas = verification.counted
    if any(replica.completion is Completion.RUNNING for replica in replicas):
        return NextStep(step=NextStepKind.WAIT)
    if any(replica.began_anew for replica in replicas):
        return NextStep(step=NextStepKind.LOOK_AT_PROGRAM)
    broken = [replica for replica in replicas if replica not in verification.ended]
    if broken and verification.is_continued:
        if all(replica.joined is not None and replica.joined.is_silent for replica in broken):
            return NextStep(step=NextStepKind.LOOK_AT_PROGRAM)
        return NextStep(step=NextStepKind.CONTINUE_AGAIN)
    if broken:
        seeds = tuple(replica.seed for replica in broken)
        seeds = seeds if all(isinstance(seed, int) for seed in seeds) else ()
        return NextStep(step=NextStepKind.RUN_AGAIN, seeds=seeds)
    missing = verification.plan.n_replicas - len(replicas)
    if missing > 0:
        return NextStep(step=NextStepKind.RUN_PLANNED, n_missing=missing)
    undecided = [
        judged for judged in verification.judged if judged.verdict is ReplicationOutcome.UNDECIDED
    ]
    if any(judged.criterion.acceptable is None for judged in undecided):
        return NextStep(step=NextStepKind.NAME_CRITERION)
    if not all(judged.reaches for judged in undecided):
        # All have ended, and some hold no value of a criterion's metric.
        return NextStep(step=NextStepKind.LOOK_AT_PROGRAM)
    needed = _needed(undecided, verification.comparator)
    n_known = max(
        (judged.summary.n for judged in verification.judged if judged.summary is not None),
        default=0,
    )
    if needed is None or needed > MOST_SEEDS:
        return NextStep(step=NextStepKind.TOO_MANY_SEEDS, n_seeds=needed)
    seeds = _unused(replicas, max(1, needed - n_known))
    return NextStep(step=NextStepKind.MORE_SEEDS, seeds=seeds, n_seeds=needed)


def _needed(undecided: Sequence[Judged], comparator: Comparator | None) -> int | None:
    """How many seeds in all decide every criterion, and the comparison if that is worth it."""
    known = [judged.seeds_needed for judged in undecided if judged.seeds_needed is not None]
    if len(known) < len(undecided):
        return None
    chance = None if comparator is None else comparator.chance
    compared = None if chance is None else chance.seeds_needed
    if compared is not None and compared <= MOST_SEEDS:
        known.append(compared)
    return max(known, default=None)


def _unused(replicas: Sequence[CheckedReplica], n: int) -> tuple[object, ...]:
    used = {canonical(replica.seed) for replica in replicas}
    fresh = (seed for seed in chain(_USUAL_SEEDS, count(1)) if canonical(seed) not in used)
    found: list[int] = []
    while len(found) < n:
        seed = next(fresh)
        if seed not in found:
            found.append(seed)
    return tuple(found)


def _is_certain(comparator: Comparator | None, *, better: bool) -> bool:
    """Whether the replicas are better, or worse, than the comparator, with `LEVEL` at least."""
    p = None if comparator is None or comparator.chance is None else comparator.chance.p
    return p is not None and (p >= LEVEL if better else p <= 1 - LEVEL)
