"""What the picture of a sweep shows, as plain data: the seam between what is true and how it looks.

`wbtools.report.draw` draws it; tests look at it here.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from wbtools.analysis.causes import RAN_ITS_COURSE, STOPPED
from wbtools.model import Goal
from wbtools.report.numbers import count
from wbtools.report.safe_text import visible
from wbtools.report.words import (
    RunNames,
    bar_words,
    beyond_the_bar,
    is_prior,
    scale_of,
    title_parts,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wbtools.analysis.audit import Audit, RunAudit
    from wbtools.model import Curves
    from wbtools.policies.hyperband import Hyperband

MOST_LABELLED = 3
MOST_SINGLE = 200
_PROMISING = 0.5
_LONGEST = 100
_HEADROOM = 0.06


class CurveKind(StrEnum):
    """The class of a run, which is what its colour says."""

    FULL = "ran its course"
    STOPPED = "stopped"
    OTHER = "failed or still running"
    GEM = "likeliest gem"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RunLine:
    """One run's curve.

    Attributes:
        label: Run number, safe to show; empty for runs that get none.
        cause: Why it ended.
        x: `int64 [n]` reports, from 1.
        y: `float64 [n]` the metric's own units.
        is_cut: Whether its last point is a stop.
        is_single: Whether it is drawn as a line of its own; others go into one faint bundle.
    """

    run_id: str
    label: str
    cause: str
    kind: CurveKind
    x: NDArray[np.int64]
    y: NDArray[np.float64]
    is_cut: bool
    is_single: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class BandLine:
    """A band and the threshold that held there at the end; None where it is not comparable."""

    report: int
    label: str
    threshold: float | None
    n_peers: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BarLine:
    """The bar that a gem must beat."""

    value: float
    label: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AuditFigure:
    """A sweep's picture.

    Attributes:
        lines: One a run with a value, in the sweep's order.
        y_range: Where the picture should end below and above, so that outliers do not flatten it.
        is_upward: Whether higher is better, so that the lower edge is where labels disturb least.
        captions: Sentences that say what is not shown, or how.
    """

    title: str
    x_label: str
    y_label: str
    lines: tuple[RunLine, ...]
    bands: tuple[BandLine, ...]
    bar: BarLine | None
    y_range: tuple[float, float]
    is_upward: bool
    captions: tuple[str, ...]


def figure(audit: Audit) -> AuditFigure:
    """Lay out the curves of the metric that ranks, the rule's bands and thresholds, and the bar.

    A run table has no curves: its runs are then points, best value against reports made.
    """
    names = RunNames(audit)
    curves = audit.sweep.curves.get(audit.question.rank_by.name)
    single = _single(audit)
    gems = _highlighted(audit)
    lines = _lines(audit, curves, names, single, gems)
    bands = _bands(audit)
    bar = None
    if audit.bar is not None:
        bar = BarLine(value=audit.bar.value, label=bar_words(audit, names, scale_of(audit)))
    y_range = _y_range(lines, bands, bar)
    return AuditFigure(
        title=" · ".join(visible(part, limit=_LONGEST) for part in title_parts(audit)[:3]),
        x_label="reports of the metric" if curves is not None else "reports made",
        y_label=visible(audit.question.rank_by.name, limit=_LONGEST),
        lines=lines,
        bands=bands,
        bar=bar,
        y_range=y_range,
        is_upward=audit.question.rank_by.goal is Goal.MAXIMIZE,
        captions=_captions(audit, curves, lines, bands, y_range),
    )


def _highlighted(audit: Audit) -> set[str]:
    """The few stopped runs that are, or are likelier than not, gems."""
    above = {row.run.id for row in beyond_the_bar(audit)}
    promising = [
        row.run.id
        for row in audit.gems
        if row.run.id in above
        or (row.projection and not is_prior(row) and row.projection.p_gem >= _PROMISING)
    ]
    return set(promising[:MOST_LABELLED])


def _single(audit: Audit) -> set[str]:
    """Runs drawn one by one: all of a usual sweep; of a huge one the best and the likeliest."""
    ranked = sorted(audit.rows, key=lambda row: (row.rank is None, row.rank or 0))
    return {row.run.id for row in (*audit.gems[:MOST_LABELLED], *ranked)[:MOST_SINGLE]}


def _lines(
    audit: Audit, curves: Curves | None, names: RunNames, single: set[str], gems: set[str]
) -> tuple[RunLine, ...]:
    lines = []
    for place, row in enumerate(audit.rows):
        if curves is not None:
            n = int(curves.n_reports[place])
            x, y = np.arange(1, n + 1), curves.values[place, :n]
        elif row.best is not None:
            x, y = np.array([row.n_reports or 0]), np.array([row.best])
        else:
            continue
        if not len(x):
            continue
        kind = CurveKind.GEM if row.run.id in gems else _kind(row)
        lines.append(
            RunLine(
                run_id=row.run.id,
                label=f"run {names.short(row.run)}" if kind is CurveKind.GEM else "",
                cause=str(row.termination.cause),
                kind=kind,
                x=x,
                y=y,
                is_cut=row.termination.cause in STOPPED,
                is_single=row.run.id in single,
            )
        )
    return tuple(lines)


def _kind(row: RunAudit) -> CurveKind:
    if row.termination.cause in RAN_ITS_COURSE:
        return CurveKind.FULL
    return CurveKind.STOPPED if row.termination.cause in STOPPED else CurveKind.OTHER


def _bands(audit: Audit) -> tuple[BandLine, ...]:
    """The bands that some run reached; thresholds only where the rule's metric is the one drawn."""
    rule, question = audit.ruled.rule, audit.question
    curves = audit.sweep.curves.get(question.metric.name)
    if rule is None or curves is None or question.metric.name != question.rank_by.name:
        return ()
    most = int(curves.n_reports.max(initial=0))
    return tuple(
        _band(rule, curves, band, question.metric.goal.sign) for band in rule.bands if band <= most
    )


