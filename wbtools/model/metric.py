"""What is measured and which way is up."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Goal(StrEnum):
    """The direction of a metric, in W&B's own words. The only place where direction is a sign."""

    MINIMIZE = "minimize"
    MAXIMIZE = "maximize"

    @property
    def sign(self) -> float:
        """Multiply a value by this and lower is better."""
        return 1.0 if self is Goal.MINIMIZE else -1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """A metric of a sweep: its logged name, its goal, and W&B's optional `target`."""

    name: str
    goal: Goal
    target: float | None = None
