"""Filters, orders and pages of runs, as `project.runs` takes them."""

from __future__ import annotations

import base64
import json
import re
from typing import TYPE_CHECKING, Any

from tests.server.state import stamp

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.server.state import Run

_MISSING = object()
_FIELDS: dict[str, Callable[[Run], Any]] = {
    "name": lambda run: run.name,
    "display_name": lambda run: run.display_name,
    "displayName": lambda run: run.display_name,
    "sweep": lambda run: run.sweep,
    "sweepName": lambda run: run.sweep,
    "group": lambda run: run.group,
    "tags": lambda run: run.tags,
    "state": lambda run: run.state,
    "jobType": lambda run: run.job_type,
    "job_type": lambda run: run.job_type,
    "createdAt": lambda run: stamp(run.created_at),
    "created_at": lambda run: stamp(run.created_at),
    "heartbeatAt": lambda run: stamp(run.heartbeat_at),
    "heartbeat_at": lambda run: stamp(run.heartbeat_at),
    "updatedAt": lambda run: stamp(run.updated_at),
    "updated_at": lambda run: stamp(run.updated_at),
}
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "$eq": lambda a, b: _has(a, b),  # noqa: PLW0108 - defined below
    "$ne": lambda a, b: not _has(a, b),
    "$in": lambda a, b: any(_has(a, item) for item in b),
    "$nin": lambda a, b: not any(_has(a, item) for item in b),
    "$gt": lambda a, b: a is not None and a is not _MISSING and a > b,
    "$gte": lambda a, b: a is not None and a is not _MISSING and a >= b,
    "$lt": lambda a, b: a is not None and a is not _MISSING and a < b,
    "$lte": lambda a, b: a is not None and a is not _MISSING and a <= b,
    "$exists": lambda a, b: (a is not _MISSING) == b,
    "$regex": lambda a, b: isinstance(a, str) and re.search(b, a) is not None,
}


def _has(value: Any, wanted: Any) -> bool:
    return wanted in value if isinstance(value, list) else value == wanted


def matching(runs: Sequence[Run], filters: str | None) -> list[Run]:
    """The runs that a filter (Mongo's language, as JSON) lets through.

    Raises:
        ValueError: An operator or field that this server does not know.
    """
    tree = json.loads(filters) if filters else {}
    return [run for run in runs if _lets_through(tree, run)] if tree else list(runs)


def _lets_through(tree: dict[str, Any], run: Run) -> bool:
    for key, value in tree.items():
        if key == "$and":
            good = all(_lets_through(part, run) for part in value)
        elif key == "$or":
            good = any(_lets_through(part, run) for part in value)
        elif key == "$not":
            good = not _lets_through(value, run)
        elif key.startswith("$"):
            msg = f"unknown filter operator {key!r}"
            raise ValueError(msg)
        else:
            good = _compares(_field(run, key), value)
        if not good:
            return False
    return True


def _compares(found: Any, wanted: Any) -> bool:
    if not isinstance(wanted, dict):
        return _has(found, wanted)
    for operator, value in wanted.items():
        if operator not in _COMPARE:
            msg = f"unknown filter operator {operator!r}"
            raise ValueError(msg)
        if not _COMPARE[operator](found, value):
            return False
    return True


def _field(run: Run, path: str) -> Any:
    if path in _FIELDS:
        return _FIELDS[path](run)
    head, _, rest = path.partition(".")
    if head == "config":
        key = rest.removesuffix(".value")
        found = run.config.get(key, _MISSING)
        return found["value"] if isinstance(found, dict) and "value" in found else found
    if head == "summary_metrics":
        return run.summary.get(rest, _MISSING)
    msg = f"unknown filter field {path!r}"
    raise ValueError(msg)


def ordered(runs: list[Run], order: str | None) -> list[Run]:
    """The runs in an order such as `+created_at` or `-summary_metrics.loss`; ties by id."""
    word = order or "+created_at"
    down = word.startswith("-")
    path = word.lstrip("+-")
    if path in {"created_at", "createdAt"}:
        return sorted(runs, key=lambda run: (run.created_at, run.id), reverse=down)
    keyed = [(_field(run, path), run) for run in runs]
    known = [(value, run) for value, run in keyed if isinstance(value, int | float | str)]
    known.sort(key=lambda pair: (pair[0], pair[1].id), reverse=down)
    unknown = [run for value, run in keyed if not isinstance(value, int | float | str)]
    return [run for _, run in known] + unknown


def page(
    items: Sequence[Any], first: int | None, after: str | None, *, limit: int, cursor: str
) -> dict[str, Any]:
    """A connection over items that have an `id`: edges with cursors, and the page's end."""
    start = 0
    if after:
        kind, place, key = json.loads(base64.b64decode(after))
        start = place
        if kind == "keyset":
            position = next((k for k, item in enumerate(items) if item.id == key), None)
            start = place - 1 if position is None else position + 1
    size = min(first if first is not None else limit, limit)
    chosen = items[start : start + size]
    edges = [
        {"item": item, "cursor": _cursor(cursor, start + k + 1, item.id)}
        for k, item in enumerate(chosen)
    ]
    return {
        "edges": edges,
        "pageInfo": {
            "__typename": "PageInfo",
            "endCursor": edges[-1]["cursor"] if edges else None,
            "hasNextPage": start + len(chosen) < len(items),
        },
        "totalCount": len(items),
    }


def _cursor(kind: str, place: int, key: str) -> str:
    return base64.b64encode(json.dumps([kind, place, key]).encode()).decode()
