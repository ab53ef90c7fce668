"""Trying again: what is worth it, how long, with which pauses.

tenacity does the loop. stamina, which wraps it, was the other candidate: it sleeps in
`time.sleep`, which nothing can wake, while Ctrl-C and a deadline must end a pause at once; and
it retries exceptions only, whose chains would carry the HTTP client's objects along.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, Final, TypeVar, cast

import tenacity

from wbtools.errors import WbtoolsError

if TYPE_CHECKING:
    from collections.abc import Callable

    from wbtools.sources.wandb_api.concurrency import ConcurrencyGate

T = TypeVar("T")


class RetryReason(Enum):
    """What kind of thing went wrong, as far as it matters for trying again."""

    TOLD_TO_WAIT = auto()
    """The gate is held as long as the server asked, which may be no time at all."""
    BUSY = auto()
    """The server or what is before it is overloaded, or took too long."""
    BROKEN = auto()
    """The connection or its answer broke off."""
    UNREACHED = auto()
    """No connection came about to a server that never answered yet: perhaps the network is down."""
    REFUSED = auto()
    """Nothing listens at the address of a server that never answered yet: perhaps it is wrong, and
    so it is tried a few times only."""
    ANSWERED = auto()
    """An error of the application, which may be here to stay: tried a few times only."""
    MALFORMED = auto()
    """An answer came, and is none of W&B's: the next one will hardly be. Tried a few times only."""
    SLOW = auto()
    """An answer came so slowly, or so endlessly, that it was given up; as `MALFORMED`."""


NEVER_REACHED: Final = frozenset({RetryReason.UNREACHED, RetryReason.REFUSED})
_NOT_CARRIED_OUT: Final = NEVER_REACHED | {RetryReason.TOLD_TO_WAIT}


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryableFailure:
    """One attempt that may be repeated.

    Attributes:
        why: For people, clean of secrets.
    """

    reason: RetryReason
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """How long to wait for what.

    Attributes:
        connect_s: Longest time to get a connection.
        read_s: Longest silence within an answer, and before it.
        answer_s: Longest time for an answer of no bytes, longer by a second for each `least_rate`
            bytes of its body: a slow link is borne, a byte now and then is not.
        longest_answer_s: Longest time for an answer of any length: the longest that is read (64
            MiB) comes within it at 40 kB/s.
        longest_file_s: The same for a file: one of 1 GiB comes within it at 75 kB/s.
        longest_wait_s: What a server may ask to be left alone, at a time.
        first_wait_s: Upper end of the first pause; each further one is twice as long. The pause
            is drawn between 0 and that ("full jitter"), so that threads do not come back together.
            It runs beside a wait that the server asked for, which may be one of 0 s.
        most_wait_s: Upper end of any pause.
        give_up_after_s: A request that fails for so long, `least_tries` times, is given up.
        file_s: The same for a file, which can be asked for anew or had in another way.
        first_contact_s: The same, pauses included and however few the tries, for a server that was
            never reached: whoever has no network should not have to wait to hear it.
        most_refused: So many refused connections are enough, likewise.
        most_errors: So many errors of the application are taken as its last word.
        most_malformed: So many answers that are none, or too slow, likewise.
        is_repeatable: Whether to be carried out twice does no harm. Otherwise a request is sent
            again only where it surely was not carried out.
    """

    connect_s: float = 10.0
    read_s: float = 60.0
    answer_s: float = 120.0
    least_rate: float = 1_000.0
    longest_answer_s: float = 1_800.0
    longest_file_s: float = 14_400.0
    longest_wait_s: float = 600.0
    first_wait_s: float = 0.5
    most_wait_s: float = 30.0
    give_up_after_s: float = 300.0
    file_s: float = 60.0
    first_contact_s: float = 15.0
    most_refused: int = 3
    least_tries: int = 8
    most_errors: int = 8
    most_malformed: int = 3
    is_repeatable: bool = True


PATIENT: Final = RetryPolicy()
ONCE: Final = RetryPolicy(is_repeatable=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryExhausted:
    """What is left when no retry helped."""

    why: str
    reason: RetryReason
    n_tries: int
    seconds: float


def with_retries(
    attempt: Callable[[], T | RetryableFailure],
    *,
    gate: ConcurrencyGate,
    patience: RetryPolicy,
) -> T | RetryExhausted:
    """Call `attempt` until it gives something else than a failure, or patience ends.

    Args:
        attempt: What it raises is raised at once.
        gate: Where pauses are slept, so that a stop or the deadline ends them.
        patience: How long to go on.
    """
    n_errors = n_malformed = n_refused = 0
    patient = tenacity.stop_all(
        tenacity.stop_after_delay(patience.give_up_after_s),
        tenacity.stop_after_attempt(patience.least_tries),
    )
    soon = tenacity.stop_before_delay(patience.first_contact_s)

    def enough(state: tenacity.RetryCallState) -> bool:
        nonlocal n_errors, n_malformed, n_refused
        reason = _failure(state).reason
        if not (patience.is_repeatable or reason in _NOT_CARRIED_OUT):
            return True
        n_errors += reason is RetryReason.ANSWERED
        n_malformed += reason in {RetryReason.MALFORMED, RetryReason.SLOW}
        n_refused += reason is RetryReason.REFUSED
        if n_errors >= patience.most_errors or n_malformed >= patience.most_malformed:
            return True
        if n_refused >= patience.most_refused or patient(state):
            return True
        return reason in NEVER_REACHED and soon(state)

    def give_up(state: tenacity.RetryCallState) -> RetryExhausted:
        return RetryExhausted(
            why=_failure(state).why,
            reason=_failure(state).reason,
            n_tries=state.attempt_number,
            seconds=state.seconds_since_start or 0.0,
        )

    backoff = tenacity.wait_random_exponential(
        multiplier=patience.first_wait_s, max=patience.most_wait_s
    )

    why = ""

    def before_pause(state: tenacity.RetryCallState) -> None:
        nonlocal why
        failure = _failure(state)
        why = failure.why
        if failure.reason is not RetryReason.TOLD_TO_WAIT and state.next_action is not None:
            gate.tell(state.next_action.sleep, failure.why)

    retrying = tenacity.Retrying(
        retry=tenacity.retry_if_result(lambda result: isinstance(result, RetryableFailure)),
        stop=enough,
        wait=backoff,
        sleep=lambda wait_s: gate.sleep(wait_s, why),
        before_sleep=before_pause,
        retry_error_callback=give_up,
    )
    result = cast("T | RetryExhausted | _Raised", retrying(lambda: _outcome_of(attempt)))
    if not isinstance(result, _Raised):
        return result
    try:
        raise result.error
    finally:
        # This frame is part of the traceback, which must not lead back to itself.
        del result


@dataclass(frozen=True, slots=True)
class _Raised:
    """An error that an attempt ended with, as a value.

    tenacity would keep the exception in its state, and the traceback that state: a cycle, in which
    the body of an answer waits for the collector. So neither reaches it.
    """

    error: WbtoolsError


def _outcome_of(attempt: Callable[[], T | RetryableFailure]) -> T | RetryableFailure | _Raised:
    try:
        return attempt()
    except WbtoolsError as error:
        return _Raised(error.with_traceback(None))


def _failure(state: tenacity.RetryCallState) -> RetryableFailure:
    result = None if state.outcome is None else state.outcome.result()
    if not isinstance(result, RetryableFailure):
        message = "only failures are retried"
        raise TypeError(message)
    return result
