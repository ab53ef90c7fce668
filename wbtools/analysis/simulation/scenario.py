"""What a simulation stands on: the runs as recorded, and what may come of those cut short.

A run that was stopped, killed, lost, or is still going, and has budget left, would have reported
more: what, nobody knows. Each simulation draws it: the best over the full budget from the run's
projection (with part of the error common to all runs), the way there from a completed run that went
further (the shape of its running best and its scatter above it). So a rule that would have let such
a run live is answered by a distribution over many draws, never by the value at the stop. Runs that
crashed or failed end where they ended: no rule is to blame for that. A run whose last report was
not finite stays so.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field, replace
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

from wbtools.analysis.diagnosis.diagnose import diagnose
from wbtools.analysis.projection import SHARED_ERROR_FRACTION, Projector
from wbtools.analysis.seed_noise import seed_noise
from wbtools.analysis.simulation.improvement import ProjectedImprovement
from wbtools.analysis.simulation.trajectories import Trajectories
from wbtools.analysis.sweep_snapshot import sweep_snapshot
from wbtools.errors import DataError
from wbtools.stats.spread import finite_or_none
from wbtools.text.brief import brief_repr
from wbtools.text.numbers import count

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from wbtools.analysis.diagnosis.outcomes import RunOutcomes
    from wbtools.analysis.diagnosis.termination import Completion
    from wbtools.analysis.projection import ProjectedBest, SweepSnapshot, Weights
    from wbtools.analysis.projection.applicability import OutOfDomain
    from wbtools.analysis.question import Question
    from wbtools.findings import Finding
    from wbtools.model import Curves, Metric, Sweep
    from wbtools.rules.hyperband import Hyperband

    Floats = NDArray[np.float64]

_NORMAL = NormalDist()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scenario:
    """N runs of one sweep. Lower is better: the goal's sign is already applied.

    Attributes:
        sweep_id: Of the sweep.
        metric: What the rules look at, and by which runs are judged.
        seen: What was recorded; a run that was cut short ends with its last report.
        full: `bool [N]` runs that ran their course.
        cut: `bool [N]` runs that had budget left when something other than themselves ended them.
        horizon: `int64 [N]` reports of a full run.
        pace_s: `float64 [N]` seconds a report.
        draws: By row of `cut`, equally likely values of the best over the full budget; a run whose
            last report was not finite has none.
        is_complete: Whether no report is known to be missing from its curves.
        is_timed: Whether the recording tells the pace of any run; if not, a report takes a second.
        n_workers: Most runs that were at work at the same time; 1 where no source says.
        n_left_out: Runs of the sweep that made no report and are not among the N.
        noise: Standard deviation between runs of one configuration; None if nothing tells.
        noise_from: In words, what that rests on.
        own: The rule that the sweep ran under, all of it written out; None without one that W&B's
            engine can run.
        n_by_completion: How many of the N came how far.
        findings: What is wrong with the recording.
    """

    __repr__ = brief_repr

    sweep_id: str
    metric: Metric
    seen: Trajectories
    full: NDArray[np.bool_]
    cut: NDArray[np.bool_]
    horizon: NDArray[np.int64]
    pace_s: Floats
    draws: Mapping[int, Floats] = field(default_factory=dict)
    is_complete: bool = True
    is_timed: bool = True
    n_workers: int = 1
    n_left_out: int = 0
    noise: float | None = None
    noise_from: str = ""
    own: Hyperband | None = None
    n_by_completion: Mapping[Completion, int] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()

    def __post_init__(self) -> None:
        """Check that the rules turn what a person writes of the metric as the values were turned.

        Raises:
            ValueError: They would not.
        """
        if self.seen.sign != self.metric.goal.sign:
            msg = "the recorded runs have another sign than the goal"
            raise ValueError(msg)

    @property
    def sign(self) -> float:
        """The goal's sign."""
        return self.metric.goal.sign

    def sample_completions(
        self, rng: np.random.Generator, shared_error: float | None = None
    ) -> Trajectories:
        """The runs as they may have gone on; drawn anew each time.

        Args:
            rng: What draws.
            shared_error: The error that all projections have in common, as a standard normal;
                drawn too if it is not given.
        """
        recorded = self.seen
        if not self.cut.any():
            return recorded
        n_reports = np.where(self.cut, self.horizon, recorded.n_reports)
        n, width = recorded.values.shape
        more = int(n_reports.max()) - width
        values = np.pad(recorded.values, ((0, 0), (0, max(more, 0))), constant_values=np.nan)
        times = np.pad(recorded.report_s, ((0, 0), (0, max(more, 0))))
        best = np.minimum.accumulate(np.where(np.isnan(values), np.inf, values), axis=1)
        common = float(rng.standard_normal()) if shared_error is None else shared_error
        for row in np.flatnonzero(self.cut).tolist():
            n, to = int(recorded.n_reports[row]), int(self.horizon[row])
            times[row, n:to] = times[row, n - 1] + self.pace_s[row] * np.arange(1, to - n + 1)
            if row in self.draws:
                own_error = float(rng.standard_normal())
                error = common * math.sqrt(SHARED_ERROR_FRACTION) + own_error * math.sqrt(
                    1 - SHARED_ERROR_FRACTION
                )
                draws = self.draws[row]
                final = float(draws[min(int(_NORMAL.cdf(error) * len(draws)), len(draws) - 1)])
                values[row, n:to] = self._continued(row, final, best, values, rng)
        return replace(
            recorded,
            values=values,
            n_reports=n_reports,
            report_s=times,
            end_s=np.where(
                self.cut, times[np.arange(len(n_reports)), n_reports - 1], recorded.end_s
            ),
        )

    def _continued(
        self, row: int, final: float, best: Floats, values: Floats, rng: np.random.Generator
    ) -> Floats:
        """The reports that a run may have made beyond its last one, if `final` is its best."""
        n, to = int(self.seen.n_reports[row]), int(self.horizon[row])
        best_so_far = float(best[row, n - 1])
        gain = best_so_far - min(final, best_so_far)
        donors = np.flatnonzero(self.full & (self.seen.n_reports > n) & np.isfinite(best[:, n - 1]))
        if len(donors):
            donor = int(donors[rng.integers(len(donors))])
            last = min(int(self.seen.n_reports[donor]), to)
            at = np.minimum(np.arange(n, to), last - 1)
            fell = best[donor, n - 1] - best[donor, at]
            above = np.nan_to_num(values[donor, at] - best[donor, at], nan=0.0, posinf=0.0)
            if fell[-1] > 0:
                shape: Floats = best_so_far - gain * fell / fell[-1] + above
                return shape
        return best_so_far - gain * np.arange(1, to - n + 1) / (to - n)


