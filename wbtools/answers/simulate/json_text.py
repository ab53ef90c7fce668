"""The answer of `simulate` for scripts: JSON (`wbtools.simulate/1`).

Of a sweep it holds its id, its metric and counts: no names and no configurations.
"""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import TYPE_CHECKING

import numpy as np

from wbtools.analysis.simulation.scoring import Score
from wbtools.analysis.simulation.simulate import LEVEL
from wbtools.answers.json_document import json_document
from wbtools.answers.metric_words import metric_facts
from wbtools.answers.termination_words import n_by_completion_json
from wbtools.text.masking import to_jsonable

if TYPE_CHECKING:
    from wbtools.analysis.simulation.recommend import Recommendation
    from wbtools.analysis.simulation.simulate import SimulatedRule, Simulation

_QUANTITIES = tuple(field.name for field in fields(Score))
_IN_METRICS_UNITS = ("regret", "regret_if_no_gain")


def render_simulation_json(simulation: Simulation, advice: Recommendation) -> str:
    """Write the answer: each quantity is a mean over orders with the interval that holds `level`.

    `rules[].overall` is averaged over the sweeps, `rules[].sweeps` is in the order of `sweeps`.
    What counts in a metric's own units is averaged over no other sweep's: with several sweeps
    `overall` holds no `regret` and no `regret_if_no_gain`, only `regret_share`.
    """
    answer = {
        "schema": "wbtools.simulate/1",
        "level": LEVEL,
        "setup": asdict(simulation.setup),
        "sweeps": [
            {
                "id": scenario.sweep_id,
                "metric": metric_facts(scenario.metric),
                "n_runs": len(scenario.full),
                "n_by_completion": n_by_completion_json(scenario.n_by_completion),
                "n_left_out": scenario.n_left_out,
                "n_workers": simulation.setup.n_workers or scenario.n_workers,
                "is_complete": scenario.is_complete,
                "is_timed": scenario.is_timed,
                "full_reports": int(
                    np.where(scenario.cut, scenario.horizon, scenario.seen.n_reports).sum()
                ),
                "regret_that_does_not_matter": tolerance,
            }
            for scenario, tolerance in zip(simulation.scenarios, advice.tolerances, strict=True)
        ],
        "rules": [_rule(candidate) for candidate in simulation.tried],
        "recommendation": {
            "rule": None if advice.rule is None else str(advice.rule.rule),
            "early_terminate": advice.early_terminate,
            "p_fine": advice.p_fine,
            "cheaper_outside_wandb": None if advice.cheaper is None else str(advice.cheaper.rule),
            "abstained_because": advice.abstained_because,
        },
    }
    return json_document(to_jsonable(answer))


def _rule(candidate: SimulatedRule) -> dict[str, object]:
    return {
        "rule": str(candidate.rule),
        "on_front": candidate.on_front,
        "wandb_can_run": candidate.is_of_wandb,
        "n_orders": candidate.n_orders,
        "overall": {
            name: asdict(candidate.over_orders(name))
            for name in _QUANTITIES
            if len(candidate.scores) == 1 or name not in _IN_METRICS_UNITS
        },
        "sweeps": [
            {name: asdict(candidate.over_orders(name, sweep=k)) for name in _QUANTITIES}
            for k in range(len(candidate.scores))
        ],
    }
