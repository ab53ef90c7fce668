"""How runs ended and what they reached, one side at a time."""

import math

import pytest
from scipy import stats

from tests.analysis.comparison.sides import answer, side, table
from tests.analysis.sweeps import question, sweep
from wbtools.analysis.comparison import Over, sweep_group
from wbtools.analysis.comparison.group_summary import share
from wbtools.analysis.diagnosis.termination import Cause, Completion
from wbtools.model import Goal, RunState


@pytest.mark.parametrize(("k", "n"), [(0, 5), (5, 5), (12, 36), (1, 1), (3333, 10_000)])
def test_a_share_has_wilsons_interval(k, n):
    expected = stats.binomtest(k, n).proportion_ci(method="wilson")
    assert (share(k, n).low, share(k, n).high) == pytest.approx(tuple(expected), abs=1e-12)
    assert share(0, 0).low is None


def test_means_are_over_completed_runs_and_the_best_is_of_any():
    group = side([0.9, 0.5, 0.4], [0.8, 0.6, 0.3], [0.7, 0.1])
    (summaries, _) = answer(group, group).summaries
    assert (summaries.completed.k, summaries.completed.n) == (2, 3)
    assert summaries.n_by_completion[Completion.CENSORED] == 1
    assert summaries.causes == {Cause.COMPLETED: 2, Cause.KILLED: 1}
    assert (summaries.best, summaries.best_run.number, summaries.best_cause) == (
        0.1,
        3,
        Cause.KILLED,
    )
    assert (summaries.mean.mean, summaries.mean.n) == (pytest.approx(0.35), 2)
    everything = answer(group, group, over=Over.ALL).summaries[0]
    assert (everything.mean.mean, everything.mean.n) == (pytest.approx(0.8 / 3), 3)


def test_running_runs_have_not_ended():
    group = side([0.5, 0.4], [0.3], facts=[{}, {"state": RunState.RUNNING, "exit_code": None}])
    summaries = answer(group, group).summaries[0]
    assert (summaries.completed.k, summaries.completed.n) == (1, 1)
    assert summaries.causes[Cause.RUNNING] == 1


def test_unknown_hours_are_counted():
    summaries = answer(table([0.1, 0.2], [3, 4], [1.5, None]), table([0.3], [1], [1.0])).summaries[
        0
    ]
    assert (summaries.hours, summaries.n_timed, summaries.n_runs) == (1.5, 1, 2)
    assert (summaries.reports, summaries.n_counted) == (7, 2)
    unknown = answer(table([0.1]), table([0.2])).summaries[0]
    assert (unknown.hours, unknown.reports, unknown.n_timed) == (None, None, 0)


def test_a_side_without_any_value_says_so_and_the_other_is_still_summed_up():
    found = answer(side([0.5], [0.4]), side([math.nan, math.nan], name="b"))
    empty = found.summaries[1]
    assert found.sides[1].why_not == "no run has a finite value of 'loss'"
    assert (empty.n_runs, empty.best, empty.mean) == (1, None, None)
    assert (empty.causes, empty.reports) == ({Cause.COMPLETED: 1}, 2)
    assert empty.hours == pytest.approx(121 / 3600)
    assert found.contrasts[1].why_not == "it has no value"
    assert found.summaries[0].best == 0.4


def test_a_sweep_without_runs_is_a_side_without_values():
    nothing = sweep_group("none", "none", sweep(), question("none"))
    found = answer(side([0.5], [0.4]), nothing, in_stages=True)
    assert (found.summaries[1].n_runs, found.summaries[1].completed.n, found.summaries[1].best) == (
        0,
        0,
        None,
    )
    assert "no run has" in found.races[0].lanes[1].why_not


@pytest.mark.parametrize(
    ("other", "why"),
    [
        pytest.param(side([0.5], [0.1]), None, id="two each"),
        pytest.param(side([0.5]), "it has one completed run, which has no spread", id="one"),
        pytest.param(side([0.5], budget=2), "it has no completed run", id="all stopped"),
    ],
)
def test_a_contrast_or_its_reason(other, why):
    contrast = answer(side([0.9], [0.8]), other).contrasts[1]
    assert contrast.why_not == why
    assert (contrast.difference is None) == (why is not None and "no completed" in why)


def test_contrasts_are_with_the_baseline_and_adjusted_together():
    sides = [side([a], [b], [c], name=str(a)) for a, b, c in [(1, 2, 3), (4, 5, 7), (8, 9, 11)]]
    found = answer(*sides, baseline=1)
    assert found.contrasts[1] is None
    first, last = found.contrasts[0].difference, found.contrasts[2].difference
    assert first.difference == pytest.approx(2 - 16 / 3)
    expected = [
        stats.ttest_ind(x, [4, 5, 7], equal_var=False).pvalue for x in ([1, 2, 3], [8, 9, 11])
    ]
    assert min(first.p_adjusted, last.p_adjusted) == pytest.approx(2 * min(expected))
    assert not first.shows


def test_the_goal_turns_nothing_but_directions():
    rises = answer(
        side([-0.9, -0.5], [-0.7, -0.3], goal=Goal.MAXIMIZE),
        side([-0.2, -0.4], [-0.6, -0.1], goal=Goal.MAXIMIZE),
        goal=Goal.MAXIMIZE,
    )
    falls = answer(side([0.9, 0.5], [0.7, 0.3]), side([0.2, 0.4], [0.6, 0.1]))
    assert rises.summaries[0].best == -falls.summaries[0].best
    rising, falling = rises.contrasts[1].difference, falls.contrasts[1].difference
    assert rising.difference == pytest.approx(-falling.difference)
    assert rising.p == pytest.approx(falling.p)
