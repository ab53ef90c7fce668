"""Names near a metric that was asked for and not found, for the error that says so."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from wbtools.model import parse_metric
from wbtools.model.metric import goal_hint
from wbtools.sources.local.findings import DAMAGED
from wbtools.text.suggestions import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from wbtools.findings import Finding

_MOST_NEAR = 3
_MOST_LISTED = 12


def near_misses(wanted: str, logged: Mapping[str, int]) -> list[str]:
    """Logged names that the user may have meant, the nearest first.

    Args:
        wanted: What was asked for.
        logged: Number of runs by logged name.
    """
    flat = _flat(wanted)
    same = [name for name in logged if name != wanted and _flat(name) == flat]
    part = [name for name in logged if flat and (flat in _flat(name) or _flat(name) in flat)]
    close = difflib.get_close_matches(wanted, list(logged), n=_MOST_NEAR)
    ranked = dict.fromkeys((*same, *close, *sorted(part, key=lambda name: -logged[name])))
    return [name for name in ranked if name != wanted][:_MOST_NEAR]


def near_hint(wanted: str, logged: Mapping[str, int], otherwise: str) -> str:
    """What an error advises about a name that is not there: those near it, or else `otherwise`."""
    return did_you_mean(near_misses(wanted, logged)) or otherwise


def metric_hint(wanted: str, logged: Mapping[str, int], otherwise: str) -> str:
    """What an error advises about a metric that was not logged.

    A logged name that ends like a goal, or one with something behind it that is no goal, is advised
    with a goal behind it: to name it alone would be read as before.
    """
    misread = [
        name
        for name in logged
        if name == wanted.rpartition(":")[0]
        or (name.startswith(f"{wanted}:") and parse_metric(name).name == wanted)
    ]
    return goal_hint(misread[0]) if misread else near_hint(wanted, logged, otherwise)


def listed(logged: Mapping[str, int], *, sampled: bool = False) -> str:
    """The logged names with their numbers of runs, most common first, as one line.

    Args:
        logged: Number of runs by logged name.
        sampled: The numbers are those of some of the run files.
    """
    ranked = sorted(logged.items(), key=lambda item: (-item[1], item[0]))
    shown = ", ".join(f"{name!r} ({n})" for name, n in ranked[:_MOST_LISTED])
    more = len(ranked) - _MOST_LISTED
    every = f"{shown} and {more} more" if more > 0 else shown
    return f"{every}, counted in a sample of the run files" if sampled and every else every


def where_logged(
    logged: Mapping[str, int], findings: Iterable[Finding], *, sampled: bool = False
) -> str:
    """Under which names numbers were logged; without any, which files could not tell.

    Args:
        logged: Number of runs by logged name.
        findings: What was found while the runs were read.
        sampled: The numbers are those of some of the run files.
    """
    among = listed(logged, sampled=sampled)
    if among:
        return f"numbers were logged under {among}"
    unread = [finding.title for finding in findings if finding.code == DAMAGED]
    if not unread:
        return "no number was logged under any name"
    return f"what was logged is not known: {'; '.join(unread)}"


def _flat(name: str) -> str:
    return "".join(char for char in name.lower() if char.isalnum())
