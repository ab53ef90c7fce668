"""What parameters are called in configurations, where the user calls them as a table's columns."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from wbtools.app.opening.metric_names import near_hint
from wbtools.errors import UsageError
from wbtools.text.numbers import listed

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from wbtools.app.opening.source import SweepSource

_MOST_LISTED = 12


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


def check_names(option: str, patterns: Iterable[str], names: Collection[str]) -> None:
    """Refuse what no parameter is called, with the names near it.

    Args:
        option: Where the user named them.
        patterns: As the user wrote them.
        names: Of the parameters that the runs have.

    Raises:
        UsageError: A pattern fits no name.
    """
    for pattern in patterns:
        if any(fnmatchcase(name, pattern) for name in names):
            continue
        known = listed(map(repr, sorted(names)), most=_MOST_LISTED)
        hint = f"the parameters are {known}" if names else "the runs have no parameters"
        msg = f"{option} {pattern!r} is not a parameter of the runs"
        raise UsageError(msg, near_hint(pattern, dict.fromkeys(names, 1), hint))
