import dataclasses
from collections import Counter

import numpy as np
import pytest

from tests.answers.figures.marks import marks_of
from tests.answers.samples import (
    SAMPLES,
    from_curves,
    guarded,
    many,
    no_rule,
    nothing_lost,
    question,
    rising,
    run_table,
    sparse_ranking,
    still_running,
    twelve,
    two_metrics,
    with_nan,
)
from wbtools.analysis.diagnosis.termination import Cause, Completion
from wbtools.analysis.question import RuleInUse, RuleStatus
from wbtools.answers.figures import audit_words
from wbtools.answers.figures.curves import MOST_SINGLE, curves_figure
from wbtools.answers.figures.figure_data import (
    AxisScale,
    CurveMark,
    DotMark,
    Emphasis,
    IntervalMark,
    RuleMark,
)
from wbtools.answers.figures.palette import BAND, BAR, THRESHOLD
from wbtools.answers.figures.run_kind import RunKind
from wbtools.model import Goal, Metric
from wbtools.rules.hyperband import Hyperband
from wbtools.text.sanitize import sanitize


def lines_of(data):
    """What is drawn of runs: a curve each, or a point each."""
    return [mark for mark in marks_of(data, CurveMark, DotMark) if mark.run_id is not None]


def range_of(data):
    return data.panels[0].y.limits


def bands_of(data):
    return [
        mark for mark in marks_of(data, RuleMark) if mark.category == BAND and "band" in mark.label
    ]


def test_curves_are_those_of_the_runs():
    audit = twelve()
    lines = {line.run_id: line for line in lines_of(curves_figure(audit))}
    curves = audit.sweep.curves["val/hmean"]
    assert set(lines) == {row.run.id for row in audit.rows}
    for k, row in enumerate(audit.rows):
        line = lines[row.run.id]
        assert line.x.tolist() == list(range(1, int(curves.n_reports[k]) + 1))
        assert line.y.tolist() == curves.values[k, : len(line.y)].tolist()


def kinds_of(data):
    return Counter(line.category.label for line in lines_of(data))


def test_colour_says_how_runs_ended_and_gems_stand_out():
    audit = twelve()
    data = curves_figure(audit)
    kinds = kinds_of(data)
    assert kinds[RunKind.FULL] == 3
    assert 1 <= kinds[RunKind.GEM] <= 3
    assert sum(kinds.values()) == 12
    assert kinds[RunKind.HYPERBAND] == audit.count(Cause.HYPERBAND)
    lines = lines_of(data)
    assert sum(line.ends_with_shape for line in lines) == 9
    is_strong = [line.emphasis is Emphasis.STRONG for line in lines]
    assert sum(is_strong) == kinds[RunKind.GEM]
    assert is_strong[-1]
    assert kinds_of(curves_figure(guarded())) == Counter(
        {
            RunKind.FULL: 3,
            RunKind.GEM: kinds[RunKind.GEM],
            RunKind.GUARD: 9 - kinds[RunKind.GEM],
        }
    )
    assert [category.label for category in data.legend] == [
        *(kind.value for kind in RunKind if kinds[kind]),
        "threshold",
    ]


def test_the_legend_calls_runs_of_unknown_end_what_the_page_calls_them():
    audit = run_table()
    rows = [
        dataclasses.replace(
            row,
            termination=dataclasses.replace(row.termination, cause=Cause.UNKNOWN),
            gem_rank=None,
        )
        for row in audit.rows
    ]
    unknown = dataclasses.replace(audit, rows=tuple(rows))
    assert set(kinds_of(curves_figure(unknown))) == {RunKind.UNKNOWN}
    assert Completion.UNKNOWN.value in str(RunKind.UNKNOWN)


