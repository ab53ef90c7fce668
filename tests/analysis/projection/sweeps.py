"""Sweeps of plausible curves for tests of projections."""

import numpy as np

from wbtools.analysis.projection import SweepSnapshot


def made(seed: int, *, n: int = 24, budget: int = 16, n_full: int = 5) -> SweepSnapshot:
    """`n_full` completed runs and others, stopped after 1 to 8 reports; lower is better."""
    rng = np.random.default_rng(seed)
    configs = [
        {
            "lr": float(10 ** rng.uniform(-4, -1)),
            "width": int(rng.integers(8, 256)),
            "optimizer": str(rng.choice(["adam", "sgd"])),
            "schedule": str(rng.choice(["cosine", "constant", "step"])),
        }
        for _ in range(n)
    ]
    worth = np.array([abs(np.log10(config["lr"]) + 2.5) for config in configs])
    at = np.arange(1, budget + 1)
    curves = 1 + worth[:, None] + 3 * at[None, :] ** -rng.uniform(0.3, 1, (n, 1))
    curves = curves + 0.05 * rng.standard_normal(curves.shape)
    full = np.zeros(n, dtype=bool)
    full[np.argsort(worth)[:n_full]] = True
    reports = np.where(full, budget, rng.choice([1, 2, 4, 8], n))
    return cut(curves, reports, full, configs)


def cut(curves, reports, full, configs=None) -> SweepSnapshot:
    """The first reports of each curve."""
    n, budget = curves.shape
    values = np.where(np.arange(budget)[None, :] < reports[:, None], curves, np.nan)
    best = [np.min(v[:k], initial=np.inf) for v, k in zip(values, reports, strict=True)]
    return SweepSnapshot(
        values=values,
        n_reports=np.asarray(reports, dtype=np.int64),
        best=np.where(np.asarray(reports) > 0, best, np.nan),
        has_curves=True,
        full=full,
        stopped=~full,
        horizon=np.full(n, budget),
        configs=configs or [{}] * n,
    )
