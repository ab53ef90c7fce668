"""Leaderboards from references to an answer: open, settle metrics and goals, read, rank."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from wbtools.analysis.audit import audit
from wbtools.analysis.diagnosis.diagnose import diagnose
from wbtools.analysis.question import Question, RuleInUse, RuleStatus
from wbtools.analysis.ranking.configurations import (
    GROUP,
    GroupingKey,
    RunMeasurement,
    with_separate_runs,
)
from wbtools.analysis.ranking.diversity import LEAST
from wbtools.analysis.ranking.leaderboard import representative
from wbtools.analysis.ranking.ranking import Ranking, RankQuestion, Source, StoppedRuns, rank
from wbtools.analysis.ranking.reading_moment import (
    ReadAt,
    ReadingMoment,
    needs_counters,
    read_at,
)
from wbtools.app.audit import check_logged
from wbtools.app.model_weights import load_weights
from wbtools.app.opening.context_series import read_with_context, with_summaries
from wbtools.app.opening.logged_counters import with_counters
from wbtools.app.opening.metric_names import listed, near_hint
from wbtools.app.opening.open_many import open_many
from wbtools.app.opening.parameter_names import names_in_configurations
from wbtools.app.opening.question import (
    AuditOptions,
    WrittenSpec,
    own_configuration,
    resolve_question,
)
from wbtools.app.ranked_against import parse_against, set_against, with_quantity
from wbtools.app.ranked_metrics import ranked_metrics
from wbtools.errors import DataError, UsageError
from wbtools.model.interval import Interval

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from wbtools.analysis.alignment import Alignment
    from wbtools.analysis.audit import Audit
    from wbtools.analysis.ranking.leaderboard import Row
    from wbtools.app.observer import Observer
    from wbtools.app.opening.selection import Selection
    from wbtools.app.opening.session import Session
    from wbtools.app.opening.source import SweepSource
    from wbtools.model import Goal, Metric, Sweep
    from wbtools.sweepfile.space import Axis

    OnFile = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class RankOptions:
    """What the user says, in the words of the command line.

    Attributes:
        metrics: `NAME` or `NAME:GOAL`; the sweep's own if there are none.
        goal: Of the metrics that do not say.
        seed_keys: Names that make no other configuration, beside the usual names of seeds.
        group_by: Names that do, in place of all.
        sweep_file: The last sweep's own file.
        early_terminate: The sweeps' rule, which tells why runs ended.
        budget: Reports of a full run.
        n_diverse: How many configurations to choose that also differ; 0 for none.
        against: `cost`, or `NAME` or `NAME:GOAL`: what values are set against; None for nothing.
    """

    metrics: tuple[str, ...] = ()
    goal: Goal | None = None
    at: ReadAt = field(default_factory=ReadAt)
    seed_keys: tuple[str, ...] = ()
    group_by: tuple[str, ...] = ()
    stopped: StoppedRuns = StoppedRuns.APART
    sweep_file: Path | None = None
    early_terminate: str | None = None
    budget: int | None = None
    n_diverse: int = 0
    least_distance: float = LEAST
    against: str | None = None


def rank_references(
    references: Sequence[str],
    options: RankOptions,
    session: Session,
    selection: Selection | None = None,
) -> Ranking:
    """Rank the configurations of what the user calls SWEEP, or of runs outside sweeps.

    Args:
        references: As typed; several are the stages of one search, the first one first.
        options: What the user says beyond that.
        session: How to reach W&B's servers; closed by the caller.
        selection: Runs by group, tag and filter in place of sweeps.

    Raises:
        UsageError: A reference, a metric or a name cannot be right, or is ambiguous.
        SignInError: A sweep is on a server for which there are no credentials.
        DataError: The data do not allow an answer.
    """
    _check(options)
    return rank_opened(
        references, open_many(references, session, selection), options, session.observer
    )


def _check(options: RankOptions) -> None:
    if options.stopped is StoppedRuns.PROJECTED and options.at.moment is not ReadingMoment.BEST:
        msg = f"--stopped projected and --at {options.at} contradict each other"
        raise UsageError(msg, "a projection is of the best value: leave --at out")


def rank_opened(
    references: Sequence[str],
    opened_sweeps: Sequence[SweepSource],
    options: RankOptions,
    observer: Observer,
) -> Ranking:
    """Rank the configurations of sweeps that were opened.

    Args:
        references: What the user calls them; several are the stages of one search.
        opened_sweeps: The same, opened.
        options: What the user says beyond that.
        observer: Told how far it is.

    Raises:
        UsageError: A metric or a name cannot be right, or is ambiguous.
        DataError: The data do not allow an answer.
    """
    asked = parse_against(options.against)
    options = replace(
        options,
        seed_keys=names_in_configurations(options.seed_keys, opened_sweeps),
        group_by=names_in_configurations(options.group_by, opened_sweeps),
    )
    opened_sweeps = [opened.with_parameters(options.group_by) for opened in opened_sweeps]
    if asked is not None:
        asked = replace(asked, name=names_in_configurations([asked.name], opened_sweeps)[0])
    written = [
        _written(opened, options, last=opened is opened_sweeps[-1]) for opened in opened_sweeps
    ]
    metrics, source = ranked_metrics(
        options.metrics, options.goal, opened_sweeps[-1], written, sweep_file=options.sweep_file
    )
    identity = GroupingKey(
        seed_keys=frozenset(options.seed_keys),
        group_by=options.group_by,
        results=frozenset(metric.name for metric in metrics),
    )
    runs: list[RunMeasurement] = []
    sources: list[Source] = []
    furthest = -1
    for stage, (reference, opened) in enumerate(zip(references, opened_sweeps, strict=True)):
        stage_options = (
            options if opened is opened_sweeps[-1] else replace(options, sweep_file=None)
        )
        question = _question(opened, written[stage], stage_options, metrics[0])
        sweep = _read(opened, question, metrics, observer)
        if needs_counters(sweep, metrics, options.at):
            sweep = with_counters(opened, sweep)
        sweep = with_separate_runs(with_quantity(opened, sweep, asked, metrics))
        _check_names(sweep, identity)
        furthest = max(furthest, _last_step(sweep, metrics[0]))
        measured, alignments = _measured(sweep, stage, question, options, metrics)
        runs += measured
        sources.append(
            Source(
                reference=reference,
                name=sweep.ref.sweep_id,
                origin=sweep.origin,
                table=sweep.table,
                n_runs=len(sweep.runs),
                findings=tuple(sweep.findings),
                alignments=alignments,
            )
        )
    if options.at.moment is ReadingMoment.STEP and all(run.values[0] is None for run in runs):
        msg = f"no run has reached step {options.at.step} of {metrics[0].name!r}"
        raise DataError(msg, f"the furthest run has reached {furthest}")
    against = None
    if asked is not None:
        runs, against = set_against(runs, asked, metrics)
    rank_question = RankQuestion(
        metrics=metrics,
        metric_source=source,
        at=options.at,
        identity=identity,
        stopped=options.stopped,
        n_diverse=options.n_diverse,
        least_distance=options.least_distance,
        against=against,
    )
    observer.stage("ranking")
    return rank(runs, rank_question, _told_apart(sources), _space(written))


def _told_apart(sources: Sequence[Source]) -> list[Source]:
    """Sweeps by their ids, or as the user called them where two have the same."""
    how_often = Counter(source.name for source in sources)
    return [
        source if how_often[source.name] == 1 else replace(source, name=source.reference)
        for source in sources
    ]


def _written(opened: SweepSource, options: RankOptions, *, last: bool) -> WrittenSpec | None:
    """A sweep's own configuration; what is ambiguous is none where the options do without it."""
    audit_options = AuditOptions(sweep_file=options.sweep_file if last else None)
    try:
        return own_configuration(audit_options, opened)
    except UsageError:
        if options.metrics and options.sweep_file is None:
            return None
        raise


