"""Sweeps as pandas data frames."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from wbtools.answers.archive.run_columns import run_columns
from wbtools.answers.frame import dtype_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wbtools.model import Curves, Sweep

_REPORT_DTYPES: Final = {
    "run_id": "object",
    "run_name": "object",
    "metric": "object",
    "report": "int64",
    "step": "int64",
    "time_s": "float64",
    "value": "float64",
    "complete": "bool",
}


def runs_frame(sweep: Sweep) -> pd.DataFrame:
    """One row a run, in the sweep's order, with the columns of `run_columns`; nothing is masked."""
    columns = run_columns(sweep.runs, show_secrets=True)
    series = [pd.Series(list(column.values), dtype=dtype_of(column.kind)) for column in columns]
    frame = pd.DataFrame(dict(enumerate(series)))
    # As objects: pandas' own texts cannot hold half a surrogate pair, which a key may.
    frame.columns = pd.Index([column.name for column in columns], dtype="object")
    return frame


def curves_frame(sweep: Sweep) -> pd.DataFrame:
    """One row a report (a finite logged value), by metric, then run, then report."""
    names = {run.id: run.name for run in sweep.runs}
    parts = [_reports(curves, names) for curves in sweep.curves.values()]
    if not parts:
        return pd.DataFrame(
            {name: pd.Series(dtype=dtype) for name, dtype in _REPORT_DTYPES.items()}
        )
    return pd.concat(parts, ignore_index=True)


def _reports(curves: Curves, names: Mapping[str, str]) -> pd.DataFrame:
    inside = np.arange(curves.steps.shape[1]) < curves.n_reports[:, None]
    rows, reports = np.nonzero(inside)
    run_ids = [curves.run_ids[row] for row in rows.tolist()]
    columns = (
        run_ids,
        [names[run_id] for run_id in run_ids],
        [curves.metric] * len(run_ids),
        reports + 1,
        curves.steps[inside],
        curves.times_s[inside],
        curves.values[inside],  # noqa: PD011 - no frame's, but of `Curves`
        np.full(len(run_ids), curves.complete),
    )
    return pd.DataFrame(
        {
            name: pd.Series(column, dtype=dtype)
            for (name, dtype), column in zip(_REPORT_DTYPES.items(), columns, strict=True)
        }
    )
