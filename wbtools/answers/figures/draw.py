"""Draw any figure with matplotlib: for a paper's column or page, without pyplot or a display."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.text import Text

from wbtools.answers.figures.draw_axes import Extent, set_up_axes
from wbtools.answers.figures.draw_marks import MARKERS, draw_marks
from wbtools.answers.figures.figure_data import (
    AxisScale,
    BarMark,
    CurveMark,
    RibbonMark,
    RuleMark,
)
from wbtools.answers.figures.labels import (
    fitting_lines,
    place_labels,
    place_rule_labels,
    separate_words,
)
from wbtools.answers.figures.style import new_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.legend import Legend

    from wbtools.answers.figures.draw_marks import Label
    from wbtools.answers.figures.figure_data import FigureData, Panel
    from wbtools.answers.figures.palette import Category

Width: TypeAlias = Literal["single", "double"]
WIDTHS: Final[dict[Width, float]] = {"single": 3.5, "double": 7.2}
"""Of a journal's column and of its page, in inches."""
_GREY: Final = "#5a6570"
_EDGE_IN: Final = 0.08
_GAP_IN: Final = 0.05
_NOTE_GAP_IN: Final = 0.02
_FONT: Final[dict[Width, float]] = {"single": 7.0, "double": 8.0}
_ALONE_IN: Final[dict[Width, float]] = {"single": 2.5, "double": 3.7}
_IN_A_GRID_IN: Final[dict[Width, float]] = {"single": 1.9, "double": 2.3}
_MOST_COLUMNS: Final[dict[Width, int]] = {"single": 2, "double": 6}
_ROOM: Final = 0.97  # letters are a little wider at another resolution
_NAMES_IN: Final = 0.15
_FEW_NAMES: Final = 0.6
_AXIS_IN: Final = 0.9
_TALLEST_IN: Final = 8.0
_LINES: Final = {"title": 6, "setting": 2, "note": 3, "axis": 2}


def drawn(data: FigureData, *, width: Width = "double") -> Figure:
    """Draw a figure on a sheet that pyplot does not know of.

    Args:
        data: What it shows.
        width: `single` for a journal's column of 3.5 inches, `double` for its page of 7.2; the
            height follows from the panels.
    """
    size = (WIDTHS[width], 4.0)
    return new_figure(size, lambda sheet: _Sheet(sheet, data, width).compose())


