"""W&B's filter language on runs that lie here: what its server does with `--filter`.

The language is MongoDB's, on W&B's names: https://docs.wandb.ai/ref/python/public-api/api, `runs`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from wbtools.errors import UsageError
from wbtools.model.configuration import same_value

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from wbtools.model import Run

_MISSING: Final = object()
_DEEPEST: Final = 20
_OF_RUN: Final[Mapping[str, Callable[[Run], object]]] = {
    "name": lambda run: run.id,
    "display_name": lambda run: run.name,
    "displayName": lambda run: run.name,
    "state": lambda run: str(run.state),
    "group": lambda run: run.group,
    "tags": lambda run: list(run.tags),
    "jobType": lambda run: run.job_type,
    "job_type": lambda run: run.job_type,
    "host": lambda run: run.host,
    "createdAt": lambda run: None if run.created_at is None else run.created_at.isoformat(),
    "created_at": lambda run: None if run.created_at is None else run.created_at.isoformat(),
}
_CONFIG: Final = "config."
_SUMMARY: Final = ("summary_metrics.", "summary.")
_ORDERS: Final[Mapping[str, Callable[[float], bool]]] = {
    "$gt": lambda order: order > 0,
    "$gte": lambda order: order >= 0,
    "$lt": lambda order: order < 0,
    "$lte": lambda order: order <= 0,
}
_EXAMPLE: Final = """write one such as '{"config.lr": {"$gt": 0.001}, "state": "finished"}'"""


def fulfils(run: Run, conditions: Mapping[str, object]) -> bool:
    """Whether a run fulfils all conditions of a filter.

    Args:
        run: With its summary, if a condition asks for that.
        conditions: By names of W&B's, `$and`, `$or` or `$nor`.

    Raises:
        UsageError: The filter says what W&B's server knows and this does not, or nobody.
    """
    return _all_of([_holds(run, name, condition, 0) for name, condition in conditions.items()])


def _all_of(answers: list[bool]) -> bool:
    """Whether all are so, none left unasked: a name that nothing tells is refused in any place."""
    return all(answers)


def _holds(run: Run, name: str, condition: object, depth: int) -> bool:
    if depth > _DEEPEST:
        msg = f"--filter is nested more than {_DEEPEST} deep"
        raise UsageError(msg, _EXAMPLE)
    if name in {"$and", "$or", "$nor"}:
        parts = condition if isinstance(condition, list) else None
        if not parts or not all(isinstance(part, dict) for part in parts):
            msg = f"{name} in --filter takes a list of conditions"
            raise UsageError(msg, _EXAMPLE)
        answers = [
            all(_holds(run, key, inner, depth + 1) for key, inner in part.items()) for part in parts
        ]
        return all(answers) if name == "$and" else any(answers) is (name == "$or")
    value = _value(run, name)
    if isinstance(condition, dict) and any(str(key).startswith("$") for key in condition):
        return _all_of([_fits(value, operator, wanted) for operator, wanted in condition.items()])
    return _equals(value, condition)


def _value(run: Run, name: str) -> object:
    """What a name stands for; `_MISSING` where the run has nothing under it."""
    if name in _OF_RUN:
        return _OF_RUN[name](run)
    if name.startswith(_CONFIG):
        key = name.removeprefix(_CONFIG)
        # W&B keeps `config.lr` as `config.lr.value`, and its server takes either.
        return run.config.get(key, run.config.get(key.removesuffix(".value"), _MISSING))
    for prefix in _SUMMARY:
        if name.startswith(prefix):
            return run.summary.get(name.removeprefix(prefix), _MISSING)
    msg = f"--filter asks for {name!r}, which nothing here tells of local runs"
    raise UsageError(msg, f"there are config.…, summary_metrics.…, {', '.join(_OF_RUN)}")


def _fits(value: object, operator: str, wanted: object) -> bool:
    if operator in _ORDERS:
        order = _order(value, wanted)
        return order is not None and _ORDERS[operator](order)
    match operator, wanted:
        case "$eq", _:
            return _equals(value, wanted)
        case "$ne", _:
            return not _equals(value, wanted)
        case "$in" | "$nin", list():
            return any(_equals(value, each) for each in wanted) is (operator == "$in")
        case "$exists", bool():
            return (value is not _MISSING) is wanted
        case "$not", dict():
            return not _all_of([_fits(value, key, inner) for key, inner in wanted.items()])
        case "$regex", str():
            return _matches(value, wanted)
    msg = f"--filter has {operator} with {wanted!r}, which is not understood here"
    known = ", ".join(("$eq", "$ne", "$in", "$nin", "$exists", "$not", "$regex", *_ORDERS))
    raise UsageError(msg, f"there are {known}")


def _equals(value: object, wanted: object) -> bool:
    """As MongoDB has it: of a list, any entry may be meant, and null is what is not there."""
    if wanted is None:
        return value is _MISSING or value is None
    if isinstance(value, list) and any(same_value(entry, wanted) for entry in value):
        return True
    return value is not _MISSING and same_value(value, wanted)


def _order(value: object, wanted: object) -> float | None:
    """Above 0 if the value is greater, below if it is less; None of what has no order."""
    if isinstance(value, bool) or isinstance(wanted, bool):
        return None
    if isinstance(value, int | float) and isinstance(wanted, int | float):
        return (value > wanted) - (value < wanted) if value == value else None  # noqa: PLR0124 - NaN
    if isinstance(value, str) and isinstance(wanted, str):
        return (value > wanted) - (value < wanted)
    return None


def _matches(value: object, pattern: str) -> bool:
    try:
        expression = re.compile(pattern)
    except (re.error, RecursionError, OverflowError) as error:
        msg = f"--filter has no regular expression in {pattern!r}: {error}"
        raise UsageError(
            msg, """write one such as '{"display_name": {"$regex": "^lr"}}'"""
        ) from None
    texts = value if isinstance(value, list) else [value]
    return any(isinstance(text, str) and expression.search(text) is not None for text in texts)
