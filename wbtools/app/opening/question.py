"""Settle what an audit is asked: the metric, the goal and the rule, and where each came from.

The sweep's own configuration comes from `--sweep-file`, else from W&B, if the sweep was fetched.
Runs on disk do not hold it: there it comes from the one YAML in the project whose parameters match
the runs, else from the options. Nothing is assumed silently: every answer carries its source in
words.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from wbtools.analysis.question import Question, RuleInUse, RuleStatus
from wbtools.app.opening.default_metric import (
    DefaultMetric,
    default_goal,
    default_metric,
    unused_metric,
)
from wbtools.app.opening.metric_names import listed, metric_hint, where_logged
from wbtools.errors import DataError, UsageError
from wbtools.model import AskedMetric, Goal, Metric, parse_metric
from wbtools.model.metric import INFERRED
from wbtools.rules.grammar import parse_wandb_rule
from wbtools.sources.sweep_files import FoundSpec, read_spec
from wbtools.sweepfile.goal_names import (
    clear_goal_of_name,
    contradicted,
    is_metric_word,
    settle_metric,
    words_of_name,
)
from wbtools.text.shell_words import command_line, option

if TYPE_CHECKING:
    from pathlib import Path

    from wbtools.analysis.projection import Method
    from wbtools.app.opening.source import SweepSource
    from wbtools.sweepfile.spec import SweepSpec

_MOST_REJECTED = 3
_ALWAYS_LOGGED = "_step"


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenSpec:
    """A sweep's own configuration.

    Attributes:
        place: Where it was read, as short as it is still clear.
        why: Why it was taken.
        folder: The folder of the sweep file; None where it was no file.
    """

    spec: SweepSpec
    place: str
    why: str
    folder: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditOptions:
    """What the user says, in the words of the command line; None where they say nothing.

    Attributes:
        metric: `NAME` or `NAME:GOAL`, as `parse_metric` reads it.
        goal: Of the metric, where that does not say it.
        early_terminate: Such as `hyperband(min_iter=10,eta=2)` or `none`.
        rank_by: `NAME` or `NAME:GOAL`, likewise.
        target: The bar, metric's own units.
        budget: Reports of a full run.
        method: How stopped runs are projected; the learned model if nothing is said.
    """

    metric: str | None = None
    goal: Goal | None = None
    early_terminate: str | None = None
    sweep_file: Path | None = None
    rank_by: str | None = None
    target: float | None = None
    budget: int | None = None
    method: Method | None = None

    @property
    def asked(self) -> AskedMetric | None:
        """The metric with its goal, as far as both are said; None without a metric.

        Raises:
            UsageError: There is no name, or two goals.
        """
        return None if self.metric is None else parse_metric(self.metric, self.goal)

    @property
    def says_all(self) -> bool:
        """Whether metric, goal and rule are said, so that no sweep file has to be looked for."""
        asked = self.asked
        return bool(asked and asked.goal and self.early_terminate)


def resolve_question(
    options: AuditOptions, source: SweepSource, *, needs_metric: bool = True
) -> Question:
    """Settle the question.

    Args:
        options: What the user says.
        source: The sweep.
        needs_metric: Whether to refuse where nothing says by which metric runs are judged.

    Raises:
        UsageError: The metric, its goal or the sweep file cannot be told; the message lists what
            there is. Or the rule that the user gives cannot run.
        DataError: The sweep file that the user names is none.
    """
    found, rejected = _written(options, source)
    default = None
    if options.metric is None:
        default = default_metric(None if found is None else found.spec, source)
    is_judged = needs_metric or default is not None or _settles_metric(options, found)
    if is_judged:
        metric, goal_words = _metric(options, found, rejected, source, default)
        rank_by = _rank_by(options, metric, found)
        words, is_doubtful = _metric_source(options, found, metric, rank_by, default)
        metric_source = words + goal_words
    else:
        metric = rank_by = _most_logged(source)
        metric_source, is_doubtful = "nothing", False
    return Question(
        metric=metric,
        metric_source=metric_source,
        metric_is_doubtful=is_doubtful,
        rule=_rule(options, found, rejected, source),
        rank_by=rank_by,
        target=options.target,
        budget=options.budget,
        sweep_name=None if found is None else found.spec.name,
        method=None if found is None else found.spec.method,
        is_judged=is_judged,
        has_command=found is not None and bool(found.spec.program or found.spec.command),
    )


def own_metrics(source: SweepSource) -> tuple[str, ...]:
    """The metrics by which the sweep's own configuration says that it was judged.

    None if nothing says; files that fit the runs and disagree give all of theirs.
    """
    own = source.spec
    specs = [found.spec for found in source.sweep_files.matching] if own is None else [own]
    named = [spec.metric.name for spec in specs if spec.metric is not None]
    return tuple(dict.fromkeys((*named, *(name for spec in specs for name in spec.objectives))))


def _written(options: AuditOptions, source: SweepSource) -> tuple[WrittenSpec | None, str]:
    """The sweep's configuration, and in words why other sweep files that were found do not fit."""
    if options.sweep_file is not None:
        return _from_file(read_spec(options.sweep_file), source, "--sweep-file"), ""
    if source.spec is not None:
        return WrittenSpec(spec=source.spec, place="W&B", why="the sweep's own"), ""
    if options.says_all:
        return None, ""
    found = source.sweep_files
    first = next(iter(found.matching), None)
    if any(_says(found_spec) != _says(first) for found_spec in found.matching if first is not None):
        names = ", ".join(str(found_spec.path) for found_spec in found.matching)
        msg = f"{len(found.matching)} sweep files match the runs and disagree: {names}"
        raise UsageError(msg, "say which one with --sweep-file")
    rejected = "; ".join(f"{path}: {why}" for path, why in found.rejected[:_MOST_REJECTED])
    why_none = f"no sweep file matches the runs ({rejected})" if rejected else ""
    if first is None:
        return None, why_none
    return _from_file(first, source, "its parameters match the runs"), why_none


