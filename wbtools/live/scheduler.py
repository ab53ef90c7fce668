"""A guard inside W&B's own scheduler, which asks it at each look whom to stop."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

from wbtools.analysis.guarding.outcome import GuardEnd
from wbtools.archive.guard_lock import only_guard
from wbtools.live.at_work import GuardAtWork
from wbtools.live.journal import asked_before
from wbtools.sources.wandb_api import changes

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from wbtools.analysis.guarding.outcome import GuardOutcome
    from wbtools.app.opening.session import Session
    from wbtools.live.options import GuardOptions
    from wbtools.live.running_sweep import RunningSweep


def guard_scheduler(running: RunningSweep, options: GuardOptions, session: Session) -> GuardOutcome:
    """Be a sweep's scheduler until it is over: its engine proposes runs, the rule says who stops.

    The scheduler gives sampled histories; the guard takes a look of its own, so that its rule
    counts the same reports as from outside.

    Args:
        running: The sweep.
        options: What is to be done; that it acts is said.
        session: Whose observer is told what happens.

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

        ended = GuardEnd.SWEEP_OVER
        try:
            why = changes.run_scheduler(
                running.key.entity,
                running.key.project,
                running.key.name,
                base_url=running.key.base_url,
                stops=stops,
                batch_size=options.batch_size,
                poll_interval_s=options.poll_s,
                note=at_work.tell,
            )
            at_work.tell(f"W&B's scheduler has ended: {why}")
        except KeyboardInterrupt:
            ended = GuardEnd.INTERRUPTED
        at_work.judge(running.look(at_work.asked), among=())
        return at_work.outcome(ended)
