"""The guard of a running sweep: it looks, decides, writes down, and stops what the user lets it.

The order is the whole of its safety. It decides on what the server has given just now, and on
nothing older; it writes the decision down before it acts on it; it asks how a run stands just
before it has that run stopped. Whatever fails in between (the server, the disk, this process)
leaves runs alone, and the next look begins afresh.
"""

from __future__ import annotations

import time
from contextlib import ExitStack
from typing import TYPE_CHECKING, Final

from wbtools.analysis.guarding.outcome import GuardEnd
from wbtools.archive.guard_lock import only_guard
from wbtools.errors import DataError, Unreachable, WbtoolsError
from wbtools.live.at_work import GuardAtWork
from wbtools.live.journal import asked_before

if TYPE_CHECKING:
    from collections.abc import Callable

    from wbtools.analysis.guarding.outcome import GuardOutcome
    from wbtools.app.opening.session import Session
    from wbtools.live.options import GuardOptions
    from wbtools.live.running_sweep import Look, RunningSweep

_LONGEST_PAUSE_S: Final = 300.0
"""Between two looks at a server that does not answer."""
_BELIEVED: Final = 3
"""So many refusals in a row end a guard: one of them may be a server's mistake."""
_STAYS_AWAY: Final = 3
"""After so many looks that failed, a pause is twice as long as the one before."""


def guard(
    running: RunningSweep,
    options: GuardOptions,
    session: Session,
    *,
    pause: Callable[[float], None] = time.sleep,
) -> GuardOutcome:
    """Guard a sweep until it is over, or somebody interrupts.

    What ends it after its first look (the sweep is deleted, the key refused) is part of what it
    gives back.

    Args:
        running: The sweep.
        options: What is to be done.
        session: Whose observer is told what happens.
        pause: Waits so many seconds.

    Raises:
        BusyError: Another guard stops runs of this sweep.
        SignInError: The server refuses the credentials.
        DataError: The first look failed, or the archive cannot be written.
    """
    with ExitStack() as closing:
        if options.acts:
            place = session.place(write=True).path
            closing.enter_context(only_guard(place, running.key))
        look = running.look(asked_before(session, running.key))
        at_work = GuardAtWork(running.key, options, session, look)
        closing.callback(at_work.end)
        return go_on(at_work, running, options, pause, look)


def go_on(
    at_work: GuardAtWork,
    running: RunningSweep,
    options: GuardOptions,
    pause: Callable[[float], None],
    look: Look | None,
) -> GuardOutcome:
    """Look until the sweep is over, or once, whatever fails in between.

    Args:
        at_work: The guard, which has its first look.
        running: The sweep.
        options: How often to look.
        pause: Waits so many seconds.
        look: A fresh one to begin with; None to take one.
    """
    wait_s, n_failed, n_refused = options.poll_s, 0, 0
    try:
        while True:
            try:
                look = look or running.look(at_work.asked)
                _let_judge(at_work, look)
                if look.is_over or options.once:
                    ended_by = GuardEnd.SWEEP_OVER if look.is_over else GuardEnd.ONE_LOOK
                    return at_work.outcome(ended_by)
                wait_s, n_failed, n_refused = options.poll_s, 0, 0
            except WbtoolsError as error:
                at_work.n_failed += 1
                n_failed += 1
                # The sweep is gone, or the key refused: or a server was confused for a moment.
                n_refused = 0 if isinstance(error, Unreachable) else n_refused + 1
                # A rule that cannot be worked out has nothing more to wait for.
                is_over = look is not None and look.is_over and n_failed >= _BELIEVED
                if options.once or is_over or n_refused == _BELIEVED:
                    return at_work.outcome(GuardEnd.FAILED, error)
                factor = 2 if n_failed > _STAYS_AWAY else 1
                wait_s = min(wait_s * factor, max(_LONGEST_PAUSE_S, options.poll_s))
                at_work.tell(f"{error.message}; again in {wait_s:.0f} s")
            pause(wait_s)
            look = None
    except KeyboardInterrupt:
        return at_work.outcome(GuardEnd.INTERRUPTED)


def _let_judge(at_work: GuardAtWork, look: Look) -> None:
    """Let a look be judged and acted on.

    Raises:
        Unreachable: That could not be done to its end, for a reason that may pass.
    """
    try:
        at_work.judge(look)
    except DataError as error:
        msg = f"not all was done: {error.message}; what was decided is settled at the next look"
        raise Unreachable(msg, error.hint) from None
    except (ArithmeticError, ValueError) as error:
        what = f"{type(error).__name__}: {error}"
        msg = f"the rule cannot be worked out ({what}); nothing is stopped"
        raise Unreachable(msg) from None
