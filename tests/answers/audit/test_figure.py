import dataclasses
from collections import Counter

import numpy as np
import pytest

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
from wbtools.answers.audit.figure import MOST_SINGLE, figure
from wbtools.answers.figures.run_kind import RunKind
from wbtools.model import Goal, Metric


def test_curves_are_those_of_the_runs():
    audit = twelve()
    data = figure(audit)
    curves = audit.sweep.curves["val/hmean"]
    assert [line.run_id for line in data.lines] == [row.run.id for row in audit.rows]
    for k, line in enumerate(data.lines):
        assert line.x.tolist() == list(range(1, int(curves.n_reports[k]) + 1))
        assert line.y.tolist() == curves.values[k, : len(line.y)].tolist()


def test_colour_says_how_runs_ended_and_gems_stand_out():
    audit = twelve()
    data = figure(audit)
    kinds = Counter(line.kind for line in data.lines)
    assert kinds[RunKind.FULL] == 3
    assert 1 <= kinds[RunKind.GEM] <= 3
    assert sum(kinds.values()) == 12
    assert kinds[RunKind.HYPERBAND] == audit.count(Cause.HYPERBAND)
    assert sum(line.is_cut for line in data.lines) == 9
    of_the_guard = Counter(line.kind for line in figure(guarded()).lines)
    assert of_the_guard == Counter(
        {
            RunKind.FULL: 3,
            RunKind.GEM: kinds[RunKind.GEM],
            RunKind.GUARD: 9 - kinds[RunKind.GEM],
        }
    )


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
    kinds = {line.kind for line in figure(unknown).lines}
    assert kinds == {RunKind.UNKNOWN}
    assert Completion.UNKNOWN.value in str(RunKind.UNKNOWN)


def test_bands_carry_the_threshold_that_held_at_the_end():
    audit = twelve()
    first, second = figure(audit).bands
    at_ten = sorted(audit.sweep.curves["val/hmean"].values[:, 9], reverse=True)
    assert first.report == 10
    assert first.threshold == at_ten[6]
    assert second.report == 20


def test_the_bar_is_the_audits():
    audit = twelve()
    incumbent = figure(audit).incumbent
    assert incumbent.value == audit.incumbent.value
    assert incumbent.label.endswith("set by run 3")


def test_an_outlier_does_not_flatten_the_rest():
    low, high = figure(twelve()).y_range
    assert low > 0.9
    assert high < 0.98


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
    assert any(caption.startswith(said) for caption in figure(audit()).captions)


def test_a_huge_sweep_is_bundled_and_says_so():
    data = figure(many(MOST_SINGLE + 50))
    singles = sum(line.is_single for line in data.lines)
    assert singles <= MOST_SINGLE
    assert (
        f"{len(data.lines) - singles} runs of 250 are drawn as one faint bundle." in data.captions
    )


def test_thresholds_of_another_metric_are_left_out():
    audit = twelve()
    other = question(rank_by=Metric(name="test/hmean", goal=Goal.MAXIMIZE))
    assert figure(dataclasses.replace(audit, question=other)).bands == ()


@pytest.mark.parametrize("name", SAMPLES)
def test_every_sample_has_a_figure(name):
    data = figure(SAMPLES[name]())
    assert data.y_range[0] < data.y_range[1]


@pytest.mark.parametrize("audit", [twelve, nothing_lost, no_rule])
def test_the_three_likeliest_carry_their_number_however_unlikely(audit):
    answer = audit()
    labels = {line.run_id: line.label for line in figure(answer).lines if line.label}
    assert labels == {row.run.id: f"run {row.run.number}" for row in answer.gems[:3]}


def test_the_run_that_is_asked_for_stands_out_alone():
    audit = twelve()
    data = figure(audit, audit.rows[8])
    assert [line.label for line in data.lines if line.label] == ["run 9"]
    assert {line.run_id for line in data.lines if line.kind is RunKind.CHOSEN} == {"run0009"}
    assert RunKind.GEM not in {line.kind for line in data.lines}


def test_a_run_without_a_value_that_is_asked_for_is_said_to_be_missing():
    audit = with_nan()
    captions = figure(audit, audit.rows[2]).captions
    assert "Run 3, which was asked for, is one of them." in captions


def test_the_run_that_is_asked_for_is_drawn_alone_in_a_huge_sweep_too():
    audit = many(MOST_SINGLE + 50)
    last = max(audit.rows, key=lambda row: row.rank or 0)
    chosen = next(line for line in figure(audit, last).lines if line.kind is RunKind.CHOSEN)
    assert chosen.is_single


def test_a_running_run_has_a_colour_of_its_own():
    assert figure(still_running()).lines[2].kind is RunKind.RUNNING


def test_the_axis_says_whose_reports_it_counts():
    assert figure(twelve()).x_label == "reports of the metric"
    assert figure(two_metrics()).x_label == "reports of test/error"
    assert figure(sparse_ranking()).x_label == "reports of test/hmean"


def test_a_metric_without_a_curve_is_not_said_of_the_source():
    audit = twelve()
    other = question(rank_by=Metric(name="test/hmean", goal=Goal.MAXIMIZE))
    data = figure(dataclasses.replace(audit, question=other))
    assert data.captions[0].startswith("The source holds no curves of test/hmean")
    assert data.x_label == "reports of val/hmean made"


def test_first_reports_beyond_the_edge_are_counted():
    flat = [np.concatenate(([0.1], np.full(21, 0.9 + k / 1000))) for k in range(6)]
    data = figure(from_curves(flat))
    assert data.y_range[0] > 0.1
    (said,) = [caption for caption in data.captions if "beyond the edge" in caption]
    assert said == "First reports of 6 runs lie beyond the edge (down to 0.1000)."


def test_a_spike_beyond_the_edge_is_no_first_report():
    spiked = rising(0.96, 0.05, 22)
    spiked[12] = -3.0
    data = figure(from_curves([spiked, *(rising(0.96, 0.05, 22) for _ in range(9))]))
    assert any(caption.startswith("Parts of 1 curve lie beyond") for caption in data.captions)


@pytest.mark.parametrize("name", SAMPLES)
def test_whatever_is_hidden_is_said(name):
    data = figure(SAMPLES[name]())
    low, high = data.y_range
    hidden = any(((line.y < low) | (line.y > high)).any() for line in data.lines)
    assert hidden == any("beyond the edge" in caption for caption in data.captions)


def test_first_reports_are_shown_where_they_cost_little():
    data = figure(from_curves([rising(0.9 + k / 100, 0.05, 22) for k in range(6)]))
    assert not any("beyond the edge" in caption for caption in data.captions)


def test_runs_of_a_table_without_report_counts_stand_side_by_side():
    audit = run_table()
    assert figure(audit).x_label == "reports made"
    bare = dataclasses.replace(
        audit, rows=tuple(dataclasses.replace(row, n_reports=None) for row in audit.rows)
    )
    data = figure(bare)
    assert data.x_label == "runs in order"
    with_value = [place for place, row in enumerate(bare.rows, 1) if row.best is not None]
    assert [int(line.x[0]) for line in data.lines] == with_value
    assert not data.fans
