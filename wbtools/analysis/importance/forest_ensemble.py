"""All that the forests say together: permutation, shares of variance, interactions, marginals."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

from wbtools.analysis.importance.estimates import over_forests
from wbtools.analysis.importance.fanova import pairs_among, variance_shares
from wbtools.analysis.importance.forest import FEWEST, Skill, configurations, grow, skill_of
from wbtools.analysis.importance.marginals import MarginalPoint, grid, partial_dependence
from wbtools.extras import install_command, is_installed
from wbtools.text.numbers import count

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from wbtools.analysis.importance.association import Association
    from wbtools.analysis.importance.imputed_outcomes import Floats, ImputedOutcomes
    from wbtools.analysis.importance.parameters import VariedParameter
    from wbtools.model.interval import Interval

MOST_GROWN_ON: Final = 40
"""Parameters that forests see; of more, those that alone go best with the standings."""
MOST_PAIRED: Final = 5
"""Parameters whose pairs are looked at: those with the largest share in the first forest."""
_FEWEST_CONFIGURATIONS: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Interaction:
    """What two parameters bring beyond what each brings alone.

    Attributes:
        share: Of the variance of the forests' prediction.
    """

    names: tuple[str, str]
    share: Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class ForestEnsemble:
    """What the forests say, by parameter name; all empty where none was grown.

    Attributes:
        abstained_because: None, or why none was grown, in words.
    """

    skill: Skill | None = None
    permutation: Mapping[str, Interval] = field(default_factory=dict)
    main_effect: Mapping[str, Interval] = field(default_factory=dict)
    total_effect: Mapping[str, Interval] = field(default_factory=dict)
    marginal: Mapping[str, tuple[MarginalPoint, ...]] = field(default_factory=dict)
    interactions: tuple[Interaction, ...] = ()
    abstained_because: str | None = None


def forest_ensemble(
    parameters: Sequence[VariedParameter],
    runs: ImputedOutcomes,
    associations: Sequence[Association],
    on_progress: Callable[[int, int], None] | None = None,
) -> ForestEnsemble:
    """Grow the forests and ask them.

    Args:
        parameters: Of the cohort's runs.
        runs: The runs with a value.
        associations: One a parameter.
        on_progress: Called with (forests grown, forests in all).
    """
    chosen = _chosen(parameters, associations)
    why = _refusal(chosen, runs)
    if why is not None:
        return ForestEnsemble(abstained_because=why)
    places = np.column_stack([parameter.places for parameter in chosen])
    grids = [grid(parameter) for parameter in chosen]
    pairs: list[tuple[int, int]] | None = None
    skills: list[float] = []
    lost, main_effect, total_effect, mixed = [], [], [], []
    curves: list[list[Floats]] = [[] for _ in chosen]
    n_trained, n_tested = [], []
    for k, forest in enumerate(grow(chosen, runs, on_progress)):
        n_trained.append(forest.n_trained)
        n_tested.append(forest.n_tested)
        skills.append(forest.skill)
        lost.append(forest.lost)
        if pairs is None:
            first = variance_shares(forest.predict, chosen, [])
            pairs = (
                []
                if first is None
                else pairs_among(np.argsort(-first.total_effect)[:MOST_PAIRED].tolist())
            )
        shares = variance_shares(forest.predict, chosen, pairs, seed=k)
        if shares is not None:
            main_effect.append(shares.main_effect)
            total_effect.append(shares.total_effect)
            mixed.append(shares.pairs)
        for column, at in enumerate(grids):
            curves[column].append(partial_dependence(forest.predict, places, column, at))
    ratio = sum(n_tested) / sum(n_trained)

    def estimates(results: Sequence[Floats]) -> list[Interval | None]:
        return [
            over_forests(column, n=runs.n, test_per_train=ratio) for column in np.array(results).T
        ]

    names = [parameter.name for parameter in chosen]
    return ForestEnsemble(
        skill=skill_of(skills, n_trained=min(n_trained), n_tested=min(n_tested), n=runs.n),
        permutation=_by_name(names, estimates(lost)),
        main_effect=_by_name(names, estimates(main_effect)),
        total_effect=_by_name(names, estimates(total_effect)),
        marginal={
            parameter.name: _points(parameter, at, estimates(curve), runs)
            for parameter, at, curve in zip(chosen, grids, curves, strict=True)
        },
        interactions=_interactions(names, pairs or [], estimates(mixed)),
    )


def _chosen(
    parameters: Sequence[VariedParameter], associations: Sequence[Association]
) -> list[VariedParameter]:
    """The parameters that vary among these runs, the surest of very many."""
    varied = [
        (parameter, association.order)
        for parameter, association in zip(parameters, associations, strict=True)
        if len(np.unique(parameter.places)) > 1
    ]
    if len(varied) > MOST_GROWN_ON:
        kept = sorted(varied, key=lambda pair: (pair[1], pair[0].name))[:MOST_GROWN_ON]
        varied = sorted(kept, key=lambda pair: pair[0].name)
    return [parameter for parameter, _ in varied]


def _refusal(chosen: Sequence[VariedParameter], runs: ImputedOutcomes) -> str | None:
    """Why no forest can be grown."""
    if runs.n < FEWEST:
        return (
            f"{count(runs.n, 'run')} {'has' if runs.n == 1 else 'have'} a value, and a "
            f"forest needs {FEWEST}"
        )
    if not chosen:
        return "no parameter varies among the runs that have a value"
    if runs.many_bounds:
        n_bounds = int(runs.bounds.sum())
        return f"{n_bounds} of {runs.n} runs were cut short and cannot be projected"
    if not np.ptp(runs.standings, axis=1).all():
        return "all runs have the same value"
    n_distinct = len(np.unique(configurations(chosen)))
    if n_distinct < _FEWEST_CONFIGURATIONS:
        return f"there are only {n_distinct} different configurations"
    if not is_installed("importance"):
        return f"forests need scikit-learn, which {install_command('importance')} installs"
    return None


def _by_name(names: Sequence[str], found: Sequence[Interval | None]) -> dict[str, Interval]:
    # Where every forest is constant there is no variance to share, and no estimate.
    return {
        name: estimate for name, estimate in zip(names, found, strict=False) if estimate is not None
    }


def _points(
    parameter: VariedParameter,
    at: Floats,
    found: Sequence[Interval | None],
    runs: ImputedOutcomes,
) -> tuple[MarginalPoint, ...]:
    levels = parameter.levels or (None,) * len(at)
    points = []
    for level, place, standing in zip(levels, at, found, strict=True):
        if standing is None:
            continue
        standings = np.array([standing.estimate, standing.low, standing.high])
        typical, *ends = runs.typical(standings).tolist()
        points.append(
            MarginalPoint(
                level=level,
                value=parameter.value(float(place)) if parameter.ordered else None,
                standing=standing,
                typical=typical,
                typical_low=min(ends),
                typical_high=max(ends),
            )
        )
    return tuple(points)


def _interactions(
    names: Sequence[str], pairs: Sequence[tuple[int, int]], found: Sequence[Interval | None]
) -> tuple[Interaction, ...]:
    interactions = [
        Interaction(names=(names[i], names[j]), share=estimate)
        for (i, j), estimate in zip(pairs, found, strict=False)
        if estimate is not None
    ]
    return tuple(
        sorted(
            interactions, key=lambda interaction: (-interaction.share.estimate, interaction.names)
        )
    )
