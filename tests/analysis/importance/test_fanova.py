"""Functional ANOVA against functions whose shares are known in closed form."""

import math

import numpy as np
import pytest

from tests.analysis.importance.runs import columns
from wbtools.analysis.importance.fanova import pairs_among, variance_shares
from wbtools.sweepfile.space import axis_of


def space(n, low, high):
    bodies = {f"x{k}": axis_of({"min": low, "max": high}) for k in range(n)}
    rng = np.random.default_rng(0)
    configs = [
        {name: float(x) for name, x in zip(bodies, row, strict=True)}
        for row in rng.uniform(low, high, (40, n))
    ]
    return list(columns(configs, bodies).values())


def test_ishigami():
    # Ishigami and Homma 1990: closed form for a = 7, b = 0.1.
    a, b = 7.0, 0.1

    def function(places):
        x = math.pi * (2 * places - 1)
        return np.sin(x[:, 0]) + a * np.sin(x[:, 1]) ** 2 + b * x[:, 2] ** 4 * np.sin(x[:, 0])

    found = variance_shares(
        function, space(3, -math.pi, math.pi), pairs_among([0, 1, 2]), n_samples=4096
    )
    v1, v2 = (1 + b * math.pi**4 / 5) ** 2 / 2, a**2 / 8
    v13 = b**2 * math.pi**8 * (1 / 18 - 1 / 50)
    total = v1 + v2 + v13
    assert found.main_effect == pytest.approx([v1 / total, v2 / total, 0], abs=0.02)
    assert found.total_effect == pytest.approx(
        [(v1 + v13) / total, v2 / total, v13 / total], abs=0.02
    )
    assert found.pairs == pytest.approx([0, v13 / total, 0], abs=0.02)


def test_a_sum_has_no_interactions():
    found = variance_shares(lambda x: x @ [3.0, 2.0, 1.0], space(3, 0.0, 1.0), [(0, 1)])
    assert found.main_effect == pytest.approx([9 / 14, 4 / 14, 1 / 14], abs=0.02)
    assert found.total_effect == pytest.approx(found.main_effect, abs=0.02)
    assert found.pairs == pytest.approx([0], abs=0.02)


def test_a_range_is_sampled_on_its_own_scale():
    body = axis_of({"distribution": "log_uniform_values", "min": 1e-6, "max": 1.0})
    parameters = columns(
        [{"lr": 10.0 ** (-k % 6), "x": k / 40} for k in range(40)],
        {"lr": body, "x": axis_of({"min": 0.0, "max": 1.0})},
    )
    # Both are even over their scale, so a sum of their places has equal halves.
    found = variance_shares(lambda p: p[:, 0] + p[:, 1], [parameters["lr"], parameters["x"]], [])
    assert found.main_effect == pytest.approx([0.5, 0.5], abs=0.02)


def test_categories_and_absence_have_variance_too():
    parameters = columns(
        [{"opt": "ab"[k % 2], **({"t": k / 40} if k % 2 else {})} for k in range(40)], None
    )
    found = variance_shares(
        lambda p: np.isnan(p[:, 1]) + 0.0 + p[:, 0], [parameters["opt"], parameters["t"]], []
    )
    assert found.main_effect == pytest.approx([0.5, 0.5], abs=0.03)


def test_a_constant_prediction_has_no_variance_to_share():
    assert variance_shares(lambda x: np.zeros(len(x)), space(2, 0.0, 1.0), [(0, 1)]) is None


def test_the_only_parameter_has_the_whole_variance():
    found = variance_shares(lambda x: np.sin(x[:, 0]), space(1, 0.0, 1.0), [])
    assert (found.main_effect.tolist(), found.total_effect.tolist(), found.pairs.tolist()) == (
        [1.0],
        [1.0],
        [],
    )
    assert variance_shares(lambda x: np.zeros(len(x)), space(1, 0.0, 1.0), []) is None
