"""A finding as data: the same in every answer that has findings."""

from __future__ import annotations

from typing import Any, Final

from wbtools.answers.columns import Column, Record
from wbtools.findings import Confidence, Finding, Severity
from wbtools.text.masking import to_jsonable

FINDING: Final[Record[Finding]] = Record(
    "Finding",
    Column("code", str, "`wbtools rule CODE` explains it."),
    Column("severity", Severity, "How bad it is if true."),
    Column("confidence", Confidence, "How sure that is."),
    Column("subject", str, "What it is about: a run's id, a file, a parameter, or `sweep`."),
    Column("title", str, "What was found, in one sentence."),
    Column("hint", str | None, "What to look at or do."),
    Column("fix", str | None, "A text to paste."),
    Column("location", str | None, "File and line."),
    Column(
        "evidence",
        dict[str, Any],
        "The numbers and names that it rests on; secrets masked.",
        lambda finding: to_jsonable(finding.evidence),
    ),
)
