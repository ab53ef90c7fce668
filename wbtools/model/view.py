"""What a stopping policy sees at one moment, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SweepView:
    """What can be known at one moment. Lower is better: the goal's sign is already applied.

    Attributes:
        values: `float64 [N, T]` finite reports, left-packed; undefined from `n_reports` on.
        n_reports: `int64 [N]` finite reports seen by now.
        active: `bool [N]` the runs that could be stopped now.
        n_nonfinite: `int64 [N]` NaN or infinite reports seen by now.
        configs: N configurations, for rules that use them.
        horizon: Reports of a full run, if known.
        completed: `bool [N]` the runs that ran their course by now, if known.
        sign: The goal's sign: what a person writes of the metric, times it, compares with `values`.
        p_improvement: What tells how likely runs are to beat the best completed one, if anything
            does.
    """

    values: NDArray[np.float64]
    n_reports: NDArray[np.int64]
    active: NDArray[np.bool_]
    n_nonfinite: NDArray[np.int64] | None = None
    configs: Sequence[Mapping[str, object]] = field(default=())
    horizon: int | None = None
    completed: NDArray[np.bool_] | None = None
    sign: float = 1.0
    p_improvement: ImprovementProbability | None = None

    def __post_init__(self) -> None:
        """Check that the arrays speak of the same runs."""
        n = self.values.shape[0]
        if self.n_reports.shape != (n,) or self.active.shape != (n,):
            msg = f"n_reports and active must be [{n}]"
            raise ValueError(msg)
        if n and int(self.n_reports.max()) > self.values.shape[1]:
            msg = "n_reports is larger than values is wide"
            raise ValueError(msg)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Verdict:
    """A policy's answer at one moment, with its reason as numbers (lower is better).

    Attributes:
        stop: `bool [N]` stop this run now; False for runs that are not active.
        value: `float64 [N]` what was compared; NaN where no band applies.
        threshold: `float64 [N]` what it was compared with; NaN where no band applies.
        band: `int64 [N]` the band that applied, in reports; 0 where none did.
        n_peers: `int64 [N]` runs whose values set the threshold, itself included.
    """

    stop: NDArray[np.bool_]
    value: NDArray[np.float64]
    threshold: NDArray[np.float64]
    band: NDArray[np.int64]
    n_peers: NDArray[np.int64]

    @classmethod
    def keeping(cls, n_runs: int) -> Verdict:
        """The verdict that judges nobody."""
        unknown = np.full(n_runs, np.nan)
        none = np.zeros(n_runs, dtype=np.int64)
        return cls(
            stop=np.zeros(n_runs, dtype=bool),
            value=unknown,
            threshold=unknown,
            band=none,
            n_peers=none,
        )


class ImprovementProbability(Protocol):
    """Tells from a view how likely runs are to beat the best completed one."""

    def __call__(self, view: SweepView, asked: NDArray[np.bool_]) -> NDArray[np.float64]:
        """How likely each run asked about is to beat the best completed one, were it to go on.

        Args:
            view: With at least one completed run that made a report.
            asked: `bool [N]` runs with at least one report.

        Returns:
            `float64 [N]` probabilities; 0 for the other runs, and where nothing can be told.
        """
        ...


class Policy(Protocol):
    """A stopping policy: a function of arrays. No clock, no state, no I/O."""

    def decide(self, view: SweepView) -> Verdict:
        """Say which active runs to stop, judged on `view` alone."""
        ...
