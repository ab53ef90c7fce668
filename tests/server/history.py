"""Histories: rows as the SDK sent them, or columns of a bulk load that are written lazily."""

from __future__ import annotations

import json
import math
import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

_WHOLE = 1e15  # beyond it a whole float is written as a float
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

    def counts(self) -> dict[str, int]:
        """In how many rows each key stands."""
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

    def counts(self) -> dict[str, int]:
        out: dict[str, int] = {}
        for row in self.rows:
            for key in row:
                out[key] = out.get(key, 0) + 1
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

    def counts(self) -> dict[str, int]:
        full = dict.fromkeys(self.columns, self.n_rows)
        return {**full, **{key: int(mask.sum()) for key, mask in self.present.items()}}

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
        here = self.present[key][places].tolist()
        pairs = zip(values, here, strict=True)
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


def history_keys(histories: Iterable[History]) -> dict[str, Any]:
    """W&B's `historyKeys`: what was logged how often, and the last step."""
    keys: dict[str, Any] = {}
    last = -1
    for history in histories:
        for key, count in history.counts().items():
            keys[key] = {"typeCounts": [{"type": "number", "count": count}]}
        if history.n_rows:
            last = max(last, int(history.steps().max()))
    return {"sets": [], "keys": keys, "lastStep": last}
