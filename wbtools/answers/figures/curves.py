"""All learning curves of a sweep: bands, thresholds, stops, and what is known of the future."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from wbtools.analysis.gems import LEVEL
from wbtools.answers.audit.words import (
    RunNames,
    bar_words,
    of_metric,
    scale_of,
)
from wbtools.answers.figures.audit_words import (
    chance_of,
    finding_of,
    kinds_of,
    named_runs,
    setting_of,
)
from wbtools.answers.figures.bands import reached_bands
from wbtools.answers.figures.figure_data import (
    Axis,
    AxisScale,
    CurveMark,
    DotMark,
    Emphasis,
    FigureData,
    IntervalMark,
    Panel,
    RuleMark,
)
from wbtools.answers.figures.palette import BAND, BAR, THRESHOLD, series
from wbtools.answers.figures.run_kind import HIGHLIGHTED, RunKind
from wbtools.answers.figures.value_range import ValueRange, zoomed_range
from wbtools.model import Goal
from wbtools.text.numbers import count, percent
from wbtools.text.sanitize import sanitize

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wbtools.analysis.audit import Audit, RunAudit
    from wbtools.answers.figures.figure_data import Mark

MOST_SINGLE: Final = 200
"""Runs drawn one by one; of a larger sweep the others are one faint bundle."""
_LONGEST: Final = 100
_FAR_BANDS: Final = 8
"""How many times its first band the last that was reached lies, for a logarithmic axis."""
_SIDE_BY_SIDE: Final = 0.022
"""Of the axis's length: how far apart intervals stand that all belong to the horizon."""
_HALF_THRESHOLD: Final = 0.018
_BEST_SO_FAR: Final = series(0, "best so far")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Line:
    """One run's curve, or its one point.

    Attributes:
        x: `float64 [n]` reports, from 1.
        y: `float64 [n]` the metric's own units.
    """

    row: RunAudit
    label: str
    kind: RunKind
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    is_single: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Future:
    """What is known of where a stopped run would have got to."""

    row: RunAudit
    horizon: int
    low: float
    median: float
    high: float


def curves_figure(
    audit: Audit, run: RunAudit | None = None, *, is_zoomed: bool = False
) -> FigureData:
    """Lay out the curves of the metric that ranks, the rule's bands and thresholds, and the bar.

    A run table has no curves: its runs are then points, best value against reports made, or in
    their order where the table does not count reports.

    Args:
        audit: The answer.
        run: The one run that is asked for, which then stands out; otherwise likely gems do, and
            the three likeliest of the stopped runs carry their number.
        is_zoomed: Whether to show only what decides: the bar, the best runs and the runs that stand
            out, from shortly before these were stopped.
    """
    return _Curves(audit, run, is_zoomed=is_zoomed).figure()


