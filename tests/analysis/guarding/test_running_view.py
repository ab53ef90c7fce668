"""What rules see of a running sweep: whom they may stop, and by what they judge."""

import numpy as np
import pytest

from tests.analysis.sweeps import CUT_OFF, FINISHED, question, sweep
from wbtools.analysis.diagnosis.diagnose import diagnose
from wbtools.analysis.guarding.running_view import may_be_stopped, running_view
from wbtools.model import Goal, RunState, Sweep
from wbtools.rules.grammar import parse_rule

RUNNING = {"state": RunState.RUNNING}
NAN, INF = float("nan"), float("inf")


def seen(*curves, goal=Goal.MINIMIZE, facts=None, rule="none", budget=None, **more):
    found = sweep(*curves, facts=facts or [RUNNING] * len(curves))
    return running_view(diagnose(found, question(rule, goal, budget=budget)), **more)


@pytest.mark.parametrize("goal", Goal)
def test_lower_is_better_whatever_the_goal(goal):
    view = seen([1, 2, 3], [5], goal=goal)
    assert view.sign == goal.sign
    expected = [[goal.sign * k for k in (1, 2, 3)], [goal.sign * 5, NAN, NAN]]
    np.testing.assert_array_equal(view.values, expected)
    assert view.n_reports.tolist() == [3, 1]


@pytest.mark.parametrize("state", RunState)
@pytest.mark.parametrize("stopped", [None, False, True])
def test_only_runs_at_work_that_were_not_told_to_stop_may_be_stopped(state, stopped):
    facts = {"state": state, "stopped": stopped}
    view = seen([1, 2], [3, 4], facts=[RUNNING, facts])
    expected = state is RunState.RUNNING and not stopped
    assert view.active.tolist() == [True, expected]
    assert may_be_stopped(sweep([1.0], facts=[facts]).runs[0]) is expected
    assert view.n_reports.tolist() == [2, 2]


def test_who_is_never_to_be_judged_counts_all_the_same():
    curves = [[1, 1], [2, 2], [3, 3], [4, 4]]
    view = seen(*curves, never={"run3", "nobody"})
    assert view.active.tolist() == [True, True, False, True]
    np.testing.assert_array_equal(view.values, curves)
    verdict = parse_rule("hyperband(min_iter=2,eta=2)").resolved().decide(view)
    assert verdict.stop.tolist() == [False, False, False, True]
    assert verdict.n_peers.tolist() == [4] * 4
    assert verdict.threshold.tolist() == [3] * 4


def test_reports_that_are_no_finite_numbers_are_counted_apart():
    view = seen([1, NAN, 2, INF], [-INF], [3, 4], [])
    assert view.n_reports.tolist() == [2, 0, 2, 0]
    assert view.n_nonfinite.tolist() == [2, 1, 0, 0]
    np.testing.assert_array_equal(view.values[0], [1, 2])
    diverged = parse_rule("diverged(none)").decide(view)
    assert diverged.stop.tolist() == [True, True, False, False]


def test_completed_is_who_ran_its_course_by_the_diagnosis():
    full, late = [9, 8, 7, 6], [9, 8]
    facts = [FINISHED, FINISHED, RUNNING, {"state": RunState.CRASHED}, CUT_OFF, FINISHED]
    # Neither who goes on, nor who has crashed or ended short, however good its values.
    found = diagnose(sweep(full, full, full, late, late, [], facts=facts), question("none"))
    view = running_view(found)
    assert view.completed.tolist() == found.full.tolist()
    assert view.completed.tolist()[:5] == [True, True, False, False, False]
    assert view.active.tolist() == [False, False, True, False, False, False]


def test_configurations_are_those_of_the_runs_in_their_order():
    configs = [{"lr": 0.1, "net.depth": 2}, {}, {"lr": 0.3}]
    view = seen([1], [2], [3], facts=[RUNNING | {"config": config} for config in configs])
    assert list(view.configs) == configs


HORIZONS = {
    "nothing tells it": ([[9, 8], [7]], [RUNNING] * 2, {}, None),
    "the user": ([[9, 8], [7]], [RUNNING] * 2, {"budget": 27}, 27),
    "what completed runs made": ([[9, 8, 7], [9, 8, 7], [9]], [FINISHED] * 2 + [RUNNING], {}, 3),
    "the longest of what the configurations say": (
        [[9, 8, 7], [9, 8, 7], [9]],
        [FINISHED | {"config": {"epochs": 3}}] * 2 + [RUNNING | {"config": {"epochs": 5}}],
        {},
        5,
    ),
}


@pytest.mark.parametrize("story", HORIZONS)
def test_the_horizon_is_the_longest_budget(story):
    curves, facts, more, expected = HORIZONS[story]
    assert seen(*curves, facts=facts, **more).horizon == expected


def test_there_is_no_view_before_a_report():
    without = sweep([1.0], [2.0], facts=[RUNNING] * 2)
    none = Sweep(ref=without.ref, runs=without.runs, curves={}, as_of=without.as_of)
    assert running_view(diagnose(none, question("none"))) is None
    assert seen([], []) is None
    assert seen([], [1.0]).n_reports.tolist() == [0, 1]


def test_where_all_have_diverged_from_the_first_report_on_they_are_seen():
    view = seen([NAN, NAN], [INF], [])
    assert view is not None
    assert view.n_nonfinite.tolist() == [2, 1, 0]
    assert parse_rule("diverged(none)").decide(view).stop.tolist() == [True, True, False]


class CountingProjection:
    """A stand-in for what projects: by the run's row, and it keeps what it was asked."""

    def __init__(self):
        self.asked = []

    def __call__(self, view, asked):
        self.asked.append((view, asked.tolist()))
        return np.where(asked, np.arange(len(asked)) / 10, 0.0)


def test_the_same_runs_are_projected_once():
    projects = CountingProjection()
    view = seen([1, 1], [2, 2], [3, 3], facts=[FINISHED, RUNNING, RUNNING], p_improvement=projects)
    both, last = np.array([False, True, True]), np.array([False, False, True])
    for asked in (both, last, both.copy(), last.copy()):
        known = view.p_improvement(view, asked)
        np.testing.assert_array_equal(known, np.where(asked, [0, 0.1, 0.2], 0.0))
    assert [asked for _, asked in projects.asked] == [both.tolist(), last.tolist()]
    assert all(each is view for each, _ in projects.asked)


def test_nested_guards_ask_for_the_same_runs_once_a_view():
    projects = CountingProjection()
    curves = [[1, 1], [1, 1], [1, 1], [8, 8], [9, 9]]
    facts = [FINISHED, RUNNING, FINISHED, RUNNING, RUNNING]
    guards = parse_rule("projected(projected(hyperband(min_iter=2,eta=2),p=1),p=1)")
    view = seen(*curves, facts=facts, p_improvement=projects)
    for _ in range(2):
        assert guards.decide(view).stop.tolist() == [False, False, False, True, True]
    assert [asked for _, asked in projects.asked] == [[False, False, False, True, True]]
    # The next look has new curves: it asks anew.
    later = seen(*curves, facts=facts, p_improvement=projects)
    guards.decide(later)
    assert [each for each, _ in projects.asked] == [view, later]


def test_without_a_projection_a_rule_that_asks_complains():
    view = seen([1, 1], [1, 1], [9, 9], facts=[FINISHED, RUNNING, RUNNING])
    assert view.p_improvement is None
    with pytest.raises(ValueError, match="needs a view that can project"):
        parse_rule("projected(hyperband(min_iter=2,eta=2),p=0.1)").decide(view)
