import math

import numpy as np
import pytest
from scipy.stats import kruskal, spearmanr

from tests.analysis.importance.runs import cohort_of, columns
from wbtools.analysis.importance.association import FEWEST, associate

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
        ([1.0, 2.0, 3.0], [{"x": k} for k in range(3)], "fewer than 8"),
        ([1.0] * 9, [{"x": k} for k in range(9)], "stand alike"),
        (
            [float(k) for k in range(12)],
            [{"x": "ab"[k % 2]} if k < 7 else {} for k in range(12)],
            f"7 of 12 runs have it and a value, and fewer than {FEWEST}",
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
