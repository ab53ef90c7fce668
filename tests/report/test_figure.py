import dataclasses
from collections import Counter

import pytest

from tests.report.samples import SAMPLES, many, no_rule, question, run_table, twelve, with_nan
from wbtools.model import Goal, Metric
from wbtools.report.figure import MOST_SINGLE, CurveKind, figure


def test_curves_are_those_of_the_runs():
    audit = twelve()
    data = figure(audit)
    curves = audit.sweep.curves["val/hmean"]
    assert [line.run_id for line in data.lines] == [row.run.id for row in audit.rows]
    for k, line in enumerate(data.lines):
        assert line.x.tolist() == list(range(1, int(curves.n_reports[k]) + 1))
        assert line.y.tolist() == curves.values[k, : len(line.y)].tolist()


def test_colour_says_how_runs_ended_and_gems_stand_out():
    data = figure(twelve())
    assert Counter(line.kind for line in data.lines) == {
        CurveKind.FULL: 3,
        CurveKind.STOPPED: 8,
        CurveKind.GEM: 1,
    }
    assert [line.label for line in data.lines if line.label] == ["run 8"]
    assert sum(line.is_cut for line in data.lines) == 9


def test_bands_carry_the_threshold_that_held_at_the_end():
    audit = twelve()
    first, second = figure(audit).bands
    at_ten = sorted(audit.sweep.curves["val/hmean"].values[:, 9], reverse=True)
    assert (first.report, first.n_peers) == (10, 12)
    assert first.threshold == at_ten[6]
    assert (second.report, second.n_peers) == (20, 3)


def test_the_bar_is_the_audits():
    audit = twelve()
    bar = figure(audit).bar
    assert bar.value == audit.bar.value
    assert bar.label.endswith("set by run 3")


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
