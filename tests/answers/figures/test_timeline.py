import dataclasses
from collections import Counter

import numpy as np
import pytest

from tests.answers.figures.marks import marks_of
from tests.answers.samples import REPORT_S, many, no_rule, run_table, twelve, with_nan
from wbtools.answers.figures.clock import WorkingTimes, unit_of_time
from wbtools.answers.figures.figure_data import BarMark, DotMark, Emphasis, RuleMark
from wbtools.answers.figures.run_kind import RunKind
from wbtools.answers.figures.timeline import timeline_figure
from wbtools.errors import DataError

# In `twelve` a run begins every hour and reports every six minutes; bands are reports 10 and 20.
REPORT_H = REPORT_S / 3600


def test_a_bar_a_run_from_its_begin_to_its_end():
    audit = twelve()
    data = timeline_figure(audit)
    bars = marks_of(data, BarMark)
    assert [bar.run_id for bar in bars] == [row.run.id for row in audit.rows]
    for place, (bar, row) in enumerate(zip(bars, audit.rows, strict=True)):
        assert bar.at == place
        assert bar.start == pytest.approx(place)
        assert bar.end == pytest.approx(place + row.n_reports * REPORT_H)
    (panel,) = data.panels
    assert panel.x.label == "hours since the sweep began"
    assert panel.y.names == tuple(str(k) for k in range(1, 13))


def test_stops_are_marked_and_coloured_by_how_they_came():
    audit = twelve()
    bars = marks_of(timeline_figure(audit), BarMark)
    kinds = Counter(bar.category.label for bar in bars)
    assert kinds[RunKind.FULL] == 3
    assert [bar.ends_with_shape for bar in bars] == [
        row.rank is None or k > 2 for k, row in enumerate(audit.rows)
    ]


def test_a_dot_says_when_a_run_reached_a_band():
    dots = marks_of(timeline_figure(twelve()), DotMark)
    at_band = Counter(dot.run_id for dot in dots)
    assert at_band["run0001"] == 2
    assert at_band["run0009"] == 1
    (dot,) = [dot for dot in dots if dot.run_id == "run0009"]
    assert (dot.x, dot.y) == (pytest.approx(8 + 10 * REPORT_H), 8)
    assert not marks_of(timeline_figure(no_rule()), DotMark)


def test_the_title_says_among_how_many_runs_stops_were_judged():
    audit = twelve()
    title = timeline_figure(audit).title
    stops = [
        row.explanation.n_peers for row in audit.rows if row.termination.cause.value == "hyperband"
    ]
    assert title == (
        f"Up to 3 runs at once over 12.0 h; Hyperband judged its {len(stops)} stops among "
        f"{min(stops)} to {max(stops)} runs"
    )


def test_the_run_asked_for_stands_beside_those_it_was_judged_against():
    audit = twelve()
    row = audit.rows[6]
    data = timeline_figure(audit, row)
    by_emphasis = Counter(bar.emphasis for bar in marks_of(data, BarMark))
    assert by_emphasis[Emphasis.STRONG] == 1
    assert by_emphasis[Emphasis.NORMAL] == row.explanation.n_peers - 1
    (rule,) = marks_of(data, RuleMark)
    assert rule.label == "run 7 ends"
    assert rule.at == pytest.approx(6 + 10 * REPORT_H)
    assert f"{row.explanation.n_peers} of 12 runs had reached report 10" in data.title


def test_a_source_without_times_has_no_timeline():
    with pytest.raises(DataError, match="when the runs were at work") as caught:
        timeline_figure(run_table())
    assert "a run table holds no times" in caught.value.hint


def test_runs_of_unknown_times_are_counted():
    audit = twelve()
    runs = [
        dataclasses.replace(run, created_at=None, heartbeat_at=None, runtime_s=None)
        for run in audit.sweep.runs
    ]
    curves = audit.sweep.curves["val/hmean"]
    times = np.where(np.arange(12)[:, None] == 0, np.nan, curves.times_s)
    unknown = dataclasses.replace(
        audit,
        sweep=dataclasses.replace(
            audit.sweep,
            runs=tuple(runs),
            curves={"val/hmean": dataclasses.replace(curves, times_s=times)},
        ),
    )
    data = timeline_figure(unknown)
    assert len(marks_of(data, BarMark)) == 11
    assert "1 run of unknown times not drawn." in data.notes


def test_arrivals_are_small_in_a_large_sweep():
    sizes = {dot.emphasis for dot in marks_of(timeline_figure(many(80)), DotMark)}
    assert sizes == {Emphasis.FAINT}


def test_a_run_that_never_reported_has_a_bar_too():
    audit = with_nan()
    bars = {bar.run_id for bar in marks_of(timeline_figure(audit), BarMark)}
    assert bars == {row.run.id for row in audit.rows}


def test_how_many_runs_were_at_work_at_once():
    times = WorkingTimes(start_s=np.array([0.0, 1, 2, np.nan]), end_s=np.array([2.0, 5, 3, np.nan]))
    assert times.most_at_once == 2  # one ends as another begins
    assert times.is_known.tolist() == [True, True, True, False]


@pytest.mark.parametrize(
    ("span_s", "unit"),
    [(100, "seconds"), (3600, "minutes"), (40_000, "hours"), (1e6, "days"), (1e300, "days")],
)
def test_the_unit_fits(span_s, unit):
    assert unit_of_time(span_s)[1] == unit
