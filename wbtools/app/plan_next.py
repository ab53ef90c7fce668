"""From a recorded sweep to the next one: open, audit, find what was searched, narrow."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from wbtools.analysis.diagnosis.censored import CensoredOutcomes, censored_outcomes
from wbtools.app.audit import audit_reference
from wbtools.app.opening.open_sweep import open_sweep
from wbtools.errors import DataError
from wbtools.planning.next_sweep import NextSweep, NextSweepOptions, follow, next_sweep
from wbtools.sources.sweep_files import find_specs, read_spec
from wbtools.sweepfile.draft import Draft
from wbtools.sweepfile.space import observed_space, written_space

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from wbtools.analysis.audit import Audit
    from wbtools.app.opening.question import AuditOptions
    from wbtools.app.opening.session import Session
    from wbtools.sweepfile.space import SearchSpace


def plan_next(
    references: Sequence[str], options: AuditOptions, ask: NextSweepOptions, access: Session
) -> tuple[NextSweep, list[str]]:
    """Plan the sweep after the last of these.

    Args:
        references: What the user calls SWEEP, earlier stages first; the last one is narrowed.
        options: The metric and the sweep file; the latter is the last sweep's.
        ask: How far to narrow.
        access: How to reach W&B's servers.

    Returns:
        The next sweep, and what had to be said about it.

    Raises:
        UsageError: As `audit_reference`.
        DataError: As `audit_reference`, or no run has a value.
    """
    audit = audit_reference(references[-1], options, access)
    last = censored_outcomes(audit)
    if not last.tried:
        msg = f"no run of {references[-1]} has a value of {audit.question.rank_by.name!r}"
        raise DataError(msg, "name another metric with --metric")
    written, remarks = _own_file(references[-1], options, access)
    old = Draft(data=dict(written))
    space = _space(old, audit)
    stages = [
        (reference, _earlier(reference, options, audit, access)) for reference in references[:-1]
    ]
    followed = follow([*stages, (references[-1], last)], list(space)) if stages else []
    if stages and not followed:
        remarks.append("no configuration of the last sweep was run in an earlier one")
    metric = audit.question.rank_by
    plan = next_sweep(last, space, old, metric, ask, followed=followed)
    dropped = [str(key) for key in old.data if key not in plan.draft.data]
    if dropped:
        remarks.append(f"not carried over: {', '.join(dropped)}")
    return plan, [*remarks, *_edges(plan)]


def _earlier(
    reference: str, options: AuditOptions, last: Audit, access: Session
) -> CensoredOutcomes:
    metric = last.question.metric
    earlier_options = replace(options, sweep_file=None, metric=metric.name, goal=metric.goal)
    return censored_outcomes(audit_reference(reference, earlier_options, access))


def _edges(plan: NextSweep) -> list[str]:
    at_edge = [decision.name for decision in plan.decisions if decision.at_edge]
    remark = f"the best run sits at an edge of {', '.join(at_edge)}: see --extend"
    return [remark] if at_edge else []


def _own_file(
    reference: str, options: AuditOptions, access: Session
) -> tuple[Mapping[str, Any], list[str]]:
    """The last sweep's own file as data, empty if there is none; and where it lies, in words."""
    if options.sweep_file is not None:
        found = read_spec(options.sweep_file)
    else:
        recording = open_sweep(reference, access)
        if recording.spec is not None:
            return recording.spec.written, ["what was searched: the sweep's configuration on W&B"]
        folders, configs = recording.folders, recording.configs
        matching = find_specs(folders, configs, deepest=recording.deepest).matching
        if not matching:
            return {}, ["no sweep file was found: ranges are what the runs tried"]
        found = matching[0]
    return found.spec.written, [f"what was searched: {found.path}"]


def _space(old: Draft, audit: Audit) -> SearchSpace:
    """What was searched: as the file says, else as the runs tried."""
    if old.data:
        return written_space(old.data)
    results = {audit.question.metric.name, audit.question.rank_by.name}
    return observed_space([run.config for run in audit.sweep.runs], results)
