"""Findings in the log of a GitHub workflow, whose commands become annotations."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from wbtools.findings import Severity
from wbtools.text.sanitize import sanitize

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wbtools.findings import Finding

_WORDS: Final = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}
_LONGEST: Final = 400
_PLACE: Final = re.compile(r"(?P<file>.+):(?P<line>\d+):(?P<column>\d+)", re.DOTALL)


def workflow_log(findings: Iterable[Finding]) -> str:
    """One workflow command a finding; GitHub shows those with a place beside its line."""
    return "".join(f"{_command(finding)}\n" for finding in findings)


def place_of(finding: Finding) -> tuple[str, int, int] | None:
    """File, line and column, from 1, of a finding in a file; None for others."""
    place = _PLACE.fullmatch(finding.location or "")
    return None if place is None else (place["file"], int(place["line"]), int(place["column"]))


def _command(finding: Finding) -> str:
    message = finding.title if finding.hint is None else f"{finding.title} ({finding.hint})"
    where = f"title={finding.code}"
    place = place_of(finding)
    if place is not None:
        file, line, column = place
        where = f"file={_property(file)},line={line},col={column},{where}"
    return f"::{_WORDS[finding.severity]} {where}::{_data(message)}"


def _data(text: str) -> str:
    return sanitize(text, limit=_LONGEST).replace("%", "%25")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
