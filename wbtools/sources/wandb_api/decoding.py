"""Answers of W&B's servers as nouns: texts parsed once, nothing believed to be well-formed.

Whole floats come as integers, NaN and infinities as texts, the order of keys is random, and any
field may be null.
"""

from __future__ import annotations

import math
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from wbtools.model import Run, RunState, Series
from wbtools.sources.local.json_items import NameBudget, flattened, json_value
from wbtools.sources.run_numbers import label_runs
from wbtools.sources.timestamps import utc_time
from wbtools.sources.wandb_api.responses import (
    FetchedRun,
    ListedRun,
    ReceivedRows,
    StoppableRun,
    SweepFacts,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

STEP: Final = "_step"
TIME: Final = "_timestamp"
NOT_NUMBERS: Final = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}
"""The words that stand for numbers which JSON lacks."""
LARGEST_INT: Final = 2**63 - 1
"""What 64 bits hold; a step or a count beyond it is taken for unknown."""


def sweep_facts(node: Mapping[str, Any]) -> SweepFacts:
    """A sweep node."""
    return SweepFacts(
        name=str(node["name"]),
        display_name=_text(node.get("displayName")),
        state=_text(node.get("state")),
        config=_text(node.get("config")),
        created_at=_text(node.get("createdAt")),
        updated_at=_text(node.get("updatedAt")),
        n_runs=_whole(node.get("runCount")),
    )


def listed_run(node: Mapping[str, Any]) -> ListedRun:
    """A run node of a listing."""
    return ListedRun(
        id=str(node["name"]),
        name=_text(node.get("displayName")),
        state=_state(node.get("state")),
        created_at=utc_time(node.get("createdAt")),
        heartbeat_at=utc_time(node.get("heartbeatAt")),
        updated_at=_text(node.get("updatedAt")),
        running=_flag(node.get("running")),
        n_lines=_whole(node.get("historyLineCount")),
    )


def stoppable_run(node: Mapping[str, Any]) -> StoppableRun:
    """A run node of those that may be stopped."""
    return StoppableRun(
        id=str(node["name"]),
        storage_id=str(node["id"]),
        state=_state(node.get("state")),
        stopped=_flag(node.get("stopped")),
        tags=_tags(node),
    )


def _tags(node: Mapping[str, Any]) -> tuple[str, ...] | None:
    tags = node.get("tags")
    return tuple(str(tag) for tag in tags) if isinstance(tags, list) else None


def fetched_run(
    node: Mapping[str, Any], lists: Sequence[Sequence[str]], *, names: NameBudget | None = None
) -> FetchedRun:
    """A run node of a page.

    Args:
        node: With as many lists of rows, or none.
        lists: The metrics that every row of each list holds.
        names: How long the names of its configuration and summary may be.
    """
    names = names or NameBudget()
    listed = listed_run(node)
    counts, numbers, last_step = _counts(node.get("historyKeys"), listed.n_lines)
    config, sdk_version = _config(node.get("config"), names)
    summary = _nested(node.get("summaryMetrics"))
    (label,) = label_runs([(listed.id, listed.name, listed.created_at)])
    run = Run(
        id=listed.id,
        name=label.name,
        number=label.number,
        number_from=label.number_from,
        state=listed.state,
        created_at=listed.created_at,
        heartbeat_at=listed.heartbeat_at,
        runtime_s=_runtime_s(summary, listed),
        exit_code=_whole(node.get("exitcode")),
        stopped=_flag(node.get("stopped")),
        should_stop=_flag(node.get("shouldStop")),
        config=config,
        summary=flattened({k: v for k, v in summary.items() if k != "_wandb"}, names),
        git_commit=_text(node.get("commit")),
        host=_text(node.get("host")),
        tags=_tags(node) or (),
        group=_text(node.get("group")),
        job_type=_text(node.get("jobType")),
        sdk_version=sdk_version,
    )
    given = node.get("sampledHistory")
    row_lists = (
        [some if isinstance(some, list) else [] for some in given]
        if isinstance(given, list)
        else []
    )
    row_lists += [[]] * (len(lists) - len(row_lists))
    series = {
        metric: (some, len(given_rows) - n_repeated, len(metrics) > 1)
        for metrics, given_rows in zip(lists, row_lists, strict=False)
        for metric, (some, n_repeated) in _several_series(given_rows, metrics).items()
    }
    rows = {
        metric: ReceivedRows(
            series=some,
            n_given=n_given,
            n_expected=n_expected(counts, metric, may_have_rows=is_joint or n_given > 0),
        )
        for metric, (some, n_given, is_joint) in series.items()
    }
    return FetchedRun(
        run=run,
        updated_at=listed.updated_at,
        running=listed.running,
        n_lines=listed.n_lines,
        counts=counts,
        last_step=last_step,
        numbers=numbers,
        rows=rows,
    )


