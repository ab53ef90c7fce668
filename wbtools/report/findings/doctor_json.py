"""The doctor's findings for scripts: JSON (`wbtools.doctor/1`), CSV, GitHub's log."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Final

from wbtools.report.csv_cells import cell
from wbtools.report.findings.finding_json import finding_json
from wbtools.report.findings.github_log import workflow_command

if TYPE_CHECKING:
    from wbtools.analysis.doctor import Examination

SCHEMA: Final = "wbtools.doctor/1"
COLUMNS: Final = (
    "code", "severity", "confidence", "subject", "title", "hint", "location", "evidence",
)  # fmt: skip


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
    return json.dumps(document, indent=1, sort_keys=True) + "\n"


def render_examination_csv(done: Examination) -> str:
    """One row a finding; the evidence as JSON in one cell."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for one in done.findings:
        known = finding_json(one)
        known["evidence"] = json.dumps(known["evidence"], sort_keys=True)
        writer.writerow([cell(known[name]) for name in COLUMNS])
    return out.getvalue()


def render_examination_github(done: Examination) -> str:
    """One workflow command a finding; GitHub shows them with the run of the workflow."""
    return "".join(f"{workflow_command(one)}\n" for one in done.findings)
