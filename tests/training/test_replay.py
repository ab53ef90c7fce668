"""Replayed sweeps keep to their rule, and hide nothing but the future."""

import numpy as np
import pytest

from tests.training.banks import Bank, best_of
from tests.training.replay import Setting, draw_setting, replay
from tests.training.views import varied
from wbtools.rules.hyperband import Hyperband


def bank(n: int = 30, budget: int = 20) -> Bank:
    rng = np.random.default_rng(3)
    curves = rng.random((n, 1)) + np.arange(1, budget + 1) ** -rng.uniform(0.2, 1, (n, 1))
    curves[0, 4:] = np.nan
    return Bank(
        task="made up",
        curves=curves,
        train_loss=curves / 2,
        report_s=rng.uniform(0.5, 2, n),
        configs=[{"lr": float(10**x), "schedule": "wsd"} for x in rng.uniform(-4, 0, n)],
    )


def test_what_is_seen_begins_what_was_trained():
    replayed = replay(bank(), Setting(kind="hyperband", bands=(1, 3, 9)), np.random.default_rng(1))
    field = replayed.field
    assert field.stopped.any()
    assert (field.full ^ field.stopped).all()
    assert (replayed.final <= field.best).all()
    full = field.full & (field.n_reports == 20)
    assert replayed.final[full].tolist() == field.best[full].tolist()


def test_a_lone_worker_stops_whom_the_policy_stops():
    setting = Setting(kind="hyperband", bands=(2, 6), eta=3.0, strict=True, workers=1)
    field = replay(bank(), setting, np.random.default_rng(2)).field
    before: list[float] = []
    for row in range(len(field.full)):
        if field.n_reports[row] < 2:
            continue
        before.append(field.values[row, 1])
        threshold = sorted(before)[int(len(before) / 3)]
        stops = len(before) > 1 and field.values[row, 1] > threshold
        assert stops == (field.stopped[row] and field.n_reports[row] < 6)
    rule = Hyperband(at=(2, 6), eta=3, strict=True)
    assert float(rule.thresholds(np.array(before))[-1]) == sorted(before)[int(len(before) / 3)]


@pytest.mark.parametrize("seed", range(12))
def test_varied_banks_and_drawn_settings_make_whole_sweeps(seed):
    rng = np.random.default_rng(seed)
    varied_bank = varied(bank(80), rng)
    n, budget = varied_bank.curves.shape
    assert len(varied_bank.configs) == len(varied_bank.report_s) == len(varied_bank.train_loss) == n
    assert np.isfinite(best_of(varied_bank.curves)).all()
    setting = draw_setting(rng, budget, n)
    assert max(setting.bands) <= max(budget, 27)
    field = replay(varied_bank, setting, rng).field
    assert len(field.full) == setting.n_runs <= n
    assert (field.n_reports <= budget).all()
