"""Forecast sweep files by name: read them, find curves to simulate on, simulate."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from wbtools.app.lint_files import STDIN, read_sweep_file
from wbtools.app.model_weights import load_weights
from wbtools.app.opening.context_series import read_with_context
from wbtools.app.opening.open_many import open_many
from wbtools.app.opening.question import AuditOptions, resolve_question
from wbtools.app.series import sweeps_of_series
from wbtools.errors import UsageError
from wbtools.findings import Severity
from wbtools.planning.curve_library import CurveLibrary, curves_of_sweep
from wbtools.planning.forecast import forecast
from wbtools.planning.forecast_file import (
    ForecastFileOptions,
    PlannedSweep,
    ReferenceSweep,
    plan_of_file,
)
from wbtools.rules.grammar import parse_runnable_rule
from wbtools.sweepfile.document import read_document
from wbtools.sweepfile.lint import lint
from wbtools.sweepfile.series import is_series, read_series
from wbtools.text.numbers import count, listed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wbtools.app.observer import Observer
    from wbtools.app.opening.session import Session
    from wbtools.app.opening.source import SweepSource
    from wbtools.model import Goal
    from wbtools.model.forecast import Forecast
    from wbtools.rules.rule import StoppingRule
    from wbtools.sweepfile.series import SeriesMember

PACKAGED: Final = Path(__file__).with_name("curves") / "small-tasks.npz"


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastOptions:
    """What the user says.

    Attributes:
        files: What is said of each file, in the files' order.
        like: Recorded sweeps on whose curves to simulate; empty takes the packaged ones.
        metric: The metric of these; None takes what they say themselves.
        goal: Its goal; None likewise.
        n_agents: Runs side by side.
        rule: By which runs are stopped in place of the files' own rules; None for these.
    """

    files: tuple[ForecastFileOptions, ...]
    like: tuple[str, ...] = ()
    metric: str | None = None
    goal: Goal | None = None
    n_agents: int = 1
    seed: int = 0
    rule: str | None = None


def forecast_files(
    names: Sequence[str],
    forecast_options: ForecastOptions,
    session: Session,
) -> Forecast:
    """Forecast sweeps that run one after the other.

    Args:
        names: Sweep files, `-` being stdin.
        forecast_options: What the user says.
        session: How to reach W&B's servers, if recorded sweeps are there.

    Raises:
        UsageError: A file cannot be read or is named twice, or W&B would refuse it; or as
            `open_many` and `resolve_question`.
        DataError: A file is no sweep file, or a recorded sweep cannot be simulated on.
    """
    rule = _rule(forecast_options)
    for place, name in enumerate(names):
        if name in names[:place]:
            msg = f"{name!r} is named twice"
            raise UsageError(msg, "name every file once")
    files = [
        file
        for name, options in zip(names, forecast_options.files, strict=True)
        for file in _files_of(name, options)
    ]
    sources = open_many(forecast_options.like, session)
    libraries = [
        _library(name, source, forecast_options, session.observer)
        for name, source in zip(forecast_options.like, sources, strict=True)
    ]
    like = _like(libraries)
    sweeps = [_planned(file, like, rule) for file in files]
    return forecast(
        sweeps,
        libraries or packaged_curves(),
        n_agents=forecast_options.n_agents,
        seed=forecast_options.seed,
        on_progress=session.observer.stage("simulating"),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    """A sweep file, one of its own or a member of a series."""

    content: bytes
    source: str
    options: ForecastFileOptions
    series: str | None = None
    narrows: str | None = None


def _files_of(name: str, options: ForecastFileOptions) -> Iterator[_File]:
    """The file of that name; of a series all of its sweeps, each with what it says of its cost."""
    content, source = read_sweep_file(name), "<stdin>" if name == STDIN else name
    if not is_series(read_document(content)):
        yield _File(content=content, source=source, options=options)
        return
    for sweep in sweeps_of_series(read_series(content, source), source):
        yield _File(
            content=sweep.text.encode(),
            source=f"{source}:{sweep.member.name}",
            options=_of_member(sweep.member, options),
            series=source,
            narrows=sweep.member.narrows,
        )


def _of_member(member: SeriesMember, options: ForecastFileOptions) -> ForecastFileOptions:
    """What the user says, else what the series says of a member."""
    said = {name: member.settings.get(name) for name in ("runs", "budget", "hours_per_run")}
    said["reports_per_epoch"] = member.reports_per_epoch
    given = {name: getattr(options, name) for name in said}
    kept = {name: value for name, value in said.items() if given[name] is None}
    by_series = frozenset(name for name, value in kept.items() if value is not None)
    return ForecastFileOptions(**{**given, **kept}, by_series=by_series)


def _rule(options: ForecastOptions) -> StoppingRule | None:
    """The rule in place of the files' own, if the curves tell what it needs to know."""
    if options.rule is None:
        return None
    rule = parse_runnable_rule(options.rule)
    by_values = [part.alone for part in rule.parts if not part.goes_by_order]
    if by_values and not options.like:
        msg = (
            f"{listed(by_values)} goes by the metric's own values, and of the curves that come "
            "with wbtools only their order is kept"
        )
        raise UsageError(msg, "name a recorded sweep of the same metric: --like SWEEP")
    return rule


def _planned(file: _File, like: ReferenceSweep | None, rule: StoppingRule | None) -> PlannedSweep:
    """Read what a sweep file says about its cost, if W&B would take it."""
    source = file.source
    planned = plan_of_file(file.content, source, file.options, like, rule)
    found = lint(file.content, source=source)
    errors = [finding for finding in found if finding.severity is Severity.ERROR]
    if errors:
        more = f", and {count(len(errors) - 1, 'error')} more" if len(errors) > 1 else ""
        msg = f"W&B would not run {source}: {errors[0].code} {errors[0].title}{more}"
        word = STDIN if source == "<stdin>" else shlex.quote(source)
        raise UsageError(msg, f"`wbtools lint {word}` says where, and what would be right")
    plan = replace(planned.plan, series=file.series, narrows=file.narrows)
    return replace(planned, plan=plan)


@cache
def packaged_curves(path: Path = PACKAGED) -> tuple[CurveLibrary, ...]:
    """The curves that ship with wbtools, task by task: places among their task's values."""
    with np.load(path, allow_pickle=False) as arrays:
        libraries = [_packaged(name, arrays[name].astype(np.float64)) for name in sorted(arrays)]
    return tuple(libraries)


def _packaged(name: str, places: np.ndarray) -> CurveLibrary:
    n_runs, horizon = places.shape
    return CurveLibrary(
        name=name,
        values=places,
        n_reports=np.full(n_runs, horizon, dtype=np.int64),
        n_seen=np.full(n_runs, horizon, dtype=np.int64),
        is_packaged=True,
    )


def _library(
    reference: str, source: SweepSource, options: ForecastOptions, observer: Observer
) -> CurveLibrary:
    question = resolve_question(AuditOptions(metric=options.metric, goal=options.goal), source)
    sweep = read_with_context(source, [question.metric.name], observer)
    on_progress = observer.stage("projecting stopped runs")
    return curves_of_sweep(sweep, question, reference, load_weights(), on_progress)


def _like(libraries: Sequence[CurveLibrary]) -> ReferenceSweep | None:
    """What the first recorded sweep that knows hours tells; the first one where none does."""
    if not libraries:
        return None
    timed = next(
        (library for library in libraries if library.hours_per_run is not None), libraries[0]
    )
    return ReferenceSweep(name=timed.name, horizon=timed.horizon, hours_per_run=timed.hours_per_run)
