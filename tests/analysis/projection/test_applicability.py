"""What the learned model never saw: it says so, and either abstains or leaves it to catching up."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.analysis.projection.sweeps import cut, made
from wbtools.analysis.gems import PRIOR_P_GEM, judge_gems
from wbtools.analysis.projection import Method, Projector
from wbtools.analysis.projection.applicability import ApplicabilityDomain, traits
from wbtools.app.model_weights import load_weights

WEIGHTS = load_weights()
LEARNED = Projector(method=Method.LEARNED, weights=WEIGHTS)
RNG = np.random.default_rng(0)
FULL = np.arange(24) < 5


def sweep(curves, horizon=None):
    n, budget = curves.shape
    reports = np.where(FULL, budget, np.resize([1, 3, 7, 8], n))
    field = cut(curves, reports, FULL)
    return field if horizon is None else replace(field, horizon=np.full(n, horizon))


def smooth(n=24, budget=16):
    return 1 + RNG.random((n, 1)) + np.arange(1, budget + 1) ** -RNG.uniform(0.3, 1, (n, 1))


def judged(field):
    incumbent = float(np.nanmin(field.best[field.full]))
    return judge_gems(field, incumbent, sign=1.0, projector=LEARNED)


@pytest.mark.parametrize(
    "curves",
    [
        -np.tile(np.arange(1.0, 17), (24, 1)),
        RNG.integers(0, 2, (24, 16)).astype(float),
        np.ones((24, 16)),
        np.tile(smooth(1), (24, 1)),
    ],
    ids=["an epoch's number", "a flag", "a constant", "one curve again and again"],
)
def test_where_runs_cannot_be_told_apart_nothing_is_projected(curves):
    projections, outcome = judged(sweep(curves))
    below = [projection for projection in projections.values() if projection.p_gem < 1]
    assert all(projection.median is None for projection in projections.values())
    assert {projection.p_gem for projection in below} <= {PRIOR_P_GEM}
    assert all(
        "the same value" in projection.abstained_because for projection in projections.values()
    )
    assert outcome.n_abstained == outcome.n_candidates
    assert outcome.fell_back_because is None


@pytest.mark.parametrize(
    ("field", "words"),
    [
        (sweep(smooth(), horizon=20_000), "20,000 reports"),
        (sweep(np.repeat(smooth(budget=4), 4, axis=1)), "repeat the one before"),
        (sweep(10 ** (30 * RNG.random((24, 1))) * smooth()), "orders of magnitude"),
    ],
    ids=["a budget of another kind", "evaluations logged four times", "values over 30 decades"],
)
def test_what_the_model_never_saw_is_left_to_catching_up(field, words):
    projections, outcome = judged(field)
    assert words in outcome.fell_back_because
    assert {projection.method for projection in projections.values()} == {Method.CATCH_UP}
    incumbent = float(np.nanmin(field.best[field.full]))
    plain = Projector(method=Method.CATCH_UP).predict(field, incumbent)
    assert {row: projection.p_gem for row, projection in projections.items()} == {
        row: projection.p_gem for row, projection in plain.items()
    }


@pytest.mark.parametrize("seed", range(5))
def test_an_ordinary_sweep_is_inside(seed):
    assert WEIGHTS.support.outside(made(seed)) is None


def test_another_method_asks_nobody():
    field = sweep(np.ones((24, 16)))
    projections, outcome = judge_gems(field, 1.0, sign=1.0, projector=Projector())
    assert all(projection.median is not None for projection in projections.values())
    assert outcome.fell_back_because is None


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([2.0**-20, 3.7, 1e150]), st.booleans())
def test_traits_know_neither_scale_nor_direction_nor_order(seed, scale, is_turned):
    field = made(seed)
    factor = -scale if is_turned else scale
    turned = np.random.default_rng(seed).permutation(len(field.full))
    other = replace(
        field,
        values=field.values[turned] * factor,
        best=field.best[turned] * factor,
        n_reports=field.n_reports[turned],
        full=field.full[turned],
        stopped=field.stopped[turned],
        horizon=field.horizon[turned],
    )
    assert traits(other) == pytest.approx(traits(field))


@pytest.mark.parametrize("n", [0, 1, 2])
def test_too_little_to_tell_is_no_reason(n):
    field = cut(smooth(2)[:n], np.full(n, 1), np.ones(n, dtype=bool))
    found = traits(field)
    assert found[1:].tolist() == [0, 0, 0]
    wide = ApplicabilityDomain(low=np.zeros(4), high=np.full(4, 100.0))
    assert wide.outside(field) is None
