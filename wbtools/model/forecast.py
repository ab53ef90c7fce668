"""What a sweep will cost and may lose, foretold from its file: the nouns of a forecast."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wbtools.text.brief import brief_repr

if TYPE_CHECKING:
    from collections.abc import Iterable
    from fractions import Fraction

    from wbtools.model.interval import Interval
    from wbtools.model.metric import Metric

LEVEL = 0.9
"""Level of every interval of a forecast."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Risk:
    """How often something good is stopped.

    Attributes:
        share: Of the simulated sweeps (or of their top runs), in which it is; a sweep in which
            several tie for best counts by the share of these. The interval holds the share for
            other curves.
        how: In words, on what that interval rests.
    """

    share: Interval
    how: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportDistribution:
    """Reports of the full runs of a sweep that searches how long they are.

    Attributes:
        reports: From 1, ascending, without repeats.
        shares: Share of the runs that make so many, from 0 to 1; they add up to 1.
    """

    reports: tuple[int, ...]
    shares: tuple[float, ...]

    @property
    def shortest(self) -> int:
        """The fewest reports of a full run."""
        return self.reports[0]

    @property
    def mean(self) -> float:
        """Reports of a full run on average."""
        return self._expect(self.reports)

    @property
    def sd(self) -> float:
        """How far a run's reports are from that, as a standard deviation."""
        mean = self.mean
        return math.sqrt(self._expect((n - mean) ** 2 for n in self.reports))

    def _expect(self, values: Iterable[float]) -> float:
        """The mean of values, one for each number of reports."""
        return math.fsum(x * share for x, share in zip(values, self.shares, strict=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingInput:
    """What is not known.

    Attributes:
        what: In words, or why.
        option: That tells it.
        value: What to put after the option, in capitals.
    """

    what: str
    option: str
    value: str

    def __str__(self) -> str:
        """As one line."""
        return f"{self.what}: {self.option} {self.value}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepPlan:
    """A sweep file as far as its cost depends on it, and where each number came from.

    Attributes:
        source: The file's name.
        rule: Its early-termination rule in the command line's grammar; None without one.
        rule_problem: Why that rule stops no run; None if it can run.
        bands: Reports at which it compares runs, ascending; empty without a rule that can run.
        judges_from: First report at which a rule of wbtools' own can stop a run; None without one,
            and for the file's own rule, whose bands say it.
        n_runs: None if nothing says.
        budget: Reports of a full run, of the longest where they differ; None if nothing says.
        lengths: Where full runs differ in length, how; None otherwise.
        reports_per_epoch: None if nothing says.
        hours_per_run: Of a full run, on average where they differ; None if nothing says.
        missing: What is not known, and the option that tells it.
        series: The description of which it is a member; None for a file of its own.
        narrows: The member whose results will decide its ranges; None if these are known.
    """

    __repr__ = brief_repr

    source: str
    name: str | None = None
    method: str | None = None
    metric: Metric | None = None
    rule: str | None = None
    rule_problem: str | None = None
    bands: tuple[int, ...] = ()
    judges_from: int | None = None
    n_runs: int | None = None
    n_runs_from: str = ""
    budget: int | None = None
    budget_from: str = ""
    lengths: ReportDistribution | None = None
    reports_per_epoch: Fraction | None = None
    hours_per_run: float | None = None
    hours_from: str = ""
    missing: tuple[MissingInput, ...] = ()
    series: str | None = None
    narrows: str | None = None

    @property
    def bands_within(self) -> tuple[int, ...]:
        """The bands at which a run can still be cut short; all where the budget is unknown."""
        budget = self.budget
        return self.bands if budget is None else tuple(band for band in self.bands if band < budget)

    @property
    def mean_budget(self) -> float | None:
        """Reports of a full run on average; None if nothing says."""
        return self.budget if self.lengths is None else self.lengths.mean

    @property
    def is_stopped(self) -> bool:
        """Whether the rule can stop any run before its end."""
        first, budget = self.judges_from, self.budget
        judges = first is not None and (budget is None or first < budget)
        return judges or bool(self.bands_within)

    @property
    def has_rule(self) -> bool:
        """Whether there is a rule that can run and that stops runs, however long they are."""
        return self.judges_from is not None or bool(self.bands)

    def epoch_of(self, reports: int) -> float | None:
        """Reports as epochs, if the translation is known."""
        return None if self.reports_per_epoch is None else float(reports / self.reports_per_epoch)


@dataclass(frozen=True, slots=True, kw_only=True)
class CurveSource:
    """Curves of one task or sweep, on which a forecast rests.

    Attributes:
        horizon: Reports of a full run there.
        metric: Of a recorded sweep.
        n_complete: Curves of runs that ended by themselves; the others were cut short.
        is_packaged: Whether it ships with wbtools.
        is_complete: Whether no report is known to be missing from the curves.
        hours_per_run: Hours of a full run there; None if unknown.
        natural_savings: Share of the full cost that falls away without any rule, for runs ended by
            themselves before the end (crashed, failed, out of patience).
    """

    name: str
    n_curves: int
    n_complete: int
    horizon: int
    is_packaged: bool
    is_complete: bool = True
    hours_per_run: float | None = None
    natural_savings: float = 0.0
    metric: Metric | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ByTask:
    """What the curves of one task or sweep alone say.

    Attributes:
        saved: Share of the full cost.
        unseen: Share of the cost that rests on reports which nobody recorded.
    """

    name: str
    saved: Interval
    p_best_stopped: float
    p_top_stopped: float
    unseen: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepForecast:
    """What one sweep file will cost and may lose; None where nothing can be said.

    An interval is the mean of the simulated sweeps, and where `LEVEL` of them lie.

    Attributes:
        reached: Runs that get to each of `plan.bands_within`.
        to_the_end: Runs that make every report of a full run: neither stopped nor crashed before.
        reports: Reports of all runs.
        full_reports: The same, were no run stopped.
        hours: Of all runs together, one after the other.
        full_hours: The same, were no run stopped.
        days: With the agents that there are.
        full_days: The same, were no run stopped.
        saved: Share of the full cost.
        best_stopped: How often the best run of the sweep is stopped before its end.
        top_stopped: How often a run among its best tenth is.
        risk_unknown: Why the last two are None.
        by_task: The answers task by task, or sweep by sweep.
        n_simulated: Simulated sweeps on which the answer rests.
        n_simulated_runs: Runs in each of them; fewer than there are where these are many.
        n_simulated_steps: Reports of a full run in them; likewise.
    """

    __repr__ = brief_repr

    plan: SweepPlan
    reached: tuple[Interval, ...] = ()
    to_the_end: Interval | None = None
    reports: Interval | None = None
    full_reports: float | None = None
    hours: Interval | None = None
    full_hours: float | None = None
    days: Interval | None = None
    full_days: float | None = None
    saved: Interval | None = None
    best_stopped: Risk | None = None
    top_stopped: Risk | None = None
    risk_unknown: str | None = None
    by_task: tuple[ByTask, ...] = ()
    n_simulated: int = 0
    n_simulated_runs: int = 0
    n_simulated_steps: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """Several sweeps, one after the other; None where one of them is not known.

    Attributes:
        n_runs: Runs of all.
        saved: Share of the full hours.
    """

    n_runs: int | None = None
    hours: Interval | None = None
    full_hours: float | None = None
    days: Interval | None = None
    full_days: float | None = None
    saved: Interval | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """The whole answer.

    Attributes:
        total: None for a single file.
        evidence: What it rests on; empty where no run can be stopped.
        n_agents: Runs side by side.
    """

    sweeps: tuple[SweepForecast, ...]
    total: Total | None
    n_agents: int
    evidence: tuple[CurveSource, ...] = field(default=())
    seed: int = 0
