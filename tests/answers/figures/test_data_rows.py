import csv
import io

import numpy as np

from tests.answers.samples import hostile, twelve
from wbtools.answers.csv_cells import csv_table
from wbtools.answers.figures.curves import curves_figure
from wbtools.answers.figures.data_rows import data_rows
from wbtools.answers.figures.distribution import distribution_figure
from wbtools.answers.figures.figure_data import (
    Axis,
    AxisScale,
    BarMark,
    CurveMark,
    FigureData,
    IntervalMark,
    Panel,
    RibbonMark,
    RuleMark,
    TextMark,
)
from wbtools.answers.figures.palette import BAND, series

A = series(0, "a")


def rows_of(*marks, x=None, y=None):
    plain = Axis(label="")
    panel = Panel(x=x or plain, y=y or plain, marks=marks)
    header, rows = data_rows(FigureData(name="x", title="x", panels=(panel,)))
    return [dict(zip(header, row, strict=True)) for row in rows]


def test_a_curve_has_a_row_a_point_and_gaps_none():
    audit = twelve()
    header, rows = data_rows(curves_figure(audit))
    table = [dict(zip(header, row, strict=True)) for row in rows]
    points = [row for row in table if row["run_id"] == "run0009" and row["mark"] == "curve"]
    curves = audit.sweep.curves["val/hmean"]
    assert [row["y"] for row in points] == curves.values[8, :10].tolist()
    assert [row["x"] for row in points] == list(range(1, 11))
    gap = CurveMark(category=A, x=np.arange(3.0), y=np.array([1.0, np.nan, 3.0]))
    assert [row["x"] for row in rows_of(gap)] == [0, 2]


def test_every_mark_says_where_it_lies():
    names = Axis(label="", scale=AxisScale.NAMES, names=("first", "second"))
    bar, level, whole, upright, lying, words = rows_of(
        BarMark(at=1, start=2.0, end=5.0, category=A, run_id="r"),
        RuleMark(at=0.5, category=BAND, is_horizontal=True, start=1.0, end=2.0, label="cut"),
        RuleMark(at=7.0, category=BAND),
        IntervalMark(at=3.0, low=1.0, estimate=2.0, high=np.nan, category=A),
        IntervalMark(at=0.0, low=1.0, estimate=2.0, high=4.0, category=A, is_horizontal=True),
        TextMark(x=1.0, y=0.0, text="words"),
        y=names,
    )
    assert (bar["x"], bar["y"], bar["low"], bar["high"], bar["y_name"]) == (5, 1, 2, 5, "second")
    assert (bar["run_id"], bar["category"], bar["mark"], bar["panel"]) == ("r", "a", "bar", 1)
    assert (level["x"], level["y"], level["low"], level["high"]) == (None, 0.5, 1, 2)
    assert level["label"] == "cut"
    assert (whole["x"], whole["y"], whole["low"], whole["high"]) == (7, None, None, None)
    assert (upright["x"], upright["y"], upright["low"], upright["high"]) == (3, 2, 1, None)
    assert (lying["x"], lying["y"], lying["low"], lying["high"]) == (2, 0, 1, 4)
    assert lying["y_name"] == "first"
    assert (words["mark"], words["label"], words["x_name"]) == ("text", "words", None)
    edges = RibbonMark(category=A, x=np.array([1.0]), low=np.array([2.0]), high=np.array([3.0]))
    (ribbon,) = rows_of(edges)
    assert (ribbon["x"], ribbon["y"], ribbon["low"], ribbon["high"]) == (1, None, 2, 3)


def test_dots_beside_a_position_have_its_name():
    audit = twelve()
    header, rows = data_rows(distribution_figure(audit))
    table = [dict(zip(header, row, strict=True)) for row in rows]
    dots = [row for row in table if row["mark"] == "dot"]
    assert len(dots) == 12
    assert {row["y_name"] for row in dots} == set(distribution_figure(audit).panels[0].y.names)


def test_as_csv_hostile_texts_are_no_formulas():
    text = csv_table(*data_rows(curves_figure(hostile())))
    lines = list(csv.reader(io.StringIO(text)))
    assert lines[0][:4] == ["panel", "mark", "category", "run_id"]
    assert len({len(line) for line in lines}) == 1
    assert not any(cell.startswith("=") for line in lines for cell in line)
