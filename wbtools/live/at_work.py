"""A guard at work: from a look to decisions, written down, and then acted on."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import numpy as np

from wbtools.analysis.guarding.outcome import GuardEnd, GuardOutcome
from wbtools.errors import DataError, WbtoolsError
from wbtools.live.decisions import decide, written_down
from wbtools.live.journal import Journal
from wbtools.live.opening_words import opening_words
from wbtools.live.stops import Stops
from wbtools.live.watch import Watch
from wbtools.live.words import called, compared, tell
from wbtools.model import DecisionStatus, GuardSession, RunState
from wbtools.text.numbers import count
from wbtools.text.sanitize import sanitize

if TYPE_CHECKING:
    from collections.abc import Collection

    from wbtools.analysis.guarding.outcome import WatchedRun
    from wbtools.app.opening.session import Session
    from wbtools.archive import SweepKey
    from wbtools.live.options import GuardOptions
    from wbtools.live.running_sweep import Look
    from wbtools.model import GuardDecision


class GuardAtWork:
    """One guard at work: what it is told of a look, it judges, writes down and acts on.

    Attributes:
        look: The last look.
        n_looks: Looks after which all was done that had to be.
        n_failed: Looks that failed, or after which something could not be done.
    """

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
        self.look = look
        self._began_at = look.at
        self._journal = Journal(
            session,
            key,
            GuardSession(
                rule=str(options.rule),
                metric=look.question.metric.name,
                goal=look.question.metric.goal,
                way=options.way,
                acts=options.acts,
                began_at=self._began_at,
            ),
        )
        self._stops = Stops(key, self._journal, options, session)
        self._watch = Watch(str(key), session) if options.watches else None
        # Of what was spared in earlier sessions nothing has to be said again, nor written down.
        self._decided = {_key(each): each for each in self._journal.spared} if options.acts else {}
        self._warned_of_slow_looks = self._said_idle = False
        self._at_risk: tuple[WatchedRun, ...] = ()
        self.n_looks = self.n_failed = 0
        for words in opening_words(look, options, self._journal.last_guard):
            self.tell(words)
        if self._watch is not None:
            self._watch.say_what_holds(look)

    def judge(self, look: Look, among: Collection[str] | None = None) -> list[str]:
        """Follow up what was decided before, decide, write down, and act.

        Args:
            look: A fresh one.
            among: Ids of the runs that W&B's scheduler can stop now, which does it itself; None to
                have W&B stop them.

        Returns:
            Ids of the runs that are stopped now.

        Raises:
            DataError: W&B could not be asked, or nothing could be written down, and so nothing was
                done; what was decided is settled at the next look.
            ValueError: The rule cannot be worked out on what was logged.
        """
        if self._options.acts:  # who only looks on leaves it to the guard that decided
            self._stops.follow_up(look)
        before, self.look = self.look, look
        self._warn_of_slow_looks(before, look)
        self._say_idle(look)
        decisions = self._new(decide(self._options.rule, look, acts=self._options.acts), among)
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
        if self._options.acts and among is None:
            self._stops.ask_again(look, self._still_stopped(look))
        self._stops.annotate(look, [*self._journal.latest.values(), *self._spared])
        if self._watch is not None:
            self._at_risk = self._watch.see(look)
        self.n_looks += 1
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

    def outcome(self, ended_by: GuardEnd, error: WbtoolsError | None = None) -> GuardOutcome:
        """What was seen and done; a stop as it stands now.

        Args:
            ended_by: Why the guard ended.
            error: What ended it, if it failed.
        """
        decisions = list(self._decided.values())
        if self._options.acts:
            decisions = [*self._journal.latest.values(), *self._spared]
        diagnosis = self.look.diagnosis
        full = np.zeros(0, dtype=bool) if diagnosis is None else diagnosis.full
        best = np.zeros(0) if diagnosis is None else diagnosis.outcomes.best[full]
        sign = self.look.question.metric.goal.sign
        return GuardOutcome(
            sweep=self.look.sweep,
            question=self.look.question,
            rule=str(self._options.rule),
            acts=self._options.acts,
            way=self._options.way,
            decisions=tuple(sorted(decisions, key=lambda decision: decision.decided_at)),
            completed=frozenset(
                self.look.sweep.runs[row].id for row in np.flatnonzero(full).tolist()
            ),
            n_at_work=sum(run.state is RunState.RUNNING for run in self.look.sweep.runs),
            best=sign * float(np.fmin.reduce(best * sign, initial=np.nan)),
            saved_h=self._saved_h(decisions),
            at_risk=self._at_risk,
            stopped_by_wandb=() if self._watch is None else tuple(self._watch.stopped.values()),
            n_looks=self.n_looks,
            n_failed=self.n_failed,
            began_at=self._began_at,
            ended_at=datetime.now(UTC),
            ended_by=ended_by,
            error=error,
        )

    def _still_stopped(self, look: Look) -> frozenset[str]:
        """Ids of the runs that go on though they were to stop, and that the rule stops now too."""
        overdue = self._stops.overdue(look) - look.unsure
        if look.view is None or not overdue:
            return frozenset()
        is_overdue = np.array([run.id in overdue for run in look.sweep.runs], dtype=bool)
        stop = self._options.rule.decide(replace(look.view, active=is_overdue)).stop
        return frozenset(look.sweep.runs[row].id for row in np.flatnonzero(stop).tolist())

    def _saved_h(self, decisions: Collection[GuardDecision]) -> float | None:
        """Hours that the runs which have ended as they were told would have gone on for."""
        diagnosis = self.look.diagnosis
        stopped = {each.run_id for each in decisions if each.status is DecisionStatus.ENDED}
        if diagnosis is None or not stopped:
            return None
        outcomes = diagnosis.outcomes
        is_stopped = np.array([run.id in stopped for run in outcomes.runs], dtype=bool)
        left = np.maximum(outcomes.budget.reports - np.maximum(outcomes.n_made, 0), 0)
        return diagnosis.hours_of(np.where(is_stopped & ~diagnosis.full, left, 0))

    @property
    def _spared(self) -> list[GuardDecision]:
        return [each for each in self._decided.values() if each.status is DecisionStatus.SPARED]

    def end(self) -> None:
        """Write down that it is at its end; one that cannot be looks like one that was killed."""
        with suppress(DataError):
            self._journal.end()

    def _say_idle(self, look: Look) -> None:
        """Say once that no run is at work, and for what is waited."""
        is_idle = not any(run.state.is_going for run in look.sweep.runs)
        if is_idle and not self._said_idle and not (look.is_over or self._options.once):
            state = sanitize(look.head.state or "of unknown state", limit=40)
            self.tell(f"no run is at work; the sweep is {state}, so that more may come")
        self._said_idle = is_idle

    def _warn_of_slow_looks(self, before: Look, look: Look) -> None:
        """Say once that runs pass several bands between two looks."""
        bands = self._options.rule.bands
        if self._warned_of_slow_looks or before is look or len(bands) < 2:  # noqa: PLR2004 - several
            return
        most = _most_new_reports(before, look)
        if most > bands[0]:
            self._warned_of_slow_looks = True
            self.tell(
                f"runs make up to {count(most, 'report')} between two looks, more than the first "
                f"band has ({bands[0]}): they are judged late; a shorter --poll helps as far as "
                "runs send their reports, every 15 s by W&B's default"
            )

    @property
    def asked(self) -> frozenset[str]:
        """Ids of the runs that are not to be judged: W&B was asked to stop them, or refused to."""
        return self._stops.asked

    def tell(self, text: str) -> None:
        """Say an event, with its moment."""
        tell(self._session, text)


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
    counts = zip((run.id for run in look.sweep.runs), look.view.n_reports.tolist(), strict=True)
    return max((n - known[run_id] for run_id, n in counts if run_id in known), default=0)


def _key(decision: GuardDecision) -> tuple[str, DecisionStatus, str]:
    by = decision.by if decision.status is DecisionStatus.SPARED else ""
    return decision.run_id, decision.status, by
