"""The doctor's findings for scripts: JSON, `wbtools.doctor/1`."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from wbtools.answers.findings.finding_json import finding_json
from wbtools.answers.json_document import json_document
from wbtools.answers.metric_words import metric_facts
from wbtools.answers.termination_words import n_by_completion_json

if TYPE_CHECKING:
    from wbtools.analysis.health import Examination

SCHEMA: Final = "wbtools.doctor/1"


def render_examination_json(examination: Examination) -> str:
    """One document, keys sorted, ASCII only."""
    sweep, diagnosis = examination.context.sweep, examination.context.diagnosis
    question = None if diagnosis is None else diagnosis.question
    document = {
        "schema": SCHEMA,
        "sweep": {
            "id": sweep.ref.sweep_id,
            "entity": sweep.ref.entity,
            "project": sweep.ref.project,
            "as_of": sweep.as_of.isoformat(),
            "n_runs": examination.context.n_runs,
            "n_by_completion": None
            if diagnosis is None
            else n_by_completion_json(Counter(diagnosis.completions)),
        },
        "metric": None if question is None else metric_facts(question.metric),
        "n_checks": examination.n_checks,
        "findings": [finding_json(finding) for finding in examination.findings],
        "not_judged": [
            {"code": unjudged.code, "about": unjudged.about, "why": unjudged.why}
            for unjudged in examination.unjudged
        ],
    }
    return json_document(document)
