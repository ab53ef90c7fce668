"""Settle what an audit is asked: the metric, the goal and the rule, and where each came from.

Runs on disk do not hold the sweep's own configuration. It comes from `--sweep-file`, else from the
one YAML in the project whose parameters match the runs, else from the options; nothing is assumed
silently: every answer carries its source in words.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wbtools.analysis.question import Question, RuleInUse, RuleStatus
from wbtools.errors import UsageError
from wbtools.model import Goal, Metric
from wbtools.sweepfile.rule import parse_rule
from wbtools.workflow.find_spec import FoundSpec, find_specs, read_spec
from wbtools.workflow.metric_names import listed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from wbtools.model import Run


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditOptions:
    """What the user says, in the words of the command line; None where they say nothing.

    Attributes:
        early_terminate: Such as `hyperband(min_iter=10,eta=2)` or `none`.
        rank_by: `NAME:minimize` or `NAME:maximize`; the goal may be left out for the rule's metric.
        target: The bar, metric's own units.
        budget: Reports of a full run.
    """

    metric: str | None = None
    goal: Goal | None = None
    early_terminate: str | None = None
    sweep_file: Path | None = None
    rank_by: str | None = None
    target: float | None = None
    budget: int | None = None


def settle(
    options: AuditOptions,
    runs: Sequence[Run],
    folders: Iterable[Path],
    logged: Callable[[], Mapping[str, int]],
) -> Question:
    """Settle the question.

    Args:
        options: What the user says.
        runs: For matching sweep files.
        folders: Project folders in which a sweep file may lie.
        logged: Gives the numeric metrics with their numbers of runs; called only to list them.

    Raises:
        UsageError: The metric, its goal or the sweep file cannot be told; the message lists what
            there is.
        DataError: The sweep file that the user names is none.
    """
    found = _spec(options, runs, folders)
    metric, source = _metric(options, found, logged)
    return Question(
        metric=metric,
        metric_source=source,
        rule=_rule(options, found),
        rank_by=_rank_by(options, metric),
        target=options.target,
        budget=options.budget,
        sweep_name=None if found is None else found.spec.name,
        method=None if found is None else found.spec.method,
    )


def _spec(options: AuditOptions, runs: Sequence[Run], folders: Iterable[Path]) -> FoundSpec | None:
    if options.sweep_file is not None:
        return read_spec(options.sweep_file)
    if options.metric and options.goal and options.early_terminate:
        return None
    found = find_specs(folders, runs)
    says = {(one.spec.metric, one.spec.objectives, one.spec.rule) for one in found}
    if len(says) > 1:
        names = ", ".join(str(one.path) for one in found)
        msg = f"{len(found)} sweep files match the runs and disagree: {names}"
        raise UsageError(msg, "say which one with --sweep-file")
    return found[0] if found else None


def _metric(
    options: AuditOptions, found: FoundSpec | None, logged: Callable[[], Mapping[str, int]]
) -> tuple[Metric, str]:
    written = None if found is None else found.spec.metric
    name = options.metric or (written.name if written is not None else None)
    if name is None:
        if found is not None and found.spec.objectives:
            msg = f"{found.path} has several objectives: {', '.join(found.spec.objectives)}"
            raise UsageError(msg, "say which one with --metric and --goal")
        msg = "nothing says which metric the sweep was judged by"
        raise UsageError(
            msg,
            "pass --sweep-file, or --metric and --goal; numbers were logged under "
            f"{listed(logged()) or 'no name at all'}",
        )
    same = written is not None and written.name == name
    goal = options.goal or (written.goal if written is not None and same else None)
    if goal is None:
        msg = f"nothing says whether {name!r} is to be minimized or maximized"
        raise UsageError(msg, "pass --goal minimize or --goal maximize")
    target = written.target if written is not None and same else None
    return Metric(name=name, goal=goal, target=target), _metric_source(options, found)


def _metric_source(options: AuditOptions, found: FoundSpec | None) -> str:
    if found is None:
        return "--metric and --goal"
    how = "--sweep-file" if options.sweep_file is not None else "its parameters match the runs"
    file = f"{found.path.name} ({how})"
    said = [f"--{name}" for name in ("metric", "goal") if getattr(options, name) is not None]
    return f"{' and '.join(said)}, over {file}" if said else file


def _rule(options: AuditOptions, found: FoundSpec | None) -> RuleInUse:
    if options.early_terminate is not None:
        settings = parse_rule(options.early_terminate)
        return RuleInUse(
            status=RuleStatus.NONE if settings is None else RuleStatus.KNOWN,
            settings=settings,
            source="--early-terminate",
        )
    if found is None:
        return RuleInUse(
            status=RuleStatus.UNKNOWN,
            source="no sweep file matches the runs and --early-terminate was not given",
        )
    if not found.spec.has_rule:
        return RuleInUse(status=RuleStatus.NONE, source=found.path.name)
    if found.spec.rule is None:
        return RuleInUse(
            status=RuleStatus.UNKNOWN, source=f"{found.path.name}: {found.spec.rule_problem}"
        )
    return RuleInUse(status=RuleStatus.KNOWN, settings=found.spec.rule, source=found.path.name)


def _rank_by(options: AuditOptions, metric: Metric) -> Metric:
    if options.rank_by is None:
        return metric
    name, colon, goal = options.rank_by.rpartition(":")
    if colon and goal in list(Goal):
        return Metric(name=name, goal=Goal(goal))
    if options.rank_by == metric.name:
        return metric
    msg = f"--rank-by {options.rank_by!r} does not say whether to minimize or maximize"
    raise UsageError(msg, f"write --rank-by '{options.rank_by}:maximize', or :minimize")
