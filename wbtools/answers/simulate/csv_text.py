"""The answer of `simulate` for spreadsheets: a row a rule and sweep.

Of a sweep it holds its id and counts: no names and no configurations.
"""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

from wbtools.analysis.simulation.scoring import Score
from wbtools.answers.csv_cells import csv_table

if TYPE_CHECKING:
    from wbtools.analysis.simulation.simulate import SimulatedRule, Simulation

_QUANTITIES = tuple(field.name for field in fields(Score))
COLUMNS = (
    "rule",
    "sweep_id",
    "on_front",
    "wandb_can_run",
    "n_orders",
    *(f"{name}{end}" for name in _QUANTITIES for end in ("", "_low", "_high")),
)


def render_simulation_csv(simulation: Simulation) -> str:
    """Write one row a rule and sweep, the cheapest rule first."""
    rows = (
        _cells(candidate, k, scenario.sweep_id)
        for candidate in simulation.tried
        for k, scenario in enumerate(simulation.scenarios)
    )
    return csv_table(COLUMNS, rows)


def _cells(candidate: SimulatedRule, k: int, sweep_id: str) -> tuple[object, ...]:
    intervals = [candidate.over_orders(name, sweep=k) for name in _QUANTITIES]
    return (
        str(candidate.rule),
        sweep_id,
        candidate.on_front,
        candidate.is_of_wandb,
        candidate.n_orders,
        *(x for interval in intervals for x in (interval.estimate, interval.low, interval.high)),
    )
