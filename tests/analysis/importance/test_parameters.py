import numpy as np
import pytest

from tests.analysis.importance.runs import columns
from wbtools.analysis.importance.parameters import MOST_LEVELS, OTHERS, read_parameters
from wbtools.sweepfile.space import axis_of

N = 20
LOG = axis_of({"distribution": "log_uniform_values", "min": 1e-4, "max": 1.0})


def one(values, axis=None):
    space = None if axis is None else {"x": axis}
    return columns([{} if v is ... else {"x": v} for v in values], space)["x"]


def test_a_logarithmic_range_is_placed_on_logarithms():
    parameter = one([10 ** (-k / 10) for k in range(1, N)], LOG)
    assert parameter.places[9] == pytest.approx(0.75)
    assert parameter.value(parameter.places[9]) == 0.1
    assert (parameter.value(0.0), parameter.value(1.0)) == (1e-4, 1.0)


def test_what_a_run_does_not_have_is_nan():
    parameter = one([..., None, *(k / 7 for k in range(N))])
    assert np.isnan(parameter.places[:2]).all()
    assert parameter.n == N


def test_listed_numbers_keep_their_order():
    parameter = one([128, 32, 64] * 5)
    assert parameter.levels == (32, 64, 128)
    assert parameter.ordered
    assert parameter.level_places.tolist() == sorted(parameter.level_places.tolist())


def test_texts_lists_and_truth_values_are_categories():
    assert one(["b", "a"] * 5).levels == ("a", "b")
    assert one([[1, 2], [3]] * 5).levels == ([1, 2], [3])
    assert not one([True, False] * 5).ordered
    mixed = one(["auto", 0.1, "none"] * 5)
    assert not mixed.ordered
    assert len(mixed.levels) == 3


def test_one_equals_one_but_not_true_nor_text():
    parameter = one([1, 1.0, True, "1"] * 4)
    assert len(parameter.levels) == 3


def test_numbers_with_a_few_texts_are_numbers():
    parameter = one([*(k / 7 for k in range(N)), "auto"])
    assert parameter.ordered
    assert np.isnan(parameter.places[-1])


def test_values_beyond_a_logarithm_are_absent():
    parameter = one([0.0, -1.0, *(10.0**-k for k in range(1, 5))] * 3, LOG)
    assert parameter.n == 12


def test_rare_texts_are_taken_together():
    parameter = one([f"m{k // 3:03d}" for k in range(3 * (MOST_LEVELS + 6))])
    assert len(parameter.levels) == MOST_LEVELS + 1
    assert parameter.levels[-1] == OTHERS
    assert parameter.places.max() == MOST_LEVELS


def test_what_cannot_be_judged_is_said():
    configs = [{"c": 1, "path": f"/data/{k}", "flag": 1} if k else {"c": 1} for k in range(N)]
    read = read_parameters(configs, None, results=())
    assert read.constant == ("c",)
    assert {parameter.name: parameter.why for parameter in read.left_out} == {
        "flag": "runs have one value of it, or none",
        "path": "19 different values in 19 runs",
    }


def test_only_what_was_searched_counts_where_a_file_tells():
    configs = [{"x": k / 3, "seed": k, "w": -k, "n": 7} for k in range(N)]
    space = {
        "x": axis_of({"min": 0.0, "max": 7.0}),
        "w": axis_of({"distribution": "normal"}),
        "n": axis_of({"value": 7}),
    }
    read = read_parameters(configs, space, results=())
    assert [parameter.name for parameter in read.varied] == ["w", "x"]
    assert read.unsearched == ("seed",)
    chosen = read_parameters(configs, space, results=(), only=("s*",))
    assert [parameter.name for parameter in chosen.varied] == ["seed"]
    assert [
        parameter.name
        for parameter in read_parameters(configs, space, results=(), without=("w",)).varied
    ] == ["x"]


def test_draws_cover_the_range_and_are_absent_as_often():
    parameter = one([..., *(10 ** (-k / 10) for k in range(1, N))], LOG)
    drawn = parameter.drawn(np.linspace(0, 1, 1000, endpoint=False))
    assert np.isnan(drawn).mean() == pytest.approx(1 / N, abs=2e-3)
    assert np.nanmin(drawn) == pytest.approx(0, abs=0.002)
    assert np.nanmax(drawn) == pytest.approx(1, abs=0.002)
    listed = one(["a", "b", "c"] * 5).drawn(np.linspace(0, 1, 999, endpoint=False))
    assert np.bincount(listed.astype(int)).tolist() == [333, 333, 333]


@pytest.mark.parametrize(
    "value",
    [float("nan"), float("inf"), 10**400, {"a": [1]}, "\x1b[31m", "", b"x"],
    ids=["NaN", "infinity", "no float holds it", "a mapping", "an escape", "empty", "bytes"],
)
def test_no_value_breaks_it(value):
    parameters = columns([{"x": value if k % 2 else k / 9} for k in range(N)])
    assert all(len(parameter.places) == N for parameter in parameters.values())
