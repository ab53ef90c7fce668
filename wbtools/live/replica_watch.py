"""What is new of running replicas: each report against the original's, in a line of its own.

Of a run that goes on from a checkpoint reports count from the original's first on.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from wbtools.analysis.diagnosis.termination import Completion
from wbtools.analysis.verification.measured_runs import seed_of
from wbtools.analysis.verification.running_replica import Standing, compared_reports
from wbtools.answers.termination_words import completion_word
from wbtools.live.words import called, tell
from wbtools.text.numbers import Scale, count
from wbtools.text.sanitize import sanitize

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from wbtools.analysis.verification.outcome import CheckedReplica, Verification
    from wbtools.analysis.verification.running_replica import ComparedReport
    from wbtools.app.opening.session import Session

_MOST_NEW: Final = 12
"""Reports of a replica that are told at one look; of more, the latest and the spikes are."""
_LONGEST_SEED: Final = 20
_STANDINGS: Final = {
    Standing.EQUAL: "equal to the original",
    Standing.ON_TRACK: "on track",
    Standing.STRAYS: "outside, as 1 report in 20 is by chance",
    Standing.AHEAD: "ahead of other seeds",
    Standing.BEHIND: "BEHIND other seeds",
    Standing.BETTER: "better; the noise between seeds is not known",
    Standing.WORSE: "worse; the noise between seeds is not known",
    Standing.BEYOND: "further than the original came",
}


class ReplicaWatch:
    """Tells what is new of the replicas of one run since the last look."""

    def __init__(self, session: Session, usual_noise: float | None) -> None:
        """Nothing is told yet.

        Args:
            session: Whose observer is told.
            usual_noise: Standard deviation of best values between seeds, in the metric's units;
                None if unknown.
        """
        self._session = session
        self._usual_noise = usual_noise
        self._n_told: dict[str, int] = {}
        self._n_nonfinite: dict[str, int] = {}
        self._ended: set[str] = set()

    def see(self, verification: Verification) -> None:
        """Tell what is new."""
        for replica in verification.replicas:
            if replica.is_other:
                self._tell_once_that_it_is_other(replica)
                continue
            self._tell_reports(verification, replica)
            self._tell_nonfinite(replica)
            if replica.completion is not Completion.RUNNING and replica.run.id not in self._ended:
                self._ended.add(replica.run.id)
                n, how = count(replica.n_reports, "report"), completion_word(replica.completion)
                self._tell(f"{_named(replica)} has ended after {n}: {how}")

    def _tell_reports(self, verification: Verification, replica: CheckedReplica) -> None:
        n_told = self._n_told.get(replica.run.id, 0)
        # Of a run that went on, what stands before its own reports is the original's.
        joined = replica.joined
        own = replica.n_reports if joined is None else joined.parts[-1].n_reports
        after = replica.n_reports - own + n_told
        new = compared_reports(
            verification.original_curve,
            replica.curve,
            verification.plan.goal,
            seeds=seeds_beside(replica, verification),
            usual_noise=self._usual_noise,
            after=after,
        )
        self._n_told[replica.run.id] = n_told + len(new)
        if joined is not None:
            # Reports that nobody has count, as they do in the answer and the figure.
            n_missing = joined.parts[-1].first - 1 - (replica.n_reports - own)
            new = [replace(report, report=report.report + n_missing) for report in new]
        shown = new[-_MOST_NEW:]
        spikes = [report for report in new[:-_MOST_NEW] if report.is_spike]
        if len(new) > len(shown):
            left = count(len(new) - len(shown) - len(spikes), "report")
            self._tell(f"{_named(replica)}: {left} more before these are not shown")
        for report in [*spikes, *shown]:
            self._tell(f"{_named(replica)}, {report_words(report, verification)}")

    def _tell_nonfinite(self, replica: CheckedReplica) -> None:
        n_before = self._n_nonfinite.get(replica.run.id, 0)
        if replica.n_nonfinite > n_before:
            n_new = count(replica.n_nonfinite - n_before, "new report")
            verb = "is" if replica.n_nonfinite - n_before == 1 else "are"
            self._n_nonfinite[replica.run.id] = replica.n_nonfinite
            self._tell(
                f"{_named(replica)}: {n_new} {verb} NaN or infinite, {replica.n_nonfinite} in all"
            )

    def _tell_once_that_it_is_other(self, replica: CheckedReplica) -> None:
        if replica.run.id not in self._ended:
            self._ended.add(replica.run.id)
            self._tell(f"{_named(replica)} has another configuration than planned: not watched")

    def _tell(self, text: str) -> None:
        tell(self._session, text)


def seeds_beside(
    replica: CheckedReplica, verification: Verification
) -> Sequence[NDArray[np.float64]]:
    """The curves of the original and of the other replicas, one a seed.

    The replica itself is not among them, as one that strays would widen what it is held against.
    """
    curves = {repr(seed_of(verification.run)): verification.original_curve}
    for other in verification.counted:
        if other.seed is not None and other.seed != replica.seed:
            curves.setdefault(repr(other.seed), other.curve)
    return list(curves.values())


def report_words(report: ComparedReport, verification: Verification) -> str:
    """One report: `report 7: 0.4512; original 0.4498, 0.0014 better (…): on track`."""
    scale = Scale.of([*verification.original_curve.tolist(), report.value])
    value, original = scale.apart(report.value, report.original)
    words = f"report {report.report}: {value}"
    if report.original is not None:
        words += f"; original {original}"
        if report.gain:
            gap = scale.signed(abs(report.gain)).lstrip("+")
            words += f", {gap} {'better' if report.gain > 0 else 'worse'}"
        if report.gain and report.low is not None and report.high is not None:
            low, high = scale.apart(report.low, report.high)
            words += f" (95 % of seeds: {low} to {high})"
    words += f": {_STANDINGS[report.standing]}"
    if report.standing is Standing.BEYOND:
        words += _needed_words(report, verification, scale)
    return f"{words}; SPIKE" if report.is_spike else words


def _needed_words(report: ComparedReport, verification: Verification, scale: Scale) -> str:
    """How far the best value so far is from what a success reaches."""
    plan = verification.plan
    criterion = next((each for each in plan.criteria if each.metric == plan.metric), None)
    if criterion is None:
        return ""
    best, needed = scale.apart(report.best, criterion.success)
    is_reached = report.best * plan.goal.sign <= criterion.success * plan.goal.sign
    return f"; best so far {best}, " + (
        f"which reaches a success ({needed})" if is_reached else f"a success reaches {needed}"
    )


def _named(replica: CheckedReplica) -> str:
    seed = "" if replica.seed is None else f", seed {sanitize(replica.seed, limit=_LONGEST_SEED)}"
    what = "replica" if replica.joined is None else "continued run"
    return f"{what} {called(replica.run)}{seed}"
