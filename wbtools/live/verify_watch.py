"""Watch running replicas until they have ended, and then say whether the replication held."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from wbtools.analysis.diagnosis.termination import Completion
from wbtools.app.replica_search import ReplicaSearch
from wbtools.app.verify import judged_replicas
from wbtools.errors import DataError, Unreachable, UsageError
from wbtools.live.command import NotesAlone
from wbtools.live.replica_watch import ReplicaWatch
from wbtools.live.words import tell
from wbtools.text.brief import brief_repr
from wbtools.text.numbers import count
from wbtools.text.sanitize import sanitize

if TYPE_CHECKING:
    from collections.abc import Callable

    from wbtools.analysis.audit import Audit
    from wbtools.analysis.verification.outcome import Verification
    from wbtools.app.opening.question import AuditOptions
    from wbtools.app.opening.session import Session
    from wbtools.app.replica_search import VerifyOptions

_LONGEST_PAUSE_S: Final = 300.0
"""Between two looks at a server that does not answer."""
_BELIEVED: Final = 3
"""So many refusals in a row end a watch: one of them may be a server's mistake."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchedReplication:
    """What a watch of replicas came to.

    Attributes:
        verification: By the last look; None where there was no replica until an interruption.
        was_interrupted: Whether somebody ended it before the replicas had.
    """

    __repr__ = brief_repr

    verification: Verification | None
    audit: Audit
    was_interrupted: bool


def watch_replicas(
    reference: str,
    options: VerifyOptions,
    audit_options: AuditOptions,
    session: Session,
    *,
    poll_s: float,
    pause: Callable[[float], None] = time.sleep,
) -> WatchedReplication:
    """Tell each new report of running replicas, until as many as were planned have ended.

    Args:
        reference: What the user calls SWEEP.
        options: What is to be verified.
        audit_options: Metric, goal, rule and sweep file, as for an audit.
        session: Whose observer is told what happens.
        poll_s: Seconds from one look to the next.
        pause: Waits so many seconds.

    Raises:
        UsageError: The reference, the run or an option cannot be right.
        SignInError: The server refuses the credentials.
        DataError: The data do not allow an answer, or the server refused three times in a row.
    """
    search = ReplicaSearch.of(reference, options, audit_options, session)
    if session.offline and search.audit.sweep.ref.base_url is not None:
        msg = "--watch looks at W&B's server again and again, and --offline forbids that"
        raise UsageError(msg, "leave one of them out")
    session.observer = NotesAlone(session.observer)
    watching = _Watching(search, session)
    try:
        watching.go_on(poll_s, pause)
    except KeyboardInterrupt:
        return WatchedReplication(
            verification=watching.seen, audit=search.audit, was_interrupted=True
        )
    return WatchedReplication(verification=watching.seen, audit=search.audit, was_interrupted=False)


class _Watching:
    """One watch.

    Attributes:
        seen: What the last look found; None before there is a replica.
    """

    def __init__(self, search: ReplicaSearch, session: Session) -> None:
        self._search = search
        self._session = session
        outcome = search.audit.outcome
        noise = outcome.seed_noise if outcome.seed_noise_from else None
        self._watch = ReplicaWatch(session, noise)
        self._waits_for = ""
        self._is_cut_off = False
        self.seen: Verification | None = None

    def go_on(self, poll_s: float, pause: Callable[[float], None]) -> None:
        """Look until the replicas have ended, whatever fails in between."""
        wait_s, n_refused = poll_s, 0
        while True:
            try:
                if self._look():
                    return
                wait_s, n_refused = poll_s, 0
            except DataError as error:
                # One that failed answers no more; a refusal may be a mistake, three are none.
                n_refused = 0 if isinstance(error, Unreachable) else n_refused + 1
                if n_refused == _BELIEVED:
                    raise
                wait_s = min(2 * wait_s, max(_LONGEST_PAUSE_S, poll_s))
                tell(self._session, f"no look: {error.message}; again in {wait_s:.0f} s")
                self._session.hang_up()
                self._is_cut_off = True
            pause(wait_s)

    def _look(self) -> bool:
        """Look once; whether the replicas have ended."""
        if self._is_cut_off:
            self._search.reopen()
            self._is_cut_off = False
        try:
            found = self._search.find()
        except UsageError:
            if not self._may_begin:
                raise
            found = None
        if found is None or not found.members:
            self._wait_for(f"no {self._planned_noun or 'replica'} has written anything yet")
            return False
        self.seen = judged_replicas(self._search, found)
        self._watch.see(self.seen)
        if self._planned_noun not in {None, self.seen.noun}:
            self._wait_for(f"no {self._planned_noun} has written anything yet")
            return False
        return self._have_ended(self.seen)

    @property
    def _planned_noun(self) -> str | None:
        """What the plan that was kept last is to start; None where none was."""
        plans = self._search.plans
        if not plans.are_kept:
            return None
        return "replica" if plans.members[0].continues is None else "continued run"

    @property
    def _may_begin(self) -> bool:
        """Whether replicas may yet come to lie in the folders that the user names."""
        named = self._search.options.replicas
        return self.seen is None and bool(named) and all(path.is_dir() for path in named)

    def _have_ended(self, seen: Verification) -> bool:
        n_ended = sum(each.completion is not Completion.RUNNING for each in seen.counted)
        n_expected = max(seen.plan.n_replicas, len(seen.counted))
        missing = seen.plan.n_replicas - len(seen.counted)
        if n_ended == len(seen.counted) and missing > 0:
            verb = "has" if missing == 1 else "have"
            planned = count(n_expected, f"planned {seen.noun}")
            self._wait_for(
                f"{n_ended} of {planned} ended, and {missing} {verb} written nothing yet"
            )
        return n_ended == n_expected

    def _wait_for(self, words: str) -> None:
        """Say for what is waited, once as long as it is the same."""
        if words != self._waits_for:
            self._waits_for = words
            where = self._search.group
            group = "" if where is None else f" (W&B group {sanitize(where)})"
            tell(self._session, f"{words}{group}: waiting")
