"""The doctor's findings for spreadsheets."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from wbtools.answers.csv_cells import csv_table
from wbtools.answers.findings.finding_json import finding_json

if TYPE_CHECKING:
    from wbtools.analysis.health import Examination

COLUMNS: Final = (
    "code", "severity", "confidence", "subject", "title", "hint", "location", "evidence",
)  # fmt: skip


def render_examination_csv(examination: Examination) -> str:
    """One row a finding; the evidence as JSON in one cell."""
    rows = [finding_json(finding) for finding in examination.findings]
    for known in rows:
        known["evidence"] = json.dumps(known["evidence"], sort_keys=True)
    return csv_table(COLUMNS, ([known[name] for name in COLUMNS] for known in rows))