def own_configuration(options: AuditOptions, source: SweepSource) -> WrittenSpec | None:
    """The sweep's own configuration, whatever the options say of its metric and its rule.

    Raises:
        UsageError: Several files match and disagree, or the named one cannot be read.
        DataError: The sweep file that the user names is none.
    """
    return _written(replace(options, early_terminate=None), source)[0]


def _says(found: FoundSpec) -> object:
    spec = found.spec
    return spec.metric, spec.objectives, spec.has_rule, spec.rule, spec.rule_problem


def _settles_metric(options: AuditOptions, found: WrittenSpec | None) -> bool:
    """Whether anything says, or tries to say, by which metric runs are judged."""
    says = (options.metric, options.goal, options.rank_by, options.target)
    metric = None if found is None else found.spec.metric
    return any(option is not None for option in says) or (
        metric is not None and metric.goal is not None
    )


def _most_logged(source: SweepSource) -> Metric:
    logged = source.logged()
    names = [name for name in logged if not name.startswith("_")]
    name = min(names, key=lambda name: (-logged[name], name), default=_ALWAYS_LOGGED)
    return Metric(name=name, goal=Goal.MINIMIZE)


def _metric(
    options: AuditOptions,
    found: WrittenSpec | None,
    rejected: str,
    source: SweepSource,
    default: DefaultMetric | None,
) -> tuple[Metric, str]:
    """The metric, and in words where its goal was read if the project's settings say it."""
    written = None if found is None else found.spec.metric
    asked = options.asked
    if asked is None and written is not None:
        asked = AskedMetric(name=written.name, goal=options.goal)
    if asked is None and default is not None:
        asked = replace(default.asked, goal=options.goal or default.asked.goal)
    if asked is None:
        if found is not None and found.spec.objectives:
            msg = f"{found.place} has several objectives: {', '.join(found.spec.objectives)}"
            raise UsageError(msg, "say which one with --metric NAME:max or NAME:min")
        msg = "nothing says which metric the sweep was judged by"
        raise UsageError(
            ": ".join(part for part in (msg, rejected, unused_metric(source)) if part),
            f"pass --sweep-file, or {_metric_option(source)}; {_logged(source)}",
        )
    is_own = written is not None and written.name == asked.name
    of_settings = None if is_own or asked.goal is not None else default_goal(asked.name)
    if of_settings is None:
        return settle_asked(asked, written, source), ""
    goal, words = of_settings
    return settle_asked(replace(asked, goal=goal), written, source), f"; goal {goal}: {words}"


