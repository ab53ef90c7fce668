"""The guard of a running sweep: it looks, decides, writes down, and stops what the user lets it.

The order is the whole of its safety. It decides on what the server has given just now, and on
nothing older; it writes the decision down before it acts on it; it asks how a run stands just
before it has that run stopped. Whatever fails in between (the server, the disk, this process)
leaves runs alone, and the next look begins afresh.
"""

from __future__ import annotations

import time
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from wbtools.analysis.guarding.outcome import GuardEnd, GuardOutcome
from wbtools.analysis.question import RuleStatus
from wbtools.archive.guard_lock import only_guard
from wbtools.errors import BusyError, Unreachable
from wbtools.live.decisions import decide, written_down
from wbtools.live.journal import Journal
from wbtools.live.stops import Stops
from wbtools.live.watch import Watch
from wbtools.live.words import called, compared, event
from wbtools.model import DecisionStatus, GuardSession, GuardWay
from wbtools.rules.none import NoRule
from wbtools.text.numbers import count

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wbtools.analysis.guarding.outcome import WatchedRun
    from wbtools.app.opening.session import Session
    from wbtools.live.running_sweep import Look, RunningSweep
    from wbtools.model import GuardDecision
    from wbtools.rules.rule import StoppingRule

_LONGEST_PAUSE_S: Final = 300.0
"""Between two looks at a server that does not answer."""
_STAYS_AWAY: Final = 3
"""After so many looks that failed, a pause is twice as long as the one before."""


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


def guard(
    running: RunningSweep,
    options: GuardOptions,
    session: Session,
    *,
    pause: Callable[[float], None] = time.sleep,
) -> GuardOutcome:
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
            ended_by = at_work.go_on(pause)
        except KeyboardInterrupt:
            ended_by = GuardEnd.INTERRUPTED
        return at_work.outcome(ended_by)


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
        self._look = look
        self._began_at = datetime.now(UTC)
        self._journal = Journal(
            session,
            running.key,
            GuardSession(
                rule=str(self._rule),
                metric=look.question.metric.name,
                goal=look.question.metric.goal,
                way=GuardWay.WATCH if options.watches else GuardWay.TERMINATOR,
                acts=options.acts,
                began_at=self._began_at,
            ),
        )
        self._stops = Stops(running.key, self._journal, options, session)
        self._watch = Watch(str(running.key), session) if options.watches else None
        self._decided: dict[tuple[str, DecisionStatus, str], GuardDecision] = {}
        self._warned_of_slow_looks = False
        self._n_in_a_row = 0
        self._at_risk: tuple[WatchedRun, ...] = ()
        self._n_looks = self._n_failed = 0
        self._say_what_holds(look)

    def go_on(self, pause: Callable[[float], None]) -> GuardEnd:
        """Look until the sweep is over, or once."""
        look: Look | None = self._look
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
                if look.is_over:
                    return GuardEnd.SWEEP_OVER
                if self._options.once:
                    return GuardEnd.ONE_LOOK
            pause(wait_s)
            look = None

    def _pause_after_failure(self, last_s: float) -> float:
        """As long as usual at first, and then longer and longer."""
        self._n_failed += 1
        self._n_in_a_row += 1
        factor = 2 if self._n_in_a_row > _STAYS_AWAY else 1
        return min(last_s * factor, max(_LONGEST_PAUSE_S, self._options.poll_s))

    def _judge(self, look: Look) -> None:
        """Follow up what was decided before, decide, write down, and act."""
        self._stops.follow_up(look)
        before, self._look = self._look, look
        self._n_looks += 1
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
            self._at_risk = self._watch.see(look)

    def _new(self, decisions: list[GuardDecision]) -> list[GuardDecision]:
        """What was not decided before in the same way: a run is spared at every look."""
        asked = self._stops.asked
        return [
            decision
            for decision in decisions
            if decision.run_id not in asked
            and (decision.status is DecisionStatus.DECIDED or _key(decision) not in self._decided)
        ]

    def outcome(self, ended_by: GuardEnd) -> GuardOutcome:
        """What was seen and done; a stop as it stands now."""
        latest = self._journal.latest
        others = [decision for decision in self._decided.values() if decision.run_id not in latest]
        spared = [decision for decision in self._decided.values() if _is_spared(decision)]
        return GuardOutcome(
            sweep=self._look.sweep,
            question=self._look.question,
            rule=str(self._rule),
            acts=self._options.acts,
            watches=self._options.watches,
            decisions=tuple(
                sorted(
                    dict.fromkeys([*latest.values(), *others, *spared]),
                    key=lambda decision: decision.decided_at,
                )
            ),
            at_risk=self._at_risk,
            n_looks=self._n_looks,
            n_failed=self._n_failed,
            began_at=self._began_at,
            ended_at=datetime.now(UTC),
            ended_by=ended_by,
        )

    def end(self) -> None:
        """Write down that it is at its end; one that cannot be looks like one that was killed."""
        with suppress(BusyError):
            self._journal.end()

    def _say_what_holds(self, look: Look) -> None:
        """Say at the start by which metric and which rule runs are judged, and whether any is."""
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
        if self._warned_of_slow_looks or before is look:
            return
        most = _most_new_reports(before, look)
        bands: Sequence[int] = getattr(self._rule.innermost, "bands", ())
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


def _most_new_reports(before: Look, look: Look) -> int:
    """The most reports that a run made between two looks."""
    if before.view is None or look.view is None:
        return 0
    known = dict(
        zip((run.id for run in before.sweep.runs), before.view.n_reports.tolist(), strict=True)
    )
    made = zip((run.id for run in look.sweep.runs), look.view.n_reports.tolist(), strict=True)
    return max((n - known[run_id] for run_id, n in made if run_id in known), default=0)


def _is_spared(decision: GuardDecision) -> bool:
    return decision.status is DecisionStatus.SPARED


def _key(decision: GuardDecision) -> tuple[str, DecisionStatus, str]:
    by = decision.by if decision.status is DecisionStatus.SPARED else ""
    return decision.run_id, decision.status, by
