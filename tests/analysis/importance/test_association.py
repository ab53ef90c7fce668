import math

import numpy as np
import pytest
from scipy.stats import kruskal, spearmanr

from tests.analysis.importance.runs import cohort_of, columns
from wbtools.analysis.importance.association import FEWEST, Measure, associate

RNG = np.random.default_rng(1)
LR = [float(x) for x in 10 ** RNG.uniform(-4, -1, 30)]
LOSS = [float(abs(math.log10(x) + 1) + e) for x, e in zip(LR, RNG.normal(0, 0.3, 30), strict=True)]


def of(name, values, configs, **censoring):
    runs = cohort_of(values, configs=configs, **censoring)
    return associate(columns(runs.configs)[name], runs)


def test_without_censoring_it_is_spearmans():
    found = of("lr", LOSS, [{"lr": x} for x in LR])
    # A standing is better where the loss is lower, so the sign turns.
    assert found.strength.estimate == pytest.approx(-spearmanr(LR, LOSS).statistic)
    assert found.strength.n == 30
    assert found.strength.low < found.strength.estimate < found.strength.high


def test_the_interval_is_bonett_and_wrights():
    found = of("lr", LOSS, [{"lr": x} for x in LR]).strength
    rho = -spearmanr(LR, LOSS).statistic
    half = 1.959964 * math.sqrt((1 + rho**2 / 2) / 27)
    assert found.low == pytest.approx(math.tanh(math.atanh(rho) - half), abs=1e-6)
    assert found.high == pytest.approx(math.tanh(math.atanh(rho) + half), abs=1e-6)


def test_ties_are_spearmans_too():
    batch = [16 * 2 ** (k % 3) for k in range(30)]
    loss = [round(x, 1) for x in LOSS]
    found = of("batch", loss, [{"batch": b} for b in batch])
    assert found.strength.estimate == pytest.approx(-spearmanr(batch, loss).statistic)


def test_of_categories_it_is_kruskal_and_wallis():
    kinds = ["adam", "sgd", "lion"] * 10
    found = of("opt", LOSS, [{"opt": kind} for kind in kinds])
    groups = [[y for y, k in zip(LOSS, kinds, strict=True) if k == kind] for kind in set(kinds)]
    assert found.strength.estimate == pytest.approx(math.sqrt(kruskal(*groups).statistic / 29))
    assert 0 <= found.strength.low <= found.strength.estimate <= found.strength.high <= 1


def test_groups_that_do_not_overlap_and_groups_that_are_alike():
    apart = [{"opt": "a" if k < 15 else "b"} for k in range(30)]
    far = of("opt", [float(k) for k in range(30)], apart).strength
    assert far.low > 0.5
    mixed = [{"opt": "abc"[k % 3]} for k in range(30)]
    near = of("opt", [float(k) for k in range(30)], mixed).strength
    assert near.low == 0


def test_intervals_hold_the_truth_as_often_as_they_say():
    rng = np.random.default_rng(0)
    held = 0
    for _ in range(300):
        x, e = rng.normal(size=(2, 40))
        y = -(0.5 * x + math.sqrt(0.75) * e)
        configs = [{"x": float(value)} for value in x]
        found = of("x", [float(value) for value in y], configs).strength
        held += found.low <= 6 / math.pi * math.asin(0.25) <= found.high  # Spearman's of r = .5
    assert 0.92 <= held / 300 <= 0.98


PROJECTED = {"best": 0, "likely": 1, "least": 2}


def test_a_stopped_run_is_not_its_best_so_far():
    """Slow starters are stopped early: at face value a high rate looks best."""
    lr = [float(k) for k in range(20)]
    final = [20.0 - k for k in range(20)]  # more is better
    so_far = [f + (30.0 if k >= 10 else 0.0) for k, f in enumerate(final)]
    configs = [{"lr": x} for x in lr]
    face = of("lr", so_far, configs).strength
    cut = [None if k < 10 else f - 1 for k, f in enumerate(final)]
    more = {name: [None if c is None else c + k for c in cut] for name, k in PROJECTED.items()}
    censored = of("lr", so_far, configs, **more)
    assert face.estimate < 0
    assert censored.strength.estimate > 0.7
    assert censored.n_censored == 10
    bounds = [None if k < 10 else -math.inf for k in range(20)]
    unknown = of("lr", so_far, configs, best=bounds).strength
    assert face.estimate < unknown.estimate < censored.strength.estimate


