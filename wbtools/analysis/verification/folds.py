"""Replicas over the folds of a cross-validation: how far the folds differ, and which is odd."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from wbtools.model.configuration import canonical, is_fold, leaf
from wbtools.stats.grubbs import grubbs_limit, grubbs_scores
from wbtools.stats.spread import mean
from wbtools.stats.student import summarize
from wbtools.text.brief import brief_repr

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from wbtools.model import Run
    from wbtools.stats.student import Summary

FEWEST_FOLDS: Final = 4
"""Of three values nothing tells which one is odd, or whether any is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoldResult:
    """What the replicas of one fold reached.

    Attributes:
        fold: The configuration's value.
        n_replicas: Those that ended.
        value: Mean of their best values, in the metric's units.
        score: Distance from the folds' mean in their standard deviations; None with fewer than four
            folds, or where more than half of them have one value.
        is_odd: Whether that lies beyond the limit of Grubbs' test.
        original: What the original reached, where it is of this fold; None elsewhere.
        difference: From that, in the metric's units; None likewise.
    """

    __repr__ = brief_repr

    fold: object
    n_replicas: int
    value: float
    score: float | None = None
    is_odd: bool = False
    original: float | None = None
    difference: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FoldSpread:
    """The replicas by their folds.

    Attributes:
        name: The configuration's name of the fold.
        members: One a fold, in the order of their values.
        summary: Of the folds' values, each counted once.
        limit: Score beyond which a fold is odd, which one of honest folds is in 5 % of replications
            (Grubbs 1969); None where no fold has a score.
    """

    __repr__ = brief_repr

    name: str
    members: tuple[FoldResult, ...]
    summary: Summary
    limit: float | None = None

    @property
    def odd(self) -> FoldResult | None:
        """The fold that stands out from the others."""
        return next((member for member in self.members if member.is_odd), None)


def fold_name(configs: Iterable[Mapping[str, object]], fold_key: str | None) -> str | None:
    """The name under which configurations keep their fold; None where nothing does.

    Args:
        configs: Of the replicas.
        fold_key: What the user calls it: the whole dotted name, or its last part.
    """
    names = dict.fromkeys(name for config in configs for name in config)
    if fold_key is None:
        return next(filter(is_fold, names), None)
    if fold_key in names:
        return fold_key
    return next((name for name in names if leaf(name) == leaf(fold_key)), None)


def fold_spread(
    name: str, replicas: Sequence[tuple[Run, float]], original: tuple[Run, float | None]
) -> FoldSpread | None:
    """Sum up the replicas by folds; None where they are of fewer than two.

    Odd is what Grubbs' test finds, which takes folds of a replication to differ by normal noise and
    names one of them in 5 % of replications where they do. It holds a fold against the other folds
    and not against the original, which is one run and so of one fold: a fold whose data are hard is
    odd too.

    Args:
        name: Of the fold in configurations.
        replicas: Those that ended, with their best values in the metric's units.
        original: The run that was replicated, with its own; None where it has none.
    """
    by_fold: dict[str, tuple[object, list[float]]] = {}
    for run, value in replicas:
        if name in run.config:
            fold = run.config[name]
            by_fold.setdefault(canonical(fold), (fold, []))[1].append(value)
    if len(by_fold) < 2:  # noqa: PLR2004 - one fold does not differ
        return None
    keys = sorted(by_fold, key=lambda key: _order(by_fold[key][0]))
    values = np.array([float(mean(np.array(by_fold[key][1]))) for key in keys])
    scores = grubbs_scores(values) if len(keys) >= FEWEST_FOLDS else None
    limit = None if scores is None else grubbs_limit(len(keys))
    run, best = original
    own = canonical(run.config[name]) if name in run.config else None
    return FoldSpread(
        name=name,
        members=tuple(
            FoldResult(
                fold=by_fold[key][0],
                n_replicas=len(by_fold[key][1]),
                value=float(values[k]),
                score=None if scores is None else float(scores[k]),
                is_odd=scores is not None and limit is not None and abs(scores[k]) > limit,
                original=best if key == own else None,
                difference=float(values[k]) - best if key == own and best is not None else None,
            )
            for k, key in enumerate(keys)
        ),
        summary=summarize(values.tolist()),
        limit=limit,
    )


def _order(fold: object) -> tuple[bool, float, str]:
    is_number = isinstance(fold, int | float)
    return (not is_number, float(fold) if isinstance(fold, int | float) else 0.0, str(fold))
