"""Which of the runs that were found continue the replicated one, and their curves joined."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from wbtools.analysis.diagnosis.diagnose import diagnose
from wbtools.analysis.diagnosis.termination import Completion
from wbtools.analysis.verification.joined_curve import CurvePart, JoinedPart, JoinedRun
from wbtools.analysis.verification.joined_sweep import RunParts, joined_run, parts_of, with_curves
from wbtools.analysis.verification.measured_runs import MeasuredRun
from wbtools.model.configuration import CONTINUES_KEY, is_resume, leaf, same_value, tells_replicates

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from wbtools.analysis.question import Question
    from wbtools.model import ContinuedFrom, ReplicationPlan, Run, Sweep


@dataclass(frozen=True, slots=True, kw_only=True)
class Lineage:
    """Which run goes on with which.

    Attributes:
        original: The run that was replicated.
        parents: By the id of a run that continues another one, that other one's id.
        strangers: Ids of runs that continue one that is not among them.
    """

    original: Run
    parents: Mapping[str, str] = field(default_factory=dict)
    strangers: frozenset[str] = frozenset()

    @property
    def last(self) -> frozenset[str]:
        """The runs that continue another one and are not continued themselves."""
        return frozenset(self.parents) - frozenset(self.parents.values())

    @property
    def superseded(self) -> frozenset[str]:
        """The runs that continue another one and were continued themselves."""
        return frozenset(self.parents) & frozenset(self.parents.values())


def lineage_of(
    original: RunParts, runs: Sequence[RunParts], plans: Sequence[ReplicationPlan], metric: str
) -> Lineage:
    """Find out which runs continue the original, directly or by way of others.

    Their configuration says it (`wbtools/continues`). Where a program takes no such name, a plan to
    continue the run says that its group holds one: of the runs without that name then those that
    were told to resume, or that count their training from further on; and all of them, where no
    replicas were planned. One of another seed or fold never does.

    Args:
        original: The run that was replicated.
        runs: What was found in its group, or was named.
        plans: That were kept, or made up.
        metric: By which runs are ranked.
    """
    known = {original.run.id, *(each.run.id for each in runs)}
    takes_marks = any(continued_id(original.run, each.run) is not None for each in runs)
    parents: dict[str, str] = {}
    strangers: set[str] = set()
    for each in runs:
        mark = continued_id(original.run, each.run)
        if mark is None:
            if not takes_marks and _goes_on_unmarked(each, original, plans, metric):
                parents[each.run.id] = original.run.id
        elif mark in known and mark != each.run.id:
            parents[each.run.id] = mark
        else:
            strangers.add(each.run.id)
    for run_id in tuple(parents):
        if not _leads_to(original.run.id, run_id, parents):
            strangers.add(run_id)
    parents = {run_id: of for run_id, of in parents.items() if run_id not in strangers}
    return Lineage(original=original.run, parents=parents, strangers=frozenset(strangers))


def continued_id(original: Run, run: Run) -> str | None:
    """The id of the run that a run says it continues; None where it says nothing of its own.

    Whatever is no text is no run's id, and names one that is nowhere.
    """
    mark = run.config.get(CONTINUES_KEY)
    below = [name for name in run.config if name.startswith(f"{CONTINUES_KEY}.")]
    if mark is None and any(name not in original.config for name in below):
        return below[0]
    if mark is None or same_value(mark, original.config.get(CONTINUES_KEY)):
        return None
    return str(mark)


def _leads_to(original_id: str, run_id: str, parents: Mapping[str, str]) -> bool:
    for _ in parents:
        if run_id == original_id:
            return True
        run_id = parents.get(run_id, "")
    return run_id == original_id


def _goes_on_unmarked(
    each: RunParts, original: RunParts, plans: Sequence[ReplicationPlan], metric: str
) -> bool:
    to_continue = [plan.continues for plan in plans if plan.continues is not None]
    names = [of.resume_name for of in to_continue if not of.is_same_run]
    began, begun = original.run.created_at, each.run.created_at
    if not names or (began is not None and begun is not None and begun <= began):
        return False
    if any(
        tells_replicates(name) and not same_value(each.run.config[name], value)
        for name, value in original.run.config.items()
        if name in each.run.config
    ):
        return False
    if any(name is not None and _is_told_otherwise(each.run, original.run, name) for name in names):
        return True
    if all(plan.continues is not None for plan in plans):
        return True
    old, new = (parts.curves.get(metric) for parts in (original, each))
    if old is None or new is None or old.progress is None or new.progress is None:
        return False
    return bool(len(old.progress) and len(new.progress) and new.progress[0] > old.progress[0])


def _is_told_otherwise(run: Run, original: Run, resume_name: str) -> bool:
    """Whether a run has another value of the parameter by which its program is told to go on."""
    names = [name for name in run.config if leaf(name) == leaf(resume_name)]
    return any(not same_value(run.config[name], original.config.get(name)) for name in names)


def names_of_resuming(runs: Sequence[Run], continues: ContinuedFrom | None) -> tuple[str, ...]:
    """Names that differ between a run and what continues it, and make no other configuration.

    Args:
        runs: With their configurations.
        continues: What the plan says; None for one of replicas.
    """
    known = None if continues is None else continues.resume_name
    return tuple(
        dict.fromkeys(
            name
            for run in runs
            for name in run.config
            if name == CONTINUES_KEY
            or is_resume(name)
            or (known is not None and leaf(name) == leaf(known))
        )
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class JoiningOptions:
    """By what curves are joined.

    Attributes:
        metrics: Names, that which ranks runs first.
        counter: The series that counts training; None without one.
        continues: What the plan says of the checkpoint; None if nothing.
        reports_per_epoch: None if unknown.
    """

    metrics: tuple[str, ...]
    counter: str | None
    continues: ContinuedFrom | None
    reports_per_epoch: float | None


def measured(
    sweeps: Sequence[Sweep],
    question: Question,
    original: RunParts,
    lineage: Lineage,
    options: JoiningOptions,
) -> list[MeasuredRun]:
    """The runs of several sources, each id once, those that continue another one joined to it.

    Args:
        sweeps: As read.
        question: What is asked of the runs.
        original: The run that was replicated.
        lineage: Which of them continue which.
        options: By what they are joined.
    """
    parts = {original.run.id: original}
    for sweep in sweeps:
        for row, run in enumerate(sweep.runs):
            parts.setdefault(run.id, parts_of(sweep, row, options.metrics, options.counter))
    joined: dict[str, RunParts] = {original.run.id: original}

    def of(run_id: str) -> RunParts:
        if run_id not in joined:
            parent = lineage.parents[run_id]
            continues = options.continues
            if continues is not None and parent != (continues.run_id or original.run.id):
                continues = None  # what a plan says is of the checkpoint that one run left
            joined[run_id] = joined_run(
                of(parent), parts[run_id], options.metrics[0], continues, options.reports_per_epoch
            )
        return joined[run_id]

    members: dict[str, MeasuredRun] = {}
    for sweep in sweeps:
        rows = {k: of(run.id) for k, run in enumerate(sweep.runs) if run.id in lineage.parents}
        whole = with_curves(sweep, rows, options.metrics)
        completions = diagnose(whole, question).completions
        for k, run in enumerate(sweep.runs):
            if run.id in lineage.superseded:
                continue
            curves = {
                name: metric_curves.values[k, : metric_curves.n_reports[k]]
                for name, metric_curves in whole.curves.items()
            }
            n_nonfinite = {
                name: int(metric_curves.n_nonfinite[k])
                for name, metric_curves in whole.curves.items()
            }
            members.setdefault(
                run.id,
                MeasuredRun(
                    run=run,
                    curves=curves,
                    completion=completions[k],
                    is_complete=sweep.is_complete,
                    n_nonfinite=n_nonfinite,
                    joined=rows[k].joined if k in rows else None,
                ),
            )
    return list(members.values())


def gone_on_itself(
    sweep: Sweep, row: int, completion: Completion, options: JoiningOptions
) -> tuple[RunParts, MeasuredRun] | None:
    """A run that was resumed as the same run of W&B's: as it was, and as it is.

    Args:
        sweep: As it is now.
        row: Of the run.
        completion: How far it has come by now.
        options: By what its curves are joined.

    Returns:
        None where it has not gone on.
    """
    now = parts_of(sweep, row, options.metrics, options.counter, with_repeats=True)
    curve = now.curves.get(options.metrics[0])
    if curve is None:
        return None
    n = _reports_by_then(curve, options.continues)
    has_ended_well = completion in {Completion.FULL, Completion.RUNNING}
    if n is None:
        # Nothing tells where it was stopped: that it runs, or came to its end, says it went on.
        if not (has_ended_well or now.run.attempts > 1):
            return None
        n = len(curve.values)
    elif n >= len(curve.values) and completion is not Completion.FULL:
        return None  # one that was cut off seems to be running still
    metric = options.metrics[0]
    before = replace(now, curves={**now.curves, metric: curve.before(n)})
    after = RunParts(run=now.run, curves={metric: curve.behind(n)}, n_nonfinite={})
    whole = before
    if n < len(curve.values):
        pace = options.reports_per_epoch
        whole = joined_run(before, after, metric, options.continues, pace)
    curves = {name: of.values for name, of in {**now.curves, **whole.curves}.items()}
    joined = whole.joined or JoinedRun(
        parts=(JoinedPart(run=now.run, n_reports=len(curve.values)),), joints=()
    )
    return before, MeasuredRun(
        run=now.run,
        curves=curves,
        completion=completion,
        is_complete=sweep.is_complete,
        n_nonfinite=now.n_nonfinite,
        joined=replace(joined, is_same_run=True),
    )


def gone_on_outside(
    sweeps: Sequence[Sweep], original: RunParts, question: Question, options: JoiningOptions
) -> MeasuredRun | None:
    """A run that was resumed as the same run outside of its sweep, as offline runs are.

    Args:
        sweeps: Of what it wrote then.
        original: As its sweep has it.
        question: What is asked of it.
        options: By what its curves are joined.
    """
    found = [(sweep, row) for sweep in sweeps for row in range(len(sweep.runs))]
    found.sort(key=lambda later: _began_s(later[0].runs[later[1]]))
    whole, member = original, None
    for sweep, row in found:
        run, began_s = sweep.runs[row], _began_s(original.run)
        if _began_s(run) <= began_s:
            continue
        after = parts_of(sweep, row, options.metrics, options.counter)
        continues = options.continues if whole is original else None
        pace = options.reports_per_epoch
        whole = joined_run(whole, after, options.metrics[0], continues, pace)
        found_out = diagnose(with_curves(sweep, {row: whole}, options.metrics), question)
        member = MeasuredRun(
            run=run,
            curves={name: of.values for name, of in whole.curves.items()},
            completion=found_out.completions[row],
            is_complete=sweep.is_complete,
            n_nonfinite=whole.n_nonfinite,
            joined=None if whole.joined is None else replace(whole.joined, is_same_run=True),
        )
    return None if member is None else replace(member, run=replace(member.run, id=original.run.id))


def _began_s(run: Run) -> float:
    return -math.inf if run.created_at is None else run.created_at.timestamp()


def _reports_by_then(curve: CurvePart, continues: ContinuedFrom | None) -> int | None:
    """Reports before a run was resumed: as the plan says, or up to where its counts go back."""
    if continues is not None and continues.n_reports is not None:
        return min(continues.n_reports, len(curve.values))
    for counts in (curve.progress, curve.steps):
        if counts is not None:
            back = [k for k in range(1, len(counts)) if counts[k] < counts[k - 1]]
            if back:
                return back[-1]
    return None
