"""What the picture of a sweep shows, as plain data: the seam between what is true and how it looks.

`wbtools.answers.audit.draw` draws it; tests look at it here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from wbtools.analysis.gems import LEVEL
from wbtools.answers.audit.gem_words import beyond_the_bar, is_prior
from wbtools.answers.audit.words import (
    RunNames,
    bar_words,
    is_one_metric,
    of_metric,
    scale_of,
    title_parts,
)
from wbtools.answers.figures.run_kind import HIGHLIGHTED, RunKind, kind_of
from wbtools.model import Goal
from wbtools.text.numbers import Scale, count, percent
from wbtools.text.sanitize import sanitize

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wbtools.analysis.audit import Audit, RunAudit
    from wbtools.model import Curves
    from wbtools.rules.hyperband import Hyperband

MOST_LABELLED = 3
MOST_SINGLE = 200
_PROMISING = 0.5
_LONGEST = 100
_HEADROOM = 0.06
_WIDE_ENOUGH = 2.0
_LARGEST_DRAWN = 1e300  # differences and sums of such values are still numbers
_SMALLEST_SPAN = 1e-290


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RunLine:
    """One run's curve.

    Attributes:
        label: Run number, safe to show; empty for runs that get none.
        x: `int64 [n]` reports, from 1.
        y: `float64 [n]` the metric's own units.
        is_cut: Whether its last point is a stop.
        is_single: Whether it is drawn as a line of its own; others go into one faint bundle.
    """

    run_id: str
    label: str
    kind: RunKind
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


@dataclass(frozen=True, slots=True, kw_only=True)
class BarLine:
    """The bar that a gem must beat."""

    value: float
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fan:
    """Where a stopped run might have gone: from its last report to the end of the budget."""

    report: int
    horizon: int
    best: float
    low: float
    median: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AuditFigure:
    """A sweep's picture.

    Attributes:
        lines: One a run with a value, in the sweep's order.
        fans: Projections of the runs that stand out, the likeliest gem first.
        y_range: Where the picture should end below and above, so that outliers do not flatten it.
        is_upward: Whether higher is better, so that the lower edge is where labels disturb least.
        captions: Sentences that say what is not shown, or how.
    """

    title: str
    x_label: str
    y_label: str
    lines: tuple[RunLine, ...]
    bands: tuple[BandLine, ...]
    incumbent: BarLine | None
    fans: tuple[Fan, ...]
    y_range: tuple[float, float]
    is_upward: bool
    captions: tuple[str, ...]


def figure(audit: Audit, run: RunAudit | None = None) -> AuditFigure:
    """Lay out the curves of the metric that ranks, the rule's bands and thresholds, and the bar.

    A run table has no curves: its runs are then points, best value against reports made, or in
    their order where the table does not count reports.

    Args:
        audit: The answer.
        run: The one run that is asked for, which then stands out; otherwise gems do, and the
            three likeliest of the stopped runs carry their number.
    """
    curves = audit.sweep.curves.get(audit.question.rank_by.name)
    lines = _lines(audit, curves, run)
    bands = _bands(audit)
    incumbent = None
    if audit.incumbent is not None:
        words = bar_words(audit, RunNames(audit), scale_of(audit))
        incumbent = BarLine(value=audit.incumbent.value, label=words)
    fans = () if curves is None else _fans(audit, lines, run)
    y_range = _y_range(lines, bands, incumbent, fans)
    return AuditFigure(
        title=" · ".join(sanitize(part, limit=_LONGEST) for part in title_parts(audit)[:3]),
        x_label=_x_label(audit, curves),
        y_label=sanitize(audit.question.rank_by.name, limit=_LONGEST),
        lines=lines,
        bands=bands,
        incumbent=incumbent,
        fans=fans,
        y_range=y_range,
        is_upward=audit.question.rank_by.goal is Goal.MAXIMIZE,
        captions=_captions(audit, lines, bands, fans, y_range, run),
    )


def _x_label(audit: Audit, curves: Curves | None) -> str:
    if curves is not None:
        return f"reports{of_metric(audit, audit.question.rank_by) or ' of the metric'}"
    if _is_in_order(audit, curves):
        return "runs in order"
    return f"reports{of_metric(audit, audit.question.metric)} made"


def _is_in_order(audit: Audit, curves: Curves | None) -> bool:
    """Whether runs are points side by side, since nothing says how many reports they made."""
    return curves is None and any(row.best is not None and not row.n_reports for row in audit.rows)


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


def _single(audit: Audit, run: RunAudit | None) -> set[str]:
    """Runs drawn one by one: all of a usual sweep; of a huge one the best and the likeliest."""
    ranked = sorted(audit.rows, key=lambda row: (row.rank is None, row.rank or 0))
    first = [] if run is None else [run]
    return {row.run.id for row in (*first, *audit.gems[:MOST_LABELLED], *ranked)[:MOST_SINGLE]}


def _lines(audit: Audit, curves: Curves | None, run: RunAudit | None) -> tuple[RunLine, ...]:
    names, single = RunNames(audit), _single(audit, run)
    gems = _highlighted(audit) if run is None else set()
    labelled = audit.gems[:MOST_LABELLED] if run is None else [run]
    with_label = {row.run.id for row in labelled}
    in_order = _is_in_order(audit, curves)
    lines = []
    for place, row in enumerate(audit.rows):
        if curves is not None:
            n = int(curves.n_reports[place])
            x, y = np.arange(1, n + 1), curves.values[place, :n]
        elif row.best is not None:
            x = np.array([place + 1 if in_order else row.n_reports])
            y = np.array([row.best])
        else:
            continue
        if not len(x):
            continue
        kind = RunKind.GEM if row.run.id in gems else kind_of(row)
        if run is not None and row.run.id == run.run.id:
            kind = RunKind.CHOSEN
        lines.append(
            RunLine(
                run_id=row.run.id,
                label=f"run {names.short(row.run)}" if row.run.id in with_label else "",
                kind=kind,
                x=x,
                y=y,
                is_cut=row.projection is not None,
                is_single=row.run.id in single,
            )
        )
    return tuple(lines)


def _fans(audit: Audit, lines: tuple[RunLine, ...], run: RunAudit | None) -> tuple[Fan, ...]:
    """Of the run that is asked for, else of the likely gems, else of the likeliest."""
    if run is not None:
        rows = [run]
    else:
        gems = _highlighted(audit)
        rows = [row for row in audit.gems if row.run.id in gems] or audit.gems[:1]
    ends = {line.run_id: int(line.x[-1]) for line in lines}
    fans = []
    for row in rows:
        projection, end = row.projection, ends.get(row.run.id)
        if projection is None or end is None or row.best is None:
            continue
        low, median, high = projection.low, projection.median, projection.high
        if median is None or low is None or high is None:
            continue
        if projection.horizon is None or projection.horizon <= end:
            continue
        fans.append(
            Fan(
                report=end,
                horizon=projection.horizon,
                best=row.best,
                low=low,
                median=median,
                high=high,
            )
        )
    return tuple(fans)


def _bands(audit: Audit) -> tuple[BandLine, ...]:
    """The bands that some run reached; thresholds only where the rule's metric is the one drawn."""
    rule, question = audit.verdicts.rule, audit.question
    curves = audit.sweep.curves.get(question.metric.name)
    if rule is None or curves is None or not is_one_metric(audit):
        return ()
    most = int(curves.n_reports.max(initial=0))
    return tuple(
        _band(rule, curves, band, question.metric.goal.sign) for band in rule.bands if band <= most
    )


