"""How far one parameter alone goes with being stopped: an outcome of its own.

Where nothing tells what stopped runs would have become, that they were stopped is what is known of
them: whoever stopped them, a rule or a person, saw something.

Cramér's V over the parts of its values, of ordered parameters too: a rule that stops what lies at
either end leaves no rank correlation. How likely one as strong is by chance: of all ways to deal
the stops to the runs, drawn ones (Fisher's exact test with Pearson's chi-square).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from wbtools.analysis.importance.association import FEWEST
from wbtools.analysis.importance.bins import parts
from wbtools.analysis.importance.regions import outcome_regions
from wbtools.stats.correlation import correlation_ratio
from wbtools.stats.differences import holm
from wbtools.stats.student import LEVEL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from wbtools.analysis.importance.bins import Ends
    from wbtools.analysis.importance.parameters import VariedParameter
    from wbtools.analysis.importance.regions import OutcomeRegion

    Floats = NDArray[np.float64]

_DRAWS: Final = 9_999
_SAME: Final = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class StoppingAssociation:
    """One parameter against being stopped.

    Attributes:
        n: Runs that it rests on: those that were stopped, completed or of unknown end.
        n_stopped: Of these, the stopped ones.
        strength: Cramér's V, in [0, 1]; None if abstained.
        p: P(one as strong by chance), of this parameter alone; None if abstained.
        p_adjusted: By Holm's method over all parameters.
        abstained_because: None, or the reason in words.
    """

    n: int
    n_stopped: int
    strength: float | None = None
    p: float | None = None
    p_adjusted: float | None = None
    abstained_because: str | None = None

    @property
    def stands(self) -> bool:
        """Whether it holds among all parameters."""
        return self.p_adjusted is not None and self.p_adjusted < 1 - LEVEL


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopping:
    """Which runs were stopped, where nothing tells what many would have become.

    Attributes:
        n_runs: Those stopped, completed or of unknown end, with and without a value.
        n_stopped: Of these, the stopped ones.
        by_parameter: By name.
        regions: Where clearly more were stopped than elsewhere.
    """

    n_runs: int
    n_stopped: int
    by_parameter: dict[str, StoppingAssociation]
    regions: tuple[OutcomeRegion, ...]

    @property
    def surely(self) -> list[str]:
        """Names of the parameters that surely go with being stopped, the strongest first."""
        names = [name for name, stops in self.by_parameter.items() if stops.stands]
        return sorted(names, key=lambda name: -(self.by_parameter[name].strength or 0.0))


def associate_stopping(parameters: Sequence[VariedParameter], ends: Ends) -> Stopping:
    """Say which of N runs were stopped, by what they had.

    Args:
        parameters: Of the N runs.
        ends: Of the same.
    """
    eligible = np.flatnonzero(ends.eligible)
    stopped = ends.stopped[eligible]
    among = [parameter.taken(eligible) for parameter in parameters]
    found = [_associate(parameter, stopped) for parameter in among]
    adjusted = holm([association.p for association in found])
    return Stopping(
        n_runs=len(eligible),
        n_stopped=int(stopped.sum()),
        by_parameter={
            parameter.name: replace(association, p_adjusted=p)
            for parameter, association, p in zip(among, found, adjusted, strict=True)
        },
        regions=outcome_regions(among, stopped),
    )


def _associate(parameter: VariedParameter, stopped: NDArray[np.bool_]) -> StoppingAssociation:
    n, n_stopped = len(stopped), int(stopped.sum())
    counted = StoppingAssociation(n=n, n_stopped=n_stopped)
    inside = np.array([part.holds(parameter.places) for part in parts(parameter)])
    inside = inside[inside.any(axis=1)]
    if n < FEWEST:
        ends = "were stopped, completed or of unknown end"
        why = f"{n} runs {ends}, and {FEWEST} are needed"
    elif len(inside) < 2:  # noqa: PLR2004 - it has to vary
        why = f"all {n} runs have similar values of it"
    elif not 0 < n_stopped < n:
        why = f"{'all' if n_stopped else 'none'} of {n} runs were stopped"
    else:
        y = stopped.astype(np.float64)
        group = inside.argmax(axis=0)
        # Of a table with two columns Cramér's V is the correlation ratio of either of them.
        return replace(counted, strength=correlation_ratio(group, y), p=_p_of_deals(group, y))
    return replace(counted, abstained_because=why)


def _p_of_deals(group: NDArray[np.int64], y: Floats) -> float:
    """How often stops that are dealt to the runs blindly differ as much between the groups.

    Args:
        group: `[N]` from 0 on.
        y: `[N]` 1 for stopped runs, else 0.
    """
    sizes, n_stopped = np.bincount(group), int(y.sum())

    def chi_square(counts: Floats) -> Floats:
        return np.asarray(((counts - sizes * (n_stopped / len(y))) ** 2 / sizes).sum(axis=-1))

    deals = np.random.default_rng(0).multivariate_hypergeometric(sizes, n_stopped, size=_DRAWS)
    observed = float(chi_square(np.bincount(group, weights=y).astype(np.float64)))
    n_as_far = int((chi_square(deals.astype(np.float64)) >= observed * (1 - _SAME)).sum())
    return (n_as_far + 1) / (_DRAWS + 1)
