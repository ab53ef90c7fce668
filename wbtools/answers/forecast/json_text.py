"""The answer of `forecast` as JSON: `wbtools.forecast/1`, sorted keys, unknown as null."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from wbtools.answers.json_document import json_document
from wbtools.model.forecast import LEVEL
from wbtools.text.masking import to_jsonable

if TYPE_CHECKING:
    from wbtools.model.forecast import Forecast, SweepForecast, SweepPlan

SCHEMA = "wbtools.forecast/1"


def render_forecast_json(done: Forecast) -> str:
    """Write the answer; of the sweep file it holds no parameters."""
    document = {
        "schema": SCHEMA,
        "level": LEVEL,
        "n_agents": done.n_agents,
        "seed": done.seed,
        "sweeps": [_sweep(one) for one in done.sweeps],
        "total": None if done.total is None else asdict(done.total),
        "evidence": [asdict(one) for one in done.evidence],
    }
    return json_document(to_jsonable(document))


def _sweep(one: SweepForecast) -> dict[str, object]:
    told = {key: value for key, value in asdict(one).items() if key not in {"plan", "reached"}}
    reached = one.reached or (None,) * len(one.plan.bands_within)
    bands = [
        {
            "reports": band,
            "epoch": one.plan.epoch_of(band),
            "n_runs": None if seen is None else asdict(seen),
        }
        for band, seen in zip(one.plan.bands_within, reached, strict=True)
    ]
    return told | {"plan": _plan(one.plan), "bands": bands}


def _plan(plan: SweepPlan) -> dict[str, object]:
    per_epoch = plan.reports_per_epoch
    return {
        "source": plan.source,
        "name": plan.name,
        "method": plan.method,
        "metric": None if plan.metric is None else asdict(plan.metric),
        "rule": plan.rule,
        "rule_problem": plan.rule_problem,
        "n_bands_beyond": len(plan.bands) - len(plan.bands_within),
        "n_runs": plan.n_runs,
        "n_runs_from": plan.n_runs_from,
        "budget_reports": plan.budget,
        "budget_from": plan.budget_from,
        "reports_per_epoch": None if per_epoch is None else float(per_epoch),
        "hours_per_run": plan.hours_per_run,
        "hours_from": plan.hours_from,
        "problems": [{"code": one.code, "title": one.title} for one in plan.problems],
        "missing": list(plan.missing),
    }
