"""What `sampledHistory`, `history` and `parquetHistory` answer."""

from __future__ import annotations

import io
import json
import random
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tests.server.history import History
    from tests.server.switches import Switches

_DEFAULT_SAMPLES = 500
_WOBBLE = random.Random(0)  # noqa: S311 - one stream for the whole process: no two calls agree


def sampled(history: History, spec_text: str, switches: Switches) -> str:
    """The rows for one spec, as one JSON list in text form.

    A spec is JSON with `keys`, `samples`, `minStep`, `maxStep`, all optional.

    Raises:
        ValueError: The spec holds something else.
    """
    spec = json.loads(spec_text)
    if unknown := set(spec) - {"keys", "samples", "minStep", "maxStep"}:
        msg = f"unknown words in a history spec: {sorted(unknown)}"
        raise ValueError(msg)
    keys = spec.get("keys") or None
    places = history.having(keys) if keys else np.arange(history.n_rows)
    steps = history.steps()[places]
    inside = steps >= spec.get("minStep", np.iinfo(np.int64).min)
    if "maxStep" in spec:
        inside &= steps < spec["maxStep"]
    places, steps = places[inside], steps[inside]
    limit = min(spec.get("samples", _DEFAULT_SAMPLES), switches.sample_limit)
    places = _fewer(places, steps, limit, switches.sampling)
    return "[" + ",".join(history.texts(places, keys)) + "]"


def _fewer(
    places: NDArray[np.intp], steps: NDArray[np.int64], limit: int, how: str
) -> NDArray[np.intp]:
    if len(places) <= limit:
        return places
    if how == "wobbly":
        return places[sorted(_WOBBLE.sample(range(len(places)), limit))]
    if how == "buckets":
        width = max(1, int(steps[-1] - steps[0]) + 1)
        bucket = (steps - steps[0]) * limit // width
        last = np.flatnonzero(np.append(bucket[1:] != bucket[:-1], True))
        return places[last]
    return places[np.linspace(0, len(places) - 1, limit).round().astype(np.intp)]


def ranged(
    history: History, low: int | None, high: int | None, most: int, *, first: int = 0
) -> list[str]:
    """Rows with `low <= _step < high` as JSON texts, at most so many, from the lowest step.

    The first `first` rows are left out.
    """
    steps = history.steps()
    inside = np.arange(len(steps)) >= first
    if low is not None:
        inside &= steps >= low
    if high is not None:
        inside &= steps < high
    places = np.flatnonzero(inside)
    places = places[np.argsort(steps[places], kind="stable")]
    return history.texts(places[:most], None)


def n_exported(history: History, how: str) -> int:
    """How many of the first rows are in Parquet files."""
    return {"none": 0, "part": history.n_rows // 2, "all": history.n_rows}[how]


def parquet_bytes(history: History, n_rows: int) -> bytes:
    """The first rows as a real Parquet file; numbers as float64, `_step` as int64, texts as text.

    NaN and infinities are floats in it.
    """
    import pyarrow as pa  # slow to import, and only a few tests ask for it
    import pyarrow.parquet as pq

    rows = [json.loads(text) for text in history.texts(np.arange(n_rows), None)]
    keys = sorted({key for row in rows for key in row})
    columns: dict[str, Any] = {}
    for key in keys:
        cells = [_cell(row.get(key)) for row in rows]
        if key == "_step":
            columns[key] = pa.array(cells, pa.int64())
        elif all(cell is None or isinstance(cell, int | float) for cell in cells):
            columns[key] = pa.array([None if c is None else float(c) for c in cells], pa.float64())
        else:
            texts = [c if c is None or isinstance(c, str) else json.dumps(c) for c in cells]
            columns[key] = pa.array(texts, pa.string())
    out = io.BytesIO()
    pq.write_table(pa.table(columns), out)
    return out.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, str) and value in {"NaN", "Infinity", "-Infinity"}:
        return float(value)
    return value
