"""The fold: workers, polls and what a policy does there."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.analysis.simulation.random_records import records
from tests.rules.random_rules import any_rules, rules_of
from wbtools.analysis.simulation.replay import replay
from wbtools.analysis.simulation.trajectories import Trajectories
from wbtools.rules.asha import Asha
from wbtools.rules.fixed_budget import FixedBudget
from wbtools.rules.grammar import parse_rule
from wbtools.rules.none import NoRule
from wbtools.rules.registry import RULES


@dataclass(frozen=True)
class Asked:
    """A policy that no judge knows, so that the fold has to ask it every time."""

    policy: object

    def decide(self, view):
        return self.policy.decide(view)


workers = st.integers(1, 8)
polls = st.sampled_from([None, 0.0, 0.7, 1.0, 4.0, 1000.0])


def as_lists(replay):
    return (
        replay.stopped_at.tolist(),
        np.nan_to_num(replay.stopped_time_s, nan=-1).tolist(),
        replay.n_made.tolist(),
        replay.started_s.tolist(),
        replay.ended_s.tolist(),
    )


def assert_followed_as_asked(recorded, policy, **options):
    followed = replay(policy, recorded, **options)
    asked = replay(Asked(policy), recorded, **options)
    assert as_lists(followed) == as_lists(asked)


@pytest.mark.parametrize("word", sorted(RULES))
def test_following_a_rule_of_each_kind_is_asking_it_every_time(word):
    @settings(deadline=None)  # the asked rules are slow, and so are busy machines
    @given(records, rules_of(RULES[word], st.just(FixedBudget(n=1))), workers, polls)
    def held(recorded, rule, n_workers, poll_s):
        assert_followed_as_asked(recorded, rule, n_workers=n_workers, poll_s=poll_s)

    held()


@settings(deadline=None)  # the asked policies are slow, and so are busy machines
@given(records, any_rules(), workers, polls, st.randoms(use_true_random=False))
def test_following_a_policy_is_asking_it_every_time(recorded, policy, n_workers, poll_s, random):
    order = np.array(random.sample(range(len(recorded.values)), len(recorded.values)))
    assert_followed_as_asked(recorded, policy, n_workers=n_workers, poll_s=poll_s, order=order)


@settings(deadline=None)  # the asked policies are slow, and so are busy machines
@given(records, any_rules(), workers, polls)
def test_a_stopped_run_is_a_beginning_of_the_recorded_one(recorded, policy, n_workers, poll_s):
    replayed = replay(policy, recorded, n_workers=n_workers, poll_s=poll_s)
    assert (replayed.n_made <= recorded.n_reports).all()
    assert (replayed.n_made[~replayed.stopped] == recorded.n_reports[~replayed.stopped]).all()
    lived = replayed.ended_s - replayed.started_s
    assert (lived <= recorded.end_s + 1e-9).all()
    assert np.allclose(lived[~replayed.stopped], recorded.end_s[~replayed.stopped])
    events = sorted([*((t, 1) for t in replayed.started_s), *((t, -1) for t in replayed.ended_s)])
    at_work = np.cumsum([change for _, change in events])
    assert at_work.max() <= n_workers


@settings(deadline=None)  # the asked policies are slow, and so are busy machines
@given(records, any_rules(), workers, polls, st.floats(0.5, 8))
def test_columns_beyond_the_last_report_change_nothing(recorded, policy, n_workers, poll_s, scale):
    n = len(recorded.values)
    wider = replace(
        recorded,
        values=np.hstack([recorded.values, np.full((n, 2), np.nan)]),
        report_s=np.hstack([recorded.report_s, np.full((n, 2), scale)]),
    )
    replayed = replay(policy, recorded, n_workers=n_workers, poll_s=poll_s)
    other = replay(policy, wider, n_workers=n_workers, poll_s=poll_s)
    assert as_lists(replayed) == as_lists(other)


def test_a_stopped_run_frees_its_worker():
    recorded = Trajectories.at_equal_times(np.arange(12.0).reshape(3, 4))
    replayed = replay(FixedBudget(n=2), recorded, n_workers=2)
    assert replayed.stopped_at.tolist() == [2, 2, 2]
    assert replayed.started_s.tolist() == [0, 0, 2]
    assert replayed.ended_s.tolist() == [2, 2, 4]
    assert replayed.makespan_s == 4


def test_a_report_at_the_very_moment_of_a_poll_is_seen_by_it():
    """21.0 / 0.7 is more than 30, so that the poll at 21.0 was passed over."""
    recorded = Trajectories.at_equal_times(np.arange(10.0).reshape(1, 10))
    recorded = replace(recorded, report_s=recorded.report_s * 10.5, end_s=recorded.end_s * 10.5)
    stopped = replay(FixedBudget(n=2), recorded, poll_s=0.7)
    assert (stopped.stopped_at[0], stopped.stopped_time_s[0]) == (2, 21.0)


def test_polls_stop_late_and_at_the_poll():
    recorded = Trajectories.at_equal_times(np.arange(40.0).reshape(4, 10))
    replayed = replay(FixedBudget(n=2), recorded, n_workers=4, poll_s=2.5)
    assert replayed.stopped_time_s.tolist() == [2.5] * 4
    late = replay(FixedBudget(n=2), recorded, n_workers=4, poll_s=7)
    assert late.stopped_at.tolist() == [7] * 4


def test_a_run_that_makes_its_last_report_ran_its_course():
    recorded = Trajectories.at_equal_times(np.arange(8.0).reshape(2, 4))
    for poll_s in (None, 0.0, 1.0):
        replayed = replay(FixedBudget(n=4), recorded, poll_s=poll_s)
        assert replayed.stopped_at.tolist() == [0, 0]
        assert np.isnan(replayed.stopped_time_s).all()


def test_a_run_that_crashed_is_no_completed_one():
    values = np.repeat([[1.0], [5.0]], 4, axis=1)
    rule = parse_rule("median(grace=1)")
    arrays = {"values": values, "n_reports": np.array([2, 4])}
    crashed = replace(Trajectories.at_equal_times(**arrays), full=np.array([False, True]))
    assert replay(rule, Trajectories.at_equal_times(**arrays)).stopped_at.tolist() == [0, 1]
    assert replay(rule, crashed).stopped_at.tolist() == [0, 0]
    assert replay(Asked(rule), crashed).stopped_at.tolist() == [0, 0]


def test_a_run_that_passed_a_band_is_stopped_later_by_newer_runs():
    values = np.repeat([[5.0], [6.0], [1.0], [1.0]], 6, axis=1)
    rule = parse_rule("hyperband(max_iter=6,s=1,eta=3)")  # one band, at 2 reports
    begun_s = np.array([[10.0], [1.0], [11.0], [12.0]])
    recorded = Trajectories(
        values=values,
        n_reports=np.full(4, 6),
        report_s=begun_s * np.arange(1, 7),
        end_s=begun_s[:, 0] * 6,
    )
    replayed = replay(rule, recorded, n_workers=4)
    assert replayed.stopped_at.tolist() == [3, 0, 0, 0]
    assert replayed.stopped_time_s[0] == 30.0
    looked = replay(rule, recorded, n_workers=4, poll_s=0.0)
    assert (looked.stopped_at[0], looked.stopped_time_s[0]) == (2, 24.0)
    polled = replay(rule, recorded, n_workers=4, poll_s=25.0)
    assert (polled.stopped_at[0], polled.stopped_time_s[0]) == (2, 25.0)


@pytest.mark.parametrize("n", [0, 1])
def test_hardly_any_runs(n):
    recorded = Trajectories.at_equal_times(np.ones((n, 3)))
    replayed = replay(Asha(min_iter=1, eta=3), recorded, n_workers=4)
    assert replayed.n_made.tolist() == [3] * n
    assert replay(NoRule(), Trajectories.at_equal_times(np.ones((n, 0)))).makespan_s == 0


@pytest.mark.parametrize(
    "facts",
    [
        {"report_s": np.ones((1, 3))},
        {"n_reports": np.array([3])},
        {"report_s": np.array([[2.0, 1.0]])},
        {"end_s": np.array([1.5])},
        {"end_s": np.array([np.nan])},
        {"full": np.array([True, True])},
    ],
    ids=[
        "other shape",
        "more reports than columns",
        "descending",
        "early",
        "unknown",
        "a run more",
    ],
)
def test_a_record_that_cannot_be_is_refused(facts):
    known = {
        "values": np.ones((1, 2)),
        "n_reports": np.array([2]),
        "report_s": np.array([[1.0, 2.0]]),
        "end_s": np.array([2.0]),
    }
    with pytest.raises(ValueError, match=r"report_s|n_reports|ascend|finite|full"):
        Trajectories(**(known | facts))
