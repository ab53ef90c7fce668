"""One test for `the best runs lie at a bound`: silent on noise, and the same in every command."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import fisher_exact, spearmanr

from tests.analysis.health.charts import examined
from tests.analysis.importance.runs import audited
from tests.analysis.sweeps import CUT_OFF, FINISHED
from wbtools.analysis.boundary_optimum import boundary_optima
from wbtools.analysis.importance import assess
from wbtools.model import Goal
from wbtools.sweepfile.space import Choice, Constant, Range, axis_of

UNIT = axis_of({"min": 0.0, "max": 1.0})
RNG = np.random.default_rng(3)
X = RNG.uniform(0, 1, 60)
SIX = {f"x{k}": UNIT for k in range(6)}


def found(x, loss, axis=UNIT):
    return boundary_optima({"x": axis}, [{"x": value} for value in x], np.asarray(loss, float))


def test_the_best_runs_gather_at_a_bound():
    loss = np.where(X >= 0.9, 0.0, 1.0) + RNG.uniform(0, 0.1, 60)  # no trend but this step
    (optimum,) = found(X, loss)
    n_there = int((X >= 0.9).sum())
    assert (optimum.upper, optimum.known, optimum.value, optimum.n_top) == (True, True, 1.0, 15)
    assert (optimum.n_there, optimum.n_top_there) == (n_there, n_there)
    table = [[n_there, 0], [15 - n_there, 45]]
    gathered = fisher_exact(table, alternative="greater").pvalue
    near = X >= 0.5
    rising = spearmanr(1 - X[near], loss[near], alternative="greater").pvalue
    assert optimum.p_adjusted == pytest.approx(2 * 2 * min(gathered, rising))  # tests, ends
    assert optimum.top.estimate == n_there / 15


def test_of_runs_that_moved_to_the_bound_the_trend_tells():
    x = np.concatenate([np.linspace(0.05, 0.85, 8), np.linspace(0.92, 1.0, 8)])
    (optimum,) = found(x, 1 - x)
    assert (optimum.n_top_there, optimum.n_top, optimum.n_there) == (4, 4, 8)
    assert fisher_exact([[4, 0], [4, 8]], alternative="greater").pvalue > 0.02
    assert optimum.p_adjusted < 1e-6
    flat = np.where(x < 0.9, 1 - x, 0.05 + 0.01 * np.cos(np.arange(16)))
    assert found(x[4:], flat[4:]) == ()


def test_it_counts_on_the_parameter_s_own_scale():
    axis = axis_of({"distribution": "log_uniform_values", "min": 1e-4, "max": 1.0})
    (optimum,) = found(10 ** (-4 * X), X, axis)
    assert (optimum.upper, optimum.value) == (True, 1.0)


SILENT = {
    "an optimum inside": (X, np.abs(X - 0.5), UNIT),
    "many share the best place": (np.sort(X), [0.0] * 40 + [1.0] * 20, UNIT),
    "too few runs for a best quarter": (X[:13], 1 - X[:13], UNIT),
    "all runs lie there, none better for being nearer": (0.95 + X / 20, np.sin(40 * X), UNIT),
    "two listed numbers": (np.round(X), 1 - X, Choice(values=(0, 1))),
    "texts": (["a", "b", "c"] * 20, 1 - X, Choice(values=("a", "b", "c"))),
    "nothing is known of its scale": (X, 1 - X, Constant(body={"distribution": "normal"})),
    "no run has a number": (["auto"] * 60, 1 - X, UNIT),
}  # fmt: skip


@pytest.mark.parametrize(("x", "loss", "axis"), SILENT.values(), ids=SILENT.keys())
def test_no_claim_without_evidence(x, loss, axis):
    assert found(x, loss, axis) == ()


def test_the_best_run_itself_has_to_lie_there():
    loss = np.where(X[np.argmin(np.abs(X - 0.5))] == X, -1.0, 1 - X)
    assert found(X, loss) == ()


def test_a_seed_has_no_bound():
    axis = Choice(values=tuple(range(4)))
    seeds = np.arange(60) % 4
    space = {"seed": axis, "x": axis}
    configs = [{"seed": seed, "x": seed} for seed in seeds.tolist()]
    (optimum,) = boundary_optima(space, configs, -seeds + X / 10)
    assert optimum.name == "x"


def test_the_last_of_listed_values_is_an_end():
    batch = [16 * 2 ** (k % 4) for k in range(60)]
    loss = [-b + 0.1 * k for k, b in enumerate(batch)]
    (optimum,) = found(batch, loss, Choice(values=(16, 32, 64, 128)))
    assert (optimum.value, optimum.upper) == (128, True)
    assert (optimum.n_top_there, optimum.n_there) == (15, 15)


def tables(n_runs, loss, n_tables, seed=0, draw=None):
    """How many of random tables of six parameters have a claim, and how many one about x0's end."""
    rng = np.random.default_rng(seed)
    n_any = n_true = 0
    for _ in range(n_tables):
        x = draw(rng, n_runs, loss) if draw else rng.uniform(size=(n_runs, 6))
        x, y = x if draw else (x, loss(rng, x))
        configs = [dict(zip(SIX, row, strict=True)) for row in x.tolist()]
        claims = {(claim.name, claim.upper) for claim in boundary_optima(SIX, configs, y)}
        n_any += bool(claims)
        n_true += ("x0", True) in claims
    return n_any / n_tables, n_true / n_tables


