"""The run table that lies beside exported charts, and why one that might be it is not used."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from wbtools.errors import DataError, UsageError
from wbtools.findings import Confidence, Finding, Severity
from wbtools.sources.tables.run_table import read_table
from wbtools.sweepfile.kinds import is_number
from wbtools.text.numbers import count

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from wbtools.model import Sweep
    from wbtools.sources.tables.chart import Chart

_FEWEST_CONTRADICTIONS: Final = 3
_MOST_NAMED: Final = 3
_SLACK: Final = 1e-6
"""Of a value: so much a table's digits may lie beyond the curve that they are of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableBeside:
    """The run table that says what charts do not.

    Attributes:
        table: Its sweep; None where none, or more than one, holds all the charts' runs.
        unused: Names of tables that might have been meant, with the reason against each.
    """

    table: Sweep | None = None
    unused: tuple[tuple[str, str], ...] = ()

    def findings(self, names: Sequence[str]) -> Iterator[Finding]:
        """What a user should know of it.

        Args:
            names: Of the charts' runs.
        """
        if self.unused and self.table is None:
            reasons = "; ".join(f"{name} {why}" for name, why in self.unused[:_MOST_NAMED])
            yield Finding(
                code="WBT130",
                severity=Severity.WARNING,
                confidence=Confidence.HIGH,
                subject="sweep",
                title=f"no run table beside the chart is used: {reasons}",
                evidence={"tables": dict(self.unused[:_MOST_NAMED])},
                hint="states and parameters come from the one table that names each of its runs",
            )
        if self.table is not None and len(self.table.runs) > len(names):
            n = len(self.table.runs) - len(names)
            yield Finding(
                code="WBT131",
                severity=Severity.WARNING,
                confidence=Confidence.HIGH,
                subject="sweep",
                title=f"the chart shows no curve of {count(n, 'run')} of the run table; left out",
                evidence={"n_runs": n},
                hint="a page shows few runs at once: select all before you export the chart",
            )


def table_beside(
    paths: Sequence[Path], charts: Sequence[Chart], names: Sequence[str], sweep_id: str | None
) -> TableBeside:
    """Find the only table that names each run of the charts once, and agrees with their curves.

    Args:
        paths: The tables in the charts' folder that are no charts.
        charts: All that are read together.
        names: Of their runs.
        sweep_id: Which sweep of a table is meant, where it holds several.
    """
    fitting: list[tuple[str, Sweep]] = []
    unused: list[tuple[str, str]] = []
    for path in paths:
        try:
            table = read_table(path, sweep_id)
        except UsageError as error:
            unused.append((path.name, f"cannot be taken ({error.message})"))
            continue
        except DataError:
            continue  # it was not asked for
        how_often = Counter(run.name for run in table.runs)
        if not any(how_often[name] for name in names):
            continue
        why = _why_not(table, charts, names, how_often)
        if why is None:
            fitting.append((path.name, table))
        else:
            unused.append((path.name, why))
    if len(fitting) == 1:
        return TableBeside(table=fitting[0][1])
    unused += [(name, "fits as others do") for name, _ in fitting]
    return TableBeside(unused=tuple(unused))


def _why_not(
    table: Sweep, charts: Sequence[Chart], names: Sequence[str], how_often: Mapping[str, int]
) -> str | None:
    repeated = next((name for name in names if how_often[name] > 1), None)
    if repeated is not None:
        return f"names {repeated!r} {how_often[repeated]} times"
    missing = [name for name in names if not how_often[name]]
    if missing:
        return f"lacks {count(len(missing), 'run')} of the chart, such as {missing[0]!r}"
    by_name = {run.name: run for run in table.runs}
    for chart in charts:
        n_beyond = n_compared = 0
        for curve in chart.curves:
            value = by_name[curve.run].summary.get(curve.metric)
            if not is_number(value):
                continue
            if not len(curve.values):
                continue
            slack = _SLACK * max(abs(value), 1e-300)
            n_compared += 1
            n_beyond += not curve.values.min() - slack <= value <= curve.values.max() + slack
        if n_beyond >= _FEWEST_CONTRADICTIONS and 2 * n_beyond > n_compared:
            return f"has other values of {chart.curves[0].metric!r} than the curves"
    return None
