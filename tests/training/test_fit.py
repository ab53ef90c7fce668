"""From replayed sweeps to the model's file: the same again, and nothing of what was left out."""

import json
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.training import fit, network, simulate, trees
from tests.training.banks import Bank
from tests.training.folds import FOLDS, PRIOR, TASKSET, family
from tests.training.priors import KINDS
from tests.training.simulate import Job, Rows
from wbtools.analysis.projection.weights import (
    BLENDED,
    LEVELS,
    FeedForwardNetwork,
    Trees,
    squeezed,
    unpacked,
)

TASKS = (
    *("cartpole_pg", "s187_a", "digits_mlp", "s46_a", "parity_mlp", "s60_a", "imdb_a", "s128_a"),
    "prior smooth 1",
)
BUDGET, SWEEPS = 12, 5


def bank(task: str, place: int) -> Bank:
    rng = np.random.default_rng(place)
    curves = 2 + rng.random((40, 1)) + np.arange(1, BUDGET + 1) ** -rng.uniform(0.2, 1, (40, 1))
    return Bank(
        task=task,
        curves=curves + 0.02 * rng.standard_normal(curves.shape),
        train_loss=np.full_like(curves, np.nan),
        report_s=np.ones(40),
        configs=[{"lr": float(x)} for x in rng.uniform(0, 1, 40)],
    )


JOBS = [Job(bank(task, place), SWEEPS - 1, 1) for place, task in enumerate(TASKS)]


@pytest.fixture(scope="module")
def rows() -> Rows:
    parts = [part for place, job in enumerate(JOBS) for part in simulate.replayed(place, job)]
    return simulate.joined(parts)


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """Models that are fitted in no time."""
    monkeypatch.setattr(network, "EPOCHS", 2)
    monkeypatch.setattr(network, "HIDDEN", (8, 4))
    monkeypatch.setattr(network, "_BATCH", 64)
    few = {**trees.SETTINGS, "n_estimators": 3, "min_child_samples": 10}
    monkeypatch.setattr(trees, "SETTINGS", few)


def kept(rows: Rows, folder):
    path = folder / "rows.npz"
    np.savez_compressed(path, **{name: getattr(rows, name) for name in Rows.__slots__})
    return path


def forged(rows: Rows, folds: tuple[int, ...]) -> Rows:
    """The same rows with nonsense in some folds."""
    hidden = np.isin(rows.fold, folds)
    names = ("features", "gain", "gap", "traits", "is_gem", "weight")
    nonsense = {name: getattr(rows, name).copy() for name in names}
    for values in nonsense.values():
        values[hidden] = values[hidden][::-1] + 1
    return replace(rows, **nonsense)


def same(one, other) -> bool:
    return one.keys() == other.keys() and all(
        np.array_equal(one[name], other[name], equal_nan=one[name].dtype.kind == "f")
        for name in one
    )


def test_rows_are_of_stopped_runs_in_units_and_the_same_when_drawn_again(rows, tmp_path):
    assert set(rows.task) == set(TASKS)
    assert set(rows.fold) == {-1, *range(len(FOLDS))}
    assert rows.features.shape == (len(rows.gain), len(rows.names))
    assert (rows.gain >= 0).all()
    assert rows.is_gem.tolist() == (rows.gain > rows.gap).tolist()
    assert 0 < rows.is_gem.mean() < 0.5
    sweeps = [rows.only(rows.sweep == number) for number in np.unique(rows.sweep)]
    assert all((sweep.weight * sweep.gain).mean() == pytest.approx(1) for sweep in sweeps)
    assert {bool(sweep.is_plain.all()) for sweep in sweeps} == {True, False}
    again = simulate.joined(simulate.replayed(3, JOBS[3]))
    mine = rows.only(rows.task == TASKS[3])
    assert again.features.tobytes() == mine.features.tobytes()
    read = simulate.read(kept(rows, tmp_path))
    assert all(
        np.array_equal(getattr(read, name), getattr(rows, name), equal_nan=name == "features")
        for name in Rows.__slots__
    )


