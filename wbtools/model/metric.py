"""What is measured and which way is up, and how that is written: `NAME[:GOAL]`."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from wbtools.errors import UsageError


class Goal(StrEnum):
    """The direction of a metric, in W&B's own words. The only place where direction is a sign."""

    MINIMIZE = "minimize"
    MAXIMIZE = "maximize"

    @property
    def sign(self) -> float:
        """Multiply a value by this and lower is better."""
        return 1.0 if self is Goal.MINIMIZE else -1.0

    @classmethod
    def parse(cls, text: str) -> Goal:
        """Read `minimize`, `maximize`, `min` or `max`, in small or capital letters.

        Raises:
            UsageError: It is none of them.
        """
        goal = _GOAL_WORDS.get(text.strip().lower())
        if goal is None:
            msg = f"{text!r} is not a goal"
            raise UsageError(msg, "a metric's goal is minimize or maximize, min or max for short")
        return goal


INFERRED: Final = "inferred from its name"
"""What answers say of a goal that nobody said."""
_GOAL_WORDS = {word: goal for goal in Goal for word in (goal.value, goal.value[:3])}


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """A metric of a sweep.

    Attributes:
        name: As it is logged.
        target: W&B's optional `target`.
        goal_is_inferred: Nobody said the goal: the name did. Answers say so.
    """

    name: str
    goal: Goal
    target: float | None = None
    goal_is_inferred: bool = field(default=False, compare=False)

    @property
    def option_text(self) -> str:
        """`NAME:GOAL`, as `parse_metric` reads it, whatever the name holds."""
        return f"{self.name}:{self.goal}"

    @property
    def inferred_words(self) -> str:
        """Such as `goal minimize of loss inferred from its name`; the name is hostile text."""
        return f"goal {self.goal} of {self.name} {INFERRED}"


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedMetric:
    """A metric as the user names it; the goal is None where they leave it open."""

    name: str
    goal: Goal | None = None

    @property
    def option_text(self) -> str:
        """As `parse_metric` reads it."""
        return self.name if self.goal is None else f"{self.name}:{self.goal}"


def parse_metric(text: str, goal: Goal | None = None, *, option: str = "--metric") -> AskedMetric:
    """Read `NAME` or `NAME:GOAL`, as `val/acc`, `val/acc:max` or `val/loss:minimize`.

    A name may hold colons itself: only a last part that `Goal.parse` knows is a goal, so
    `eval:loss` and `loss:min_val` are names. A name that ends in such a part is written with its
    goal behind it: `q:max:max`.

    Args:
        text: As typed.
        goal: What `--goal` says of it.
        option: The option that it was given to.

    Raises:
        UsageError: There is no name, or the two say different goals.
    """
    name, colon, word = text.rpartition(":")
    of_text = _GOAL_WORDS.get(word.strip().lower()) if colon else None
    name = text if of_text is None else name
    if not name:
        msg = f"{option} {text!r} names no metric"
        raise UsageError(msg, f"write {option} NAME, or NAME:max or NAME:min with its goal")
    if of_text is not None and goal is not None and goal is not of_text:
        msg = f"{option} {text!r} and --goal {goal} contradict each other"
        raise UsageError(msg, "leave one of the two goals away")
    return AskedMetric(name=name, goal=of_text or goal)


def goal_hint(name: str, option: str = "--metric") -> str:
    """What an error advises where a goal is missing: the option with either goal."""
    either = (shlex.quote(f"{name}:{word}") for word in ("max", "min"))
    return f"write {option} {' or '.join(either)}"