class _Sheet:
    """A figure on its way to the paper: words above and below, panels between."""

    def __init__(self, sheet: Figure, data: FigureData, width: Width) -> None:
        self._sheet, self._data, self._width = sheet, data, width
        self._font = _FONT[width]
        self._columns = max(min(data.n_columns, _MOST_COLUMNS[width], len(data.panels)), 1)

    def compose(self) -> None:
        above: list[Text | Legend] = self._header()
        below: list[Text | Legend] = [
            self._text(note, self._font - 2, _GREY, _LINES["note"]) for note in self._data.notes
        ]
        header = sum(self._height_in(part) + _GAP_IN for part in above) + _EDGE_IN
        footer = sum(self._height_in(part) + _NOTE_GAP_IN for part in below) + _EDGE_IN
        heights = self._row_heights()
        height = header + footer + sum(heights)
        self._sheet.set_size_inches(WIDTHS[self._width], height)
        self._stack(above, height - _EDGE_IN, height, _GAP_IN)
        self._stack(below, footer - _NOTE_GAP_IN, height, _NOTE_GAP_IN)
        if not heights:
            return
        layout = self._sheet.get_layout_engine()
        if layout is not None:
            rect = (0.0, footer / height, 1.0, 1.0 - (header + footer) / height)
            layout.set(rect=rect, w_pad=0.06, h_pad=0.04)  # type: ignore[call-arg] # constrained
        self._draw_panels(heights)

    def _draw_panels(self, heights: list[float]) -> None:
        """Panels first, then their labels, which need to know where everything else lies."""
        grid = self._sheet.subplots(
            len(heights), self._columns, squeeze=False, height_ratios=heights
        ).ravel()
        labels: list[tuple[Axes, Panel, list[Label]]] = []
        titles = []
        for place, (axes, panel) in enumerate(zip(grid, self._data.panels, strict=False)):
            axes.tick_params(labelsize=self._font - 1)
            extent = Extent.of(panel)
            set_up_axes(axes, panel, extent, self._font)
            titles.append(axes.set_title(panel.title, loc="left", fontsize=self._font))
            self._say_once(axes, place)
            labels.append((axes, panel, draw_marks(axes, panel, extent)))
        for axes in grid[len(self._data.panels) :]:
            axes.set_axis_off()
        self._sheet.draw_without_rendering()
        for axes, panel, _ in labels:
            self._fit(axes.xaxis.label, panel.x.label, axes.bbox.width)
        for title, (axes, panel, _) in zip(titles, labels, strict=True):
            self._fit(title, panel.title, axes.bbox.width)
        if any("\n" in words for axes, _, _ in labels for words in _words_around(axes)):
            self._sheet.draw_without_rendering()
        for axes, panel, _ in labels:
            if axes.get_ylabel():
                self._fit(axes.yaxis.label, panel.y.label, axes.bbox.height)
            separate_words(axes)
            place_rule_labels(axes, panel, self._font - 1)
        self._sheet.draw_without_rendering()
        for axes, panel, wanted in labels:
            place_labels(axes, panel, wanted, self._font - 1)

    def _say_once(self, axes: Axes, place: int) -> None:
        """Leave out what the panel at the left says of the same axis."""
        if not place % self._columns:
            return
        panels = self._data.panels
        if len({panel.y.label for panel in panels}) == 1:
            axes.set_ylabel("")
        if panels[place].y.names and panels[place].y.names == panels[place - 1].y.names:
            axes.tick_params(axis="y", labelleft=False)

    def _fit(self, text: Text, words: str, room: float) -> None:
        fitting_lines(text, words, room=room, most_lines=_LINES["axis"])

    def _header(self) -> list[Text | Legend]:
        data = self._data
        parts: list[Text | Legend] = [
            self._text(data.title, self._font + 1.5, "#111820", _LINES["title"], "bold")
        ]
        if data.setting:
            parts.append(self._text(data.setting, self._font - 0.5, _GREY, _LINES["setting"]))
        if data.legend:
            parts.append(self._legend())
        return parts

    def _text(
        self, words: str, size: float, color: str, most_lines: int, weight: str = "normal"
    ) -> Text:
        text = self._sheet.text(
            0.0, 0.0, "", fontsize=size, color=color, fontweight=weight, va="top", linespacing=1.15
        )
        text.set_x(_EDGE_IN / WIDTHS[self._width])
        room = _ROOM * (self._sheet.bbox.width - 2 * _EDGE_IN * self._sheet.dpi)
        fitting_lines(text, words, room=room, most_lines=most_lines)
        return text

    def _legend(self) -> Legend:
        """As few rows as fit side by side."""
        handles = [self._handle(category) for category in self._data.legend]
        room = self._sheet.bbox.width - 2 * _EDGE_IN * self._sheet.dpi
        for columns in range(len(handles), 0, -1):
            legend = self._sheet.legend(
                handles=handles,
                loc="upper left",
                ncols=columns,
                fontsize=self._font - 0.5,
                frameon=False,
                borderaxespad=0.0,
                borderpad=0.0,
                handlelength=1.8,
                columnspacing=1.4,
                labelspacing=0.3,
            )
            if columns == 1 or legend.get_window_extent().width <= room:
                break
            legend.remove()
        return legend

    def _handle(self, category: Category) -> Line2D | Patch:
        """A line, a shape or both, as the marks of this category have it."""
        marks = [
            mark
            for panel in self._data.panels
            for mark in panel.marks
            if getattr(mark, "category", None) == category
        ]
        color, words = category.color, category.label
        if marks and all(isinstance(mark, BarMark | RibbonMark) for mark in marks):
            has_shape = any(isinstance(mark, BarMark) and mark.ends_with_shape for mark in marks)
            if not has_shape:
                alpha = 0.25 if isinstance(marks[0], RibbonMark) else 0.75
                return Patch(color=color, label=words, alpha=alpha, linewidth=0)
        lines = [mark for mark in marks if isinstance(mark, CurveMark | RuleMark | BarMark)]
        dashed = bool(lines) and all(getattr(mark, "is_dashed", False) for mark in lines)
        has_shape = not lines or any(
            getattr(mark, "ends_with_shape", False) or not isinstance(mark, CurveMark | RuleMark)
            for mark in marks
        )
        return Line2D(
            [],
            [],
            linewidth=1.6 if lines else 0.0,
            linestyle=(0, (3, 1.5)) if dashed else "-",
            marker=MARKERS[category.shape] if has_shape else "",
            markersize=7 if category.shape == "star" else 5,
            markeredgewidth=1.2,
            color=color,
            label=words,
        )

    def _row_heights(self) -> list[float]:
        """Of each row of panels, in inches: as high as the panel with the most names needs."""
        panels = self._data.panels
        plain = (_IN_A_GRID_IN if len(panels) > 1 else _ALONE_IN)[self._width]
        needed = [
            min(max(_AXIS_IN + _NAMES_IN * len(panel.y.names), _FEW_NAMES * plain), _TALLEST_IN)
            if panel.y.scale is AxisScale.NAMES
            else plain
            for panel in panels
        ]
        return [
            max(needed[first : first + self._columns])
            for first in range(0, len(panels), self._columns)
        ]

    def _height_in(self, part: Text | Legend) -> float:
        return float(part.get_window_extent().height) / self._sheet.dpi

    def _stack(
        self, parts: list[Text | Legend], top_in: float, height_in: float, gap_in: float
    ) -> None:
        """Place words below one another."""
        at_in = top_in
        for part in parts:
            used = self._height_in(part)
            x, y = _EDGE_IN / WIDTHS[self._width], at_in / height_in
            if isinstance(part, Text):
                part.set_position((x, y))
            else:
                part.set_bbox_to_anchor((x, y), transform=self._sheet.transFigure)
            at_in -= used + gap_in


def _words_around(axes: Axes) -> tuple[str, str]:
    return axes.get_xlabel(), axes.get_title(loc="left")
