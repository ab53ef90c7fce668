"""A finding as JSON: the same in every answer that has findings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wbtools.text.masking import to_jsonable

if TYPE_CHECKING:
    from wbtools.findings import Finding


def finding_json(one: Finding) -> dict[str, object]:
    """The finding, its evidence made of what JSON knows."""
    return {
        "code": one.code,
        "severity": one.severity.name.lower(),
        "confidence": one.confidence.name.lower(),
        "subject": one.subject,
        "title": one.title,
        "evidence": to_jsonable(one.evidence),
        "hint": one.hint,
        "fix": one.fix,
        "location": one.location,
    }
