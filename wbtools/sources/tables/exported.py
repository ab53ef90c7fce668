"""Whatever was exported to a CSV file: the rows of a run table, or the curves of a chart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wbtools.sources.tables.chart import is_chart
from wbtools.sources.tables.chart_sweep import read_charts
from wbtools.sources.tables.csv_file import header_of
from wbtools.sources.tables.run_table import read_table

if TYPE_CHECKING:
    from pathlib import Path

    from wbtools.model import Sweep


def read_exported(path: Path, sweep_id: str | None = None) -> Sweep:
    """Read a CSV file.

    Args:
        path: Of a run table, or of a chart, which is joined with what lies beside it.
        sweep_id: Which sweep is meant, where a run table holds several.

    Raises:
        UsageError: It holds several sweeps and none, or another one, is asked for; or charts beside
            each other show the same.
        DataError: It cannot be read, or is neither.
    """
    if is_chart(header_of(path)):
        return read_charts([path], sweep_id)
    return read_table(path, sweep_id)
