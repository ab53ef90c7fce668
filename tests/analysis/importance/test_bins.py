import numpy as np
import pytest
from scipy.stats import t

from tests.analysis.importance.runs import cohort_of, columns
from wbtools.analysis.importance.bins import Ends, bins, parts
from wbtools.sweepfile.space import axis_of

LOG = axis_of({"distribution": "log_uniform_values", "min": 1e-3, "max": 1.0})


def of(configs, values, space=None, failed=None, **censoring):
    runs = cohort_of(values, configs=configs, **censoring)
    name = next(iter(configs[0]))
    parameter = columns(runs.configs, space)[name]
    broken = np.zeros(runs.n, dtype=bool) if failed is None else np.array(failed)
    ends = Ends(failed=broken, stopped=runs.censored, eligible=~broken)
    return bins(parameter, np.arange(runs.n), runs, ends)


def test_thirds_of_a_logarithmic_range_are_decades():
    lr = [0.002, 0.005, 0.02, 0.05, 0.2, 0.5, 0.9]
    low, mid, high = of([{"lr": x} for x in lr], [1.0, 2, 3, 4, 5, 6, 7], {"lr": LOG})
    assert [(part.low, part.high) for part in (low, mid, high)] == [
        pytest.approx(ends) for ends in ((0.001, 0.01), (0.01, 0.1), (0.1, 1.0))
    ]
    assert [part.n for part in (low, mid, high)] == [2, 2, 3]
    x = [5.0, 6.0, 7.0]
    interval = t.interval(0.95, 2, loc=6.0, scale=np.std(x, ddof=1) / 3**0.5)
    assert (high.mean.low, high.mean.high) == pytest.approx(interval)
    assert (high.mean.estimate, high.sd, high.median, high.best) == pytest.approx((6, 1, 6, 5))


def test_a_range_of_whole_numbers_names_them():
    space = {"layers": axis_of({"min": 1, "max": 12})}
    thirds = of([{"layers": k} for k in range(1, 13)], [float(k) for k in range(12)], space)
    assert [(part.low, part.high) for part in thirds] == [(1, 4), (5, 8), (9, 12)]
    assert [part.n for part in thirds] == [4, 4, 4]


def test_every_run_is_in_exactly_one_part():
    rng = np.random.default_rng(0)
    configs = [{"x": float(v)} if v > 0.1 else {"y": 1} for v in rng.uniform(-1, 2, 50)]
    parameter = columns(configs, {"x": axis_of({"min": 0.0, "max": 1.0})})["x"]
    inside = np.array([part.holds(parameter.places) for part in parts(parameter)])
    assert (inside.sum(axis=0) == 1).all()
    assert parts(parameter)[-1].absent


def test_a_value_apiece_and_what_is_unknown_of_it():
    main_effect, three = of([{"opt": "a"}] + [{"opt": "b"}] * 3, [1.0, 2.0, 3.0, 4.0])
    assert (
        main_effect.level,
        main_effect.n,
        main_effect.mean,
        main_effect.sd,
        main_effect.best,
    ) == ("a", 1, None, None, 1.0)
    assert (three.level, three.n, three.best) == ("b", 3, 2.0)


def test_stopped_runs_are_counted_and_widen():
    configs = [{"opt": "ab"[k % 2]} for k in range(8)]
    values = [float(k) for k in range(8)]
    cut = {
        "likely": [None] * 6 + [3.0, 4.0],
        "best": [None] * 6 + [-9.0, -np.inf],
        "least": [None] * 6 + [5.0, None],
    }
    plain, censored = of(configs, values), of(configs, values, **cut)
    assert [part.n_censored for part in censored] == [1, 1]
    assert [part.n_bounds for part in censored] == [0, 1]
    assert censored[1].mean == plain[1].mean  # a bound stands for itself, and is counted


def test_failures_are_of_all_runs():
    failed = [False, True, True, False]
    parts_of_opt = of([{"opt": "aabb"[k]} for k in range(4)], [1.0, 2.0, 3.0, 4.0], failed=failed)
    assert [(part.n_failed, part.failed.n) for part in parts_of_opt] == [(1, 2), (1, 2)]


def test_what_no_float_holds_is_unknown():
    with np.errstate(over="ignore", invalid="ignore"):
        part, _ = of([{"x": "aabb"[k]} for k in range(4)], [-1.7e308, 1.7e308, 0.0, 1.0])
    assert (part.n, part.mean, part.sd) == (2, None, None)
