"""What matters as one JSON document, `wbtools.importance/1`, for scripts.

Every number has its interval (95 %) and the runs that it rests on. What forests hold for important
is there even where they predict nothing: `forest.means_something` says so.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from wbtools.analysis.importance.estimates import LEVEL
from wbtools.analysis.space import Range
from wbtools.answers.importance.words import caveats, censoring_words
from wbtools.answers.json_document import json_document
from wbtools.text.masking import masked_config, to_jsonable

if TYPE_CHECKING:
    from wbtools.analysis.importance.assess import Importance, ParameterImportance
    from wbtools.analysis.importance.bins import Bin
    from wbtools.analysis.importance.estimates import ForestEstimate

SCHEMA = "wbtools.importance/1"


def render_importance_json(done: Importance, *, show_secrets: bool = False) -> str:
    """Write what matters as JSON: sorted keys, ASCII only, NaN and infinities as null.

    Args:
        done: The answer.
        show_secrets: Mask no value.
    """
    question, ref = done.audit.question, done.audit.sweep.ref
    failures = done.failures
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
        "metric": {"name": question.rank_by.name, "goal": str(question.rank_by.goal)},
        "runs": {
            "n": done.n,
            "n_completed": done.n_completed,
            "n_untold": done.n_untold,
            "n_censored_projected": done.n_projected,
            "n_censored_bounds": done.n_bounds,
            "n_without_value": done.n_silent,
        },
        "parameters": [_parameter(one, show_secrets=show_secrets) for one in done.parameters],
        "constant": list(done.constant),
        "unsearched": list(done.unsearched),
        "left_out": [asdict(one) for one in done.left_out],
        "forest": {
            "skill": None if done.skill is None else asdict(done.skill),
            "means_something": done.forest_means_something,
            "abstained_because": done.no_forest_because,
        },
        "interactions": [
            {"names": list(one.names), "share": asdict(one.share)} for one in done.interactions
        ],
        "failures": {
            "n_runs": failures.n_runs,
            "n_diverged": failures.n_diverged,
            "n_crashed_or_failed": failures.n_broken,
            "n_failed": failures.n_failed,
            "regions": [asdict(one) for one in failures.regions],
        },
        "at_a_bound": [
            asdict(one)
            | {"value": masked_config({one.name: one.value}, show_secrets=show_secrets)[one.name]}
            for one in done.edges
        ],
        "moved_together": [asdict(one) for one in done.alike],
        "caveats": [*censoring_words(done), *caveats(done)],
    }
    return json_document(to_jsonable(document))


def _parameter(one: ParameterImportance, *, show_secrets: bool) -> dict[str, object]:
    axis, held = one.parameter.axis, one.association
    name = one.name

    def shown(value: object) -> object:
        return masked_config({name: value}, show_secrets=show_secrets)[name]

    return {
        "name": name,
        "n": one.n,
        "n_all_runs": one.parameter.n,
        "kind": "number" if one.parameter.ordered else "category",
        "logarithmic": one.parameter.logarithmic,
        "range": {"low": shown(axis.low), "high": shown(axis.high), "known": axis.known}
        if isinstance(axis, Range)
        else None,
        "levels": [shown(level) for level in one.parameter.levels],
        "association": {
            "estimate": _estimate(held.estimate),
            "p": held.p,
            "p_adjusted": held.p_adjusted,
            "holds_among_all": held.stands,
            "n_censored": held.n_censored,
            "abstained_because": held.abstained_because,
        },
        "permutation": _estimate(one.permutation),
        "share_alone": _estimate(one.alone),
        "share_with_others": _estimate(one.total),
        "marginal": [
            {
                "value": shown(point.level if point.level is not None else point.value),
                "standing": _estimate(point.standing),
                "typical_value": point.typical,
            }
            for point in one.marginal
        ],
        "bins": [
            _bin(part)
            | {"level": shown(part.level), "low": shown(part.low), "high": shown(part.high)}
            for part in one.bins
        ],
    }


def _bin(part: Bin) -> dict[str, object]:
    return {
        "absent": part.absent,
        "n": part.n,
        "n_censored": part.n_censored,
        "n_censored_bounds": part.n_bounds,
        "mean": _estimate(part.mean),
        "sd": part.sd,
        "median": part.median,
        "best": part.best,
        "failed": _estimate(part.failed),
        "n_failed": part.n_failed,
    }


def _estimate(one: ForestEstimate | None) -> dict[str, object] | None:
    return None if one is None else asdict(one)
