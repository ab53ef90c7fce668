"""The comparison from references to an answer: open, settle, read, split into sides, compare."""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from wbtools.analysis.comparison import (
    CompareQuestion,
    Comparison,
    Over,
    SweepGroup,
    compare,
    compare_summaries,
    group_without_runs,
    split_by,
    summary_of_row,
    sweep_group,
)
from wbtools.analysis.comparison.group_summary import values_of
from wbtools.analysis.text_values import text_instead
from wbtools.answers.table_words import table_parts
from wbtools.app.opening.context_series import read_with_context
from wbtools.app.opening.metric_names import metric_hint, near_misses, where_logged
from wbtools.app.opening.open_many import open_many
from wbtools.app.opening.parameter_names import names_in_configurations
from wbtools.app.opening.question import AuditOptions, resolve_question
from wbtools.app.opening.reference import parse_reference
from wbtools.app.opening.session import Session
from wbtools.errors import DataError, UsageError
from wbtools.findings import Severity
from wbtools.sources.tables.sweep_table import read_sweep_table
from wbtools.sweepfile.goal_names import settle_metric
from wbtools.text.numbers import count

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from wbtools.analysis.question import Question
    from wbtools.app.observer import Observer
    from wbtools.app.opening.selection import Selection
    from wbtools.app.opening.source import SweepSource
    from wbtools.findings import Finding
    from wbtools.model import Metric, Sweep

_FEWEST = 2
_MOST_DOUBTS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class CompareOptions:
    """What the user says of a comparison.

    Attributes:
        question: What is asked of every sweep; it must come to one metric and goal.
        by: Make a side of every value of this attribute, column or parameter.
        baseline: Name of the side with which the others are compared; if None, the first sweep
            with a mean, or the group with most values in its mean.
        over: Whose best values means are over.
        in_stages: The sides are stages of one search, in their order.
        is_single_enough: Whether one side is taken too: it has a race, and nothing to compare.
    """

    question: AuditOptions = field(default_factory=AuditOptions)
    by: str | None = None
    baseline: str | None = None
    over: Over = Over.COMPLETED
    in_stages: bool = False
    is_single_enough: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Source:
    """One sweep that was opened and read.

    Attributes:
        logged: What was logged instead, where the metric was not.
        sampled: That was looked for in some of its run files.
        doubts: What is wrong with the recording itself, in words.
        findings: The same, as it was found.
    """

    reference: str
    question: Question
    side: SweepGroup
    logged: Mapping[str, int]
    sampled: bool
    doubts: tuple[str, ...]
    findings: Sequence[Finding]


def compare_references(
    references: Sequence[str],
    options: CompareOptions | None = None,
    session: Session | None = None,
    selection: Selection | None = None,
) -> Comparison:
    """Compare sweeps, or groups of runs, side by side.

    Args:
        references: What the user calls SWEEP, each.
        options: What is asked.
        session: How to reach W&B's servers; closed by the caller.
        selection: Runs by group, tag and filter in place of sweeps.

    Raises:
        UsageError: A reference, the metric, `by` or the baseline cannot be right or is ambiguous,
            or there is only one side.
        SignInError: A sweep is on a server for which there are no credentials.
        DataError: The data do not allow an answer.
    """
    options = options or CompareOptions()
    summed = None if selection or len(references) > 1 else as_sweep_table(references[0], options)
    if summed is not None:
        return summed
    with ExitStack() as closing:
        open_access = session or closing.enter_context(Session())
        opened = open_many(references, open_access, selection)
        return compare_opened(references, opened, options, open_access.observer)


def compare_opened(
    references: Sequence[str],
    opened: Sequence[SweepSource],
    options: CompareOptions,
    observer: Observer,
) -> Comparison:
    """Compare sweeps that were opened, or groups of their runs.

    Args:
        references: What the user calls them.
        opened: The same, opened.
        options: What is asked.
        observer: Told how far it is.

    Raises:
        UsageError: The metric, `by` or the baseline cannot be right or is ambiguous, or there are
            too few sides.
        DataError: The data do not allow an answer.
    """
    by = options.by
    if by is not None:
        (by,) = names_in_configurations([by], opened)
        opened = [source.with_parameters([by]) for source in opened]
        options = replace(options, by=by)
    sources = [
        _read(reference, source, options, observer)
        for reference, source in zip(references, opened, strict=True)
    ]
    observer.stage("comparing")
    metric = _one_metric(sources)
    _check_values(sources, metric)
    sides, notes = _sides(sources, options)
    if not options.is_single_enough:
        _check_number(sides)
    question = CompareQuestion(
        metric=metric,
        over=options.over,
        baseline=_baseline(sides, options),
        baseline_has_most=options.baseline is None and options.by is not None,
        in_stages=options.in_stages,
    )
    return compare(sides, question, notes)


def as_sweep_table(reference: str, options: CompareOptions) -> Comparison | None:
    """What a table of sweeps allows to compare; None where the reference is no such table."""
    path = parse_reference(reference).table
    if path is None:
        return None
    question = options.question
    asked = question.asked
    rows = read_sweep_table(path, None if asked is None else asked.name)
    if rows is None or asked is None:
        return None
    if options.by is not None:
        msg = f"{reference} is a table of sweeps, whose runs cannot be grouped"
        raise UsageError(msg, "leave --group-by out: every row is a side")
    sides = [group_without_runs(row.name, reference) for row in rows]
    _check_number(sides)
    summaries = [
        summary_of_row(n_runs=row.n_runs, n_finished=row.n_finished, best=row.best, hours=row.hours)
        for row in rows
    ]
    return compare_summaries(
        sides,
        summaries,
        CompareQuestion(
            metric=settle_metric(asked),
            over=options.over,
            baseline=_baseline(sides, options),
            in_stages=options.in_stages,
        ),
    )


