"""Checks of where: machines on which runs fail, bounds at which the best values lie."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

import numpy as np

from wbtools.analysis.boundary_optimum import (
    axes_with_ends,
    boundary_optima,
    why_no_best_quarter,
)
from wbtools.analysis.diagnosis.termination import Cause
from wbtools.analysis.health.checks import CheckResult, NotJudged, check
from wbtools.findings import Confidence, Severity
from wbtools.stats.differences import holm
from wbtools.stats.proportions import fisher_p, share_interval
from wbtools.text.numbers import count

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wbtools.analysis.health.check_context import CheckContext

_FEWEST_RUNS: Final = 6
_FEWEST_FAILURES: Final = 2
_LEVEL: Final = 0.05
_PLACES: Final = {
    "host": "host",
    "gpu": "GPU",
    "git_commit": "commit",
    "sdk_version": "version of the SDK",
}


@check("WBD234", Severity.WARNING)
def failing_place(context: CheckContext) -> Iterator[CheckResult | NotJudged]:
    """Failures gather on a host, a GPU model, a commit or a version of the SDK.

    Failed, crashed and lost runs; those that the rule stopped are none. Each place with three runs
    or more is compared with all others by Fisher's exact test (one-sided), all of them together by
    Holm's method; a finding needs a chance below 5 %, six runs and two failures. No source says
    which agent started a run: the host stands in for it.

    Bad:
        gpu-3: 5 of 5 runs failed; elsewhere 0 of 10
    Good:
        gpu-3: 1 of 5 runs failed; elsewhere 2 of 10
    """
    ended = ~context.going()
    failed = context.ended_badly() & ended
    n_all, k_all = int(ended.sum()), int(failed.sum())
    if k_all < _FEWEST_FAILURES:
        yield from _perhaps_failures(context, k_all)
        return
    if n_all < _FEWEST_RUNS:
        yield NotJudged(f"only {count(n_all, 'run')} ended; {_FEWEST_RUNS} are needed")
        return
    groups = []
    for field, word in _PLACES.items():
        members: Counter[str] = Counter()
        cases: Counter[str] = Counter()
        for run, over, bad in zip(context.sweep.runs, ended, failed, strict=True):
            place = getattr(run, field)
            if over and place is not None:
                members[place] += 1
                cases[place] += int(bad)
        if len(members) > 1:
            groups += [(word, at, cases[at], n, members.total(), cases.total())
                       for at, n in members.items() if n >= _FEWEST_FAILURES + 1]  # fmt: skip
    if not groups:
        yield NotJudged(
            "fewer than two hosts, GPUs, commits or SDK versions are known, so none can be compared"
        )
        return
    p = [fisher_p(k, n, all_k, all_n) for _, _, k, n, all_n, all_k in groups]
    for (word, at, k, n, all_n, all_k), adjusted in zip(groups, holm(p), strict=True):
        if adjusted is not None and adjusted < _LEVEL:
            yield CheckResult(
                subject=at,
                title=f"{k} of {n} runs on the {word} {at} ended badly; elsewhere {all_k - k} of "
                f"{all_n - n}",
                evidence={
                    "n": all_n,
                    "n_tests": len(groups),
                    "share_interval": share_interval(k, n),
                    "elsewhere_share_interval": share_interval(all_k - k, all_n - n),
                    "p_adjusted": adjusted,
                },
                hint="look at it before the sweep goes on",
            )


def _perhaps_failures(context: CheckContext, n_failed: int) -> Iterator[NotJudged]:
    """Say where runs left an exit code other than 0 and nothing tells whether by a rule."""
    if context.diagnosis is None:
        return
    untold = context.diagnosis.caused_by(Cause.UNEXPLAINED)
    codes = [run.exit_code for run in context.sweep.runs]
    n = sum(bool(unexplained and code) for unexplained, code in zip(untold, codes, strict=True))
    if n and n_failed + n >= _FEWEST_FAILURES:
        yield NotJudged(
            f"{count(n, 'run')} with an exit code other than 0 failed or were stopped by a rule "
            "that is not known (pass --early-terminate)"
        )


@check("WBD214", Severity.WARNING, Confidence.MEDIUM)
def at_a_bound(context: CheckContext) -> Iterator[CheckResult | NotJudged]:
    """The best runs lie at a bound of the range that was searched.

    The optimum may lie beyond it. On the parameter's own scale (logarithmic where the range is),
    the best run must lie within the last tenth of the range, or have the last of three or more
    listed numbers. The best quarter of the runs must gather there, more often than all runs do
    (Fisher's exact test), or the metric must still improve towards the bound among the runs in the
    nearer half of the range (Spearman), with less than one chance in twenty over all bounds
    together (Holm). A bound that cannot be passed (0 for a probability) is no mistake. Runs that
    were stopped count with their best value so far. `wbtools importance` says the same.

    Bad:
        lr: {distribution: log_uniform_values, min: 0.0001, max: 0.01}   # best at 0.0097
    Good:
        lr: {distribution: log_uniform_values, min: 0.0001, max: 0.1}
    """
    if (diagnosis := context.diagnosis) is None:
        yield NotJudged(context.why_no_curves())
        return
    if not axes_with_ends(context.background.space):
        yield NotJudged("the ranges that were searched are not known")
        return
    signed = diagnosis.outcomes.best * diagnosis.sign
    if (why_not := why_no_best_quarter(signed)) is not None:
        yield NotJudged(why_not)
        return
    configs = [run.config for run in context.sweep.runs]
    best = int(np.nanargmin(np.where(np.isfinite(signed), signed, np.nan)))
    budget = diagnosis.outcomes.budget.names
    space = {name: axis for name, axis in context.background.space.items() if name not in budget}
    for optimum in boundary_optima(space, configs, signed):
        side = "upper" if optimum.upper else "lower"
        bound = f"the {side} bound of {optimum.name}, {optimum.value:g}"
        yield CheckResult(
            subject=optimum.name,
            title=f"{optimum.n_top_there} of the best {optimum.n_top} runs lie "
            f"at {bound}, the best one too",
            evidence={
                "n": int(np.isfinite(signed).sum()),
                "n_best": optimum.n_top,
                "n_at_the_bound": optimum.n_top_there,
                "share_interval": (optimum.top.low, optimum.top.high),
                "n_all_at_the_bound": optimum.n_there,
                "share_of_all": optimum.every.estimate,
                "p_adjusted": optimum.p_adjusted,
                "best_value_there": configs[best].get(optimum.name),
            },
            hint=f"widen {optimum.name} beyond {optimum.value:g}, if it can be",
        )
