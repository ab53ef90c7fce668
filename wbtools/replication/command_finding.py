"""What a user should know about a command: one way to say it for all who find something."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wbtools.findings import Confidence, Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Mapping


def command_finding(
    code: str,
    title: str,
    hint: str | None = None,
    *,
    severity: Severity = Severity.WARNING,
    confidence: Confidence = Confidence.HIGH,
    subject: str = "command",
    evidence: Mapping[str, object] | None = None,
) -> Finding:
    """A finding about a command, or about the environment that it runs in.

    Args:
        code: `WBR3xx`.
        title: One sentence.
        hint: What to do.
        severity: How bad it is if true.
        confidence: How sure it is.
        subject: `command` or `environment`.
        evidence: The numbers and names that it rests on.
    """
    return Finding(
        code=code,
        severity=severity,
        confidence=confidence,
        subject=subject,
        title=title,
        evidence=evidence or {},
        hint=hint,
    )
