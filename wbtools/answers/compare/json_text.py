"""The answer of `compare` as JSON: `wbtools.compare/1`, sorted keys, NaN as null.

Its shape is `schemas/compare.schema.json`.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from wbtools.analysis.comparison.anytime import DRAWS, FRACTIONS
from wbtools.answers.json_document import json_document
from wbtools.answers.metric_words import metric_facts
from wbtools.answers.termination_words import n_by_completion_json
from wbtools.stats.student import LEVEL
from wbtools.text.masking import to_jsonable

if TYPE_CHECKING:
    from wbtools.analysis.comparison import AnytimeComparison, Comparison, Contrast


def render_comparison_json(comparison: Comparison) -> str:
    """Write the answer; of configurations it holds only the values that name sides."""
    question = comparison.question
    answer = {
        "schema": "wbtools.compare/1",
        "metric": metric_facts(question.metric),
        "over": str(question.over),
        "level": LEVEL,
        "baseline": comparison.sides[question.baseline].name,
        "sides": [_side(comparison, k) for k in range(len(comparison.sides))],
        "races": [_race(race, comparison) for race in comparison.races],
        "notes": list(comparison.notes),
    }
    return json_document({k: to_jsonable(v) for k, v in answer.items()})


def _side(comparison: Comparison, k: int) -> dict[str, object]:
    side, summaries, contrast = (
        comparison.sides[k],
        comparison.summaries[k],
        comparison.contrasts[k],
    )
    run = summaries.best_run
    return {
        "name": side.name,
        "source": side.source,
        "why_not": side.why_not,
        "has_curves": side.has_curves,
        "n_runs": summaries.n_runs,
        "completed": asdict(summaries.completed),
        "causes": {str(cause): n for cause, n in summaries.causes.items()},
        "n_by_completion": n_by_completion_json(summaries.n_by_completion),
        "best": summaries.best,
        "best_run": None if run is None else {"id": run.id, "name": run.name, "number": run.number},
        "best_cause": None if summaries.best_cause is None else str(summaries.best_cause),
        "mean": None if summaries.mean is None else asdict(summaries.mean),
        "hours": summaries.hours,
        "n_timed": summaries.n_timed,
        "reports": summaries.reports,
        "n_counted": summaries.n_counted,
        "against_baseline": None if contrast is None else _contrast(contrast),
        "stage": asdict(comparison.stages[k]) if comparison.stages else None,
    }


def _contrast(contrast: Contrast) -> dict[str, object]:
    difference = contrast.difference
    tests = None if difference is None else asdict(difference)
    return {
        "tests": tests,
        "shows": None if difference is None or difference.p is None else difference.shows,
        "shows_by_welch": None
        if difference is None or difference.p is None
        else difference.shows_by_welch,
        "why_not": contrast.why_not,
        "favored_by_stops": contrast.favored_by_stops,
    }


def _race(race: AnytimeComparison, comparison: Comparison) -> dict[str, object]:
    return {
        "unit": str(race.unit),
        "equal_compute": race.equal_compute,
        "set_by": None if race.set_by is None else comparison.sides[race.set_by].name,
        "n_draws": DRAWS,
        "interval": "percentile",
        "lanes": [
            {
                "name": side.name,
                "total": lane.total,
                "why_not": lane.why_not,
                "points": [
                    {"fraction": fraction, **asdict(point)}
                    for fraction, point in zip(FRACTIONS, lane.points, strict=False)
                ],
                "improvements": [list(improvement) for improvement in lane.improvements],
            }
            for side, lane in zip(comparison.sides, race.lanes, strict=True)
        ],
    }