def settle_asked(asked: AskedMetric, own: Metric | None, source: SweepSource) -> Metric:
    """Settle the goal of a metric, and where nothing tells it, complain first about its name.

    Args:
        asked: The metric, with the goal if the user says one.
        own: The metric of the sweep's own configuration.
        source: The sweep.

    Raises:
        UsageError: Nothing tells the goal.
        DataError: Nor was the metric logged, as far as the source can tell.
    """
    try:
        return settle_metric(asked, own)
    except UsageError:
        logged, is_sampled = source.logged(), source.n_looked_into is not None
        among = "" if is_sampled else f"there is {listed(logged) or 'no number at all'}"
        hint = metric_hint(asked.name, logged, among)
        if asked.name not in logged and hint:
            msg = f"no number was logged under {asked.name!r}"
            raise DataError(msg, hint) from None
        raise


def _metric_option(source: SweepSource) -> str:
    """The option that says the metric: spelled out where only one result can be meant."""
    names = [name for name in source.results() if any(map(is_metric_word, words_of_name(name)))]
    goal = clear_goal_of_name(names[0]) if len(names) == 1 else None
    if goal is None or source.n_looked_into is not None:
        return "--metric NAME:max or NAME:min"
    return command_line(option("metric", f"{names[0]}:{goal.value[:3]}"))


def _logged(source: SweepSource) -> str:
    logged = source.results()
    findings = () if logged else source.read_summaries(()).findings
    return where_logged(logged, findings, sampled=source.n_looked_into is not None)


def _metric_source(
    options: AuditOptions,
    found: WrittenSpec | None,
    metric: Metric,
    rank_by: Metric,
    default: DefaultMetric | None,
) -> tuple[str, bool]:
    """Where the metric was read, and whether its goal is inferred or contradicted."""
    given = [f"--{name}" for name in ("metric", "goal") if getattr(options, name) is not None]
    given = given if default is None else [default.words, *given]
    file = [] if found is None else [f"{found.place} ({found.why})"]
    words = ", over ".join([*([" and ".join(given)] if given else []), *file])
    own, place = (None, "") if found is None else (found.spec.metric, found.place)
    doubts = contradicted(metric, own, place)
    if metric.goal_is_inferred:
        doubts += f"; goal {metric.goal} {INFERRED}"
    if rank_by != metric and rank_by.goal_is_inferred:
        doubts += f"; {rank_by.inferred_words}"
    return words + doubts, bool(doubts)


def _from_file(found: FoundSpec, source: SweepSource, why: str) -> WrittenSpec:
    """A sweep file, named by its path from the project folder on."""
    place = str(found.path)
    for folder in source.folders:
        if found.path.is_relative_to(folder):
            place = str(found.path.relative_to(folder))
            break
    return WrittenSpec(spec=found.spec, place=place, why=why, folder=found.path.parent)


def _rule(
    options: AuditOptions, found: WrittenSpec | None, rejected: str, source: SweepSource
) -> RuleInUse:
    if options.early_terminate is not None:
        settings = parse_wandb_rule(options.early_terminate)
        if settings is not None:
            try:
                settings.refuse_unless_runnable()
            except DataError as error:
                hint = "write it like --early-terminate 'hyperband(min_iter=10,eta=2)'"
                raise UsageError(error.message, hint) from None
        return RuleInUse(
            status=RuleStatus.NONE if settings is None else RuleStatus.KNOWN,
            settings=settings,
            source="--early-terminate",
        )
    if found is None and not source.is_of_sweep:
        return RuleInUse(status=RuleStatus.NONE, source="the runs are of no sweep")
    if found is None:
        no_file = rejected or "no sweep file matches the runs"
        return RuleInUse(
            status=RuleStatus.UNKNOWN, source=f"{no_file} and --early-terminate was not given"
        )
    file, spec = found.place, found.spec
    if not spec.has_rule:
        return RuleInUse(status=RuleStatus.NONE, source=file)
    if spec.rule is None:
        return RuleInUse(status=RuleStatus.UNKNOWN, source=f"{file}: {spec.rule_problem}")
    return RuleInUse(status=RuleStatus.KNOWN, settings=spec.rule, source=file)


def _rank_by(options: AuditOptions, metric: Metric, found: WrittenSpec | None) -> Metric:
    if options.rank_by is None:
        return metric
    asked = parse_metric(options.rank_by, option="--rank-by")
    if asked.name == metric.name and asked.goal in {None, metric.goal}:
        return metric
    return settle_metric(asked, None if found is None else found.spec.metric, option="--rank-by")
