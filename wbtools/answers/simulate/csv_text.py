"""The answer of `simulate` for spreadsheets: a row a rule and sweep.

Of a sweep it holds its id and counts: no names and no configurations.
"""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

from wbtools.analysis.simulation.scoring import Score
from wbtools.answers.csv_cells import csv_table
from wbtools.sweepfile.rule_settings import rule_text

if TYPE_CHECKING:
    from wbtools.analysis.simulation.simulate import SimulatedRule, Simulation

_QUANTITIES = tuple(one.name for one in fields(Score))
COLUMNS = (
    "rule",
    "sweep_id",
    "on_front",
    "wandb_can_run",
    "n_orders",
    *(f"{name}{end}" for name in _QUANTITIES for end in ("", "_low", "_high")),
)


def render_simulation_csv(done: Simulation) -> str:
    """Write one row a rule and sweep, the cheapest rule first."""
    rows = (
        _cells(one, k, ground.sweep_id)
        for one in done.tried
        for k, ground in enumerate(done.grounds)
    )
    return csv_table(COLUMNS, rows)


def _cells(one: SimulatedRule, k: int, sweep_id: str) -> tuple[object, ...]:
    told = [one.estimate(name, sweep=k) for name in _QUANTITIES]
    return (
        rule_text(one.rule),
        sweep_id,
        one.on_front,
        one.is_of_wandb,
        one.n_orders,
        *(x for each in told for x in (each.mean, each.low, each.high)),
    )