def series_of(rows: Sequence[Mapping[str, Any]], metric: str) -> Series:
    """The rows that hold a number under `metric`, in the order of `in_order`.

    Args:
        rows: Of one run, names flat or nested.
        metric: The name that W&B shows.
    """
    return _several_series(rows, (metric,))[metric][0]


def _several_series(
    rows: Sequence[Mapping[str, Any]], metrics: Sequence[str]
) -> dict[str, tuple[Series, int]]:
    """As `series_of`, for metrics that stand in the same rows, with the number of repeats."""
    try:
        # Lists of millions: the usual case, numbers alone, takes no step in Python for each.
        *values, steps, times = zip(*map(itemgetter(*metrics, STEP, TIME), rows), strict=True)
    except (KeyError, ValueError, TypeError):
        return {metric: _careful_series(rows, metric) for metric in metrics}
    if not (_are_steps(steps) and set(map(type, times)) <= {int, float}):
        return {metric: _careful_series(rows, metric) for metric in metrics}
    step_array, time_array = np.array(steps, dtype=np.int64), _floats(times)
    return {
        metric: _counted(_floats(some), step_array, time_array)
        if set(map(type, some)) <= {int, float}
        else _careful_series(rows, metric)
        for metric, some in zip(metrics, values, strict=True)
    }


def _careful_series(rows: Sequence[Mapping[str, Any]], metric: str) -> tuple[Series, int]:
    """Whatever the rows hold."""
    good = [
        (number, row[STEP], _time_s(row.get(TIME)))
        for row in rows
        if isinstance(row, dict)
        and (number := _number(row[metric] if metric in row else _inside(row, metric))) is not None
        and _is_step(row.get(STEP))
    ]
    values, steps, times = zip(*good, strict=True) if good else ((), (), ())
    return _counted(_floats(values), np.array(steps, dtype=np.int64), np.array(times, dtype=float))


def _counted(
    values: NDArray[np.float64], steps: NDArray[np.int64], times_s: NDArray[np.float64]
) -> tuple[Series, int]:
    """The rows in order, and how many repeated another."""
    series = in_order(values, steps, times_s)
    return series, len(steps) - len(series.steps)


def in_order(
    values: NDArray[np.float64], steps: NDArray[np.int64], times_s: NDArray[np.float64]
) -> Series:
    """Rows by step, those that share one by their time, each once: exports and pages may overlap.

    Several processes that log to one run, and a run that is resumed at a step that it had reached,
    leave rows that share a `_step`. Their clocks count microseconds: rows of the same step, time
    and value are one row that was given twice.
    """
    if len(steps) > 1 and (np.diff(steps) <= 0).any():
        bits, time_bits = values.view(np.int64), times_s.view(np.int64)
        order = np.lexsort((bits, time_bits, steps))  # stable: the first of equal rows comes first
        is_new = np.ones(len(order), dtype=bool)
        is_new[1:] = np.diff(steps[order]) != 0
        is_new[1:] |= np.diff(time_bits[order]) != 0
        is_new[1:] |= np.diff(bits[order]) != 0
        first = np.sort(order[is_new])
        chosen = first[np.lexsort((times_s[first], steps[first]))]
        values, steps, times_s = values[chosen], steps[chosen], times_s[chosen]
    return Series(values=values, steps=steps, times_s=times_s)


def n_expected(counts: Mapping[str, int] | None, metric: str, *, may_have_rows: bool) -> int | None:
    """In how many rows a metric stands by the server's word; None where it does not say.

    Args:
        counts: By name, as far as the server counts.
        metric: A name that is not among them was not logged, unless it may have rows: the counts of
            a run that is at work lag behind.
        may_have_rows: Some came, or were asked for only where others stand too.
    """
    if counts is None or (metric not in counts and may_have_rows):
        return None
    return counts.get(metric, 0)


