"""The audit from a reference to an answer: open, settle the question, read, judge."""

from __future__ import annotations

import math
from contextlib import ExitStack
from typing import TYPE_CHECKING

from wbtools.analysis.audit import Audit, audit
from wbtools.analysis.projection import Method
from wbtools.analysis.text_values import text_instead
from wbtools.app.model_weights import load_weights
from wbtools.app.observer import UNOBSERVED, Observer
from wbtools.app.opening.context_series import read_with_context
from wbtools.app.opening.in_memory import InMemorySource
from wbtools.app.opening.metric_names import metric_hint, near_hint, where_logged
from wbtools.app.opening.open_many import open_one
from wbtools.app.opening.open_sweep import open_sweep
from wbtools.app.opening.question import AuditOptions, resolve_question
from wbtools.app.opening.run_names import check_runs
from wbtools.app.opening.session import Session
from wbtools.errors import DataError, UsageError
from wbtools.sources.processes import without_other_processes
from wbtools.sweepfile.kinds import finite_number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wbtools.analysis.question import Question
    from wbtools.app.opening.selection import Selection
    from wbtools.app.opening.source import SweepSource
    from wbtools.model import Run, Sweep


def audit_reference(
    reference: str,
    options: AuditOptions | None = None,
    session: Session | None = None,
    *,
    run: str | None = None,
    selection: Selection | None = None,
) -> Audit:
    """Audit what the user calls SWEEP.

    Args:
        reference: A path, `PATH#SWEEP_ID`, a sweep of W&B's, `demo`; with a selection, a project.
        options: What the user says beyond that.
        session: How to reach W&B's servers; closed by the caller.
        run: What `--run` names, refused before anything is loaded if that is no run.
        selection: Runs by group, tag and filter in place of a sweep.

    Raises:
        UsageError: The reference, the run, the metric or the rule cannot be right, or is ambiguous.
        SignInError: The sweep is on a server for which there are no credentials.
        DataError: The data do not allow an answer.
    """
    options = options or AuditOptions()
    with ExitStack() as closing:
        session = session or closing.enter_context(Session())
        source = open_asked(reference, options, session, run=run, selection=selection)
        return audit_source(source, options, session.observer)


def open_asked(
    reference: str,
    options: AuditOptions,
    session: Session,
    *,
    run: str | None,
    selection: Selection | None,
) -> SweepSource:
    """Open what is to be audited; the arguments and errors are those of `audit_reference`."""
    _check(options)
    source = open_one(reference, session, selection)
    check_runs(source, () if run is None else (run,), options)
    return source


def audit_source(
    source: SweepSource,
    options: AuditOptions,
    observer: Observer = UNOBSERVED,
    *,
    needs_values: bool = True,
    needs_metric: bool = True,
) -> Audit:
    """Audit a sweep that was opened.

    Args:
        source: The sweep.
        options: What the user says of it.
        observer: Told how far it is.
        needs_values: Whether to refuse a metric that no run has a number of; one that the user
            names is refused in any case, if runs logged other numbers.
        needs_metric: Whether to refuse where nothing says by which metric runs are judged.

    Raises:
        UsageError: The metric or the rule cannot be right, or is ambiguous.
        DataError: The data do not allow an answer.
    """
    _check(options)
    question = resolve_question(options, source, needs_metric=needs_metric)
    needs_values = needs_values and question.is_judged
    sweep = read_with_context(source, _judged_by(question), observer, with_rate=True)
    return _judge(sweep, question, source, options, observer, needs_values=needs_values)


def audit_sweep(sweep: Sweep, options: AuditOptions | None = None) -> Audit:
    """Audit a sweep that is in memory.

    What the options leave open is told by the sweep's own configuration, or else looked for where
    the sweep came from (`sweep.ref`); runs and curves are those in memory.

    Args:
        sweep: With the curves of the metric and of `rank_by`.
        options: What the user says of it.

    Raises:
        UsageError: The metric or the rule cannot be right, or is ambiguous; or the sweep was
            loaded without the metric's curves.
        DataError: The data do not allow an answer.
    """
    options = options or AuditOptions()
    _check(options)
    with Session() as session:
        if options.says_all or sweep.configuration is not None:
            source: SweepSource = InMemorySource(sweep)
        else:
            source = open_sweep(str(sweep.ref), session)
        question = resolve_question(options, source)
        for name in _judged_by(question):
            _check_loaded(name, sweep, source)
        sweep = without_other_processes(sweep, question.metric.name)
        return _judge(sweep, question, source, options)


