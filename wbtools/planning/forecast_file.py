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
from wbtools.model.forecast import MissingInput, ReportDistribution, SweepPlan
from wbtools.model.progress import STEPS
from wbtools.sweepfile.document import read_document
from wbtools.sweepfile.kinds import is_number
from wbtools.sweepfile.run_length import length_parameters, run_length, whole_number
from wbtools.sweepfile.spec import spec_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wbtools.rules.hyperband import Hyperband
    from wbtools.rules.rule import StoppingRule
    from wbtools.sweepfile.document import Document
    from wbtools.sweepfile.run_length import EpochDistribution
    from wbtools.sweepfile.spec import SweepSpec

_MOST: Final = 10**9
_SCHEDULE_KEYS: Final = ("t_max", "tmax")


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastFileOptions:
    """What the user says of one sweep file; None where they say nothing.

    Attributes:
        budget: Reports of a full run, of the longest where they differ.
        hours_per_run: Of a full run, on average where they differ.
        by_series: Names of those of these that the description of a series says.
    """

    runs: int | None = None
    budget: int | None = None
    reports_per_epoch: Fraction | None = None
    hours_per_run: float | None = None
    by_series: frozenset[str] = frozenset()

    def source_of(self, name: str) -> str:
        """Who says one of them, in words."""
        return "the series" if name in self.by_series else f"--{name.replace('_', '-')}"


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
    rule: StoppingRule | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Length:
    """How long a full run is, as far as anybody says; the fields are those of `SweepPlan`."""

    budget: int | None = None
    source: str = ""
    per_epoch: Fraction | None = None
    lengths: ReportDistribution | None = None
    missing: MissingInput | None = None

    @property
    def mean(self) -> float | None:
        return self.budget if self.lengths is None else self.lengths.mean


def plan_of_file(
    content: bytes,
    source: str,
    options: ForecastFileOptions,
    like: ReferenceSweep | None = None,
    guard: StoppingRule | None = None,
) -> PlannedSweep:
    """Read what a sweep file says about its cost.

    Args:
        content: The file.
        source: Its name, for messages.
        options: What the user says beyond it.
        like: What a recorded sweep tells beyond both.
        guard: The rule by which runs are stopped in place of the file's own; it can run.

    Raises:
        DataError: It is no sweep file.
    """
    document = read_document(content)
    if document.failure is not None:
        msg = f"{source} is not YAML that could be a sweep file: {document.failure}"
        raise DataError(msg, "correct the file, or name another")
    spec = spec_of(document.data, source)
    rule: StoppingRule | None = guard
    written = None if guard is None or guard.first_stop is None else str(guard)
    rule_problem = None
    if guard is None:
        rule, rule_problem = _rule(spec)
        written = None if spec.rule is None else str(spec.rule)
    n_runs, n_runs_from = _runs(document, options)
    length = _length(document, spec, options, like, n_runs)
    hours, hours_from = _hours(options, like, length.mean)
    missing = [] if length.missing is None else [length.missing]
    if n_runs is None:
        missing.append(MissingInput(what=n_runs_from, option="--runs", value="N"))
    if hours is None:
        missing.append(MissingInput(what="hours and days", option="--hours-per-run", value="HOURS"))
    plan = SweepPlan(
        source=source,
        name=spec.name,
        method=spec.method,
        metric=spec.metric,
        rule=written,
        rule_problem=rule_problem,
        bands=() if rule is None else rule.bands,
        judges_from=None if guard is None else guard.first_stop,
        n_runs=n_runs,
        n_runs_from="" if n_runs is None else n_runs_from,
        budget=length.budget,
        budget_from=length.source,
        lengths=length.lengths,
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
    options: ForecastFileOptions, like: ReferenceSweep | None, budget: float | None
) -> tuple[float | None, str]:
    """Hours of a full run: the user's word, or the recorded sweep's pace over these reports."""
    if options.hours_per_run is not None:
        return options.hours_per_run, options.source_of("hours_per_run")
    if like is not None and like.hours_per_run is not None and budget is not None:
        pace = f"at the median pace of the completed runs of {like.name}"
        return like.hours_per_run * budget / like.horizon, pace
    return None, ""


