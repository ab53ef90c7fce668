"""A sweep that is looked at again and again: each look is fresh from the server, or fails."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from wbtools.analysis.diagnosis.diagnose import Diagnosis, diagnose
from wbtools.analysis.guarding.running_view import running_view
from wbtools.analysis.projection import Method, Projector
from wbtools.analysis.simulation.improvement import ProjectedImprovement
from wbtools.app.audit import check_logged
from wbtools.app.model_weights import load_weights
from wbtools.app.opening.context_series import read_with_context
from wbtools.app.opening.open_named import open_to_fetch
from wbtools.app.opening.question import AuditOptions, resolve_question
from wbtools.app.opening.reference import parse_reference
from wbtools.errors import BusyError, DataError, Unreachable, UsageError
from wbtools.model import RunState
from wbtools.sources.wandb_api.reference import Remote, page_of

if TYPE_CHECKING:
    from collections.abc import Collection

    from wbtools.analysis.question import Question
    from wbtools.app.opening.remote import RemoteSource
    from wbtools.app.opening.session import Session
    from wbtools.archive import SweepHeader
    from wbtools.model import Sweep, SweepView

_FINISHED: Final = "FINISHED"
_OVER: Final = frozenset({_FINISHED, "CANCELED", "CANCELLED", "CRASHED", "FAILED", "STOPPED"})
"""W&B's words for a sweep that gives out no more runs."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Look:
    """A sweep as its server had it at one moment.

    Attributes:
        at: When it began, aware UTC.
        began_s: The same by a clock that nobody sets, in seconds.
        head: What the server says of the sweep itself.
        sweep: Its runs and curves; without any curve of the metric before a run reports it.
        question: By which metric its runs are judged, and which rule W&B applies to it.
        diagnosis: How far each run has come; None before there is a run.
        view: What a rule can know; None before a run has reported the metric.
        unsure: Ids of runs whose curves are not known to be whole.
    """

    at: datetime
    began_s: float
    head: SweepHeader
    sweep: Sweep
    question: Question
    diagnosis: Diagnosis | None
    view: SweepView | None
    unsure: frozenset[str]

    @property
    def age_s(self) -> float:
        """Seconds since it began; also where a clock was set meanwhile, or the machine slept."""
        by_clock_s = (datetime.now(UTC) - self.at).total_seconds()
        return max(by_clock_s, time.monotonic() - self.began_s)

    @property
    def is_over(self) -> bool:
        """Whether no run is at work, and none will be.

        A finished sweep lets runs that are waiting for an agent begin yet; after any other end
        they never do.
        """
        state = (self.head.state or "").upper()
        states = {run.state for run in self.sweep.runs}
        waits = state == _FINISHED and RunState.PENDING in states
        return state in _OVER and not waits and not states & {RunState.RUNNING, RunState.PREEMPTING}


class RunningSweep:
    """A sweep on a server, and how to look at it.

    Attributes:
        key: Which sweep it is.
        question: What is asked of it, as it was found.
    """

    def __init__(self, reference: str, session: Session, options: AuditOptions) -> None:
        """Find it.

        Args:
            reference: What the user calls it.
            session: How to reach its server.
            options: What the user says of it.

        Raises:
            UsageError: It is no sweep on a server, or the question cannot be settled.
            SignInError: There are no credentials for its server.
            DataError: It cannot be reached.
        """
        meant = parse_reference(reference)
        if meant.is_demo or meant.path is not None or meant.remote is None:
            msg = f"{reference!r} is no sweep on a server, and only there can runs be watched"
            raise UsageError(msg, "name it as ENTITY/PROJECT/SWEEP_ID, or by its page's address")
        if meant.remote.sweep_id is None:
            msg = f"{reference!r} is a project, and a guard watches one sweep"
            raise UsageError(msg, "name the sweep: ENTITY/PROJECT/SWEEP_ID")
        self._session = session
        self._options = options
        source = open_to_fetch(reference, meant.remote, session)
        self._source: RemoteSource | None = source
        self.key = source.head.key
        self.question = resolve_question(options, source)
        page = page_of(self.key.base_url, self.key.entity, self.key.project, self.key.name)
        self._remote = Remote(
            entity=self.key.entity, project=self.key.project, sweep_id=self.key.name, page=page
        )
        session.opened.append(str(self.key))
        self._improvement = ProjectedImprovement(
            projector=Projector(method=options.method or Method.LEARNED, weights=load_weights())
        )

    def look(self, never: Collection[str] = ()) -> Look:
        """Ask the server for what is new, and judge by nothing else.

        Args:
            never: Ids of runs that are not to be judged.

        Raises:
            Unreachable: The server cannot be reached, or what it gives cannot be kept now; the
                next look starts afresh.
            DataError: The data never allow an answer: the metric is not one that runs log.
            UsageError: The sweep is no longer there, or is judged by another metric now.
        """
        at, began_s = datetime.now(UTC), time.monotonic()
        try:
            source = self._source or open_to_fetch(str(self.key), self._remote, self._session)
            self._source = None
            question = resolve_question(self._options, source)
            sweep = read_with_context(source, [question.metric.name], with_rate=True)
            _refuse_stale(source, question)
            if all(not run.state.is_going for run in sweep.runs) and sweep.runs:
                misnamed = _misnamed(sweep, question, source)
            else:
                misnamed = None
            unsure = self._unsure(question.metric.name)
        except DataError as error:
            # A transport that failed or was stopped answers no more.
            self._session.hang_up()
            msg = f"no look: {error.message}; nothing is stopped"
            raise Unreachable(msg, error.hint) from None
        if misnamed is not None:
            raise misnamed
        self._refuse_another_question(question)
        diagnosis = diagnose(sweep, question) if sweep.runs else None
        view = None
        if diagnosis is not None:
            view = running_view(
                diagnosis, never=never, unsure=unsure, p_improvement=self._improvement
            )
        return Look(
            at=at,
            began_s=began_s,
            head=source.head,
            sweep=sweep,
            question=question,
            diagnosis=diagnosis,
            view=view,
            unsure=unsure,
        )

    def _refuse_another_question(self, question: Question) -> None:
        """Refuse to judge by another metric than at first, which somebody may have set on W&B.

        Raises:
            UsageError: It is another one.
        """
        first, now = self.question.metric, question.metric
        if (now.name, now.goal) != (first.name, first.goal):
            msg = (
                f"the sweep is judged by {now.goal} {now.name!r} now, and was by {first.goal} "
                f"{first.name!r} when the guard began"
            )
            raise UsageError(msg, "start the guard again to judge by that, or name it by --metric")

    def _unsure(self, metric: str) -> frozenset[str]:
        with self._session.archive(write=False) as archive:
            return frozenset(series.run_id for series in archive.incomplete(self.key, [metric]))


def _refuse_stale(source: RemoteSource, question: Question) -> None:
    """Refuse what was archived before, which says nothing of this moment, and half a listing.

    Raises:
        DataError: The curves were not fetched just now, or not of all runs.
    """
    if not source.fetched or question.metric.name not in source.tried:
        msg = "another command is writing to the archive"
        raise BusyError(msg)
    if source.listing is not None and not source.listing.complete:
        msg = "W&B says that the sweep has more runs than it lists"
        raise DataError(msg)


def _misnamed(sweep: Sweep, question: Question, source: RemoteSource) -> DataError | None:
    """The complaint that no run logged the metric, now that none is at work; None if one did."""
    if not any(run.state is RunState.FINISHED for run in sweep.runs):
        return None
    try:
        check_logged(question.metric.name, sweep, source)
    except Unreachable:
        raise
    except DataError as error:
        return error
    return None
