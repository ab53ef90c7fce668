import numpy as np
import pytest
from scipy.stats import fisher_exact, spearmanr

from tests.analysis.importance.runs import cohort_of, columns
from wbtools.analysis.importance.regions import (
    boundary_optima,
    correlated_parameters,
    failure_regions,
)
from wbtools.sweepfile.space import axis_of

RNG = np.random.default_rng(3)
UNIT = axis_of({"min": 0.0, "max": 1.0})
X = RNG.uniform(0, 1, 60)


def test_runs_that_fail_at_high_rates_are_found():
    others = RNG.uniform(size=60)
    configs = [{"x": float(x), "y": float(y)} for x, y in zip(X, others, strict=True)]
    parameters = columns(configs)
    failed = (X > 0.7) & (RNG.uniform(size=60) < 0.8)
    (found,) = failure_regions(list(parameters.values()), failed)
    assert (found.name, found.part) == ("x", 2)
    assert found.inside.low > found.outside.high
    in_last = X.min() + 2 / 3 * (X.max() - X.min()) <= X
    table = [
        [(failed & in_last).sum(), (~failed & in_last).sum()],
        [(failed & ~in_last).sum(), (~failed & ~in_last).sum()],
    ]
    p = fisher_exact(table, alternative="greater").pvalue
    assert found.p_adjusted == pytest.approx(6 * p)  # three parts of two parameters


@pytest.mark.parametrize("failed", [np.zeros(60, bool), np.ones(60, bool), X < 0.02])
def test_no_region_without_evidence(failed):
    parameters = columns([{"x": float(x)} for x in X])
    assert failure_regions(list(parameters.values()), failed) == ()


def edges_of(x, loss, space):
    runs = cohort_of([float(value) for value in loss], configs=[{"x": value} for value in x])
    return boundary_optima(list(columns(runs.configs, space).values()), runs)


def test_the_best_runs_pile_up_at_a_bound():
    (found,) = edges_of(X.tolist(), 1 - X, {"x": UNIT})
    assert (found.upper, found.known, found.value, found.n_top) == (True, True, 1.0, 6)
    assert found.top.estimate == (X >= 0.9).sum() / 6
    assert found.every.estimate == (X >= 0.9).sum() / 60
    (other,) = edges_of(X.tolist(), X, {"x": UNIT})
    assert not other.upper


def test_an_optimum_inside_is_no_bound():
    assert edges_of(X.tolist(), np.abs(X - 0.5), {"x": UNIT}) == ()


def test_where_many_share_the_best_place_none_is_the_best():
    assert edges_of(sorted(X.tolist()), [0.0] * 20 + [1.0] * 40, {"x": UNIT}) == ()


def test_few_runs_say_nothing_of_bounds():
    assert edges_of(X[:19].tolist(), X[:19], {"x": UNIT}) == ()


def test_ends_of_whole_numbers_hold_more_than_a_tenth():
    """Of 1 to 12 the last tenth holds two values: chance alone puts a sixth of the best there."""
    rng = np.random.default_rng(0)
    layers = rng.integers(1, 13, 600).tolist()
    space = {"x": axis_of({"min": 1, "max": 12})}
    assert edges_of(layers, rng.normal(size=600), space) == ()


def test_the_last_of_listed_values_is_an_end():
    batch = [16 * 2 ** (k % 4) for k in range(60)]
    (found,) = edges_of(batch, [-b + 0.1 * k for k, b in enumerate(batch)], None)
    assert (found.value, found.expected, found.upper) == (128, 0.25, True)


def test_parameters_that_moved_together():
    wd = X * 2 + RNG.normal(0, 0.01, 60)
    configs = [
        {"x": float(x), "wd": float(w), "opt": "ab"[int(x > 0.5)], "arch": "cd"[int(x > 0.5)]}
        for x, w in zip(X, wd, strict=True)
    ]
    found = {
        pair.names: pair.strength for pair in correlated_parameters(list(columns(configs).values()))
    }
    assert found["wd", "x"] == pytest.approx(spearmanr(X, wd).statistic)
    assert found["arch", "opt"] == pytest.approx(1.0)
    assert ("opt", "x") in found
    apart = [{"x": float(x), "y": float(y)} for x, y in zip(X, RNG.uniform(size=60), strict=True)]
    assert correlated_parameters(list(columns(apart).values())) == ()
