"""Forecasts: what sweeps cost and may lose, with the intervals that are known."""

import pytest

from tests.answers.figures.checks import check_figure, marks_of
from tests.answers.forecast import test_answer as samples
from wbtools.answers.figures.figure_data import DotMark, IntervalMark
from wbtools.answers.figures.forecast import forecast_figure


def test_a_sweep_has_its_hours_against_all_runs_in_full():
    sweep = samples.plain()
    data = forecast_figure(samples.answered(sweep))
    (dot,) = marks_of(data, DotMark)
    assert dot.x == sweep.full_hours
    marks = [mark for mark in data.panels[0].marks if isinstance(mark, IntervalMark)]
    assert [(mark.low, mark.estimate, mark.high) for mark in marks] == [(3.0, 3.0, 3.0)]
    assert data.panels[0].x.label == "hours of all runs together"
    check_figure(data, "single", "double")


@pytest.mark.parametrize("names", [("a.yaml", "b.yaml"), (samples.HOSTILE, "x" * 400)])
def test_several_sweeps_are_rows_with_safe_names(names):
    data = forecast_figure(samples.answered(*map(samples.plain, names)))
    assert len(data.panels[0].y.names) == 2
    check_figure(data)
