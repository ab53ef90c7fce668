"""Checks of the search itself: its bands, what bayes was taught, and what was tried twice."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from wbtools.analysis.health.check_context import METHOD_UNKNOWN
from wbtools.analysis.health.checks import CheckResult, NotJudged, check
from wbtools.analysis.question import RuleStatus
from wbtools.findings import Confidence, Severity
from wbtools.model import RunState
from wbtools.model.configuration import configuration_key, tells_replicates
from wbtools.text.numbers import S_PER_H, count

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from wbtools.analysis.diagnosis.diagnose import Diagnosis
    from wbtools.analysis.health.check_context import CheckContext


@check("WBD211", counts_reports=True)
def unreached_bands(context: CheckContext) -> Iterator[CheckResult | NotJudged]:
    """No run reached a band that lies within the budget, or no band lies there.

    A band that no run reaches stops no run. Bands count finite reports of the metric; they grow by
    the factor eta from `min_iter` on, or shrink by it from `max_iter` on.

    Bad:
        early_terminate: {type: hyperband, min_iter: 200}    # meant in steps; runs report 40 times
    Good:
        early_terminate: {type: hyperband, min_iter: 5}
    """
    diagnosis = context.diagnosis
    if diagnosis is None or diagnosis.curves is None:
        yield NotJudged(context.why_no_curves())
        return
    ruled = diagnosis.verdicts
    if diagnosis.question.rule.status is RuleStatus.NONE:
        return
    if ruled.cannot_run:
        yield CheckResult(
            title=f"the rule cannot run, so there is no band: {ruled.why_not}",
            evidence={"n": context.n_runs, "rule": str(diagnosis.question.rule.settings)},
            hint="`wbtools lint` names what is wrong with the sweep file",
            severity=Severity.ERROR,
        )
        return
    if ruled.rule is None:
        yield NotJudged(ruled.why_not or "the early-termination rule is not known")
        return
    n_reports = diagnosis.outcomes.n_reports
    if not n_reports.any():
        yield NotJudged("no run reported the metric")
        return
    full = int(diagnosis.outcomes.budget.reports.max(initial=0))
    end = full or int(n_reports.max(initial=0))
    bands = [band for band in ruled.rule.bands if band < end]
    reached = {str(band): int((n_reports >= band).sum()) for band in bands}
    evidence = {"n": context.n_runs, "budget_reports": end, "n_reached": reached}
    if not bands:
        yield CheckResult(
            title=f"the first band, {count(ruled.rule.bands[0], 'report')}, is not before "
            "the end of a "
            f"run, {end}",
            evidence=evidence,
            hint="no run can ever be stopped; a band counts reports of the metric, not steps",
            confidence=Confidence.HIGH if full else Confidence.MEDIUM,
        )
        return
    missed = [band for band in bands if not reached[str(band)]]
    if missed:
        listed = ", ".join(map(str, bands))
        first = missed[0] == bands[0]
        yet = " yet" if context.going().any() else ""
        yield CheckResult(
            title=f"no run reached {'even ' if first else ''}band {missed[0]}{yet} "
            f"(bands {listed}; a full run makes {count(end, 'report')})",
            evidence=evidence,
            hint="a band counts reports of the metric, not steps",
            severity=Severity.WARNING if first else Severity.INFO,
        )


@check("WBD212")
def taught_wrongly(context: CheckContext) -> Iterator[CheckResult | NotJudged]:
    """Bayes was taught made-up values for stopped and failed runs.

    W&B's engine does not look at the values of failed, crashed and killed runs: by default
    (`metric.impute: worst`) each counts as the worst value of the whole sweep, however good it
    was. So most runs that Hyperband stops teach bayes to stay away. `impute: latest` or `best`
    take the run's own value, but then a run without one counts as 0.0, the best of all losses. A
    finished run's value is the best one of its history and its summary.

    Bad:
        method: bayes
        metric: {name: loss, goal: minimize}
        early_terminate: {type: hyperband, min_iter: 3}
    Good:
        method: bayes
        metric: {name: loss, goal: minimize, impute: latest}
        early_terminate: {type: hyperband, min_iter: 3}
    """
    diagnosis = context.diagnosis
    if diagnosis is None or diagnosis.question.method is None:
        yield NotJudged(METHOD_UNKNOWN)
        return
    if diagnosis.question.method != "bayes":
        return
    if not (np.isfinite(diagnosis.outcomes.best) | context.in_summary_alone()).any():
        yield NotJudged("no run has a value of the metric")
        return
    name = diagnosis.question.metric.name
    if "." in name and context.in_summary_alone().any():
        why = "may be nested in the summary, where the published engine of W&B does not look"
        yield NotJudged(f"{name!r} {why}")
        return
    imputed, guessed = imputed_runs(context, diagnosis)
    silent = imputed & ~np.isfinite(diagnosis.outcomes.best) & ~context.in_summary_alone()
    ended = ~context.going()
    n, n_imputed = int(ended.sum()), int(imputed.sum())
    impute = context.background.impute or "worst"
    if impute != "worst":
        if silent.any():
            yield CheckResult(
                title=f"{int(silent.sum())} of {count(n, 'run')} without a value count as "
                "0.0 for bayes",
                evidence={"n": n, "n_silent": int(silent.sum()), "impute": impute},
                hint="impute: worst keeps bayes away from them, but also from stopped runs",
                confidence=Confidence.MEDIUM if guessed else Confidence.HIGH,
            )
        return
    if not n_imputed:
        return
    good = imputed & _better_than_the_middle(diagnosis)
    n_good = int(good.sum())
    yield CheckResult(
        title=f"bayes was taught the worst value for {n_imputed} of {n} ended runs"
        + (f", {n_good} of them better than the median run" if n_good else ""),
        evidence={
            "n": n,
            "n_imputed": n_imputed,
            "imputed_share": n_imputed / n,
            "n_better_than_the_middle": n_good,
            "impute": impute,
            "run_ids": context.named(good if n_good else imputed),
        },
        hint="`metric: {impute: latest}` teaches bayes their own last value; see `wbtools rule "
        "WBS061`",
        severity=Severity.WARNING if n_good else Severity.INFO,
        confidence=Confidence.MEDIUM if guessed else Confidence.HIGH,
    )


def imputed_runs(context: CheckContext, diagnosis: Diagnosis) -> tuple[NDArray[np.bool_], bool]:
    """`bool [N]` runs whose value the engine makes up, and whether some states had to be guessed.

    A run file without an exit record says nothing; W&B calls such a run crashed, or killed.
    Source: `_construct_gp_data` in `sweeps/bayes_search.py` of the PyPI package `sweeps` 0.3.0.
    """
    states = [run.state for run in context.sweep.runs]
    recorded = np.array([state.ended_abnormally for state in states], dtype=bool)
    finished = np.array([state is RunState.FINISHED for state in states], dtype=bool)
    untold = np.array([state is RunState.UNKNOWN for state in states], dtype=bool)
    untold &= ~context.going()
    without = finished & ~np.isfinite(diagnosis.outcomes.best) & ~context.in_summary_alone()
    return recorded | untold | without, bool(untold.any())


def _better_than_the_middle(diagnosis: Diagnosis) -> NDArray[np.bool_]:
    """`bool [N]` runs whose best value is better than the median of all."""
    best = diagnosis.outcomes.best * diagnosis.sign
    known = best[np.isfinite(best)]
    if not len(known):
        return np.zeros(len(best), dtype=bool)
    return np.asarray(best < np.median(known), dtype=bool)


@check("WBD213")
def tried_twice(context: CheckContext) -> Iterator[CheckResult | NotJudged]:
    """Several runs have one and the same configuration, seed included.

    Runs that differ in their seed (or fold) are replicates, not duplicates. Where no parameter is a
    seed, the runs may be replicates whose seed was not logged; the finding says so, and its
    confidence is low. The parameters that the sweep sets and every seed are compared; where the
    sweep's configuration is not known, all names are. Runs that ended badly and were tried again do
    not count.

    Bad:
        parameters: {lr: {values: [0.1, 0.1, 0.2]}}    # 0.1 is run twice
    Good:
        parameters: {lr: {values: [0.1, 0.2]}, seed: {values: [1, 2]}}
    """
    if not context.background.space and not context.background.tells_parameters:
        yield NotJudged("a run table does not tell parameters from results; pass --sweep-file")
        return
    runs, ended_badly = context.sweep.runs, context.ended_badly()
    rows_of: dict[str, list[int]] = {}
    for row, run in enumerate(runs):
        if run.config and not ended_badly[row]:
            rows_of.setdefault(_identity(run.config, context.background.space), []).append(row)
    n = sum(map(len, rows_of.values()))
    if not n:
        yield NotJudged("no run holds a configuration")
        return
    groups = [rows for rows in rows_of.values() if len(rows) > 1]
    if not groups:
        return
    n_again = sum(len(rows) - 1 for rows in groups)
    seeded = any(tells_replicates(name) for run in runs for name in run.config)
    evidence: dict[str, object] = {
        "n": n,
        "n_configurations": len(groups),
        "n_again": n_again,
        "n_with_the_same_value": _n_same(context, groups),
        "spent_again_h": _hours_again(context, groups),
        "has_seed": seeded,
        "groups": [[runs[row].id for row in rows] for rows in groups],
    }
    yield CheckResult(
        title=f"{n_again} of {count(n, 'run')} repeat the configuration of another run"
        + (", its seed too" if seeded else "; no seed is logged"),
        evidence=evidence,
        hint="leave them out of the next sweep"
        if seeded
        else "if they are replicates, log the seed; else leave them out of the next sweep",
        severity=Severity.WARNING if seeded else Severity.INFO,
        confidence=Confidence.HIGH if seeded else Confidence.LOW,
    )


def _identity(config: Mapping[str, object], space: Mapping[str, object]) -> str:
    """What makes two configurations the same."""
    names = [name for name in config if not space or name in space or tells_replicates(name)]
    return configuration_key({name: config[name] for name in names})


def _n_same(context: CheckContext, groups: list[list[int]]) -> int | None:
    """Repeats that reached the very value of another run of their configuration."""
    if context.diagnosis is None:
        return None
    best = context.diagnosis.outcomes.best
    values = [best[rows][np.isfinite(best[rows])].tolist() for rows in groups]
    return sum(len(group) - len(set(group)) for group in values)


def _hours_again(context: CheckContext, groups: list[list[int]]) -> float | None:
    """Hours of all runs of a configuration but the longest; None where no runtime is known."""
    spent = [[context.sweep.runs[row].runtime_s for row in rows] for rows in groups]
    known = [sorted(seconds for seconds in group if seconds is not None) for group in spent]
    again = [seconds for group in known for seconds in group[:-1]]
    return math.fsum(again) / S_PER_H if again else None
