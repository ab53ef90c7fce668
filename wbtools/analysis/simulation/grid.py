"""Which rules are tried where the user names none, and how settings become policies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wbtools.analysis.simulation.guards import (
    DivergenceStop,
    ProjectionGuard,
    ThresholdGuard,
    TopKGuard,
)
from wbtools.rules.hyperband import DEFAULT_ETA
from wbtools.rules.of_settings import policy_of
from wbtools.sweepfile.rule_settings import (
    AshaSettings,
    DivergedSettings,
    FixedSettings,
    HyperbandSettings,
    MedianSettings,
    PatienceSettings,
    PreserveSettings,
    ProjectedSettings,
    TopSettings,
)

if TYPE_CHECKING:
    from wbtools.analysis.projection import Weights
    from wbtools.model import Policy
    from wbtools.sweepfile.rule_settings import PlainSettings, RuleSettings

_FIRST_BANDS = (0.05, 0.1, 0.2)
_ETAS = (2, 3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Guards:
    """The guards under which the default grid's best rules are tried too; None leaves one out.

    Attributes:
        top: The k best so far are not stopped.
        diverged: Runs are stopped at their first report that is not finite; asked for, this is
            tried where the sweeps have such reports.
        preserve: Runs at least this good are not stopped; metric's own units.
        p_alive: Runs that beat the bar with at least this probability are not stopped. Dear: each
            stop is preceded by a projection, of tens of milliseconds.
    """

    top: int | None = 3
    diverged: bool = True
    preserve: float | None = None
    p_alive: float | None = None


def default_rules(horizon: int) -> list[PlainSettings | None]:
    """About two dozen rules for runs of so many reports; none comes last.

    Hyperband with its first band at a twentieth, a tenth and a fifth of a full run, eta 2 and 3,
    both strict modes, and in the `max_iter` form with one band; the other rules at like settings.
    """

    def at(share: float) -> int:
        return max(1, round(share * horizon))

    firsts = list(dict.fromkeys(at(share) for share in _FIRST_BANDS))
    rules: list[PlainSettings | None] = [
        HyperbandSettings(min_iter=first, eta=eta, strict=strict)
        for first in firsts
        for eta in _ETAS
        for strict in (True, False)
    ]
    if horizon >= DEFAULT_ETA:
        rules += [
            HyperbandSettings(max_iter=horizon, s=1, strict=strict) for strict in (True, False)
        ]
    rules += [MedianSettings(grace=grace) for grace in dict.fromkeys((at(0.1), at(0.2)))]
    rules += [AshaSettings(min_iter=firsts[0], eta=eta) for eta in (*_ETAS, 4)]
    rules += [PatienceSettings(n=n) for n in dict.fromkeys((at(0.1), at(0.2)))]
    rules += [FixedSettings(n=n) for n in dict.fromkeys((at(0.25), at(0.5)))]
    return [*rules, None]


def guarded(rule: RuleSettings | None, guards: Guards) -> list[RuleSettings]:
    """A rule under each of the guards that are asked for."""
    rules: list[RuleSettings] = []
    if guards.top is not None:
        rules.append(TopSettings(rule=rule, k=guards.top))
    if guards.diverged:
        rules.append(DivergedSettings(rule=rule))
    if guards.preserve is not None:
        rules.append(PreserveSettings(rule=rule, value=guards.preserve))
    if guards.p_alive is not None:
        rules.append(ProjectedSettings(rule=rule, p=guards.p_alive))
    return rules


def policy_for(
    settings: RuleSettings | None, *, sign: float, weights: Weights | None = None
) -> Policy:
    """The policy that settings describe, guards included.

    Args:
        settings: As parsed; None is no rule.
        sign: The goal's sign: thresholds are written in the metric's own direction.
        weights: The learned model, for the guard that projects.

    Raises:
        DataError: Hyperband settings on which W&B's engine raises.
    """
    match settings:
        case PreserveSettings():
            inner = policy_for(settings.rule, sign=sign, weights=weights)
            return ThresholdGuard(policy=inner, value=settings.value * sign)
        case TopSettings():
            return TopKGuard(
                policy=policy_for(settings.rule, sign=sign, weights=weights), k=settings.k
            )
        case DivergedSettings():
            return DivergenceStop(policy=policy_for(settings.rule, sign=sign, weights=weights))
        case ProjectedSettings():
            inner = policy_for(settings.rule, sign=sign, weights=weights)
            return ProjectionGuard(policy=inner, p=settings.p, weights=weights)
        case _:
            return policy_of(settings)


def innermost(settings: RuleSettings | None) -> PlainSettings | None:
    """The rule inside all guards."""
    match settings:
        case PreserveSettings() | TopSettings() | DivergedSettings() | ProjectedSettings():
            return innermost(settings.rule)
        case _:
            return settings


def projects(settings: RuleSettings | None) -> bool:
    """Whether a guard among them asks for projections."""
    match settings:
        case ProjectedSettings():
            return True
        case PreserveSettings() | TopSettings() | DivergedSettings():
            return projects(settings.rule)
        case _:
            return False
