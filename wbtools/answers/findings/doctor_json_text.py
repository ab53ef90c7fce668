"""The doctor's findings for scripts: JSON, `wbtools.doctor/1`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wbtools.answers.findings.finding_json import finding_json
from wbtools.answers.json_document import json_document

if TYPE_CHECKING:
    from wbtools.analysis.health import Examination

SCHEMA: Final = "wbtools.doctor/1"


def render_examination_json(done: Examination) -> str:
    """One document, keys sorted, ASCII only."""
    sweep, measured = done.chart.sweep, done.chart.measured
    question = None if measured is None else measured.question
    document = {
        "schema": SCHEMA,
        "sweep": {
            "id": sweep.ref.sweep_id,
            "entity": sweep.ref.entity,
            "project": sweep.ref.project,
            "as_of": sweep.as_of.isoformat(),
            "n_runs": done.chart.n_runs,
        },
        "metric": None
        if question is None
        else {"name": question.metric.name, "goal": str(question.metric.goal)},
        "n_checks": done.n_checks,
        "findings": [finding_json(one) for one in done.findings],
        "not_judged": [
            {"code": one.code, "about": one.about, "why": one.why} for one in done.unjudged
        ],
    }
    return json_document(document)
