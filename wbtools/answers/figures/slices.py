"""What runs reached against each parameter, and against two of them at a time."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Final

import numpy as np

from wbtools.answers.figures.figure_data import (
    Axis,
    AxisScale,
    CurveMark,
    DotMark,
    Emphasis,
    FigureData,
    IntervalMark,
    Panel,
    RibbonMark,
)
from wbtools.answers.figures.palette import Category
from wbtools.answers.figures.parameter_axes import parameter_view
from wbtools.answers.figures.parameter_findings import finding_words, matters_words
from wbtools.answers.figures.run_kind import HIGHLIGHTED, RunKind
from wbtools.errors import DataError
from wbtools.text.numbers import count, listed, percent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wbtools.analysis.audit import Audit
    from wbtools.analysis.importance import Importance
    from wbtools.analysis.importance.marginals import MarginalPoint
    from wbtools.answers.figures.figure_data import Mark
    from wbtools.answers.figures.parameter_axes import ParameterAxis, ParameterView

_MOST_SLICES: Final = 6
_MOST_PAIRED: Final = 4
_MOST_COLUMNS: Final = 3
_MARGINAL: Final = Category(
    "marginal", "predicted by random forests", "#22303c", "#e3e8ec", "diamond"
)
_QUARTERS: Final = (
    Category("quarter-1", "best quarter", "#00704f", "#2cc79a", "star"),
    Category("quarter-2", "second quarter", "#56b4e9", "#8fd0f5", "triangle"),
    Category("quarter-3", "third quarter", "#c08a00", "#d9b23c", "square"),
    Category("quarter-4", "worst quarter", "#b0b8c0", "#6b7580", "circle"),
)


def slices_figure(audit: Audit, importance: Importance | None = None) -> FigureData:
    """Read off a panel a parameter: what runs reached, and what forests predict.

    Args:
        audit: The sweep.
        importance: Of the same sweep, for the marginal curves and the order; None where it is not
            known.
    """
    view = parameter_view(audit, importance, most=_MOST_SLICES)
    edges = view.value_range()
    limits = (edges.low, edges.high)
    predicted = _marginals(importance)
    panels = tuple(
        Panel(
            x=axis.axis(),
            y=Axis(label=view.metric, limits=limits),
            marks=_slice(view, axis, predicted.get(axis.name, ())),
            selects=("x", "y"),
        )
        for axis in view.axes
    )
    kinds = view.kinds
    legend = [kind.category for kind in RunKind if kind in kinds]
    notes = list(view.notes)
    if any(predicted.get(axis.name) for axis in view.axes):
        legend.append(_MARGINAL)
        notes.append("Lines and bands: what forests predict for a value, with 95 % of that.")
    if any(axis.parameter.ordered and axis.is_absent.any() for axis in view.axes):
        notes.append("Runs without a number for a parameter are not in its panel.")
    notes += view.hidden_words()
    return FigureData(
        name="slices",
        title=_slices_title(view, importance),
        setting=view.setting,
        panels=panels,
        n_columns=min(max(len(panels), 1), _MOST_COLUMNS),
        legend=tuple(legend),
        notes=tuple(notes),
        description=(
            f"A panel for each of {count(len(panels), 'parameter')}: {view.metric} of every run "
            f"against its value of the parameter. {_slices_title(view, importance)}."
        ),
    )


def pairs_figure(audit: Audit, importance: Importance | None = None) -> FigureData:
    """Read off a panel for every two of the first parameters, with runs by quarters of the value.

    Args:
        audit: The sweep.
        importance: Of the same sweep, to say which parameters matter most; None where it is not
            known.
    """
    view = parameter_view(audit, importance, most=_MOST_PAIRED)
    if len(view.axes) < 2:  # noqa: PLR2004 - a pair
        msg = f"only one parameter varies, {view.axes[0].label}, so there are no pairs to draw"
        raise DataError(msg, "`wbtools plot slices` draws it alone")
    place = {k: rank for rank, k in enumerate(view.best_first())}
    n = len(view.rows)
    quarters = [_QUARTERS[min(4 * place[k] // n, 3)] for k in range(n)]
    panels = tuple(
        Panel(
            x=first.axis(),
            y=second.axis(),
            marks=tuple(_pair_dots(view, first, second, quarters)),
            selects=("x", "y"),
        )
        for first, second in combinations(view.axes, 2)
    )
    title = _pairs_title(view, importance)
    return FigureData(
        name="pairs",
        title=title,
        setting=view.setting,
        panels=panels,
        n_columns=min(max(len(panels), 1), _MOST_COLUMNS),
        legend=tuple(quarter for quarter in _QUARTERS if quarter in quarters),
        notes=(*view.notes, "Runs of the same values stand in one place, the best on top."),
        description=(
            f"A panel for every two of {count(len(view.axes), 'parameter')}; a dot is a run, its "
            f"colour and shape the quarter of all runs in which its {view.metric} lies. {title}."
        ),
    )


def _slice(
    view: ParameterView, axis: ParameterAxis, points: tuple[MarginalPoint, ...]
) -> tuple[Mark, ...]:
    """The runs, over the band of what is predicted and under its line."""
    predicted = list(_predicted(axis, points))
    below = [mark for mark in predicted if isinstance(mark, RibbonMark)]
    above = [mark for mark in predicted if not isinstance(mark, RibbonMark)]
    return (*below, *_dots(view, axis), *above)


def _dots(view: ParameterView, axis: ParameterAxis) -> Iterator[Mark]:
    """The runs, those that stand out last."""
    kinds, at = view.kinds, axis.values()
    best = view.best_first()
    special = {best[0], *(k for k, kind in enumerate(kinds) if kind in HIGHLIGHTED)}
    for k in view.drawing_order(special):
        if np.isfinite(at[k]):
            yield DotMark(
                run_id=view.rows[k].run.id,
                label=view.called(k) if k == best[0] else "",
                category=kinds[k].category,
                x=float(at[k]),
                y=float(view.values[k]),
                emphasis=Emphasis.STRONG if k in special else Emphasis.NORMAL,
            )


def _pair_dots(
    view: ParameterView, first: ParameterAxis, second: ParameterAxis, quarters: list[Category]
) -> Iterator[Mark]:
    x, y = first.values(), second.values()
    best = view.best_first()
    for k in best[::-1]:
        if np.isfinite(x[k]) and np.isfinite(y[k]):
            yield DotMark(
                run_id=view.rows[k].run.id,
                label=view.called(k) if k == best[0] else "",
                category=quarters[k],
                x=float(x[k]),
                y=float(y[k]),
                emphasis=Emphasis.STRONG if k == best[0] else Emphasis.NORMAL,
            )


def _marginals(importance: Importance | None) -> dict[str, tuple[MarginalPoint, ...]]:
    """The marginal curves by parameter, where forests predict anything."""
    if importance is None or not importance.forest_means_something:
        return {}
    return {found.name: found.marginal for found in importance.parameters}


def _predicted(axis: ParameterAxis, points: tuple[MarginalPoint, ...]) -> Iterator[Mark]:
    """The marginal curve of a parameter with its interval; of categories one each."""
    if not points:
        return
    low = np.array([point.typical_low for point in points])
    middle = np.array([point.typical for point in points])
    high = np.array([point.typical_high for point in points])
    if axis.axis().scale is AxisScale.NAMES:
        for at, (least, estimate, most) in enumerate(zip(low, middle, high, strict=True)):
            yield IntervalMark(
                at=at,
                low=float(least),
                estimate=float(estimate),
                high=float(most),
                category=_MARGINAL,
                emphasis=Emphasis.STRONG,
            )
        return
    x = np.array([point.value for point in points], dtype=np.float64)
    yield RibbonMark(category=_MARGINAL, x=x, low=low, high=high)
    yield CurveMark(category=_MARGINAL, x=x, y=middle, is_dashed=True)


def _slices_title(view: ParameterView, importance: Importance | None) -> str:
    """Which of the parameters matter, as far as that is shown."""
    if importance is None:
        return f"What runs reached against {listed(axis.label for axis in view.axes)}"
    return matters_words(view, importance)


def _pairs_title(view: ParameterView, importance: Importance | None) -> str:
    """The strongest interaction that is shown, or where the best runs lie."""
    labels = {axis.name: axis.label for axis in view.axes}
    if importance is not None and importance.forest_means_something:
        for interaction in importance.interactions:
            first, second = interaction.names
            if interaction.share.low > 0 and first in labels and second in labels:
                return (
                    f"{labels[first]} and {labels[second]} matter together: "
                    f"{percent(interaction.share.estimate)} of what forests predict"
                )
    return finding_words(view, importance, most=2)