def _band(rule: Hyperband, curves: Curves, band: int, sign: float) -> BandLine:
    reached = np.sort(curves.values[curves.n_reports >= band, band - 1] * sign)
    threshold = float(reached[rule.rank(len(reached))] * sign)
    return BandLine(report=band, label=f"band {band}", threshold=threshold)


def _y_range(
    lines: tuple[RunLine, ...],
    bands: tuple[BandLine, ...],
    incumbent: BarLine | None,
    fans: tuple[Fan, ...],
) -> tuple[float, float]:
    """Most values and the ends of all usual runs; always the bar, the thresholds and the gems.

    Whole curves, first reports included, where that makes the picture at most twice as high.
    """
    if not lines:
        return 0.0, 1.0
    drawn = [np.clip(line.y, -_LARGEST_DRAWN, _LARGEST_DRAWN) for line in lines]
    ends = np.array([y[-1] for y in drawn])
    quartiles = np.quantile(ends, (0.25, 0.75))
    reach = 3 * (quartiles[1] - quartiles[0])
    marks = [band.threshold for band in bands if band.threshold is not None]
    if incumbent is not None:
        marks.append(incumbent.value)
    marks += [value for fan in fans for value in (fan.low, fan.high)]
    special = [
        y[-1]
        for line, y in zip(lines, drawn, strict=True)
        if line.kind in HIGHLIGHTED or line.label
    ]
    is_usual = (ends >= quartiles[0] - reach) & (ends <= quartiles[1] + reach)
    inside = np.concatenate([y for y, kept in zip(drawn, is_usual, strict=True) if kept])
    middle = np.quantile(inside, (0.1, 0.9))
    marks = np.clip(marks, -_LARGEST_DRAWN, _LARGEST_DRAWN).tolist()
    shown = np.concatenate((ends[is_usual], marks, special, middle))
    low, high = float(shown.min()), float(shown.max())
    lowest, highest = min(low, float(inside.min())), max(high, float(inside.max()))
    if highest - lowest <= _WIDE_ENOUGH * (high - low):
        low, high = lowest, highest
    room = (high - low) * _HEADROOM
    if high - low < _SMALLEST_SPAN:
        room = max(abs(high) * _HEADROOM, _SMALLEST_SPAN) if high else 1.0
    return low - room, high + room


