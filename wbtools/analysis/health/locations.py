"""Checks of where: machines on which runs fail, bounds at which the best values lie."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING, Final

import numpy as np

from wbtools.analysis.diagnosis.termination import Cause
from wbtools.analysis.health.checks import CheckResult, NotJudged, check
from wbtools.findings import Confidence, Severity
from wbtools.stats.differences import holm
from wbtools.stats.proportions import binomial_p, fisher_p, share_interval
from wbtools.sweepfile.space import Choice, Range

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wbtools.analysis.health.check_context import CheckContext
    from wbtools.sweepfile.space import Axis

_FEWEST_RUNS: Final = 6
_FEWEST_FAILURES: Final = 2
_LEVEL: Final = 0.05
_PLACES: Final = {
    "host": "host",
    "gpu": "GPU",
    "git_commit": "commit",
    "sdk_version": "version of the SDK",
}
_FEWEST_TOP: Final = 4
_TOP_SHARE: Final = 0.25
_MOST_TOP: Final = 0.5
_EDGE: Final = 0.1
_FEWEST_LISTED: Final = 3


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
        yield NotJudged(f"{n_all} runs ended; {_FEWEST_RUNS} are needed")
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
        yield NotJudged("no two hosts, GPUs, commits or SDK versions are known to compare")
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
                hint="look at that place before the sweep goes on",
            )


def _perhaps_failures(context: CheckContext, n_failed: int) -> Iterator[NotJudged]:
    """Say where runs left an exit code other than 0 and nothing tells whether by a rule."""
    if context.measured is None:
        return
    untold = context.measured.caused_by(Cause.UNEXPLAINED)
    codes = [run.exit_code for run in context.sweep.runs]
    n = sum(bool(unexplained and code) for unexplained, code in zip(untold, codes, strict=True))
    if n and n_failed + n >= _FEWEST_FAILURES:
        yield NotJudged(
            f"{n} runs with an exit code other than 0 failed or were stopped by a rule that is not "
            "known (--early-terminate tells)"
        )


@check("WBD214", Severity.WARNING, Confidence.MEDIUM)
def at_a_bound(context: CheckContext) -> Iterator[CheckResult | NotJudged]:
    """The best runs lie at a bound of the range that was searched.

    The optimum may lie beyond it. On the parameter's own scale (logarithmic where the range is),
    the best run must lie within the last tenth of the range, or have the last of three or more
    listed numbers, and the best quarter of the runs must gather there: more often than evenly drawn
    values would, with less than one chance in twenty over all bounds together (binomial test,
    Holm). A bound that cannot be passed (0 for a probability) is no mistake. Runs that were stopped
    count with their best value so far.

    Bad:
        lr: {distribution: log_uniform_values, min: 0.0001, max: 0.01}   # best at 0.0097
    Good:
        lr: {distribution: log_uniform_values, min: 0.0001, max: 0.1}
    """
    if (measured := context.measured) is None:
        yield NotJudged(context.why_no_curves())
        return
    space = _scales(context.background.space)
    if not space:
        yield NotJudged("the ranges that were searched are not known")
        return
    signed = measured.outcomes.best * measured.sign
    known = np.sort(signed[np.isfinite(signed)])
    n_top = round(_TOP_SHARE * len(known))
    if n_top < _FEWEST_TOP:
        least = math.ceil((_FEWEST_TOP - 0.5) / _TOP_SHARE)
        yield NotJudged(f"{len(known)} runs have a value; {least} are needed for a best quarter")
        return
    top = np.flatnonzero(signed <= known[n_top - 1])
    if len(top) > _MOST_TOP * len(known):
        yield NotJudged(f"{len(top)} of {len(known)} runs share the values of the best quarter")
        return
    n_top = len(top)
    configs = [context.sweep.runs[row].config for row in top]
    is_best = (signed[top] == known[0]).tolist()
    found, p = [], []
    for name, axis in space.items():
        places_of = [axis.encode(config.get(name)) for config in configs]
        expected = _EDGE if isinstance(axis, Range) else 1 / len(axis.values)
        for side in ("lower", "upper"):
            edge = [_is_at(place, side, isinstance(axis, Range)) for place in places_of]
            best_is_there = any(at for at, best in zip(edge, is_best, strict=True) if best)
            found.append((name, axis, side, sum(edge), best_is_there, expected))
            p.append(binomial_p(sum(edge), n_top, expected))
    for (name, axis, side, k, best_is_there, expected), adjusted in zip(
        found, holm(p), strict=True
    ):
        if best_is_there and adjusted is not None and adjusted < _LEVEL:
            bound = _bound(axis, side)
            yield CheckResult(
                subject=name,
                title=f"{k} of the best {n_top} runs lie at the {side} bound of {name}, {bound:g}, "
                "the best one too",
                evidence={
                    "n": len(known),
                    "n_best": n_top,
                    "n_at_the_bound": k,
                    "share_interval": share_interval(k, n_top),
                    "expected_share": expected,
                    "p_adjusted": adjusted,
                    "best_value_there": configs[is_best.index(True)].get(name),
                },
                hint=f"widen {name} beyond {bound:g}, if it can be",
            )


def _scales(space: Mapping[str, Axis]) -> dict[str, Range | Choice]:
    """Parameters that have bounds: ranges, and listed numbers."""
    return {
        name: axis
        for name, axis in space.items()
        if isinstance(axis, Range)
        or (isinstance(axis, Choice) and len(axis.numbers) >= _FEWEST_LISTED)
    }


def _is_at(place: float, side: str, is_range: bool) -> bool:  # noqa: FBT001 - private, one call
    edge = _EDGE if is_range else 0.0
    return place <= edge if side == "lower" else place >= 1 - edge


def _bound(axis: Range | Choice, side: str) -> float:
    low, high = (
        (axis.low, axis.high) if isinstance(axis, Range) else (axis.numbers[0], axis.numbers[-1])
    )
    return low if side == "lower" else high
