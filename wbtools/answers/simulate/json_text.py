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
from wbtools.sweepfile.rule_settings import rule_text
from wbtools.text.masking import to_jsonable

if TYPE_CHECKING:
    from wbtools.analysis.simulation.recommend import Recommendation
    from wbtools.analysis.simulation.simulate import SimulatedRule, Simulation

_QUANTITIES = tuple(one.name for one in fields(Score))
_IN_METRICS_UNITS = ("regret", "regret_if_no_gain")


def render_simulation_json(done: Simulation, advice: Recommendation) -> str:
    """Write the answer: each quantity is a mean over orders with the interval that holds `level`.

    `rules[].overall` is averaged over the sweeps, `rules[].sweeps` is in the order of `sweeps`.
    What counts in a metric's own units is averaged over no other sweep's: with several sweeps
    `overall` holds no `regret` and no `regret_if_no_gain`, only `regret_share`.
    """
    answer = {
        "schema": "wbtools.simulate/1",
        "level": LEVEL,
        "setup": asdict(done.setup),
        "sweeps": [
            {
                "id": one.sweep_id,
                "metric": {"name": one.metric.name, "goal": str(one.metric.goal)},
                "n_runs": len(one.full),
                "n_full": int(one.full.sum()),
                "n_cut_short": int(one.cut.sum()),
                "n_left_out": one.n_left_out,
                "n_workers": done.setup.n_workers or one.n_workers,
                "is_complete": one.is_complete,
                "is_timed": one.is_timed,
                "full_reports": int(np.where(one.cut, one.horizon, one.seen.n_reports).sum()),
                "regret_that_does_not_matter": tolerance,
            }
            for one, tolerance in zip(done.grounds, advice.tolerances, strict=True)
        ],
        "rules": [_rule(one) for one in done.tried],
        "recommendation": {
            "rule": None if advice.rule is None else rule_text(advice.rule.rule),
            "early_terminate": advice.early_terminate,
            "p_fine": advice.p_fine,
            "cheaper_outside_wandb": None
            if advice.cheaper is None
            else rule_text(advice.cheaper.rule),
            "abstained_because": advice.abstained_because,
        },
    }
    return json_document(to_jsonable(answer))


def _rule(one: SimulatedRule) -> dict[str, object]:
    return {
        "rule": rule_text(one.rule),
        "on_front": one.on_front,
        "wandb_can_run": one.is_of_wandb,
        "n_orders": one.n_orders,
        "overall": {
            name: asdict(one.estimate(name))
            for name in _QUANTITIES
            if len(one.scores) == 1 or name not in _IN_METRICS_UNITS
        },
        "sweeps": [
            {name: asdict(one.estimate(name, sweep=k)) for name in _QUANTITIES}
            for k in range(len(one.scores))
        ],
    }
