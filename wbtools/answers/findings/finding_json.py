"""A finding as JSON: the same in every answer that has findings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wbtools.text.masking import to_jsonable

if TYPE_CHECKING:
    from wbtools.findings import Finding


def finding_json(finding: Finding) -> dict[str, object]:
    """The finding, its evidence made of what JSON knows."""
    return {
        "code": finding.code,
        "severity": finding.severity.name.lower(),
        "confidence": finding.confidence.name.lower(),
        "subject": finding.subject,
        "title": finding.title,
        "evidence": to_jsonable(finding.evidence),
        "hint": finding.hint,
        "fix": finding.fix,
        "location": finding.location,
    }
