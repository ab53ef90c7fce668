"""A guard at work: from a look to decisions, written down, and then acted on."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from wbtools.analysis.guarding.outcome import GuardEnd, GuardOutcome
from wbtools.analysis.question import RuleStatus
from wbtools.errors import BusyError
from wbtools.live.decisions import decide, written_down
from wbtools.live.journal import Journal
from wbtools.live.stops import Stops
from wbtools.live.watch import Watch
from wbtools.live.words import called, compared, event
from wbtools.model import DecisionStatus, GuardSession
from wbtools.rules.none import NoRule
from wbtools.rules.until_guard import UntilGuard
from wbtools.text.numbers import count

if TYPE_CHECKING:
    from collections.abc import Collection

    from wbtools.analysis.guarding.outcome import WatchedRun
    from wbtools.app.opening.session import Session
    from wbtools.archive import SweepKey
    from wbtools.live.options import GuardOptions
    from wbtools.live.running_sweep import Look
    from wbtools.model import GuardDecision


class GuardAtWork:
    """One guard at work: what it is told of a look, it judges, writes down and acts on."""

    def __init__(self, key: SweepKey, options: GuardOptions, session: Session, look: Look) -> None:
        """Begin.

        Args:
            key: The sweep.
            options: What is to be done.
            session: Whose observer is told what happens.
            look: The first one.

        Raises:
            DataError: The archive cannot be written now.
        """
        self._options = options
        self._session = session
        self._rule = options.rule
        self.look = look
        self._began_at = datetime.now(UTC)
        self._journal = Journal(
            session,
            key,
            GuardSession(
                rule=str(self._rule),
                metric=look.question.metric.name,
                goal=look.question.metric.goal,
                way=options.way,
                acts=options.acts,
                began_at=self._began_at,
            ),
        )
        self._stops = Stops(key, self._journal, options, session)
        self._watch = Watch(str(key), session) if options.watches else None
        self._decided: dict[tuple[str, DecisionStatus, str], GuardDecision] = {}
        self._warned_of_slow_looks = False
        self._at_risk: tuple[WatchedRun, ...] = ()
        self.n_looks = self.n_failed = 0
        self._say_what_holds(look)

    def judge(self, look: Look, among: Collection[str] | None = None) -> list[str]:
        """Follow up what was decided before, decide, write down, and act.

        Args:
            look: A fresh one.
            among: Ids of the runs that W&B's scheduler can stop now, which does it itself; None to
                have W&B stop them.

        Returns:
            Ids of the runs that are stopped now.

        Raises:
            Unreachable: W&B could not be asked; what was decided is taken back at the next look.
            BusyError: Nothing could be written down, and so nothing was done.
        """
        if self._options.acts:  # who only looks on leaves it to the guard that decided
            self._stops.follow_up(look)
        before, self.look = self.look, look
        self.n_looks += 1
        self._warn_of_slow_looks(before, look)
        decisions = self._new(decide(self._rule, look, acts=self._options.acts), among)
        stopped: list[str] = []
        if decisions:
            self._journal.keep(written_down(look, decisions))
            runs = {run.id: run for run in look.sweep.runs}
            for decision in decisions:
                self._decided[_key(decision)] = decision
                self.tell(
                    f"{_VERBS[decision.status]} run {called(runs[decision.run_id])}: "
                    f"{compared(decision)}; {decision.by}"
                )
            stopped = self._stops.carry_out(look, decisions, by_scheduler=among is not None)
        if self._watch is not None:
            self._at_risk = self._watch.see(look)
        return stopped

    def _new(
        self, decisions: list[GuardDecision], among: Collection[str] | None
    ) -> list[GuardDecision]:
        """What was not decided before in the same way: a run is spared at every look."""
        asked = self._stops.asked
        return [
            decision
            for decision in decisions
            if decision.run_id not in asked
            and (among is None or decision.run_id in among)
            and (decision.status is DecisionStatus.DECIDED or _key(decision) not in self._decided)
        ]

    def outcome(self, ended_by: GuardEnd) -> GuardOutcome:
        """What was seen and done; a stop as it stands now."""
        latest = self._journal.latest
        others = [decision for decision in self._decided.values() if decision.run_id not in latest]
        spared = [decision for decision in self._decided.values() if _is_spared(decision)]
        return GuardOutcome(
            sweep=self.look.sweep,
            question=self.look.question,
            rule=str(self._rule),
            acts=self._options.acts,
            way=self._options.way,
            decisions=tuple(
                sorted(
                    dict.fromkeys([*latest.values(), *others, *spared]),
                    key=lambda decision: decision.decided_at,
                )
            ),
            at_risk=self._at_risk,
            n_looks=self.n_looks,
            n_failed=self.n_failed,
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
        self.tell(f"metric: {metric.name}, {metric.goal} ({look.question.metric_source})")
        if not isinstance(self._rule, NoRule):
            acts = "runs are stopped" if self._options.acts else "dry run: nothing is stopped"
            self.tell(f"rule: {self._rule}; {acts}; a look every {self._options.poll_s:g} s")
            if own.status is not RuleStatus.NONE and self._watch is None:
                self.tell(
                    "W&B has an early_terminate of its own for this sweep, and stops runs by it "
                    "whatever this rule says: both act"
                )
            if self._projects_in_vain(look):
                self.tell(
                    "no run has completed yet: until one has, nothing is projected, and "
                    "projected(...) spares nobody; until(RULE,runs=1) waits for it"
                )
        if self._watch is not None:
            self._watch.say_what_holds(look)

    def _projects_in_vain(self, look: Look) -> bool:
        """Whether the rule projects, no run has completed, and nothing in the rule waits for it."""
        if not self._rule.projects or look.diagnosis is None:
            return False
        waits = any(isinstance(part, UntilGuard) for part in self._rule.parts)
        return not waits and not look.diagnosis.full.any()

    def _warn_of_slow_looks(self, before: Look, look: Look) -> None:
        """Say once that runs pass several bands between two looks."""
        if self._warned_of_slow_looks or before is look:
            return
        most = _most_new_reports(before, look)
        bands = self._rule.bands
        if len(bands) > 1 and most > bands[0]:
            self._warned_of_slow_looks = True
            self.tell(
                f"runs make up to {count(most, 'report')} between two looks, more than the first "
                f"band has ({bands[0]}): they are judged late; a shorter --poll helps as far as "
                "runs send their reports, every 15 s by W&B's default"
            )

    @property
    def asked(self) -> frozenset[str]:
        """Ids of the runs that W&B was asked to stop."""
        return self._stops.asked

    def tell(self, text: str) -> None:
        """Say an event, with its moment."""
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
