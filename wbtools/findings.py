"""One vocabulary for every judgement: a `Finding` says what, how bad, how sure, and what to do.

Codes: `WBS0xx` sweep files, `WBT1xx` terminations, `WBD2xx` doctor, `WBR3xx` replication.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_CODE = re.compile(r"WB(S0|T1|D2|R3)\d\d\Z")
_LONGEST = 198
"""Characters of what a finding shows of itself in a console."""


class Severity(IntEnum):
    """How bad it is if true, in rising order."""

    INFO = 1
    WARNING = 2
    ERROR = 3

    @property
    def word(self) -> str:
        """As people read it: what merely informs is a note."""
        return "note" if self is Severity.INFO else self.name.lower()


class Confidence(IntEnum):
    """How sure we are that it is true, in rising order; never mixed with `Severity`."""

    LOW = 1
    MEDIUM = 2
    HIGH = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One judgement about a sweep, a run or a file.

    Attributes:
        code: A stable code such as `WBT101`.
        subject: What it is about: a run id, a file, a parameter, or `sweep`.
        title: One sentence without line breaks.
        evidence: The numbers and names that the judgement rests on.
        hint: What to look at or do, in words.
        fix: A text to paste, where there is one.
        location: File and line, where there is one.
    """

    code: str
    severity: Severity
    confidence: Confidence
    subject: str
    title: str
    evidence: Mapping[str, object] = field(default_factory=dict)
    hint: str | None = None
    fix: str | None = None
    location: str | None = None

    def __repr__(self) -> str:
        """One line, as `<WBD204 info 'acc never changes in 1 of 30 runs'>`."""
        said = f"<{self.code} {self.severity.name.lower()} {self.title!r}"
        return f"{said if len(said) <= _LONGEST else said[: _LONGEST - 1] + '…'}>"

    def __post_init__(self) -> None:
        """Refuse a code outside the four families."""
        if not _CODE.match(self.code):
            msg = f"{self.code!r} is no code of the families WBS0xx, WBT1xx, WBD2xx, WBR3xx"
            raise ValueError(msg)


@dataclass(frozen=True, slots=True, kw_only=True)
class Codes:
    """Which findings count, by their codes or beginnings of codes.

    Attributes:
        select: Those that count; empty means all.
        ignore: Those that do not.
    """

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()

    def want(self, code: str) -> bool:
        """Whether findings of a code count."""
        chosen = not self.select or code.startswith(self.select)
        return chosen and not (self.ignore and code.startswith(self.ignore))


def codes_of(codes: str | Iterable[str]) -> tuple[str, ...]:
    """Codes, or beginnings of codes, as they are typed: `WBS02,wbs040`, or one text each."""
    words = codes.replace(",", " ").split() if isinstance(codes, str) else codes
    return tuple(word.upper() for word in words)


def gate(findings: Sequence[Finding], at: Severity) -> bool:
    """Whether a finding is as severe as that, and not a mere suspicion of low confidence."""
    return any(
        finding.severity >= at and finding.confidence > Confidence.LOW for finding in findings
    )