def _runs(document: Document, options: ForecastFileOptions) -> tuple[int | None, str]:
    """How many runs the sweep has and who says so, or what is lacking."""
    if options.runs is not None:
        return options.runs, options.source_of("runs")
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
        return None, f"run_cap is not a number of runs up to {_MOST:,}"
    if document.top.get("method") == "grid":
        return None, "the grid's cells cannot be counted"
    return None, "without run_cap the sweep never ends by itself"


def _length(
    document: Document,
    spec: SweepSpec,
    options: ForecastFileOptions,
    like: ReferenceSweep | None,
    n_runs: int | None,
) -> _Length:
    """Find the budget: the user's word, the file's epochs, the rule's own `max_iter`."""
    epochs, per_epoch = run_length(document, n_runs), options.reports_per_epoch
    if options.budget is not None:
        if per_epoch is None and epochs is not None:
            per_epoch = Fraction(options.budget, epochs.longest)
        lengths = None
        source = options.source_of("budget")
        if epochs is not None and epochs.is_swept and per_epoch is not None:
            lengths = _lengths(epochs, Fraction(options.budget, epochs.longest))
            source += f" for the longest, {epochs.name} is swept"
        return _Length(budget=options.budget, source=source, per_epoch=per_epoch, lengths=lengths)
    if epochs is not None:
        found = _of_epochs(epochs, options)
        if found is not None:
            return found
    is_open = epochs is None and not length_parameters(document)
    rule = spec.rule
    if is_open and rule is not None and is_number(rule.max_iter) and 1 <= rule.max_iter <= _MOST:
        return _Length(
            budget=int(rule.max_iter), source="max_iter of the rule", per_epoch=per_epoch
        )
    if like is not None:
        source = f"as long as the runs of {like.name}"
        return _Length(budget=like.horizon, source=source, per_epoch=per_epoch)
    missing = MissingInput(what=_why_unknown(document), option="--budget", value="REPORTS")
    return _Length(per_epoch=per_epoch, missing=missing)


def _of_epochs(epochs: EpochDistribution, options: ForecastFileOptions) -> _Length | None:
    """The budget by the file's epochs; None if a run would not get to its first report."""
    given = options.reports_per_epoch
    per_epoch = given or Fraction(1)
    longest = math.floor(epochs.longest * per_epoch)
    if not 1 <= longest <= _MOST:
        return None
    how = (
        "1 report per epoch is assumed"
        if given is None
        else f"by {options.source_of('reports_per_epoch')}"
    )
    said = f"{epochs.name}: {epochs.longest}"
    if epochs.is_swept:
        said = f"{epochs.name} is swept from {epochs.shortest} to {epochs.longest}"
    if epochs.first_cells is not None:
        said += f" in the first {epochs.first_cells} cells of the grid"
    lengths = _lengths(epochs, per_epoch) if epochs.is_swept else None
    return _Length(budget=longest, source=f"{said}, {how}", per_epoch=per_epoch, lengths=lengths)


def _lengths(epochs: EpochDistribution, per_epoch: Fraction) -> ReportDistribution | None:
    """Reports of full runs that differ in length; None if in reports they do not."""
    shares: dict[int, float] = {}
    for n, share in zip(epochs.epochs, epochs.shares, strict=True):
        reports = max(math.floor(n * per_epoch), 1)
        shares[reports] = shares.get(reports, 0.0) + share
    if len(shares) == 1:
        return None
    return ReportDistribution(reports=tuple(shares), shares=tuple(shares.values()))


def _why_unknown(document: Document) -> str:
    """Say what the file holds in place of a number of epochs."""
    swept = [p for p in length_parameters(document) if p.mapping and "value" not in p.mapping]
    if swept:
        return f"{swept[0].name} is swept, but not over whole numbers between bounds"
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
    only = values[0] if isinstance(values, list) and len(values) == 1 else None
    return whole_number(body.get("value", only))