def test_the_title_is_the_finding_and_the_setting_stands_below():
    audit = twelve()
    data = curves_figure(audit)
    first = audit.gems[0].run.number
    assert data.title.startswith("Hyperband stopped ")
    assert f"run {first} " in data.title
    assert audit.sweep.ref.sweep_id not in data.title
    assert data.setting.startswith(audit.sweep.ref.sweep_id)
    assert curves_figure(no_rule()).title.startswith("9 of 12 runs were cut short")
    assert curves_figure(audit, audit.rows[8]).title.startswith("Run 9: ")
    assert not curves_figure(audit, audit.rows[8]).title.endswith(".")


def test_bands_carry_the_threshold_that_held_at_the_end():
    audit = twelve()
    data = curves_figure(audit)
    first, second = bands_of(data)
    at_ten = sorted(audit.sweep.curves["val/hmean"].values[:, 9], reverse=True)
    assert (first.at, second.at) == (10, 20)
    assert (first.label, second.label) == ("band 10", "band 20")
    thresholds = [mark for mark in marks_of(data, RuleMark) if mark.category == THRESHOLD]
    assert thresholds[0].at == at_ten[6]
    assert thresholds[0].start < 10 < thresholds[0].end


def test_reports_are_logarithmic_where_bands_reach_far():
    assert curves_figure(twelve()).panels[0].x.scale is AxisScale.LINEAR
    rule = RuleInUse(
        status=RuleStatus.KNOWN, settings=Hyperband(min_iter=1, eta=3), source="sweep.yaml"
    )
    curves = [rising(0.9 + k / 100, 0.05, 22) for k in range(6)]
    data = curves_figure(from_curves(curves, asked=question(rule=rule)))
    assert [band.at for band in bands_of(data)] == [1, 3, 9]
    x = data.panels[0].x
    assert x.scale is AxisScale.LOG
    assert 0 < x.limits[0] <= 1
    assert x.limits[1] > 22


def test_the_bar_is_the_audits():
    audit = twelve()
    (bar,) = [mark for mark in marks_of(curves_figure(audit), RuleMark) if mark.category == BAR]
    assert bar.at == audit.incumbent.value
    assert bar.is_horizontal
    assert bar.label.endswith("set by run 3")


def test_the_future_is_an_interval_at_the_horizon_for_the_first_three():
    audit = twelve()
    data = curves_figure(audit)
    intervals = marks_of(data, IntervalMark)
    assert [mark.run_id for mark in intervals] == [row.run.id for row in audit.gems[:3]]
    for mark, row in zip(intervals, audit.gems, strict=False):
        projection = row.projection
        assert (mark.low, mark.estimate, mark.high) == (
            projection.low,
            projection.median,
            projection.high,
        )
        assert mark.at >= projection.horizon
        assert f"run {row.run.number}" in mark.label
    assert len({mark.at for mark in intervals}) == 3
    assert data.panels[0].x.limits[1] > max(mark.at for mark in intervals)
    assert range_of(data)[0] <= min(mark.low for mark in intervals)
    (only,) = marks_of(curves_figure(audit, audit.rows[8]), IntervalMark)
    assert only.run_id == "run0009"


def test_no_curve_goes_on_beyond_its_last_report():
    audit = twelve()
    n_reports = {row.run.id: row.n_reports for row in audit.rows}
    for line in marks_of(curves_figure(audit), CurveMark):
        assert line.x[-1] == n_reports[line.run_id]


def test_an_outlier_does_not_flatten_the_rest():
    low, high = range_of(curves_figure(twelve()))
    assert low > 0.9
    assert high < 0.98


def test_zoom_shows_what_decides():
    audit = twelve()
    usual, zoomed = curves_figure(audit), curves_figure(audit, is_zoomed=True)
    (low, high), (least, most) = range_of(zoomed), range_of(usual)
    assert high - low < most - least
    assert low < audit.incumbent.value < high
    for mark in marks_of(zoomed, IntervalMark):
        assert low < mark.low
        assert mark.high < high
    assert zoomed.panels[0].x.limits[0] == 5
    assert any(note.startswith("Zoomed") for note in zoomed.notes)
    assert len(lines_of(zoomed)) == len(lines_of(usual))


