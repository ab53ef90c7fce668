import dataclasses

import numpy as np
import pytest

from tests.answers.figures.marks import marks_of
from tests.answers.samples import (
    a_loss,
    before_training,
    from_curves,
    no_rule,
    question,
    rising,
    run_table,
    twelve,
)
from wbtools.analysis.diagnosis.termination import Cause
from wbtools.analysis.question import RuleInUse, RuleStatus
from wbtools.answers.figures.figure_data import CurveMark, DotMark, Emphasis
from wbtools.answers.figures.run_kind import RunKind
from wbtools.answers.figures.thresholds import thresholds_figure
from wbtools.errors import DataError
from wbtools.rules.hyperband import Hyperband


def test_a_panel_a_band_with_the_value_of_every_run_that_reached_it():
    audit = twelve()
    data = thresholds_figure(audit)
    curves = audit.sweep.curves["val/hmean"]
    assert len(data.panels) == 2
    for place, band in enumerate((10, 20)):
        dots = {dot.run_id: dot for dot in marks_of(data, DotMark, panel=place)}
        reached = np.flatnonzero(curves.n_reports >= band)
        assert set(dots) == {curves.run_ids[row] for row in reached}
        for row in reached:
            dot = dots[curves.run_ids[row]]
            assert dot.y == curves.values[row, band - 1]
            assert dot.x == pytest.approx(curves.times_s[row, band - 1] / 3600)


@pytest.mark.parametrize("audit", [twelve, a_loss, before_training])
def test_the_line_is_the_threshold_that_every_stop_was_judged_by(audit):
    answer = audit()
    data = thresholds_figure(answer)
    (line,) = marks_of(data, CurveMark)
    assert line.is_step
    band = answer.verdicts.rule.bands[0]
    judged = {
        row.run.id: row.explanation.threshold
        for row in answer.rows
        if row.explanation.band == band and row.explanation.n_moments == 1
    }
    dots = {dot.run_id: dot for dot in marks_of(data, DotMark)}
    for run_id, threshold in judged.items():
        assert threshold == line.y[line.x <= dots[run_id].x][-1]


def test_who_fell_at_a_band_is_marked_there_alone():
    audit = twelve()
    data = thresholds_figure(audit)
    stopped = {row.run.id for row in audit.rows if row.termination.cause is Cause.HYPERBAND}
    looks = {dot.run_id: dot.category.label for dot in marks_of(data, DotMark)}
    assert {run_id for run_id, label in looks.items() if label == RunKind.HYPERBAND} == stopped
    assert {dot.category.label for dot in marks_of(data, DotMark, panel=1)} == {"went on"}
    assert data.panels[0].title == "band 10"
    assert data.title == f"Hyperband stopped {len(stopped)} of 12 runs at report 10"


def test_one_run_is_shown_at_its_bands_with_what_it_was_compared_to():
    audit = twelve()
    row = audit.rows[8]
    data = thresholds_figure(audit, row)
    assert len(data.panels) == 1
    (strong,) = [dot for dot in marks_of(data, DotMark) if dot.emphasis is Emphasis.STRONG]
    assert (strong.run_id, strong.label) == ("run0009", "run 9")
    explained = row.explanation
    assert data.title.startswith(f"Run 9 had {explained.strict.value:.4f} at report 10")
    assert f"{explained.threshold:.4f}" in data.title
    assert f"among {explained.n_peers} runs" in data.title


def test_without_times_runs_stand_in_order():
    audit = twelve()
    curves = audit.sweep.curves["val/hmean"]
    untimed = dataclasses.replace(curves, times_s=np.full_like(curves.times_s, np.nan))
    sweep = dataclasses.replace(audit.sweep, curves={"val/hmean": untimed})
    data = thresholds_figure(dataclasses.replace(audit, sweep=sweep))
    assert data.panels[0].x.label == "runs, in order"
    assert sorted(dot.x for dot in marks_of(data, DotMark)) == list(range(1, 13))


def test_a_lenient_rule_is_said_to_compare_the_best_so_far():
    assert any("lenient" in note for note in thresholds_figure(a_loss()).notes)
    assert not any("lenient" in note for note in thresholds_figure(twelve()).notes)


def test_bands_beyond_the_first_few_are_counted():
    rule = RuleInUse(
        status=RuleStatus.KNOWN, settings=Hyperband(min_iter=1, eta=1.5), source="sweep.yaml"
    )
    curves = [rising(0.9 + k / 100, 0.05, 22) for k in range(4)]
    data = thresholds_figure(from_curves(curves, asked=question(rule=rule)))
    assert len(data.panels) == 6
    assert any(note.endswith("beyond these not drawn.") for note in data.notes)


@pytest.mark.parametrize(
    ("audit", "why"),
    [(no_rule, "no early_terminate"), (run_table, "without curves")],
)
def test_without_a_rule_there_is_no_figure(audit, why):
    with pytest.raises(DataError, match=why):
        thresholds_figure(audit())


def test_a_run_that_came_to_no_band_has_no_figure():
    audit = from_curves([rising(0.9, 0.1, 22), rising(0.8, 0.1, 4)])
    with pytest.raises(DataError, match="run 2 never came to report 10"):
        thresholds_figure(audit, audit.rows[1])