def noise(rng, x):
    return rng.normal(size=len(x))


def rising(rng, x):
    """The optimum lies beyond the upper end of x0; other parameters matter too."""
    others = ((x[:, 1:] - [0.5, 0.3, 0.6, 0.4, 0.5]) ** 2).sum(axis=1)
    return (x[:, 0] - 1.3) ** 2 + 0.3 * others + rng.normal(0, 0.05, len(x))


def moved(rng, n_runs, loss):
    """A search that draws near to the best runs so far, as bayes does."""
    x = rng.uniform(size=(n_runs, 6))
    y = np.full(n_runs, np.inf)
    for k in range(n_runs):
        if k >= 10 and rng.random() < 0.9:
            near = x[rng.choice(np.argsort(y[:k])[: max(3, k // 5)])]
            x[k] = np.clip(near + rng.normal(0, 0.15, 6), 0, 1)
        y[k] = loss(rng, x[k : k + 1])[0]
    return x, y


@pytest.mark.parametrize("n_runs", [30, 60, 100])
def test_of_tables_of_pure_noise_one_in_twenty_at_most_has_a_claim(n_runs):
    assert tables(n_runs, noise, 150)[0] <= 0.05


@pytest.mark.parametrize(("n_runs", "least"), [(30, 0.5), (60, 0.75), (100, 0.85)])
def test_an_optimum_beyond_the_bound_is_mostly_found(n_runs, least):
    assert tables(n_runs, rising, 80)[1] >= least


def test_a_search_that_moved_to_the_bound_does_not_hide_it():
    assert tables(60, rising, 60, draw=moved)[1] >= 0.9


AXES = {
    "a": UNIT,
    "b": Range(low=1e-4, high=1e-1, kind="log_uniform_values"),
    "c": Choice(values=(1, 2, 4)),
    "d": Choice(values=("relu", "gelu")),
}


@st.composite
def recorded(draw):
    """Values, configurations and ends: some are missing, tie, lie beyond a bound, were stopped."""
    n = draw(st.integers(2, 40))
    dice = np.random.default_rng(draw(st.integers(0, 2**31)))
    pull = draw(st.sampled_from([0.0, 0.3, 1.0]))
    a = dice.uniform(-0.05, 1.05, n)
    values = (pull * a + (1 - pull) * dice.normal(size=n)).round(draw(st.integers(1, 4)))
    configs = [
        {
            "a": x,
            "b": 10 ** dice.uniform(-4, -1),
            "c": int(dice.choice([1, 2, 4])),
            "d": str(dice.choice(["relu", "gelu"])),
        }
        for x in a.tolist()
    ]
    if draw(st.booleans()):
        del configs[0]["a"]
    silent = set(draw(st.lists(st.integers(0, n - 1), max_size=3)))
    facts = [CUT_OFF if dice.random() < 0.3 else FINISHED for _ in range(n)]
    return [None if k in silent else v for k, v in enumerate(values.tolist())], configs, facts


def claims(values, configs, goal, facts):
    """What the doctor says, and what importance says."""
    curves = [[np.nan, np.nan] if value is None else [value, value] for value in values]
    known = [{"config": config} | fact for config, fact in zip(configs, facts, strict=True)]
    examination = examined(*curves, ask={"goal": goal}, facts=known, known={"space": AXES})
    doctor = {
        (finding.subject, finding.title.split(" runs lie ")[0], finding.evidence["p_adjusted"])
        for finding in examination.findings
        if finding.code == "WBD214"
    }
    with pytest.MonkeyPatch.context() as patched:  # edges ask no forest
        ensemble = "wbtools.analysis.importance.forest_ensemble"
        patched.setattr(f"{ensemble}.is_installed", lambda _: False)
        importance = assess(audited(values, configs, goal=goal, facts=facts), AXES)
    return doctor, {
        (edge.name, f"{edge.n_top_there} of the best {edge.n_top}", edge.p_adjusted)
        for edge in importance.edges
    }


@settings(max_examples=12, deadline=None)
@given(recorded(), st.sampled_from(Goal))
def test_the_doctor_and_importance_claim_the_same(table, goal):
    values, configs, facts = table
    if any(value is not None for value in values):
        doctor, importance = claims(values, configs, goal, facts)
        assert doctor == importance


@pytest.mark.parametrize("goal", Goal)
def test_both_claim_what_is_plain(goal):
    configs = [{"a": x} for x in X.tolist()]
    doctor, importance = claims((goal.sign * (1 - X)).tolist(), configs, goal, [FINISHED] * 60)
    assert doctor == importance
    assert [name for name, *_ in doctor] == ["a"]