class _Curves:
    """The figure of one audit, on its way."""

    def __init__(self, audit: Audit, run: RunAudit | None, *, is_zoomed: bool) -> None:
        self._audit, self._run, self._is_zoomed = audit, run, is_zoomed
        self._curves = audit.sweep.curves.get(audit.question.rank_by.name)
        self._names, self._scale = RunNames(audit), scale_of(audit)
        self._is_in_order = self._curves is None and any(
            row.best is not None and not row.n_reports for row in audit.rows
        )
        self._lines = self._make_lines()
        self._bands = reached_bands(audit)
        self._futures = [] if self._curves is None else self._make_futures()

    def figure(self) -> FigureData:
        audit = self._audit
        shown, first = self._shown()
        last = self._last_report()
        is_log = self._is_log()
        start = first if self._is_zoomed else 1.0 if is_log else 0.0
        room = _SIDE_BY_SIDE * (len(self._futures) + 2)
        end = _moved(last, room, (start, last), is_log=is_log)
        x = Axis(
            label=self._x_label(),
            scale=AxisScale.LOG if is_log else AxisScale.LINEAR,
            limits=(start * 0.92 if is_log else start, end + (0.0 if is_log else 0.5)),
        )
        y = Axis(
            label=sanitize(audit.question.rank_by.name, limit=_LONGEST),
            limits=(shown.low, shown.high),
        )
        rules = self._rules((start, end), is_log=is_log)
        marks = (
            *(rule for rule in rules if rule.category is not THRESHOLD),
            *self._run_marks(),
            *(rule for rule in rules if rule.category is THRESHOLD),
            *self._intervals(start, last, is_log=is_log),
        )
        kinds = {line.kind for line in self._lines}
        legend = [kind.category for kind in RunKind if kind in kinds]
        if self._bands:
            legend.append(THRESHOLD)
        return FigureData(
            name="curves",
            title=finding_of(audit, self._run),
            setting=setting_of(audit),
            panels=(Panel(x=x, y=y, marks=marks, selects=("y",)),),
            legend=tuple(legend),
            notes=self._notes(shown, start),
            description=self._description(),
        )

    def _make_lines(self) -> list[_Line]:
        """One a run with a value, those that stand out last: they are drawn on top."""
        audit, curves = self._audit, self._curves
        kinds, single = kinds_of(audit, self._run), self._single()
        with_label = {row.run.id for row in named_runs(audit, self._run)}
        lines = []
        for place, row in enumerate(audit.rows):
            if curves is not None:
                n = int(curves.n_reports[place])
                x, y = np.arange(1.0, n + 1), curves.values[place, :n]
            elif row.best is not None:
                x = np.array([place + 1.0 if self._is_in_order else float(row.n_reports or 0)])
                y = np.array([row.best])
            else:
                continue
            if len(x):
                label = f"run {self._names.short(row.run)}" if row.run.id in with_label else ""
                is_single = row.run.id in single
                kind = kinds[row.run.id]
                lines.append(_Line(row=row, label=label, kind=kind, x=x, y=y, is_single=is_single))
        order = list(RunKind)
        return sorted(lines, key=lambda line: (bool(line.label), order.index(line.kind)))

    def _single(self) -> set[str]:
        """Runs drawn one by one: all of a usual sweep; of a huge one the best and the likeliest."""
        audit = self._audit
        ranked = sorted(audit.rows, key=lambda row: (row.rank is None, row.rank or 0))
        rows = (*named_runs(audit, self._run), *ranked)
        return {row.run.id for row in rows[:MOST_SINGLE]}

    def _make_futures(self) -> list[_Future]:
        """Of the runs that carry their number, where a projection says more than their end."""
        ends = {line.row.run.id: int(line.x[-1]) for line in self._lines}
        futures = []
        for row in named_runs(self._audit, self._run):
            projection, end = row.projection, ends.get(row.run.id)
            if projection is None or end is None or projection.horizon is None:
                continue
            low, median, high = projection.low, projection.median, projection.high
            if median is None or low is None or high is None or projection.horizon <= end:
                continue
            futures.append(
                _Future(row=row, horizon=projection.horizon, low=low, median=median, high=high)
            )
        return futures

    def _is_log(self) -> bool:
        """Whether bands are so far apart that a linear axis would press the first ones together."""
        reached = [report for report, _ in self._bands]
        return bool(reached) and reached[-1] >= _FAR_BANDS * reached[0]

    def _last_report(self) -> float:
        ends = [float(line.x[-1]) for line in self._lines]
        return max([*ends, *(float(future.horizon) for future in self._futures), 2.0])

    def _shown(self) -> tuple[ValueRange, float]:
        """The values that are shown, and the first report."""
        marks = [threshold for _, threshold in self._bands]
        if self._audit.incumbent is not None:
            marks.append(self._audit.incumbent.value)
        marks += [value for future in self._futures for value in (future.low, future.high)]
        special = [line.y[-1] for line in self._lines if line.kind in HIGHLIGHTED or line.label]
        if self._is_zoomed:
            lines = sorted(self._lines, key=lambda line: line.row.rank or len(self._lines) + 1)
            best = lines[: max(len(lines) // 5, 3)]
            ends = [line.x[-1] for line in self._lines if line.label] or [1.0]
            decisive = [*marks[len(self._bands) :], *special, *(line.y[-1] for line in best)]
            start = 0.0 if self._curves is None else max(float(min(ends)) / 2, 1.0)
            return zoomed_range(decisive), start
        return ValueRange.of([line.y for line in self._lines], marks, special), 1.0

    def _rules(self, ends: tuple[float, float], *, is_log: bool) -> list[RuleMark]:
        """The bar, the bands and their thresholds."""
        marks: list[RuleMark] = []
        if self._audit.incumbent is not None:
            words = bar_words(self._audit, self._names, self._scale)
            value = self._audit.incumbent.value
            marks.append(
                RuleMark(at=value, is_horizontal=True, category=BAR, label=words, is_dashed=True)
            )
        marks += [
            RuleMark(at=report, category=BAND, label=f"band {report}", is_dashed=True)
            for report, _ in self._bands
        ]
        marks += [
            RuleMark(at=float(horizon), category=BAND, label=f"full run: {horizon}")
            for horizon in sorted({future.horizon for future in self._futures})
        ]
        for report, threshold in self._bands:
            start, end = (
                _moved(float(report), share, ends, is_log=is_log)
                for share in (-_HALF_THRESHOLD, _HALF_THRESHOLD)
            )
            marks.append(
                RuleMark(at=threshold, category=THRESHOLD, is_horizontal=True, start=start, end=end)
            )
        return marks

    def _run_marks(self) -> list[Mark]:
        marks: list[Mark] = []
        if self._is_in_order:
            marks.append(self._best_so_far())
        for line in self._lines:
            emphasis = Emphasis.NORMAL if line.is_single else Emphasis.FAINT
            if line.kind in HIGHLIGHTED:
                emphasis = Emphasis.STRONG
            if self._curves is None:
                marks.append(
                    DotMark(
                        run_id=line.row.run.id,
                        label=line.label,
                        category=line.kind.category,
                        x=float(line.x[0]),
                        y=float(line.y[0]),
                        emphasis=emphasis,
                    )
                )
                continue
            marks.append(
                CurveMark(
                    run_id=line.row.run.id,
                    label=line.label,
                    category=line.kind.category,
                    x=line.x,
                    y=line.y,
                    emphasis=emphasis,
                    ends_with_shape=line.row.projection is not None,
                )
            )
        return marks

    def _best_so_far(self) -> CurveMark:
        """Of runs side by side, in their order."""
        lines = sorted(self._lines, key=lambda line: line.x[0])
        x = np.array([line.x[0] for line in lines])
        y = np.array([line.y[0] for line in lines])
        is_upward = self._audit.question.rank_by.goal is Goal.MAXIMIZE
        best = (np.maximum if is_upward else np.minimum).accumulate(y)
        return CurveMark(category=_BEST_SO_FAR, x=x, y=best, is_step=True, label="best so far")

    def _intervals(self, start: float, last: float, *, is_log: bool) -> list[Mark]:
        """What is known of the future, at the end of the full budget, side by side."""
        kinds = {line.row.run.id: line.kind for line in self._lines}
        marks: list[Mark] = []
        for place, future in enumerate(self._futures, start=1):
            at = _moved(float(future.horizon), _SIDE_BY_SIDE * place, (start, last), is_log=is_log)
            name = f"run {self._names.short(future.row.run)}"
            chance = chance_of(self._audit, future.row)
            marks.append(
                IntervalMark(
                    at=at,
                    low=future.low,
                    estimate=future.median,
                    high=future.high,
                    category=kinds[future.row.run.id].category,
                    run_id=future.row.run.id,
                    label=f"{name}: {chance}" if chance else name,
                    emphasis=Emphasis.STRONG,
                )
            )
        return marks

    def _x_label(self) -> str:
        question = self._audit.question
        if self._curves is not None:
            return f"reports{of_metric(self._audit, question.rank_by) or ' of the metric'}"
        if self._is_in_order:
            return "runs in order"
        return f"reports{of_metric(self._audit, question.metric)} made"

    def _notes(self, shown: ValueRange, start: float) -> tuple[str, ...]:
        """What is not shown, or how."""
        audit, run = self._audit, self._run
        ranking = audit.question.rank_by.name
        sentences = []
        if self._curves is None:
            of = f" of {sanitize(ranking)}" if audit.sweep.curves else ""
            sentences.append(
                f"The source holds no curves{of}: each run is one point, its best value."
            )
        bundled = sum(not line.is_single for line in self._lines)
        if bundled:
            sentences.append(
                f"{count(bundled, 'run')} of {len(self._lines)} are drawn as one faint bundle."
            )
        missing = len(audit.rows) - len(self._lines)
        if missing:
            sentences.append(f"{count(missing, 'run')} without any value not drawn.")
        if run is not None and run.run.id not in {line.row.run.id for line in self._lines}:
            sentences.append(
                f"Run {self._names.short(run.run)}, which was asked for, is one of them."
            )
        if self._is_zoomed:
            since = f", from report {np.ceil(start):.0f} on" if start > 1 else ""
            sentences.append(f"Zoomed to the bar, the best runs and those that stand out{since}.")
        else:
            sentences += shown.hidden_words([line.y for line in self._lines], self._scale)
        return (*sentences, *self._rule_notes())

    def _rule_notes(self) -> list[str]:
        verdicts, sentences = self._audit.verdicts, []
        if self._futures:
            they = "it" if len(self._futures) == 1 else "each"
            sentences.append(
                f"Intervals on the right: the best value that {they} would have reached by the end "
                f"of the full budget, with {percent(LEVEL)} probability; and the chance that it "
                "beats the bar."
            )
        if self._bands:
            sentences.append("Thresholds: as they stood at the end.")
        elif verdicts.why_not is not None:
            sentences.append(f"No bands: {sanitize(verdicts.why_not)}.")
        elif verdicts.rule is not None:
            sentences.append(
                "No bands: they count the reports of another metric, or none was reached."
            )
        return sentences

    def _description(self) -> str:
        metric = sanitize(self._audit.question.rank_by.name, limit=_LONGEST)
        what = "One point a run: its best" if self._curves is None else "One curve a run:"
        against = self._x_label()
        parts = [f"{what} {metric} against {against}, {count(len(self._lines), 'run')}."]
        if self._bands:
            bands = ", ".join(str(report) for report, _ in self._bands)
            parts.append(f"Upright lines mark the rule's bands: {bands}.")
        if self._audit.incumbent is not None:
            words = bar_words(self._audit, self._names, self._scale)
            parts.append(f"A level line marks the {words}.")
        return " ".join(parts)


def _moved(at: float, share: float, ends: tuple[float, float], *, is_log: bool) -> float:
    """A position on the axis, moved to the right by a share of the axis's length."""
    first, last = ends
    return at * (last / first) ** share if is_log else at + (last - first) * share
