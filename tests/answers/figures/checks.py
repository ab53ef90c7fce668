"""What holds of every figure, whatever it shows."""

import io
import math

import numpy as np

from wbtools.answers.figures.draw import drawn
from wbtools.answers.figures.figure_data import (
    AxisScale,
    CurveMark,
    DotMark,
    FigureData,
    IntervalMark,
    RibbonMark,
    TextMark,
)
from wbtools.answers.figures.style import save
from wbtools.text.sanitize import sanitize


def marks_of(data: FigureData, kind: type | tuple[type, ...]) -> list:
    return [mark for panel in data.panels for mark in panel.marks if isinstance(mark, kind)]


def texts_of(data: FigureData) -> list[str]:
    """Every text of a figure that a reader may see."""
    found = [data.title, data.setting, data.description, *data.notes]
    found += [category.label for category in data.legend]
    for panel in data.panels:
        found.append(panel.title)
        for axis in (panel.x, panel.y):
            found += [axis.label, *axis.names, *(text for _, text in axis.ticks or ())]
        for mark in panel.marks:
            found.append(mark.text if isinstance(mark, TextMark) else getattr(mark, "label", ""))
    return found


def check_figure(data: FigureData, *widths: str) -> None:
    """Safe texts, intervals around their estimates, shapes that differ, and it can be drawn."""
    assert data.title
    assert not data.title.endswith(".")
    for text in texts_of(data):
        assert sanitize(text, limit=0) == text
        assert len(text) < 500
    looks = [(category.color, category.shape) for category in data.legend]
    assert len({color for color, _ in looks}) == len({shape for _, shape in looks}) == len(looks)
    for mark in marks_of(data, IntervalMark):
        ends = [x for x in (mark.low, mark.estimate, mark.high) if not math.isnan(x)]
        assert ends == sorted(ends)
        assert math.isfinite(mark.at)
    for panel in data.panels:
        for mark in panel.marks:
            if isinstance(mark, CurveMark):
                assert len(mark.x) == len(mark.y)
            elif isinstance(mark, RibbonMark):
                assert (mark.low <= mark.high).all()
                assert (np.diff(mark.x) >= 0).all()
            elif isinstance(mark, DotMark) and panel.x.scale is AxisScale.NAMES:
                assert 0 <= mark.x < len(panel.x.names)
    for width in widths or ("double",):
        picture = io.BytesIO()
        save(drawn(data, width=width), picture, dots_per_inch=40)
        assert picture.getvalue().startswith(b"\x89PNG\r\n\x1a\n")
