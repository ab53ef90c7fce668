"""Sweeps out of nothing, with ties, NaN, crashes and paces of their own."""

import numpy as np
from hypothesis import strategies as st

from wbtools.analysis.simulation.guards import DivergenceStop, ThresholdGuard, TopKGuard
from wbtools.analysis.simulation.trajectories import Trajectories
from wbtools.rules.asha import Asha
from wbtools.rules.fixed_budget import FixedBudget
from wbtools.rules.hyperband import hyperband
from wbtools.rules.median import Median
from wbtools.rules.none import NoRule
from wbtools.rules.patience import Patience
from wbtools.sweepfile.rule_settings import HyperbandSettings


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


records = st.integers(0, 2**32).map(lambda seed: record(np.random.default_rng(seed)))
plain = st.one_of(
    st.just(NoRule()),
    st.builds(FixedBudget, n=st.integers(1, 9)),
    st.builds(Patience, n=st.integers(1, 6), min_delta=st.sampled_from([0.0, 0.5])),
    st.builds(
        Median, grace=st.integers(1, 6), interval=st.integers(1, 3), min_runs=st.integers(1, 3)
    ),
    st.builds(Asha.from_first, st.integers(1, 4), st.sampled_from([2, 3, 1.5])),
    st.builds(
        lambda first, eta, strict: hyperband(
            HyperbandSettings(min_iter=first, eta=eta, strict=strict)
        ),
        st.integers(1, 4),
        st.sampled_from([2, 3, 1.5]),
        st.booleans(),
    ),
)
policies = st.recursive(
    plain,
    lambda inner: st.one_of(
        st.builds(ThresholdGuard, policy=inner, value=st.sampled_from([-2.0, 0.0, 1.0])),
        st.builds(TopKGuard, policy=inner, k=st.integers(1, 4)),
        st.builds(DivergenceStop, policy=inner),
    ),
    max_leaves=3,
)