def _captions(
    audit: Audit,
    lines: tuple[RunLine, ...],
    bands: tuple[BandLine, ...],
    fans: tuple[Fan, ...],
    y_range: tuple[float, float],
    run: RunAudit | None,
) -> tuple[str, ...]:
    sentences = []
    ranking = audit.question.rank_by.name
    if ranking not in audit.sweep.curves:
        of = f" of {sanitize(ranking)}" if audit.sweep.curves else ""
        sentences.append(f"The source holds no curves{of}: each run is one point, its best value.")
    bundled = sum(not line.is_single for line in lines)
    if bundled:
        sentences.append(f"{count(bundled, 'run')} of {len(lines)} are drawn as one faint bundle.")
    missing = len(audit.rows) - len(lines)
    if missing:
        sentences.append(f"{count(missing, 'run')} without any value not drawn.")
    if run is not None and run.run.id not in {line.run_id for line in lines}:
        sentences.append(
            f"Run {RunNames(audit).short(run.run)}, which was asked for, is one of them."
        )
    sentences += _beyond_words(lines, y_range, scale_of(audit))
    if fans:
        sentences.append(
            f"Fan: where {'it' if len(fans) == 1 else 'they'} might have gone, "
            f"{percent(LEVEL)} interval and median of the best over the full budget."
        )
    if bands:
        sentences.append("Ticks: the band's threshold as it stood at the end.")
    elif audit.verdicts.why_not is not None:
        sentences.append(f"No bands: {sanitize(audit.verdicts.why_not)}.")
    elif audit.verdicts.rule is not None:
        sentences.append("No bands: they count the reports of another metric, or none was reached.")
    return tuple(sentences)


def _beyond_words(
    lines: tuple[RunLine, ...], y_range: tuple[float, float], scale: Scale
) -> list[str]:
    """What the edges of the picture hide: whole runs, first reports, other parts of curves."""
    low, high = y_range
    whole = begun = other = 0
    lowest, highest = low, high
    for line in lines:
        hidden = (line.y < low) | (line.y > high)
        if hidden.all():
            whole += 1
        elif hidden.any():
            is_begin = not hidden[int(hidden.sum()) :].any()
            begun, other = begun + is_begin, other + (not is_begin)
            lowest = min(lowest, float(line.y.min()))
            highest = max(highest, float(line.y.max()))
    sentences = []
    if whole:
        sentences.append(f"{count(whole, 'run')} beyond the edge, far from the others.")
    reach = " and ".join(
        f"{word} to {scale.show(value)}"
        for word, value, edge in (("down", lowest, low), ("up", highest, high))
        if value != edge
    )
    if begun:
        sentences.append(f"First reports of {count(begun, 'run')} lie beyond the edge ({reach}).")
    if other:
        sentences.append(f"Parts of {count(other, 'curve')} lie beyond the edge ({reach}).")
    return sentences
