"""Best so far against compute: what the figure holds, and how it is scaled."""

import math
import sys

import numpy as np
import pytest

from tests.analysis.comparison.sides import random_curves, side, table
from tests.answers.compare.test_text import SAMPLES, answer, seeds, two
from tests.answers.figures.checks import check_figure, marks_of
from wbtools.analysis.comparison import CompareQuestion, compare
from wbtools.answers.figures.clock import unit_of_time
from wbtools.answers.figures.figure_data import CurveMark, RibbonMark, RuleMark
from wbtools.answers.figures.palette import MOST_SERIES
from wbtools.answers.figures.race import race_figure
from wbtools.model import Goal, Metric


def recorded(panel):
    return [mark for mark in panel.marks if isinstance(mark, CurveMark) and not mark.is_dashed]


def test_the_figure_holds_what_was_recorded_and_resampled():
    comparison = two()
    data = race_figure(comparison)
    reports, clock = data.panels
    first = recorded(reports)[0]
    assert (first.x[-1], first.y[-1]) == (
        comparison.summaries[0].reports,
        comparison.summaries[0].best,
    )
    assert (first.label, first.is_step) == ("tuned", True)
    assert (first.y[1:] <= first.y[:-1]).all()
    points = comparison.races[0].lanes[0].points
    ribbon = marks_of(data, RibbonMark)[0]
    assert ribbon.high[-1] == points[-1].high
    assert ribbon.low[-1] == points[-1].low
    longest = max(summary.hours for summary in comparison.summaries)
    in_s, unit = unit_of_time(longest * 3600)
    assert clock.x.label == f"{unit} used by all runs"
    (rule,) = (mark for mark in clock.marks if isinstance(mark, RuleMark))
    hours = min(summary.hours for summary in comparison.summaries)
    assert rule.at == pytest.approx(hours * 3600 / in_s)


def test_sides_without_an_order_are_only_resampled_and_named_all_the_same():
    panel = race_figure(seeds()).panels[0]
    assert recorded(panel) == []
    dashed = [mark for mark in panel.marks if isinstance(mark, CurveMark)]
    assert {mark.label for mark in dashed} == {"ConvTasNet", "SepFormer", "SPMamba"}


def test_the_title_says_who_is_ahead_with_the_interval():
    title = race_figure(seeds()).title
    last = seeds().races[0].lanes[2].points[-1]
    assert title.startswith("After ")
    assert f"SPMamba is ahead: {last.typical:.3f} ({last.low:.3f} … {last.high:.3f})" in title


def test_the_title_names_no_winner_that_may_be_luck():
    alike = [table([0.9, 0.4, 0.6], [5, 5, 5], [1.0, 1, 1], name) for name in ("a", "b", "c")]
    title = race_figure(answer(*alike)).title
    assert (
        title == "After 15 reports each, no side is surely ahead: a 0.4000, b 0.4000 and c 0.4000"
    )
    near = answer(
        side(*random_curves(1, n=12), name="a"),
        side(*random_curves(2, n=12), name="b"),
    )
    point = near.races[0].lanes[1].points[-1]
    assert point.difference_low < 0 < point.difference_high
    assert "no side is surely ahead: " in race_figure(near).title


@pytest.mark.parametrize("name", SAMPLES)
def test_every_sample_can_be_drawn(name):
    data = race_figure(SAMPLES[name]())
    for panel in data.panels:
        assert len({mark.category for mark in panel.marks if isinstance(mark, CurveMark)}) <= 8
    check_figure(data, "single", "double")


def test_no_more_sides_are_drawn_than_can_be_told_apart():
    many = answer(*(side([0.5, k / 20], name=f"s{k}") for k in range(MOST_SERIES + 2)))
    data = race_figure(many)
    assert len(recorded(data.panels[0])) == MOST_SERIES
    assert f"The first {MOST_SERIES} of 10 sides are drawn." in data.notes


def test_the_figure_belongs_to_the_caller():
    figure = two().plot()
    reports, clock = figure.axes
    assert reports.get_ylabel() == "best loss so far"
    assert clock.get_xlabel().endswith("used by all runs")
    assert "matplotlib.pyplot" not in sys.modules


def test_only_what_is_drawn_is_explained():
    unordered = " ".join(race_figure(seeds()).notes)
    assert "Dashes and bands" in unordered
    assert "as recorded" not in unordered
    assert "Lines: as recorded" in " ".join(race_figure(two()).notes)


def test_nothing_to_draw_is_said():
    data = race_figure(answer(table([0.1]), table([0.2])))
    assert data.panels == ()
    assert (
        data.title == "When each side found its best is not known: nothing says it of single runs"
    )
    check_figure(data)


def test_a_single_sweep_has_a_race_too():
    alone = side([0.9, 0.5], [0.4, 0.3], [0.6], name="alone")
    metric = Metric(name="loss", goal=Goal.MINIMIZE)
    data = race_figure(compare([alone], CompareQuestion(metric=metric)))
    (line,) = recorded(data.panels[0])
    assert line.label == ""
    assert line.y.tolist() == [0.9, 0.5, 0.4, 0.3, 0.3]
    assert line.x.tolist() == [1, 2, 3, 4, 5]
    assert data.title == "alone found its best, 0.3000, after 80 % of its 5 reports"
    assert marks_of(data, (RuleMark, RibbonMark)) == []
    check_figure(data)


def test_the_first_values_do_not_make_all_others_one_line():
    curves = [[100.0, *np.linspace(1.0, 0.9, 60).tolist()] for _ in range(2)]
    data = race_figure(answer(side(*curves, name="a"), side(*curves, name="b")))
    low, high = data.panels[0].y.limits
    assert 0.8 < low < 0.9
    assert high < 2
    assert any("may lie outside" in note for note in data.notes)


def test_values_beyond_numbers_are_drawn():
    data = race_figure(answer(side([1e308, 3.0], name="a"), side([-1e308, math.nan], name="b")))
    check_figure(data)
