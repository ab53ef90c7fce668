"""From a recorded sweep to the next one: open, audit, find what was searched, narrow."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from wbtools.analysis.diagnosis.censored import CensoredOutcomes, censored_outcomes
from wbtools.app.audit import audit_reference, audit_source
from wbtools.app.opening.open_sweep import open_sweep
from wbtools.errors import DataError
from wbtools.model.configuration import canonical, tells_replicates
from wbtools.planning.next_sweep import NextSweep, NextSweepOptions, follow, next_sweep
from wbtools.sources.sweep_files import read_spec
from wbtools.sweepfile.draft import Draft
from wbtools.sweepfile.space import observed_space
from wbtools.text.numbers import count, listed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from wbtools.analysis.audit import Audit
    from wbtools.app.opening.question import AuditOptions
    from wbtools.app.opening.session import Session
    from wbtools.app.opening.source import SweepSource
    from wbtools.sweepfile.space import SearchSpace
    from wbtools.sweepfile.spec import SweepSpec


def plan_next(
    references: Sequence[str],
    options: AuditOptions,
    next_options: NextSweepOptions,
    session: Session,
) -> tuple[NextSweep, list[str]]:
    """Plan the sweep after the last of these.

    Args:
        references: What the user calls SWEEP, earlier stages first; the last one is narrowed.
        options: The metric and the sweep file; the latter is the last sweep's.
        next_options: How far to narrow.
        session: How to reach W&B's servers.

    Returns:
        The next sweep, and what had to be said about it.

    Raises:
        UsageError: As `audit_reference`.
        DataError: As `audit_reference`, or no run has a value.
    """
    source = open_sweep(references[-1], session)
    audit = audit_source(source, options, session.observer)
    last = censored_outcomes(audit)
    if not last.tried:
        msg = f"no run of {references[-1]} has a value of {audit.question.rank_by.name!r}"
        raise DataError(msg, "name another metric with --metric")
    spec, remarks = _own_spec(source, options)
    old = Draft(data={} if spec is None else dict(spec.written))
    space = _tried_space(audit) if spec is None else spec.space
    remarks += [] if spec is not None else _unsearched(audit)
    stages = [
        (reference, _earlier(reference, options, audit, session)) for reference in references[:-1]
    ]
    followed = follow([*stages, (references[-1], last)], list(space)) if stages else []
    if stages and not followed:
        remarks.append("no configuration of the last sweep was run in an earlier one")
    metric = audit.question.rank_by
    if metric.goal_is_inferred:
        remarks.append(metric.inferred_words)
    plan = next_sweep(last, space, old, metric, next_options, followed=followed)
    plan = replace(plan, full_run=_full_run(audit))
    dropped = [str(key) for key in old.data if key not in plan.draft.data]
    if dropped:
        remarks.append(f"not carried over: {', '.join(dropped)}")
    return plan, [*remarks, *_edges(plan)]


def _earlier(
    reference: str, options: AuditOptions, last: Audit, session: Session
) -> CensoredOutcomes:
    earlier_options = replace(
        options, sweep_file=None, metric=last.question.metric.option_text, goal=None
    )
    return censored_outcomes(audit_reference(reference, earlier_options, session))


def _edges(plan: NextSweep) -> list[str]:
    at_edge = [decision.name for decision in plan.decisions if decision.at_edge]
    remark = f"the best run lies at a bound of {', '.join(at_edge)}: see --extend"
    return [remark] if at_edge else []


def _own_spec(source: SweepSource, options: AuditOptions) -> tuple[SweepSpec | None, list[str]]:
    """The last sweep's own file, None if there is none; and where it lies, in words."""
    if options.sweep_file is not None:
        found = read_spec(options.sweep_file)
    else:
        if source.spec is not None:
            return source.spec, ["what was searched: the sweep's configuration on W&B"]
        if not source.sweep_files.matching:
            return None, ["no sweep file was found: ranges are what the runs tried"]
        found = source.sweep_files.matching[0]
    return found.spec, [f"what was searched: {found.path}"]


def _tried_space(audit: Audit) -> SearchSpace:
    """What the runs tried; a seed or a fold that varied makes replicates, and is not searched."""
    configs = [run.config for run in audit.sweep.runs]
    return observed_space(configs, [*_results(audit), *_replicating(configs)])


def _results(audit: Audit) -> set[str]:
    return {audit.question.metric.name, audit.question.rank_by.name}


def _replicating(configs: Sequence[Mapping[str, object]]) -> list[str]:
    names = dict.fromkeys(name for config in configs for name in config if tells_replicates(name))
    return [name for name in names if len({canonical(config.get(name)) for config in configs}) > 1]


def _unsearched(audit: Audit) -> Iterator[str]:
    """What runs had and the next sweep does not search, where no sweep file says what it is."""
    configs = [run.config for run in audit.sweep.runs]
    seeds = _replicating(configs)
    if seeds:
        yield f"{listed(seeds)}: not searched, as it only repeats a configuration; see --parameter"
    n_with = Counter(name for config in configs for name in config)
    for name, n in n_with.items():
        is_told = name in seeds or name in _results(audit) or name.startswith("_")
        if n < len(configs) and not is_told:
            yield (
                f"{name}: left out, as {n} of {count(len(configs), 'run')} have it, and a sweep "
                "file cannot search it for some runs alone; see --parameter"
            )


def _full_run(audit: Audit) -> int | None:
    """Reports of a full run, where all runs whose length is known have the same."""
    lengths = {int(n) for n in audit.budget.reports if n > 0}
    return lengths.pop() if len(lengths) == 1 else None
