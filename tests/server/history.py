"""Histories: rows as the SDK sent them, or columns of a bulk load that are written lazily."""

from __future__ import annotations

import json
import math
import random
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

_WHOLE = 1e15  # beyond it a whole float is written as a float
NONFINITE = "nonfinite"  # no word of W&B's: which it uses is a switch
Counts = Mapping[str, Mapping[str, int]]
_N_ORDERS = 7  # different orders of keys among the rows of one answer


class History(Protocol):
    """The rows of one run."""

    @property
    def n_rows(self) -> int:
        """How many rows there are, sampled or not."""
        ...

    def steps(self) -> NDArray[np.int64]:
        """`int64 [R]` the `_step` of every row."""
        ...

    def counts(self) -> Counts:
        """In how many rows each key stands, by the type of its value there."""
        ...

    def having(self, keys: Sequence[str]) -> NDArray[np.intp]:
        """The places of the rows that hold all of `keys`."""
        ...

    def texts(self, places: NDArray[np.intp], keys: Sequence[str] | None) -> list[str]:
        """The rows at `places` as JSON texts, cut down to `keys` if given."""
        ...


@dataclass(slots=True)
class RowHistory:
    """Rows as they came through the file stream, in the order of arrival."""

    rows: list[dict[str, Any]] = field(default_factory=list)

    @property
    def n_rows(self) -> int:
        return len(self.rows)

    def steps(self) -> NDArray[np.int64]:
        return np.array([row.get("_step", k) for k, row in enumerate(self.rows)], dtype=np.int64)

    def counts(self) -> Counts:
        out: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for row in self.rows:
            for key, value in row.items():
                out[key][type_of(value)] += 1
        return out

    def having(self, keys: Sequence[str]) -> NDArray[np.intp]:
        found = [k for k, row in enumerate(self.rows) if all(key in row for key in keys)]
        return np.array(found, dtype=np.intp)

    def texts(self, places: NDArray[np.intp], keys: Sequence[str] | None) -> list[str]:
        return [self._text(int(place), keys) for place in places]

    def _text(self, place: int, keys: Sequence[str] | None) -> str:
        row = self.rows[place]
        chosen = list(row) if keys is None else [key for key in keys if key in row]
        random.Random(place).shuffle(chosen)  # noqa: S311 - key order is random, not secret
        return wire_text({key: row[key] for key in chosen})


@dataclass(slots=True)
class ColumnHistory:
    """Numbers of a bulk load: columns, turned into text only when somebody asks.

    Attributes:
        columns: `[R]` each; `_step` is filled in if it is not there. NaN and infinities are
            values that were logged.
        present: `bool [R]` where a key was logged, for keys that are not in every row.
    """

    columns: dict[str, NDArray[Any]]
    present: Mapping[str, NDArray[np.bool_]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        n = len(next(iter(self.columns.values()))) if self.columns else 0
        self.columns = {"_step": np.arange(n, dtype=np.int64), **self.columns}

    @property
    def n_rows(self) -> int:
        return len(self.columns["_step"])

    def steps(self) -> NDArray[np.int64]:
        return np.asarray(self.columns["_step"], dtype=np.int64)

    def counts(self) -> Counts:
        return {
            key: _types(column[self.present[key]] if key in self.present else column)
            for key, column in self.columns.items()
        }

    def having(self, keys: Sequence[str]) -> NDArray[np.intp]:
        there = np.ones(self.n_rows, dtype=bool)
        for key in keys:
            if key not in self.columns:
                return np.array([], dtype=np.intp)
            if key in self.present:
                there &= self.present[key]
        return np.flatnonzero(there)

    def texts(self, places: NDArray[np.intp], keys: Sequence[str] | None) -> list[str]:
        chosen = [key for key in (keys or self.columns) if key in self.columns]
        parts = {key: self._parts(key, places) for key in chosen}
        out = [""] * len(places)
        for k in range(min(_N_ORDERS, len(places))):
            random.Random(k).shuffle(chosen)  # noqa: S311 - as above
            lines = zip(*(parts[key][k::_N_ORDERS] for key in chosen), strict=True)
            out[k::_N_ORDERS] = ["{" + ",".join(filter(None, line)) + "}" for line in lines]
        return out

    def _parts(self, key: str, places: NDArray[np.intp]) -> list[str]:
        head = json.dumps(key) + ":"
        values = self.columns[key][places].tolist()
        if key not in self.present:
            return [head + number_text(value) for value in values]
        presence = self.present[key][places].tolist()
        pairs = zip(values, presence, strict=True)
        return [head + number_text(value) if there else "" for value, there in pairs]


def number_text(value: Any) -> str:
    """A number as W&B's backend writes it: whole floats as integers, NaN as a text."""
    if isinstance(value, float):
        if math.isnan(value):
            return '"NaN"'
        if math.isinf(value):
            return '"Infinity"' if value > 0 else '"-Infinity"'
        return str(int(value)) if value.is_integer() and abs(value) < _WHOLE else repr(value)
    return json.dumps(value)


def wire_text(value: Any) -> str:
    """Any JSON value as W&B's backend writes it."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(k)}:{wire_text(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(wire_text, value)) + "]"
    return number_text(value)


def type_of(value: Any) -> str:
    """What W&B's `historyKeys` calls a logged value; NaN and infinities are `NONFINITE`."""
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "number"
    if isinstance(value, float):
        return "number" if math.isfinite(value) else NONFINITE
    if isinstance(value, str):
        return NONFINITE if value in {"NaN", "Infinity", "-Infinity"} else "string"
    if isinstance(value, dict):
        return str(value.get("_type", "map"))
    return "nil" if value is None else "list"


def _types(column: NDArray[Any]) -> Counter[str]:
    """The types of a column's values, without a look at each where NumPy knows them."""
    if column.dtype.kind in "iu":
        return Counter({"number": len(column)})
    if column.dtype.kind == "f":
        n_finite = int(np.isfinite(column).sum())
        return Counter({"number": n_finite, NONFINITE: len(column) - n_finite})
    return Counter(map(type_of, column.tolist()))


def history_keys(histories: Iterable[History], *, nonfinite: str = "string") -> dict[str, Any]:
    """W&B's `historyKeys`: what was logged how often as which type, and the last step.

    Args:
        histories: Of one run.
        nonfinite: The type of NaN and infinities, which travel as texts.
    """
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    last = -1
    for history in histories:
        for key, types in history.counts().items():
            for word, count in types.items():
                counts[key][nonfinite if word == NONFINITE else word] += count
        if history.n_rows:
            last = max(last, int(history.steps().max()))
    keys = {
        key: {"typeCounts": [{"type": t, "count": n} for t, n in types.most_common() if n]}
        for key, types in counts.items()
    }
    return {"sets": [], "keys": keys, "lastStep": last}
