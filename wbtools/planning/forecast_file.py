"""What a sweep file says about its own cost: runs, length of a run, bands; and what it leaves open.

A number comes from the user, else from the file, else it is missing, and the option that tells it
is named. Nothing is assumed silently.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from wbtools.errors import DataError
from wbtools.model.configuration import leaf
from wbtools.model.forecast import SweepPlan
from wbtools.model.progress import EPOCHS, STEPS
from wbtools.sweepfile.document import read_document
from wbtools.sweepfile.kinds import is_number
from wbtools.sweepfile.spec import spec_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wbtools.rules.hyperband import Hyperband
    from wbtools.sweepfile.document import Document
    from wbtools.sweepfile.spec import SweepSpec

_MOST: Final = 10**9
_SCHEDULE_KEYS: Final = ("t_max", "tmax")


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastFileOptions:
    """What the user says of one sweep file; None where they say nothing.

    Attributes:
        budget: Reports of a full run.
        hours_per_run: Of a full run.
    """

    runs: int | None = None
    budget: int | None = None
    reports_per_epoch: Fraction | None = None
    hours_per_run: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceSweep:
    """What a recorded sweep of the same kind tells where neither the user nor the file does.

    Attributes:
        name: What the user calls it.
        horizon: Reports of a full run there.
        hours_per_run: Median hours of a completed run there; None if unknown.
    """

    name: str
    horizon: int
    hours_per_run: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedSweep:
    """A sweep file, and its rule as a policy; None where the rule cannot run or is none."""

    plan: SweepPlan
    rule: Hyperband | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Length:
    """How long a full run is, as far as anybody says."""

    budget: int | None = None
    source: str = ""
    per_epoch: Fraction | None = None
    missing: str | None = None


def plan_of_file(
    content: bytes, source: str, options: ForecastFileOptions, like: ReferenceSweep | None = None
) -> PlannedSweep:
    """Read what a sweep file says about its cost.

    Args:
        content: The file.
        source: Its name, for messages.
        options: What the user says beyond it.
        like: What a recorded sweep tells beyond both.

    Raises:
        DataError: It is no sweep file.
    """
    document = read_document(content)
    if document.failure is not None:
        msg = f"{source} is no YAML that a sweep file could be: {document.failure}"
        raise DataError(msg, "correct the file, or name another")
    spec = spec_of(document.data, source)
    rule, rule_problem = _rule(spec)
    length = _length(document, spec, options, like)
    n_runs, n_runs_from = _runs(document, options)
    hours, hours_from = _hours(options, like, length.budget)
    missing = [] if length.missing is None else [length.missing]
    if n_runs is None:
        missing.append(f"{n_runs_from}: --runs N")
    if hours is None:
        missing.append("hours and days: --hours-per-run HOURS")
    plan = SweepPlan(
        source=source,
        name=spec.name,
        method=spec.method,
        metric=spec.metric,
        rule=None if spec.rule is None else str(spec.rule),
        rule_problem=rule_problem,
        bands=() if rule is None else rule.bands,
        n_runs=n_runs,
        n_runs_from="" if n_runs is None else n_runs_from,
        budget=length.budget,
        budget_from=length.source,
        reports_per_epoch=length.per_epoch,
        hours_per_run=hours,
        hours_from=hours_from,
        missing=tuple(missing),
    )
    return PlannedSweep(plan=plan, rule=rule)


def _rule(spec: SweepSpec) -> tuple[Hyperband | None, str | None]:
    """The rule as a policy, or why there is none although one is written."""
    if spec.rule is None:
        return None, spec.rule_problem
    try:
        return spec.rule.resolved(), None
    except DataError as error:
        return None, error.message


def _hours(
    options: ForecastFileOptions, like: ReferenceSweep | None, budget: int | None
) -> tuple[float | None, str]:
    """Hours of a full run: the user's word, or the recorded sweep's pace over this budget."""
    if options.hours_per_run is not None:
        return options.hours_per_run, "--hours-per-run"
    if like is not None and like.hours_per_run is not None and budget is not None:
        pace = f"at the median pace of the completed runs of {like.name}"
        return like.hours_per_run * budget / like.horizon, pace
    return None, ""


def _runs(document: Document, options: ForecastFileOptions) -> tuple[int | None, str]:
    """How many runs the sweep has and who says so, or what is lacking."""
    if options.runs is not None:
        return options.runs, "--runs"
    written = document.top.get("run_cap")
    cap = int(written) if is_number(written) and 1 <= written <= _MOST else None
    cells = document.n_cells
    if cells and cells <= (cap or _MOST):
        return cells, "grid"
    if cap is not None:
        return cap, "run_cap"
    if cells:
        return None, f"the grid has more than {_MOST:,} cells"
    if written is not None:
        return None, f"run_cap is no number of runs up to {_MOST:,}"
    if document.top.get("method") == "grid":
        return None, "the grid's cells cannot be counted"
    return None, "without run_cap it never ends by itself"


def _length(
    document: Document, spec: SweepSpec, options: ForecastFileOptions, like: ReferenceSweep | None
) -> _Length:
    """Find the budget: the user's word, a constant such as `epochs`, the rule's own `max_iter`."""
    constant = next(_constants(document, EPOCHS.keys), None)
    reports_per_epoch = options.reports_per_epoch
    if options.budget is not None:
        per_epoch = reports_per_epoch
        if reports_per_epoch is None and constant is not None:
            per_epoch = Fraction(options.budget, constant[1])
        return _Length(budget=options.budget, source="--budget", per_epoch=per_epoch)
    if constant is not None:
        name, epochs = constant
        reports = math.floor(epochs * (reports_per_epoch or 1))
        how = (
            "1 report an epoch is assumed"
            if reports_per_epoch is None
            else "by --reports-per-epoch"
        )
        if 1 <= reports <= _MOST:
            return _Length(
                budget=reports,
                source=f"{name}: {epochs}, {how}",
                per_epoch=reports_per_epoch or Fraction(1),
            )
    rule = spec.rule
    if rule is not None and is_number(rule.max_iter) and 1 <= rule.max_iter <= _MOST:
        return _Length(
            budget=int(rule.max_iter), source="max_iter of the rule", per_epoch=reports_per_epoch
        )
    if like is not None:
        source = f"as long as the runs of {like.name}"
        return _Length(budget=like.horizon, source=source, per_epoch=reports_per_epoch)
    return _Length(
        per_epoch=reports_per_epoch, missing=f"{_why_unknown(document)}: --budget REPORTS"
    )


def _why_unknown(document: Document) -> str:
    """Say what the file holds in place of a constant number of epochs."""
    swept = [parameter for parameter in document.swept if leaf(parameter.name) in EPOCHS.keys]
    if swept:
        return f"{swept[0].name} is swept, so runs differ in length"
    for name, number in _constants(document, STEPS.keys):
        return f"{name}: {number} counts steps, not reports"
    for name, number in _constants(document, _SCHEDULE_KEYS):
        return f"nothing says how long a run is ({name} is {number})"
    return "nothing says how long a run is"


def _constants(document: Document, words: tuple[str, ...]) -> Iterator[tuple[str, int]]:
    """Parameters of these names with one positive whole number, the likeliest name first."""
    ranked = sorted(
        (words.index(leaf(parameter.name)), parameter.name.count("."), parameter.name, value)
        for parameter in document.parameters
        if leaf(parameter.name) in words and (value := _only_value(parameter.mapping))
    )
    for _, _, name, value in ranked:
        yield name, value


def _only_value(body: dict[object, object]) -> int:
    """The one positive whole number that a parameter may have; 0 for all others."""
    values = body.get("values")
    value = body.get("value", values[0] if isinstance(values, list) and len(values) == 1 else None)
    if not is_number(value) or not 0 < value <= _MOST:
        return 0
    return int(value) if value == int(value) else 0
