"""A guard inside W&B's own scheduler, which asks it at each look whom to stop."""

from __future__ import annotations

import time
from contextlib import ExitStack
from typing import TYPE_CHECKING

from wbtools.analysis.guarding.outcome import GuardEnd
from wbtools.archive.guard_lock import only_guard
from wbtools.live.at_work import GuardAtWork
from wbtools.live.guard import go_on
from wbtools.live.journal import asked_before
from wbtools.sources.wandb_api import changes

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from wbtools.analysis.guarding.outcome import GuardOutcome
    from wbtools.app.opening.session import Session
    from wbtools.live.options import GuardOptions
    from wbtools.live.running_sweep import RunningSweep


def guard_scheduler(
    running: RunningSweep,
    options: GuardOptions,
    session: Session,
    *,
    pause: Callable[[float], None] = time.sleep,
) -> GuardOutcome:
    """Be a sweep's scheduler until it is over: its engine proposes runs, the rule says who stops.

    The scheduler gives sampled histories; the guard takes a look of its own, so that its rule
    counts the same reports as from outside. Runs that the scheduler leaves at work at its end are
    guarded from outside.

    Args:
        running: The sweep.
        options: What is to be done; that it acts is said.
        session: Whose observer is told what happens.
        pause: Waits so many seconds.

    Raises:
        BusyError: Another guard stops runs of this sweep.
        SignInError: There are no credentials for the sweep's server.
        UsageError: W&B's client is set up for another server.
        DataError: The client, the server or the sweep has no such scheduler, or it failed.
    """
    with ExitStack() as closing:
        closing.enter_context(only_guard(session.place(write=True).path, running.key))
        look = running.look(asked_before(session, running.key))
        at_work = GuardAtWork(running.key, options, session, look)
        closing.callback(at_work.end)

        def stops(run_ids: Sequence[str]) -> Collection[str]:
            try:
                look = running.look(at_work.asked)
                return at_work.judge(look, among=run_ids)
            except BaseException:
                at_work.n_failed += 1
                raise

        try:
            ended = changes.run_scheduler(
                running.key.entity,
                running.key.project,
                running.key.name,
                base_url=running.key.base_url,
                stops=stops,
                batch_size=options.batch_size,
                poll_interval_s=options.poll_s,
                note=at_work.tell,
            )
        except KeyboardInterrupt:
            return at_work.outcome(GuardEnd.INTERRUPTED)
        at_work.tell(f"W&B's scheduler has ended: {ended.why}")
        if ended.was_interrupted:
            return at_work.outcome(GuardEnd.INTERRUPTED)
        # It may end at the sweep's run_cap, while runs are still at work.
        return go_on(at_work, running, options, pause, look=None)
