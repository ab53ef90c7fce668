"""Figures and runs as the data that a page's script reads: compact, and harmless in HTML.

Values have six significant digits, what is the default is left out, and a curve whose x are
consecutive integers says where these begin.
"""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from wbtools.answers.figures.figure_data import (
    Axis,
    AxisScale,
    BarMark,
    CurveMark,
    DotMark,
    Emphasis,
    FigureData,
    IntervalMark,
    Mark,
    Panel,
    RibbonMark,
    RuleMark,
    TextMark,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

    from wbtools.answers.figures.palette import Category

_DIGITS: Final = 6
_ESCAPES: Final = {
    ord(character): f"\\u{ord(character):04x}" for character in "<>&\N{LINE SEPARATOR}\u2029"
}


def script_json(value: object) -> str:
    """JSON that may stand inside a `<script>` element, whatever its texts hold.

    Raises:
        ValueError: A number is NaN or infinite.
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.translate(_ESCAPES).encode("utf-8", "backslashreplace").decode()


def figure_json(
    figure: FigureData, clean: Callable[[str], str], key_of: Callable[[int, str], str | None]
) -> dict[str, Any]:
    """A figure as JSON.

    Args:
        figure: The figure.
        clean: Takes private words out of a text.
        key_of: What the page calls a run, by the place of its sweep and its id.
    """
    return {
        "name": figure.name,
        "categories": categories_json([figure], clean),
        "title": clean(figure.title),
        "setting": clean(figure.setting),
        "notes": [clean(note) for note in figure.notes],
        "description": clean(figure.description),
        "columns": figure.n_columns,
        "legend": [category.key for category in figure.legend],
        "panels": [_panel(panel, clean, key_of) for panel in figure.panels],
    }


def categories_json(
    figures: Iterable[FigureData], clean: Callable[[str], str]
) -> dict[str, dict[str, str]]:
    """The categories of all figures by their keys."""
    categories = {
        category.key: category for figure in figures for category in categories_of(figure)
    }
    return {
        key: {
            "label": clean(category.label),
            "color": category.color,
            "dark": category.color_in_the_dark,
            "shape": category.shape,
        }
        for key, category in categories.items()
    }


def categories_of(figure: FigureData) -> list[Category]:
    """What a figure's marks and legend say, each once or more often."""
    marks = (mark for panel in figure.panels for mark in panel.marks)
    return [
        *(mark.category for mark in marks if not isinstance(mark, TextMark)),
        *figure.legend,
    ]


def _panel(
    panel: Panel, clean: Callable[[str], str], key_of: Callable[[int, str], str | None]
) -> dict[str, Any]:
    return {
        "title": clean(panel.title),
        "selects": list(panel.selects),
        "x": _axis(panel.x, clean),
        "y": _axis(panel.y, clean),
        "marks": [_mark(mark, clean, key_of) for mark in panel.marks],
    }


def _axis(axis: Axis, clean: Callable[[str], str]) -> dict[str, Any]:
    found: dict[str, Any] = {"label": clean(axis.label), "scale": axis.scale.value}
    if axis.scale is AxisScale.NAMES:
        found["names"] = [clean(name) for name in axis.names]
    if axis.limits is not None:
        found["limits"] = [_number(end) for end in axis.limits]
    if axis.ticks is not None:
        found["ticks"] = [[_number(at), clean(text)] for at, text in axis.ticks]
    if axis.is_reversed:
        found["reversed"] = True
    return found


def _mark(
    mark: Mark, clean: Callable[[str], str], key_of: Callable[[int, str], str | None]
) -> dict[str, Any]:
    if isinstance(mark, TextMark):
        found: dict[str, Any] = {"type": "text", "x": _number(mark.x), "y": _number(mark.y)}
        return found | {"text": clean(mark.text)} | _flags(right=mark.is_right)
    found = {"type": _TYPES[type(mark)], "cat": mark.category.key}
    run_id, emphasis = getattr(mark, "run_id", None), getattr(mark, "emphasis", Emphasis.NORMAL)
    key = None if run_id is None else key_of(getattr(mark, "sweep", 0), run_id)
    if key is not None:
        found["run"] = key
    if mark.label:
        found["label"] = clean(mark.label)
    if emphasis is not Emphasis.NORMAL:
        found["em"] = emphasis.value
    return found | _shape(mark)


def _shape(mark: Mark) -> dict[str, Any]:
    match mark:
        case CurveMark():
            flags = _flags(end=mark.ends_with_shape, step=mark.is_step, dash=mark.is_dashed)
            return _places(mark.x) | {"y": _numbers(mark.y)} | flags
        case DotMark():
            return {"x": _number(mark.x), "y": _number(mark.y)}
        case IntervalMark():
            ends = _present(at=mark.at, low=mark.low, mid=mark.estimate, high=mark.high)
            return ends | _flags(horizontal=mark.is_horizontal)
        case BarMark():
            ends = _present(at=mark.at, start=mark.start, end=mark.end)
            return ends | _flags(stop=mark.ends_with_shape)
        case RuleMark():
            ends = _present(at=mark.at, start=mark.start, end=mark.end)
            return ends | _flags(horizontal=mark.is_horizontal, dash=mark.is_dashed)
        case RibbonMark():
            return {
                "x": _numbers(mark.x),
                "low": _numbers(mark.low),
                "high": _numbers(mark.high),
            }
        case TextMark():
            return {}


_TYPES: Final = {
    CurveMark: "curve",
    DotMark: "dot",
    IntervalMark: "interval",
    BarMark: "bar",
    RuleMark: "rule",
    RibbonMark: "ribbon",
}


def _flags(**flags: bool) -> dict[str, Any]:
    return {name: True for name, is_set in flags.items() if is_set}


def _present(**numbers: float | None) -> dict[str, Any]:
    return {key: _number(value) for key, value in numbers.items() if value is not None}


def _places(x: NDArray[np.float64]) -> dict[str, Any]:
    """`x`, or `x0` where they are consecutive integers."""
    is_counted = len(x) > 0 and float(x[0]).is_integer() and bool(np.all(np.diff(x) == 1))
    return {"x0": int(x[0])} if is_counted else {"x": _numbers(x)}


def _numbers(values: NDArray[np.float64]) -> list[float | None]:
    return [_number(value) for value in values.tolist()]


def _number(value: float) -> float | None:
    """With six significant digits, an integer where it is one; null where it is no number."""
    if not math.isfinite(value):
        return None
    short = float(f"{value:.{_DIGITS}g}")
    return int(short) if short.is_integer() and abs(short) < 10**15 else short
