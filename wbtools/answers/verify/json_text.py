"""The answer of `verify` as JSON: `wbtools.verify/1`, sorted keys, NaN as null."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from wbtools.answers.json_document import json_document
from wbtools.text.masking import to_jsonable

if TYPE_CHECKING:
    from wbtools.analysis.verification.outcome import Verification


def render_verification_json(done: Verification) -> str:
    """Write the answer; of configurations it holds names only."""
    answer = {
        "schema": "wbtools.verify/1",
        "verdict": str(done.verdict),
        "sweep": done.plan.sweep,
        "run": {"id": done.run.id, "name": done.run.name, "number": done.run.number},
        "plan": asdict(done.plan),
        "plan_is_kept": done.plan_is_kept,
        "group": done.group,
        "is_complete": done.is_complete,
        "replicas": [
            {
                "id": one.run.id,
                "name": one.run.name,
                "seed": one.seed,
                "n_reports": one.n_reports,
                "ended": one.ended,
                "best": one.best,
                "likeness": asdict(one.likeness),
                "config_differences": list(one.differences),
            }
            for one in done.replicas
        ],
        "judged": [asdict(one) for one in done.judged],
        "rival": None
        if done.rival is None
        else {
            "name": done.rival.name,
            "summary": asdict(done.rival.summary),
            "chance": None if done.rival.chance is None else asdict(done.rival.chance),
        },
        "projection": {"n_within": done.within, "n_beat": done.beat},
    }
    return json_document(to_jsonable(answer))