OPT = [{"opt": "ab"[k % 2]} for k in range(30)]


@pytest.mark.parametrize("name", ["lr", "opt"])
def test_a_bound_holds_whatever_stopped_runs_became(name):
    rng = np.random.default_rng(3)
    configs = [{"lr": x} | c for x, c in zip(LR, OPT, strict=True)]
    stopped = [k % 4 == 0 for k in range(30)]
    so_far = [y + 2 * s for y, s in zip(LOSS, stopped, strict=True)]
    found = of(name, so_far, configs, best=[-math.inf if s else None for s in stopped])
    assert found.n_bounds == sum(stopped)
    low, high = found.bounds
    assert found.strength.low <= low < high <= found.strength.high
    for _ in range(200):
        gains = rng.exponential(2, 30) * rng.choice([0.1, 1, 10])
        became = [y - g * s for y, g, s in zip(so_far, gains, stopped, strict=True)]
        assert low <= of(name, became, configs).strength.estimate <= high


def test_it_is_sure_only_if_it_is_whatever_stopped_runs_became():
    lr = [{"lr": float(k)} for k in range(40)]
    final = [float(k) for k in range(40)]
    # One stopped run changes nothing; of the ten that did best so far nobody knows.
    for stopped, sure in (([39], True), (range(30, 40), False)):
        best = [-math.inf if k in stopped else None for k in range(40)]
        assert (of("lr", final, lr, best=best).p < 0.05) == sure


def test_what_only_survivors_show_is_not_sure():
    """All runs of one branch were stopped at once; nobody knows whether it tells there too."""
    configs = [{"f1": "ab"[k >= 15], "f2": "xy"[k % 2]} for k in range(30)]
    values = [9.0] * 15 + [1.0 + k % 2 for k in range(15, 30)]
    bounds = [-math.inf] * 15 + [None] * 15
    found = of("f2", values, configs, best=bounds)
    assert found.p == 1
    first = of("f1", values, configs, best=bounds)
    assert first.bounds[1] > 0.9
    assert first.strength.high >= first.bounds[1]


@pytest.mark.parametrize(
    ("values", "configs", "words"),
    [
        ([1.0, 2.0, 3.0], [{"x": k} for k in range(3)], "a correlation needs 8"),
        ([1.0] * 9, [{"x": k} for k in range(9)], "have the same value"),
        (
            [float(k) for k in range(12)],
            [{"x": "ab"[k % 2]} if k < 7 else {} for k in range(12)],
            f"7 of 12 runs have it and a value, and a correlation needs {FEWEST}",
        ),
    ],
    ids=["few runs", "no difference", "a parameter that few runs have"],
)
def test_it_abstains_with_a_reason(values, configs, words):
    runs = cohort_of(values, configs=configs)
    found = associate(columns(runs.configs)["x"], runs)
    assert found.strength is None
    assert words in found.abstained_because


@pytest.mark.parametrize("n", [200, 500, 2000])
def test_intervals_of_categories_are_found_at_any_size(n):
    for seed in range(12):
        dice = np.random.default_rng(seed)
        kinds = dice.choice(["a", "b"], n)
        loss = (dice.normal(size=n) + (kinds == "a")).tolist()
        found = of("opt", loss, [{"opt": str(kind)} for kind in kinds]).strength
        assert 0.2 < found.low < found.estimate < found.high < 0.7


def peak(n, seed=0):
    """A best value in the middle of a range, as learning rates have it."""
    dice = np.random.default_rng(seed)
    rates = dice.uniform(-4, -1, n)
    loss = (rates + 2.5) ** 2 + dice.normal(0, 0.1, n)
    return loss.tolist(), [{"lr": float(10**rate)} for rate in rates]


