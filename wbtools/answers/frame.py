"""An answer's table as a pandas data frame."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from wbtools.answers.columns import alternatives

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wbtools.answers.columns import Column

_DTYPES: Final = {
    bool: "boolean",
    int: "Int64",
    float: "float64",
    datetime: "datetime64[us, UTC]",
}


def dtype_of(kind: Any) -> str:  # noqa: ANN401 - a type
    """The pandas type of a column: by what its kind allows beside None; else `object`."""
    allowed = [each for each in alternatives(kind) if each is not type(None)]
    return _DTYPES.get(allowed[0], "object") if len(allowed) == 1 else "object"


def frame_of(columns: Sequence[Column[Any]], rows: Sequence[Any]) -> pd.DataFrame:
    """A row each, a column each, under its key; enumerations are their texts."""
    series = {}
    for place, column in enumerate(columns):
        values = [column.get(row) if _is_time(column) else column.value(row) for row in rows]
        dtype = dtype_of(column.kind)
        if dtype == "float64":
            values = [np.nan if value is None else value for value in values]
        series[place] = pd.Series(values, dtype=dtype)
    frame = pd.DataFrame(series)
    # As objects: pandas' own texts cannot hold half a surrogate pair, which a key may.
    frame.columns = pd.Index([column.key for column in columns], dtype="object")
    return frame


def _is_time(column: Column[Any]) -> bool:
    return datetime in alternatives(column.kind)
