"""Stops that were decided: carried out, followed up, and asked for again where nothing happens."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from wbtools.errors import DataError, Unreachable, WbtoolsError
from wbtools.live.words import called, tag_of, tag_word, tell
from wbtools.model import DecisionStatus, RunState
from wbtools.sources.wandb_api import changes
from wbtools.text.numbers import count

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from wbtools.app.opening.session import Session
    from wbtools.archive import SweepKey
    from wbtools.live.journal import Journal
    from wbtools.live.options import GuardOptions
    from wbtools.live.running_sweep import Look
    from wbtools.model import GuardDecision, Run
    from wbtools.sources.wandb_api.responses import StoppableRun

_MOST_AT_ONCE: Final = 20
"""Runs whose state is asked for together, just before they are stopped one by one."""
_RESTS: Final = timedelta(minutes=5)
"""After a refusal, before W&B is asked for the same run again."""
_OLDEST_S: Final = 60.0
"""What was decided on an older look, beside the time between two looks, is decided anew."""


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
        self._refused: dict[str, datetime] = {}
        self._tagged: set[tuple[str, str]] = set()

    @property
    def asked(self) -> frozenset[str]:
        """Ids of the runs that are not to be judged: W&B was asked to stop them, or refused to."""
        stops, now = self._journal.stops, datetime.now(UTC)
        asked = (run_id for run_id, each in stops.items() if each.status.is_under_way)
        resting = (run_id for run_id, until in self._refused.items() if until > now)
        return frozenset([*asked, *resting])

    def overdue(self, look: Look) -> frozenset[str]:
        """Ids of the runs that go on, long after W&B was asked to stop them."""
        going = {run.id for run in look.sweep.runs if run.state.is_going}
        return frozenset(
            run_id
            for run_id, each in self._journal.stops.items()
            if each.status is DecisionStatus.ASKED
            and run_id in going
            and self._waited_s(each, look) >= self._options.patience_s * max(each.n_asked, 1)
        )

    def ask_again(self, look: Look, run_ids: Collection[str]) -> None:
        """Ask once more for runs that go on though they were to stop, as the rule still has it.

        Args:
            look: A fresh one.
            run_ids: Those of the overdue that the rule stops at this look.

        Raises:
            DataError: W&B cannot be reached, or nothing can be written down.
        """
        runs = {run.id: run for run in look.sweep.runs}
        to_ask = [self._journal.stops[run_id] for run_id in sorted(run_ids)]
        for k in range(0, len(to_ask), _MOST_AT_ONCE):
            batch = to_ask[k : k + _MOST_AT_ONCE]
            standing = self._standing(batch)
            for decision in batch:
                run, name = standing.get(decision.run_id), called(runs[decision.run_id])
                if run is None or run.state is not RunState.RUNNING:
                    continue
                if run.stopped is False:
                    self._journal.mark(run.id, DecisionStatus.ENDED)
                    self._tell(f"run {name} was stopped and resumed: it is judged anew")
                    continue
                self._refuse_old(look)
                self._tell(
                    f"run {name} goes on {self._waited_s(decision, look):.0f} s after it was to "
                    f"stop (asked {count(decision.n_asked, 'time')}): asking again; a program that "
                    "heeds neither W&B nor a signal has to be ended by hand"
                )
                self._ask(run, name)

    def _waited_s(self, decision: GuardDecision, look: Look) -> float:
        return (look.at - (decision.asked_at or decision.decided_at)).total_seconds()

    def follow_up(self, look: Look) -> None:
        """See what became of every stop, as W&B shows it at a fresh look.

        Raises:
            DataError: The archive cannot be written now, or W&B cannot be reached.
        """
        runs = {run.id: run for run in look.sweep.runs}
        stops = list(self._journal.stops.values())
        self._settle([each for each in stops if not _is_answered(each)], runs)
        for decision in stops:
            if decision.status is DecisionStatus.ASKED:
                self._confirm(decision, runs.get(decision.run_id))

    def carry_out(
        self, look: Look, decisions: Sequence[GuardDecision], *, by_scheduler: bool = False
    ) -> list[str]:
        """Have W&B stop what was decided and written down, as far as it is still at work.

        Args:
            look: What it was decided on.
            decisions: Stops, and others, for which nothing is done.
            by_scheduler: Whether W&B's scheduler stops them itself once it is told.

        Returns:
            Ids of the runs that are stopped.

        Raises:
            DataError: W&B cannot be reached, or the archive cannot be written now. What was not
                asked for is taken back at the next look.
        """
        runs = {run.id: run for run in look.sweep.runs}
        to_stop = [each for each in decisions if each.status.is_stop]
        stopped: list[str] = []
        for k in range(0, len(to_stop), _MOST_AT_ONCE):
            batch = to_stop[k : k + _MOST_AT_ONCE]
            standing = self._standing(batch)
            for decision in batch:
                run, name = standing.get(decision.run_id), called(runs[decision.run_id])
                self._refuse_old(look)
                if self._stop(decision, run, name, by_scheduler=by_scheduler):
                    stopped.append(decision.run_id)
        return stopped

    def _refuse_old(self, look: Look) -> None:
        """Refuse to act on a look from before the server made us wait, or the machine slept.

        Raises:
            Unreachable: It is older than that.
        """
        if look.age_s > _OLDEST_S + self._options.poll_s:
            msg = f"the look is {look.age_s:.0f} s old, and the runs have gone on since"
            raise Unreachable(msg)

    def _stop(
        self, decision: GuardDecision, run: StoppableRun | None, name: str, *, by_scheduler: bool
    ) -> bool:
        """Have one run stopped; whether W&B was asked, and took it."""
        if run is None or run.state is not RunState.RUNNING or run.stopped:
            if run is None:
                why = "is gone"
            elif run.stopped:
                why = "was told to stop by somebody else"
            else:
                why = f"is no longer at work ({run.state})"
            self._journal.mark(decision.run_id, DecisionStatus.WITHDRAWN)
            self._tell(f"run {name} {why}: W&B is not asked to stop it")
            return False
        if by_scheduler:
            self._journal.mark(run.id, DecisionStatus.ASKED, asked=True)
            return True
        return self._ask(run, name)

    def annotate(self, look: Look, decisions: Collection[GuardDecision]) -> None:
        """Tag runs with what was decided of them, each once, if that is asked for.

        Args:
            look: A look that has these runs.
            decisions: What was spared, and stops; of these only those that W&B was asked for.

        Raises:
            DataError: W&B cannot be reached; the next look tries again.
        """
        if not (self._options.acts and self._options.annotate):
            return
        runs = {run.id: run for run in look.sweep.runs}
        to_tag = [
            each
            for each in decisions
            if each.run_id in runs
            and (each.run_id, tag_word(each)) not in self._tagged
            and (each.status is DecisionStatus.SPARED or _is_answered(each))
        ]
        for k in range(0, len(to_tag), _MOST_AT_ONCE):
            batch = to_tag[k : k + _MOST_AT_ONCE]
            standing = self._standing(batch)
            for decision in batch:
                self._tagged.add((decision.run_id, tag_word(decision)))
                if decision.run_id in standing:
                    self._tag(standing[decision.run_id], decision, called(runs[decision.run_id]))

    def _standing(self, decisions: Sequence[GuardDecision]) -> dict[str, StoppableRun]:
        """How these runs stand at this moment."""
        if not decisions:
            return {}
        server = self._session.server(self._key.base_url)
        ids = [decision.run_id for decision in decisions]
        return server.stoppable(self._key.entity, self._key.project, ids)

    def _ask(self, run: StoppableRun, name: str) -> bool:
        """Ask W&B, once it is written down that it is asked; whether it took the request.

        Raises:
            Unreachable: Nobody knows whether it did; the next look tells.
            BusyError: Nothing could be written down; before the request it is not made.
        """
        self._journal.mark(run.id, DecisionStatus.ASKING, asked=True)
        server = self._session.server(self._key.base_url)
        try:
            changes.request_stop(server, run, called=name, where=self._where, note=self._tell)
        except Unreachable:
            # The other runs come first at the next looks, should it be this one's doing.
            self._refused[run.id] = datetime.now(UTC) + _RESTS
            raise
        except WbtoolsError as error:
            self._journal.mark(run.id, DecisionStatus.WITHDRAWN)
            self._refused[run.id] = datetime.now(UTC) + _RESTS
            hint = f": {error.hint}" if error.hint else ""
            self._tell(f"{error.message}{hint}; the other runs are guarded all the same")
            return False
        self._journal.mark(run.id, DecisionStatus.ASKED)
        return True

    def _tag(self, run: StoppableRun, decision: GuardDecision, name: str) -> None:
        """Tag a run, if it has no tag of this kind; that it fails is no reason to end."""
        if run.tags is None:
            self._tell(f"run {name} is not tagged: W&B does not say which tags it has")
            return
        if any(tag.startswith(tag_word(decision)) for tag in run.tags):
            return
        server = self._session.server(self._key.base_url)
        try:
            changes.add_tag(
                server, run, tag_of(decision), called=name, where=self._where, note=self._tell
            )
        except DataError as error:
            self._tell(f"run {name} is not tagged: {error.message}")

    def _settle(self, decided: Sequence[GuardDecision], runs: Mapping[str, Run]) -> None:
        """Stops that were decided or begun, and of which nobody knows whether W&B took them.

        What was only decided was not asked for: who stopped the run meanwhile was somebody else.
        Where W&B shows no stop flags, what was begun is taken to have reached it.
        """
        for k in range(0, len(decided), _MOST_AT_ONCE):
            batch = decided[k : k + _MOST_AT_ONCE]
            standing = self._standing(batch)
            for decision in batch:
                run = standing.get(decision.run_id)
                if decision.status is DecisionStatus.ASKING and _may_have_heard(run):
                    self._journal.mark(decision.run_id, DecisionStatus.ASKED)
                    continue
                self._journal.mark(decision.run_id, DecisionStatus.WITHDRAWN)
                if decision.run_id in runs:
                    name = called(runs[decision.run_id])
                    self._tell(f"run {name}: a decision was not carried out; judged anew")

    def _confirm(self, decision: GuardDecision, run: Run | None) -> None:
        """A stop that W&B was asked for: whether the run has ended."""
        if run is None:
            self._journal.mark(decision.run_id, DecisionStatus.ENDED)
            self._tell(f"run {decision.run_id} is no longer on the server")
            return
        if not run.state.is_going:
            self._journal.mark(run.id, DecisionStatus.ENDED)
            self._tell(f"run {called(run)} has ended: {run.state}")

    @property
    def _where(self) -> str:
        return f"{self._key} on {self._key.base_url}"

    def _tell(self, text: str) -> None:
        tell(self._session, text)


def _is_answered(decision: GuardDecision) -> bool:
    """Whether it is known that W&B took the request."""
    return decision.status in {DecisionStatus.ASKED, DecisionStatus.ENDED}


def _may_have_heard(run: StoppableRun | None) -> bool:
    """Whether a request to stop a run, whose answer was lost, reached W&B, as far as it shows."""
    return run is not None and run.stopped is not False