@pytest.mark.parametrize("n", [20, 24, 40, 100])
def test_a_best_value_in_the_middle_of_a_range_matters(n):
    found = of("lr", *peak(n))
    assert found.measure is Measure.CORRELATION_RATIO
    assert found.p < 0.01
    assert found.strength.low > 0.3


@pytest.mark.parametrize("rates", [[0.001, 0.01, 0.1], [1, 2, 3, 4], [8, 16, 32, 64, 128]], ids=len)
def test_a_best_one_among_few_values_matters(rates):
    dice = np.random.default_rng(0)
    middle = len(rates) // 2
    tries = [k for k in range(len(rates)) for _ in range(5)]
    loss = [abs(k - middle) + float(dice.normal(0, 0.1)) for k in tries]
    found = of("lr", loss, [{"lr": rates[k]} for k in tries])
    assert found.measure is Measure.CORRELATION_RATIO
    assert found.p < 0.01
    groups = [[y for y, k in zip(loss, tries, strict=True) if k == level] for level in set(tries)]
    statistic = kruskal(*groups).statistic
    assert found.strength.estimate == pytest.approx(math.sqrt(statistic / (len(tries) - 1)))


def test_what_rises_keeps_its_sign_and_is_not_lost():
    for seed in range(20):
        dice = np.random.default_rng(seed)
        x = dice.uniform(size=60)
        loss = (-x + dice.normal(0, 0.2, 60)).tolist()
        found = of("x", loss, [{"x": float(value)} for value in x])
        assert found.measure is Measure.RANK_CORRELATION
        assert found.strength.estimate > 0.5
        assert found.p < 0.001


def test_two_values_are_tried_once():
    configs = [{"x": 1 + k % 2} for k in range(30)]
    found = of("x", LOSS, configs)
    rho = found.strength.estimate
    error = math.sqrt((1 + rho**2 / 2) / 27)
    assert found.measure is Measure.RANK_CORRELATION
    assert found.p == pytest.approx(math.erfc(math.atanh(abs(rho)) / error / math.sqrt(2)))


@pytest.mark.parametrize("n", [12, 20, 40, 100])
@pytest.mark.parametrize("listed", [False, True], ids=["a range", "three values"])
def test_noise_is_sure_no_more_often_than_the_level_says(n, listed):
    dice = np.random.default_rng(n)
    n_sure = 0
    for _ in range(200):
        x = dice.integers(3, size=n) if listed else dice.uniform(size=n)
        configs = [{"x": value} for value in x.tolist()]
        n_sure += of("x", dice.normal(size=n).tolist(), configs).p < 0.05
    assert n_sure <= 18  # 10 expected; more than 18 are a 1 in 200 event


def test_a_peak_among_stopped_runs_is_sure_only_if_it_is_whatever_they_became():
    loss, configs = peak(60)
    in_order = np.argsort(loss)
    for stopped, sure in ((in_order[:1], True), (in_order[30:], False)):
        best = [-math.inf if k in stopped else None for k in range(60)]
        found = of("lr", loss, configs, best=best)
        assert found.n_bounds == len(stopped)
        assert (found.p < 0.05) == sure


@pytest.mark.parametrize("name", ["lr", "opt"])
def test_what_projections_leave_open_counts_in_p(name):
    """The same runs, projected to the same values, by projections that know more or less."""
    configs = [{"lr": float(k), "opt": "abc"[k // 10]} for k in range(30)]
    likely = [(k // 10) * 0.4 + (k * 7 % 10) / 10 for k in range(30)]
    so_far = [9.0] * 30
    p = []
    for width in (0.01, 2.0):
        best, least = [y - width for y in likely], [y + width for y in likely]
        p.append(of(name, so_far, configs, likely=likely, best=best, least=least).p)
    assert p[0] < 0.05 < p[1]
