"""Words on a sheet that neither leave it nor lie on each other: measured, then placed in turn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from matplotlib.transforms import Bbox

from wbtools.answers.figures.draw_marks import halo
from wbtools.answers.figures.figure_data import CurveMark, DotMark, Emphasis, IntervalMark, RuleMark
from wbtools.answers.layout import truncate, wrap

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.text import Annotation, Text
    from numpy.typing import NDArray

    from wbtools.answers.figures.draw_marks import Label
    from wbtools.answers.figures.figure_data import Panel

_UPRIGHT: Final = 90.0
_SHRINK: Final = 0.94
_LEAST_CELLS: Final = 8
_MOST_ROWS: Final = 4
_BESIDE_CELLS: Final = 15
_LABEL_CELLS: Final = 40
_LABEL_LINES: Final = 2
_APART_PX: Final = 2.0
_LEADER_FROM_PT: Final = 14.0
_OUTSIDE: Final = 1e6
_OVERLAP: Final = 1e3
_ON_A_POINT: Final = 6.0
_MOST_POINTS: Final = 30.0
_FARTHEST_STEP: Final = 8
_NEXT: Final = 9.0  # points from one of several intervals side by side to the next
_PIECES: Final = 4
_SHAPE_PT: Final = 2.5  # from the middle of a shape to its edge
_ON_A_SHAPE: Final = 2.0
_ON_A_LINE: Final = 0.3


def fitting_lines(text: Text, words: str, *, room: float, most_lines: int) -> None:
    """Write words in few lines that are no wider than the room; an ellipsis says what is missing.

    Args:
        text: On its figure, with its font.
        words: What to write.
        room: Pixels, along the words.
        most_lines: Lines at most.
    """
    size_px = float(text.get_fontsize()) * text.figure.dpi / 72
    cells = max(int(room / (0.45 * size_px)), _LEAST_CELLS)
    while True:
        lines = wrap(words, cells)
        if len(lines) > most_lines:
            rest = " ".join(lines[most_lines - 1 :])
            lines = [*lines[: most_lines - 1], truncate(rest, cells)]
        text.set_text("\n".join(lines))
        box = text.get_window_extent()
        length = box.height if text.get_rotation() == _UPRIGHT else box.width
        if cells <= _LEAST_CELLS or length <= room:
            return
        cells = max(int(cells * _SHRINK), _LEAST_CELLS)


def separate_words(axes: Axes) -> None:
    """Shorten the words that stand at points of a panel where they lie on earlier ones."""
    taken: list[Bbox] = []
    for text in list(axes.texts):
        words = text.get_text()
        box = text.get_window_extent()
        for cells in range(len(words) - 1, _LEAST_CELLS // 2, -1):
            if not any(box.overlaps(other) for other in taken):
                break
            text.set_text(truncate(words, cells))
            box = text.get_window_extent()
        if any(box.overlaps(other) for other in taken):
            text.remove()
        else:
            taken.append(box)


def place_rule_labels(axes: Axes, panel: Panel, font: float) -> None:
    """Words of lines across a panel: on top of upright ones, to the right of level ones.

    Those that would meet go a row higher, or are pushed apart.
    """
    rules = [
        mark
        for mark in panel.marks
        if isinstance(mark, RuleMark) and mark.label and mark.end is None
    ]
    _place_on_top(axes, [rule for rule in rules if not rule.is_horizontal], font)
    _place_beside(axes, [rule for rule in rules if rule.is_horizontal], font)


def _place_on_top(axes: Axes, rules: list[RuleMark], font: float) -> None:
    low, high = sorted(axes.get_xlim())
    ends: list[float] = []
    rows = 0
    for rule in sorted(rules, key=lambda rule: rule.at):
        if not low <= rule.at <= high:
            continue
        text = axes.annotate(
            rule.label,
            (rule.at, 1.0),
            xycoords=("data", "axes fraction"),
            xytext=(0, 2),
            textcoords="offset points",
            ha="center",
            va="bottom",
            fontsize=font - 0.5,
            color=rule.category.color,
            annotation_clip=False,
        )
        box = text.get_window_extent()
        row = next((k for k, end in enumerate(ends) if end + _APART_PX <= box.x0), len(ends))
        if row >= _MOST_ROWS:
            text.remove()
            continue
        ends[row : row + 1] = [box.x1]
        rows = max(rows, row + 1)
        text.xyann = (0, 2 + row * (font + 1))
    if rows and axes.get_title(loc="left"):
        words = axes.get_title(loc="left")
        axes.set_title(words, loc="left", fontsize=font + 1, pad=4 + rows * (font + 1))


def _place_beside(axes: Axes, rules: list[RuleMark], font: float) -> None:
    texts: list[tuple[float, Annotation]] = []
    low, high = sorted(axes.get_ylim())
    for rule in rules:
        at = min(max(rule.at, low), high)
        text = axes.annotate(
            "\n".join(wrap(rule.label, _BESIDE_CELLS)[:3]),
            (1.0, at),
            xycoords=("axes fraction", "data"),
            xytext=(4, 0),
            textcoords="offset points",
            ha="left",
            va="center",
            fontsize=font,
            color=rule.category.color,
            annotation_clip=False,
            linespacing=1.1,
        )
        texts.append((axes.transData.transform((axes.get_xlim()[1], at))[1], text))
    ceiling = np.inf
    to_points = 72 / axes.figure.dpi
    for middle, text in sorted(texts, key=lambda each: -each[0]):
        half = text.get_window_extent().height / 2
        placed = min(middle, ceiling - half - _APART_PX)
        ceiling = placed - half
        text.xyann = (4, (placed - middle) * to_points)


def place_labels(axes: Axes, panel: Panel, labels: list[Label], font: float) -> None:
    """Place labels beside their points, in turn: where they lie on the least.

    What is taken are the labels already placed, intervals, and the points that curves run through.
    """
    if not labels:
        return
    to_px = axes.figure.dpi / 72
    taken = [text.get_window_extent() for text in axes.texts]
    taken += _interval_boxes(axes, panel)
    points = _points_px(axes, panel)
    for label in sorted(labels, key=lambda label: (not label.is_strong, -label.y)):
        text = axes.annotate(
            "\n".join(_lines_of(label.text)),
            (label.x, label.y),
            xytext=(0, 0),
            textcoords="offset points",
            ha="left",
            va="bottom",
            fontsize=font,
            fontweight="bold" if label.is_strong else "normal",
            color=label.color,
            zorder=7,
            path_effects=halo(),
            annotation_clip=False,
        )
        text.set_in_layout(False)
        measured = text.get_window_extent()
        width, height = measured.width, measured.height
        anchor = axes.transData.transform((label.x, label.y))
        best, best_cost = (0.0, 0.0), np.inf
        for dx, dy, cost in _offsets(width / to_px, height / to_px):
            x, y = anchor[0] + dx * to_px, anchor[1] + dy * to_px
            box = Bbox.from_bounds(x, y, width, height)
            total = cost + _cost(box, axes.bbox, taken, points, _SHAPE_PT * to_px)
            if total < best_cost:
                best, best_cost = (dx, dy), total
        text.xyann = best
        _lead(axes, text, label, best, (width / to_px, height / to_px), font)
        x, y = anchor + np.array(best) * to_px
        taken.append(Bbox.from_bounds(x, y, width, height))


def _lines_of(words: str) -> list[str]:
    lines = wrap(words, _LABEL_CELLS)
    if len(lines) > _LABEL_LINES:
        rest = " ".join(lines[_LABEL_LINES - 1 :])
        lines = [*lines[: _LABEL_LINES - 1], truncate(rest, _LABEL_CELLS)]
    return lines


def _offsets(width: float, height: float) -> list[tuple[float, float, float]]:
    """Where the lower left corner may lie, in points from the point, and what that costs."""
    gap = 5.0
    right, left, middle = gap, -gap - width, -width / 2
    offsets = [
        (right, -height / 2, 0.0),
        (right, 2.0, 1.0),
        (right, -height - 2.0, 1.0),
        (middle, gap, 2.0),
        (middle, -height - gap, 2.0),
        (left, -height / 2, 3.0),
        (left, 2.0, 3.5),
        (left, -height - 2.0, 3.5),
        (left - _NEXT, -height / 2, 4.0),
        (left - 2 * _NEXT, -height / 2, 5.0),
    ]
    offsets += [
        (x, -height / 2 + sign * (step * (height + 1.0) + gap), 4.0 + 3 * step + side)
        for step in range(1, _FARTHEST_STEP + 1)
        for x, side in (
            (right, 0.0),
            (middle, 1.0),
            (left, 2.0),
            (left - _NEXT, 2.5),
            (left - 2 * _NEXT, 3.0),
        )
        for sign in (1.0, -1.0)
    ]
    return offsets


def _cost(
    box: Bbox, inside: Bbox, taken: list[Bbox], points: NDArray[np.float64], rim_px: float
) -> float:
    """How much a place hides: nothing if it is free and within the panel."""
    cost = 0.0
    if box.x0 < inside.x0 or box.x1 > inside.x1 or box.y0 < inside.y0 or box.y1 > inside.y1:
        cost += _OUTSIDE
    for other in taken:
        shared_x = min(box.x1, other.x1) - max(box.x0, other.x0) + _APART_PX
        shared_y = min(box.y1, other.y1) - max(box.y0, other.y0) + _APART_PX
        if shared_x > 0 and shared_y > 0:
            cost += _OVERLAP + shared_x * shared_y
    if len(points):
        box = box.padded(rim_px)
        is_below = (
            (points[:, 0] > box.x0)
            & (points[:, 0] < box.x1)
            & (points[:, 1] > box.y0)
            & (points[:, 1] < box.y1)
        )
        n = float((is_below * points[:, 2]).sum())
        cost += _ON_A_POINT * min(n, _MOST_POINTS)
    return cost


def _points_px(axes: Axes, panel: Panel) -> NDArray[np.float64]:
    """`[n, 3]` where marks lie on the sheet, in pixels, and how much each of them matters."""
    parts = []
    for mark in panel.marks:
        match mark:
            case CurveMark() if mark.emphasis is not Emphasis.FAINT and len(mark.x):
                fine = np.linspace(0, len(mark.x) - 1, _PIECES * len(mark.x))
                places = np.arange(len(mark.x))
                between = np.interp(fine, places, mark.y)
                held = mark.y[np.floor(fine).astype(int)]
                at = np.column_stack(
                    (np.interp(fine, places, mark.x), held if mark.is_step else between)
                )
                weight = 1.0 if mark.emphasis is Emphasis.STRONG else _ON_A_LINE
                if mark.ends_with_shape:
                    parts.append(np.array([[mark.x[-1], mark.y[-1], _ON_A_SHAPE]]))
            case DotMark():
                at, weight = np.array([[mark.x, mark.y]]), _ON_A_SHAPE
            case _:
                continue
        parts.append(np.column_stack((at, np.full(len(at), weight))))
    if not parts:
        return np.empty((0, 3))
    every = np.concatenate(parts)
    low, high = sorted(axes.get_ylim())
    every = every[(every[:, 1] >= low) & (every[:, 1] <= high)]
    first, last = sorted(axes.get_xlim())
    every = every[(every[:, 0] >= first) & (every[:, 0] <= last)]
    if len(every):
        every[:, :2] = axes.transData.transform(every[:, :2])
    return every


def _interval_boxes(axes: Axes, panel: Panel) -> list[Bbox]:
    low_x, high_x = sorted(axes.get_xlim())
    low_y, high_y = sorted(axes.get_ylim())
    boxes = []
    for mark in panel.marks:
        if not isinstance(mark, IntervalMark) or np.isnan([mark.low, mark.high]).any():
            continue
        ends = [(mark.at, mark.low), (mark.at, mark.high)]
        if mark.is_horizontal:
            ends = [(y, x) for x, y in ends]
        inside = np.clip(np.array(ends), (low_x, low_y), (high_x, high_y))
        (x0, y0), (x1, y1) = axes.transData.transform(inside)
        corners = min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)
        boxes.append(Bbox.from_extents(*corners).padded(_APART_PX))
    return boxes


def _lead(
    axes: Axes,
    text: Annotation,
    label: Label,
    offset: tuple[float, float],
    size: tuple[float, float],
    font: float,
) -> None:
    """A thin line from the point to words that had to go far from it."""
    dx, dy = offset
    nearest_x = min(max(0.0, dx), dx + size[0])
    nearest_y = min(max(0.0, dy), dy + size[1])
    if np.hypot(nearest_x, nearest_y) < _LEADER_FROM_PT:
        return
    leader = axes.annotate(
        "",
        (label.x, label.y),
        xytext=(nearest_x, nearest_y),
        textcoords="offset points",
        arrowprops={
            "arrowstyle": "-",
            "linewidth": 0.5,
            "color": label.color,
            "shrinkA": 0,
            "shrinkB": font / 4,
        },
        zorder=6.5,
        annotation_clip=False,
    )
    leader.set_in_layout(False)
    text.set_zorder(7)
