"""Parallel coordinates: every run a line over its parameters and what it reached."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from wbtools.answers.figures.figure_data import (
    Axis,
    AxisScale,
    CurveMark,
    Emphasis,
    FigureData,
    Panel,
    RuleMark,
    TextMark,
)
from wbtools.answers.figures.palette import BAND
from wbtools.answers.figures.parameter_axes import ABSENT, parameter_view
from wbtools.answers.figures.parameter_findings import finding_words
from wbtools.answers.figures.run_kind import HIGHLIGHTED, RunKind
from wbtools.model import Goal
from wbtools.text.numbers import Scale, count

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wbtools.analysis.audit import Audit
    from wbtools.analysis.importance import Importance
    from wbtools.answers.figures.figure_data import Mark
    from wbtools.answers.figures.parameter_axes import ParameterView

_MOST_AXES: Final = 8
_BELOW: Final = -0.12
"""Where runs lie that do not have a parameter: under its axis."""
_MOST_STRONG: Final = 10


def parallel_figure(audit: Audit, importance: Importance | None = None) -> FigureData:
    """Read off where the runs lie on each axis, the metric last.

    Args:
        audit: The sweep.
        importance: Of the same sweep, to say which parameters matter most; None where it is not
            known.
    """
    view = parameter_view(audit, importance, most=_MOST_AXES)
    title = finding_words(view, importance)
    edges = view.value_range()
    low = max(float(view.values.min()), edges.low)
    high = min(float(view.values.max()), edges.high)
    reached = np.clip(view.values, low, high) / 2 - low / 2
    span = high / 2 - low / 2
    columns = [np.where(axis.is_absent, _BELOW, axis.shares()) for axis in view.axes]
    columns.append(reached / span if span else np.full_like(reached, 0.5))
    names = [axis.label for axis in view.axes]
    better = "higher" if audit.question.rank_by.goal is Goal.MAXIMIZE else "lower"
    kinds = view.kinds
    notes = list(view.notes)
    if hidden := view.hidden_words():
        notes += [*hidden, "What lies beyond stands at the axis's end."]
    lines = _lines(view, kinds, np.array(columns).T)
    return FigureData(
        name="parallel",
        title=title,
        setting=view.setting,
        panels=(
            Panel(
                x=Axis(
                    label=f"parameters, and at the right what runs reached ({better} is better)",
                    scale=AxisScale.NAMES,
                    names=(*names, view.metric),
                ),
                y=Axis(label="", limits=(_BELOW - 0.06, 1.08), ticks=()),
                marks=(*_verticals(len(names) + 1), *lines, *_ticks(view, low, high)),
                selects=("names",),
            ),
        ),
        legend=tuple(kind.category for kind in RunKind if kind in kinds),
        notes=tuple(notes),
        description=(
            f"A line for each of {count(len(view.rows), 'run')} over {len(names)} parameters "
            f"({', '.join(names)}) and {view.metric}; the best runs stand out. {title}."
        ),
    )


def _verticals(n: int) -> list[Mark]:
    """The axes themselves."""
    return [RuleMark(at=at, category=BAND) for at in range(n)]


def _lines(
    view: ParameterView,
    kinds: list[RunKind],
    heights: NDArray[np.float64],
) -> list[Mark]:
    """The best runs and gems on top, all others faint."""
    x = np.arange(heights.shape[1], dtype=np.float64)
    best = view.best_first()
    top = view.top()
    strong = {k for k in best[:_MOST_STRONG] if top[k]}
    strong |= {k for k, kind in enumerate(kinds) if kind in HIGHLIGHTED}
    return [
        CurveMark(
            run_id=view.rows[k].run.id,
            label=view.called(k) if k == best[0] else "",
            category=kinds[k].category,
            x=x,
            y=heights[k],
            emphasis=Emphasis.STRONG if k in strong else Emphasis.FAINT,
        )
        for k in view.drawing_order(strong)
    ]


def _ticks(view: ParameterView, low: float, high: float) -> list[Mark]:
    """What values stand on each axis, left of it."""
    marks: list[Mark] = []
    for at, axis in enumerate(view.axes):
        marks += [TextMark(x=at, y=y, text=text, is_right=True) for y, text in axis.ticks()]
        if axis.is_absent.any():
            marks.append(TextMark(x=at, y=_BELOW, text=ABSENT, is_right=True))
    scale = Scale.of([low, high])
    at = len(view.axes)
    middle = low / 2 + high / 2
    texts = scale.apart(low, middle, high) if low < high else [scale.show(low)]
    heights = (0.0, 0.5, 1.0) if low < high else (0.5,)
    marks += [
        TextMark(x=at, y=y, text=text, is_right=True)
        for y, text in zip(heights, texts, strict=True)
    ]
    return marks
