"""From sweep files and curves to a forecast: simulate each sweep many times, then sum up.

Every bank of curves (a task, or a recorded sweep) counts alike. What lies between `low` and `high`
is the spread of simulated sweeps over all banks together, so with several tasks it holds what tasks
differ by. A probability gets the range in which that of one more task would lie, told from how far
these tasks are apart; or, from fewer than three banks, a Wilson interval that counts different
curves and not simulated sweeps, for to draw the same curves again and again teaches nothing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from statistics import NormalDist
from typing import TYPE_CHECKING, Final

import numpy as np

from wbtools.model.forecast import (
    LEVEL,
    ByTask,
    CurveSource,
    Forecast,
    Risk,
    SweepForecast,
    Total,
)
from wbtools.model.interval import Interval
from wbtools.planning.simulation_draws import SimulatedSweep, SimulationDraws, top_runs
from wbtools.stats.proportions import share_interval
from wbtools.stats.spread import mean, sd
from wbtools.stats.student import t_interval

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from wbtools.model.forecast import ReportDistribution, SweepPlan
    from wbtools.planning.curve_library import CurveLibrary
    from wbtools.planning.forecast_file import PlannedSweep

HOURS_A_DAY: Final = 24
_NORMAL_END: Final = NormalDist().inv_cdf((1 + LEVEL) / 2)
_FEWEST_BANKS: Final = 3
_FEWEST_FOR_RISK: Final = 12
_WHOLE: Final = np.ones((1, 1))
_NOTHING: Final = np.zeros((1, 1))
_MOST_SWEEPS: Final = 240
_FEWEST_SWEEPS: Final = 60
_FEWEST_PROJECTED: Final = 24
_MOST_REPORTS: Final = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Spent:
    """What the simulated sweeps of one file spend, to be added to those of other files.

    Attributes:
        share: `[B, D]` share of the full cost, bank by bank; of the cost on average where full
            runs differ in length.
        kept: `[B, D]` share of what these very runs cost if none is stopped.
        rounds: `[B, D]` time in lengths of a full run, of an average one likewise.
    """

    share: NDArray[np.float64]
    kept: NDArray[np.float64]
    rounds: NDArray[np.float64]


def forecast(
    sweeps: Sequence[PlannedSweep],
    libraries: Sequence[CurveLibrary],
    *,
    n_agents: int = 1,
    n_draws: int | None = None,
    seed: int = 0,
    on_progress: Callable[[int, int], None] | None = None,
) -> Forecast:
    """Forecast sweeps that run one after the other.

    Args:
        sweeps: In the order in which they run.
        libraries: Curves to simulate on, none of them empty.
        n_agents: Runs side by side.
        n_draws: Simulated sweeps of each file and bank, as many of one file as of another, for they
            are added up one by one; if not said, as few as the largest file can have.
        seed: The same seed gives the same answer.
        on_progress: Called with (simulations done, simulations in all).
    """
    answers, spent = [], []
    n_recorded = min((library.horizon for library in libraries), default=1)
    n_all, n_done = len(sweeps) * len(libraries), 0
    simulated_as = [
        SimulatedSweep.of(sweep.plan, sweep.rule, n_agents, n_recorded)
        if sweep.rule is not None and _can_simulate(sweep.plan)
        else None
        for sweep in sweeps
    ]
    n = n_draws or min(
        (_n_draws(asked, len(libraries)) for asked in simulated_as if asked), default=0
    )
    for sweep, asked in zip(sweeps, simulated_as, strict=True):
        draws: list[SimulationDraws] = []
        for place, library in enumerate(libraries):
            if asked is not None:
                draws.append(asked.run(library, n, np.random.default_rng([seed, place])))
            n_done += 1
            if on_progress is not None:
                on_progress(n_done, n_all)
        answer, costs = _answer(sweep, libraries, draws, n_agents)
        answers.append(answer)
        spent.append(costs)
    simulated = any(answer.n_simulated for answer in answers)
    return Forecast(
        sweeps=tuple(answers),
        total=_total(answers, spent) if len(answers) > 1 else None,
        n_agents=n_agents,
        evidence=tuple(map(_evidence, libraries)) if simulated else (),
        seed=seed,
    )


def _n_draws(asked: SimulatedSweep, n_banks: int) -> int:
    """So many that a forecast takes seconds: 240 sweeps over all banks if they are small."""
    reports = asked.n_runs * asked.n_steps
    if asked.rule.projects:
        return max(_FEWEST_PROJECTED // n_banks, 1)
    return max(max(min(_MOST_SWEEPS, _MOST_REPORTS // reports), _FEWEST_SWEEPS) // n_banks, 1)


def _can_simulate(plan: SweepPlan) -> bool:
    return plan.n_runs is not None and plan.budget is not None and plan.is_stopped


def _evidence(library: CurveLibrary) -> CurveSource:
    return CurveSource(
        name=library.name,
        n_curves=len(library.n_reports),
        n_complete=len(library.n_reports) - library.n_cut,
        horizon=library.horizon,
        is_packaged=library.is_packaged,
        is_complete=library.ground is None or library.ground.is_complete,
        hours_per_run=library.hours_per_run,
        natural_savings=library.natural_savings,
        metric=None if library.ground is None else library.ground.metric,
    )


def _answer(
    sweep: PlannedSweep,
    libraries: Sequence[CurveLibrary],
    draws: Sequence[SimulationDraws],
    n_agents: int,
) -> tuple[SweepForecast, _Spent | None]:
    plan = sweep.plan
    if plan.n_runs is None:
        return SweepForecast(plan=plan), None
    rounds = math.ceil(plan.n_runs / n_agents)
    hours = plan.hours_per_run
    full_hours = None if hours is None else plan.n_runs * hours
    full_days = None if hours is None else rounds * hours / HOURS_A_DAY
    full_reports = None if plan.mean_budget is None else plan.n_runs * plan.mean_budget
    if not draws:
        return _unstopped(sweep, full_reports, full_hours, full_days)
    spent = _Spent(
        share=np.array([bank_draws.spent for bank_draws in draws]),
        kept=np.array([bank_draws.spent / bank_draws.full for bank_draws in draws]),
        rounds=np.array([bank_draws.rounds for bank_draws in draws]),
    )
    share = over_sweeps(spent.share)
    best, top, unknown = _risks(draws, libraries)
    reached = [
        over_sweeps(np.array([bank_draws.reached[:, k] for bank_draws in draws])).times(plan.n_runs)
        for k in range(len(plan.bands_within) + 1)
    ]
    answer = SweepForecast(
        plan=plan,
        reached=tuple(reached[:-1]),
        to_the_end=reached[-1],
        reports=None if full_reports is None else _reports(share.times(full_reports), plan),
        full_reports=full_reports,
        hours=None if full_hours is None else share.times(full_hours),
        full_hours=full_hours,
        days=None if hours is None else over_sweeps(spent.rounds).times(hours / HOURS_A_DAY),
        full_days=full_days,
        saved=over_sweeps(spent.kept).complement(),
        best_stopped=best,
        top_stopped=top,
        risk_unknown=unknown,
        by_task=tuple(
            _by_task(library, bank_draws)
            for library, bank_draws in zip(libraries, draws, strict=True)
        ),
        n_simulated=sum(len(bank_draws.spent) for bank_draws in draws),
        n_simulated_runs=draws[0].n_runs,
        n_simulated_steps=draws[0].n_steps,
    )
    return answer, spent


def _unstopped(
    sweep: PlannedSweep,
    full_reports: float | None,
    full_hours: float | None,
    full_days: float | None,
) -> tuple[SweepForecast, _Spent | None]:
    """The answer where every run goes to its end, or where nothing but that can be told."""
    plan = sweep.plan
    is_known = not plan.has_rule or (plan.budget is not None and not plan.is_stopped)
    spread = _spread(plan)
    reports = _about(full_reports, spread, plan.lengths) if is_known else None
    answer = SweepForecast(
        plan=plan,
        to_the_end=_about(plan.n_runs) if is_known else None,
        reports=None if reports is None else _reports(reports, plan),
        full_reports=full_reports,
        hours=_about(full_hours, spread, plan.lengths) if is_known else None,
        full_hours=full_hours,
        days=_about(full_days, spread, plan.lengths) if is_known else None,
        full_days=full_days,
        saved=_about(0.0) if is_known else None,
    )
    return answer, None


def _reports(reports: Interval, plan: SweepPlan) -> Interval:
    """The reports of all runs; not by a rounding more than as many of the longest runs make."""
    longest = plan.budget if plan.lengths is None else plan.lengths.reports[-1]
    if plan.n_runs is None or longest is None:
        return reports
    most = float(plan.n_runs * longest)
    estimate, low, high = (
        min(value, most) for value in (reports.estimate, reports.low, reports.high)
    )
    return replace(reports, estimate=estimate, low=low, high=high)


def _spread(plan: SweepPlan) -> float:
    """How far the cost of all runs to their ends may lie from its mean, as a share of it.

    Half of the range that holds `LEVEL` of the sweeps, as the sum of many lengths is normal; none
    in a grid, which has each length equally often.
    """
    if plan.lengths is None or plan.n_runs is None or plan.method == "grid":
        return 0.0
    return _NORMAL_END * plan.lengths.sd / plan.lengths.mean / math.sqrt(plan.n_runs)


def _about(
    value: float | None, spread: float = 0.0, lengths: ReportDistribution | None = None
) -> Interval | None:
    """A cost with its interval, which lies within what the shortest and the longest runs cost."""
    if value is None:
        return None
    least, most = 0.0, math.inf
    if lengths is not None:
        least, most = lengths.shortest / lengths.mean, lengths.reports[-1] / lengths.mean
    low, high = value * max(1 - spread, least), value * min(1 + spread, most)
    return Interval(estimate=value, low=min(low, value), high=max(high, value), level=LEVEL)


def over_sweeps(x: NDArray[np.float64]) -> Interval:
    """Sum up `[B, D]` simulated sweeps, bank by bank: their mean, and where `LEVEL` of them lie."""
    tail = (1 - LEVEL) / 2
    return Interval(
        estimate=float(mean(x.ravel())),
        low=float(np.quantile(x, tail)),
        high=float(np.quantile(x, 1 - tail)),
        level=LEVEL,
    )


def _by_task(library: CurveLibrary, draws: SimulationDraws) -> ByTask:
    return ByTask(
        name=library.name,
        saved=over_sweeps(draws.spent / draws.full).complement(),
        p_best_stopped=float(draws.best_stopped.mean()),
        p_top_stopped=float(draws.top_stopped.mean()),
        unseen=float(draws.unseen.mean()),
    )


def _risks(
    draws: Sequence[SimulationDraws], libraries: Sequence[CurveLibrary]
) -> tuple[Risk | None, Risk | None, str | None]:
    """How often the best run and a top run are stopped, or why nobody knows."""
    sizes = [len(library.n_reports) for library in libraries]
    if sum(sizes) < _FEWEST_FOR_RISK:
        return (
            None,
            None,
            f"it takes at least {_FEWEST_FOR_RISK} curves, and there are {sum(sizes)}",
        )
    n_sweeps = sum(n / bank_draws.n_runs for n, bank_draws in zip(sizes, draws, strict=True))
    best = [float(bank_draws.best_stopped.mean()) for bank_draws in draws]
    top = [float(bank_draws.top_stopped.mean()) for bank_draws in draws]
    return _risk(best, max(n_sweeps, 1.0)), _risk(top, sum(map(top_runs, sizes))), None


def _risk(shares: Sequence[float], n: float) -> Risk:
    """Put together what the banks say.

    Args:
        shares: One a bank.
        n: Different sweeps, or different top curves, that all banks together hold.
    """
    p = float(np.mean(shares))
    if len(shares) >= _FEWEST_BANKS:
        (low, high), how = of_one_more(shares), f"by how the {len(shares)} tasks differ"
    else:
        (low, high), how = (
            share_interval(p * n, n, level=LEVEL),
            f"as sure as {n:.1f} independent cases make it",
        )
    return Risk(share=Interval(estimate=p, low=low, high=high, level=LEVEL), how=how)


def of_one_more(shares: Sequence[float]) -> tuple[float, float]:
    """Where the share of one more task lies with probability `LEVEL`.

    The interval for a further normal value, by Student's t, on the scale asin(sqrt(p)), on which
    the noise of a share does not depend on the share (Bartlett 1936); cut at 0 and 1.

    Args:
        shares: Two or more, one a task.
    """
    x, n = np.arcsin(np.sqrt(shares)), len(shares)
    error = float(sd(x)) * math.sqrt(1 + 1 / n)
    low, high = np.clip(t_interval(float(mean(x)), error, n - 1, level=LEVEL), 0.0, np.pi / 2)
    return float(np.sin(low) ** 2), float(np.sin(high) ** 2)


def _total(answers: Sequence[SweepForecast], spent: Sequence[_Spent | None]) -> Total:
    """Add the sweeps up, simulated sweep by simulated sweep, so that tasks stay apart."""
    runs = [answer.plan.n_runs for answer in answers]
    n_runs = None if None in runs else sum(n or 0 for n in runs)
    full_hours = _sum([answer.full_hours for answer in answers])
    full_days = _sum([answer.full_days for answer in answers])
    if full_hours is None or any(answer.hours is None for answer in answers):
        return Total(n_runs=n_runs, full_hours=full_hours, full_days=full_days)
    parts = list(zip(answers, spent, strict=True))
    hours = over_sweeps(
        sum(
            (answer.full_hours or 0.0) * (costs.share if costs else _WHOLE)
            for answer, costs in parts
        )
        + _NOTHING
    )
    days = over_sweeps(
        sum(
            (answer.plan.hours_per_run or 0.0) / HOURS_A_DAY * costs.rounds
            if costs
            else (answer.full_days or 0.0) * _WHOLE
            for answer, costs in parts
        )
        + _NOTHING
    )
    kept = over_sweeps(
        sum(
            (answer.full_hours or 0.0) * (costs.kept if costs else _WHOLE)
            for answer, costs in parts
        )
        + _NOTHING
    )
    saved = kept.times(1 / full_hours).complement() if full_hours else None
    return Total(
        n_runs=n_runs,
        hours=hours,
        full_hours=full_hours,
        days=days,
        full_days=full_days,
        saved=saved,
    )


def _sum(values: Sequence[float | None]) -> float | None:
    return None if None in values else math.fsum(value or 0.0 for value in values)
