"""Stops that were decided: carried out, followed up, and asked for again where nothing happens."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from wbtools.errors import DataError
from wbtools.live.words import called, event, tag_of
from wbtools.model import DecisionStatus, RunState
from wbtools.sources.wandb_api import changes
from wbtools.text.numbers import count

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from wbtools.app.opening.session import Session
    from wbtools.archive import SweepKey
    from wbtools.live.journal import Journal
    from wbtools.live.options import GuardOptions
    from wbtools.live.running_sweep import Look
    from wbtools.model import GuardDecision, Run
    from wbtools.sources.wandb_api.responses import StoppableRun

_MOST_AT_ONCE: Final = 100


class Stops:
    """The runs of one sweep that are to be stopped, by this guard and by those before it."""

    def __init__(
        self, key: SweepKey, journal: Journal, options: GuardOptions, session: Session
    ) -> None:
        """Nothing is followed up yet."""
        self._key = key
        self._journal = journal
        self._options = options
        self._session = session

    @property
    def asked(self) -> frozenset[str]:
        """Ids of the runs that W&B was asked to stop: nobody asks for them anew."""
        return frozenset(
            run_id for run_id, decision in self._journal.stops.items() if decision.status.was_asked
        )

    def follow_up(self, look: Look) -> None:
        """See what became of every stop, as W&B shows it at a fresh look.

        Raises:
            DataError: The archive cannot be written now, or W&B cannot be reached.
        """
        runs = {run.id: run for run in look.sweep.runs}
        stops = self._journal.stops.values()
        self._settle([each for each in stops if each.status is DecisionStatus.DECIDED], runs)
        for decision in stops:
            if decision.status is DecisionStatus.ASKED:
                self._confirm(decision, runs.get(decision.run_id), look)

    def carry_out(
        self, look: Look, decisions: Sequence[GuardDecision], *, by_scheduler: bool = False
    ) -> list[str]:
        """Have W&B stop what was decided and written down, as far as it is still at work.

        Args:
            look: What it was decided on.
            decisions: Stops, and what was spared.
            by_scheduler: Whether W&B's scheduler stops them itself once it is told.

        Returns:
            Ids of the runs that are stopped.

        Raises:
            DataError: W&B cannot be reached, or the archive cannot be written now. What was not
                asked for is taken back at the next look.
        """
        runs = {run.id: run for run in look.sweep.runs}
        to_stop = [decision for decision in decisions if decision.status.is_stop]
        spared = [each for each in decisions if each.status is DecisionStatus.SPARED]
        standing = self._standing([*to_stop, *(spared if self._annotates else ())])
        stopped = []
        for decision in to_stop:
            run = standing.get(decision.run_id)
            name = called(runs[decision.run_id])
            if run is None or run.state is not RunState.RUNNING or run.stopped:
                why = (
                    "is gone"
                    if run is None
                    else (
                        "was told to stop by somebody else"
                        if run.stopped
                        else "has ended by itself"
                    )
                )
                self._journal.mark(decision.run_id, DecisionStatus.WITHDRAWN)
                self._tell(f"run {name} {why}: W&B is not asked to stop it")
                continue
            if by_scheduler:
                self._journal.mark(run.id, DecisionStatus.ASKED, asked=True)
            else:
                self._ask(run, name)
            stopped.append(run.id)
        if self._annotates:
            for decision in (*to_stop, *spared):
                run = standing.get(decision.run_id)
                if run is not None and (decision in spared or run.id in stopped):
                    self._annotate(run, decision, called(runs[decision.run_id]))
        return stopped

    @property
    def _annotates(self) -> bool:
        return self._options.acts and self._options.annotate

    def _standing(self, decisions: Sequence[GuardDecision]) -> dict[str, StoppableRun]:
        """How these runs stand at this moment."""
        server = self._session.server(self._key.base_url)
        ids = [decision.run_id for decision in decisions]
        found: dict[str, StoppableRun] = {}
        for k in range(0, len(ids), _MOST_AT_ONCE):
            some = ids[k : k + _MOST_AT_ONCE]
            found |= server.stoppable(self._key.entity, self._key.project, some)
        return found

    def _ask(self, run: StoppableRun, name: str) -> None:
        server = self._session.server(self._key.base_url)
        changes.request_stop(server, run, called=name, where=self._where, note=self._tell)
        self._journal.mark(run.id, DecisionStatus.ASKED, asked=True)

    def _annotate(self, run: StoppableRun, decision: GuardDecision, name: str) -> None:
        """Tag a run; that it fails is no reason to end."""
        server = self._session.server(self._key.base_url)
        try:
            changes.add_tag(
                server,
                run,
                tag_of(decision),
                called=name,
                where=self._where,
                note=self._tell,
            )
        except DataError as error:
            self._tell(f"run {name} is not tagged: {error.message}")

    def _settle(self, decided: Sequence[GuardDecision], runs: Mapping[str, Run]) -> None:
        """Stops that were decided, and of which nobody knows whether W&B was asked."""
        standing = self._standing(decided)
        for decision in decided:
            run_id = decision.run_id
            stoppable = standing.get(run_id)
            if stoppable is not None and stoppable.stopped:
                self._journal.mark(run_id, DecisionStatus.ASKED, asked=True)
                continue
            self._journal.mark(run_id, DecisionStatus.WITHDRAWN)
            if stoppable is not None and run_id in runs:
                name = called(runs[run_id])
                self._tell(f"run {name}: an earlier decision was not carried out; judged anew")

    def _confirm(self, decision: GuardDecision, run: Run | None, look: Look) -> None:
        """A stop that W&B was asked for: the run has ended, or is asked again after a while."""
        if run is None:
            self._journal.mark(decision.run_id, DecisionStatus.ENDED)
            self._tell(f"run {decision.run_id} is no longer on the server")
            return
        if not run.state.is_going:
            self._journal.mark(run.id, DecisionStatus.ENDED)
            self._tell(f"run {called(run)} has ended: {run.state}")
            return
        asked_at = decision.asked_at or decision.decided_at
        waited_s = (look.at - asked_at).total_seconds()
        if not self._options.acts or waited_s < self._options.patience_s * decision.n_asked:
            return
        standing = self._standing([decision]).get(run.id)
        if standing is None or standing.state is not RunState.RUNNING:
            return
        times = count(decision.n_asked, "time")
        self._tell(
            f"run {called(run)} goes on {waited_s:.0f} s after it was to stop (asked {times}): "
            "asking again; a program that heeds neither W&B nor a signal has to be ended by hand"
        )
        self._ask(standing, called(run))

    @property
    def _where(self) -> str:
        return f"{self._key} on {self._key.base_url}"

    def _tell(self, text: str) -> None:
        self._session.observer.note(event(datetime.now(UTC), text))
