"""Verification from a reference to an answer: find the replicas, compare, judge, remember."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from wbtools.analysis.verification.curve_match import (
    config_differences,
    curve_match,
    judge,
    overall,
    seed_noise,
)
from wbtools.analysis.verification.outcome import CheckedReplica, Comparator, Verification
from wbtools.errors import DataError, UsageError
from wbtools.model import RunState, Verified
from wbtools.model.configuration import is_seed
from wbtools.replication.criteria import criteria_of, plan_of, read_thresholds
from wbtools.replication.script import group_of
from wbtools.stats.student import chance_better, summarize
from wbtools.workflow.audit import audit_source
from wbtools.workflow.open_sweep import open_sweep
from wbtools.workflow.plans import plan_for
from wbtools.workflow.question import AuditOptions
from wbtools.workflow.replicas import find_runs, runs_at
from wbtools.workflow.run_names import check_runs, select_run
from wbtools.workflow.session import Session

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from wbtools.analysis.audit import Audit, RunAudit
    from wbtools.model import Criterion, ReplicationPlan, Run, Sweep
    from wbtools.workflow.open_sweep import SweepSource


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyOptions:
    """What the user says beside the sweep.

    Attributes:
        run: The run that was replicated.
        replicas: Paths that hold them, in place of their group.
        baseline: A W&B group or a path, to compare with in place of the runner-up.
        success: As for `replicate`; replaces the kept criteria.
        acceptable: Likewise.
    """

    run: str
    replicas: tuple[Path, ...] = ()
    baseline: str | None = None
    success: tuple[str, ...] = ()
    acceptable: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Member:
    run: Run
    curves: Mapping[str, NDArray[np.float64]]
    is_complete: bool


def verify(
    reference: str,
    options: VerifyOptions,
    audit_options: AuditOptions | None = None,
    access: Session | None = None,
) -> tuple[Verification, Audit]:
    """Say whether a replication held.

    Args:
        reference: What the user calls SWEEP.
        options: What is to be verified.
        audit_options: Metric, goal, rule and sweep file, as for an audit.
        access: How to reach W&B's servers and the archive; closed by the caller.

    Raises:
        UsageError: The reference, the run or an option cannot be right.
        DataError: There are no replicas, or the data do not allow an answer.
    """
    asked = audit_options or AuditOptions()
    with ExitStack() as closing:
        access = access or closing.enter_context(Session())
        recording = open_sweep(reference, access)
        check_runs(recording, (options.run,))
        done = audit_source(recording, asked)
        row = select_run(done, options.run)
        plan, is_kept = _plan(done, row, options, access)
        metrics = tuple(dict.fromkeys((plan.metric, *(one.metric for one in plan.criteria))))
        members = _members(recording, row, options, metrics)
        rivals = _baseline(recording, options, metrics)
    if not members:
        msg = f"no replica of run {row.run.number} was found (W&B group {group_of(row.run.id)})"
        raise DataError(
            msg,
            "run what `wbtools replicate` writes, here or with W&B online, or name its files with "
            "--replica",
        )
    return _judged(done, row, plan, members, rivals, options, is_kept=is_kept), done


def _plan(
    done: Audit, row: RunAudit, options: VerifyOptions, access: Session
) -> tuple[ReplicationPlan, bool]:
    """The kept plan, unless the user gives criteria or asks for another metric."""
    name = done.question.rank_by.name
    kept = plan_for(done.sweep.ref.sweep_id, row.run.id, access)
    given = criteria_of(
        done,
        row,
        read_thresholds(options.success, "--success", name),
        read_thresholds(options.acceptable, "--acceptable", name),
    )
    if kept is not None and kept.metric == name and not options.success:
        return kept, True
    changed = () if kept is None else kept.changed
    n_replicas = 1 if kept is None else kept.n_replicas
    made = plan_of(done, row, given, changed=changed, n_replicas=n_replicas, fallback=None)
    return made, False


def _members(
    recording: SweepSource, row: RunAudit, options: VerifyOptions, metrics: Sequence[str]
) -> list[_Member]:
    if options.replicas:
        sweeps = [runs_at(path, metrics) for path in options.replicas]
    else:
        sweeps = find_runs(recording, group_of(row.run.id), metrics)
    return _of(sweeps)


def _of(sweeps: Sequence[Sweep]) -> list[_Member]:
    """The runs of several sources, each id once."""
    members: dict[str, _Member] = {}
    for sweep in sweeps:
        for k, run in enumerate(sweep.runs):
            curves = {name: one.values[k, : one.n_reports[k]] for name, one in sweep.curves.items()}
            members.setdefault(
                run.id, _Member(run=run, curves=curves, is_complete=_is_complete(sweep))
            )
    return list(members.values())


def _is_complete(sweep: Sweep) -> bool:
    return all(curves.complete for curves in sweep.curves.values())


def _baseline(
    recording: SweepSource, options: VerifyOptions, metrics: Sequence[str]
) -> list[_Member] | None:
    if options.baseline is None:
        return None
    path = Path(options.baseline)
    if path.exists():
        return _of([runs_at(path, metrics)])
    found = _of(find_runs(recording, options.baseline, metrics))
    if not found:
        msg = f"--baseline {options.baseline!r} is no path, and no run has that W&B group"
        raise UsageError(msg, "name a group such as wbtools-RUN_ID, or a folder with run files")
    return found


def _judged(
    done: Audit,
    row: RunAudit,
    plan: ReplicationPlan,
    members: list[_Member],
    rivals: list[_Member] | None,
    options: VerifyOptions,
    *,
    is_kept: bool,
) -> Verification:
    original = _curve_of(done, row, plan.metric)
    budget = None if any("epoch" in name.lower() for name in plan.changed) else row.budget
    curves = [one.curves.get(plan.metric, np.empty(0)) for one in members]
    noise = _noise(members, curves)
    checked = tuple(
        CheckedReplica(
            run=one.run,
            n_reports=len(curve),
            best=_best(curve, plan.goal.sign),
            ended=_has_ended(one.run, len(curve), budget),
            seed=_seed(one.run),
            likeness=curve_match(original, curve, noise),
            differences=config_differences(row.run.config, one.run.config, plan.changed),
        )
        for one, curve in zip(members, curves, strict=True)
    )
    ended = [one for one, check in zip(members, checked, strict=True) if check.ended]
    expected = max(plan.n_replicas, len(members))
    judged = tuple(judge(one, _bests(ended, one), expected) for one in plan.criteria)
    values = _values(ended, plan)
    expectation = plan.expectation
    within = beat = None
    if expectation is not None and expectation.low is not None and expectation.high is not None:
        within = sum(expectation.low <= value <= expectation.high for value in values)
    if expectation is not None and expectation.bar is not None:
        bar = expectation.bar * plan.goal.sign
        beat = sum(value * plan.goal.sign < bar for value in values)
    return Verification(
        run=row.run,
        original_reports=len(original),
        plan=plan,
        plan_is_kept=is_kept,
        group=None if options.replicas else group_of(row.run.id),
        replicas=checked,
        judged=judged,
        rival=_rival(done, row, plan, ended, rivals, options),
        verdict=overall(judged),
        budget=budget,
        within=within,
        beat=beat,
        is_complete=_is_complete(done.sweep)
        and all(member.is_complete for member in (*members, *(rivals or ()))),
    )


def _curve_of(done: Audit, row: RunAudit, metric: str) -> NDArray[np.float64]:
    curves = done.sweep.curves.get(metric)
    if curves is None:
        return np.empty(0)
    k = curves.run_ids.index(row.run.id)
    return curves.values[k, : curves.n_reports[k]]


def _best(curve: NDArray[np.float64], sign: float) -> float | None:
    return float((curve * sign).min() * sign) if len(curve) else None


def _bests(members: Sequence[_Member], criterion: Criterion) -> list[float]:
    found = (
        _best(one.curves.get(criterion.metric, np.empty(0)), criterion.goal.sign) for one in members
    )
    return [value for value in found if value is not None]


def _values(members: Sequence[_Member], plan: ReplicationPlan) -> list[float]:
    found = (_best(one.curves.get(plan.metric, np.empty(0)), plan.goal.sign) for one in members)
    return [value for value in found if value is not None]


def _has_ended(run: Run, n_reports: int, budget: int | None) -> bool:
    """It made a full run's reports, or it finished where nobody knows how many those are."""
    if budget is not None and n_reports >= budget:
        return True
    return run.state is RunState.FINISHED and n_reports > 0


