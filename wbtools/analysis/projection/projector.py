"""Project the stopped runs of a sweep, by one of several methods."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from wbtools.analysis.projection.catch_up import catch_up, natural_floor, steady_sd
from wbtools.analysis.projection.curve_fit import curve_fit
from wbtools.analysis.projection.learned import learned
from wbtools.analysis.projection.projected import EVEN, ProjectedBest, Projections
from wbtools.analysis.projection.remaining_improvement import (
    RemainingImprovement,
    remaining_improvement,
)
from wbtools.rules.running import running_best
from wbtools.text.brief import brief_repr

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from wbtools.analysis.projection.peer_slice import Floats
    from wbtools.analysis.projection.snapshot import SweepSnapshot
    from wbtools.analysis.projection.weights import Weights


class Method(StrEnum):
    """How a stopped run is projected."""

    LEARNED = "learned"
    CATCH_UP = "catch-up"
    EMPIRICAL_GAIN = "empirical-gain"
    CURVE_FIT = "curve-fit"
    LAST = "last"


@dataclass(frozen=True, slots=True, kw_only=True)
class Projector:
    """Projects the stopped runs of sweeps.

    Attributes:
        method: How.
        weights: The learned model, which `Method.LEARNED` needs.
    """

    __repr__ = brief_repr

    method: Method = Method.CATCH_UP
    weights: Weights | None = None

    def __post_init__(self) -> None:
        """Check that the learned method has its model.

        Raises:
            ValueError: It has not.
        """
        if self.method is Method.LEARNED and self.weights is None:
            msg = "the learned method needs its weights"
            raise ValueError(msg)

    @classmethod
    def choose(cls, weights: Weights | None, method: Method | None = None) -> Projector:
        """By the method named, else by the learned model if there is one, else by catching up."""
        default = Method.CATCH_UP if weights is None else Method.LEARNED
        return cls(method=method or default, weights=weights)

    def predict(
        self,
        snapshot: SweepSnapshot,
        incumbent: float,
        rows: Collection[int] | None = None,
        on_progress: Callable[[int, int], None] | None = None,
    ) -> Projections:
        """Project stopped runs that made a report.

        Nothing is projected without curves and a run that ran its course. Of a sweep that lies
        outside of what the learned model knows (`ApplicabilityDomain.outside`), the learned method
        projects by catching up, or nothing.

        Args:
            snapshot: The runs of a sweep.
            incumbent: What a gem must beat, lower is better.
            rows: Which of the stopped runs; None for all.
            on_progress: Called with (parts of the projection done, parts in all).

        Raises:
            ValueError: The weights were made for other features.
        """
        if not (snapshot.has_curves and snapshot.full.any()):
            return Projections(by_row={}, method=self.method)
        stopped = np.flatnonzero(snapshot.stopped & (snapshot.n_reports > 0)).tolist()
        wanted = stopped if rows is None else sorted(set(rows).intersection(stopped))
        gains = _further_gains(snapshot)
        method, outside = self.method, None
        by_row: dict[int, ProjectedBest] = {}
        if method is Method.LEARNED and self.weights is not None:
            outside = self.weights.support.outside(snapshot)
            if outside is None:
                found = learned(snapshot, incumbent, self.weights, gains, on_progress)
                by_row = {row: found[row] for row in wanted if row in found}
            elif not outside.abstains:
                method = Method.CATCH_UP
        if method is not Method.LEARNED:
            by_row = _plain(method, snapshot, incumbent, wanted, gains)
        return Projections(
            by_row={row: replace(best, incumbent=incumbent) for row, best in by_row.items()},
            method=method,
            outside=outside,
        )


def _further_gains(snapshot: SweepSnapshot) -> Callable[[int], RemainingImprovement]:
    """What the completed runs that went further than the run in a row still gained."""
    best = running_best(snapshot.values)
    known: dict[tuple[int, int], RemainingImprovement] = {}

    def gains(row: int) -> RemainingImprovement:
        at, horizon = int(snapshot.n_reports[row]), int(snapshot.horizon[row])
        if (at, horizon) not in known:
            known[at, horizon] = remaining_improvement(
                best, snapshot.n_reports, snapshot.full, at=at, horizon=horizon or None
            )
        return known[at, horizon]

    return gains


def _plain(
    method: Method,
    snapshot: SweepSnapshot,
    incumbent: float,
    rows: Sequence[int],
    gains: Callable[[int], RemainingImprovement],
) -> dict[int, ProjectedBest]:
    """Project by a method that learned nothing beforehand."""
    projected = {
        Method.CATCH_UP: _by_catching_up,
        Method.EMPIRICAL_GAIN: _by_gains,
        Method.CURVE_FIT: _by_curve,
        Method.LAST: _by_last,
    }[method](snapshot)
    by_row = {}
    for row in rows:
        run_gains = gains(row)
        draws = np.quantile(projected(row, run_gains), EVEN, method="inverted_cdf")
        by_row[row] = ProjectedBest(
            levels=EVEN,
            quantiles=draws,
            interval=(0.05, 0.95),
            draws=draws,
            p_gem=float((draws < incumbent).mean()),
            gains=run_gains,
        )
    return by_row


def _by_catching_up(snapshot: SweepSnapshot) -> Callable[[int, RemainingImprovement], Floats]:
    wide = _spread(snapshot)
    floor = natural_floor(snapshot.values)
    return lambda row, gains: catch_up(float(snapshot.best[row]), gains, spread=wide, floor=floor)


def _by_gains(snapshot: SweepSnapshot) -> Callable[[int, RemainingImprovement], Floats]:
    def projected(row: int, gains: RemainingImprovement) -> Floats:
        still = gains.own if len(gains.own) else np.zeros(1)
        return np.sort(snapshot.best[row] - still)

    return projected


def _by_curve(snapshot: SweepSnapshot) -> Callable[[int, RemainingImprovement], Floats]:
    return lambda row, _: curve_fit(
        snapshot.values[row, : snapshot.n_reports[row]], int(snapshot.horizon[row])
    )


def _by_last(snapshot: SweepSnapshot) -> Callable[[int, RemainingImprovement], Floats]:
    return lambda row, _: np.array([float(snapshot.best[row])])


def _spread(snapshot: SweepSnapshot) -> float:
    """A positive scale of results: their spread, else a thousandth of them."""
    finals = snapshot.best[snapshot.full & np.isfinite(snapshot.best)]
    if not len(finals):
        return 0.0
    return steady_sd(finals) or 1e-3 * float(np.abs(finals).max())
