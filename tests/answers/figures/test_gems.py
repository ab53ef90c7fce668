import pytest

from tests.answers.figures.marks import marks_of
from tests.answers.samples import (
    a_loss,
    many,
    no_completed_run,
    noisy_rewards,
    one_run,
    run_table,
    twelve,
)
from wbtools.answers.figures.figure_data import DotMark, IntervalMark, RuleMark, TextMark
from wbtools.answers.figures.gems import gems_figure
from wbtools.answers.figures.value_range import ValueRange
from wbtools.errors import DataError


def test_a_row_a_gem_the_likeliest_first():
    audit = twelve()
    data = gems_figure(audit)
    (panel,) = data.panels
    assert panel.y.names == tuple(f"run {row.run.number}" for row in audit.gems)
    assert panel.y.is_reversed
    dots, intervals = marks_of(data, DotMark), marks_of(data, IntervalMark)
    for place, row in enumerate(audit.gems):
        (dot,) = [dot for dot in dots if dot.run_id == row.run.id]
        assert (dot.x, dot.y) == (row.best, place)
        (interval,) = [mark for mark in intervals if mark.run_id == row.run.id]
        assert interval.is_horizontal
        assert (interval.low, interval.estimate, interval.high) == (
            row.projection.low,
            row.projection.median,
            row.projection.high,
        )


def test_the_bar_crosses_all_rows_and_the_chances_stand_at_the_right():
    audit = a_loss()
    data = gems_figure(audit)
    (bar,) = marks_of(data, RuleMark)
    assert (bar.at, bar.is_horizontal, bar.end) == (2.2, False, None)
    texts = marks_of(data, TextMark)
    assert len(texts) == len(audit.gems)
    edge = data.panels[0].x.limits[1]
    drawn = [mark.high for mark in marks_of(data, IntervalMark)]
    assert all(text.x == edge > max(drawn) and text.is_right for text in texts)
    assert all("run again" in text.text for text in texts)


def test_the_title_is_the_answer():
    assert gems_figure(twelve()).title == "Run 8 had already beaten 0.9648 (run 3)"
    assert gems_figure(a_loss()).title == (
        "The likeliest gem, run 3, would have beaten 2.200 (--target) with a chance of 1 %"
    )


def test_who_cannot_be_projected_is_a_dot_alone():
    data = gems_figure(run_table())
    assert marks_of(data, DotMark)
    assert not marks_of(data, IntervalMark)
    assert "cannot be told" in {text.text for text in marks_of(data, TextMark)}
    assert len(data.legend) == 1


def test_of_many_the_first_are_drawn_and_the_others_counted():
    audit = many(60)
    data = gems_figure(audit)
    assert len(data.panels[0].y.names) == 12
    assert f"{len(audit.gems) - 12} stopped runs less likely not drawn." in data.notes


@pytest.mark.parametrize(
    ("audit", "why"),
    [
        (noisy_rewards, "no stopped run can be ranked"),
        (one_run, "no run was cut short"),
        (no_completed_run, "no run completed, so there is no bar that a gem could beat"),
    ],
)
def test_without_gems_there_is_no_figure(audit, why):
    with pytest.raises(DataError, match=why):
        gems_figure(audit())


def test_the_axis_has_numbers_where_there_are_values_alone():
    data = gems_figure(twelve())
    ticks = [at for at, _ in data.panels[0].x.ticks]
    drawn = [mark.high for mark in marks_of(data, IntervalMark)]
    drawn += [mark.low for mark in marks_of(data, IntervalMark)]
    assert 2 <= len(ticks) <= 7
    assert min(drawn) - 0.01 <= min(ticks) <= max(ticks) <= max(drawn) + 0.01
    assert len({text for _, text in data.panels[0].x.ticks}) == len(ticks)


def test_percentages_are_explained_only_where_there_are_some():
    assert any("the chance" in note for note in gems_figure(a_loss()).notes)
    assert not any("the chance" in note for note in gems_figure(run_table()).notes)


def test_nought_is_written_without_a_sign():
    texts = [text for _, text in ValueRange(low=-3.0, high=650.0).ticks()]
    assert texts == ["0", "200", "400", "600"]
