"""The answer of `verify` as JSON: `wbtools.verify/1`, sorted keys, NaN as null."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from wbtools.analysis.verification.next_step import next_step
from wbtools.answers.json_document import json_document
from wbtools.text.masking import to_jsonable

if TYPE_CHECKING:
    from wbtools.analysis.verification.outcome import Verification


def render_verification_json(verification: Verification) -> str:
    """Write the answer; of configurations it holds names only."""
    answer = {
        "schema": "wbtools.verify/1",
        "verdict": str(verification.verdict),
        "sweep": verification.plan.sweep,
        "run": {
            "id": verification.run.id,
            "name": verification.run.name,
            "number": verification.run.number,
        },
        "plan": asdict(verification.plan),
        "plan_is_kept": verification.plan_is_kept,
        "group": verification.group,
        "is_complete": verification.is_complete,
        "replicas": [
            {
                "id": replica.run.id,
                "name": replica.run.name,
                "seed": replica.seed,
                "n_reports": replica.n_reports,
                "completion": str(replica.completion),
                "ended": replica.ended,
                "best": replica.best,
                "curve_match": asdict(replica.curve_match),
                "config_differences": list(replica.differences),
                "changed": list(replica.changed),
                "differs_despite_seed": replica.differs_despite_seed,
                "equals_despite_seed": replica.equals_despite_seed,
            }
            for replica in verification.replicas
        ],
        "judged": [asdict(judged) for judged in verification.judged],
        "rival": None
        if verification.comparator is None
        else {
            "name": verification.comparator.name,
            "summary": asdict(verification.comparator.summary),
            "chance": None
            if verification.comparator.chance is None
            else asdict(verification.comparator.chance),
        },
        "next": asdict(next_step(verification)),
        "projection": {"n_within": verification.within, "n_beat": verification.beat},
    }
    return json_document(to_jsonable(answer))
