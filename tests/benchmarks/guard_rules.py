"""What the study of guards tries: Hyperband, guards around it, and Hyperbands that grow laxer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wbtools.rules.diverged import DivergenceStop
from wbtools.rules.hyperband import Hyperband
from wbtools.rules.median import Median
from wbtools.rules.none import NoRule
from wbtools.rules.patient_guard import PatientGuard
from wbtools.rules.projection_guard import ProjectionGuard
from wbtools.rules.rule import shares_of
from wbtools.rules.threshold_guard import ThresholdGuard
from wbtools.rules.top_k_guard import TopKGuard
from wbtools.rules.until_guard import UntilGuard

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wbtools.rules.rule import StoppingRule

FIRST_BANDS = {"usual": 0.1, "early": 0.03}
"""First band of the two Hyperbands that are guarded, as a share of a full run."""
MEDIAN = "median"
LADDERS = ("later first band", "later, strict=false", "one band")
"""What is made laxer from step to step; the first changes nothing else of the guarded rule."""
_ETA = 3
_SHARES = (0.01, 0.02, 0.03, 0.05, 0.07, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
_SINGLE_ETAS = (20, 10, 6, 4, 3, 2.5, 2, 1.6, 1.4, 1.25, 1.1)


def hyperband(horizon: int, share: float, *, strict: bool = True) -> Hyperband:
    """Hyperband of eta 3 whose first band lies at a share of a full run."""
    (first,) = shares_of(horizon, share)
    return Hyperband(min_iter=first, eta=_ETA, strict=strict)


def guarded(plain: Hyperband, horizon: int, values: Mapping[str, float]) -> dict[str, StoppingRule]:
    """A rule under each guard that is cheap, by name.

    Args:
        plain: What is guarded.
        horizon: Reports of a full run.
        values: What `preserve` is given, by what the name says of it; lower is better.
    """
    tenth, fifth = (shares_of(horizon, share)[0] for share in (0.1, 0.2))
    return {
        "top k=3": TopKGuard(rule=plain, k=3),
        "until 3 completed": UntilGuard(rule=plain, runs=3),
        "until 5 completed": UntilGuard(rule=plain, runs=5),
        "top k=3, until 3": TopKGuard(rule=UntilGuard(rule=plain, runs=3), k=3),
        **{
            f"preserve {name}": ThresholdGuard(rule=plain, value=value)
            for name, value in values.items()
        },
        "patient, a tenth of a run": PatientGuard(rule=plain, n=tenth),
        "patient, a fifth of a run": PatientGuard(rule=plain, n=fifth),
        "diverged": DivergenceStop(rule=plain),
    }


def projecting(plain: Hyperband) -> dict[str, StoppingRule]:
    """A rule under the guards that ask the learned model, by name."""
    return {
        "projected p=0.1": ProjectionGuard(rule=plain, p=0.1),
        "projected p=0.3": ProjectionGuard(rule=plain, p=0.3),
        "projected p=0.1, until 3": ProjectionGuard(rule=UntilGuard(rule=plain, runs=3), p=0.1),
    }


def contenders(
    horizon: int, values: Mapping[str, float], *, with_projections: bool
) -> dict[tuple[str, str], StoppingRule]:
    """Everything that is compared, by (what is guarded, what guards it; the latter may be empty).

    Args:
        horizon: Reports of a full run.
        values: As of `guarded`.
        with_projections: Whether the guards are tried that ask the learned model.
    """
    rules: dict[tuple[str, str], StoppingRule] = {}
    for base, share in FIRST_BANDS.items():
        plain = hyperband(horizon, share)
        found = guarded(plain, horizon, values)
        if with_projections:
            found |= projecting(plain)
        rules[base, ""] = plain
        rules |= {(base, name): rule for name, rule in found.items()}
    rules[MEDIAN, ""] = Median(grace=shares_of(horizon, FIRST_BANDS["usual"])[0])
    return rules


def ladders(horizon: int) -> dict[str, dict[str, StoppingRule]]:
    """Hyperbands from the strictest to none at all, by what is made laxer and by how far."""
    later, not_strict = (
        {f"{share:.0%}": hyperband(horizon, share, strict=strict) for share in _SHARES}
        for strict in (True, False)
    )
    single = {
        f"1/{eta}": Hyperband(max_iter=horizon, s=1, eta=min(eta, horizon)) for eta in _SINGLE_ETAS
    }
    found = zip(LADDERS, (later, not_strict, single), strict=True)
    return {name: {**steps, "none": NoRule()} for name, steps in found}