def _seed(run: Run) -> object:
    return next(
        (run.config[name] for name in run.config if is_seed(name)),
        None,
    )


def _noise(
    members: Sequence[_Member], curves: Sequence[NDArray[np.float64]]
) -> NDArray[np.float64] | None:
    """The spread between replicas with different seeds, one each."""
    one_a_seed: dict[str, NDArray[np.float64]] = {}
    for member, curve in zip(members, curves, strict=True):
        one_a_seed.setdefault(repr(_seed(member.run)), curve)
    return seed_noise(list(one_a_seed.values()))


def _rival(
    done: Audit,
    row: RunAudit,
    plan: ReplicationPlan,
    ended: Sequence[_Member],
    rivals: Sequence[_Member] | None,
    options: VerifyOptions,
) -> Comparator | None:
    own, sign = _values(ended, plan), plan.goal.sign
    if rivals is not None:
        there = _values(rivals, plan)
        if not there:
            msg = f"the runs of --baseline {options.baseline!r} hold no value of {plan.metric!r}"
            raise DataError(msg, "name another group or path")
        pairs = _paired(ended, rivals, plan)
        x, y = pairs or (own, there)
        return Comparator(
            name=f"baseline {options.baseline}",
            run=None,
            summary=summarize(there),
            chance=chance_better(x, y, sign=sign, paired=bool(pairs)) if own else None,
        )
    other = _runner_up(done, row, plan)
    if other is None or other.best is None:
        return None
    return Comparator(
        name=f"run {other.run.number} ({other.run.name})",
        run=other.run,
        summary=summarize([other.best]),
        chance=chance_better(own, [other.best], sign=sign) if own else None,
    )


