"""End the runs of a running sweep early, and spare those that deserve to live."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wbtools.answers.guard.answer import GuardAnswer
from wbtools.library.keywords import (
    in_keywords,
    question_of,
    reference_of,
    session_of,
    within,
)
from wbtools.live.command import GuardWords, guard_reference

if TYPE_CHECKING:
    import os

    from wbtools.library.keywords import AnyGoal
    from wbtools.rules.rule import StoppingRule


@in_keywords
def guard(
    sweep: str | os.PathLike[str],
    *,
    rule: str | StoppingRule | None = None,
    stop_diverged: bool = False,
    yes: bool = False,
    annotate: bool = False,
    scheduler: bool = False,
    batch_size: int | None = None,
    poll: float = 30.0,
    once: bool = False,
    metric: str | None = None,
    goal: AnyGoal | None = None,
    early_terminate: str | None = None,
    sweep_file: str | os.PathLike[str] | None = None,
    budget: int | None = None,
    archive: str | os.PathLike[str] | None = None,
) -> GuardAnswer:
    """Guard a running sweep of W&B's, until it is over or somebody interrupts.

    The keywords are the options of `wbtools guard`. It comes back when the sweep is over, or after
    one look with `once=True`.

    Args:
        sweep: What the command line calls SWEEP, on W&B's server.
        rule: Stop runs by this rule, such as `top(hyperband(min_iter=10,eta=3),k=3)`; without it
            W&B's own rule is watched.
        stop_diverged: Stop a run at its first NaN or infinity, whatever the rule.
        yes: Stop runs; without it, it is only said which would be.
        annotate: Tag runs with what was decided of them.
        scheduler: Be the sweep's scheduler too.
        batch_size: With `scheduler`, keep so many runs under way; 10 without it.
        poll: Seconds from one look to the next.
        once: Look once, and end.
        metric: The metric by which runs are judged.
        goal: Whether the metric is to fall or to rise.
        early_terminate: W&B's own rule of the sweep, where W&B does not hold it.
        sweep_file: The sweep's YAML.
        budget: Reports of a full run.
        archive: The archive's folder, in place of WBTOOLS_ARCHIVE or `.wbtools/`.

    Raises:
        UsageError: The sweep, the rule, the metric or a keyword cannot be right.
        SignInError: There are no credentials for the sweep's server.
        DataError: The server cannot be reached at the first look, or no run logs the metric. What
            was decided until then is in the archive.
    """
    within("poll", poll, 1, 86_400)
    within("batch_size", batch_size, 1, 10_000)
    words = GuardWords(
        rule=None if rule is None else str(rule),
        stop_diverged=stop_diverged,
        acts=yes,
        annotate=annotate,
        scheduler=scheduler,
        poll_s=poll,
        batch_size=batch_size,
        once=once,
    )
    options = question_of(
        metric=metric,
        goal=goal,
        early_terminate=early_terminate,
        sweep_file=sweep_file,
        budget=budget,
    )
    with session_of(archive=archive) as session:
        outcome = guard_reference(reference_of(sweep), words, options, session)
    if outcome.error is not None:
        raise outcome.error
    return GuardAnswer.of(outcome)
