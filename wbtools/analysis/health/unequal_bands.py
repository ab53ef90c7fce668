"""The check whether bands, which count reports, compare runs at equal shares of their training."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from wbtools.analysis.diagnosis.termination import Cause
from wbtools.analysis.health.checks import CheckResult, NotJudged, check
from wbtools.analysis.question import RuleStatus
from wbtools.findings import Confidence, Severity
from wbtools.model.configuration import canonical, tells_replicates
from wbtools.sweepfile.kinds import finite_number
from wbtools.text.numbers import count, percent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from wbtools.analysis.diagnosis.diagnose import Diagnosis
    from wbtools.analysis.health.check_context import CheckContext

    Floats = NDArray[np.float64]

_UNEQUAL: Final = 1.5
"""Reports of the longest over those of the shortest course from which on bands are unequal."""
_FEWEST_RUNS: Final = 4
_FEWEST_IN_A_GROUP: Final = 2
_MOST_SHOWN: Final = 6


@dataclass(frozen=True, slots=True)
class _Courses:
    """Runs that ran their course: reports a unit of their configured length, and configurations.

    The unit is the whole run where nothing says how long it was meant to be.

    Attributes:
        have_lengths: Whether each logged that it came to its configured length, so that no other
            parameter is one.
    """

    reports: Floats
    units: Floats
    values: dict[str, list[object]]
    have_lengths: bool

    @property
    def rates(self) -> Floats:
        return self.reports / self.units


@check("WBD215", Severity.WARNING, Confidence.MEDIUM, counts_reports=True)
def unequal_bands(context: CheckContext) -> Iterator[CheckResult | NotJudged]:
    """Bands compare runs at unequal shares of their training.

    Hyperband counts reports. Where a parameter decides how many reports a full run makes, as the
    batch size does with an evaluation every so many steps, a band is an early look at some runs and
    a late one at others, and those that it looks at early lose. Judged on four or more runs that
    ran to their end: those that share a value of the parameter must agree to one report (two values
    with two runs each), or the reports must fall as the parameter grows, and the longest course
    must have half as many reports again as the shortest. A searched number of epochs is no such
    parameter: at a band every run has then trained for as many epochs. A share of the data is one
    where every run logs that it came to its configured epochs.

    Bad:
        early_terminate: {type: hyperband, min_iter: 2}
        parameters: {batch_size: {values: [16, 32, 64]}}    # evaluated every 50 steps
    Good:
        early_terminate: {type: hyperband, min_iter: 2}
        parameters: {batch_size: {values: [16, 32, 64]}}    # evaluated at the end of every epoch
    """
    diagnosis = context.diagnosis
    if diagnosis is None or diagnosis.curves is None:
        yield NotJudged(context.why_no_curves())
        return
    ruled = diagnosis.verdicts
    if diagnosis.question.rule.status is RuleStatus.NONE or ruled.cannot_run:
        return
    if ruled.rule is None:
        yield NotJudged(ruled.why_not or "the early-termination rule is not known")
        return
    courses = _courses(context, diagnosis)
    if len(courses.reports) < _FEWEST_RUNS:
        n = len(courses.reports)
        yield NotJudged(
            f"only {count(n, 'run')} certainly ran to the end; {_FEWEST_RUNS} are needed"
        )
        return
    if courses.rates.max() < _UNEQUAL * courses.rates.min():
        return
    name = _deciding(courses)
    if name is None:
        return
    band = ruled.rule.bands[0]
    at_value = _middle_by_value(courses, name)
    (longest, most), (shortest, fewest) = at_value[0], at_value[-1]
    share = f"band {band} is {_share(band, most)} of a full run with {name} {longest}"
    yield CheckResult(
        subject=name,
        title=f"bands compare runs at unequal stages of training: {share}, "
        + (
            f"and {_share(band, fewest)} of one with {shortest}"
            if band <= fewest
            else f"and one with {shortest} never makes as many reports"
        ),
        evidence={
            "n": len(courses.reports),
            "parameter": name,
            "band_reports": band,
            "reports_of_a_full_run": {f"{name}={value}": n for value, n in _some(at_value)},
            "share_at_the_band": {
                f"{name}={value}": min(band / n, 1.0) for value, n in _some(at_value)
            },
        },
        hint="report the metric at equal shares of training, such as once per epoch",
    )


def _share(band: int, reports: float) -> str:
    return percent(min(band / reports, 1.0))


def _some(at_value: list[tuple[str, float]]) -> list[tuple[str, float]]:
    """The first values and the last one."""
    return (
        at_value if len(at_value) <= _MOST_SHOWN else [*at_value[: _MOST_SHOWN - 1], at_value[-1]]
    )


def _courses(context: CheckContext, diagnosis: Diagnosis) -> _Courses:
    budget, runs = diagnosis.outcomes.budget, context.sweep.runs
    completed = diagnosis.caused_by(Cause.COMPLETED) & (budget.reports > 0)
    rows = np.flatnonzero(completed).tolist()
    key = budget.key if budget.source != "parameter" else None
    lengths = np.array([finite_number(runs[row].config.get(key or "")) for row in rows])
    units = np.where(lengths > 0, lengths, np.nan)
    have_lengths = bool(np.isfinite(units).all())
    searched = set(context.background.space) or {name for row in rows for name in runs[row].config}
    return _Courses(
        reports=budget.reports[rows].astype(np.float64),
        units=units if have_lengths else np.ones(len(rows)),
        values={
            name: [runs[row].config.get(name) for row in rows]
            for name in searched
            if name != key and not tells_replicates(name)
        },
        have_lengths=have_lengths and budget.source == "progress",
    )


def _deciding(courses: _Courses) -> str | None:
    """The parameter that decides how often a run reports; that with the fewest values of several.

    None where reports grow in proportion to a parameter: that is a length of the runs, unless they
    are known to have another.
    """
    if not courses.have_lengths and any(
        _is_length(courses, values) for values in courses.values.values()
    ):
        return None
    found = [
        (len(set(map(canonical, values))), name)
        for name, values in sorted(courses.values.items())
        if _tells_groups(courses, values) or _reports_fall(courses, values)
    ]
    return min(found)[1] if found else None


def _numbers(values: list[object]) -> Floats | None:
    """The values where all are positive numbers and there are several."""
    numbers = np.array([finite_number(value) for value in values])
    is_scale = (numbers > 0).all() and len(set(numbers.tolist())) > 1
    return numbers if is_scale else None


def _is_length(courses: _Courses, values: list[object]) -> bool:
    numbers = _numbers(values)
    return numbers is not None and _agree(courses, courses.rates / numbers, numbers)


def _reports_fall(courses: _Courses, values: list[object]) -> bool:
    numbers = _numbers(values)
    return numbers is not None and _agree(courses, courses.rates * numbers, 1 / numbers)


def _agree(courses: _Courses, constants: Floats, factors: Floats) -> bool:
    """Whether one constant, times a factor a run, gives all numbers of reports to one report."""
    expected = float(np.median(constants)) * factors * courses.units
    return bool((np.abs(courses.reports - expected) <= 1).all())


def _tells_groups(courses: _Courses, values: list[object]) -> bool:
    """Whether runs that share a value agree, and values with two runs or more differ."""
    groups = _rows_by_value(values)
    shared = [rows for rows in groups.values() if len(rows) >= _FEWEST_IN_A_GROUP]
    rates = [float(np.median(courses.rates[rows])) for rows in shared]
    return (
        len(shared) > 1
        and max(rates) >= _UNEQUAL * min(rates)
        and all(
            np.ptp(courses.reports[rows] / courses.units[rows] * courses.units[rows].max()) <= 1
            for rows in groups.values()
        )
    )


def _rows_by_value(values: list[object]) -> dict[str, list[int]]:
    groups: defaultdict[str, list[int]] = defaultdict(list)
    for row, value in enumerate(values):
        groups[canonical(value)].append(row)
    return groups


def _middle_by_value(courses: _Courses, name: str) -> list[tuple[str, float]]:
    """Reports of a full run by the parameter's value, the most first."""
    groups = _rows_by_value(courses.values[name])
    middle = [
        (value.removeprefix("'"), float(np.median(courses.reports[rows])))
        for value, rows in groups.items()
    ]
    return sorted(middle, key=lambda pair: -pair[1])
