"""Orders of runs of which some were cut short."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import rankdata

from wbtools.analysis.diagnosis.censored import gehan_scores

ENDS = st.lists(
    st.tuples(st.integers(-5, 5), st.one_of(st.integers(0, 5), st.just(np.inf))),
    min_size=1,
    max_size=30,
)


@given(ENDS)
def test_scores_count_the_runs_that_are_surely_worse_and_surely_better(ends):
    worst = np.array([float(value) for value, _ in ends])
    best = np.array([float(value - gain) for value, gain in ends])
    surely_better = worst[:, None] < best[None, :]
    counted = surely_better.sum(axis=1) - surely_better.sum(axis=0)
    assert gehan_scores(worst, best).tolist() == counted.tolist()


@given(st.lists(st.integers(-5, 5), min_size=1, max_size=30))
def test_without_censoring_scores_are_ranks(values):
    x = np.array(values, dtype=float)
    assert gehan_scores(x, x).tolist() == (len(x) + 1 - 2 * rankdata(x)).tolist()
