"""Who may send now: one gate for all threads that ask the same server.

Three things hold a request back. The server said when it wants to be asked again: then nobody
sends before, and the first to go afterwards goes alone, since a server that is still busy should
have to say so once, not once a thread. The rate limit that it announced is used up, counting
requests whose answers are still on their way. Or as many requests as it bears are under way: that
number grows by one a round of good answers and is halved by a bad one, as TCP does it.

Limits: IETF draft-ietf-httpapi-ratelimit-headers (`RateLimit-Remaining`, `RateLimit-Reset` in
seconds), RFC 9110 §10.2.3 (`Retry-After`).
"""

from __future__ import annotations

import contextlib
import math
import threading
import time
from typing import TYPE_CHECKING, Final

from wbtools.errors import Interrupted, TimeUp, Unreachable
from wbtools.text.numbers import S_PER_H, hours

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_AT_FIRST: Final = 4
_ALONE_S: Final = 2.0
"""So long the first request after a pause goes alone; a hanging one must not hold up the rest."""
_S_PER_YEAR: Final = 365.25 * 86_400
_MOST_YEARS: Final = 1_000


class ConcurrencyGate:
    """Lets requests through, from any number of threads.

    Args:
        most_at_once: The most requests under way.
        timeout_s: Seconds from now after which nothing is sent or awaited any more.
        longest_wait_s: What a server may ask to be left alone.
        on_wait: Told the seconds and the reason whenever requests are held back.
    """

    def __init__(
        self,
        *,
        most_at_once: int,
        timeout_s: float | None = None,
        longest_wait_s: float = math.inf,
        on_wait: Callable[[float, str], None] | None = None,
    ) -> None:
        """Start the clock of the deadline."""
        self._changed = threading.Condition()
        self._stopped = False
        self._timeout_s = timeout_s
        self._ends_at = math.inf if timeout_s is None else time.monotonic() + timeout_s
        self._longest_wait_s = longest_wait_s
        self._on_wait = on_wait
        self._most = max(1, most_at_once)
        self._at_once = float(min(_AT_FIRST, self._most))
        self._halved_at = -math.inf
        self._n_under_way = 0
        self._alone, self._alone_since, self._alone_until = True, -math.inf, -math.inf
        self._held_until, self._held_why = -math.inf, ""
        self._left, self._left_until = math.inf, -math.inf
        self._used_up = False

    def left_s(self) -> float:
        """Seconds until the deadline, infinite without one.

        Raises:
            Interrupted: Someone asked for an end.
            TimeUp: It has passed.
        """
        if self._stopped:
            message = "stopped before everything was fetched"
            raise Interrupted(message)
        left_s = self._ends_at - time.monotonic()
        if left_s <= 0:
            raise self._time_up()
        return left_s

    @contextlib.contextmanager
    def turn(self) -> Iterator[float]:
        """Wait for one's turn; within the block the request is under way.

        Yields:
            The moment of entry, for `good` and `bad`.

        Raises:
            Interrupted: Someone asked for an end.
            TimeUp: The deadline has passed, or will before anybody may send.
            Unreachable: The server wants to be left alone for longer than anybody would wait.
        """
        entered_at = self._enter()
        try:
            yield entered_at
        finally:
            with self._changed:
                self._n_under_way -= 1
                if entered_at >= self._alone_since:
                    self._alone_until = -math.inf
                self._changed.notify_all()

    def hold(self, asked_s: float, spread_s: float, why: str) -> None:
        """Let nobody send for so long, as the server asked.

        Args:
            asked_s: From now on; a shorter time than is left of an earlier one changes nothing.
            spread_s: Added to that, so that clients do not come back together.
            why: For people.

        Raises:
            Unreachable: That is longer than anybody would wait.
        """
        if asked_s > self._longest_wait_s:
            raise self._too_long(asked_s, why)
        wait_s = asked_s + spread_s
        with self._changed:
            now = time.monotonic()
            if now + wait_s <= self._held_until:
                return
            self._held_until, self._held_why = now + wait_s, why
            self._alone, self._alone_since, self._alone_until = True, now, -math.inf
        self.tell(wait_s, why)

    def note_left(self, n_left: float, reset_s: float) -> None:
        """Take note of what the server's rate limit leaves; within the answered request's turn.

        Args:
            n_left: Requests that are left, as the server counted when it answered.
            reset_s: Seconds until it counts anew.
        """
        with self._changed:
            now = time.monotonic()
            known = self._left if now < self._left_until else math.inf
            # Those under way may have come after the count; an answer may be older than the last.
            self._left = min(known, n_left - (self._n_under_way - 1))
            self._left_until = now + reset_s

    def good(self, entered_at: float) -> None:
        """An answer came: a round of them adds one to the requests that may be under way."""
        with self._changed:
            if entered_at >= self._alone_since:
                self._alone, self._alone_until = False, -math.inf
            self._at_once = min(self._most, self._at_once + 1 / self._at_once)
            self._changed.notify_all()

    def bad(self, entered_at: float) -> None:
        """The server is busy: halve the requests under way, once for all that went together."""
        with self._changed:
            if entered_at >= self._halved_at:
                self._at_once = max(1.0, self._at_once / 2)
                self._halved_at = time.monotonic()

    def sleep(self, wait_s: float, why: str) -> None:
        """Wait before a retry.

        Args:
            wait_s: So long, unless someone asks for an end.
            why: What went wrong, for people.

        Raises:
            Interrupted: Someone asked for an end.
            TimeUp: The deadline comes before the end of the wait.
        """
        if wait_s >= self.left_s():
            more = f"; {why}, and the next try is in {wait_s:.0f} s"
            raise self._time_up(more)
        with self._changed:
            self._changed.wait_for(lambda: self._stopped, wait_s)
        self.left_s()

    def tell(self, wait_s: float, why: str) -> None:
        """Report a wait to whoever shows progress."""
        if self._on_wait is not None:
            self._on_wait(wait_s, why)

    def stop(self) -> None:
        """Wake everyone who waits, with `Interrupted`; nobody gets a turn any more."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    def _enter(self) -> float:
        while True:
            with self._changed:
                news = self._wait_for_turn()
                if news is None:
                    entered_at = time.monotonic()
                    self._n_under_way += 1
                    self._left -= 1
                    if self._alone:
                        self._alone_until = entered_at + _ALONE_S
                    return entered_at
            self.tell(*news)

    def _wait_for_turn(self) -> tuple[float, str] | None:
        """None when it has come; before a wait that nobody was told of, that."""
        while True:
            left_s = self.left_s()
            now = time.monotonic()
            if now >= self._left_until:
                self._left, self._used_up = math.inf, False
            held_until, why = self._held_until, self._held_why
            if self._left <= 0 and self._left_until > held_until:
                held_until, why = self._left_until, "W&B's rate limit is used up"
                if held_until - now > self._longest_wait_s:
                    raise self._too_long(held_until - now, why)
            held_s = held_until - now
            if self._left <= 0 and not self._used_up:
                self._used_up = True
                # The first of the next round goes alone, to learn how long that round is.
                self._alone, self._alone_since, self._alone_until = True, now, -math.inf
                return held_s, why
            if held_s >= left_s:
                more = f"; {why}, and asks to wait another {held_s:.0f} s"
                raise self._time_up(more)
            if held_s > 0:
                self._changed.wait(held_s)
            elif now < self._alone_until or self._n_under_way >= int(self._at_once):
                self._changed.wait(min(left_s, _ALONE_S))
            else:
                return None

    def _too_long(self, wait_s: float, why: str) -> Unreachable:
        message = (
            f"{why}, and asks to wait {_duration(wait_s)}:"
            f" longer than the {_duration(self._longest_wait_s)} that wbtools waits"
        )
        return Unreachable(
            message, "what was fetched is kept: the same command goes on from there, later"
        )

    def _time_up(self, more: str = "") -> TimeUp:
        message = f"the {self._timeout_s:g} s that were allowed are over"
        if more:
            left_s = max(0.0, self._ends_at - time.monotonic())
            message = f"{left_s:.0f} of the {self._timeout_s:g} s that were allowed are left{more}"
        return TimeUp(message, "allow more time")


def _duration(seconds: float) -> str:
    """`10 min`, `34 years`."""
    years = seconds / _S_PER_YEAR
    if years >= 1:
        return f"{years:.0f} years" if years < _MOST_YEARS else f"over {_MOST_YEARS:,} years"
    return hours(seconds / S_PER_H)
