"""What to do after a verification, as one sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wbtools.analysis.verification.next_step import NextStepKind
from wbtools.stats.student import LEVEL
from wbtools.text.numbers import count, percent
from wbtools.text.sanitize import sanitize

if TYPE_CHECKING:
    from collections.abc import Callable

    from wbtools.analysis.verification.next_step import NextStep
    from wbtools.analysis.verification.outcome import Verification
    from wbtools.model import Run


def next_words(
    verification: Verification,
    following: NextStep,
    fallback: Run | None,
    replicate: Callable[[Run, tuple[object, ...]], str],
) -> str | None:
    """`Go on with this configuration.`, or `next, …: COMMAND`; None without a fallback.

    Args:
        verification: The answer.
        following: What follows from it.
        fallback: The run to fall back to.
        replicate: Gives the command that replicates a run with some seeds.
    """
    n_seeds, n_missing = following.n_seeds, following.n_missing
    comparator, noun = _comparator(verification), verification.noun
    sure = f"with at least {percent(LEVEL)} probability"
    again = replicate(verification.run, following.seeds)
    back = None if fallback is None else f"next, fall back: {replicate(fallback, ())} | sh"
    more = count(len(following.seeds), "more seed")
    needed = "more than 1000" if n_seeds is None else f"about {n_seeds}"
    missing = count(n_missing or 0, "replica")
    return {
        NextStepKind.GO_ON: "Go on with this configuration.",
        NextStepKind.TRY_SEEDS: (
            "next, see whether it holds with other seeds, of which one run says nothing: "
            f"{again} | sh"
        ),
        NextStepKind.LOOK_AT_PROGRAM: f"Look at the program and the arguments of the {noun}s.",
        NextStepKind.TAKE_COMPARATOR: f"Take {comparator}, which is better {sure}.",
        NextStepKind.NAME_CRITERION: "Verify again with --success VALUE, a success's value.",
        NextStepKind.WAIT: f"Wait until the {noun}s have ended, then verify again.",
        NextStepKind.RUN_AGAIN: f"next, run again what broke off: {again} | sh",
        NextStepKind.CONTINUE_AGAIN: f"next, continue once more what broke off: {again} | sh",
        NextStepKind.RUN_PLANNED: f"Run the {missing} still missing, then verify again.",
        NextStepKind.MORE_SEEDS: f"next, {more}, {n_seeds} in all: {again} | sh",
        NextStepKind.TOO_MANY_SEEDS: (
            f"Leave it undecided: it would take {needed} seeds to tell whether the mean is "
            "acceptable."
        ),
        NextStepKind.NO_FALL_BACK: f"Search on: {comparator}, the fallback, is worse {sure}.",
        NextStepKind.FALL_BACK: back,
    }[following.step]


def _comparator(verification: Verification) -> str:
    """What the replicas were compared with."""
    run = None if verification.comparator is None else verification.comparator.run
    return "the baseline" if run is None else f"run {sanitize(run.number_or_id)}"
