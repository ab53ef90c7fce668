"""A finding as data: the same in every answer that has findings."""

from __future__ import annotations

from typing import Any, Final

from wbtools.answers.columns import Column, Record
from wbtools.findings import Confidence, Finding, Severity
from wbtools.text.masking import to_jsonable

FINDING: Final[Record[Finding]] = Record(
    "Finding",
    Column("code", str, "`wbtools rule CODE` explains it."),
    Column("severity", Severity, "How bad the finding is if it is true."),
    Column("confidence", Confidence, "How sure it is that the finding is true."),
    Column(
        "subject", str, "What the finding is about: a run's id, a file, a parameter, or `sweep`."
    ),
    Column("title", str, "What was found, in one sentence."),
    Column("hint", str | None, "What to look at or do."),
    Column("fix", str | None, "A text to paste that mends it."),
    Column("location", str | None, "File and line of what was found."),
    Column(
        "evidence",
        dict[str, Any],
        "The numbers and names that the finding rests on; secrets masked.",
        lambda finding: to_jsonable(finding.evidence),
    ),
)

FINDING_IN_SWEEP: Final[Record[tuple[str, Finding]]] = Record(
    "FindingInSweep",
    Column(
        "sweep_id",
        str,
        "Id of the sweep, or as the user called it where two have the same.",
        lambda row: row[0],
    ),
    *(column.inside(lambda row: row[1]) for column in FINDING.columns),
)
"""A finding of one of several sweeps, whose id comes first."""
