"""Who is stopped next by W&B's own Hyperband, and that it is whom the rule stops then."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.analysis.sweeps import FINISHED, question, sweep
from wbtools.analysis.diagnosis.diagnose import diagnose
from wbtools.analysis.guarding.at_risk import RunAtRisk, runs_at_risk
from wbtools.analysis.guarding.running_view import running_view
from wbtools.model import Goal, RunState, SweepView
from wbtools.rules.grammar import parse_rule
from wbtools.rules.hyperband import Hyperband

HALF, THIRD = "hyperband(min_iter=4,eta=2)", "hyperband(min_iter=4,eta=3)"
LENIENT = "hyperband(min_iter=4,eta=2,strict=false)"
BANDS_2_4_8 = "hyperband(min_iter=2,eta=2)"

AHEAD, CONDEMNED = False, True

# Rule, curves (lower is better), and who is at risk: row, condemned or not, reports, band, value,
# threshold, runs that set it.
STORIES = {
    "strict takes what it reports now, though it was better": (
        HALF,
        [[4, 3, 2, 1], [5, 4, 3, 2], [0.5, 5]],
        [(2, AHEAD, 2, 4, 5, 2, 3)],
    ),
    "lenient takes its best": (LENIENT, [[4, 3, 2, 1], [5, 4, 3, 2], [0.5, 5]], []),
    "lenient names its best, if even that is not enough": (
        LENIENT,
        [[4, 3, 2, 1], [5, 4, 3, 2], [3, 5]],
        [(2, AHEAD, 2, 4, 3, 2, 3)],
    ),
    "lenient compares with what others reported at the band, not with their best": (
        LENIENT,
        [[1, 1, 1, 6], [1, 1, 1, 6], [5]],
        [],
    ),
    "with eta 2 the third of three is stopped, the third of four is not": (
        HALF,
        [[9, 9, 9, 1], [9, 9, 9, 2], [9, 9, 9, 4], [3]],
        [(2, CONDEMNED, 4, 4, 4, 2, 3)],
    ),
    "with eta 3 both are": (
        THIRD,
        [[9, 9, 9, 1], [9, 9, 9, 2], [9, 9, 9, 4], [3]],
        [(2, CONDEMNED, 4, 4, 4, 2, 3), (3, AHEAD, 1, 4, 3, 2, 4)],
    ),
    "ties survive, ahead as at the band": (
        HALF,
        [[9, 9, 9, 1], [9, 9, 9, 2], [9, 9, 9, 2], [2], [7, 2]],
        [],
    ),
    "the band that was reached is judged by the value there, however much came after": (
        HALF,
        [[9, 9, 9, 1], [9, 9, 9, 2], [9, 9, 9, 8, 0, 0]],
        [(2, CONDEMNED, 6, 4, 8, 2, 3)],
    ),
    "of several bands it is the next that it has not reached": (
        BANDS_2_4_8,
        [[9, 9, 1, 1], [9, 9, 1, 1], [9, 2]],
        [(2, AHEAD, 2, 4, 2, 1, 3)],
    ),
    "who survives one band is measured at the next": (
        BANDS_2_4_8,
        [[9, 9, 9, 9, 9, 9, 9, 1], [9, 9, 9, 9, 9, 9, 9, 1], [9, 2, 2, 2, 2]],
        [(2, AHEAD, 5, 8, 2, 1, 3)],
    ),
    "beyond its last band nobody is at risk": (
        "hyperband(max_iter=4,s=1,eta=2)",
        [[1, 1, 1, 1, 1], [1, 1, 1, 1], [1, 1, 9]],
        [],
    ),
    "nobody has reached the band, and the first is never stopped": (HALF, [[1], [2], [9, 9]], []),
    "who has reported nothing is not at risk": (HALF, [[1, 1, 1, 1], [2, 2, 2, 2], []], []),
    "a lone run is never at risk": (HALF, [[9.0]], []),
    "whom the rule stops comes first, the longest past its band ahead; then the nearest": (
        HALF,
        [
            [9],
            [9, 9, 9],
            [9, 9, 9, 1],
            [9, 9, 9, 1],
            [9, 9, 9, 1],
            [9, 9, 9, 1],
            [9, 9, 9, 7],
            [9, 9, 9, 8, 8],
            [9],
        ],
        [
            (7, CONDEMNED, 5, 4, 8, 1, 6),
            (6, CONDEMNED, 4, 4, 7, 1, 6),
            (1, AHEAD, 3, 4, 9, 1, 7),
            (0, AHEAD, 1, 4, 9, 1, 7),
            (8, AHEAD, 1, 4, 9, 1, 7),
        ],
    ),
}


def view_of(*curves, goal=Goal.MINIMIZE, facts=(), never=()) -> SweepView | None:
    """A view of runs at work; lower is better in `curves`, whatever the goal."""
    logged = [[goal.sign * value for value in curve] for curve in curves]
    seen = sweep(*logged, facts=facts, state=RunState.RUNNING)
    return running_view(diagnose(seen, question("none", goal)), never=never)


def going_on(view: SweepView, row: int, band: int, value: float | None = None) -> SweepView:
    """The same moment, but that one run has reported a value up to a band: None is its present."""
    n_reports = view.n_reports.copy()
    begin = n_reports[row]
    n_reports[row] = band
    values = np.full((len(n_reports), max(band, view.values.shape[1])), np.nan)
    values[:, : view.values.shape[1]] = view.values
    values[row, begin:band] = values[row, begin - 1] if value is None else value
    return replace(view, values=values, n_reports=n_reports)


def ruled(text: str) -> Hyperband:
    return parse_rule(text).resolved()


def risk(
    row, is_condemned, n_reports, band, value, threshold, n_peers, *, is_best=False
) -> RunAtRisk:
    return RunAtRisk(
        row=row,
        is_condemned=is_condemned,
        n_reports=n_reports,
        band=band,
        value=value,
        is_best=is_best,
        threshold=threshold,
        n_peers=n_peers,
    )


@pytest.mark.parametrize("goal", Goal)
@pytest.mark.parametrize("story", STORIES)
def test_who_is_at_risk_and_by_which_numbers(story, goal):
    rule, curves, expected = STORIES[story]
    found = runs_at_risk(ruled(rule), view_of(*curves, goal=goal))
    is_best = not ruled(rule).strict
    assert found == [risk(*each, is_best=is_best) for each in expected]


def test_nobody_is_at_risk_who_is_not_active():
    curves = [[1, 1, 1, 1], [1, 1, 1, 1], [1, 1, 1, 1], [9, 9, 9, 9], [9]]
    assert [each.row for each in runs_at_risk(ruled(HALF), view_of(*curves))] == [3, 4]
    ended = view_of(*curves, facts=[FINISHED] * 5)
    assert not ended.active.any()
    assert runs_at_risk(ruled(HALF), ended) == []
    without = view_of(*curves, never={"run4", "run5"})
    assert without.active.any()
    assert runs_at_risk(ruled(HALF), without) == []


def test_runs_that_have_ended_set_the_threshold_all_the_same():
    ends = [{"state": RunState.KILLED}, {"state": RunState.CRASHED}, {}]
    view = view_of([9, 9, 9, 1], [9, 9, 9, 2], [9], facts=ends)
    assert runs_at_risk(ruled(HALF), view) == [risk(2, AHEAD, 1, 4, 9, 2, 3)]


@pytest.mark.parametrize("width", [3, 4, 64])
@pytest.mark.parametrize("rule", [HALF, THIRD, LENIENT])
def test_the_first_to_arrive_is_never_at_risk_however_wide_the_view(rule, width):
    values = np.full((2, width), np.nan)
    values[:, :3] = [[1, 1, 1], [8, 8, 9]]
    view = SweepView(values=values, n_reports=np.array([3, 3]), active=np.ones(2, dtype=bool))
    assert runs_at_risk(ruled(rule), view) == []


def test_what_it_lacks_is_what_would_save_it():
    view = view_of([9, 9, 9, 1], [9, 9, 9, 2], [9, 5])
    (found,) = runs_at_risk(ruled(HALF), view)
    assert found.lacks == 3
    assert not ruled(HALF).decide(going_on(view, 2, 4, 5 - found.lacks)).stop[2]
    assert ruled(HALF).decide(going_on(view, 2, 4, 5 - found.lacks + 1e-9)).stop[2]


@st.composite
def moments(draw):
    """A rule, and a view in which ties, runs without a report and ended ones are common."""
    values = st.integers(0, 6).map(float)
    curves = draw(st.lists(st.lists(values, max_size=13), min_size=1, max_size=9))
    width = max(len(curve) for curve in curves) + draw(st.sampled_from([0, 0, 9]))
    active = draw(st.lists(st.sampled_from([True, True, True, False]), min_size=9, max_size=9))
    padded = [[*curve, *[np.nan] * (width - len(curve))] for curve in curves]
    view = SweepView(
        values=np.array(padded, dtype=float).reshape(len(curves), width),
        n_reports=np.array([len(curve) for curve in curves]),
        active=np.array(active[: len(curves)], dtype=bool),
    )
    bands = draw(
        st.fixed_dictionaries({"min_iter": st.integers(1, 6)})
        | st.fixed_dictionaries({"max_iter": st.integers(4, 27), "s": st.integers(1, 3)})
    )
    eta = draw(st.sampled_from([2, 3, 1.5, 4]))
    return Hyperband(eta=eta, strict=draw(st.booleans()), **bands).resolved(), view


MANY = settings(max_examples=100, deadline=None)


@MANY
@given(moments())
def test_the_condemned_are_whom_the_rule_stops_and_they_come_first(moment):
    rule, view = moment
    verdict = rule.decide(view)
    found = runs_at_risk(rule, view)
    keys = [(not each.is_condemned, each.band - each.n_reports, each.row) for each in found]
    assert keys == sorted(keys)
    assert len({each.row for each in found}) == len(found)
    assert all(view.active[each.row] for each in found)
    assert runs_at_risk(rule, replace(view, active=np.zeros_like(view.active))) == []
    condemned = [each for each in found if each.is_condemned]
    assert sorted(each.row for each in condemned) == np.flatnonzero(verdict.stop).tolist()
    for each in condemned:
        assert each.value == verdict.value[each.row]
        assert each.threshold == verdict.threshold[each.row]
        assert each.band == verdict.band[each.row] <= each.n_reports
        assert each.n_peers == verdict.n_peers[each.row]


@MANY
@given(moments())
def test_whoever_stays_as_it_is_is_stopped_at_its_next_band_if_it_was_named_and_else_not(moment):
    rule, view = moment
    found = {each.row: each for each in runs_at_risk(rule, view)}
    for row in np.flatnonzero(view.active & (view.n_reports > 0)).tolist():
        band = next((band for band in rule.bands if band > view.n_reports[row]), None)
        named = found.get(row)
        if band is None or (named is not None and named.is_condemned):
            continue
        # Not before its next band, whether it is named or not.
        before = going_on(view, row, band - 1)
        assert not rule.decide(before).stop[row]
        verdict = rule.decide(going_on(view, row, band))
        assert verdict.stop[row] == (named is not None)
        if named is not None:
            assert (named.band, named.n_reports) == (band, view.n_reports[row])
            assert named.value == verdict.value[row]
            assert named.threshold == verdict.threshold[row]
            assert named.n_peers == verdict.n_peers[row]


@MANY
@given(moments())
def test_an_improvement_by_what_it_lacks_is_enough_and_a_smaller_one_is_not(moment):
    rule, view = moment
    for each in runs_at_risk(rule, view):
        assert each.lacks > 0
        if each.is_condemned:
            continue
        for share, is_stopped in [(1.0, False), (0.5, True)]:
            improved = going_on(view, each.row, each.band, each.value - share * each.lacks)
            assert rule.decide(improved).stop[each.row] == is_stopped
