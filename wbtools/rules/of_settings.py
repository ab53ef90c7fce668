"""From settings to a rule that can run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wbtools.rules.asha import Asha
from wbtools.rules.fixed_budget import FixedBudget
from wbtools.rules.hyperband import hyperband
from wbtools.rules.median import Median
from wbtools.rules.none import NoRule
from wbtools.rules.patience import Patience
from wbtools.sweepfile.rule_settings import (
    AshaSettings,
    FixedSettings,
    HyperbandSettings,
    MedianSettings,
)

if TYPE_CHECKING:
    from wbtools.model import Policy
    from wbtools.sweepfile.rule_settings import PlainSettings


def policy_of(settings: PlainSettings | None) -> Policy:
    """The policy that the settings describe; None is no rule.

    Raises:
        DataError: Hyperband settings on which W&B's engine raises.
    """
    if settings is None:
        return NoRule()
    if isinstance(settings, HyperbandSettings):
        return hyperband(settings)
    if isinstance(settings, MedianSettings):
        return Median(grace=settings.grace, interval=settings.interval, min_runs=settings.min_runs)
    if isinstance(settings, AshaSettings):
        return Asha.from_first(settings.min_iter, settings.eta)
    if isinstance(settings, FixedSettings):
        return FixedBudget(n=settings.n)
    return Patience(n=settings.n, min_delta=settings.min_delta)
