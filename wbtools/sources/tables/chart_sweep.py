"""A sweep of the curves that W&B's charts show, and of the run table that lies beside them.

A chart tells what its runs logged and nothing else of them: no state, no configuration. A run table
in the same folder that holds all of its runs says the rest.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from wbtools.errors import DataError, UsageError
from wbtools.findings import Confidence, Finding, Severity
from wbtools.model import Curves, Run, Series, Sweep, SweepRef, TableReading
from wbtools.sources.run_numbers import number_runs
from wbtools.sources.tables.chart import Clock, is_chart, read_chart
from wbtools.sources.tables.csv_file import header_of
from wbtools.sources.tables.table_beside import table_beside
from wbtools.sources.tables.table_format import TableFormat
from wbtools.text.numbers import count

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from wbtools.sources.tables.chart import Chart, ChartCurve

_MOST_FILES: Final = 1_000
"""CSV files of a folder that are looked into."""
_MOST_NAMED: Final = 5


def charts_in(folder: Path) -> list[Path]:
    """The exported charts in a folder, by name; files that cannot be read are none.

    Raises:
        DataError: The folder cannot be entered.
    """
    return [path for path, columns in _headers(folder) if is_chart(columns)]


def read_charts(paths: Sequence[Path], sweep_id: str | None = None) -> Sweep:
    """Read the curves of charts, and what a run table beside them says of their runs.

    Args:
        paths: One chart, with which those beside it are read that show the same runs under other
            metrics; or several of one folder, that are meant together.
        sweep_id: Which sweep of the run table is meant, where it holds several.

    Raises:
        UsageError: Two charts hold curves of one run under the same metric.
        DataError: A file cannot be read.
    """
    charts = [read_chart(path) for path in paths]
    if len(charts) == 1:
        charts += _charts_beside(charts[0])
    _refuse_repeats(charts)
    names = list(dict.fromkeys(name for chart in charts for name in chart.runs))
    folder = charts[0].path.parent
    tables = [path for path, columns in _headers(folder) if not is_chart(columns)]
    beside = table_beside(tables, charts, names, sweep_id)
    table = beside.table
    runs = _bare_runs(names) if table is None else _runs_of(table, names)
    findings = [*beside.findings(names), *_doubtful_curves(charts)]
    where = charts[0].path if len(paths) == 1 else charts[0].path.parent
    sources = [chart.path.name for chart in charts]
    origin = (
        f"{', '.join(sources)}: {TableFormat.WANDB_CHART}, {count(len(runs), 'curve')} a metric"
    )
    if table is not None:
        origin += f"; the rest from {table.origin.removesuffix(', no curves')}"
    return Sweep(
        ref=SweepRef(
            sweep_id=charts[0].path.stem if table is None else table.ref.sweep_id,
            path=str(where) if sweep_id is None else f"{where}#{sweep_id}",
        ),
        runs=tuple(runs),
        curves=_packed(charts, runs),
        as_of=max(chart.as_of for chart in charts),
        origin=origin,
        findings=(*(() if table is None else table.findings), *findings),
        table=TableReading(format=str(TableFormat.WANDB_CHART), tells_parameters=True)
        if table is None
        else table.table,
    )


def _headers(folder: Path) -> Iterator[tuple[Path, tuple[str, ...]]]:
    try:
        paths = sorted(path for path in folder.iterdir() if path.suffix.lower() == ".csv")
    except OSError as error:
        msg = f"{folder} cannot be read: {error.strerror or error}"
        raise DataError(msg, "check the path and its permissions") from None
    for path in paths[:_MOST_FILES]:
        columns = header_of(path)
        if columns:
            yield path, columns


def _charts_beside(chart: Chart) -> Iterator[Chart]:
    """The charts that show runs of this one under metrics that it does not have."""
    metrics = {metric for metric, _ in chart.keys}
    for path in charts_in(chart.path.parent):
        if path.resolve() == chart.path.resolve():
            continue
        try:
            other = read_chart(path)
        except DataError:
            continue  # it was not asked for
        if other.runs.keys() <= chart.runs.keys() and metrics.isdisjoint(
            metric for metric, _ in other.keys
        ):
            metrics |= {metric for metric, _ in other.keys}
            yield other


def _refuse_repeats(charts: Sequence[Chart]) -> None:
    before: dict[tuple[str, str], Chart] = {}
    for chart in charts:
        for key in chart.keys:
            if key in before:
                metric, run = key
                msg = (
                    f"{before[key].path.name} and {chart.path.name} both show {metric!r} of {run!r}"
                )
                raise UsageError(msg, "name the chart that is meant, or move the other one away")
            before[key] = chart


def _bare_runs(names: Sequence[str]) -> list[Run]:
    numbers = number_runs(names, by_place=True)
    return [
        Run(id=name, name=name, number=number, number_from=number_from)
        for name, (number, number_from) in zip(names, numbers, strict=True)
    ]


def _runs_of(table: Sweep, names: Sequence[str]) -> list[Run]:
    """The table's runs that have curves, in the table's order; curves count their reports."""
    return [replace(run, n_reports=None) for run in table.runs if run.name in {*names}]


def _packed(charts: Sequence[Chart], runs: Sequence[Run]) -> dict[str, Curves]:
    """The curves by metric, rows in the order of the runs."""
    began, origin_s = _starts(charts, runs)
    series: dict[str, dict[str, Series]] = {}
    incomplete = set()
    ids = {run.name: run.id for run in runs}
    for chart in charts:
        for curve in chart.curves:
            run_id = ids[curve.run]
            series.setdefault(curve.metric, {})[run_id] = _series(chart, curve, began[run_id])
            if curve.is_averaged or curve.is_sampled:
                incomplete.add(curve.metric)
    nothing = Series(values=np.empty(0), steps=np.empty(0, dtype=np.int64), times_s=np.empty(0))
    return {
        metric: Curves.pack(
            metric,
            [(run.id, of_metric.get(run.id, nothing)) for run in runs],
            origin_s=origin_s,
            complete=metric not in incomplete,
        )
        for metric, of_metric in series.items()
    }


def _starts(charts: Sequence[Chart], runs: Sequence[Run]) -> tuple[dict[str, float], float]:
    """When each run began by the Unix clock, NaN if unknown; and when the first of them did."""
    began = {
        run.id: np.nan if run.created_at is None else run.created_at.timestamp() for run in runs
    }
    times = [
        float(curve.times_s.min())
        for chart in charts
        if chart.clock is Clock.UNIX
        for curve in chart.curves
        if len(curve.times_s)
    ]
    known = [*times, *(start for start in began.values() if np.isfinite(start))]
    return began, min(known, default=0.0)


def _series(chart: Chart, curve: ChartCurve, began_s: float) -> Series:
    times_s = curve.times_s + began_s if chart.clock is Clock.RUN else curve.times_s
    return Series(values=curve.values, steps=curve.steps, times_s=times_s)


def _doubtful_curves(charts: Sequence[Chart]) -> Iterator[Finding]:
    """What a user should know of curves that are not the reports that runs made."""
    curves = [curve for chart in charts for curve in chart.curves]
    yield from _about(
        [curve.run for curve in curves if curve.is_averaged],
        len(curves),
        code="WBT132",
        confidence=Confidence.HIGH,
        what="hold means, not reports: W&B joined points or runs",
        hint="take the grouping and the smoothing off, or fetch the sweep: reports are counted",
    )
    yield from _about(
        [curve.run for curve in curves if curve.is_sampled],
        len(curves),
        code="WBT133",
        confidence=Confidence.MEDIUM,
        what="look like a sample of what was logged",
        hint="a page draws only some of many reports, but a rule counts them all: fetch the sweep",
    )


def _about(
    runs: Sequence[str], n_curves: int, *, code: str, confidence: Confidence, what: str, hint: str
) -> Iterator[Finding]:
    """A finding about some of the curves, whose runs are given; none where there are none."""
    if runs:
        yield Finding(
            code=code,
            severity=Severity.WARNING,
            confidence=confidence,
            subject="sweep",
            title=f"{len(runs)} of {n_curves} curves {what}",
            evidence={"n_curves": len(runs), "runs": list(dict.fromkeys(runs))[:_MOST_NAMED]},
            hint=hint,
        )
