"""Sweeps out of nothing, with ties, NaN, crashes and paces of their own."""

from dataclasses import replace

import numpy as np
from hypothesis import strategies as st

from tests.rules.random_rules import chances
from wbtools.analysis.simulation.trajectories import Trajectories


def record(
    rng: np.random.Generator, n: int | None = None, width: int | None = None
) -> Trajectories:
    """A sweep of N runs; about one in three has reports that are not finite."""
    n = int(rng.integers(1, 14)) if n is None else n
    width = int(rng.integers(1, 25)) if width is None else width
    drift = np.cumsum(rng.normal(-0.1, 0.5, (n, width)), axis=1) + rng.normal(0, 1, (n, 1))
    values = np.round(drift, int(rng.choice([0, 1, 6])))
    odd = (rng.random((n, width)) < 0.2) & (rng.random((n, 1)) < 0.3)
    values[odd] = rng.choice([np.nan, np.inf, -np.inf], odd.sum())
    n_reports = rng.integers(0, width + 1, n) if rng.random() < 0.5 else np.full(n, width)
    values[np.arange(width) >= n_reports[:, None]] = np.nan
    if rng.random() < 0.3:
        return Trajectories.at_equal_times(values, n_reports)
    pace = rng.uniform(0.2, 3, (n, 1)) * (rng.uniform(0.5, 2, (n, width)))
    times = np.round(np.cumsum(pace, axis=1), int(rng.choice([1, 6])))
    last = np.where(n_reports > 0, times[np.arange(n), np.maximum(n_reports - 1, 0)], 0.0)
    return Trajectories(
        values=values,
        n_reports=n_reports,
        report_s=times,
        end_s=last + rng.choice([0.0, 0.7], n),
    )


def projected_record(seed: int, sign: float) -> Trajectories:
    """A sweep with everything that a rule may ask for."""
    return replace(record(np.random.default_rng(seed)), sign=sign, p_improvement=chances)


records = st.builds(projected_record, st.integers(0, 2**32), st.sampled_from([1.0, -1.0]))
