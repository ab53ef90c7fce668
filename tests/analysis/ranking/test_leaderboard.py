"""The leaderboard: spread, ties, bounds, and what must not depend on how runs are told."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.analysis.ranking.runs import ACC, LOSS, board, measured, seeded
from wbtools.analysis.diagnosis.termination import Completion
from wbtools.analysis.ranking.leaderboard import representative
from wbtools.model import Goal, Metric
from wbtools.model.interval import Interval

scores = st.dictionaries(
    st.integers(1, 9),
    st.lists(st.integers(-40, 40).map(lambda k: k / 8), min_size=1, max_size=4),
    min_size=1,
    max_size=5,
)


def told(found):
    """What may not depend on the order of runs, the sign or the scale."""
    return [
        (
            row.rank,
            row.configuration.parameters["lr"],
            row.lead.summary.n,
            None if row.versus is None else round(row.versus.p_adjusted or 2, 9),
            row.stability,
        )
        for row in found.rows
    ]


def test_seeds_are_one_row_with_their_spread():
    (first, second) = board(seeded({1: (5.68, 5.45, 5.55), 2: (5.14, 5.26, 4.89)})).rows
    assert first.lead.summary.mean == pytest.approx(5.56)
    assert first.lead.summary.sd == pytest.approx(0.1153, abs=1e-4)
    assert (first.lead.best, first.lead.worst) == (5.68, 5.45)
    assert (first.rank, second.rank) == (1, 2)
    assert second.is_behind
    assert first.versus is first.is_behind is None


def test_one_run_has_no_deviation_and_no_test():
    rows = board(seeded({1: (0.9,), 2: (0.5, 0.6)})).rows
    assert rows[0].lead.summary.sd is rows[0].lead.summary.low is None
    assert rows[1].versus.p is rows[1].is_behind is None


def test_three_seeds_each_and_nine_percent_are_no_proof_by_themselves():
    found = board(seeded({1: (5.6, 6.4, 5.7), 2: (5.1, 5.9, 5.2)}))
    gap = found.rows[0].lead.summary.mean / found.rows[1].lead.summary.mean
    assert gap == pytest.approx(1.09, abs=0.005)
    assert found.rows[1].is_behind is False


def test_ties_are_broken_by_the_next_metric():
    runs = [
        measured(1, 0.8284, 0.7298, lr=1),
        measured(2, 0.8165, 0.8005, lr=2),
        measured(3, 0.8165, 0.7999, lr=3),
        measured(4, 0.8165, None, lr=4),
        measured(5, 0.8165, 0.8005, lr=5),
    ]
    rows = board(runs, (ACC, LOSS)).rows
    assert [(row.rank, row.configuration.parameters["lr"]) for row in rows] == [
        (1, 1),
        (2, 3),
        (3, 2),
        (3, 5),
        (5, 4),
    ]


def test_means_that_differ_in_their_last_bits_only_tie():
    runs = [measured(k, x, 1.0 * k, lr=1 + k // 3, seed=k) for k, x in enumerate((0.1, 0.2, 0.3))]
    runs += [measured(9, 0.2, 0.5, lr=2)]
    assert [row.rank for row in board(runs, (ACC, LOSS)).rows] == [1, 2]


def test_a_stopped_run_is_a_bound_and_in_no_mean():
    runs = [
        measured(1, 0.9, lr=1, completion=Completion.CENSORED),
        measured(2, 0.5, lr=1),
        measured(3, 0.7, lr=2, completion=Completion.CENSORED),
        measured(4, 0.8, lr=3, completion=Completion.RUNNING),
        measured(5, None, lr=4, completion=Completion.CENSORED),
    ]
    rows = board(runs).rows
    assert [(row.rank, row.reached) for row in rows] == [
        (1, 0.9),
        (None, 0.8),
        (None, 0.7),
        (None, None),
    ]
    assert rows[0].lead.summary.mean == 0.5
    as_is = board(runs, with_stopped=True).rows
    assert [row.rank for row in as_is] == [1, 1, None, None]
    assert as_is[0].lead.summary.mean == pytest.approx(0.7)


def test_a_projection_ranks_what_has_nothing_else():
    hope = Interval(estimate=0.95, low=0.9, high=0.99, level=0.9)
    runs = [
        measured(1, 0.7, lr=1, completion=Completion.CENSORED, projected=hope),
        measured(2, 0.9, lr=2),
        measured(3, 0.7, lr=2, completion=Completion.CENSORED, projected=hope),
    ]
    first, second = board(runs).rows
    assert (first.rank, first.lead, first.projected) == (1, None, hope)
    assert (second.rank, second.projected, second.lead.summary.n) == (2, None, 1)
    assert first.stability is first.versus is None


def test_the_best_full_run_stands_for_its_configuration():
    runs = [*seeded({1: (0.5, 0.9, 0.7)}), measured(9, 0.95, lr=1, completion=Completion.CENSORED)]
    (row,) = board(runs).rows
    assert representative(row, ACC).run.number == 2
    (bare,) = board(
        [measured(4, 0.1, lr=1, completion=Completion.CENSORED), measured(5, None, lr=1)]
    ).rows
    assert representative(bare, ACC).run.number == 4


@settings(max_examples=30)
@given(scores, st.randoms(use_true_random=False))
def test_the_order_of_runs_does_not_matter(values, random):
    runs = seeded(values)
    shuffled = list(runs)
    random.shuffle(shuffled)
    assert told(board(shuffled)) == told(board(runs))


@settings(max_examples=30)
@given(scores)
def test_negating_values_and_goal_changes_nothing(values):
    runs = seeded(values)
    negated = [replace(run, values=(-run.values[0],)) for run in runs]
    cost = Metric(name="cost", goal=Goal.MINIMIZE)
    assert told(board(negated, (cost,))) == told(board(runs, (ACC,)))


@settings(max_examples=30)
@given(scores, st.sampled_from([0.125, 4.0, 2.0**20]))
def test_the_scale_of_the_metric_does_not_matter(values, scale):
    runs = seeded(values)
    scaled = [replace(run, values=(scale * run.values[0],)) for run in runs]
    assert told(board(scaled)) == told(board(runs))


def test_ranks_are_not_resampled_without_a_row_that_ranks_by_its_projection():
    hope = Interval(estimate=0.95, low=0.9, high=0.99, level=0.9)
    runs = seeded({0.1: (0.7, 0.71, 0.72), 0.01: (0.8, 0.81, 0.82)})
    runs.append(measured(7, 0.5, completion=Completion.CENSORED, projected=hope, lr=0.2, seed=0))
    leaderboard = board(runs)
    assert [row.lead is None for row in leaderboard.ranked] == [True, False, False]
    assert all(row.stability is None for row in leaderboard.rows)
    assert leaderboard.resampled.why_not == "a configuration ranks by a projection"
