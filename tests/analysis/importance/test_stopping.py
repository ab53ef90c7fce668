"""Which runs were stopped, as an outcome of its own."""

import numpy as np
import pytest
from scipy.stats import contingency, fisher_exact

from tests.analysis.importance.runs import columns
from wbtools.analysis.importance.bins import Ends
from wbtools.analysis.importance.stopping import associate_stopping


def of(configs, stopped):
    stopped = np.array(stopped)
    none = np.zeros(len(stopped), dtype=bool)
    ends = Ends(failed=none, stopped=stopped, eligible=~none)
    return associate_stopping(list(columns(configs).values()), ends)


def test_it_is_cramers_v_and_its_chance_is_fishers():
    configs = [{"opt": "ab"[k % 2]} for k in range(24)]
    stopped = [k in {0, 2, 4, 6, 8, 10, 1, 3} for k in range(24)]
    found = of(configs, stopped).by_parameter["opt"]
    table = np.array([[6, 6], [2, 10]])
    v = contingency.association(table, method="cramer")
    assert found.strength == pytest.approx(v)
    assert found.p == pytest.approx(fisher_exact(table).pvalue, abs=0.015)
    assert (found.n, found.n_stopped) == (24, 8)


def test_a_rule_that_stops_both_ends_of_a_range_is_seen():
    configs = [{"lr": k / 40, "x": k * 7 % 40 / 40} for k in range(40)]
    found = of(configs, [abs(k - 20) > 8 for k in range(40)])
    assert found.surely == ["lr"]


def test_a_value_that_one_run_has_proves_nothing():
    configs = [{"opt": "abcdefgh"[min(k // 3, 7)] if k else "z"} for k in range(24)]
    found = of(configs, [k == 0 for k in range(24)]).by_parameter["opt"]
    assert found.strength == pytest.approx(1)
    assert found.p == pytest.approx(1 / 24, abs=0.01)


@pytest.mark.parametrize(
    ("n", "stopped", "words"),
    [
        (6, [True] * 3 + [False] * 3, "8 are needed"),
        (12, [True] * 12, "all of 12 runs were stopped"),
        (12, [False] * 12, "none of 12 runs were stopped"),
    ],
    ids=["few runs", "all stopped", "none stopped"],
)
def test_it_abstains_with_a_reason(n, stopped, words):
    found = of([{"opt": "ab"[k % 2]} for k in range(n)], stopped).by_parameter["opt"]
    assert (found.strength, found.p, found.stands) == (None, None, False)
    assert words in found.abstained_because


@pytest.mark.parametrize("n_tables", [50, pytest.param(200, marks=pytest.mark.slow)])
def test_chance_alone_is_seldom_sure(n_tables):
    rng = np.random.default_rng(0)
    n_sure = 0
    for _ in range(n_tables):
        configs = [
            {"lr": float(x), "opt": "abc"[o]}
            for x, o in zip(rng.uniform(size=30), rng.integers(3, size=30), strict=True)
        ]
        n_sure += bool(of(configs, rng.random(30) < 0.4).surely)
    assert n_sure / n_tables <= 0.08
