"""What stopped runs may have become, against all orders in which they may have come out."""

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wbtools.analysis.importance.completions import Completions
from wbtools.stats.correlation import correlation_ratio

RUNS = st.lists(
    st.tuples(st.integers(0, 4), st.booleans(), st.integers(-9, 9), st.integers(0, 2)),
    min_size=3,
    max_size=6,
)


def every_order(values, free):
    """All ranks to which the runs may have come."""
    orders = [[np.flatnonzero(~free & (values == v)).tolist() for v in np.unique(values[~free])]]
    for run in np.flatnonzero(free).tolist():
        orders = [
            [*order[:k], [run], *order[k:]]
            for order in orders
            for k in range(len(order) + 1)
            if all(free[tied[0]] or values[tied[0]] >= values[run] for tied in order[k:])
        ]
    for order in orders:
        ranks, below = np.empty(len(values)), 0
        for tied in order:
            ranks[tied] = below + (len(tied) + 1) / 2
            below += len(tied)
        yield ranks


@given(RUNS)
def test_no_order_goes_further_with_the_scores(runs):
    values, free, scores, _ = map(np.array, zip(*runs, strict=True))
    found = Completions(values=values.astype(float), free=free).furthest(scores.astype(float))
    orders = list(every_order(values, free))
    assert any((found == order).all() for order in orders)
    assert scores @ found == pytest.approx(max(scores @ order for order in orders))


@given(RUNS)
def test_no_order_leaves_groups_closer_or_takes_them_further_apart(runs):
    values, free, _, groups = map(np.array, zip(*runs, strict=True))
    groups = np.unique(groups, return_inverse=True)[1]
    completions = Completions(values=values.astype(float), free=free)
    ratios = [correlation_ratio(groups, order) for order in every_order(values, free)]
    assert completions.least_ratio(groups) <= min(ratios) + 1e-9
    assert completions.most_ratio(groups) >= max(ratios) - 1e-9
    if groups.max() < 2:
        assert completions.most_ratio(groups) == pytest.approx(max(ratios))


def test_without_stopped_runs_there_is_one_order():
    values, free = np.array([3.0, 1.0, 2.0, 2.0]), np.zeros(4, dtype=bool)
    completions = Completions(values=values, free=free)
    for scores in ([1.0, 2.0, 3.0, 4.0], [0.0] * 4, [-1.0, -2.0, 0.0, 5.0]):
        assert completions.furthest(np.array(scores)).tolist() == [4.0, 1.0, 2.5, 2.5]
    groups = np.array([0, 1, 0, 1])
    ratio = correlation_ratio(groups, np.array([4.0, 1.0, 2.5, 2.5]))
    assert completions.most_ratio(groups) == pytest.approx(ratio)
    assert completions.least_ratio(groups) == pytest.approx(ratio, rel=0.02)


@pytest.mark.parametrize("n_groups", [3, 200])
def test_both_ends_are_quick_for_very_many_runs(n_groups):
    dice, n = np.random.default_rng(0), 10_000
    completions = Completions(values=dice.normal(size=n), free=dice.random(n) < 0.5)
    groups = np.arange(n) % n_groups
    since = time.process_time()
    least, most = completions.least_ratio(groups), completions.most_ratio(groups)
    assert time.process_time() - since < 3
    assert 0 <= least < most <= 1
