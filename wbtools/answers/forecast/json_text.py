"""The answer of `forecast` as JSON: `wbtools.forecast/1`, sorted keys, unknown as null."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from wbtools.answers.json_document import json_document
from wbtools.answers.metric_words import metric_facts
from wbtools.model.forecast import LEVEL
from wbtools.text.masking import to_jsonable

if TYPE_CHECKING:
    from wbtools.model.forecast import CurveSource, Forecast, SweepForecast, SweepPlan

SCHEMA = "wbtools.forecast/1"


def render_forecast_json(forecast: Forecast) -> str:
    """Write the answer; of the sweep file it holds no parameters."""
    document = {
        "schema": SCHEMA,
        "level": LEVEL,
        "n_agents": forecast.n_agents,
        "seed": forecast.seed,
        "sweeps": [_sweep(sweep) for sweep in forecast.sweeps],
        "total": None if forecast.total is None else asdict(forecast.total),
        "evidence": [_evidence(evidence) for evidence in forecast.evidence],
    }
    return json_document(to_jsonable(document))


def _sweep(sweep: SweepForecast) -> dict[str, object]:
    facts = {key: value for key, value in asdict(sweep).items() if key not in {"plan", "reached"}}
    reached = sweep.reached or (None,) * len(sweep.plan.bands_within)
    bands = [
        {
            "reports": band,
            "epoch": sweep.plan.epoch_of(band),
            "n_runs": None if interval is None else asdict(interval),
        }
        for band, interval in zip(sweep.plan.bands_within, reached, strict=True)
    ]
    return facts | {"plan": _plan(sweep.plan), "bands": bands}


def _evidence(evidence: CurveSource) -> dict[str, object]:
    metric = None if evidence.metric is None else metric_facts(evidence.metric)
    return asdict(evidence) | {"metric": metric}


def _plan(plan: SweepPlan) -> dict[str, object]:
    per_epoch = plan.reports_per_epoch
    return {
        "source": plan.source,
        "name": plan.name,
        "method": plan.method,
        "metric": None
        if plan.metric is None
        else metric_facts(plan.metric) | {"target": plan.metric.target},
        "rule": plan.rule,
        "rule_problem": plan.rule_problem,
        "n_bands_beyond": len(plan.bands) - len(plan.bands_within),
        "n_runs": plan.n_runs,
        "n_runs_from": plan.n_runs_from,
        "budget_reports": plan.budget,
        "budget_from": plan.budget_from,
        "budget_least_reports": plan.budget if plan.lengths is None else plan.lengths.shortest,
        "budget_mean_reports": plan.mean_budget,
        "reports_per_epoch": None if per_epoch is None else float(per_epoch),
        "hours_per_run": plan.hours_per_run,
        "hours_from": plan.hours_from,
        "series": plan.series,
        "narrows": plan.narrows,
        "missing": [str(missing) for missing in plan.missing],
    }
