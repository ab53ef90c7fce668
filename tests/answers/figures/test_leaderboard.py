"""Leaderboards: means with intervals over seeds, and value against cost or size."""

import math
from dataclasses import replace
from types import SimpleNamespace

import pytest

from tests.analysis.ranking.runs import ACC, LOSS, measured, seeded
from tests.answers.figures.checks import check_figure, marks_of
from tests.answers.rank.test_text import ANSWERS, CLOSE, SEEDS, answer
from wbtools.analysis.ranking.pareto import Against, AgainstSource
from wbtools.answers.figures import leaderboard
from wbtools.answers.figures.figure_data import AxisScale, CurveMark, DotMark, IntervalMark
from wbtools.answers.figures.leaderboard import leaderboard_figure
from wbtools.model import Goal

COST = Against(name="cost", goal=Goal.MINIMIZE, source=AgainstSource.COST)
SIZE = Against(name="size", goal=Goal.MINIMIZE, source=AgainstSource.SUMMARY)


def against(runs, numbers, what=SIZE):
    found = [replace(run, against=x) for run, x in zip(runs, numbers, strict=True)]
    return answer(found, against=what)


def test_a_row_is_a_mean_with_its_interval_and_its_runs():
    ranking = answer(seeded(SEEDS))
    data = leaderboard_figure(ranking)
    (panel,) = data.panels
    means = [mark for mark in panel.marks if isinstance(mark, IntervalMark)]
    summaries = [row.lead.summary for row in ranking.board.ranked]
    for at, (mark, summary) in enumerate(zip(means, summaries, strict=True)):
        assert (mark.at, mark.estimate) == (at, summary.mean)
        ends = (summary.low, summary.high) if summary.n > 1 else None
        assert ends in (None, (mark.low, mark.high))
        assert math.isnan(mark.low) == (ends is None)
    dots = [mark for mark in panel.marks if isinstance(mark, DotMark)]
    assert sorted(mark.x for mark in dots) == sorted(
        value for values in SEEDS.values() if len(values) > 1 for value in values
    )
    assert all(0.2 < mark.y - int(mark.y) < 0.5 for mark in dots)  # not under the bars
    assert panel.y.is_reversed
    assert [float(name.rpartition(" ")[2]) for name in panel.y.names] == [1e-3, 0.1, 3e-3, 1e-2]


def test_who_cannot_be_told_apart_from_the_first_looks_otherwise():
    data = leaderboard_figure(answer(seeded(CLOSE)))
    keys = [mark.category.key for mark in marks_of(data, IntervalMark)]
    assert keys == ["board-first", "board-open"]
    assert [category.key for category in data.legend] == keys


def test_further_metrics_have_panels_of_their_own():
    data = leaderboard_figure(ANSWERS["one-run-each"])
    assert [panel.x.label for panel in data.panels] == ["acc", "loss"]
    assert data.panels[0].y.names == data.panels[1].y.names
    assert [panel.title for panel in data.panels] == ["maximize acc", "minimize loss"]
    assert ANSWERS["one-run-each"].question.metrics == (ACC, LOSS)


@pytest.mark.parametrize("name", ANSWERS)
def test_every_answer_can_be_drawn(name):
    check_figure(leaderboard_figure(ANSWERS[name]), "single", "double")


def test_many_configurations_are_cut_and_counted():
    data = leaderboard_figure(answer([measured(k, k / 100, lr=k) for k in range(40)]))
    assert len(data.panels[0].y.names) == 25
    assert "The first 25 of 40 with a rank are drawn." in data.notes


def test_value_against_size_has_the_front_as_a_line():
    runs = [measured(k, value, lr=k) for k, value in enumerate((0.5, 0.7, 0.6, 0.9), start=1)]
    ranking = against(runs, (1.0, 2.0, 3.0, 40.0))
    data = leaderboard_figure(ranking)
    (line,) = marks_of(data, CurveMark)
    assert (line.x.tolist(), line.y.tolist()) == ([1.0, 2.0, 40.0], [0.5, 0.7, 0.9])
    marks = {mark.at: mark for mark in marks_of(data, IntervalMark)}
    assert [marks[at].category.key for at in (1.0, 2.0, 3.0, 40.0)] == [
        *("board-front", "board-front", "board-beaten", "board-front")
    ]
    assert data.panels[0].x.scale is AxisScale.LOG
    assert data.title == (
        "3 of 4 configurations are on the Pareto front: no other beats any of them in both value "
        "and size"
    )
    assert marks[1.0].run_id == "run0001"
    check_figure(data, "single", "double")


def test_cost_is_in_the_unit_that_fits_and_never_below_nothing():
    runs = [measured(k, 0.5 + k / 10, lr=k // 2, seed=k % 2) for k in range(4)]
    data = leaderboard_figure(against(runs, (0.1, 1.0, 0.2, 0.3), COST))
    assert data.panels[0].x.label == "minutes a run"
    across = [mark for mark in marks_of(data, IntervalMark) if mark.is_horizontal]
    assert [mark.estimate for mark in across] == pytest.approx([33.0, 15.0])
    assert min(mark.low for mark in across) == 0


def test_where_nothing_is_known_of_the_size_nothing_is_drawn():
    data = leaderboard_figure(against([measured(1, 0.5, lr=1)], (None,)))
    assert data.panels == ()
    assert "No configuration has both" in data.title


def test_rows_are_told_apart_by_what_comes_first():
    labels = [f"series=a group={name} epochs=3" for name in ("long-one", "long-two", "long-three")]
    labels[2] = labels[2].replace("series=a", "series=b")
    rows = [SimpleNamespace(label=label) for label in labels]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(leaderboard, "_label", lambda _, words, **_other: words)
        names = leaderboard._names(rows, with_sweep=False)
    assert names == [
        "group=long-one series=a",
        "group=long-two series=a",
        "group=long-three series=b",
    ]