@np.errstate(over="ignore", invalid="ignore")  # 1e308 is a value too; what overflows is unknown
def scenario(
    sweep: Sweep,
    question: Question,
    weights: Weights | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> Scenario:
    """Bring a sweep into the form that rules can be replayed on.

    Args:
        sweep: With the curves of the question's metric.
        question: Which metric, which rule stopped the runs, what a full run is.
        weights: The learned model; without it, runs are projected by catching up.
        on_progress: Called with (parts of the projection done, parts in all).

    Raises:
        DataError: There are no runs or no curves, no run made a finite report, or runs were cut
            short and nothing tells how they might have gone on: none ran its course, or the learned
            model abstains.
    """
    if not sweep.runs:
        msg = f"the sweep {sweep.ref} has no runs"
        raise DataError(msg, "simulate once runs have begun")
    if question.metric.name not in sweep.curves:
        msg = f"{sweep.ref} holds no curves of {question.metric.name!r}, and a rule judges curves"
        raise DataError(
            msg,
            "name what holds them: the wandb/ folder, the sweep on the server, or an exported "
            "chart; a run table holds one value a run",
        )
    question = replace(question, rank_by=question.metric)
    diagnosis = diagnose(sweep, question)
    diagnosis.require_values()
    outcomes, sign = diagnosis.outcomes, diagnosis.sign
    curves = sweep.curves[question.metric.name]
    rows = np.flatnonzero(outcomes.n_made > 0)
    full = diagnosis.full[rows]
    by_itself = diagnosis.ended_by_itself[rows]
    n_made, budget = outcomes.n_made[rows], outcomes.budget.reports[rows]
    longest = int(n_made[full].max(initial=0))
    horizon = np.maximum(np.where(budget > 0, budget, longest), n_made)
    cut = ~by_itself & (horizon > n_made)
    pace_s, is_timed = _pace(outcomes, rows)
    projector = Projector.choose(weights)
    recorded = replace(
        _recorded(outcomes, curves, rows, pace_s, sign),
        full=full | ~by_itself,
        p_improvement=ProjectedImprovement(projector=projector),
    )
    if not full.any() and not by_itself.all():
        msg = (
            f"{int((~by_itself).sum())} of {count(len(rows), 'run')} did not end by "
            "themselves and none ran "
            "its course, so nothing tells how far they would have come"
        )
        raise DataError(msg, "choose a sweep in which some runs trained to the end")
    snapshot = sweep_snapshot(sweep, diagnosis)
    noise, noise_from = seed_noise(snapshot)
    last = np.take_along_axis(
        recorded.values, np.maximum(recorded.n_reports - 1, 0)[:, None], axis=1
    )[:, 0]
    going_on = np.zeros(len(sweep.runs), dtype=bool)
    going_on[rows] = cut & np.isfinite(last) & np.isfinite(recorded.best)
    target = None if question.target is None else question.target * sign
    draws = _draws(snapshot, going_on, target, projector, on_progress)
    return Scenario(
        sweep_id=sweep.ref.sweep_id,
        metric=question.metric,
        seen=recorded,
        full=full,
        cut=cut,
        horizon=horizon,
        pace_s=pace_s,
        draws={k: draws[row] for k, row in enumerate(rows.tolist()) if row in draws},
        is_complete=curves.complete,
        is_timed=is_timed,
        n_workers=_at_work(outcomes),
        n_left_out=len(sweep.runs) - len(rows),
        findings=sweep.findings,
        noise=finite_or_none(noise) if noise_from else None,
        noise_from=noise_from,
        own=_own(question),
        n_by_completion=Counter(diagnosis.completions[row] for row in rows.tolist()),
    )


def _own(question: Question) -> Hyperband | None:
    settings = question.rule.settings
    if settings is None:
        return None
    try:
        return settings.resolved()
    except DataError:
        return None


def _draws(
    snapshot: SweepSnapshot,
    going_on: NDArray[np.bool_],
    target: float | None,
    projector: Projector,
    on_progress: Callable[[int, int], None] | None,
) -> dict[int, Floats]:
    """Of the runs that go on, by the sweep's row; lower is better."""
    if not going_on.any():
        return {}
    completed = snapshot.best[snapshot.full & np.isfinite(snapshot.best)]
    if not len(completed):
        msg = (
            f"{int(going_on.sum())} of {count(len(snapshot.full), 'run')} were cut short and no "
            "completed run has a finite value, so nothing tells how far they would have come"
        )
        raise DataError(msg, "choose a sweep in which some runs trained to the end")
    incumbent = float(completed.min())
    projected: dict[int, ProjectedBest] = {}
    outside: OutOfDomain | None = None
    # The audit's candidates stand alone, as there, so that both tell the same of them.
    groups = [snapshot.stopped, going_on & ~snapshot.stopped]
    groups = [stopped for stopped in groups if (stopped & going_on).any()]
    for k, stopped in enumerate(groups):
        rows = np.flatnonzero(stopped & going_on).tolist()
        projections = projector.predict(
            replace(snapshot, stopped=stopped),
            incumbent if target is None else target,
            rows,
            _part(on_progress, k, len(groups)),
        )
        projected |= projections
        if len(projections) < len(rows):
            outside = outside or projections.outside
    n_unknown = int(going_on.sum()) - len(projected)
    if n_unknown:
        # Without a projection they would never gain again, and to stop them would cost nothing.
        because = "" if outside is None else f": {outside.because}"
        msg = (
            f"{n_unknown} of {count(len(snapshot.full), 'run')} were cut short and nothing "
            "tells how they would "
            f"have gone on{because}"
        )
        raise DataError(
            msg, "choose a sweep whose runs differ, or one in which some runs trained to the end"
        )
    return {row: best.draws for row, best in projected.items()}


def _part(
    on_progress: Callable[[int, int], None] | None, k: int, n_groups: int
) -> Callable[[int, int], None] | None:
    """Progress of the k-th of several projections, so that the share that is done never falls."""
    if on_progress is None:
        return None
    return lambda n_done, n_all: on_progress(k * n_all + n_done, n_groups * n_all)


def _at_work(outcomes: RunOutcomes) -> int:
    """Most runs at work at the same time, by when they began and how long they worked."""
    begun = [run.created_at for run in outcomes.runs]
    known = [
        (begin.timestamp(), float(took))
        for begin, took in zip(begun, outcomes.runtime_s, strict=True)
        if begin is not None and np.isfinite(took)
    ]
    # At the same moment, one that ends makes room for one that begins.
    events = sorted([*((at, 1) for at, _ in known), *((at + took, -1) for at, took in known)])
    return int(np.cumsum([change for _, change in events] or [0]).max(initial=1))


def _pace(outcomes: RunOutcomes, rows: NDArray[np.intp]) -> tuple[Floats, bool]:
    """`[N]` seconds a report, the median of the others where unknown; and whether any is known."""
    pace = np.where(outcomes.report_s > 0, outcomes.report_s, np.nan)[rows]
    if np.isnan(pace).all():
        return np.ones(len(rows)), False
    return np.where(np.isnan(pace), np.nanmedian(pace), pace), True


def _recorded(
    outcomes: RunOutcomes, curves: Curves, rows: NDArray[np.intp], pace_s: Floats, sign: float
) -> Trajectories:
    """The reports of each run on its own clock; what was not finite stands where it began."""
    n_made = outcomes.n_made[rows]
    width = int(n_made.max(initial=0))
    values, times = np.full((len(rows), width), np.nan), np.zeros((len(rows), width))
    startup = np.nan_to_num(outcomes.startup_s)[rows]
    for k, row in enumerate(rows.tolist()):
        n, n_bad = int(curves.n_reports[row]), int(curves.n_nonfinite[row])
        since_first_s = curves.times_s[row, :n] - curves.times_s[row, 0] if n else np.empty(0)
        if (
            np.isnan(since_first_s).any()
            or outcomes.runs[row].attempts > 1
            or (since_first_s < 0).any()
        ):
            since_first_s = pace_s[k] * np.arange(n)
        first = int((curves.steps[row, :n] < curves.first_nonfinite_step[row]).sum())
        before = since_first_s[first - 1] if first else -pace_s[k]
        gap = (since_first_s[first] - before) / (n_bad + 1) if first < n else pace_s[k]
        bad = before + gap * np.arange(1, n_bad + 1)
        all_s = (
            np.concatenate((since_first_s[:first], bad, since_first_s[first:]))
            if n_bad
            else since_first_s
        )
        finite = curves.values[row, :n] * sign
        values[k, : n + n_bad] = (
            np.insert(finite, first, np.full(n_bad, np.nan)) if n_bad else finite
        )
        since = np.maximum.accumulate(all_s - min(float(all_s[0]), 0.0))
        times[k, : n + n_bad] = startup[k] + pace_s[k] + since
    last = np.take_along_axis(times, np.maximum(n_made - 1, 0)[:, None], axis=1)[:, 0]
    return Trajectories(
        values=values,
        n_reports=n_made,
        report_s=times,
        end_s=last,
        configs=[outcomes.runs[row].config for row in rows.tolist()],
        horizon=outcomes.budget.typical or None,
        sign=sign,
    )
