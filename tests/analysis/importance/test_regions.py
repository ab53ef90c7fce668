import numpy as np
import pytest
from scipy.stats import fisher_exact, spearmanr

from tests.analysis.importance.runs import columns
from wbtools.analysis.importance.regions import (
    correlated_parameters,
    outcome_regions,
)

RNG = np.random.default_rng(3)
X = RNG.uniform(0, 1, 60)


def test_runs_that_fail_at_high_rates_are_found():
    others = RNG.uniform(size=60)
    configs = [{"x": float(x), "y": float(y)} for x, y in zip(X, others, strict=True)]
    parameters = columns(configs)
    failed = (X > 0.7) & (RNG.uniform(size=60) < 0.8)
    (found,) = outcome_regions(list(parameters.values()), failed)
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
    assert outcome_regions(list(parameters.values()), failed) == ()


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
