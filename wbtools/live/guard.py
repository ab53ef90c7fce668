"""The guard of a running sweep: it looks, decides, writes down, and stops what the user lets it.

The order is the whole of its safety. It decides on what the server has given just now, and on
nothing older; it writes the decision down before it acts on it; it asks how a run stands just before
it has that run stopped. Whatever fails in between (the server, the disk, this process) leaves runs
alone, and the next look begins afresh.
"""

from __future__ import annotations

import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from wbtools.analysis.question import RuleStatus
from wbtools.archive.guard_lock import only_guard
from wbtools.errors import BusyError, Unreachable
from wbtools.live.decisions import decide, written_down
from wbtools.live.journal import Journal
from wbtools.live.running_sweep import Look, RunningSweep
from wbtools.live.stops import Stops
from wbtools.live.watch import Watch
from wbtools.live.words import called, compared, event
from wbtools.model import DecisionStatus, GuardSession, GuardWay
from wbtools.rules.none import NoRule
from wbtools.text.numbers import count

if TYPE_CHECKING:
    from collections.abc import Callable

    from wbtools.app.opening.session import Session
    from wbtools.live.watch import WatchedRun
    from wbtools.model import GuardDecision
    from wbtools.rules.rule import StoppingRule

_LONGEST_PAUSE_S: Final = 300.0
"""Between two looks at a server that does not answer."""
_STAYS_AWAY: Final = 3
"""After so many looks that failed, a pause is twice as long as the one before."""


class EndedBy(StrEnum):
    """Why a guard ended: the sweep is over, one look was asked for, or somebody ended it."""

    SWEEP_OVER = "sweep_over"
    ONE_LOOK = "one_look"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardOptions:
    """What a guard is to do.

    Attributes:
        rule: Who is stopped.
        watches: Whether to say what W&B's own rule does, which stops runs of this sweep.
        acts: Whether runs are stopped; otherwise it is only said which would be.
        annotate: Whether runs are tagged with what was decided of them.
        poll_s: Seconds from one look to the next.
        once: Whether one look is enough.
        patience_s: Seconds after which a run that goes on is asked to stop again.
    """

    rule: StoppingRule
    watches: bool = False
    acts: bool = False
    annotate: bool = False
    poll_s: float = 30.0
    once: bool = False
    patience_s: float = 120.0


@dataclass(slots=True, kw_only=True)
class Guarded:
    """What a guard saw and did.

    Attributes:
        look: The last look.
        options: What it was to do.
        decisions: In the order in which they were made; of each run that was to be stopped as it
            stands now, earlier guards' ones included.
        at_risk: Of a sweep whose own rule stops runs: whom it stops next.
        n_looks: Looks that succeeded.
        n_failed: Looks that did not.
        began_at: When it began, aware UTC.
        ended_by: Why it ended.
    """

    look: Look
    options: GuardOptions
    decisions: list[GuardDecision] = field(default_factory=list)
    at_risk: tuple[WatchedRun, ...] = ()
    n_looks: int = 0
    n_failed: int = 0
    began_at: datetime
    ended_by: EndedBy = EndedBy.SWEEP_OVER


def guard(
    running: RunningSweep,
    options: GuardOptions,
    session: Session,
    *,
    pause: Callable[[float], None] = time.sleep,
) -> Guarded:
    """Guard a sweep until it is over, or somebody interrupts.

    Args:
        running: The sweep.
        options: What is to be done.
        session: Whose observer is told what happens.
        pause: Waits so many seconds.

    Raises:
        BusyError: Another guard stops runs of this sweep.
        SignInError: The server refuses the credentials.
        UsageError: The sweep was deleted.
        DataError: The first look failed, or no run logs the metric.
    """
    with ExitStack() as closing:
        if options.acts:
            place = session.place(write=True).path
            closing.enter_context(only_guard(place, running.key))
        at_work = _AtWork(running, options, session, running.look())
        closing.callback(at_work.end)
        try:
            at_work.go_on(pause)
        except KeyboardInterrupt:
            at_work.guarded.ended_by = EndedBy.INTERRUPTED
        return at_work.guarded


