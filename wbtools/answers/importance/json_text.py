"""What matters as one JSON document, `wbtools.importance/1`, for scripts.

Every number has its interval (95 %) and the runs that it rests on. What forests hold for important
is there even where they predict nothing: `forest.means_something` says so.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from wbtools.answers.importance.words import caveats, censoring_words
from wbtools.answers.json_document import json_document
from wbtools.answers.metric_words import metric_facts
from wbtools.answers.termination_words import n_by_completion_json
from wbtools.stats.student import LEVEL
from wbtools.sweepfile.space import Range
from wbtools.text.masking import masked_config, to_jsonable

if TYPE_CHECKING:
    from wbtools.analysis.importance.assess import Importance, ParameterImportance
    from wbtools.analysis.importance.bins import Bin
    from wbtools.analysis.importance.stopping import Stopping
    from wbtools.model.interval import Interval

SCHEMA = "wbtools.importance/1"


def render_importance_json(importance: Importance, *, show_secrets: bool = False) -> str:
    """Write what matters as JSON: sorted keys, ASCII only, NaN and infinities as null.

    Args:
        importance: The answer.
        show_secrets: Mask no value.
    """
    question, ref = importance.audit.question, importance.audit.sweep.ref
    failures = importance.failures
    document = {
        "schema": SCHEMA,
        "level": LEVEL,
        "sweep": {
            "id": ref.sweep_id,
            "entity": ref.entity,
            "project": ref.project,
            "path": ref.path,
            "name": question.sweep_name,
            "method": question.method,
        },
        "metric": metric_facts(question.rank_by),
        "runs": {
            "n": importance.n,
            "n_by_completion": n_by_completion_json(importance.n_by_completion),
            "n_censored_projected": importance.n_projected,
            "n_censored_bounds": importance.n_bounds,
            "n_without_value": importance.n_silent,
        },
        "parameters": [
            _parameter(importance, parameter, show_secrets=show_secrets)
            for parameter in importance.parameters
        ],
        "constant": list(importance.constant),
        "unsearched": list(importance.unsearched),
        "left_out": [asdict(left_out) for left_out in importance.left_out],
        "forest": {
            "skill": None if importance.skill is None else asdict(importance.skill),
            "means_something": importance.forest_means_something,
            "abstained_because": importance.no_forest_because,
        },
        "stopping": None if importance.stopping is None else _stopping(importance.stopping),
        "interactions": [
            {"names": list(interaction.names), "share": asdict(interaction.share)}
            for interaction in importance.interactions
        ],
        "failures": {
            "n_runs": failures.n_runs,
            "n_diverged": failures.n_diverged,
            "n_crashed_or_failed": failures.n_broken,
            "n_failed": failures.n_failed,
            "regions": [asdict(region) for region in failures.regions],
        },
        "at_a_bound": [
            asdict(optimum)
            | {
                "value": masked_config({optimum.name: optimum.value}, show_secrets=show_secrets)[
                    optimum.name
                ]
            }
            for optimum in importance.edges
        ],
        "moved_together": [asdict(pair) for pair in importance.alike],
        "caveats": [*censoring_words(importance), *caveats(importance)],
    }
    return json_document(to_jsonable(document))


def _stopping(stopping: Stopping) -> dict[str, object]:
    return {
        "n_runs": stopping.n_runs,
        "n_stopped": stopping.n_stopped,
        "regions": [asdict(region) for region in stopping.regions],
    }


def _parameter(
    importance: Importance, assessment: ParameterImportance, *, show_secrets: bool
) -> dict[str, object]:
    axis, association = assessment.parameter.axis, assessment.association
    name = assessment.name

    def shown(value: object) -> object:
        return masked_config({name: value}, show_secrets=show_secrets)[name]

    return {
        "name": name,
        "n": assessment.n,
        "n_all_runs": assessment.parameter.n,
        "kind": "number" if assessment.parameter.ordered else "category",
        "logarithmic": assessment.parameter.logarithmic,
        "range": {"low": shown(axis.low), "high": shown(axis.high), "known": axis.known}
        if isinstance(axis, Range)
        else None,
        "levels": [shown(level) for level in assessment.parameter.levels],
        "association": {
            "measure": association.measure,
            "strength": _interval(association.strength),
            "p": association.p,
            "p_adjusted": association.p_adjusted,
            "holds_among_all": association.stands,
            "n_censored": association.n_censored,
            "n_bounds": association.n_bounds,
            "bounds": None
            if association.bounds is None
            else dict(zip(("low", "high"), association.bounds, strict=True)),
            "abstained_because": association.abstained_because,
        },
        "stopping": _stops(importance.stopping, name),
        "permutation": _interval(assessment.permutation),
        "main_effect": _interval(assessment.main_effect),
        "total_effect": _interval(assessment.total_effect),
        "marginal": [
            {
                "value": shown(point.level if point.level is not None else point.value),
                "standing": _interval(point.standing),
                "typical_value": point.typical,
            }
            for point in assessment.marginal
        ],
        "bins": [
            _bin(part)
            | {"level": shown(part.level), "low": shown(part.low), "high": shown(part.high)}
            for part in assessment.bins
        ],
    }


def _stops(stopping: Stopping | None, name: str) -> dict[str, object] | None:
    if stopping is None:
        return None
    stops = stopping.by_parameter[name]
    return asdict(stops) | {"holds_among_all": stops.stands}


def _bin(part: Bin) -> dict[str, object]:
    return {
        "absent": part.absent,
        "n": part.n,
        "n_censored": part.n_censored,
        "n_censored_bounds": part.n_bounds,
        "mean": _interval(part.mean),
        "sd": part.sd,
        "median": part.median,
        "best": part.best,
        "failed": _interval(part.failed),
        "n_failed": part.n_failed,
        "stopped": _interval(part.stopped),
        "n_stopped": part.n_stopped,
    }


def _interval(interval: Interval | None) -> dict[str, object] | None:
    return None if interval is None else asdict(interval)
