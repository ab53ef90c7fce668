"""Which of several sweeps is meant that go by the same name: asked, or else refused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from wbtools.errors import AmbiguousSweep
from wbtools.text.shell_words import command_line

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_MOST_LISTED: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepChoice:
    """A sweep that may be meant.

    Attributes:
        reference: What means it and no other.
        words: What it is: where it lies, and how many runs it has; may be empty.
    """

    reference: str
    words: str = ""

    def __str__(self) -> str:
        """`acme/ocr/qz81x0ab (28 runs)`, the reference as a shell takes it."""
        return command_line([self.reference]) + (f" ({self.words})" if self.words else "")


def chosen(
    message: str,
    choices: Sequence[SweepChoice],
    ask_which: Callable[[str, Sequence[SweepChoice]], SweepChoice | None] | None,
) -> int:
    """The place of the one that the user chooses; without a choice the only one is meant.

    Args:
        message: What is wrong, as `'qz81x0ab' means 2 sweeps`.
        choices: At least one.
        ask_which: Asks the user; None where nobody can answer.

    Raises:
        AmbiguousSweep: There are several, and nobody says which.
    """
    if len(choices) == 1:
        return 0
    answer = None if ask_which is None else ask_which(message, choices)
    if answer is None:
        raise AmbiguousSweep(message, f"name one: {listed_choices(choices)}")
    return list(choices).index(answer)


def listed_choices(choices: Sequence[SweepChoice], otherwise: str = "") -> str:
    """The choices as one line.

    Args:
        choices: The first dozen of them are shown.
        otherwise: How to see the others.
    """
    more = len(choices) - _MOST_LISTED
    shown = ", ".join(map(str, choices[:_MOST_LISTED]))
    return shown + (f" and {more} more{otherwise}" if more > 0 else "")