def test_a_project_with_many_banks_is_replayed_no_more_often_than_one_with_few(monkeypatch):
    names = [*(f"s106_g{k}_acc_1" for k in range(30)), "s46_a", "s46_b"]
    found = {"curves_dev": ["parity_mlp"], "taskset": ["imdb_a"], "curves_wild": names}
    for reader, tasks in found.items():
        banks = [bank(task, 0) for task in tasks]
        monkeypatch.setattr(simulate, reader, lambda *_, banks=banks, **__: banks)
    monkeypatch.setattr(simulate, "N_PRIORS", 4)
    jobs = simulate.jobs(Path("dev"), Path("taskset"), Path("wild"))
    n_sweeps = Counter()
    for job in jobs:
        n_sweeps[family(job.bank.task)] += job.n_plain + job.n_varied
    assert n_sweeps["parity_mlp"] == simulate.N_PLAIN + simulate.N_VARIED
    assert n_sweeps["s46"] == 2 * n_sweeps["parity_mlp"]
    assert n_sweeps["s106"] == pytest.approx(3 * n_sweeps["parity_mlp"], rel=0.05)
    assert n_sweeps[TASKSET] < n_sweeps["parity_mlp"]
    assert n_sweeps[PRIOR] == 6 * len(KINDS)
    assert [job.bank.task for job in jobs][:4] == ["parity_mlp", "imdb_a", "imdb_a", names[0]]


def test_a_sweep_that_says_nothing_makes_no_rows():
    rng = np.random.default_rng(0)
    flat = bank("s46_a", 0)
    flat.curves[:] = 1.0
    assert simulate.simulate(flat, rng, 0, is_plain=True) is None
    assert simulate.replayed(0, Job(flat, 2, 1)) == []


def test_a_member_never_sees_the_folds_that_are_left_out(rows):
    pytest.importorskip("lightgbm")
    left_out = (3, 5)
    member = fit.fit_member(rows, left_out)
    assert same(member, fit.fit_member(rows, left_out))
    assert same(member, fit.fit_member(forged(rows, left_out), left_out))
    assert not same(member, fit.fit_member(forged(rows, left_out), (3,)))


def test_trees_that_are_blind_to_the_kind_never_ask_for_it(rows):
    pytest.importorskip("lightgbm")
    noise = rows.features[:, rows.names.tolist().index("noise_of_sweep")]
    member = fit.fit_member(replace(rows, is_gem=noise > np.median(noise)), (0,))
    of_kind = np.flatnonzero(np.isin(rows.names, network.OF_KIND))
    assert len(of_kind) == len(network.OF_KIND)
    asks = {name: np.isin(member[f"{name}.feature"], of_kind) for name in ("trees", "run_trees")}
    assert asks["trees"].any()
    assert not asks["run_trees"].any()


def test_a_member_that_was_kept_is_not_fitted_again(rows, tmp_path, monkeypatch, capsys):
    pytest.importorskip("lightgbm")
    rows_at = kept(rows, tmp_path)
    fit.keep_member(rows_at, tmp_path, (1,))
    path = tmp_path / "member-1.npz"
    assert capsys.readouterr().out == "member-1.npz\n"
    before = path.stat().st_mtime_ns
    monkeypatch.setattr(fit, "fit_member", lambda *_: pytest.fail("fitted again"))
    fit.keep_member(rows_at, tmp_path, (1,))
    assert path.stat().st_mtime_ns == before
    assert not list(tmp_path.glob("*.part.npz"))


def test_members_of_other_rows_are_not_joined(rows, tmp_path):
    rows_at = kept(rows, tmp_path)
    fit.claim(tmp_path / "work", rows_at)
    fit.claim(tmp_path / "work", rows_at)
    other = kept(rows.only(rows.sweep != rows.sweep[0]), tmp_path)
    with pytest.raises(SystemExit, match="other rows or settings"):
        fit.claim(tmp_path / "work", other)


def test_a_model_for_validation_knows_nothing_of_its_fold(rows, tmp_path):
    pytest.importorskip("lightgbm")
    rows_at, without = kept(rows, tmp_path), 2
    others = [fold for fold in range(len(FOLDS)) if fold != without]
    for fold in others:
        fit.keep_member(rows_at, tmp_path, (fold, without))
    model = fit.joined(rows, tmp_path, without)
    assert len(unpacked(model).members) == len(others)
    assert same(model, fit.joined(forged(rows, (without,)), tmp_path, without))
    other = fit.joined(forged(rows, (0,)), tmp_path, without)
    assert all((other[name] != model[name]).any() for name in ("blend", "widening", "support.high"))


