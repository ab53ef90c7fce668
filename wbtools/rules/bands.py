"""Reports at which a rank rule compares runs."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def refuse_unless_ascending(bands: Sequence[int], name: str) -> None:
    """Raise where a run would reach two bands at once, which no rank rule is followed through.

    Args:
        bands: Numbers of reports.
        name: What the rule calls them.

    Raises:
        ValueError: They do not ascend, or one comes twice.
    """
    if any(first >= second for first, second in pairwise(bands)):
        msg = f"{name} must ascend without repeats"
        raise ValueError(msg)
