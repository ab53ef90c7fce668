"""Words and shapes on a drawn sheet: readable on lines, not on each other, each said once."""

import itertools

import numpy as np
import pytest

from tests.analysis.importance.runs import audited
from tests.answers.figures.marks import marks_of
from tests.answers.samples import twelve
from wbtools.answers.figures.draw import drawn
from wbtools.answers.figures.draw_marks import halo
from wbtools.answers.figures.figure_data import (
    Axis,
    CurveMark,
    DotMark,
    FigureData,
    Panel,
    TextMark,
)
from wbtools.answers.figures.palette import BAND, series
from wbtools.answers.figures.parallel import parallel_figure
from wbtools.answers.figures.slices import slices_figure
from wbtools.answers.figures.thresholds import thresholds_figure

SCHEDULES = ["warmup-cosine", "constant-then-linear", "step"]


def schedules(n=12):
    configs = [
        {"a": k % 5, "schedule": SCHEDULES[k % 3], "b": k / 7, "c": k % 4, "d": k % 2}
        for k in range(n)
    ]
    return audited([k / 10 for k in range(n)], configs)


def sheet_of(*panels, width="double", columns=1):
    data = FigureData(name="words", title="A title", panels=panels, n_columns=columns)
    return drawn(data, width=width)


@pytest.mark.parametrize("width", ["single", "double"])
def test_words_on_lines_have_a_rim_and_do_not_lie_on_each_other(width):
    data = parallel_figure(schedules())
    sheet = drawn(data, width=width)
    (axes,) = sheet.axes
    wanted = [mark.text for mark in marks_of(data, TextMark)]
    texts = [text for text in axes.texts if text.get_path_effects()]
    assert len(texts) >= 0.8 * len(wanted)
    assert all(type(text.get_path_effects()[0]) is type(halo()[0]) for text in texts)
    boxes = [text.get_window_extent() for text in texts[:-1]]  # the last is the label of a line
    assert not any(box.overlaps(other) for box, other in itertools.combinations(boxes, 2))
    assert not axes.spines["left"].get_visible()


def test_runs_at_one_place_are_drawn_beside_each_other():
    dots = [DotMark(run_id=str(k), category=BAND, x=1.0, y=2.0) for k in range(5)]
    again = DotMark(run_id="4", category=BAND, x=1.0, y=2.0)
    plain = Axis(label="x")
    (axes,) = sheet_of(Panel(x=plain, y=plain, marks=(*dots, again))).axes
    (points,) = axes.collections
    middles = [path.get_extents().get_points().mean(axis=0) for path in points.get_paths()]
    assert middles[-1] == pytest.approx([0, 0], abs=1e-9)
    assert middles[-2] == pytest.approx(middles[-1])  # the same run
    apart = [np.hypot(*(p - q)) for p, q in itertools.combinations(middles[:-1], 2)]
    assert min(apart) > 0.5
    assert points.get_offsets().tolist() == [[1.0, 2.0]] * 6


def test_a_label_lies_on_no_shape_where_there_is_room_beside_it():
    marks = [
        DotMark(run_id="a", label="run a", category=series(0, "a"), x=5.0, y=5.0),
        *(DotMark(run_id=f"{k}", category=BAND, x=5.0 + k / 4, y=5.0) for k in range(1, 4)),
        CurveMark(
            run_id="c",
            category=BAND,
            x=np.array([9.0, 10.0]),
            y=np.array([9.0, 10.0]),
            ends_with_shape=True,
        ),
    ]
    axis = Axis(label="x", limits=(0.0, 10.0))
    (axes,) = sheet_of(Panel(x=axis, y=axis, marks=tuple(marks))).axes
    (text,) = (text for text in axes.texts if text.get_text())
    box = text.get_window_extent()
    for mark in marks[:4]:
        x, y = axes.transData.transform((mark.x, mark.y))
        assert not box.contains(x, y)


@pytest.mark.parametrize("width", ["single", "double"])
def test_the_title_of_a_panel_is_no_wider_than_the_panel(width):
    plain = Axis(label="x")
    title = "a title that goes on and on about what this panel shows of the sweep"
    panels = [
        Panel(x=plain, y=plain, marks=(DotMark(category=BAND, x=1, y=1),), title=title)
        for _ in range(4)
    ]
    for axes in sheet_of(*panels, width=width, columns=4).axes:
        (words,) = (text for text in axes.get_children() if text is axes._left_title)
        assert words.get_text()
        assert words.get_window_extent().width <= axes.bbox.width + 1


def test_what_all_panels_share_is_said_in_the_first_of_a_row():
    axes = drawn(slices_figure(schedules())).axes
    said = [bool(each.get_ylabel()) for each in axes[:5]]
    assert said == [True, False, False, True, False]
    assert [bool(each.get_ylabel()) for each in drawn(thresholds_figure(twelve())).axes].count(
        True
    ) == 1
