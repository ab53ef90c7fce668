"""Rules that are tried in fewer orders than others, and what may be said from few."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.analysis.simulation.test_simulate import whole
from tests.analysis.sweeps import question
from wbtools.analysis.simulation.recommend import recommend
from wbtools.analysis.simulation.scenario import scenario
from wbtools.analysis.simulation.simulate import (
    Setup,
    SimulatedRule,
    _spread,
    _with_front,
    simulate,
)
from wbtools.rules.grammar import parse_rule


@given(st.integers(1, 60), st.integers(0, 99))
def test_the_first_five_errors_are_one_of_each_fifth(n, seed):
    places = _spread(n, np.random.default_rng(seed))
    assert sorted(places) == list(range(n))
    m = min(n, 5)
    edges = [k * n // m for k in range(m + 1)]
    assert np.searchsorted(edges, sorted(places[:m]), side="right").tolist() == [*range(1, m + 1)]


@pytest.fixture(scope="module")
def done():
    rules = [parse_rule(text) for text in ("hyperband(min_iter=2)", "none")]
    return simulate([scenario(whole(), question("none"))], rules, Setup(n_orders=12, n_workers=2))


def test_rules_are_compared_on_the_orders_that_both_were_tried_in(done):
    """In its first orders the rule misses nothing, later much; in them the other is no better."""
    plain = next(simulated for simulated in done.tried if not simulated.is_no_rule)
    some = plain.scores[0][0]
    scores = tuple(
        replace(some, cost_share=0.4 + 0.01 * k, regret_share=0.0 if k < 5 else 0.5)
        for k in range(12)
    )
    long = replace(plain, scores=(scores,))
    few = SimulatedRule(
        rule=parse_rule("projected(hyperband(min_iter=2),p=0.1)"),
        scores=(tuple(replace(score, cost_share=score.cost_share + 0.01) for score in scores[:5]),),
    )
    assert [simulated.on_front for simulated in _with_front([long, few])] == [True, False]


def test_few_orders_recommend_nothing(done):
    few = replace(
        done,
        tried=tuple(simulated.in_first(9) for simulated in done.tried),
        setup=replace(done.setup, n_orders=9),
    )
    assert (
        recommend(few).abstained_because == "9 orders are too few to tell rules apart (at least 10)"
    )
    assert recommend(done).abstained_because is None