@pytest.mark.parametrize(
    ("audit", "said"),
    [
        pytest.param(run_table, "The source holds no curves", id="points instead of curves"),
        pytest.param(twelve, "1 run beyond the edge", id="an outlier"),
        pytest.param(no_rule, "No bands: the sweep has no early_terminate", id="no rule"),
        pytest.param(with_nan, "2 runs without any value not drawn.", id="runs that are missing"),
    ],
)
def test_what_is_not_shown_is_said(audit, said):
    assert any(note.startswith(said) for note in curves_figure(audit()).notes)


def test_a_huge_sweep_is_bundled_and_says_so():
    data = curves_figure(many(MOST_SINGLE + 50))
    lines = lines_of(data)
    singles = sum(line.emphasis is not Emphasis.FAINT for line in lines)
    assert singles <= MOST_SINGLE
    assert f"{len(lines) - singles} runs of 250 are drawn as one faint bundle." in data.notes


def test_thresholds_of_another_metric_are_left_out():
    audit = twelve()
    other = question(rank_by=Metric(name="test/hmean", goal=Goal.MAXIMIZE))
    data = curves_figure(dataclasses.replace(audit, question=other))
    assert [mark.category for mark in marks_of(data, RuleMark)] == [BAR]


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize("is_zoomed", [False, True])
def test_every_sample_has_a_figure(name, is_zoomed):
    data = curves_figure(SAMPLES[name](), is_zoomed=is_zoomed)
    low, high = range_of(data)
    assert low < high
    assert data.title
    assert not data.title.endswith(".")
    assert data.description.endswith(".")


@pytest.mark.parametrize("audit", [twelve, nothing_lost, no_rule])
def test_the_three_likeliest_carry_their_number_however_unlikely(audit):
    answer = audit()
    labels = {line.run_id: line.label for line in lines_of(curves_figure(answer)) if line.label}
    assert labels == {row.run.id: f"run {row.run.number}" for row in answer.gems[:3]}


def test_the_run_that_is_asked_for_stands_out_alone():
    audit = twelve()
    lines = lines_of(curves_figure(audit, audit.rows[8]))
    assert [line.label for line in lines if line.label] == ["run 9"]
    chosen = {line.run_id for line in lines if line.category.label == RunKind.CHOSEN}
    assert chosen == {"run0009"}
    assert RunKind.GEM not in {line.category.label for line in lines}


def test_a_run_without_a_value_that_is_asked_for_is_said_to_be_missing():
    audit = with_nan()
    notes = curves_figure(audit, audit.rows[2]).notes
    assert "Run 3, which was asked for, is one of them." in notes


def test_the_run_that_is_asked_for_is_drawn_alone_in_a_huge_sweep_too():
    audit = many(MOST_SINGLE + 50)
    last = max(audit.rows, key=lambda row: row.rank or 0)
    lines = lines_of(curves_figure(audit, last))
    (chosen,) = [line for line in lines if line.category.label == RunKind.CHOSEN]
    assert chosen.emphasis is Emphasis.STRONG


def test_a_running_run_has_a_colour_of_its_own():
    kinds = {line.run_id: line.category.label for line in lines_of(curves_figure(still_running()))}
    assert kinds["run0003"] == RunKind.RUNNING


def test_the_axis_says_whose_reports_it_counts():
    assert curves_figure(twelve()).panels[0].x.label == "reports of the metric"
    assert curves_figure(two_metrics()).panels[0].x.label == "reports of test/error"
    assert curves_figure(sparse_ranking()).panels[0].x.label == "reports of test/hmean"


def test_a_metric_without_a_curve_is_not_said_of_the_source():
    audit = twelve()
    other = question(rank_by=Metric(name="test/hmean", goal=Goal.MAXIMIZE))
    data = curves_figure(dataclasses.replace(audit, question=other))
    assert data.notes[0].startswith("The source holds no curves of test/hmean")
    assert data.panels[0].x.label == "reports of val/hmean made"


