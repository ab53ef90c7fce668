"""The learned projection: what must not matter does not, and whatever comes gets an answer."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.analysis.projection.sweeps import cut, made
from wbtools.analysis.gems import judge_gems, rank_gems
from wbtools.analysis.projection import Method, Projector
from wbtools.analysis.projection.features import candidates
from wbtools.app.model_weights import load_weights

WEIGHTS = load_weights()
LEARNED = Projector(method=Method.LEARNED, weights=WEIGHTS)


def bar_of(field):
    return float(np.nanmin(field.best[field.full]))


def p_gems(field, incumbent=None):
    incumbent = bar_of(field) if incumbent is None else incumbent
    found = LEARNED.predict(field, incumbent)
    return np.array([found[row].p_gem for row in sorted(found)])


def permuted(field, order):
    arrays = {name: getattr(field, name)[order] for name in ("values", "n_reports", "best", "full")}
    return replace(
        field,
        **arrays,
        stopped=field.stopped[order],
        horizon=field.horizon[order],
        configs=[field.configs[k] for k in order],
        rates=None if field.rates is None else field.rates[order],
    )


def with_rates(field, unit=1.0):
    """The same runs with a learning rate that was halved now and then."""
    at = np.arange(field.values.shape[1])
    halved = unit * 0.5 ** (at // (2 + np.arange(len(field.full)) % 5)[:, None])
    return replace(field, rates=np.where(np.isnan(field.values), np.nan, halved))


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.randoms(use_true_random=False))
def test_the_order_of_runs_does_not_matter(seed, random):
    field = made(seed)
    order = list(range(len(field.full)))
    random.shuffle(order)
    other = permuted(field, order)
    back = np.argsort([k for k in order if field.stopped[k]])
    assert p_gems(other)[back] == pytest.approx(p_gems(field), abs=1e-9)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([2.0**-20, 7.0]))
def test_a_logged_rate_counts_by_its_share_of_the_peak_and_goes_with_its_run(seed, unit):
    field = with_rates(made(seed))
    order = np.random.default_rng(seed).permutation(len(field.full)).tolist()
    back = np.argsort([k for k in order if field.stopped[k]])
    known = p_gems(field)
    assert p_gems(permuted(field, order))[back] == pytest.approx(known, abs=1e-9)
    assert p_gems(with_rates(made(seed), unit)) == pytest.approx(known, abs=1e-6)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([2.0**-20, 0.25, 1024.0, 3.7, 1e-3]))
def test_a_positive_scale_does_not_matter(seed, scale):
    field = made(seed)
    scaled = replace(field, values=field.values * scale, best=field.best * scale)
    assert p_gems(scaled) == pytest.approx(p_gems(field), abs=1e-6)
    ranked, other = (
        rank_gems(
            judge_gems(snapshot, bar_of(snapshot), sign=1.0, projector=LEARNED)[0], snapshot.best
        )
        for snapshot in (field, scaled)
    )
    assert ranked == other


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000))
def test_negating_values_and_goal_only_turns_the_interval(seed):
    field = made(seed)
    low, high = (judge_gems(field, bar_of(field), sign=s, projector=LEARNED) for s in (1.0, -1.0))
    for row, projection in low[0].items():
        other = high[0][row]
        assert (projection.p_gem, projection.p_repeat) == (other.p_gem, other.p_repeat)
        assert (projection.low, projection.median, projection.high) == (
            -other.high,
            -other.median,
            -other.low,
        )
    assert low[1] == high[1]


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000))
def test_a_projection_is_ordered_and_never_worse_than_what_was_seen(seed):
    field = made(seed)
    found = LEARNED.predict(field, bar_of(field))
    assert set(found) == set(np.flatnonzero(field.stopped).tolist())
    for row, projected in found.items():
        assert 0 <= projected.p_gem <= 1
        assert (np.diff(projected.quantiles) >= 0).all()
        assert projected.quantiles.max() <= field.best[row]
        assert (np.diff(projected.draws) >= 0).all()
        assert np.mean(projected.draws < bar_of(field)) == pytest.approx(projected.p_gem, abs=1e-3)


def test_a_run_above_the_bar_is_a_gem_and_its_repeat_is_not_certain():
    field = made(1)
    target = float(np.nanmin(field.best[field.stopped])) + 1e-3
    projections, outcome = judge_gems(field, target, sign=1.0, projector=LEARNED)
    above = [row for row in projections if field.best[row] < target]
    assert above
    assert all(projections[row].p_gem == 1 for row in above)
    assert all(projections[row].p_repeat < 1 for row in above)
    assert outcome.p_any == 1


def test_a_run_without_a_finite_report_is_no_candidate():
    field = made(2)
    row = int(np.flatnonzero(field.stopped)[0])
    values, best, reports = field.values.copy(), field.best.copy(), field.n_reports.copy()
    values[row], best[row], reports[row] = np.nan, np.nan, 0
    silent = replace(field, values=values, best=best, n_reports=reports)
    projections, outcome = judge_gems(silent, bar_of(silent), sign=1.0, projector=LEARNED)
    assert row not in projections
    assert outcome.n_candidates == silent.stopped.sum() - 1


def curves(n, budget, seed=0):
    rng = np.random.default_rng(seed)
    return 1 + rng.random((n, 1)) + np.arange(1, budget + 1) ** -0.5 + 0 * rng.random((n, budget))


HARD = {
    "one completed run": lambda: cut(curves(6, 9), np.array([9, 1, 1, 3, 3, 3]), np.arange(6) < 1),
    "two completed runs": lambda: cut(curves(6, 9), np.array([9, 9, 1, 3, 3, 3]), np.arange(6) < 2),
    "two runs": lambda: cut(curves(2, 9), np.array([9, 1]), np.arange(2) < 1),
    "a constant metric": lambda: cut(
        np.ones((6, 9)), np.array([9, 9, 1, 3, 3, 3]), np.arange(6) < 2
    ),
    "zero everywhere": lambda: cut(
        np.zeros((6, 9)), np.array([9, 9, 1, 3, 3, 3]), np.arange(6) < 2
    ),
    "all runs the same": lambda: cut(
        np.repeat(curves(1, 9), 6, axis=0), np.array([9, 9, 1, 3, 3, 3]), np.arange(6) < 2
    ),
    "stopped after the budget": lambda: cut(curves(4, 9), np.array([9, 9, 9, 9]), np.arange(4) < 2),
    "huge values": lambda: cut(
        1e150 * curves(6, 9), np.array([9, 9, 1, 3, 3, 3]), np.arange(6) < 2
    ),
    "tiny values": lambda: cut(
        1e-300 * curves(6, 9), np.array([9, 9, 1, 3, 3, 3]), np.arange(6) < 2
    ),
}


@pytest.mark.parametrize("case", HARD.values(), ids=HARD)
@pytest.mark.parametrize("method", list(Method))
def test_hard_cases_get_an_answer(case, method):
    field = case()
    with np.errstate(over="ignore", invalid="ignore"):
        projections, outcome = judge_gems(
            field, bar_of(field), sign=1.0, projector=Projector(method=method, weights=WEIGHTS)
        )
    assert set(projections) == set(np.flatnonzero(field.stopped).tolist())
    for projection in projections.values():
        assert 0 <= projection.p_gem <= 1
        if projection.abstained_because is not None:
            assert method is Method.LEARNED
            assert "the same value" in projection.abstained_because
            continue
        assert projection.low <= projection.median <= projection.high
        assert np.isfinite([projection.low, projection.high]).all()
    assert 0 <= outcome.p_any <= 1


def test_without_a_completed_run_everything_is_a_prior():
    field = cut(curves(4, 9), np.array([1, 1, 3, 3]), np.zeros(4, dtype=bool))
    projections, outcome = judge_gems(field, None, sign=1.0, projector=LEARNED)
    assert all(projection.median is None for projection in projections.values())
    assert outcome.n_abstained == 4


@pytest.mark.slow
@pytest.mark.parametrize(("n", "budget"), [(2000, 60), (60, 10_000)])
def test_large_sweeps_get_an_answer(n, budget):
    rng = np.random.default_rng(0)
    full = np.arange(n) < 40
    reports = np.where(full, budget, rng.choice([1, 3, 9, 27], n))
    configs = [{"lr": float(10**x)} for x in rng.uniform(-4, 0, n)]
    field = cut(curves(n, budget), reports, full, configs)
    assert len(p_gems(field)) == n - 40


@pytest.mark.parametrize("method", Method)
def test_p_better_rises_with_the_bar_and_is_p_gem_at_the_incumbent(method):
    field = made(3)
    bar = bar_of(field)
    found = Projector(method=method, weights=WEIGHTS).predict(field, bar)
    assert (len(found), found.method) == (field.stopped.sum(), method)
    for projected in found.values():
        bars = np.sort(np.append(projected.draws[::200], [bar - 1e-6, bar, bar + 1e-6]))
        chances = [projected.p_better(value) for value in bars]
        assert (np.diff(chances) >= 0).all()
        assert projected.p_better(bar) == projected.p_gem
        assert projected.p_better(-np.inf) == 0
        assert projected.p_better(np.inf) == 1
        assert projected.quantile(0.5) == np.interp(0.5, projected.levels, projected.quantiles)
        assert projected.quantile(0.1) <= projected.quantile(0.9) <= projected.quantiles[-1]


@pytest.mark.parametrize("method", [Method.LEARNED, Method.CATCH_UP])
def test_rows_select_and_change_no_answer(method):
    field = made(2)
    projector, bar = Projector(method=method, weights=WEIGHTS), bar_of(field)
    stopped = np.flatnonzero(field.stopped).tolist()
    full = int(np.flatnonzero(field.full)[0])
    every, some = projector.predict(field, bar), projector.predict(field, bar, [full, stopped[1]])
    assert list(some) == [stopped[1]]
    assert some[stopped[1]].p_gem == every[stopped[1]].p_gem
    assert some[stopped[1]].draws.tolist() == every[stopped[1]].draws.tolist()


def test_without_a_completed_run_nothing_is_projected():
    field = made(1)
    for empty in (replace(field, full=np.zeros_like(field.full)), replace(field, has_curves=False)):
        assert not LEARNED.predict(empty, 1.0)


def test_the_learned_method_says_what_it_lacks():
    with pytest.raises(ValueError, match="needs its weights"):
        Projector(method=Method.LEARNED)
    other = replace(WEIGHTS, names=WEIGHTS.names[:-1])
    with pytest.raises(ValueError, match="other features"):
        Projector(method=Method.LEARNED, weights=other).predict(made(1), 1.0)


def test_features_are_those_that_the_weights_expect():
    assert candidates(made(3), bar_of(made(3))).names == WEIGHTS.names