def _read(
    opened: SweepSource, question: Question, metrics: Sequence[Metric], observer: Observer
) -> Sweep:
    """A sweep with its curves; of a metric that no run reported, with the summaries' numbers."""
    names = list(dict.fromkeys([*(metric.name for metric in metrics), question.metric.name]))
    sweep = read_with_context(opened, names, observer)
    if not sweep.runs:
        msg = f"{sweep.ref} has no runs"
        raise DataError(msg, "rank it once runs have begun")
    silent = {name for name, metric_curves in sweep.curves.items() if metric_curves.is_silent.all()}
    if silent:
        sweep = with_summaries(opened, sweep)
    summarized = {name for name in silent if any(name in run.summary for run in sweep.runs)}
    curves = {
        name: metric_curves
        for name, metric_curves in sweep.curves.items()
        if name not in summarized
    }
    sweep = replace(sweep, curves=curves)
    for metric in metrics:
        check_logged(metric.name, sweep, opened)
    return sweep


def _last_step(sweep: Sweep, metric: Metric) -> int:
    """The last `_step` at which any run reported it; -1 without a report."""
    curves = sweep.curves.get(metric.name)
    if curves is None:
        return -1
    inside = np.arange(curves.steps.shape[1]) < curves.n_reports[:, None]
    return int(curves.steps.max(initial=-1, where=inside))


