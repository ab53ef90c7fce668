"""The answer of `lint`: findings about sweep files, each beside its line."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Final

from wbtools.answers.answer import Answer
from wbtools.answers.columns import Column, Record, Rows
from wbtools.answers.findings.github_log import place_of
from wbtools.answers.findings.page import counts_by_severity
from wbtools.answers.findings.record import FINDING
from wbtools.answers.limits import limit_rows, rows_left
from wbtools.text.numbers import count
from wbtools.text.sanitize import sanitize

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from wbtools.answers.layout import Page
    from wbtools.findings import Finding

_LONGEST: Final = 400
_NOWHERE: Final = ("", 1, 1)

_IN_FILE: Final[Record[Finding]] = Record(
    "FindingInFile",
    Column("file", str, "File as it was named.", lambda finding: _place(finding)[0]),
    Column("line", int, "Line of the finding, from 1.", lambda finding: _place(finding)[1]),
    Column("column", int, "Column of the finding, from 1.", lambda finding: _place(finding)[2]),
    *(column for column in FINDING.columns if column.key not in {"location", "fix"}),
    Column(
        "is_fixable",
        bool,
        "Whether --fix mends the finding.",
        lambda finding: finding.fix is not None,
    ),
)


def _place(finding: Finding) -> tuple[str, int, int]:
    return place_of(finding) or _NOWHERE


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class LintAnswer(Answer):
    """What is wrong with sweep files.

    Attributes:
        findings: By file and place.
        n_files: Files that were looked at.
        fixed: With a fix: new content by name, of the files that it changes.
        refused: With a fix: why a file was not mended, by name.
        n_changes: With a fix: changes in all.
    """

    name: ClassVar = "lint"
    table: ClassVar = "findings"
    record: ClassVar[Record[LintAnswer]] = Record(
        "Lint",
        Column("n_files", int, "Files that were looked at."),
        Column("findings", Rows(_IN_FILE), "Findings by file and place."),
    )

    findings: Sequence[Finding]
    n_files: int
    fixed: Mapping[str, bytes] = field(default_factory=dict)
    refused: Mapping[str, str] = field(default_factory=dict)
    n_changes: int = 0

    @property
    def headline(self) -> str:
        """`1 error, 2 notes in 3 files`."""
        files = count(self.n_files, "file")
        return f"{counts_by_severity(self.findings)} in {files}"

    def _write(self, page: Page) -> None:
        """Write one line a finding as editors read it, its hint below; then a sum."""
        lines = []
        shown = limit_rows(self.findings, page.limit)
        for finding in shown:
            word = finding.severity.word
            lines.append(f"{finding.location}: {word} {finding.code} {finding.title}")
            if finding.hint:
                lines.append(f"    {finding.hint}")
        if lines:
            page.verbatim(sanitize(line, limit=_LONGEST) for line in lines)
        others = rows_left(len(self.findings) - len(shown), "finding")
        if others:
            page.say(others)
        page.say(self.headline)
