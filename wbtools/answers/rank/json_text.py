"""The answer of `rank` as JSON: `wbtools.rank/1`, sorted keys, NaN as null."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from wbtools.answers.json_document import json_document
from wbtools.answers.rank.csv_text import status
from wbtools.answers.termination_words import n_by_completion_json
from wbtools.text.masking import masked_config

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wbtools.analysis.ranking.configurations import RunMeasurement
    from wbtools.analysis.ranking.leaderboard import Figure, Row
    from wbtools.analysis.ranking.ranking import Ranking, Source
    from wbtools.analysis.ranking.stages import Stages


def render_ranking_json(
    ranking: Ranking, plan: Sequence[str] = (), *, show_secrets: bool = False
) -> str:
    """Write the answer, all configurations of it.

    Only in configurations do values stand under names that other people chose: masking hits nothing
    else.

    Args:
        ranking: The answer.
        plan: Commands that validate the diverse choice.
        show_secrets: Mask nothing in configurations.
    """
    board, question = ranking.board, ranking.question
    answer = {
        "schema": "wbtools.rank/1",
        "metrics": [{"name": metric.name, "goal": str(metric.goal)} for metric in question.metrics],
        "metric_source": question.metric_source,
        "at": str(question.at),
        "stopped": str(question.stopped),
        "group_by": list(question.identity.group_by),
        "seed_names": sorted(question.identity.seed_keys),
        "sources": [_source(source) for source in ranking.sources],
        "n_runs": ranking.n_runs,
        "n_counted": ranking.n_counted,
        "n_without_value": ranking.n_silent,
        "n_by_completion": n_by_completion_json(ranking.n_by_completion),
        "n_configurations": len(board.rows),
        "n_comparisons": board.n_compared,
        "resampling": {
            "n_draws": board.resampled.n_draws,
            "why_not": board.resampled.why_not,
        },
        "varying": list(ranking.varying),
        "configurations": [_row(ranking, row, show_secrets=show_secrets) for row in board.rows],
        "stages": None
        if ranking.across is None
        else _stages(ranking.across, show_secrets=show_secrets),
        "diverse": _diverse(ranking, plan),
    }
    return json_document(answer)


def _source(source: Source) -> dict[str, object]:
    return {
        "reference": source.reference,
        "name": source.name,
        "origin": source.origin,
        "n_runs": source.n_runs,
        "joined_metrics": [
            {"metric": alignment.metric, "by": str(link), "counter": counter, "n_runs": n}
            for alignment in source.alignments
            for (link, counter), n in sorted(alignment.n_runs.items(), key=str)
        ],
        "findings": [{"code": finding.code, "title": finding.title} for finding in source.findings],
    }


def _row(ranking: Ranking, row: Row, *, show_secrets: bool) -> dict[str, object]:
    configuration = row.configuration
    metrics = ranking.question.metrics
    facts = {
        "rank": row.rank,
        "status": status(row),
        "digest": configuration.key,
        "sweep": ranking.sources[configuration.stage].name,
        "figures": [
            None if figure is None else {"metric": metric.name} | _figure(figure)
            for metric, figure in zip(metrics, row.figures, strict=True)
        ],
        "reached": row.reached,
        "projected": None if row.projected is None else asdict(row.projected),
        "against_first": None
        if row.versus is None
        else asdict(row.versus) | {"is_behind": row.is_behind},
        "stability": None if row.stability is None else asdict(row.stability),
        "runtime_h": row.runtime_h,
        "n_same_seed_again": configuration.n_repeated,
        "runs": [_run(measurement) for measurement in configuration.counted],
        "runs_apart": [_run(measurement) for measurement in configuration.apart],
        "copies": [_run(measurement) for measurement in configuration.copies],
    }
    parameters = masked_config(configuration.parameters, show_secrets=show_secrets)
    return masked_config(facts) | {"parameters": parameters}


def _figure(figure: Figure) -> dict[str, object]:
    return asdict(figure.summary) | {
        "best": figure.best,
        "worst": figure.worst,
        "n_missing": figure.n_missing,
    }


def _run(measurement: RunMeasurement) -> dict[str, object]:
    return {
        "id": measurement.run.id,
        "name": measurement.run.name,
        "number": measurement.run.number,
        "completion": str(measurement.completion),
        "values": list(measurement.values),
    }


def _stages(across: Stages, *, show_secrets: bool) -> dict[str, object]:
    return {
        "recognized_by": list(across.names),
        "differ_in": masked_config(
            {name: list(values) for name, values in across.apart.items()},
            show_secrets=show_secrets,
        ),
        "configurations": [
            {
                "parameters": masked_config(configuration.parameters, show_secrets=show_secrets),
                "steps": [
                    {
                        "stage": step.stage,
                        "digest": step.row.configuration.key,
                        "summary": None if step.row.lead is None else asdict(step.row.lead.summary),
                        "gain": None if step.gain is None else asdict(step.gain),
                    }
                    for step in configuration.steps
                ],
            }
            for configuration in across.followed
        ],
    }


def _diverse(ranking: Ranking, plan: Sequence[str]) -> dict[str, object] | None:
    diverse = ranking.diverse
    if diverse is None:
        return None
    return {
        "n_asked": diverse.n_asked,
        "n_passed_over": diverse.n_close,
        "least_distance": diverse.least,
        "names": list(diverse.names),
        "choices": [
            {
                "rank": pick.row.rank,
                "digest": pick.row.configuration.key,
                "sweep": ranking.sources[pick.row.configuration.stage].name,
                "distances": list(pick.distances),
            }
            for pick in diverse.picks
        ],
        "plan": list(plan),
    }
