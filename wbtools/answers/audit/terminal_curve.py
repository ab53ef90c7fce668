"""A curve drawn with characters: braille dots, or asterisks where a terminal knows only ASCII."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

_BRAILLE = 0x2800
_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
"""The bit of each dot of a braille cell, by row and column."""
_LEAST_PLOT = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """A horizontal line and what stands beside it."""

    value: float
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A vertical line at a report, what stands below it, and a value to tick on it, if any."""

    report: int
    label: str
    value: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Frame:
    """The cells of the plot and how reports and values fall on them; each cell has 2 x 4 dots."""

    columns: int
    rows: int
    last: int
    low: float
    high: float
    dots_x: int
    dots_y: int

    def dot_x(self, report: float) -> int:
        span = max(self.last - 1, 1)
        share = min(max((report - 1) / span, 0.0), 1.0)
        return round(share * (self.columns * self.dots_x - 1))

    def dot_y(self, value: float) -> int:
        """Dots from the top; a scale of one value has all of it at its lower end."""
        unit = max(abs(self.low), abs(self.high)) or 1.0  # so that no difference can overflow
        span = self.high / unit - self.low / unit
        share = (self.high / unit - value / unit) / span if span > 0 else 1.0
        return round(min(max(share, 0.0), 1.0) * (self.rows * self.dots_y - 1))


def draw_curve(
    values: NDArray[np.float64],
    *,
    last: int,
    levels: Sequence[Level],
    marks: Sequence[Mark],
    low_label: str,
    high_label: str,
    low: float,
    high: float,
    width: int,
    height: int = 12,
    unicode: bool = True,
) -> list[str]:
    """Draw one curve with levels, bands and a scale.

    Args:
        values: `[n]` finite reports, the first is report 1.
        last: The last report on the axis; the budget where it is known.
        levels: Horizontal lines, such as the bar.
        marks: Vertical lines, such as bands.
        low_label: What stands at the lower end of the scale.
        high_label: What stands at the upper end.
        low: Value of the lower end.
        high: Value of the upper end.
        width: Terminal cells in all.
        height: Lines of the plot, without the axis below.
        unicode: Whether braille and box characters may be used.

    Returns:
        Lines of at most `width` cells; none if there is no room or no value.
    """
    labels = [low_label, high_label, *(level.label for level in levels)]
    margin = max(map(len, labels)) + 1
    columns = width - margin - 1
    if columns < _LEAST_PLOT or not len(values):
        return []
    frame = _Frame(
        columns=columns,
        rows=height,
        last=max(last, len(values)),
        low=low,
        high=high,
        dots_x=2 if unicode else 1,
        dots_y=4 if unicode else 1,
    )
    grid = [[" "] * columns for _ in range(height)]
    _rule_lines(grid, frame, levels, marks, unicode=unicode)
    _curve(grid, frame, values, unicode=unicode)
    side = {frame.rows - 1: low_label, 0: high_label}
    side |= {frame.dot_y(level.value) // frame.dots_y: level.label for level in levels}
    wall = "│" if unicode else "|"
    lines = [
        f"{side.get(k, ''):>{margin - 1}} {wall}{''.join(cells)}".rstrip()
        for k, cells in enumerate(grid)
    ]
    corner, floor = ("└", "─") if unicode else ("+", "-")
    lines.append(" " * margin + corner + floor * columns)
    lines.append(" " * (margin + 1) + _axis(frame, marks))
    return [line.rstrip() for line in lines]


def _rule_lines(
    grid: list[list[str]],
    frame: _Frame,
    levels: Sequence[Level],
    marks: Sequence[Mark],
    *,
    unicode: bool,
) -> None:
    across, upright, tick = ("╌", "┊", "┿") if unicode else ("-", ":", "+")
    for level in levels:
        row = frame.dot_y(level.value) // frame.dots_y
        grid[row] = [across] * frame.columns
    for mark in marks:
        column = frame.dot_x(mark.report) // frame.dots_x
        for cells in grid:
            cells[column] = upright
    for mark in marks:
        if mark.value is not None and frame.low <= mark.value <= frame.high:
            column = frame.dot_x(mark.report) // frame.dots_x
            grid[frame.dot_y(mark.value) // frame.dots_y][column] = tick


def _curve(
    grid: list[list[str]], frame: _Frame, values: NDArray[np.float64], *, unicode: bool
) -> None:
    """Set the dots of the curve, and those on the straight lines between them."""
    at = [(frame.dot_x(k), frame.dot_y(value)) for k, value in enumerate(values.tolist(), start=1)]
    bits: dict[tuple[int, int], int] = {}
    for (x0, y0), (x1, y1) in zip(at, at[1:] or at, strict=False):
        steps = max(abs(x1 - x0), abs(y1 - y0), 1)
        for k in range(steps + 1):
            x, y = round(x0 + (x1 - x0) * k / steps), round(y0 + (y1 - y0) * k / steps)
            cell = (y // frame.dots_y, x // frame.dots_x)
            bit = _DOTS[y % frame.dots_y][x % frame.dots_x] if unicode else 1
            bits[cell] = bits.get(cell, 0) | bit
    for (row, column), pattern in bits.items():
        grid[row][column] = chr(_BRAILLE + pattern) if unicode else "*"


def _axis(frame: _Frame, marks: Sequence[Mark]) -> str:
    """The first and the last report, and the labels of the marks where they fit between."""
    axis = [" "] * frame.columns
    ends = [(0, "1"), (frame.columns - len(str(frame.last)), str(frame.last))]
    between = [
        (frame.dot_x(mark.report) // frame.dots_x - len(mark.label) // 2, mark.label)
        for mark in reversed(marks)
    ]
    for start, label in (*ends, *between):
        begin = min(max(start, 0), frame.columns - len(label))
        around = axis[max(begin - 1, 0) : begin + len(label) + 1]
        if begin >= 0 and all(character == " " for character in around):
            axis[begin : begin + len(label)] = label
    return "".join(axis).rstrip()
