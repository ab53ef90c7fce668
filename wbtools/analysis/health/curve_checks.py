"""Checks of the curves: values that are not finite, divergence, and whether training helps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from wbtools.analysis.health.checks import CheckResult, NotJudged, check
from wbtools.analysis.health.divergence import FEWEST_REPORTS, divergence
from wbtools.findings import Confidence, Severity
from wbtools.stats.proportions import binomial_p, share_interval
from wbtools.sweepfile.goal_names import goal_of_name
from wbtools.text.numbers import count

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wbtools.analysis.health.check_context import CheckContext
    from wbtools.model import Curves

_FEWEST_RUNS: Final = 3
"""Beneath these, and so many reports each, best values at the first report are no pattern."""
_REPORTS_FOR_BEST: Final = 3
_REPORTS_FOR_TRUST: Final = 12
"""Divergence that only shorter curves show may be noise that they are too short to know."""
_FEWEST_FOR_PROGRESS: Final = 5
"""Runs that tell what progress is usual."""
_FEWEST_FOR_TREND: Final = 7
"""Curves that have to agree: 6 of 6 happen to a fair coin in 1.6 of 100 cases."""
_REPORTS_FOR_TREND: Final = 6
_MOST_AGREE: Final = 0.8
_SURE: Final = 0.01
"""A goal is doubted where four fifths of the curves go the other way, beyond this p."""
_MANY_AT_FIRST: Final = 0.2
"""Share of the runs from which on a best value at the first report is said,"""
_MOST_AT_FIRST: Final = 0.5
"""and from which on it is a warning."""


@check("WBD221")
def not_a_number(context: CheckContext) -> Iterator[CheckResult | NotJudged]:
    """Runs logged NaN or infinity as the metric.

    W&B's Hyperband drops such values: they shift every later report against the bands, and a run
    that logs nothing else is never stopped, so it runs to its end. The hours are those of the
    reports that were not finite, at the run's own pace, and all hours of runs without any number.

    Bad:
        wandb.log({"loss": loss})            # goes on when loss is NaN
    Good:
        wandb.log({"loss": loss})
        if not math.isfinite(loss):
            raise SystemExit(1)
    """
    diagnosis, curves = context.diagnosis, context.curves
    if diagnosis is None or curves is None:
        yield NotJudged(context.why_no_curves())
        return
    bad = curves.n_nonfinite > 0
    if not bad.any():
        return
    only = bad & (curves.n_reports == 0)
    lost = int(curves.n_nonfinite.sum())
    title = f"{int(bad.sum())} of {count(context.n_runs, 'run')} logged NaN or infinity"
    reports = f"{context.at_least()}{lost} of {count(lost + int(curves.n_reports.sum()), 'report')}"
    if only.any():
        title += f", {int(only.sum())} of them nothing else"
    yield CheckResult(
        title=f"{title}: {reports} in all",
        evidence={
            "n": context.n_runs,
            "n_nonfinite_runs": int(bad.sum()),
            "n_nothing_else": int(only.sum()),
            "wasted_reports": lost,
            "wasted_h": diagnosis.hours_of(curves.n_nonfinite),
            "run_ids": context.named(bad),
        },
        hint="end the program when the loss is not finite: Hyperband never stops a run for NaN",
    )


@check("WBD222", Severity.WARNING, Confidence.MEDIUM)
def diverged(context: CheckContext) -> Iterator[CheckResult | NotJudged]:
    """Runs diverged: they lost what they had gained, or ended far worse than they began.

    The measure is what training usually gains in this sweep: the median, over runs with five
    reports or more, of the best value less the first one. A run diverged if it gained half of that
    and gave back nine tenths of its own gain, or if it ended worse than it began by more than that.
    Noise is no divergence: the end is the median of the last fifth of a run, all of that fifth must
    be bad (curves of more than 20 reports are read in 20 parts, each its median), and the loss must
    be twice as large as the largest one that the run had made good before; of runs with fewer than
    10 reports, twice what the noisier runs of the sweep make good. Runs with fewer than 5 reports
    are not judged, and where no diverged run has 12, the finding is of low confidence. The reports
    after its best are counted as wasted.

    Bad:
        lr: {distribution: log_uniform_values, min: 0.001, max: 100.0}
    Good:
        lr: {distribution: log_uniform_values, min: 0.001, max: 0.1}
    """
    diagnosis, curves = context.diagnosis, context.curves
    if diagnosis is None or curves is None:
        yield NotJudged(context.why_no_curves())
        return
    found = divergence(curves, diagnosis.sign)
    n, bad = int(found.judged.sum()), found.diverged
    if n < _FEWEST_FOR_PROGRESS:
        yield NotJudged(
            f"only {count(n, 'run')} with {FEWEST_REPORTS} reports or more; "
            f"{_FEWEST_FOR_PROGRESS} are needed"
        )
        return
    if not found.usual_gain > 0:
        yield NotJudged("the median run never got better than its first report")
        return
    if not bad.any():
        return
    is_short = not (curves.n_reports[bad] >= _REPORTS_FOR_TRUST).any()
    wasted = np.where(bad, curves.n_reports - diagnosis.outcomes.best_at, 0)
    reports = f"{context.at_least()}{count(int(wasted.sum()), 'report')}"
    after = "after its best" if bad.sum() == 1 else "after their best"
    yield CheckResult(
        title=f"{int(bad.sum())} of {n} runs diverged: {reports} wasted {after}",
        evidence={
            "n": n,
            "n_diverged": int(bad.sum()),
            "share_interval": share_interval(int(bad.sum()), n),
            "usual_gain": found.usual_gain,
            "wasted_reports": int(wasted.sum()),
            "wasted_h": diagnosis.hours_of(wasted),
            "run_ids": context.named(bad),
        },
        hint="`wbtools importance` shows where in the search space; a lower learning rate or "
        "clipping may help",
        confidence=Confidence.LOW if is_short else None,
    )


@check("WBD223")
def doubtful_goal(context: CheckContext) -> Iterator[CheckResult | NotJudged]:
    """The goal contradicts the metric: its name, or the way its curves go.

    With the wrong goal Hyperband stops the best runs and bayes looks for the worst. The name is
    judged by its words (a loss falls, an accuracy rises), and does not count where the curves agree
    with the goal. The curves: for each run with six reports, whether the mean of its last third is
    worse than that of its first; a finding needs seven such runs, four in five of them getting
    worse, and less than one chance in a hundred that a fair coin does that.

    Bad:
        metric: {name: val/loss, goal: maximize}
    Good:
        metric: {name: val/loss, goal: minimize}
    """
    diagnosis, curves = context.diagnosis, context.curves
    if diagnosis is None:
        yield NotJudged(context.why_no_curves())
        return
    metric = diagnosis.question.metric
    suggested = goal_of_name(metric.name)
    by_name = suggested is not None and suggested != metric.goal
    n, n_worse = (0, 0) if curves is None else _trend(curves, diagnosis.sign)
    share = n_worse / n if n else 0.0
    enough = n >= _FEWEST_FOR_TREND
    against = enough and share >= _MOST_AGREE and binomial_p(n_worse, n, 0.5) < _SURE
    along = enough and share <= 1 - _MOST_AGREE
    evidence: dict[str, object] = {"n": n, "n_getting_worse": n_worse, "goal": str(metric.goal)}
    if n:
        evidence["share_interval"] = share_interval(n_worse, n)
    hint = f"perhaps goal: {'minimize' if metric.goal == 'maximize' else 'maximize'} was meant"
    word = {"minimize": "fall", "maximize": "rise"}[metric.goal]
    if against:
        title = (
            f"the goal is for {metric.name!r} to {word}, but in {n_worse} of {count(n, 'run')} it "
        )
        yield CheckResult(
            title=f"{title}goes the other way",
            evidence=evidence,
            hint=hint if by_name else f"{hint}; or training makes things worse, see WBD224",
            severity=Severity.ERROR if by_name else Severity.WARNING,
            confidence=Confidence.HIGH if by_name else Confidence.MEDIUM,
        )
    elif by_name and not along:
        yield CheckResult(
            title=f"the goal is to {metric.goal} {metric.name!r}, whose name suggests {suggested}",
            evidence=evidence,
            hint=hint,
            confidence=Confidence.MEDIUM if n else Confidence.LOW,
        )
    elif not enough and suggested is None:
        yield NotJudged(
            f"only {count(n, 'run')} with {_REPORTS_FOR_TREND} reports; {_FEWEST_FOR_TREND} are "
            "needed"
        )


def _trend(curves: Curves, sign: float) -> tuple[int, int]:
    """Runs whose curve goes anywhere, and those of them that get worse."""
    long = np.flatnonzero(curves.n_reports >= _REPORTS_FOR_TREND).tolist()
    moves = []
    for row in long:
        values = curves.values[row, : curves.n_reports[row]] * sign
        third = len(values) // 3
        moves.append(float(np.sign(values[-third:].mean() - values[:third].mean())))
    return sum(move != 0 for move in moves), sum(move > 0 for move in moves)


@check("WBD224", Severity.WARNING, Confidence.MEDIUM)
def best_at_first(context: CheckContext) -> Iterator[CheckResult | NotJudged]:
    """Runs are best at their very first report.

    An evaluation before training, or training that makes things worse: a rate that is too high
    for what was pre-trained, a wrong goal, a metric of the wrong data. Hyperband with
    `strict: false` and bayes with `impute: best` take that first value for the run's own. Judged on
    runs with three reports whose values change; a finding needs three such runs, and one in five of
    them, two at least.

    Bad:
        wandb.log({"val/acc": evaluate(pretrained)})     # report 1 is never beaten
        for epoch in range(epochs): ...
    Good:
        baseline = evaluate(pretrained)
        wandb.summary["baseline"] = baseline             # no report of the metric
        for epoch in range(epochs): ...
    """
    diagnosis, curves = context.diagnosis, context.curves
    if diagnosis is None or curves is None:
        yield NotJudged(context.why_no_curves())
        return
    judged = curves.n_reports >= _REPORTS_FOR_BEST
    if int(judged.sum()) < _FEWEST_RUNS:
        yield NotJudged(
            f"only {count(int(judged.sum()), 'run')} with 3 reports or more; 3 are needed"
        )
        return
    worst = np.fmax.reduce(curves.values * diagnosis.sign, axis=1)
    judged &= worst > diagnosis.outcomes.best * diagnosis.sign
    n = int(judged.sum())
    early = judged & (diagnosis.outcomes.best_at == 1)
    k = int(early.sum())
    if n < _FEWEST_RUNS or k < max(2, _MANY_AT_FIRST * n):
        return
    before = diagnosis.outcomes.budget.n_before
    yield CheckResult(
        title=f"{k} of {n} runs are best at their first report",
        evidence={
            "n": n,
            "n_best_at_first": k,
            "share_interval": share_interval(k, n),
            "n_reports_before_training": before,
            "run_ids": context.named(early),
        },
        hint="an evaluation before training is a report too"
        if before
        else "check whether training makes things worse, or the goal is the wrong way round",
        severity=Severity.WARNING if k >= _MOST_AT_FIRST * n else Severity.INFO,
    )
