"""Findings about sweep files: for people, for scripts (`wbtools.lint/1`), for GitHub's log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wbtools.answers.findings.github_log import workflow_command
from wbtools.answers.json_document import json_document
from wbtools.findings import Severity
from wbtools.text.masking import to_jsonable
from wbtools.text.numbers import count
from wbtools.text.sanitize import sanitize

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wbtools.findings import Finding

SCHEMA = "wbtools.lint/1"
_LONGEST = 400


def render_lint_text(findings: Sequence[Finding], *, n_files: int) -> str:
    """One line a finding, `FILE:LINE:COLUMN: severity CODE title`, its hint below; then a sum."""
    lines = []
    for finding in findings:
        word = finding.severity.name.lower()
        lines.append(_safe(f"{finding.location}: {word} {finding.code} {finding.title}"))
        if finding.hint:
            lines.append(_safe(f"    {finding.hint}"))
    by_severity = [
        count(sum(finding.severity is level for finding in findings), word, many)
        for level, word, many in (
            (Severity.ERROR, "error", "errors"),
            (Severity.WARNING, "warning", "warnings"),
            (Severity.INFO, "info", "infos"),
        )
    ]
    files = count(n_files, "file", "files")
    lines.append(f"{', '.join(by_severity)} in {files}" if findings else f"{files}, no finding")
    return "\n".join([*lines, ""])


def render_lint_json(findings: Sequence[Finding], *, n_files: int) -> str:
    """One document, keys sorted, ASCII only."""
    document = {
        "schema": SCHEMA,
        "n_files": n_files,
        "findings": [_finding(finding) for finding in findings],
    }
    return json_document(document)


def render_lint_github(findings: Sequence[Finding]) -> str:
    """One workflow command a finding, which GitHub shows beside the line."""
    return "".join(f"{workflow_command(finding, place_of(finding))}\n" for finding in findings)


def place_of(finding: Finding) -> tuple[str, int, int]:
    """File, line and column, from 1, of a finding in a file."""
    file, line, column = (finding.location or ":1:1").rsplit(":", 2)
    return file, int(line), int(column)


def _finding(finding: Finding) -> dict[str, object]:
    file, line, column = place_of(finding)
    return {
        "code": finding.code,
        "severity": finding.severity.name.lower(),
        "confidence": finding.confidence.name.lower(),
        "file": file,
        "line": line,
        "column": column,
        "subject": finding.subject,
        "title": finding.title,
        "evidence": to_jsonable(finding.evidence),
        "hint": finding.hint,
        "fixable": finding.fix is not None,
    }


def _safe(text: str) -> str:
    return sanitize(text, limit=_LONGEST)
