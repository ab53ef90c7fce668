"""The same trained runs seen otherwise: what another user might have logged of them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from tests.training.banks import Bank, best_of, kept

if TYPE_CHECKING:
    from collections.abc import Callable

_FEWEST_REPORTS = 8
_FEWEST_RUNS = 14
_LEAST_FINITE = 60


def varied(bank: Bank, rng: np.random.Generator) -> Bank:
    """One to three changes, drawn: of the runs, the reports, the metric, what is known of them."""
    n = int(rng.choice([1, 2, 3], p=[0.5, 0.35, 0.15]))
    for name in rng.choice(list(VIEWS), size=n, replace=False, p=_SHARES).tolist():
        seen = VIEWS[name](bank, rng)
        seen = kept(seen, np.isfinite(seen.curves).any(axis=1))
        if len(seen.configs) >= _FEWEST_RUNS and seen.curves.shape[1] >= _FEWEST_REPORTS:
            bank = seen
    return bank


def _shorter(bank: Bank, rng: np.random.Generator) -> Bank:
    """A budget of 30 to 80 %; schedules end where they ended."""
    width = max(round(bank.curves.shape[1] * rng.uniform(0.3, 0.8)), _FEWEST_REPORTS)
    ratio = width / bank.curves.shape[1]
    configs = []
    for config in bank.configs:
        shortened = dict(config)
        for name in ("t_max_frac", "step_frac", "warmup_frac"):
            if name in shortened:
                shortened[name] = shortened[name] / ratio
        if shortened.get("schedule") == "wsd" and ratio < 0.82:
            shortened["schedule"] = "constant"
        configs.append(shortened)
    return _reports(replace(bank, configs=configs), np.arange(width))


def _rarer(bank: Bank, rng: np.random.Generator) -> Bank:
    """Every second or third report."""
    every = int(rng.integers(2, 4))
    rarer = _reports(bank, np.arange(every - 1, bank.curves.shape[1], every))
    return replace(rarer, report_s=bank.report_s * every)


def _other_pace(bank: Bank, rng: np.random.Generator) -> Bank:
    """Reports that lie denser at the beginning or at the end."""
    width = bank.curves.shape[1]
    n = int(rng.integers(max(width // 2, _FEWEST_REPORTS), width + 1))
    at = (width - 1) * np.linspace(0, 1, n) ** rng.uniform(0.5, 2.0)
    return _reports(bank, np.unique(np.round(at).astype(int)))


def _reports(bank: Bank, at: np.ndarray) -> Bank:
    return replace(bank, curves=bank.curves[:, at], train_loss=bank.train_loss[:, at])


def _better(bank: Bank, rng: np.random.Generator) -> Bank:
    """Only the better configurations."""
    best = best_of(bank.curves)
    return kept(bank, best <= np.quantile(best, rng.uniform(0.45, 0.8)))


def _narrower(bank: Bank, rng: np.random.Generator) -> Bank:
    """Three fifths of one parameter's range."""
    names = [name for name, value in bank.configs[0].items() if isinstance(value, float)]
    if not names:
        return bank
    name = str(rng.choice(names))
    column = np.array([config.get(name, np.nan) for config in bank.configs], dtype=float)
    low = rng.uniform(0, 0.4)
    a, b = np.nanquantile(column, [low, low + 0.6])
    return kept(bank, (column >= a) & (column <= b))


def _training_loss(bank: Bank, rng: np.random.Generator) -> Bank:  # noqa: ARG001 - a view's form
    """The training loss as the metric."""
    keep = np.isfinite(bank.train_loss).any(axis=1)
    if np.isfinite(bank.train_loss).all(axis=1).sum() < _LEAST_FINITE:
        return bank
    shown = kept(bank, keep)
    return replace(
        shown, curves=shown.train_loss, train_loss=np.full_like(shown.train_loss, np.nan)
    )


def _evaluated_first(bank: Bank, rng: np.random.Generator) -> Bank:
    """A report before training: about the same for all, or as bad as an untrained model may be."""
    first = bank.curves[:, 0]
    wide = _spread(first[np.isfinite(first)])
    level = float(np.nanquantile(first, rng.uniform(0.6, 1.0))) + wide * rng.exponential(2.0)
    scatter = wide * float(rng.choice([0.0, 0.05, 0.3, 1.0]))
    before = level + scatter * rng.standard_normal((len(first), 1))
    unknown = np.full((len(first), 1), np.nan)
    return replace(
        bank,
        curves=np.concatenate((before, bank.curves), axis=1),
        train_loss=np.concatenate((unknown, bank.train_loss), axis=1),
    )


def _noisier(bank: Bank, rng: np.random.Generator) -> Bank:
    """Noise on each report, up to two fifths of the spread of results."""
    results = best_of(bank.curves)
    sd = _spread(results[np.isfinite(results)]) * rng.uniform(0.02, 0.4)
    shocks = rng.standard_normal(bank.curves.shape)
    kept_share = float(rng.choice([0.0, 0.0, 0.5, 0.8]))
    for report in range(1, shocks.shape[1]):
        shocks[:, report] += kept_share * shocks[:, report - 1]
    return replace(bank, curves=bank.curves + sd * np.sqrt(1 - kept_share**2) * shocks)


def _other_metric(bank: Bank, rng: np.random.Generator) -> Bank:
    """A rising function of the metric: the good end, or the bad one, drawn out."""
    known = bank.curves[np.isfinite(bank.curves)]
    low, high = np.quantile(known, (0.01, 0.95))
    z = (bank.curves - low) / (high - low or 1.0)
    bend = rng.uniform(1.0, 4.0)
    if rng.random() < 0.5:
        return replace(bank, curves=np.exp(bend * np.minimum(z, 3.0)))
    return replace(bank, curves=-np.exp(-bend * np.maximum(z, -1.0)))


def _without_configuration(bank: Bank, rng: np.random.Generator) -> Bank:  # noqa: ARG001 - a view's form
    """Nothing known of the configuration."""
    return replace(bank, configs=[{} for _ in bank.configs])


def _spread(values: np.ndarray) -> float:
    low, high = np.quantile(values, (0.1, 0.9))
    return float(high - low) / 2.56 or 1e-3 * float(np.abs(values).max()) or 1.0


VIEWS: dict[str, Callable[[Bank, np.random.Generator], Bank]] = {
    "shorter": _shorter,
    "rarer": _rarer,
    "other pace": _other_pace,
    "better": _better,
    "narrower": _narrower,
    "training loss": _training_loss,
    "evaluated first": _evaluated_first,
    "noisier": _noisier,
    "other metric": _other_metric,
    "without configuration": _without_configuration,
}
_SHARES = (0.14, 0.08, 0.08, 0.14, 0.08, 0.1, 0.14, 0.1, 0.07, 0.07)
