"""From what a user says to a guard at work: as terminator, as watcher, or in W&B's scheduler."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wbtools.analysis.question import RuleStatus
from wbtools.errors import DataError, UsageError
from wbtools.live.guard import GuardOptions, guard
from wbtools.live.running_sweep import RunningSweep
from wbtools.rules.diverged import DivergenceStop
from wbtools.rules.grammar import parse_rule
from wbtools.rules.none import NoRule

if TYPE_CHECKING:
    from wbtools.analysis.guarding.outcome import GuardOutcome
    from wbtools.app.opening.question import AuditOptions
    from wbtools.app.opening.session import Session
    from wbtools.rules.rule import StoppingRule


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardWords:
    """What the user says.

    Attributes:
        rule: In the grammar; None to watch W&B's own.
        stop_diverged: Whether runs with NaN or infinities are stopped, whatever the rule.
        acts: Whether runs are stopped at all.
        annotate: Whether runs are tagged.
        scheduler: Whether to be the sweep's scheduler too.
        poll_s: Seconds from one look to the next.
        once: Whether one look is enough.
    """

    rule: str | None = None
    stop_diverged: bool = False
    acts: bool = False
    annotate: bool = False
    scheduler: bool = False
    poll_s: float = 30.0
    once: bool = False


def guard_reference(
    reference: str, words: GuardWords, options: AuditOptions, session: Session
) -> GuardOutcome:
    """Guard what the user calls SWEEP, until it is over or somebody interrupts.

    Args:
        reference: A sweep of W&B's.
        words: What is to be done.
        options: What the user says of the sweep.
        session: How to reach its server; its observer is told what happens.

    Raises:
        UsageError: The reference, the rule or the metric cannot be right.
        BusyError: Another guard stops runs of this sweep.
        SignInError: There are no credentials for its server, or it refuses them.
        DataError: The server cannot be reached at the first look, or no run logs the metric.
    """
    rule = _rule(words)
    if words.annotate and not words.acts:
        msg = "--annotate changes runs on W&B, and without --yes nothing is changed"
        raise UsageError(msg, "pass --yes too, or leave --annotate out")
    running = RunningSweep(reference, session, options)
    watches = words.rule is None
    if watches and not words.stop_diverged:
        _refuse_nothing_to_watch(running)
    guarding = GuardOptions(
        rule=rule,
        watches=watches,
        acts=words.acts,
        annotate=words.annotate,
        poll_s=words.poll_s,
        once=words.once,
    )
    return guard(running, guarding, session)


def _rule(words: GuardWords) -> StoppingRule:
    """The rule, refused before any work if it cannot run."""
    rule = NoRule() if words.rule is None else parse_rule(words.rule)
    try:
        rule.refuse_unless_runnable()
    except DataError as error:
        hint = "write it like --rule 'hyperband(min_iter=10,eta=2)'"
        raise UsageError(error.message, hint) from None
    return DivergenceStop(rule=rule) if words.stop_diverged else rule


def _refuse_nothing_to_watch(running: RunningSweep) -> None:
    """Complain where there is no rule at all.

    Raises:
        UsageError: The user names none, and the sweep has none.
    """
    if running.question.rule.status is RuleStatus.NONE:
        msg = f"{running.key} has no early_terminate, and no rule is named: nobody would be stopped"
        raise UsageError(msg, "name one: --rule 'top(hyperband(min_iter=10,eta=3),k=3)'")