def test_first_reports_beyond_the_edge_are_counted():
    flat = [np.concatenate(([0.1], np.full(21, 0.9 + k / 1000))) for k in range(6)]
    data = curves_figure(from_curves(flat))
    assert range_of(data)[0] > 0.1
    (said,) = [note for note in data.notes if "beyond the edge" in note]
    assert said == "First reports of 6 runs lie beyond the edge (down to 0.1000)."


def test_a_spike_beyond_the_edge_is_no_first_report():
    spiked = rising(0.96, 0.05, 22)
    spiked[12] = -3.0
    data = curves_figure(from_curves([spiked, *(rising(0.96, 0.05, 22) for _ in range(9))]))
    assert any(note.startswith("Parts of 1 curve lie beyond") for note in data.notes)


@pytest.mark.parametrize("name", SAMPLES)
def test_whatever_is_hidden_is_said(name):
    data = curves_figure(SAMPLES[name]())
    low, high = range_of(data)
    hidden = any(
        np.any((np.asarray(line.y) < low) | (np.asarray(line.y) > high)) for line in lines_of(data)
    )
    assert hidden == any("beyond the edge" in note for note in data.notes)


def test_first_reports_are_shown_where_they_cost_little():
    data = curves_figure(from_curves([rising(0.9 + k / 100, 0.05, 22) for k in range(6)]))
    assert not any("beyond the edge" in note for note in data.notes)


def test_runs_of_a_table_are_points_side_by_side_where_it_does_not_count_reports():
    audit = run_table()
    counted = curves_figure(audit)
    assert counted.panels[0].x.label == "reports made"
    assert {dot.run_id: dot.x for dot in marks_of(counted, DotMark)} == {
        row.run.id: row.n_reports for row in audit.rows
    }
    bare = dataclasses.replace(
        audit, rows=tuple(dataclasses.replace(row, n_reports=None) for row in audit.rows)
    )
    data = curves_figure(bare)
    assert data.panels[0].x.label == "runs in order"
    with_value = [place for place, row in enumerate(bare.rows, 1) if row.best is not None]
    assert sorted(dot.x for dot in marks_of(data, DotMark)) == with_value
    assert not marks_of(data, IntervalMark)
    (best,) = marks_of(data, CurveMark)
    assert best.is_step
    assert best.y.tolist() == np.maximum.accumulate([row.best for row in bare.rows]).tolist()


@pytest.mark.parametrize(
    "name", ["\ufffe", "a -- b --", "<script>", "\x00\x0b", "\ud800", "\u202e", "-"]
)
def test_no_text_of_a_figure_is_raw(name):
    metric = Metric(name=name, goal=Goal.MAXIMIZE)
    audit = from_curves([rising(0.9, 0.1, 22), rising(0.95, 0.1, 10)], names=[name, name])
    asked = question(metric=metric, rank_by=metric, sweep_name=name)
    sweep = dataclasses.replace(audit.sweep, curves={name: audit.sweep.curves["val/hmean"]})
    data = curves_figure(dataclasses.replace(audit, question=asked, sweep=sweep))
    for text in (data.title, data.setting, data.description, data.panels[0].y.label, *data.notes):
        assert text == sanitize(text, limit=0)


def test_the_run_that_the_title_names_is_named_in_the_picture(monkeypatch):
    audit = many(60)
    last = audit.gems[-1]
    monkeypatch.setattr(audit_words, "run_to_repeat", lambda _: last)
    named = audit_words.named_runs(audit)
    assert [row.run.id for row in named] == [
        *(row.run.id for row in audit.gems[:2]),
        last.run.id,
    ]
    labels = {mark.run_id for mark in curves_figure(audit).panels[0].marks if mark_label(mark)}
    assert last.run.id in labels


def mark_label(mark):
    return getattr(mark, "label", "") and getattr(mark, "run_id", None)
