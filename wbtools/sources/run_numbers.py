"""What `--run 8` means: the one rule by which runs are numbered, whatever they were read from."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

_NUMBERED_NAME: Final = re.compile(r"[^\W\d_]+(?:[-_ ][^\W\d_]+)*[-_ ](?P<number>[1-9]\d{0,5})")


def number_runs(names: Sequence[str | None]) -> list[tuple[int, str]]:
    """Number runs by their names, or by their place.

    A name like W&B's own, words and at last a number (`amber-sweep-8`), gives its number, unless
    another name gives the same.

    Args:
        names: Display names in order of creation; None for a run without one.

    Returns:
        For each run its number, from 1, and where that is from: `name` or `order`.
    """
    found = [_NUMBERED_NAME.fullmatch(name) if name else None for name in names]
    own = [int(match["number"]) if match else None for match in found]
    how_often = Counter(own)
    return [
        (number, "name") if number is not None and how_often[number] == 1 else (place, "order")
        for place, number in enumerate(own, start=1)
    ]
