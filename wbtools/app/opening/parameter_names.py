"""What parameters are called in configurations, where the user calls them as a table's columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from wbtools.app.opening.source import SweepSource


def names_in_configurations(
    names: Iterable[str], sources: Sequence[SweepSource]
) -> tuple[str, ...]:
    """Each name as the first source knows it that has another one for it; else as it stands.

    Args:
        names: As the user wrote them, patterns too.
        sources: All that the command looks at.
    """
    return tuple(
        next((known for source in sources if (known := source.parameter_name(name)) != name), name)
        for name in names
    )
