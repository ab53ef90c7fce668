"""Curves of more points than a page can show."""

import numpy as np
import pytest

from wbtools.answers.figures.figure_data import Axis, AxisScale, CurveMark, FigureData, Panel
from wbtools.answers.figures.palette import Category
from wbtools.answers.report.thinned import thinned

KIND = Category(key="a", label="a", color="#000000", color_in_the_dark="#ffffff", shape="circle")
N_COLUMNS = 1000


def of(y, scale=AxisScale.LINEAR):
    curve = CurveMark(run_id="a", category=KIND, x=np.arange(1.0, len(y) + 1), y=y)
    panel = Panel(x=Axis(label="report", scale=scale), y=Axis(label="loss"), marks=(curve,))
    return FigureData(name="curves", title="t", setting="s", panels=(panel,), description="d")


def curve_of(figure):
    return figure.panels[0].marks[0]


@pytest.mark.parametrize("scale", [AxisScale.LINEAR, AxisScale.LOG])
def test_each_column_keeps_its_ends_its_lowest_and_its_highest(scale):
    y = np.random.default_rng(3).normal(size=100_000).cumsum()
    figure = of(y, scale)
    shown = curve_of(thinned(figure))
    assert len(shown.x) <= 4 * N_COLUMNS
    at = [
        np.log(each) if scale is AxisScale.LOG else each for each in (shown.x, curve_of(figure).x)
    ]
    ends = np.linspace(at[1].min(), at[1].max(), N_COLUMNS + 1)[1:-1]
    columns = [np.searchsorted(ends, each, side="right") for each in at]
    for column in range(0, N_COLUMNS, 37):
        every, kept = y[columns[1] == column], shown.y[columns[0] == column]
        if len(every):
            wanted = (every[0], every[-1], every.min(), every.max())
            assert (kept[0], kept[-1], kept.min(), kept.max()) == wanted
    assert np.array_equal(shown.y, y[shown.x.astype(int) - 1])


def test_gaps_stay_gaps_and_the_page_says_that_points_are_missing():
    y = np.linspace(1.0, 0.0, 50_000)
    y[20_000:30_000] = np.nan
    shown = thinned(of(y))
    curve = curve_of(shown)
    assert np.isnan(curve.y[(curve.x > 20_100) & (curve.x < 29_900)]).all()
    assert np.isfinite(curve.y).sum() > 1000
    (note,) = shown.notes
    assert "more than 5,000 points are thinned to what can be seen" in note
    assert "wbtools plot curves --data writes all" in note


def test_what_can_be_seen_stays_as_it_is():
    figure = of(np.zeros(5000))
    assert thinned(figure) is figure