def _paired(
    ended: Sequence[_Member], rivals: Sequence[_Member], plan: ReplicationPlan
) -> tuple[list[float], list[float]] | None:
    """Values of runs that share a seed, side by side; None unless every seed has its partner."""
    mine = {repr(_seed(one.run)): one for one in ended if _seed(one.run) is not None}
    theirs = {repr(_seed(one.run)): one for one in rivals if _seed(one.run) is not None}
    if set(mine) != set(theirs) or len(mine) < len(ended) or len(theirs) < len(rivals):
        return None
    x = _values([mine[seed] for seed in mine], plan)
    y = _values([theirs[seed] for seed in mine], plan)
    return (x, y) if len(x) == len(y) > 1 else None


def _runner_up(done: Audit, row: RunAudit, plan: ReplicationPlan) -> RunAudit | None:
    """The fallback of the plan, else the best other run."""
    others = [one for one in done.rows if one.run.id != row.run.id and one.rank is not None]
    named = [one for one in others if one.run.id == plan.fallback]
    return min(named or others, key=lambda one: one.rank or 0, default=None)


def outcome_of(done: Verification) -> Verified:
    """What is to be remembered."""
    values = [one.best for one in done.ended if one.best is not None]
    seen = done.expectation
    return Verified(
        sweep=done.plan.sweep,
        run_id=done.run.id,
        metric=done.plan.metric,
        verdict=str(done.verdict),
        n_replicas=len(values),
        mean=float(np.mean(values)) if values else None,
        p_repeat=None if seen is None else seen.p_repeat,
        n_beat=done.beat,
        n_within=done.within,
        level=None if seen is None else seen.level,
    )
