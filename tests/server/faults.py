"""Faults on demand: how the network and the server misbehave, reproducibly."""

from __future__ import annotations

import random
import time
from collections import deque
from dataclasses import dataclass, field

BEFORE = ("429", "500", "502", "graphql_error")  # nothing was done
AFTER = ("reset", "truncated", "cut", "hang")  # it was done, the answer is lost
KINDS = BEFORE + AFTER


@dataclass(slots=True)
class Faults:
    """What goes wrong, and how often.

    Attributes:
        latency_s: Added to every answer.
        rates: Probability of each kind (see `KINDS`) for a request in scope.
        scope: Request kinds that can fail: `graphql`, `file_stream`, `storage`.
        retry_after_s: What a 429 asks for.
        hang_s: After so long a hanging connection is dropped.
        script: Kinds for the next requests in scope, one each, `ok` for none; before `rates`.
        n_by_kind: What happened so far.
    """

    latency_s: float = 0.0
    rates: dict[str, float] = field(default_factory=dict)
    scope: frozenset[str] = frozenset({"graphql"})
    retry_after_s: float = 1.0
    hang_s: float = 30.0
    script: deque[str] = field(default_factory=deque)
    n_by_kind: dict[str, int] = field(default_factory=dict)
    storm_until: float = 0.0
    _rng: random.Random = field(default_factory=lambda: random.Random(0))  # noqa: S311

    def seed(self, seed: int) -> None:
        """Start the dice anew."""
        self._rng = random.Random(seed)  # noqa: S311 - reproducible faults

    def storm(self, duration_s: float) -> None:
        """Answer 429 to everything in scope for so long, with the time that is left."""
        self.storm_until = time.monotonic() + duration_s

    def storm_left_s(self) -> float:
        """How long the storm still lasts; 0 when there is none."""
        return max(0.0, self.storm_until - time.monotonic())

    def clear(self) -> None:
        """No more faults, no latency."""
        self.latency_s, self.storm_until = 0.0, 0.0
        self.rates.clear()
        self.script.clear()

    def draw(self, kind_of_request: str) -> str | None:
        """The fault for one request, or None."""
        if kind_of_request not in self.scope:
            return None
        fault = None
        if self.storm_left_s():
            fault = "429"
        elif self.script:
            fault = self.script.popleft()
        elif self.rates:
            dice = self._rng.random()
            for kind, rate in self.rates.items():
                dice -= rate
                if dice < 0:
                    fault = kind
                    break
        if fault is None or fault == "ok":
            return None
        if fault not in KINDS:
            msg = f"unknown fault {fault!r}; there are {', '.join(KINDS)}"
            raise ValueError(msg)
        self.n_by_kind[fault] = self.n_by_kind.get(fault, 0) + 1
        return fault
