"""The Pareto front, against its definition written out."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.analysis.ranking.runs import ACC, board, measured
from wbtools.analysis.ranking.pareto import Against, AgainstSource, pareto_front, weigh
from wbtools.model import Goal

VALUES = st.sampled_from([0.0, 1.0, 2.0, 3.0, np.nan, np.inf])
SIZE = Against(name="size", goal=Goal.MINIMIZE, source=AgainstSource.CONFIG)


def by_hand(points):
    """Nobody else is at least as good in all, and better in one."""
    known = [all(map(np.isfinite, point)) for point in points]
    return [
        known[k]
        and not any(
            known[j]
            and all(x <= y for x, y in zip(other, point, strict=True))
            and any(x < y for x, y in zip(other, point, strict=True))
            for j, other in enumerate(points)
        )
        for k, point in enumerate(points)
    ]


@given(st.lists(st.tuples(VALUES, VALUES), max_size=8))
def test_the_front_is_what_no_other_beats(points):
    losses = np.array(points, dtype=np.float64).reshape(-1, 2)
    assert pareto_front(losses).tolist() == by_hand(points)


def test_numbers_that_agree_to_twelve_digits_are_equal():
    losses = np.array([[0.1 + 0.2, 1.0], [0.3, 1.0]])
    assert pareto_front(losses).tolist() == [True, True]


@pytest.mark.parametrize(
    ("goal", "on_front"),
    [(Goal.MINIMIZE, [True, False, True]), (Goal.MAXIMIZE, [True, True, False])],
)
def test_means_are_weighed_by_both_goals(goal, on_front):
    runs = [
        measured(1, 0.9, lr=1, seed=1),
        measured(2, 0.7, lr=1, seed=2),
        measured(3, 0.7, lr=2),
        measured(4, 0.6, lr=3),
        measured(5, None, lr=4),
    ]
    sizes = (2.0, 4.0, 5.0, 1.0, 1.0)
    rows = board([replace(run, against=x) for run, x in zip(runs, sizes, strict=True)]).rows
    found = weigh(rows, Against(name="size", goal=goal, source=AgainstSource.CONFIG), ACC)
    assert list(found.on_front) == [*on_front, None]
    assert [None if s is None else s.mean for s in found.summaries] == [3.0, 5.0, 1.0, None]
    assert (found.n_compared, found.n_on_front) == (3, 2)


def test_a_configuration_of_unknown_size_is_on_no_front():
    found = weigh(board([measured(1, 0.9, lr=1)]).rows, SIZE, ACC)
    assert found.on_front == (None,)
    assert (found.n_compared, found.n_on_front) == (0, 0)