def _band(rule: Hyperband, curves: Curves, band: int, sign: float) -> BandLine:
    reached = np.sort(curves.values[curves.n_reports >= band, band - 1] * sign)
    threshold = float(reached[rule.rank(len(reached))] * sign)
    return BandLine(report=band, label=f"band {band}", threshold=threshold, n_peers=len(reached))


def _y_range(
    lines: tuple[RunLine, ...], bands: tuple[BandLine, ...], bar: BarLine | None
) -> tuple[float, float]:
    """Most values and the ends of all usual runs; always the bar, the thresholds and the gems."""
    if not lines:
        return 0.0, 1.0
    ends = np.array([line.y[-1] for line in lines])
    quartiles = np.quantile(ends, (0.25, 0.75))
    reach = 3 * (quartiles[1] - quartiles[0])
    marks = [band.threshold for band in bands if band.threshold is not None]
    if bar is not None:
        marks.append(bar.value)
    gems = [line.y[-1] for line in lines if line.kind is CurveKind.GEM]
    is_usual = (ends >= quartiles[0] - reach) & (ends <= quartiles[1] + reach)
    inside = np.concatenate([line.y for line, kept in zip(lines, is_usual, strict=True) if kept])
    middle = np.quantile(inside, (0.1, 0.9))
    shown = np.concatenate((ends[is_usual], marks, gems, middle))
    low, high = float(shown.min()), float(shown.max())
    room = (high - low) * _HEADROOM or abs(high) * _HEADROOM or 1.0
    return low - room, high + room


def _captions(
    audit: Audit,
    curves: Curves | None,
    lines: tuple[RunLine, ...],
    bands: tuple[BandLine, ...],
    y_range: tuple[float, float],
) -> tuple[str, ...]:
    said = []
    if curves is None:
        said.append("The source holds no curves: each run is one point, its best value.")
    bundled = sum(not line.is_single for line in lines)
    if bundled:
        said.append(f"{count(bundled, 'run')} of {len(lines)} are drawn as one faint bundle.")
    missing = len(audit.rows) - len(lines)
    if missing:
        said.append(f"{count(missing, 'run')} without any value not drawn.")
    low, high = y_range
    beyond = sum(bool(line.y.max() < low or line.y.min() > high) for line in lines)
    if beyond:
        said.append(f"{count(beyond, 'run')} beyond the edge, far from the others.")
    if bands:
        said.append("Ticks: the band's threshold as it stood at the end.")
    elif audit.ruled.why_not is not None:
        said.append(f"No bands: {visible(audit.ruled.why_not)}.")
    elif audit.ruled.rule is not None:
        said.append("No bands: they count the reports of another metric, or none was reached.")
    return tuple(said)
