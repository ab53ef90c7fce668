"""Findings in the log of a GitHub workflow, whose commands become annotations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wbtools.findings import Severity
from wbtools.text.sanitize import sanitize

if TYPE_CHECKING:
    from wbtools.analysis.health import Examination
    from wbtools.findings import Finding

_WORDS: Final = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}
_LONGEST: Final = 400


def render_examination_github(examination: Examination) -> str:
    """One workflow command a finding; GitHub shows them with the run of the workflow."""
    return "".join(f"{workflow_command(finding)}\n" for finding in examination.findings)


def workflow_command(finding: Finding, place: tuple[str, int, int] | None = None) -> str:
    """One workflow command, without a line end.

    Args:
        finding: The finding.
        place: File, line and column, from 1, beside which GitHub shows it; None for no file.
    """
    message = finding.title if finding.hint is None else f"{finding.title} ({finding.hint})"
    where = f"title={finding.code}"
    if place is not None:
        file, line, column = place
        where = f"file={_property(file)},line={line},col={column},{where}"
    return f"::{_WORDS[finding.severity]} {where}::{_data(message)}"


def _data(text: str) -> str:
    return sanitize(text, limit=_LONGEST).replace("%", "%25")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