def test_the_shipped_model_is_put_together_and_says_how_it_was_made(rows, tmp_path, monkeypatch):
    pytest.importorskip("lightgbm")
    shipped = tmp_path / "projection.npz"
    monkeypatch.setattr(fit, "SHIPPED", shipped)
    rows_at = kept(rows, tmp_path)
    for fold in range(len(FOLDS)):
        fit.keep_member(rows_at, tmp_path, (fold,))
    words = ["fit", "--rows", str(rows_at), "--work", str(tmp_path), "--processes", "1"]
    monkeypatch.setattr(sys, "argv", words)
    fit.main()
    with np.load(shipped) as arrays:
        weights = unpacked(dict(arrays))
    assert (len(weights.members), weights.names) == (len(FOLDS), tuple(rows.names))
    assert weights.blend.shape == (len(BLENDED),)
    some = rows.only(rows.sweep == rows.sweep[0])
    quantiles, p_gem = weights(some.features.astype(float), some.gap)
    assert quantiles.shape == (len(some.gain), len(LEVELS))
    assert (np.diff(quantiles, axis=1) >= 0).all()
    assert ((p_gem > 0) & (p_gem < 1)).all()
    described = json.loads(shipped.with_suffix(".json").read_text())
    assert described["n_stopped_runs"] == len(rows.gain)
    assert described["n_gems"] == rows.is_gem.sum()
    support = [described["support"][name] for name in ("horizon", "ties", "stillness", "decades")]
    assert weights.support.low.tolist() == pytest.approx([low for low, _ in support])
    assert weights.support.high.tolist() == pytest.approx([high for _, high in support])


def test_trees_taken_apart_say_what_they_said_whole(monkeypatch):
    lightgbm = pytest.importorskip("lightgbm")
    whole = []

    class Watched(lightgbm.LGBMClassifier):
        def fit(self, *given, **named):
            whole.append(self)
            return super().fit(*given, **named)

    monkeypatch.setattr(lightgbm, "LGBMClassifier", Watched)
    monkeypatch.setitem(trees.SETTINGS, "n_estimators", 20)
    rng = np.random.default_rng(0)
    features = rng.standard_normal((800, 4))
    features[rng.random((800, 4)) < 0.2] = np.nan
    features[:, 3] = np.nan
    gem = (np.nan_to_num(features[:, 0], nan=2.0) + features[:, 1] > 1).astype(int)
    arrays = trees.fit_trees(features, gem, np.ones(800), [1])
    unseen = rng.standard_normal((500, 4))
    unseen[rng.random((500, 4)) < 0.4] = np.nan
    said = whole[0].booster_.predict(unseen, raw_score=True)
    assert np.ptp(said) > 1
    assert Trees(**arrays)(unseen) == pytest.approx(said, abs=1e-5)
    other = trees.fit_trees(features, gem, np.ones(800), [2])
    assert not same(arrays, other)


def test_a_network_learns_quantiles_and_odds_of_what_it_is_told():
    rng = np.random.default_rng(0)
    inputs = rng.choice([-1.0, 1.0], (6000, 1)).astype(np.float32)
    gain = (2 + inputs[:, 0]) * rng.exponential(1.0, 6000)
    gem = rng.random(6000) < np.where(inputs[:, 0] > 0, 0.4, 0.05)
    weight = np.ones(6000, np.float32)
    learner = network.Learner(1, LEVELS, rng)
    learner.fit(
        inputs,
        gain.astype(np.float32),
        gem.astype(np.float32),
        weight,
        weight,
        epochs=15,
        of_kind=np.zeros(1, dtype=bool),
    )
    found = FeedForwardNetwork(
        layers=tuple(zip(learner.weights, learner.biases, strict=True))
    )(np.array([[-1.0], [1.0]], np.float32))  # fmt: skip
    middle = slice(LEVELS.tolist().index(0.2), LEVELS.tolist().index(0.9) + 1)
    true = -np.log(1 - LEVELS[middle])
    assert found[0, middle] == pytest.approx(true, abs=0.25)
    assert found[1, middle] == pytest.approx(3 * true, abs=0.75)
    assert 1 / (1 + np.exp(-found[:, -1])) == pytest.approx([0.05, 0.4], abs=0.06)


def test_a_network_in_half_precision_says_what_it_learned(rows):
    features = squeezed(rows.features.astype(float))
    arrays = network.fit_networks(rows, features, np.ones(len(rows.gain)), [1])
    assert {array.dtype for name, array in arrays.items() if name.endswith("weight")} == {
        np.dtype(np.float16)
    }
    assert {name.partition(".")[0] for name in arrays} == {
        "mean",
        "sd",
        "linear",
        "logarithmic",
    }
    other = network.fit_networks(rows, features, np.ones(len(rows.gain)), [2])
    assert (other["linear.0.weight"] != arrays["linear.0.weight"]).any()
