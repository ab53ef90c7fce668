"""What a check of the doctor is made of: a code, a manual page, and one function that looks."""

from __future__ import annotations

import inspect
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wbtools.findings import Confidence, Severity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from wbtools.analysis.health.check_context import CheckContext

    Look = Callable[[CheckContext], Iterator["CheckResult | NotJudged"]]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """What a check found.

    Attributes:
        evidence: The numbers that it rests on; `n` counts what was looked at.
        subject: A run, a host or a parameter; the sweep as a whole unless said.
        severity: In place of the check's own.
        confidence: Likewise.
    """

    title: str
    evidence: Mapping[str, object] = field(default_factory=dict)
    hint: str | None = None
    subject: str = "sweep"
    severity: Severity | None = None
    confidence: Confidence | None = None


@dataclass(frozen=True, slots=True)
class NotJudged:
    """A check that could not look, or too little to look at."""

    why: str


@dataclass(frozen=True, slots=True)
class Check:
    """A check: `look` finds, its docstring is the manual page.

    Attributes:
        severity: Of its symptoms, unless one says otherwise.
        confidence: Likewise.
        counts_reports: It compares numbers of reports, which curves that lack rows do not tell.
    """

    code: str
    severity: Severity
    confidence: Confidence
    look: Look
    counts_reports: bool = False

    @property
    def manual(self) -> str:
        """The page that `wbtools rule CODE` prints."""
        return inspect.getdoc(self.look) or ""

    @property
    def title(self) -> str:
        """The page's first line."""
        return self.manual.partition("\n")[0]


def check(
    code: str,
    severity: Severity = Severity.WARNING,
    confidence: Confidence = Confidence.HIGH,
    *,
    counts_reports: bool = False,
) -> Callable[[Look], Check]:
    """Make a check of the function below."""
    return lambda look: Check(code, severity, confidence, look, counts_reports)
