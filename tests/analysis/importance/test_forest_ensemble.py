"""Forests: what they find where there is something, and that they say so where there is not."""

from itertools import combinations

import numpy as np
import pytest

from tests.analysis.importance.runs import cohort_of, columns
from wbtools.analysis.importance import forest, forest_ensemble
from wbtools.analysis.importance.association import associate
from wbtools.analysis.importance.forest import configurations, encoded, splits
from wbtools.sweepfile.space import axis_of

UNIT = axis_of({"min": 0.0, "max": 1.0})
SPACE = {"x": UNIT, "y": UNIT, "z": UNIT, "opt": axis_of({"values": ["a", "b"]})}


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setattr(forest, "N_FORESTS", 6)
    monkeypatch.setattr(forest, "N_TREES", 24)


def sweep(n, loss):
    rng = np.random.default_rng(0)
    configs = [
        {"x": float(x), "y": float(y), "z": float(z), "opt": "ab"[k % 2]}
        for k, (x, y, z) in enumerate(rng.uniform(size=(n, 3)))
    ]
    return [float(loss(config, rng)) for config in configs], configs


def asked(values, configs, space=SPACE, **censoring):
    runs = cohort_of(values, configs=configs, **censoring)
    parameters = list(columns(runs.configs, space).values())
    return forest_ensemble.forest_ensemble(
        parameters, runs, [associate(parameter, runs) for parameter in parameters]
    )


@pytest.fixture(scope="module")
def additive():
    patch = pytest.MonkeyPatch()
    patch.setattr(forest, "N_FORESTS", 8)
    runs = sweep(
        200, lambda config, _: 4 * abs(config["x"] - 0.5) + config["y"] + (config["opt"] == "a")
    )
    yield asked(*runs)
    patch.undo()


def test_forests_find_a_peak_that_no_rank_correlation_sees(additive):
    assert additive.skill.predicts
    assert additive.skill.explained.estimate > 0.7
    lost = additive.permutation
    assert lost["x"].low > 0
    assert lost["x"].estimate > lost["opt"].estimate > lost["z"].estimate
    assert lost["z"].low <= 0.02


def test_shares_are_near_those_of_the_function(additive):
    # Of the function's standings, by `variance_shares` of a large sample: .49, .38 and .11.
    found = additive.main_effect
    assert found["x"].estimate == pytest.approx(0.49, abs=0.1)
    assert found["opt"].estimate == pytest.approx(0.38, abs=0.1)
    assert found["y"].estimate == pytest.approx(0.11, abs=0.1)
    assert all(estimate.low <= estimate.estimate <= estimate.high for estimate in found.values())


def test_marginal_curves_have_their_height_and_interval(additive):
    curve = additive.marginal["x"]
    best = max(curve, key=lambda point: point.standing.estimate)
    assert best.value == pytest.approx(0.5)
    assert curve[0].standing.high < best.standing.low
    assert curve[0].typical > best.typical  # the loss
    assert [point.level for point in additive.marginal["opt"]] == ["a", "b"]


def test_what_two_do_only_together_is_an_interaction():
    runs = sweep(200, lambda config, _: (config["opt"] == "a") != (config["x"] > 0.5))
    found = asked(*runs)
    strongest = found.interactions[0]
    assert set(strongest.names) == {"opt", "x"}
    assert strongest.share.low > 0.3
    assert found.main_effect["x"].estimate < 0.2


def test_noise_predicts_nothing_and_says_so():
    found = asked(*sweep(60, lambda _, rng: rng.normal()))
    assert not found.skill.predicts


def test_nothing_is_grown_on_too_little():
    values, configs = sweep(60, lambda config, _: config["x"])
    assert "a forest needs 20" in asked(values[:19], configs[:19]).abstained_because
    assert asked([1.0] * 60, configs).abstained_because == "all runs have the same value"
    cut = [None] * 20 + [-np.inf] * 40
    assert "cannot be projected" in asked(values, configs, best=cut).abstained_because
    same = [{**configs[k % 4], "seed": k} for k in range(60)]
    assert "different configurations" in asked(values, same).abstained_because


def test_repeats_of_a_configuration_stay_on_one_side():
    configs = [
        {"x": k // 3 / 7, "seed": k} | ({"t_max": k // 3 / 9} if k % 2 else {}) for k in range(60)
    ]
    configs = [config | configs[k // 3 * 3] | {"seed": k} for k, config in enumerate(configs)]
    groups = configurations(list(columns(configs).values()))
    alike = [{key: v for key, v in config.items() if key != "seed"} for config in configs]
    for i, j in combinations(range(60), 2):
        assert (groups[i] == groups[j]) == (alike[i] == alike[j])
    for train, test in splits(groups):
        assert not set(groups[train]) & set(groups[test])


def test_of_very_many_runs_each_forest_takes_some(monkeypatch):
    monkeypatch.setattr(forest, "MOST_TRAINED", 50)
    pairs = splits(np.arange(200))
    assert {len(train) for train, _ in pairs} == {50}
    assert len({tuple(train) for train, _ in pairs}) == len(pairs)


def test_trees_see_a_column_a_category_and_nan_for_absent():
    parameters = columns([{"opt": "abc"[k % 3], "x": k / 9} for k in range(9)] + [{"x": 0.5}])
    matrix = encoded(
        list(parameters.values()),
        np.column_stack([parameter.places for parameter in parameters.values()]),
    )
    assert matrix.shape == (10, 4)
    assert matrix[:3, :3].tolist() == np.eye(3).tolist()
    assert np.isnan(matrix[9, :3]).all()
