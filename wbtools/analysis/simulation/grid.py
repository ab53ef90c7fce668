"""Which rules are tried where the user names none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wbtools.rules.diverged import DivergenceStop
from wbtools.rules.none import NoRule
from wbtools.rules.patient_guard import PatientGuard
from wbtools.rules.projection_guard import ProjectionGuard
from wbtools.rules.registry import RULES
from wbtools.rules.threshold_guard import ThresholdGuard
from wbtools.rules.top_k_guard import TopKGuard

if TYPE_CHECKING:
    from wbtools.rules.rule import StoppingRule


@dataclass(frozen=True, slots=True, kw_only=True)
class Guards:
    """The guards under which the default grid's best rules are tried too; None leaves one out.

    Attributes:
        top: The k best so far are not stopped.
        diverged: Runs are stopped at their first report that is not finite; asked for, this is
            tried where the sweeps have such reports.
        preserve: Runs at least this good are not stopped; metric's own units.
        patient: Runs that improved in their last so many reports are not stopped.
        p_alive: Runs that beat the bar with at least this probability are not stopped. Dear: each
            stop is preceded by a projection, of tens of milliseconds.
    """

    top: int | None = 3
    diverged: bool = True
    preserve: float | None = None
    patient: int | None = None
    p_alive: float | None = None


def default_rules(horizon: int) -> list[StoppingRule]:
    """About two dozen rules for runs of so many reports: every rule's own grid; none comes last."""
    kinds = sorted(RULES.values(), key=lambda kind: (kind is NoRule, kind.word))
    return [rule for kind in kinds for rule in kind.grid(horizon)]


def guarded(rule: StoppingRule, guards: Guards) -> list[StoppingRule]:
    """A rule under each of the guards that are asked for."""
    rules: list[StoppingRule] = []
    if guards.top is not None:
        rules.append(TopKGuard(rule=rule, k=guards.top))
    if guards.diverged:
        rules.append(DivergenceStop(rule=rule))
    if guards.preserve is not None:
        rules.append(ThresholdGuard(rule=rule, value=guards.preserve))
    if guards.patient is not None:
        rules.append(PatientGuard(rule=rule, n=guards.patient))
    if guards.p_alive is not None:
        rules.append(ProjectionGuard(rule=rule, p=guards.p_alive))
    return rules
