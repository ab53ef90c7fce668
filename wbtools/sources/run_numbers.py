"""What `--run 8` means: the one rule by which runs are numbered, whatever they were read from."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from datetime import datetime

_NUMBERED_NAME: Final = re.compile(r"[^\W\d_]+(?:[-_ ][^\W\d_]+)*[-_ ](?P<number>\d{1,6})")


@dataclass(frozen=True, slots=True, kw_only=True)
class RunLabel:
    """What a run is called.

    Attributes:
        name: The display name; the id where there is none.
        number: What `--run 8` means; None where no number means this run alone.
        number_from: Where the number is from: `name` or `order`; None without one.
        created_at: When the run began, aware UTC; None if unknown.
    """

    id: str
    name: str
    number: int | None
    number_from: str | None
    created_at: datetime | None = None


def label_runs(
    runs: Iterable[tuple[str, str | None, datetime | None]],
    *,
    named_elsewhere: Collection[str] = (),
) -> tuple[RunLabel, ...]:
    """Label runs.

    Args:
        runs: Id, display name and beginning of each, in order of creation; a name that is the id
            is none.
        named_elsewhere: Ids of runs that have a name of which nothing may be known here.
    """
    known = [(run_id, None if name == run_id else name, began) for run_id, name, began in runs]
    numbers = number_runs(
        [name for _, name, _ in known],
        by_place=all(
            name is not None or run_id not in named_elsewhere for run_id, name, _ in known
        ),
    )
    return tuple(
        RunLabel(
            id=run_id,
            name=name or run_id,
            number=number,
            number_from=number_from,
            created_at=began,
        )
        for (run_id, name, began), (number, number_from) in zip(known, numbers, strict=True)
    )


def number_runs(
    names: Sequence[str | None], *, by_place: bool = True
) -> list[tuple[int | None, str | None]]:
    """Number runs by their names; where no name has a number, by their place.

    A name like W&B's own, words and at last a number (`amber-sweep-8`, `trial-0`, `grid-007`),
    gives its number. Where two names give the same one, it is neither's; and where names give a
    number that is another run's place, no place counts: runs without a number are called by id.

    Args:
        names: Display names in order of creation; None for a run without one.
        by_place: Whether places may count at all: no run has a name that is not known here.

    Returns:
        For each run its number and where that is from, `name` or `order`; None twice without one.
    """
    in_names = [number_of(name) for name in names]
    how_often = Counter(in_names)
    places = range(1, len(names) + 1)
    numbered = {number: n for number, n in how_often.items() if number is not None}
    if by_place and not any(n == 1 or number in places for number, n in numbered.items()):
        return [(place, "order") for place in places]
    return [
        (None, None) if number is None or how_often[number] > 1 else (number, "name")
        for number in in_names
    ]


def number_of(name: str | None) -> int | None:
    """The number at the end of a name like W&B's own; None for any other name."""
    match = _NUMBERED_NAME.fullmatch(name) if name else None
    return int(match["number"]) if match else None