def _counts(
    history_keys: object, n_lines: int | None
) -> tuple[dict[str, int] | None, frozenset[str], int | None]:
    """In how many rows each name stands, which names hold numbers, and the last step."""
    history_keys = json_value(history_keys) if isinstance(history_keys, str) else history_keys
    if not isinstance(history_keys, dict):
        return ({}, frozenset(), None) if n_lines == 0 else (None, frozenset(), None)
    counts: dict[str, int] = {}
    numbers = set()
    keys = history_keys.get("keys")
    for name, facts in keys.items() if isinstance(keys, dict) else ():
        kinds = facts.get("typeCounts") if isinstance(facts, dict) else None
        if isinstance(kinds, list):
            known = [kind for kind in kinds if isinstance(kind, dict)]
            counts[str(name)] = sum(_whole(kind.get("count")) or 0 for kind in known)
            if any(kind.get("type", "number") == "number" for kind in known):
                numbers.add(str(name))
    if not counts and n_lines != 0:
        # Every row holds a step and more: a server that names nothing has not counted yet.
        return None, frozenset(), _whole(history_keys.get("lastStep"))
    return counts, frozenset(numbers), _whole(history_keys.get("lastStep"))


def _config(text: object, names: NameBudget) -> tuple[dict[str, object], str | None]:
    """`{key: {"value": v, "desc": …}}` with dotted names, and the SDK that wrote it."""
    entries = _nested(text)
    values = {
        key: entry["value"] if isinstance(entry, dict) and "value" in entry else entry
        for key, entry in entries.items()
    }
    sdk_facts = values.pop("_wandb", None)
    version = sdk_facts.get("cli_version") if isinstance(sdk_facts, dict) else None
    return flattened(values, names), _text(version)


def _nested(text: object) -> dict[str, object]:
    content = json_value(text) if isinstance(text, str) else text
    return content if isinstance(content, dict) else {}


def _runtime_s(summary: Mapping[str, object], listed: ListedRun) -> float | None:
    """What the SDK counted over all attempts, else from the first to the last sign of life."""
    sdk_facts = summary.get("_wandb")
    for seconds in (
        sdk_facts.get("runtime") if isinstance(sdk_facts, dict) else None,
        summary.get("_runtime"),
    ):
        if (
            isinstance(seconds, int | float)
            and not isinstance(seconds, bool)
            and 0 <= _float(seconds) < math.inf
        ):
            return _float(seconds)
    if listed.created_at is None or listed.heartbeat_at is None:
        return None
    span_s = (listed.heartbeat_at - listed.created_at).total_seconds()
    return span_s if span_s >= 0 else None  # a clock was wrong


def _inside(row: Mapping[str, Any], metric: str) -> object:
    """The value of a dotted name in a nested row."""
    node: object = row
    for part in metric.split("."):
        node = node.get(part) if isinstance(node, dict) else None
    return node


def _is_step(value: object) -> bool:
    if isinstance(value, float):
        return value.is_integer() and abs(value) <= LARGEST_INT / 2
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) <= LARGEST_INT


def _number(value: object) -> int | float | None:
    """A logged value as a number; None if it is none."""
    if isinstance(value, str):
        return NOT_NUMBERS.get(value)
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _floats(values: Sequence[float]) -> NDArray[np.float64]:
    """Integers beyond all floats are infinite."""
    try:
        return np.array(values, dtype=float)
    except OverflowError:
        return np.array([_float(value) for value in values])


def _float(value: float) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def _are_steps(values: Sequence[Any]) -> bool:
    """Whether all are integers of 64 bits, as they nearly always are."""
    return set(map(type, values)) <= {int} and (
        max(values, default=0) <= LARGEST_INT and min(values, default=0) >= -LARGEST_INT
    )


def _time_s(value: object) -> float:
    good = isinstance(value, int | float) and not isinstance(value, bool)
    return _float(value) if good else math.nan  # type: ignore[arg-type]  # checked


def _state(value: object) -> RunState:
    word = str(value).lower()
    return RunState(word) if word in list(RunState) else RunState.UNKNOWN


def _whole(value: object) -> int | None:
    """A count, a code or a step; None for anything else, and beyond 64 bits."""
    return int(value) if _is_step(value) else None  # type: ignore[call-overload]  # checked


def count_of(value: object) -> int | None:
    """A size or a number of things; None for anything else."""
    n = _whole(value)
    return n if n is not None and n >= 0 else None


def _flag(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
