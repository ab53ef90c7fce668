"""What `--run 8` means: the one rule by which runs are numbered, whatever they were read from."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_NUMBERED_NAME: Final = re.compile(r"[^\W\d_]+(?:[-_ ][^\W\d_]+)*[-_ ](?P<number>[1-9]\d{0,5})")


@dataclass(frozen=True, slots=True, kw_only=True)
class RunLabel:
    """What a run is called.

    Attributes:
        name: The display name; the id where there is none.
        number: What `--run 8` means.
        number_from: Where the number is from: `name` or `order`.
    """

    id: str
    name: str
    number: int
    number_from: str


def label_runs(runs: Iterable[tuple[str, str | None]]) -> tuple[RunLabel, ...]:
    """Label runs.

    Args:
        runs: Ids and display names in order of creation; a name that is the id is none.
    """
    known = [(run_id, name if name != run_id else None) for run_id, name in runs]
    numbers = number_runs([name for _, name in known])
    return tuple(
        RunLabel(id=run_id, name=name or run_id, number=number, number_from=number_from)
        for (run_id, name), (number, number_from) in zip(known, numbers, strict=True)
    )


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
    numbers_in_names = [int(match["number"]) if match else None for match in found]
    how_often = Counter(numbers_in_names)
    return [
        (number, "name") if number is not None and how_often[number] == 1 else (place, "order")
        for place, number in enumerate(numbers_in_names, start=1)
    ]