def _read(
    reference: str,
    source: SweepSource,
    options: CompareOptions,
    observer: Observer,
) -> _Source:
    try:
        question = resolve_question(options.question, source)
    except (UsageError, DataError) as error:
        msg = f"{reference}: {error.message}"
        raise type(error)(msg, error.hint) from None
    names = dict.fromkeys((question.metric.name, question.rank_by.name))
    sweep = read_with_context(source, tuple(names), observer)
    short = reference if "/" not in reference else sweep.ref.sweep_id
    side = sweep_group(short, reference, sweep, question)
    return _Source(
        reference=reference,
        question=question,
        side=side,
        logged={} if side.why_not is None else source.logged(),
        sampled=source.n_looked_into is not None,
        doubts=(*_doubts(sweep, question.rank_by), *_left_out(sweep, options)),
        findings=sweep.findings,
    )


def _doubts(sweep: Sweep, metric: Metric) -> Iterator[str]:
    curves = sweep.curves.get(metric.name)
    if curves is not None and not curves.complete:
        yield "some reports are missing, so it used more, and may have reached more"
    serious = [finding for finding in sweep.findings if finding.severity >= Severity.WARNING]
    for finding in serious[:_MOST_DOUBTS]:
        yield f"{finding.title} ({finding.code})"
    if len(serious) > _MOST_DOUBTS:
        yield f"{len(serious) - _MOST_DOUBTS} more findings: see audit-terminations"


def _left_out(sweep: Sweep, options: CompareOptions) -> Iterator[str]:
    """How a run table was read, where its parameters make the sides."""
    if options.by is not None and sweep.table is not None and sweep.table.not_parameters:
        yield from table_parts(sweep.origin, sweep.table)


def _one_metric(sources: Sequence[_Source]) -> Metric:
    """The metric and goal on which all sweeps agree."""
    found = {(source.question.rank_by.name, source.question.rank_by.goal) for source in sources}
    if len(found) > 1:
        each = "; ".join(
            f"{source.reference}: {source.question.rank_by.goal} {source.question.rank_by.name!r}"
            for source in sources
        )
        msg = f"the sweeps were judged by different metrics ({each})"
        raise UsageError(msg, "say which one compares them with --rank-by NAME:GOAL")
    return sources[0].question.rank_by


def _check_values(sources: Sequence[_Source], metric: Metric) -> None:
    if any(np.isfinite(source.side.best).any() for source in sources):
        return
    logged = Counter[str]()
    for source in sources:
        logged.update(source.logged)
    msg = f"no run of any side has a finite value of {metric.name!r}"
    text = text_instead([run for source in sources for run in source.side.runs], metric.name)
    if text is not None:
        why, hint = text
        msg += f": {why}"
        raise DataError(msg, hint)
    names = where_logged(
        logged,
        [finding for source in sources for finding in source.findings],
        sampled=any(source.sampled for source in sources),
    )
    raise DataError(msg, metric_hint(metric.name, logged, names))


def _sides(
    sources: Sequence[_Source], options: CompareOptions
) -> tuple[list[SweepGroup], list[str]]:
    wholes = _named([source.side for source in sources])
    notes = [
        f"{side.name}: {side.why_not}{_near(source)}"
        for side, source in zip(wholes, sources, strict=True)
        if side.why_not is not None
    ]
    notes += [
        f"{side.name}: {doubt}"
        for side, source in zip(wholes, sources, strict=True)
        for doubt in source.doubts
    ]
    if options.by is None:
        return wholes, notes
    sides: list[SweepGroup] = []
    for whole in wholes:
        parts, n_without = split_by(whole, options.by)
        if n_without:
            notes.append(
                f"{whole.name}: {n_without} of its {count(len(whole.runs), 'run')} have "
                f"no {options.by!r} "
                "and are left out"
            )
        if len(wholes) > 1:
            parts = [part.called(f"{whole.name}: {part.name}") for part in parts]
        sides += parts
    return sides, notes


def _check_number(sides: Sequence[SweepGroup]) -> None:
    if len(sides) < _FEWEST:
        msg = f"{sides[0].name} is one side, and there is nothing to compare it with"
        raise UsageError(
            msg,
            "name another sweep, or a column or parameter that tells runs apart with --group-by",
        )


def _near(source: _Source) -> str:
    name = source.question.rank_by.name
    near = near_misses(name, source.logged)
    return f" (it logged {near[0]!r})" if near else ""


def _named(sides: Sequence[SweepGroup]) -> list[SweepGroup]:
    """Call sides by their short names, unless two have the same one."""
    names = Counter(side.name for side in sides)
    return [side if names[side.name] == 1 else side.called(side.source) for side in sides]


def _baseline(sides: Sequence[SweepGroup], options: CompareOptions) -> int:
    """The place of the side that is named.

    Else of the first sweep that has a mean, as the user named them in this order; of groups, whose
    order says nothing, of the first of those with most values in their means.
    """
    name = options.baseline
    if name is None:
        n_values = [len(values_of(side, options.over)) for side in sides]
        return (
            n_values.index(max(n_values))
            if options.by
            else next((k for k, n in enumerate(n_values) if n), 0)
        )
    found = [k for k, side in enumerate(sides) if side.name == name]
    found = found or [k for k, side in enumerate(sides) if side.source == name]
    if len(found) == 1:
        return found[0]
    msg = f"--baseline {name!r} names {len(found) or 'none'} of the sides"
    raise UsageError(msg, f"it is one of {', '.join(repr(side.name) for side in sides)}")
