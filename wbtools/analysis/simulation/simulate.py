"""Every rule over every sweep in many arrival orders, and which rules nothing else dominates."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from wbtools.analysis.simulation.grid import Guards, default_rules, guarded
from wbtools.analysis.simulation.replay import replay
from wbtools.analysis.simulation.scoring import Score, score
from wbtools.model.interval import Interval
from wbtools.rules.fixed_budget import FixedBudget
from wbtools.rules.hyperband import Hyperband
from wbtools.rules.none import NoRule
from wbtools.stats.imputation import even_normals
from wbtools.stats.spread import mean
from wbtools.text.brief import brief_repr

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from wbtools.analysis.simulation.scenario import Scenario
    from wbtools.rules.rule import StoppingRule

LEVEL = 0.9
_TAILS = (0.05, 0.95)
_MOST_PROJECTING_ORDERS = 5
"""A projection at every stop is thousands of times dearer than a rank: few orders must do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """How the sweeps are run.

    Attributes:
        poll_s: Seconds between two looks of W&B's server, 0 for all the time; the other rules
            look at each run when it reports.
        n_workers: Runs at a time; None for as many as each record shows.
        n_orders: Arrival orders; the first is the record's own.
        guards: Under which the default grid's best rules are tried too.
    """

    n_workers: int | None = None
    poll_s: float = 0.0
    n_orders: int = 20
    seed: int = 0
    guards: Guards = field(default_factory=Guards)


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedRule:
    """One rule on S sweeps.

    Attributes:
        rule: What was tried.
        scores: One tuple a sweep, in the order of the sweeps; each holds a score an order.
        on_front: Whether no other rule tried is at least as cheap and misses as little, and is
            better in one of both.
    """

    __repr__ = brief_repr

    rule: StoppingRule
    scores: tuple[tuple[Score, ...], ...]
    on_front: bool = False

    @property
    def n_orders(self) -> int:
        """Arrival orders in which it was tried."""
        return len(self.scores[0])

    @property
    def is_no_rule(self) -> bool:
        """Whether it is no rule at all."""
        return isinstance(self.rule, NoRule)

    @property
    def is_of_wandb(self) -> bool:
        """Whether W&B itself can run it: Hyperband without a guard, or nothing."""
        return isinstance(self.rule, Hyperband | NoRule)

    def in_first(self, n_orders: int) -> SimulatedRule:
        """The same in its first orders alone."""
        return replace(self, scores=tuple(orders[:n_orders] for orders in self.scores))

    def over_orders(self, name: str, *, sweep: int | None = None) -> Interval:
        """A quantity of `Score` over the orders: of one sweep, else averaged over the sweeps."""
        taken = self.scores if sweep is None else self.scores[sweep : sweep + 1]
        quantities = np.array([[getattr(score, name) for score in orders] for orders in taken])
        return interval_over_orders(quantities.astype(np.float64).mean(axis=0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulation:
    """The whole answer.

    Attributes:
        scenarios: S sweeps.
        tried: The cheapest first.
    """

    scenarios: tuple[Scenario, ...]
    tried: tuple[SimulatedRule, ...]
    setup: Setup

    @property
    def front(self) -> tuple[SimulatedRule, ...]:
        """The rules that no other dominates, the cheapest first."""
        return tuple(simulated for simulated in self.tried if simulated.on_front)


@np.errstate(over="ignore", invalid="ignore")  # 1e308 is a value too; what overflows is unknown
def simulate(
    scenarios: Sequence[Scenario],
    rules: Sequence[StoppingRule],
    setup: Setup,
    *,
    on_progress: Callable[[int, int], None] | None = None,
) -> Simulation:
    """Try rules on sweeps.

    Within one order every rule sees the same runs, drawn continuations included, so that rules
    differ by what they do alone.

    Args:
        scenarios: At least one sweep.
        rules: What is tried; empty for the sweeps' own rules and the default grid, and then for
            the rules on its front under each guard.
        setup: How the sweeps are run.
        on_progress: Called with (replays done, replays in all).

    Raises:
        DataError: Hyperband settings on which W&B's engine raises.
    """
    horizon = min(int(np.median(scenario.horizon)) for scenario in scenarios)
    own_rules = [scenario.own for scenario in scenarios if scenario.own is not None]
    first = list(dict.fromkeys(rules or [*own_rules, *default_rules(horizon)]))
    steps = _Steps(on_progress)
    tried = _try_all(scenarios, first, setup, steps)
    if not rules:
        has_diverged = any(
            (scenario.seen.n_finite < scenario.seen.n_reports).any() for scenario in scenarios
        )
        guards = replace(setup.guards, diverged=setup.guards.diverged and has_diverged)
        wrapped = [
            rule
            for plain in _with_front(tried)
            if plain.on_front and not isinstance(plain.rule, FixedBudget | NoRule)
            for rule in guarded(plain.rule, guards)
        ]
        with_guards = _try_all(scenarios, wrapped, setup, steps)
        known = {
            n: {simulated.in_first(n).scores for simulated in tried}
            for n in {x.n_orders for x in with_guards}
        }
        # A guard that changed nothing is no other rule.
        tried += [
            simulated
            for simulated in with_guards
            if simulated.scores not in known[simulated.n_orders]
        ]
    ordered = sorted(
        _with_front(tried),
        key=_cost_and_miss,
    )
    return Simulation(scenarios=tuple(scenarios), tried=tuple(ordered), setup=setup)


class _Steps:
    """Counts replays."""

    def __init__(self, on_progress: Callable[[int, int], None] | None) -> None:
        self._on_progress = on_progress
        self._done = self._all = 0

    def expect(self, n: int) -> None:
        self._all += n

    def one(self) -> None:
        self._done += 1
        if self._on_progress is not None:
            self._on_progress(self._done, self._all)


def _try_all(
    scenarios: Sequence[Scenario],
    rules: Sequence[StoppingRule],
    setup: Setup,
    steps: _Steps,
) -> list[SimulatedRule]:
    n_orders = [
        min(setup.n_orders, _MOST_PROJECTING_ORDERS) if rule.projects else setup.n_orders
        for rule in rules
    ]
    steps.expect(sum(n_orders) * len(scenarios))
    scores: list[list[list[Score]]] = [[[] for _ in scenarios] for _ in rules]
    for place, ground in enumerate(scenarios):
        # One common error an order, evenly over all that it may be, so that few orders suffice.
        places = _spread(setup.n_orders, np.random.default_rng([setup.seed, place]))
        shared_errors = even_normals(setup.n_orders)[places].tolist()
        for k in range(max(n_orders, default=0)):
            rng = np.random.default_rng([setup.seed, place, k])
            n = len(ground.seen.values)
            order = rng.permutation(n) if k else np.arange(n)
            sample_completions = ground.sample_completions(rng, shared_errors[k])
            for rule, upto, rule_scores in zip(rules, n_orders, scores, strict=True):
                if k >= upto:
                    continue
                is_polled = isinstance(rule.innermost, Hyperband)
                result = replay(
                    rule,
                    sample_completions,
                    n_workers=setup.n_workers or ground.n_workers,
                    poll_s=setup.poll_s if is_polled else None,
                    order=order,
                )
                rule_scores[place].append(score(result, sample_completions, ground))
                steps.one()
    return [
        SimulatedRule(rule=rule, scores=tuple(map(tuple, rule_scores)))
        for rule, rule_scores in zip(rules, scores, strict=True)
    ]


def _spread(n: int, rng: np.random.Generator) -> list[int]:
    """The places 0 to n - 1 at random, the first few of them evenly over all."""
    m = min(n, _MOST_PROJECTING_ORDERS)
    edges = np.arange(m + 1) * n // m
    first = [int(rng.integers(low, high)) for low, high in pairwise(edges.tolist())]
    rest = rng.permutation(np.setdiff1d(np.arange(n), first))
    return [*rng.permutation(first).tolist(), *rest.tolist()]


def _with_front(tried: Sequence[SimulatedRule]) -> list[SimulatedRule]:
    """Mark those that no other dominates; two rules are compared on the orders both were tried in.

    So one tried in few orders neither wins nor loses by those that it was spared.
    """
    points = {
        n: np.array([_cost_and_miss(simulated.in_first(n)) for simulated in tried])
        for n in {simulated.n_orders for simulated in tried}
    }
    n_orders = np.array([simulated.n_orders for simulated in tried])
    marked = []
    for k, rule in enumerate(tried):
        ahead = [points[min(rule.n_orders, n)] for n in n_orders.tolist()]
        others = np.array([table[at] for at, table in enumerate(ahead)])
        own_points = np.array([table[k] for table in ahead])
        beaten = (others <= own_points).all(axis=1) & (others < own_points).any(axis=1)
        marked.append(replace(rule, on_front=not beaten.any()))
    return marked


def _cost_and_miss(simulated: SimulatedRule) -> tuple[float, float]:
    cost, miss = simulated.over_orders("cost_share"), simulated.over_orders("regret_share")
    return cost.estimate, miss.estimate


@np.errstate(over="ignore", invalid="ignore")
def interval_over_orders(values: NDArray[np.float64]) -> Interval:
    """A mean over orders, and two of their values with at least `LEVEL` of them between them.

    No value between two orders is made up: of 20, the ends are the smallest and the largest.

    Args:
        values: `[K]` one value an order, at least one, in any unit.
    """
    low = np.quantile(values, _TAILS[0], method="lower")
    high = np.quantile(values, _TAILS[1], method="higher")
    return Interval(
        estimate=float(mean(values)),
        low=float(low),
        high=float(high),
        level=LEVEL,
        n=len(values),
    )
