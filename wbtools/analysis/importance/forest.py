"""Random forests on resampled runs: how well they predict, and what they lose without a parameter.

Each forest learns from four fifths of the runs, in one imputation, and is asked about the rest;
repeats of one configuration stay on one side. So its skill is that on runs it never saw, and the
interval over forests holds what other runs and other imputations would have said. Forest and
permutation are scikit-learn's; a parameter's columns (one a category) are shuffled together.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from wbtools.analysis.importance.estimates import over_forests
from wbtools.model.configuration import tells_replicates

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from wbtools.analysis.importance.imputed_outcomes import Floats, ImputedOutcomes
    from wbtools.analysis.importance.parameters import VariedParameter
    from wbtools.model.interval import Interval

FEWEST: Final = 20
"""Runs with a value beneath which no forest is grown."""
N_FORESTS: Final = 16
N_TREES: Final = 64
MOST_TRAINED: Final = 2000
"""Runs that one forest learns from at most; of more, each forest takes others."""
_MOST_TESTED: Final = 1000
_N_SHUFFLES: Final = 5
_TRAINED_SHARE: Final = 0.8
_LEAF: Final = 2


@dataclass(frozen=True, kw_only=True, eq=False)
class FittedForest:
    """One forest.

    Attributes:
        predict: Standings of `[n, D]` places.
        skill: Share of the variance of the held-out runs' standings that it explains; can be
            negative.
        lost: `[D]` how much of that share is lost when one parameter is shuffled among them.
        n_trained: Runs that it learned from.
        n_tested: Runs that it was asked about.
    """

    predict: Callable[[Floats], Floats]
    skill: float
    lost: Floats
    n_trained: int
    n_tested: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Skill:
    """How well the forests predict runs that they never saw.

    Attributes:
        explained: Share of the variance of standings; 0 is guessing the middle.
        n_trained: Runs that one forest learned from.
        n_tested: Runs that it was asked about.
    """

    explained: Interval
    n_forests: int
    n_trained: int
    n_tested: int

    @property
    def predicts(self) -> bool:
        """Whether it surely predicts anything; else what it holds for important means nothing."""
        return self.explained.low > 0


def grow(
    parameters: Sequence[VariedParameter],
    runs: ImputedOutcomes,
    on_progress: Callable[[int, int], None] | None,
) -> Iterator[FittedForest]:
    """Grow the forests one by one.

    Args:
        parameters: D parameters of the runs.
        runs: N runs.
        on_progress: Called with (forests done, forests in all).
    """
    # Slow to import, and of no use where there are too few runs.
    from sklearn.ensemble import RandomForestRegressor  # noqa: PLC0415 - over a second
    from sklearn.inspection import permutation_importance  # noqa: PLC0415 - as above

    places = np.column_stack([parameter.places for parameter in parameters])
    for k, (train, test) in enumerate(splits(configurations(parameters))):
        y = runs.standings[k % len(runs.standings)]
        forest: Any = RandomForestRegressor(
            n_estimators=N_TREES, min_samples_leaf=_LEAF, random_state=k
        ).fit(encoded(parameters, places[train]), y[train])
        predict = _predictor(forest, parameters)
        explained = _scorer(predict, float(y.var()))
        shuffled: Any = permutation_importance(
            forest,
            places[test],
            y[test],
            scoring=explained,
            n_repeats=_N_SHUFFLES,
            random_state=k,
        )
        grown = FittedForest(
            predict=predict,
            skill=explained(forest, places[test], y[test]),
            lost=shuffled.importances_mean,
            n_trained=len(train),
            n_tested=len(test),
        )
        if on_progress is not None:
            on_progress(k + 1, N_FORESTS)
        yield grown


def _scorer(
    predict: Callable[[Floats], Floats], spread: float
) -> Callable[[object, Floats, Floats], float]:
    """The share of `spread` that a prediction explains, as scikit-learn asks for it."""

    def explained(_model: object, places: Floats, y: Floats) -> float:
        return 1 - float(((predict(places) - y) ** 2).mean()) / spread

    return explained


def _predictor(forest: Any, parameters: Sequence[VariedParameter]) -> Callable[[Floats], Floats]:  # noqa: ANN401 - scikit-learn ships no types
    """The forest's prediction of places, without the checks that cost more than the trees."""
    trees = [estimator.tree_ for estimator in forest.estimators_]

    def predict(places: Floats) -> Floats:
        inputs = np.ascontiguousarray(encoded(parameters, places), dtype=np.float32)
        return np.asarray(sum(tree.predict(inputs)[:, 0] for tree in trees) / len(trees))

    return predict


def configurations(parameters: Sequence[VariedParameter]) -> NDArray[np.int64]:
    """`[N]` which runs are repeats of one configuration: alike in all but their seed or fold.

    Args:
        parameters: D parameters of N runs.
    """
    columns = [parameter.places for parameter in parameters if not tells_replicates(parameter.name)]
    if not columns:
        return np.zeros(len(parameters[0].places), dtype=np.int64)
    places = np.column_stack(columns)
    # NaN, which is what is absent, does not equal itself.
    _, groups = np.unique(np.where(np.isnan(places), -np.inf, places), axis=0, return_inverse=True)
    return np.asarray(groups, dtype=np.int64).ravel()


def splits(groups: NDArray[np.int64]) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Rows to learn from and rows to be asked about, groups kept together.

    Args:
        groups: `[N]` numbers of the groups.
    """
    from sklearn.model_selection import GroupShuffleSplit  # noqa: PLC0415 - as above

    cut = GroupShuffleSplit(n_splits=N_FORESTS, train_size=_TRAINED_SHARE, random_state=0)
    rng = np.random.default_rng(0)
    folds = []
    for train, test in cut.split(groups, groups=groups):
        if len(train) > MOST_TRAINED:
            train = np.sort(rng.choice(train, MOST_TRAINED, replace=False))  # noqa: PLW2901
        if len(test) > _MOST_TESTED:
            test = np.sort(rng.choice(test, _MOST_TESTED, replace=False))  # noqa: PLW2901
        folds.append((train, test))
    return folds


def encoded(parameters: Sequence[VariedParameter], places: Floats) -> Floats:
    """`[n, columns]` what the trees see: a column a category, numbers as they are, NaN for absent.

    Args:
        parameters: D parameters.
        places: `[n, D]`.
    """
    columns: list[Floats] = []
    for column, parameter in zip(places.T, parameters, strict=True):
        if parameter.ordered:
            columns.append(column)
            continue
        absent = np.isnan(column)
        columns += [np.where(absent, np.nan, column == k) for k in range(len(parameter.levels))]
    return np.column_stack(columns)


def skill_of(skills: Sequence[float], *, n_trained: int, n_tested: int, n: int) -> Skill | None:
    """How well the forests predict together."""
    explained = over_forests(np.array(skills), n=n, test_per_train=n_tested / n_trained)
    if explained is None:
        return None
    return Skill(explained=explained, n_forests=len(skills), n_trained=n_trained, n_tested=n_tested)
