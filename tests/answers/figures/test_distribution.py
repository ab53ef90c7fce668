import dataclasses
from collections import Counter

import numpy as np
import pytest

from tests.answers.figures.marks import marks_of
from tests.answers.samples import a_loss, from_curves, many, rising, run_table, twelve, with_nan
from wbtools.answers.figures.distribution import distribution_figure
from wbtools.answers.figures.figure_data import DotMark, Emphasis, IntervalMark, RuleMark
from wbtools.answers.figures.run_kind import kind_of
from wbtools.errors import DataError


def test_a_dot_a_run_in_the_row_of_how_it_ended():
    audit = twelve()
    data = distribution_figure(audit)
    names = data.panels[0].y.names
    dots = {dot.run_id: dot for dot in marks_of(data, DotMark)}
    assert set(dots) == {row.run.id for row in audit.rows}
    for row in audit.rows:
        dot = dots[row.run.id]
        assert dot.x == row.best
        assert names[round(dot.y)].startswith(str(kind_of(row)))
    ends = Counter(map(kind_of, audit.rows))
    assert set(names) == {f"{kind}: {n}" for kind, n in ends.items()}


def test_dots_of_like_values_do_not_lie_on_each_other():
    data = distribution_figure(many(200))
    places = [(round(dot.x, 6), dot.y) for dot in marks_of(data, DotMark)]
    assert len(set(places)) == len(places)
    assert all(abs(dot.y - round(dot.y)) < 0.4 for dot in marks_of(data, DotMark))


def test_equal_values_are_stacked():
    audit = from_curves([np.full(22, 0.5) for _ in range(9)])
    places = [dot.y for dot in marks_of(distribution_figure(audit), DotMark)]
    assert len(set(places)) == 9


def test_quartiles_stand_beside_rows_of_enough_runs():
    audit = twelve()
    intervals = marks_of(distribution_figure(audit), IntervalMark)
    by_kind = {}
    for row in audit.rows:
        by_kind.setdefault(kind_of(row), []).append(row.best)
    enough = [values for values in by_kind.values() if len(values) >= 5]
    assert [mark.estimate for mark in intervals] == [np.median(values) for values in enough]
    assert all(mark.low < mark.estimate < mark.high for mark in intervals)


@pytest.mark.parametrize(
    ("audit", "title"),
    [
        (twelve, "The best of 12 runs is 0.9660 (run 8)"),
        (a_loss, "The best of 7 runs is 2.300 (run 1)"),
        (with_nan, "The best of 2 runs is 0.9601 (run 1)"),
    ],
)
def test_the_title_names_the_best_in_the_goals_direction(audit, title):
    assert distribution_figure(audit()).title.startswith(title)


def test_the_bar_and_gems_stand_out_and_what_is_hidden_is_said():
    audit = twelve()
    data = distribution_figure(audit)
    (bar,) = marks_of(data, RuleMark)
    assert bar.at == audit.incumbent.value
    strong = [dot.run_id for dot in marks_of(data, DotMark) if dot.emphasis is Emphasis.STRONG]
    assert set(strong) == {row.run.id for row in audit.gems[:3]}
    assert "1 run beyond the edge, far from the others." in data.notes
    assert "2 runs without any value not drawn." in distribution_figure(with_nan()).notes


def test_a_run_table_has_one_too():
    assert len(marks_of(distribution_figure(run_table()), DotMark)) == 12


def test_without_values_there_is_no_figure():
    audit = twelve()
    rows = tuple(dataclasses.replace(row, best=None, rank=None) for row in audit.rows)
    with pytest.raises(DataError, match="no run has a value of val/hmean"):
        distribution_figure(dataclasses.replace(audit, rows=rows))


def test_half_of_the_runs_means_those_that_ran_their_course():
    curves = [rising(0.9 + k / 100, 0.05, 22 if k < 6 else 10) for k in range(9)]
    data = distribution_figure(from_curves(curves))
    low, high = np.quantile([max(curve) for curve in curves[:6]], (0.25, 0.75))
    assert f"half of the 6 completed lie between {low:.4f} and {high:.4f}" in data.title
    assert "A stopped run stands where it was when it was stopped: a bound." in data.notes


def test_rows_say_how_runs_ended_and_the_legend_only_what_else_there_is():
    data = distribution_figure(twelve())
    assert [category.key for category in data.legend] == ["gem", "quartiles"]
    labelled = {dot.run_id for dot in marks_of(data, DotMark) if dot.label}
    strong = {dot.run_id for dot in marks_of(data, DotMark) if dot.emphasis is Emphasis.STRONG}
    assert labelled == strong | {row.run.id for row in twelve().rows if row.rank == 1}
