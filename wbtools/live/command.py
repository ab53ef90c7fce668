"""From what a user says to a guard at work: as terminator, as watcher, or in W&B's scheduler."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wbtools.analysis.question import RuleStatus
from wbtools.app.observer import Observer, Unobserved
from wbtools.errors import UsageError
from wbtools.live.guard import guard
from wbtools.live.options import BATCH_SIZE, GuardOptions
from wbtools.live.running_sweep import RunningSweep
from wbtools.live.scheduler import guard_scheduler
from wbtools.model import GuardWay
from wbtools.rules.diverged import DivergenceStop
from wbtools.rules.grammar import parse_runnable_rule
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
        batch_size: Runs that the scheduler keeps under way.
        once: Whether one look is enough.
    """

    rule: str | None = None
    stop_diverged: bool = False
    acts: bool = False
    annotate: bool = False
    scheduler: bool = False
    poll_s: float = 30.0
    batch_size: int | None = None
    once: bool = False


class NotesAlone(Unobserved):
    """Passes on what a guard says, and not how far each of its many looks is."""

    def __init__(self, observer: Observer) -> None:
        """Pass it on to this one."""
        self._observer = observer

    def note(self, text: str) -> None:
        """Say it."""
        self._observer.note(text)

    def close(self) -> None:
        """An answer follows."""
        self._observer.close()


def guard_reference(
    reference: str, words: GuardWords, options: AuditOptions, session: Session
) -> GuardOutcome:
    """Guard what the user calls SWEEP, until it is over or somebody interrupts.

    Args:
        reference: A sweep of W&B's.
        words: What is to be done.
        options: What the user says of the sweep.
        session: How to reach its server; its observer is told what happens.

    Returns:
        What it saw and did; what ended it after its first look is in there.

    Raises:
        UsageError: The reference, the rule or the metric cannot be right.
        BusyError: Another guard stops runs of this sweep.
        SignInError: There are no credentials for its server, or it refuses them.
        DataError: The first look fails, or the archive cannot be written.
    """
    rule = _rule(words)
    if words.annotate and not words.acts:
        msg = "--annotate changes runs on W&B, and without --yes nothing is changed"
        raise UsageError(msg, "pass --yes too, or leave --annotate out")
    if words.rule is None and words.acts and not words.stop_diverged:
        msg = "--yes lets runs be stopped, and no rule is named by which"
        raise UsageError(msg, "name one with --rule, or pass --stop-diverged; or leave --yes out")
    if words.batch_size is not None and not words.scheduler:
        msg = "--batch-size is W&B's scheduler's, and --scheduler is not given"
        raise UsageError(msg, "leave it out, or pass --scheduler")
    if words.scheduler:
        _refuse_unless_it_may_schedule(words)
    session.observer = NotesAlone(session.observer)
    running = RunningSweep(reference, session, options)
    if words.rule is None and not words.stop_diverged:
        _refuse_nothing_to_watch(running)
    watching = GuardWay.WATCH if words.rule is None else GuardWay.TERMINATOR
    guarding = GuardOptions(
        rule=rule,
        way=GuardWay.SCHEDULER if words.scheduler else watching,
        acts=words.acts,
        annotate=words.annotate,
        poll_s=words.poll_s,
        batch_size=words.batch_size or BATCH_SIZE,
        once=words.once,
    )
    if words.scheduler:
        return guard_scheduler(running, guarding, session)
    return guard(running, guarding, session)


def _rule(words: GuardWords) -> StoppingRule:
    """The rule, refused before any work if it cannot run."""
    rule = NoRule() if words.rule is None else parse_runnable_rule(words.rule)
    return DivergenceStop(rule=rule) if words.stop_diverged else rule


def _refuse_unless_it_may_schedule(words: GuardWords) -> None:
    """Complain of what a scheduler cannot be.

    Raises:
        UsageError: It may change nothing, or is to look once.
    """
    if not words.acts:
        msg = "--scheduler starts runs, so that it is no dry run, and without --yes nothing is done"
        raise UsageError(msg, "pass --yes too, or leave --scheduler out")
    if words.once:
        msg = "--scheduler works until the sweep is over, and --once looks once"
        raise UsageError(msg, "leave one of them out")


def _refuse_nothing_to_watch(running: RunningSweep) -> None:
    """Complain where there is no rule at all.

    Raises:
        UsageError: The user names none, and the sweep has none.
    """
    if running.question.rule.status is RuleStatus.NONE:
        msg = f"{running.key} has no early_terminate, and no rule is named: nobody would be stopped"
        hint = (
            "name one: --rule 'top(hyperband(min_iter=10,eta=3),k=3)'; `wbtools simulate` tries "
            "rules on a recorded sweep, `wbtools rule top` explains one"
        )
        raise UsageError(msg, hint)