def _check_loaded(name: str, sweep: Sweep, source: SweepSource) -> None:
    """Refuse to take a sweep without these curves for a run table."""
    is_table = not sweep.curves and any(name in run.summary for run in sweep.runs)
    if name in sweep.curves or is_table:
        return
    logged = source.logged()
    msg = f"the sweep was loaded without curves of {name!r}"
    load = f"load it with metrics=[{name!r}]"
    raise UsageError(msg, load if name in logged else near_hint(name, logged, load))


def _check(options: AuditOptions) -> None:
    if options.target is not None and not math.isfinite(options.target):
        msg = f"--target {options.target} is not a value that a run could beat"
        raise UsageError(msg, "give a finite number in the metric's own units")
    if options.budget is not None and options.budget < 1:
        msg = f"--budget {options.budget} is not a number of reports"
        raise UsageError(msg, "give the reports of a full run, at least 1")


def _judged_by(question: Question) -> tuple[str, ...]:
    return tuple(dict.fromkeys((question.metric.name, question.rank_by.name)))


def _judge(
    sweep: Sweep,
    question: Question,
    source: SweepSource,
    options: AuditOptions,
    observer: Observer = UNOBSERVED,
    *,
    needs_values: bool = True,
) -> Audit:
    if not sweep.runs:
        msg = f"the sweep {sweep.ref.sweep_id} has no runs"
        raise DataError(msg, "audit it once runs have begun")
    # A metric that the user names is some run's, unless no run ever logged anything.
    may_be_misnamed = options.metric is not None and bool(source.logged())
    for name in _judged_by(question) if needs_values or may_be_misnamed else ():
        check_logged(name, sweep, source)
    method = options.method or Method.LEARNED
    weights = load_weights() if method is Method.LEARNED else None
    return audit(
        sweep,
        question,
        method=method,
        weights=weights,
        needs_values=needs_values,
        on_progress=observer.stage("judging and projecting stopped runs"),
    )


def check_logged(name: str, sweep: Sweep, source: SweepSource) -> None:
    """Refuse a metric that no run of a sweep has a number of.

    Raises:
        DataError: None has; the message says which names there are.
    """
    curves = sweep.curves.get(name)
    if curves is not None:
        if not curves.is_silent.all():
            return
    elif any(name in run.summary for run in sweep.runs):
        _refuse_text(name, sweep.runs)
        return
    n = len(sweep.runs)
    who = "the run logged no number" if n == 1 else f"none of the {n} runs logged a number"
    msg = f"{who} under {name!r}"
    read_again = source.read_summaries(())
    summarized = read_again.runs
    _refuse_text(name, summarized)
    values = [finite_number(run.summary.get(name)) for run in summarized]
    n_held = sum(map(math.isfinite, values))
    logged = source.logged()
    if n_held:
        msg += f"; the summary of {n_held} of them holds it"
        hint = "a rule does not see it there, so nothing can be audited; `wbtools rank` takes it"
        raise DataError(msg, metric_hint(name, logged, hint))
    names = where_logged(logged, read_again.findings, sampled=source.n_looked_into is not None)
    raise DataError(msg, metric_hint(name, logged, names))


def _refuse_text(name: str, runs: Sequence[Run]) -> None:
    """Refuse a metric that no run holds a number of, and some run a text."""
    if any(math.isfinite(finite_number(run.summary.get(name))) for run in runs):
        return
    text = text_instead(runs, name)
    if text is not None:
        why, hint = text
        msg = f"no run has a number under {name!r}: {why}"
        raise DataError(msg, hint)
