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


def render_examination_github(done: Examination) -> str:
    """One workflow command a finding; GitHub shows them with the run of the workflow."""
    return "".join(f"{workflow_command(one)}\n" for one in done.findings)


def workflow_command(one: Finding, place: tuple[str, int, int] | None = None) -> str:
    """One workflow command, without a line end.

    Args:
        one: The finding.
        place: File, line and column, from 1, beside which GitHub shows it; None for no file.
    """
    message = one.title if one.hint is None else f"{one.title} ({one.hint})"
    where = f"title={one.code}"
    if place is not None:
        file, line, column = place
        where = f"file={_property(file)},line={line},col={column},{where}"
    return f"::{_WORDS[one.severity]} {where}::{_data(message)}"


def _data(text: str) -> str:
    return sanitize(text, limit=_LONGEST).replace("%", "%25")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