class _AtWork:
    """One guard at work."""

    def __init__(
        self, running: RunningSweep, options: GuardOptions, session: Session, look: Look
    ) -> None:
        """Begin with the first look, which the user waits for."""
        self._running = running
        self._options = options
        self._session = session
        self._rule = options.rule
        began_at = datetime.now(UTC)
        self._journal = Journal(
            session,
            running.key,
            GuardSession(
                rule=str(self._rule),
                metric=look.question.metric.name,
                goal=look.question.metric.goal,
                way=GuardWay.WATCH if options.watches else GuardWay.TERMINATOR,
                acts=options.acts,
                began_at=began_at,
            ),
        )
        self._stops = Stops(running.key, self._journal, options, session)
        self._watch = Watch(str(running.key), session) if options.watches else None
        self._decided: dict[tuple[str, DecisionStatus, str], GuardDecision] = {}
        self._warned_of_slow_looks = False
        self._n_in_a_row = 0
        self.guarded = Guarded(look=look, options=options, began_at=began_at)
        self._say_what_holds(look)

    def go_on(self, pause: Callable[[float], None]) -> None:
        """Look until the sweep is over, or once."""
        look: Look | None = self.guarded.look
        wait_s = self._options.poll_s
        while True:
            try:
                look = look or self._running.look(self._stops.asked)
                self._judge(look)
            except (Unreachable, BusyError) as error:
                wait_s = self._pause_after_failure(wait_s)
                self._tell(f"no look: {error.message}; nothing is stopped; again in {wait_s:.0f} s")
            else:
                wait_s = self._options.poll_s
                if look.is_over or self._options.once:
                    break
            pause(wait_s)
            look = None
        self.guarded.ended_by = EndedBy.SWEEP_OVER if look.is_over else EndedBy.ONE_LOOK

    def _pause_after_failure(self, last_s: float) -> float:
        """As long as usual at first, and then longer and longer."""
        self.guarded.n_failed += 1
        self._n_in_a_row += 1
        factor = 2 if self._n_in_a_row > _STAYS_AWAY else 1
        return min(last_s * factor, max(_LONGEST_PAUSE_S, self._options.poll_s))

    def _judge(self, look: Look) -> None:
        """Follow up what was decided before, decide, write down, and act."""
        self._stops.follow_up(look)
        before, self.guarded.look = self.guarded.look, look
        self.guarded.n_looks += 1
        self._n_in_a_row = 0
        self._warn_of_slow_looks(before, look)
        decisions = self._new(decide(self._rule, look, acts=self._options.acts))
        if decisions:
            self._journal.keep(written_down(look, decisions))
            runs = {run.id: run for run in look.sweep.runs}
            for decision in decisions:
                self._decided[_key(decision)] = decision
                self._tell(
                    f"{_VERBS[decision.status]} run {called(runs[decision.run_id])}: "
                    f"{compared(decision)}; {decision.by}"
                )
            self._stops.carry_out(look, decisions)
        if self._watch is not None:
            self.guarded.at_risk = self._watch.see(look)

    def _new(self, decisions: list[GuardDecision]) -> list[GuardDecision]:
        """What was not decided before in the same way: a run is spared at every look."""
        asked = self._stops.asked
        return [
            decision
            for decision in decisions
            if decision.run_id not in asked
            and (decision.status is DecisionStatus.DECIDED or _key(decision) not in self._decided)
        ]

    def end(self) -> None:
        """Write down that it is at its end, and gather what was decided."""
        latest = self._journal.stops
        ours = [
            latest.get(decision.run_id, decision) if decision.is_stop else decision
            for decision in self._decided.values()
        ]
        known = {decision.run_id for decision in ours if decision.is_stop}
        earlier = [decision for run_id, decision in latest.items() if run_id not in known]
        self.guarded.decisions = sorted([*earlier, *ours], key=lambda decision: decision.decided_at)
        try:
            self._journal.end()
        except BusyError:
            return  # the next guard finds it without an end, as that of a killed one

    def _say_what_holds(self, look: Look) -> None:
        """Say at the start which rule holds, what it is asked of, and whether anything is stopped."""
        own = look.question.rule
        metric = look.question.metric
        self._tell(f"metric: {metric.name}, {metric.goal} ({look.question.metric_source})")
        if not isinstance(self._rule, NoRule):
            acts = "runs are stopped" if self._options.acts else "dry run: nothing is stopped"
            self._tell(f"rule: {self._rule}; {acts}; a look every {self._options.poll_s:g} s")
            if own.status is not RuleStatus.NONE and self._watch is None:
                self._tell(
                    "W&B has an early_terminate of its own for this sweep, and stops runs by it "
                    "whatever this rule says: both act"
                )
            if self._rule.projects and look.diagnosis is not None and not look.diagnosis.full.any():
                self._tell(
                    "no run has completed yet: until one has, nothing is projected, and "
                    "projected(...) spares nobody; until(RULE,runs=1) waits for it"
                )
        if self._watch is not None:
            self._watch.say_what_holds(look)

    def _warn_of_slow_looks(self, before: Look, look: Look) -> None:
        """Say once that runs pass several bands between two looks."""
        if self._warned_of_slow_looks or before.view is None or look.view is None or before is look:
            return
        known = {
            run.id: int(n) for run, n in zip(before.sweep.runs, before.view.n_reports, strict=True)
        }
        most = max(
            (
                int(n) - known[run.id]
                for run, n in zip(look.sweep.runs, look.view.n_reports, strict=True)
                if run.id in known
            ),
            default=0,
        )
        bands = getattr(self._rule.innermost, "bands", ())
        if len(bands) > 1 and most > bands[0]:
            self._warned_of_slow_looks = True
            self._tell(
                f"runs make up to {count(most, 'report')} between two looks, more than the first "
                f"band has ({bands[0]}): they are judged late; a shorter --poll helps as far as "
                "runs send their reports, every 15 s by W&B's default"
            )

    def _tell(self, text: str) -> None:
        self._session.observer.note(event(datetime.now(UTC), text))


_VERBS: Final = {
    DecisionStatus.DECIDED: "decided to stop",
    DecisionStatus.DRY_RUN: "would stop",
    DecisionStatus.SPARED: "spared",
}


def _key(decision: GuardDecision) -> tuple[str, DecisionStatus, str]:
    by = decision.by if decision.status is DecisionStatus.SPARED else ""
    return decision.run_id, decision.status, by