def _measured(
    sweep: Sweep, stage: int, question: Question, options: RankOptions, metrics: Sequence[Metric]
) -> tuple[list[RunMeasurement], tuple[Alignment, ...]]:
    """A sweep's runs, each with its values and how far it came; and what joins its metrics."""
    readings = read_at(sweep, metrics, options.at)
    at_one_step = options.at.moment is ReadingMoment.STEP
    diagnosis = diagnose(sweep, question)
    projected: dict[int, Interval] = {}
    if not at_one_step:
        diagnosis.require_values()
        if options.stopped is StoppedRuns.PROJECTED:
            projected = _projected(audit(sweep, question, weights=load_weights()))
    completions, is_short = diagnosis.completions, diagnosis.outcomes.is_short.tolist()
    measured = [
        RunMeasurement(
            run=run,
            stage=stage,
            values=tuple(None if math.isnan(x) else x for x in readings.values[row].tolist()),
            completion=completions[row],
            is_short=is_short[row],
            at_one_step=at_one_step,
            projected=projected.get(row),
        )
        for row, run in enumerate(sweep.runs)
    ]
    return measured, readings.alignments


def _question(
    opened: SweepSource, written: WrittenSpec | None, options: RankOptions, lead: Metric
) -> Question:
    """What an audit would be asked, to say why runs ended."""
    own_metric = None if written is None else written.spec.metric
    audit_options = AuditOptions(
        metric=None if own_metric is not None else lead.option_text,
        sweep_file=options.sweep_file,
        rank_by=lead.option_text,
        early_terminate=options.early_terminate,
        budget=options.budget,
    )
    try:
        return resolve_question(audit_options, opened)
    except UsageError as error:
        if options.sweep_file is not None or options.early_terminate is not None:
            raise
        return Question(
            metric=lead,
            metric_source="--metric",
            rule=RuleInUse(status=RuleStatus.UNKNOWN, source=error.message),
            rank_by=lead,
            budget=options.budget,
        )


def _projected(audit: Audit) -> dict[int, Interval]:
    """What the censored runs would have come to, by row."""
    return {
        place: Interval(
            estimate=projection.median,
            low=projection.low,
            high=projection.high,
            level=projection.level,
        )
        for place, row in enumerate(audit.rows)
        if (projection := row.projection) is not None
        and projection.median is not None
        and projection.low is not None
        and projection.high is not None
    }


def _check_names(sweep: Sweep, identity: GroupingKey) -> None:
    """Refuse a name that no run of a sweep has."""
    for option, names in (("group-by", identity.group_by), ("seed-key", identity.seed_keys)):
        for name in sorted(names):
            runs = sweep.runs
            by_group = option == "group-by" and name == GROUP
            if any(name in run.config or (by_group and run.group is not None) for run in runs):
                continue
            keys = Counter(key for run in runs for key in run.config)
            msg = f"--{option} {name!r}: no run of {sweep.ref} has it in its configuration"
            raise UsageError(msg, near_hint(name, keys, f"it has {listed(keys) or 'nothing'}"))


def _space(written: Sequence[WrittenSpec | None]) -> dict[str, Axis]:
    """What was searched, the first sweep's ranges where several have a parameter."""
    specs = [found.spec for found in written if found is not None]
    return {name: axis for spec in reversed(specs) for name, axis in spec.space.items()}


def run_to_repeat(ranking: Ranking, row: Row) -> str:
    """What `--run` takes to mean the run that stands for a configuration: its number, else its id.

    A number does if it is one run's alone, and no run is called so.
    """
    run = representative(row, ranking.question.metrics[0]).run
    stage = row.configuration.stage
    if run.number is None:
        return run.id
    number = str(run.number)
    others = (
        member.run
        for other in ranking.board.rows
        if other.configuration.stage == stage
        for member in other.configuration.members
        if member.run.id != run.id
    )
    taken = any(other.number == run.number or number in {other.id, other.name} for other in others)
    return run.id if taken else number
