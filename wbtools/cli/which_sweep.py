"""Ask on a terminal which of several sweeps is meant."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from wbtools.cli.output import note

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wbtools.app.opening.sweep_choice import SweepChoice

_MOST_TRIES = 3


def ask_which(message: str, choices: Sequence[SweepChoice]) -> SweepChoice | None:
    """The sweep that the user chooses by its number; None where nobody sits there, or chooses none.

    Args:
        message: Why it is asked, as `'qz81x0ab' means 2 sweeps`.
        choices: Those that may be meant.
    """
    from wbtools.text.sanitize import sanitize

    streams = (sys.stdin, sys.stderr)
    if not all(stream is not None and stream.isatty() for stream in streams):
        return None
    lines = [f"  {n}  {choice}" for n, choice in enumerate(choices, start=1)]
    note("".join(f"{sanitize(line, limit=0)}\n" for line in [message, *lines]))
    for _ in range(_MOST_TRIES):
        note(f"which one? [1-{len(choices)}] ")
        answer = sys.stdin.readline().strip()
        if not answer:
            return None
        if answer.isdecimal() and 1 <= int(answer) <= len(choices):
            return choices[int(answer) - 1]
    return None
