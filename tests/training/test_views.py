"""Banks seen otherwise: each view changes what it says, and nothing else."""

from dataclasses import fields

import numpy as np
import pytest

from tests.training import views
from tests.training.banks import Bank, best_of

N, BUDGET = 80, 30
SEEDS = range(6)


def bank() -> Bank:
    rng = np.random.default_rng(5)
    curves = 2 + rng.random((N, 1)) + np.arange(1, BUDGET + 1) ** -rng.uniform(0.2, 1, (N, 1))
    return Bank(
        task="made up",
        curves=curves,
        train_loss=curves / 2,
        report_s=rng.uniform(0.5, 2, N),
        configs=[
            {"lr": float(x), "schedule": "wsd", "t_max_frac": 0.5} for x in rng.uniform(0, 1, N)
        ],
    )


BANK = bank()
ROWS = {curve.tobytes(): row for row, curve in enumerate(BANK.curves)}


def seen(name: str, seed: int) -> Bank:
    return views.VIEWS[name](BANK, np.random.default_rng(seed))


def unchanged(view: Bank, *but: str) -> bool:
    """Whether all fields are the bank's, apart from some."""
    names = {field.name for field in fields(Bank)} - {*but}
    return all(np.array_equal(getattr(view, name), getattr(BANK, name)) for name in names)


def columns(view: Bank) -> list[int]:
    """Which report of the bank each report of the view is."""
    apart = np.abs(view.curves[0][:, None] - BANK.curves[0][None, :])
    at = apart.argmin(axis=1)
    assert np.array_equal(view.curves, BANK.curves[:, at])
    assert np.array_equal(view.train_loss, BANK.train_loss[:, at])
    return at.tolist()


@pytest.mark.parametrize("seed", SEEDS)
def test_a_shorter_budget_begins_alike_and_schedules_end_where_they_ended(seed):
    view = seen("shorter", seed)
    width = view.curves.shape[1]
    assert columns(view) == list(range(width))
    assert 0.3 * BUDGET - 1 <= width <= 0.8 * BUDGET + 1
    assert unchanged(view, "curves", "train_loss", "configs")
    ends = [config["t_max_frac"] * width for config in view.configs]
    assert ends == pytest.approx([0.5 * BUDGET] * N)
    assert {config["schedule"] for config in view.configs} == {"constant"}
    assert BANK.configs[0]["t_max_frac"] == 0.5


@pytest.mark.parametrize("seed", SEEDS)
def test_rarer_reports_take_longer_and_end_with_a_whole_stretch(seed):
    view = seen("rarer", seed)
    at = columns(view)
    every = at[1] - at[0]
    assert every in {2, 3}
    assert at == list(range(every - 1, BUDGET, every))
    assert view.report_s.tolist() == (BANK.report_s * every).tolist()
    assert unchanged(view, "curves", "train_loss", "report_s")


@pytest.mark.parametrize("seed", SEEDS)
def test_another_pace_keeps_both_ends_and_the_order_of_reports(seed):
    view = seen("other pace", seed)
    at = columns(view)
    assert (at[0], at[-1]) == (0, BUDGET - 1)
    assert (np.diff(at) > 0).all()
    assert unchanged(view, "curves", "train_loss")


@pytest.mark.parametrize("seed", SEEDS)
def test_only_the_better_remain(seed):
    view = seen("better", seed)
    left, every = best_of(view.curves), np.sort(best_of(BANK.curves))
    assert np.sort(left).tolist() == every[: len(left)].tolist()
    assert 0.45 * N - 1 <= len(left) <= 0.8 * N + 1
    configs = [BANK.configs[ROWS[curve.tobytes()]] for curve in view.curves]
    assert view.configs == configs


@pytest.mark.parametrize("seed", SEEDS)
def test_a_narrower_space_leaves_out_both_ends_or_one(seed):
    view = seen("narrower", seed)
    rates = np.array([config["lr"] for config in view.configs])
    inside = [c["lr"] for c in BANK.configs if rates.min() <= c["lr"] <= rates.max()]
    assert rates.tolist() == inside
    assert len(view.configs) in {*range(round(0.6 * N) - 2, round(0.6 * N) + 3), N}
    words = Bank(**{f.name: getattr(BANK, f.name) for f in fields(Bank)} | {"configs": [{}] * N})
    assert views.VIEWS["narrower"](words, np.random.default_rng(seed)) is words


def test_the_training_loss_becomes_the_metric_where_it_is_known():
    view = seen("training loss", 0)
    assert np.array_equal(view.curves, BANK.train_loss)
    assert np.isnan(view.train_loss).all()
    assert view.configs == BANK.configs
    again = views.VIEWS["training loss"](view, np.random.default_rng(0))
    assert again is view


@pytest.mark.parametrize("seed", SEEDS)
def test_a_report_before_training_comes_first_and_is_bad(seed):
    view = seen("evaluated first", seed)
    assert np.array_equal(view.curves[:, 1:], BANK.curves)
    assert np.array_equal(view.train_loss[:, 1:], BANK.train_loss)
    assert np.isnan(view.train_loss[:, 0]).all()
    assert np.median(view.curves[:, 0]) > np.median(BANK.curves[:, 0])
    assert unchanged(view, "curves", "train_loss")


def test_reports_before_training_are_alike_or_scattered():
    scatters = {np.ptp(seen("evaluated first", seed).curves[:, 0]) > 0 for seed in range(20)}
    assert scatters == {False, True}


@pytest.mark.parametrize("seed", SEEDS)
def test_noise_is_small_beside_results_and_lies_around_the_curve(seed):
    view = seen("noisier", seed)
    noise = view.curves - BANK.curves
    results = best_of(BANK.curves)
    low, high = np.quantile(results, (0.1, 0.9))
    assert 0.01 < noise.std() / ((high - low) / 2.56) < 0.45
    assert abs(noise.mean()) < 0.2 * noise.std()
    assert unchanged(view, "curves")


@pytest.mark.parametrize("seed", SEEDS)
def test_another_metric_keeps_the_order_of_all_values(seed):
    view = seen("other metric", seed)
    order = np.argsort(BANK.curves, axis=None)
    steps = np.diff(view.curves.ravel()[order])
    assert (steps >= 0).all()
    assert (steps > 0).mean() > 0.95
    assert not np.allclose(np.diff(BANK.curves.ravel()[order]) / steps.max(), steps / steps.max())
    assert unchanged(view, "curves")


def test_nothing_is_known_of_a_configuration():
    view = seen("without configuration", 0)
    assert view.configs == [{}] * N
    assert unchanged(view, "configs")


@pytest.mark.parametrize("seed", range(12))
def test_a_varied_bank_is_whole_and_keeps_its_task(seed):
    view = views.varied(BANK, np.random.default_rng(seed))
    assert view.task == BANK.task
    assert len(view.configs) == len(view.curves) == len(view.train_loss) == len(view.report_s)
    assert np.isfinite(best_of(view.curves)).all()
    again = views.varied(BANK, np.random.default_rng(seed))
    assert again.curves.tobytes() == view.curves.tobytes()
