"""Functional ANOVA of a prediction: which share of its variance each parameter brings.

The space that was searched is sampled evenly and independently, and the variance of the prediction
over it is split into what each parameter brings alone, what it brings with others, and what pairs
bring beyond their members (Sobol' 1993; of hyperparameters Hutter et al. 2014, "An Efficient
Approach for Assessing Hyperparameter Importance").

The library is SciPy's `sobol_indices` (estimators of Saltelli et al. 2010), which is a dependency
anyway, takes any prediction and, given evaluations instead of a function, groups of parameters, so
that pairs come from the same estimator. Others that were looked at: Optuna's
`FanovaImportanceEvaluator` (MIT) is well kept but gives single parameters only, without intervals,
looks at completed trials of an Optuna study, and brings SQLAlchemy and alembic; `fanova` 2.0.19
rests on pyrfr, which could not be built on Python 3.11; SALib (MIT) does what SciPy does and brings
dill and multiprocess. Hutter's exact sums over the leaves of trees are replaced by sampling, whose
error is small beside the spread over forests.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.stats import qmc, sobol_indices

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wbtools.analysis.importance.imputed_outcomes import Floats
    from wbtools.analysis.importance.parameters import VariedParameter

N_SAMPLES: Final = 1024
"""A power of 2, as the sequence needs. Each share is off by about 0.01."""


@dataclass(frozen=True, kw_only=True, eq=False)
class VarianceShares:
    """Shares of the variance of one prediction.

    Attributes:
        main_effect: `[D]` by each parameter alone.
        total_effect: `[D]` by each parameter, alone and with others.
        pairs: `[P]` by each pair beyond what its members bring alone.
    """

    main_effect: Floats
    total_effect: Floats
    pairs: Floats


def variance_shares(
    predict: Callable[[Floats], Floats],
    parameters: Sequence[VariedParameter],
    pairs: Sequence[tuple[int, int]],
    *,
    seed: int = 0,
    n_samples: int = N_SAMPLES,
) -> VarianceShares | None:
    """Split the variance of a prediction over the space; None where it is constant.

    Args:
        predict: Of `[n, D]` places.
        parameters: D parameters: where to sample.
        pairs: Pairs of places in `parameters`.
        seed: Of the quasi-random sequence.
        n_samples: A power of 2.
    """
    d = len(parameters)
    if d == 1:
        return _of_the_only_parameter(predict, parameters[0])
    even = qmc.Sobol(2 * d, rng=np.random.default_rng(seed)).random(n_samples)
    a, b = (
        np.column_stack([parameter.drawn(half[:, k]) for k, parameter in enumerate(parameters)])
        for half in (even[:, :d], even[:, d:])
    )
    groups: list[tuple[int, ...]] = [*((k,) for k in range(d)), *pairs]
    f_a, f_b = predict(a), predict(b)
    f_ab = []
    for group in groups:
        mixed = a.copy()
        mixed[:, group] = b[:, group]
        f_ab.append(predict(mixed))
    if not np.ptp(f_a) and not np.ptp(f_b):
        return None
    found = sobol_indices(
        func={"f_A": f_a[None], "f_B": f_b[None], "f_AB": np.array(f_ab)[:, None]}, n=n_samples
    )
    first = np.ravel(found.first_order)
    main_effect, closed = first[:d], first[d:]
    return VarianceShares(
        main_effect=main_effect,
        total_effect=np.ravel(found.total_order)[:d],
        pairs=np.array(
            [
                both - main_effect[i] - main_effect[j]
                for both, (i, j) in zip(closed, pairs, strict=True)
            ]
        ),
    )


def _of_the_only_parameter(
    predict: Callable[[Floats], Floats], parameter: VariedParameter
) -> VarianceShares | None:
    """All of the variance, if there is any; `sobol_indices` has no answer for one dimension."""
    places = parameter.drawn((np.arange(N_SAMPLES) + 0.5) / N_SAMPLES)
    if not np.ptp(predict(places[:, None])):
        return None
    return VarianceShares(main_effect=np.ones(1), total_effect=np.ones(1), pairs=np.empty(0))


def pairs_among(chosen: Sequence[int]) -> list[tuple[int, int]]:
    """All pairs of some parameters, each in ascending order."""
    return list(combinations(sorted(chosen), 2))
