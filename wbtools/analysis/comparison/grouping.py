"""Split a sweep's runs into sides: by what W&B knows of a run, or by a column or a parameter."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import TYPE_CHECKING

from wbtools.errors import UsageError
from wbtools.sweepfile.kinds import is_number
from wbtools.text.masking import holds_secret
from wbtools.text.numbers import count

if TYPE_CHECKING:
    from wbtools.analysis.comparison.sweep_group import SweepGroup
    from wbtools.model import Run

MOST_SIDES = 100
_MANY = 10
_EXACT = 2**53  # beyond it not every whole number is a float


class Attribute(StrEnum):
    """What W&B itself knows of a run, by the words that name it; they win over a parameter."""

    GROUP = "group"
    JOB_TYPE = "job_type"
    HOST = "host"
    GPU = "gpu"
    STATE = "state"


def split_by(side: SweepGroup, key: str) -> tuple[list[SweepGroup], int]:
    """Split a side into one for every value, and count the runs that have none.

    Numbers ascend; other values come in the order in which their first runs do.

    Args:
        side: Of a whole sweep.
        key: An `Attribute` that some run has, or else a column or a parameter.

    Raises:
        UsageError: No run has it, its values are secret, or there are too many of them: more than
            100, or more than 10 and fewer than two runs each.
    """
    is_attribute = key in list(Attribute) and any(_attribute(run, key) for run in side.runs)
    rows: dict[str, list[int]] = {}
    numbers: dict[str, float] = {}
    for row, run in enumerate(side.runs):
        value = _attribute(run, key) if is_attribute else run.config.get(key)
        if value is None or value == "":
            continue
        if not is_attribute and holds_secret(key, value):
            msg = (
                f"values of {key!r} are masked wherever they are shown, so they cannot name groups"
            )
            raise UsageError(msg, "name another column or parameter with --group-by")
        text = _text(value)
        rows.setdefault(text, []).append(row)
        if is_number(value) and abs(value) <= sys.float_info.max:
            numbers[text] = float(value)
    if not rows:
        raise _unknown_key(side, key)
    n_with = sum(map(len, rows.values()))
    if len(rows) > min(MOST_SIDES, max(_MANY, n_with // 2)):
        msg = f"{key!r} has {count(len(rows), 'value')} in {count(n_with, 'run')} of {side.source}"
        raise UsageError(msg, "name a column or a parameter with few values, many runs each")
    n_without = len(side.runs) - n_with
    values = sorted(rows, key=lambda text: numbers[text]) if len(numbers) == len(rows) else rows
    return [side.part(value, rows[value]) for value in values], n_without


def _unknown_key(side: SweepGroup, key: str) -> UsageError:
    known = sorted({name for run in side.runs for name in run.config})
    same_end = [name for name in known if name.rpartition(".")[2] == key.rpartition(".")[2]]
    msg = f"no run of {side.source} has {key!r}"
    if same_end:
        return UsageError(msg, f"did you mean {' or '.join(map(repr, same_end[:3]))}?")
    named = ", ".join(repr(name) for name in known[:12]) or "no parameter at all"
    return UsageError(msg, f"runs can be grouped by {', '.join(Attribute)}, or by {named}")


def _text(value: object) -> str:
    """What a side is called: 32 and 32.0 are one value, which W&B and tables write either way."""
    if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT:
        return str(int(value))
    return str(value)


def _attribute(run: Run, key: str) -> str | None:
    value = getattr(run, key)
    return None if value is None else str(value)
